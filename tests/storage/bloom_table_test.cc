#include "storage/bloom_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kLimitBytes = 64 << 20;

class BloomTableTest : public testing::Test {
 protected:
  using TablePtr = std::unique_ptr<BloomTable>;

  BloomTableTest() : ledger_(kLimitBytes), random_(TestSeed()) {}

  TablePtr NewTable(size_t line_count) {
    return BloomTable::Create(&ledger_, MemoryPart::kFilter, line_count);
  }

  MemoryLedger ledger_;
  std::mt19937_64 random_;
};

// Share of absent keys that pass when a line holds `mean_keys` on average. The keys of a line are
// Poisson distributed; each sets one of 64 bits in each of 8 words, and an absent key passes if it
// finds its bit set in all.
double TheoreticalErrorRate(double mean_keys) {
  double probability = std::exp(-mean_keys);
  double rate = 0;
  for (int keys = 0; keys < 400; ++keys) {
    if (keys > 0) probability *= mean_keys / keys;
    rate += probability * std::pow(1 - std::pow(63.0 / 64, keys), 8);
  }
  return rate;
}

TEST_F(BloomTableTest, EmptyContainsNothing) {
  const TablePtr table = NewTable(4);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(table->MayContain(random_()));
}

TEST_F(BloomTableTest, ContainsEveryKeyAddedAtAnyLoad) {
  const TablePtr table = NewTable(64);
  std::vector<uint64_t> hashes;
  for (size_t i = 0; i < 3 * table->capacity_keys(); ++i) {
    hashes.push_back(random_());
    table->Add(hashes.back());
  }
  for (const uint64_t hash : hashes) ASSERT_TRUE(table->MayContain(hash));
}

TEST_F(BloomTableTest, AddTellsWhetherTheKeyWasNew) {
  const TablePtr table = NewTable(64);
  const uint64_t hash = random_();
  EXPECT_TRUE(table->Add(hash));
  EXPECT_FALSE(table->Add(hash));
}

TEST_F(BloomTableTest, DiscardForgetsAllAndReuseIsAFreshTable) {
  const TablePtr table = NewTable(3);
  const uint64_t hash = random_();
  table->Add(hash);
  table->Discard();
  EXPECT_TRUE(table->discarded());
  EXPECT_FALSE(table->MayContain(hash));
  ASSERT_TRUE(table->Reuse());
  EXPECT_FALSE(table->discarded());
  EXPECT_FALSE(table->MayContain(hash));
  EXPECT_TRUE(table->Add(hash));
  EXPECT_TRUE(table->MayContain(hash));
}

TEST_F(BloomTableTest, CountsItsMemoryButWhileItIsDiscarded) {
  TablePtr table = NewTable(1000);
  EXPECT_GE(table->bytes(), 1000 * kCacheLineBytes);
  EXPECT_EQ(ledger_.bytes(MemoryPart::kFilter), table->bytes());
  table->Discard();
  EXPECT_EQ(ledger_.total_bytes(), 0u);
  ledger_.FailNthChargeForTest(1);
  EXPECT_FALSE(table->Reuse());
  EXPECT_TRUE(table->discarded());
  EXPECT_EQ(ledger_.total_bytes(), 0u);
  ASSERT_TRUE(table->Reuse());
  EXPECT_EQ(ledger_.bytes(MemoryPart::kFilter), table->bytes());
  table.reset();
  EXPECT_EQ(ledger_.total_bytes(), 0u);
}

TEST_F(BloomTableTest, IsRefusedIfThereIsNoMemory) {
  ledger_.FailNthChargeForTest(1);
  EXPECT_EQ(NewTable(1), nullptr);
  EXPECT_EQ(ledger_.total_bytes(), 0u);
}

TEST_F(BloomTableTest, TakesTheLeastAndTheGreatestHash) {
  const TablePtr table = NewTable(5);
  for (const uint64_t hash : {uint64_t{0}, ~uint64_t{0}}) {
    EXPECT_TRUE(table->Add(hash));
    EXPECT_TRUE(table->MayContain(hash));
  }
}

// Six standard deviations of both sources of scatter, the probes and the lines' loads, are less
// than 8 % here.
TEST_F(BloomTableTest, ErrorRateIsTheTheoreticalOne) {
  constexpr size_t kLines = 8192;
  constexpr size_t kProbes = 2'000'000;
  const TablePtr table = NewTable(kLines);
  for (size_t i = 0; i < kLines * BloomTable::kKeysPerLine; ++i) table->Add(random_());
  size_t passed = 0;
  for (size_t i = 0; i < kProbes; ++i) passed += table->MayContain(random_()) ? 1 : 0;
  const double expected = TheoreticalErrorRate(BloomTable::kKeysPerLine) * kProbes;
  EXPECT_LT(expected / kProbes, 0.0045);
  EXPECT_NEAR(static_cast<double>(passed), expected, 0.08 * expected);
}

// As from a shard's index, whose ranges have few bits.
TEST_F(BloomTableTest, ErrorRateHoldsIfTheLowBitsAreZero) {
  constexpr size_t kLines = 4096;
  constexpr size_t kProbes = 1'000'000;
  const TablePtr table = NewTable(kLines);
  const auto key = [&] { return random_() & ~uint64_t{0xffff'ffff}; };
  for (size_t i = 0; i < kLines * BloomTable::kKeysPerLine; ++i) table->Add(key());
  size_t passed = 0;
  for (size_t i = 0; i < kProbes; ++i) passed += table->MayContain(key()) ? 1 : 0;
  const double expected = TheoreticalErrorRate(BloomTable::kKeysPerLine) * kProbes;
  EXPECT_NEAR(static_cast<double>(passed), expected, 0.12 * expected);
}

}  // namespace
}  // namespace ringcached::storage
