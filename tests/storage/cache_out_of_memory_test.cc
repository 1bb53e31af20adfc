// Every single allocation of a script fails once, each in a run of its own: the status is clean,
// what was there is still there, and in the end no byte is left.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "storage/allocator.h"
#include "storage/cache.h"
#include "storage/engine.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

// More than the tables hold at first, so that index and filter grow.
constexpr int kManyKeys = 300;
// More than the script has allocations.
constexpr uint64_t kNever = 1'000'000;

// An engine with one shard, and what it should contain by what it answered.
class FailingEngine {
 public:
  explicit FailingEngine(uint64_t failing_allocation) {
    const CacheOptions options = {.memory_limit_bytes = kMinMemoryLimitBytes};
    auto allocator = std::make_unique<Allocator>(options.memory_limit_bytes, options.evict);
    allocator_ = allocator.get();
    allocator_->FailNthAllocationForTest(failing_allocation);
    absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create(options, std::move(allocator));
    if (engine.ok()) {
      engine_ = *std::move(engine);
    } else {
      EXPECT_EQ(engine.status().code(), absl::StatusCode::kResourceExhausted);
    }
  }

  bool created() const { return engine_ != nullptr; }
  int refusals() const { return refusals_; }
  bool failure_happened() { return allocator_->FailNthAllocationForTest(0) == 0; }

  void RunScript() {
    Store(StoreMode::kSet, "a", "1");
    Store(StoreMode::kSet, "a", "replaced");
    Store(StoreMode::kAppend, "a", "-more");
    Store(StoreMode::kPrepend, "a", "even-");
    Store(StoreMode::kSet, "n", "9");
    Increment("n");
    Increment("n");
    ReserveAndPublish("r", "reserved");
    ReserveAndPublish("a", "published");
    Delete("r");
    for (int i = 0; i < kManyKeys; ++i) Store(StoreMode::kSet, Numbered("k", i), "v");
    for (int i = 0; i < kManyKeys; i += 2) Delete(Numbered("k", i));
    for (int i = 0; i < kManyKeys; ++i) Store(StoreMode::kAdd, Numbered("m", i), "v");
  }

  void ExpectWhatWasAnswered() {
    for (const auto& [key, value] : expected_) {
      std::string found;
      const LookupStatus status =
          engine_->Read(engine_->Hash(key), nullptr, kNow,
                        [&found](const ItemView& view) { found = std::string(view.value); });
      EXPECT_EQ(status, LookupStatus::kHit) << key;
      EXPECT_EQ(found, value) << key;
    }
    EXPECT_EQ(engine_->Stats().items, expected_.size());
    EXPECT_EQ(engine_->Stats().out_of_memory, static_cast<uint64_t>(refusals_));
  }

  void DeleteAllAndExpectNoByteLeft() {
    while (!expected_.empty()) Delete(expected_.begin()->first);
    EXPECT_EQ(engine_->Stats().items, 0u);
    EXPECT_EQ(engine_->Stats().item_bytes, 0u);
  }

 private:
  void Store(StoreMode mode, const std::string& key, const std::string& value) {
    Note(engine_->Store({.key = engine_->Hash(key), .value = value, .mode = mode}, kNow).status,
         mode, key, value);
  }

  void ReserveAndPublish(const std::string& key, const std::string& value) {
    ItemRef item;
    const StoreStatus status =
        engine_->Reserve(engine_->Hash(key), value.size(), 0, kNeverExpires, kNow, &item);
    if (status != StoreStatus::kStored) return Note(status, StoreMode::kSet, key, value);
    value.copy(item->value_data(), value.size());
    Note(engine_->Publish(std::move(item), StoreMode::kSet, 0, kNow).status, StoreMode::kSet, key,
         value);
  }

  void Note(StoreStatus status, StoreMode mode, const std::string& key, const std::string& value) {
    if (status == StoreStatus::kOutOfMemory) {
      ++refusals_;
      return;
    }
    const bool joins = mode == StoreMode::kAppend || mode == StoreMode::kPrepend;
    if (joins && expected_.count(key) == 0) {
      EXPECT_EQ(status, StoreStatus::kNotStored);
      return;
    }
    EXPECT_EQ(status, StoreStatus::kStored);
    if (!joins) expected_[key] = value;
    if (mode == StoreMode::kAppend) expected_[key] += value;
    if (mode == StoreMode::kPrepend) expected_[key] = value + expected_[key];
  }

  void Increment(const std::string& key) {
    const DeltaResult result =
        engine_->Delta(engine_->Hash(key), DeltaDirection::kIncrement, 1, kNow);
    if (result.status == DeltaStatus::kOutOfMemory) {
      ++refusals_;
    } else if (expected_.count(key) == 0) {
      EXPECT_EQ(result.status, DeltaStatus::kNotFound);
    } else {
      EXPECT_EQ(result.status, DeltaStatus::kDone);
      expected_[key] = std::to_string(result.value);
    }
  }

  void Delete(const std::string& key) {
    const std::string copy = key;
    EXPECT_EQ(engine_->Delete(engine_->Hash(copy), kNow), expected_.erase(copy) == 1);
  }

  Allocator* allocator_ = nullptr;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, std::string> expected_;
  int refusals_ = 0;
};

TEST(CacheOutOfMemory, TheScriptSucceedsIfNothingFails) {
  FailingEngine engine(kNever);
  ASSERT_TRUE(engine.created());
  engine.RunScript();
  EXPECT_EQ(engine.refusals(), 0);
  EXPECT_FALSE(engine.failure_happened());
  engine.ExpectWhatWasAnswered();
  engine.DeleteAllAndExpectNoByteLeft();
}

TEST(CacheOutOfMemory, AnyOneAllocationMayFail) {
  int refused_caches = 0;
  int refused_stores = 0;
  int refused_tables = 0;
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, kNever);
    FailingEngine engine(n);
    if (!engine.created()) {
      ++refused_caches;
      continue;
    }
    engine.RunScript();
    if (!engine.failure_happened()) break;
    refused_stores += engine.refusals();
    refused_tables += engine.refusals() == 0 ? 1 : 0;
    engine.ExpectWhatWasAnswered();
    engine.DeleteAllAndExpectNoByteLeft();
    if (testing::Test::HasFailure()) FAIL() << "at allocation " << n;
  }
  // The first index and filter; every item; growth, which nobody notices.
  EXPECT_EQ(refused_caches, 2);
  EXPECT_GT(refused_stores, 2 * kManyKeys);
  EXPECT_GE(refused_tables, 2);
}

}  // namespace
}  // namespace ringcached::storage
