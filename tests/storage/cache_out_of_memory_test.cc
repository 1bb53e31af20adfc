// Every single allocation of a script fails once, each in a run of its own: the status is clean,
// what was acknowledged is there (if nothing may be evicted) or is there unchanged or not at all,
// and in the end no byte is left.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "storage/cache.h"
#include "storage/engine.h"
#include "storage/memory_ledger.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

// More than the tables hold at first, so that index and filter grow.
constexpr int kManyKeys = 300;
// Stored over and over where nothing may be evicted, else new ones all the time.
constexpr int kFillers = 900;
constexpr int kFillersAtOnce = 250;
constexpr size_t kFillerBytes = 1500;
constexpr size_t kLargeBytes = 20'000;
// More than the script has allocations.
constexpr uint64_t kNever = 1'000'000;

struct Config {
  const char* name;
  bool evict;
  EvictionPolicy eviction;
};

struct Expected {
  std::string value;
  CacheSecond expiry = kNeverExpires;
};

// An engine with one shard, and what it should contain by what it answered.
class FailingEngine {
 public:
  FailingEngine(const Config& config, uint64_t failing_charge) : config_(config) {
    CacheOptions options;
    options.memory_limit_bytes = kMinMemoryLimitBytes;
    options.evict = config.evict;
    options.eviction = config.eviction;
    auto ledger = std::make_unique<MemoryLedger>(options.memory_limit_bytes);
    ledger_ = ledger.get();
    ledger_->FailNthChargeForTest(failing_charge);
    absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create(options, std::move(ledger));
    if (engine.ok()) {
      engine_ = *std::move(engine);
    } else {
      EXPECT_EQ(engine.status().code(), absl::StatusCode::kResourceExhausted);
    }
  }

  bool created() const { return engine_ != nullptr; }
  CacheStats stats() const { return engine_->Stats(); }
  uint64_t refusals() const { return refusals_; }
  bool failure_happened() { return ledger_->FailNthChargeForTest(0) == 0; }

  void RunScript() {
    StoreSome();
    for (int i = 0; i < kManyKeys; ++i) Store(StoreMode::kSet, Numbered("k", i), "v");
    for (int i = 0; i < kManyKeys; i += 2) Delete(Numbered("k", i));
    for (int i = 0; i < kManyKeys; ++i) Store(StoreMode::kAdd, Numbered("m", i), "v");
    for (int i = 0; i < kFillers; ++i) {
      // Scattered, so that segments are partly dead.
      const uint32_t scattered = static_cast<uint32_t>(i) * 2654435761U >> 16;
      const int number = config_.evict ? i : static_cast<int>(scattered % kFillersAtOnce);
      Store(StoreMode::kSet, Numbered("f", number), std::string(kFillerBytes, "xyz"[i % 3]));
      if (i % 100 == 0) StoreSome();
    }
    // Filters are rebuilt for the keys that are gone.
    for (int i = 0; i < 2 * kManyKeys; ++i) {
      Store(StoreMode::kSet, Numbered("g", i), "v");
      Delete(Numbered("g", i));
    }
  }

  void ExpectWhatWasAnswered() {
    uint64_t hits = 0;
    for (const auto& [key, item] : expected_) {
      std::string found;
      CacheSecond expiry = kNeverExpires;
      const LookupStatus status = engine_->Get(engine_->Hash(key), kNow, [&](const ItemView& view) {
        found = std::string(view.value);
        expiry = view.expiry;
      });
      if (!config_.evict) {
        EXPECT_EQ(status, LookupStatus::kHit) << key;
      }
      if (status != LookupStatus::kHit) continue;
      ++hits;
      EXPECT_EQ(found, item.value) << key;
      EXPECT_EQ(expiry, item.expiry) << key;
    }
    EXPECT_EQ(stats().items, hits);
    EXPECT_EQ(stats().out_of_memory, refusals_);
    if (!config_.evict) {
      EXPECT_EQ(stats().evictions, 0u);
    }
  }

  void DeleteAllAndExpectNoByteLeft() {
    while (!expected_.empty()) Delete(std::string(expected_.begin()->first));
    EXPECT_EQ(stats().items, 0u);
    EXPECT_EQ(stats().item_bytes, 0u);
    EXPECT_EQ(stats().large_value_bytes, 0u);
  }

 private:
  // One of each kind, in the log and outside it.
  void StoreSome() {
    Store(StoreMode::kSet, "a", "replaced");
    Store(StoreMode::kAppend, "a", "-more");
    Store(StoreMode::kPrepend, "a", "even-");
    Store(StoreMode::kSet, "large", std::string(kLargeBytes, 'l'));
    Store(StoreMode::kAppend, "large", "-more");
    Store(StoreMode::kSet, "grows", std::string(kFillerBytes, 'g'));
    Store(StoreMode::kAppend, "grows", std::string(kFillerBytes, 'h'));
    Store(StoreMode::kSet, "n", "9");
    for (int i = 0; i < 3; ++i) Increment("n");
    ReserveAndPublish("r", "reserved");
    ReserveAndPublish("a", std::string(kLargeBytes, 'p'));
    Delete("r");
    for (const std::string key : {"a", "n", "large", "grows", "f0"}) Touch(key, kNow + 1000);
  }

  void Store(StoreMode mode, const std::string& key, const std::string& value) {
    const StoreRequest request{.key = engine_->Hash(key), .value = value, .rule = {.mode = mode}};
    Note(engine_->Store(request, kNow).status, mode, key, value);
  }

