// What commands do and what they count, whatever their dialect.

#include "protocol/execute.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

class Recorder final : public ReplyVisitor {
 public:
  void OnItem(const storage::ItemView& item) override { items.emplace_back(item.value); }
  void OnStat(std::string_view, std::string_view) override { ++stats; }
  void OnPrefix(std::string_view, const PrefixCount&) override { ++prefixes; }

  std::vector<std::string> items;
  int stats = 0;
  int prefixes = 0;
};

using Counts = std::map<Counter, uint64_t>;

class ExecuteTest : public testing::Test {
 protected:
  explicit ExecuteTest(const storage::CacheOptions& options = SessionWorld::kDefaultOptions)
      : world_(options) {}

  Request Make(Command command, std::string_view key = "k", std::string_view value = {}) {
    Request request;
    request.command = command;
    request.key = world_.cache().Hash(key);
    request.value = value;
    request.value_bytes = value.size();
    request.drop_if_refused = command == Command::kSet;
    return request;
  }

  OutcomeCode Do(const Request& request) {
    recorder_ = Recorder();
    outcome_ = Execute(request, world_.context(), recorder_);
    return outcome_.code;
  }
  OutcomeCode Do(Command command) { return Do(Make(command)); }
  OutcomeCode Do(Command command, std::string_view value) { return Do(Make(command, "k", value)); }

  // The counters that have moved since the last call.
  Counts Moved() {
    const CounterTotals now = world_.server().Totals();
    Counts moved;
    for (size_t i = 0; i < kCounterCount; ++i) {
      const auto counter = static_cast<Counter>(i);
      if (now[counter] != last_[counter]) moved[counter] = now[counter] - last_[counter];
    }
    last_ = now;
    return moved;
  }

  SessionWorld world_;
  Recorder recorder_;
  Outcome outcome_;
  CounterTotals last_;
};

TEST_F(ExecuteTest, Get) {
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kMiss);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdGet, 1}, {Counter::kGetMisses, 1}}));
  EXPECT_EQ(Do(Command::kSet, "v"), OutcomeCode::kStored);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdSet, 1}}));
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kHit);
  EXPECT_EQ(recorder_.items, std::vector<std::string>({"v"}));
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdGet, 1}, {Counter::kGetHits, 1}}));
}

TEST_F(ExecuteTest, GetOfWhatHasEnded) {
  Request set = Make(Command::kSet, "k", "v");
  set.exptime = 5;
  Do(set);
  world_.AdvanceClock(5);
  Moved();
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kMiss);
  EXPECT_EQ(Moved(),
            Counts({{Counter::kCmdGet, 1}, {Counter::kGetMisses, 1}, {Counter::kGetExpired, 1}}));
  Do(Command::kSet, "v");
  Do(Command::kFlushAll);
  Moved();
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kMiss);
  // Flushed items are gone at once: none is met.
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdGet, 1}, {Counter::kGetMisses, 1}}));
}

TEST_F(ExecuteTest, GetAndTouch) {
  Request request = Make(Command::kGet);
  request.has_exptime = true;
  request.exptime = 10;
  EXPECT_EQ(Do(request), OutcomeCode::kMiss);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdTouch, 1}, {Counter::kTouchMisses, 1}}));
  Do(Command::kSet, "v");
  Moved();
  EXPECT_EQ(Do(request), OutcomeCode::kHit);
  EXPECT_EQ(recorder_.items.size(), 1u);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdTouch, 1}, {Counter::kTouchHits, 1}}));
  world_.AdvanceClock(10);
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kMiss);
}

TEST_F(ExecuteTest, Stores) {
  EXPECT_EQ(Do(Command::kReplace, "1"), OutcomeCode::kNotStored);
  EXPECT_EQ(Do(Command::kAppend, "1"), OutcomeCode::kNotStored);
  EXPECT_EQ(Do(Command::kPrepend, "1"), OutcomeCode::kNotStored);
  EXPECT_EQ(Do(Command::kAdd, "1"), OutcomeCode::kStored);
  EXPECT_EQ(Do(Command::kAdd, "2"), OutcomeCode::kNotStored);
  EXPECT_EQ(Do(Command::kReplace, "3"), OutcomeCode::kStored);
  EXPECT_EQ(Do(Command::kAppend, "4"), OutcomeCode::kStored);
  EXPECT_EQ(Do(Command::kPrepend, "2"), OutcomeCode::kStored);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdSet, 8}}));
  Do(Command::kGet);
  EXPECT_EQ(recorder_.items, std::vector<std::string>({"234"}));
}

