#include "storage/ghost.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = size_t{64} << 20;
constexpr size_t kItems = 100'000;
// What one of its two tables is made for.
constexpr size_t kTableKeys = kItems * 5 / 8;

class GhostTest : public testing::Test {
 protected:
  GhostTest() : ledger_(kLimitBytes), ghost_(&ledger_), random_(TestSeed()) {}

  std::vector<uint64_t> RememberNew(size_t count, size_t items = kItems) {
    std::vector<uint64_t> keys(count);
    for (uint64_t& key : keys) {
      key = random_();
      ghost_.Remember(key, items);
    }
    return keys;
  }
  size_t CountRemembered(const std::vector<uint64_t>& keys) const {
    size_t remembered = 0;
    for (const uint64_t key : keys) remembered += ghost_.Remembers(key) ? 1 : 0;
    return remembered;
  }
  std::vector<uint64_t> OtherKeys(size_t count) {
    std::vector<uint64_t> keys(count);
    for (uint64_t& key : keys) key = random_();
    return keys;
  }
  size_t ghost_bytes() const { return ledger_.bytes(MemoryPart::kGhost); }

  MemoryLedger ledger_;
  Ghost ghost_;
  std::mt19937_64 random_;
};

TEST_F(GhostTest, AtFirstRemembersNothingAndTakesNothing) {
  EXPECT_EQ(CountRemembered(OtherKeys(1000)), 0u);
  EXPECT_EQ(ghost_bytes(), 0u);
}

TEST_F(GhostTest, RemembersEveryKeyForATableOfFurtherKeys) {
  // They begin in the middle of a table, so that most of them change from younger to elder.
  RememberNew(kTableKeys / 2);
  const std::vector<uint64_t> keys = RememberNew(1000);
  RememberNew(kTableKeys - 1000);
  EXPECT_EQ(CountRemembered(keys), keys.size());
}

TEST_F(GhostTest, ForgetsEveryKeyAfterTwoTablesOfFurtherKeys) {
  RememberNew(kTableKeys / 2);
  const std::vector<uint64_t> keys = RememberNew(1000);
  // A hundredth more, since a key that is wrongly remembered does not fill a table.
  RememberNew(2 * kTableKeys * 101 / 100);
  EXPECT_LE(CountRemembered(keys), 30u) << "of 1000, by mistake";
}

TEST_F(GhostTest, WronglyRemembersOneKeyIn250ToOneIn125) {
  const std::vector<uint64_t> others = OtherKeys(200'000);
  RememberNew(kTableKeys * 99 / 100);
  const double with_one = static_cast<double>(CountRemembered(others)) / 200'000;
  EXPECT_GT(with_one, 1.0 / 400);
  EXPECT_LT(with_one, 1.0 / 220);
  RememberNew(kTableKeys);
  const double with_two = static_cast<double>(CountRemembered(others)) / 200'000;
  EXPECT_GT(with_two, 1.0 / 200);
  EXPECT_LT(with_two, 1.0 / 110);
}

TEST_F(GhostTest, AKeyThatIsRememberedAlreadyFillsNoTable) {
  const std::vector<uint64_t> keys = RememberNew(1000);
  for (size_t i = 0; i < 5 * kTableKeys; ++i) ghost_.Remember(keys.back(), kItems);
  EXPECT_EQ(CountRemembered(keys), keys.size());
}

TEST_F(GhostTest, NeverHoldsMoreThanTwoTables) {
  RememberNew(1);
  const size_t table_bytes = ghost_bytes();
  EXPECT_GE(table_bytes * 8, kTableKeys * 12);
  EXPECT_LE(table_bytes * 8, kTableKeys * 13);
  for (int i = 0; i < 100; ++i) {
    RememberNew(kTableKeys / 20);
    ASSERT_LE(ghost_bytes(), 2 * table_bytes);
  }
  EXPECT_EQ(ghost_bytes(), 2 * table_bytes);
}

TEST_F(GhostTest, ATableIsMadeForTheItemsThatThereAreWhenItBegins) {
  RememberNew(1, /*items=*/0);
  const size_t least_bytes = ghost_bytes();
  EXPECT_GT(least_bytes, 0u);
  EXPECT_LE(least_bytes, RoundUpToPages(1));
  RememberNew(BloomTable::kKeysPerLine * 2);
  EXPECT_GT(ghost_bytes(), 10 * least_bytes);
}

TEST_F(GhostTest, ClearForgetsAllAndGivesTheMemoryBack) {
  const std::vector<uint64_t> keys = RememberNew(kTableKeys * 3 / 2);
  ghost_.Clear();
  EXPECT_EQ(CountRemembered(keys), 0u);
  EXPECT_EQ(ghost_bytes(), 0u);
  const std::vector<uint64_t> later = RememberNew(kTableKeys);
  EXPECT_EQ(CountRemembered(later), later.size());
}

TEST_F(GhostTest, WithoutMemoryItRemembersNothingUntilThereIsSome) {
  ledger_.FailNthChargeForTest(1);
  const std::vector<uint64_t> refused = RememberNew(1);
  EXPECT_EQ(CountRemembered(refused), 0u);
  EXPECT_EQ(ghost_bytes(), 0u);
  const std::vector<uint64_t> later = RememberNew(100);
  EXPECT_EQ(CountRemembered(later), later.size());
}

TEST_F(GhostTest, WithoutMemoryForANewTableTheFullOneIsNotWrittenOn) {
  const std::vector<uint64_t> keys = RememberNew(kTableKeys / 2);
  RememberNew(kTableKeys * 51 / 100);
  const size_t bytes = ghost_bytes();
  RememberNew(kTableKeys * 99 / 100);
  ASSERT_EQ(CountRemembered(keys), keys.size());
  // The younger table fills up within these, and no other can be had for it.
  for (size_t i = 0; i < kTableKeys / 20; ++i) {
    ledger_.FailNthChargeForTest(1);
    RememberNew(1);
    ASSERT_LE(ghost_bytes(), bytes);
  }
  ledger_.FailNthChargeForTest(0);
  const std::vector<uint64_t> later = RememberNew(100);
  EXPECT_EQ(CountRemembered(later), later.size());
}

TEST_F(GhostTest, GivesItsMemoryBackWhenItGoes) {
  MemoryLedger ledger(kLimitBytes);
  {
    Ghost ghost(&ledger);
    ghost.Remember(1, kItems);
    EXPECT_GT(ledger.bytes(MemoryPart::kGhost), 0u);
  }
  EXPECT_EQ(ledger.total_bytes(), 0u);
}

}  // namespace
}  // namespace ringcached::storage