  void ReserveAndPublish(const std::string& key, const std::string& value) {
    std::unique_ptr<PendingStore> pending;
    const StoreStatus status =
        engine_->Reserve(engine_->Hash(key), value.size(), 0, kNeverExpires, kNow, &pending);
    if (status != StoreStatus::kStored) return Note(status, StoreMode::kSet, key, value);
    value.copy(pending->value->data(), value.size());
    Note(engine_->Publish(std::move(pending), {}, kNow).status, StoreMode::kSet, key, value);
  }

  void Note(StoreStatus status, StoreMode mode, const std::string& key, const std::string& value) {
    if (status == StoreStatus::kOutOfMemory) {
      ++refusals_;
      return;
    }
    if (status == StoreStatus::kNotStored) return NoteNotStored(mode, key);
    EXPECT_EQ(status, StoreStatus::kStored);
    const bool joins = mode == StoreMode::kAppend || mode == StoreMode::kPrepend;
    if (!joins) expected_[key] = {value};
    if (mode == StoreMode::kAppend) expected_[key].value += value;
    if (mode == StoreMode::kPrepend) expected_[key].value = value + expected_[key].value;
  }

  // An add that found the key, or a join that did not: it has been evicted or never been stored.
  void NoteNotStored(StoreMode mode, const std::string& key) {
    if (mode == StoreMode::kAdd) {
      EXPECT_EQ(expected_.count(key), 1u) << key;
    } else {
      NoteAbsent(key);
    }
  }

  void NoteAbsent(const std::string& key) {
    if (!config_.evict) {
      EXPECT_EQ(expected_.count(key), 0u) << key;
    }
    expected_.erase(key);
  }

  void Increment(const std::string& key) {
    const DeltaResult result = engine_->Delta({.key = engine_->Hash(key)}, kNow);
    if (result.status == DeltaStatus::kOutOfMemory) {
      ++refusals_;
    } else if (result.status == DeltaStatus::kNotFound) {
      NoteAbsent(key);
    } else {
      EXPECT_EQ(result.status, DeltaStatus::kDone);
      expected_[key].value = std::to_string(result.value);
    }
  }

  // False also if there is no room for an expiry: the item then stays as it is.
  void Touch(const std::string& key, CacheSecond expiry) {
    if (engine_->Touch(engine_->Hash(key), expiry, kNow)) expected_[key].expiry = expiry;
  }

  void Delete(const std::string& key) {
    const bool deleted = engine_->Delete({.key = engine_->Hash(key)}, kNow) == DeleteStatus::kDone;
    const bool expected = expected_.erase(key) == 1;
    if (deleted || !config_.evict) {
      EXPECT_EQ(deleted, expected) << key;
    }
  }

  const Config config_;
  MemoryLedger* ledger_ = nullptr;
  std::unique_ptr<Engine> engine_;
  std::map<std::string, Expected> expected_;
  uint64_t refusals_ = 0;
};

class CacheOutOfMemoryTest : public testing::TestWithParam<Config> {};

TEST_P(CacheOutOfMemoryTest, TheScriptSucceedsAndHasItAllIfNothingFails) {
  FailingEngine engine(GetParam(), kNever);
  ASSERT_TRUE(engine.created());
  engine.RunScript();
  EXPECT_EQ(engine.refusals(), 0u);
  EXPECT_FALSE(engine.failure_happened());
  engine.ExpectWhatWasAnswered();
  const CacheStats stats = engine.stats();
  EXPECT_GT(stats.segments_cleaned, 10u);
  EXPECT_GT(stats.bytes_moved, 0u);
  EXPECT_GT(stats.bloom_rebuilds, 1u);
  EXPECT_EQ(stats.evictions > 0, GetParam().evict);
  EXPECT_EQ(stats.ghost_bytes > 0, GetParam().eviction == EvictionPolicy::kS3Fifo);
  engine.DeleteAllAndExpectNoByteLeft();
}

TEST_P(CacheOutOfMemoryTest, AnyOneAllocationMayFail) {
  int refused_caches = 0;
  uint64_t refused_stores = 0;
  uint64_t unnoticed = 0;
  for (uint64_t n = 1;; ++n) {
    ASSERT_LT(n, kNever);
    FailingEngine engine(GetParam(), n);
    if (!engine.created()) {
      ++refused_caches;
      continue;
    }
    engine.RunScript();
    if (!engine.failure_happened()) break;
    refused_stores += engine.refusals();
    unnoticed += engine.refusals() == 0 ? 1 : 0;
    engine.ExpectWhatWasAnswered();
    engine.DeleteAllAndExpectNoByteLeft();
    if (testing::Test::HasFailure()) FAIL() << "at allocation " << n;
  }
  // The first index and filter; values outside the log; segments and growth, which nobody notices.
  EXPECT_EQ(refused_caches, 2);
  EXPECT_GT(refused_stores, 20u);
  EXPECT_GT(unnoticed, 20u);
}

INSTANTIATE_TEST_SUITE_P(Configs, CacheOutOfMemoryTest,
                         testing::Values(Config{"NoEvict", false, EvictionPolicy::kLru},
                                         Config{"Lru", true, EvictionPolicy::kLru},
                                         Config{"S3Fifo", true, EvictionPolicy::kS3Fifo}),
                         [](const testing::TestParamInfo<Config>& config) {
                           return config.param.name;
                         });

}  // namespace
}  // namespace ringcached::storage