TEST_F(ExecuteTest, Cas) {
  Request cas = Make(Command::kCas, "k", "new");
  EXPECT_EQ(Do(cas), OutcomeCode::kNotFound);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdSet, 1}, {Counter::kCasMisses, 1}}));
  Do(Command::kSet, "v");
  cas.cas = outcome_.cas;
  EXPECT_NE(cas.cas, 0u);
  Moved();
  EXPECT_EQ(Do(cas), OutcomeCode::kStored);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdSet, 1}, {Counter::kCasHits, 1}}));
  EXPECT_EQ(Do(cas), OutcomeCode::kExists);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdSet, 1}, {Counter::kCasBadval, 1}}));
}

TEST_F(ExecuteTest, Delete) {
  EXPECT_EQ(Do(Command::kDelete), OutcomeCode::kNotFound);
  EXPECT_EQ(Moved(), Counts({{Counter::kDeleteMisses, 1}}));
  Do(Command::kSet, "v");
  Moved();
  EXPECT_EQ(Do(Command::kDelete), OutcomeCode::kDeleted);
  EXPECT_EQ(Moved(), Counts({{Counter::kDeleteHits, 1}}));
}

TEST_F(ExecuteTest, Arithmetic) {
  EXPECT_EQ(Do(Command::kIncrement), OutcomeCode::kNotFound);
  EXPECT_EQ(Do(Command::kDecrement), OutcomeCode::kNotFound);
  EXPECT_EQ(Moved(), Counts({{Counter::kIncrMisses, 1}, {Counter::kDecrMisses, 1}}));
  Do(Command::kSet, "10");
  Moved();
  Request request = Make(Command::kIncrement);
  request.delta = 5;
  EXPECT_EQ(Do(request), OutcomeCode::kNumber);
  EXPECT_EQ(outcome_.number, 15u);
  request.command = Command::kDecrement;
  request.delta = 20;
  EXPECT_EQ(Do(request), OutcomeCode::kNumber);
  EXPECT_EQ(outcome_.number, 0u);
  EXPECT_EQ(Moved(), Counts({{Counter::kIncrHits, 1}, {Counter::kDecrHits, 1}}));
  Do(Command::kSet, "text");
  Moved();
  EXPECT_EQ(Do(request), OutcomeCode::kNonNumeric);
  EXPECT_EQ(Moved(), Counts());
}

TEST_F(ExecuteTest, Touch) {
  EXPECT_EQ(Do(Command::kTouch), OutcomeCode::kNotFound);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdTouch, 1}, {Counter::kTouchMisses, 1}}));
  Do(Command::kSet, "v");
  Moved();
  EXPECT_EQ(Do(Command::kTouch), OutcomeCode::kTouched);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdTouch, 1}, {Counter::kTouchHits, 1}}));
}

TEST_F(ExecuteTest, Others) {
  EXPECT_EQ(Do(Command::kFlushAll), OutcomeCode::kOk);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdFlush, 1}}));
  EXPECT_EQ(Do(Command::kVersion), OutcomeCode::kVersion);
  EXPECT_EQ(Do(Command::kQuit), OutcomeCode::kClose);
  Request verbosity = Make(Command::kVerbosity);
  verbosity.verbosity = 2;
  EXPECT_EQ(Do(verbosity), OutcomeCode::kOk);
  EXPECT_EQ(world_.server().verbosity, 2u);
  EXPECT_EQ(Do(Command::kStats), OutcomeCode::kStats);
  EXPECT_GT(recorder_.stats, 40);
  EXPECT_EQ(Moved(), Counts());
}

class MemoryLimitTest : public ExecuteTest {
 protected:
  MemoryLimitTest()
      : ExecuteTest({.memory_limit_bytes = 16 * kMiB, .max_memory_limit_bytes = 32 * kMiB}) {}

  static constexpr size_t kMiB = size_t{1} << 20;

  OutcomeCode Set(uint64_t megabytes) {
    Request request = Make(Command::kMemoryLimit);
    request.megabytes = megabytes;
    return Do(request);
  }
  uint64_t LimitBytes() { return world_.cache().Stats().limit_bytes; }
};

TEST_F(MemoryLimitTest, IsChangedWithinBounds) {
  EXPECT_EQ(Set(8), OutcomeCode::kOk);
  EXPECT_EQ(LimitBytes(), 8 * kMiB);
  EXPECT_EQ(Set(32), OutcomeCode::kOk);
  EXPECT_EQ(LimitBytes(), 32 * kMiB);
}

TEST_F(MemoryLimitTest, IsLeftAloneOutOfBounds) {
  EXPECT_EQ(Set(0), OutcomeCode::kLimitTooSmall);
  EXPECT_EQ(Set(7), OutcomeCode::kLimitTooSmall);
  EXPECT_EQ(Set(33), OutcomeCode::kLimitRefused);
  EXPECT_EQ(Set(1'000'000'000), OutcomeCode::kLimitRefused);
  EXPECT_EQ(Set(1'000'000'001), OutcomeCode::kLimitInBytes);
  EXPECT_EQ(Set(~uint64_t{0}), OutcomeCode::kLimitInBytes);
  EXPECT_EQ(LimitBytes(), 16 * kMiB);
}

TEST_F(ExecuteTest, TooLargeASetTakesTheOldValueAlong) {
  const std::string value(world_.cache().options().max_item_bytes, 'x');
  for (const Command command :
       {Command::kAdd, Command::kReplace, Command::kAppend, Command::kPrepend, Command::kCas}) {
    Do(Command::kSet, "old");
    Moved();
    EXPECT_EQ(Do(command, value), OutcomeCode::kTooLarge);
    EXPECT_EQ(Moved(), Counts({{Counter::kStoreTooLarge, 1}}));
    EXPECT_EQ(Do(Command::kGet), OutcomeCode::kHit);
  }
  EXPECT_EQ(Do(Command::kSet, value), OutcomeCode::kTooLarge);
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kMiss);
}

TEST_F(ExecuteTest, StoresAValueThatArrivesLater) {
  Request request = Make(Command::kSet);
  request.value_bytes = 3;
  BegunStore begun = BeginStore(request, world_.context());
  ASSERT_EQ(begun.outcome.code, OutcomeCode::kStored);
  ASSERT_EQ(begun.item.value_bytes(), 3u);
  std::string_view("abc").copy(begun.item.value_data(), 3);
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kMiss);
  EXPECT_EQ(FinishStore(request, std::move(begun.item), world_.context()).code,
            OutcomeCode::kStored);
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kHit);
  EXPECT_EQ(recorder_.items, std::vector<std::string>({"abc"}));
}

TEST_F(ExecuteTest, CountsAnAbandonedStoreAsASet) {
  EXPECT_EQ(AbandonStore(world_.context()).code, OutcomeCode::kBadDataChunk);
  EXPECT_EQ(Moved(), Counts({{Counter::kCmdSet, 1}}));
}

// Like -M: what does not fit is refused.
class ExecuteWithoutEviction : public ExecuteTest {
 protected:
  ExecuteWithoutEviction()
      : ExecuteTest({.memory_limit_bytes = size_t{1} << 20, .threads = 1, .evict = false}) {}

  // Stores until nothing more fits; the number of values stored.
  int Fill(const std::string& value) {
    constexpr int kMaxItems = 1000;
    int stored = 0;
    while (stored < kMaxItems && Do(Make(Command::kSet, "fill" + std::to_string(stored), value)) ==
                                     OutcomeCode::kStored) {
      ++stored;
    }
    return stored;
  }
};

TEST_F(ExecuteWithoutEviction, AFullCacheRefusesAndASetTakesTheOldValueAlong) {
  Do(Command::kSet, "old");
  const std::string value(10'000, 'v');
  EXPECT_GT(Fill(value), 50);
  EXPECT_EQ(outcome_.code, OutcomeCode::kOutOfMemoryStoring);
  EXPECT_EQ(Moved()[Counter::kStoreNoMemory], 1u);
  EXPECT_EQ(Do(Command::kReplace, value), OutcomeCode::kOutOfMemoryStoring);
  EXPECT_EQ(Do(Command::kAppend, value), OutcomeCode::kOutOfMemoryStoring);
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kHit);
  EXPECT_EQ(Do(Command::kSet, value), OutcomeCode::kOutOfMemoryStoring);
  EXPECT_EQ(Do(Command::kGet), OutcomeCode::kMiss);
  EXPECT_EQ(Moved()[Counter::kStoreNoMemory], 3u);
  EXPECT_EQ(world_.cache().Stats().evictions, 0u);
}

}  // namespace
}  // namespace ringcached::protocol
