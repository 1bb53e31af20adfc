// The cache against a map, with random operations. Where the budget is never reached, both must
// agree in every status and every byte. Where items are evicted, a hit must be what the map has, a
// miss may be anything. Where stores are refused instead, nothing that was acknowledged may be lost
// and nothing that was refused may have changed anything.

#include <gtest/gtest.h>

#include <cstdint>
#include <iterator>
#include <map>
#include <random>
#include <string>

#include "storage/cache.h"
#include "tests/storage/model_cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

enum class Pressure : uint8_t { kNone, kEvicts, kRefuses };

struct ModelConfig {
  const char* name;
  Pressure pressure;
  size_t limit_bytes;
  int keys;
  EvictionPolicy eviction;
  BloomMode bloom;
};

CacheOptions OptionsOf(const ModelConfig& config) {
  CacheOptions options;
  options.memory_limit_bytes = config.limit_bytes;
  options.evict = config.pressure != Pressure::kRefuses;
  options.eviction = config.eviction;
  options.bloom = config.bloom;
  return options;
}

// True if that answer says that there was no item.
bool SaysAbsent(StoreMode mode, StoreStatus status) {
  switch (mode) {
    case StoreMode::kSet:
      return false;
    case StoreMode::kAdd:
      return status == StoreStatus::kStored;
    case StoreMode::kReplace:
    case StoreMode::kAppend:
    case StoreMode::kPrepend:
      return status == StoreStatus::kNotStored;
    case StoreMode::kCas:
      return status == StoreStatus::kNotFound;
  }
  return false;
}

class CacheModelTest : public testing::TestWithParam<ModelConfig> {
 protected:
  CacheModelTest() : config_(GetParam()), cache_(OptionsOf(GetParam())), random_(TestSeed()) {}

  bool evicts() const { return config_.pressure == Pressure::kEvicts; }
  bool refuses() const { return config_.pressure == Pressure::kRefuses; }

  uint64_t Random(uint64_t below) { return random_() % below; }
  // 1 to 250 bytes.
  static std::string Key(int number) {
    if (number < 26) return std::string(1, static_cast<char>('a' + number));
    return Numbered("key", number) + std::string(static_cast<size_t>(number) * 31 % 240, '.');
  }
  std::string RandomKey() {
    return Key(static_cast<int>(Random(static_cast<uint64_t>(config_.keys))));
  }
  std::string RandomValue() {
    if (Random(3) == 0) return std::to_string(random_() >> Random(64));
    const bool needs_much = config_.pressure != Pressure::kNone && config_.limit_bytes > kMiB;
    const uint64_t kind = Random(needs_much ? 15 : 60);
    const uint64_t most_bytes = kind == 0 ? 100'000 : kind < 8 ? 3'000 : 300;
    return std::string(Random(most_bytes), static_cast<char>('a' + Random(26)));
  }
  CacheSecond RandomExpiry() {
    if (Random(2) == 0) return kNeverExpires;
    // Long enough to fill the cache where that is wanted.
    const uint64_t most_seconds = config_.pressure == Pressure::kNone ? 20 : 4000;
    return Random(10) == 0 ? kAlreadyExpired
                           : now_ + static_cast<CacheSecond>(Random(most_seconds));
  }

  void Step() {
    if (Random(50) == 0) now_ += static_cast<CacheSecond>(Random(4));
    const std::string key = RandomKey();
    switch (Random(14)) {
      case 12:
        return MarkStale(key);
      case 13:
        return Elect(key);
      case 0:
        return Delete(key);
      case 1:
        return Touch(key, RandomExpiry());
      case 2:
        return GetAndTouch(key, RandomExpiry());
      case 3:
      case 4:
        return Delta(key, Random(2) == 0 ? DeltaDirection::kIncrement : DeltaDirection::kDecrement,
                     random_() >> Random(64), /*sets_expiry=*/Random(2) == 0);
      case 5:
        if (Random(config_.pressure == Pressure::kNone ? 200 : 5000) == 0)
          return FlushAll(now_ + static_cast<CacheSecond>(Random(4)));
        return Get(key);
      case 6:
      case 7:
        return Get(key);
      default:
        return Store(key);
    }
  }

  // What the map has, after it has forgotten what the cache has evicted.
  ModelItem* Find(const std::string& key, bool absent, LookupStatus* status) {
    ModelItem* item = nullptr;
    *status = model_.Find(key, now_, &item);
    if (item == nullptr || !absent || !evicts()) return item;
    model_.Erase(key);
    *status = LookupStatus::kMiss;
    return nullptr;
  }

  void Compare(const FoundItem& found, LookupStatus expected, const ModelItem* item) {
    // Cleaning removes ended items, so nobody may know any more that there was one; and a large
    // value that is refused before its key is looked for leaves an ended item that the map forgot.
    const bool cleaned = expected == LookupStatus::kExpired && found.status == LookupStatus::kMiss;
    const bool left =
        refuses() && expected == LookupStatus::kMiss && found.status == LookupStatus::kExpired;
    ASSERT_EQ(found.status, cleaned || left ? found.status : expected);
    if (item == nullptr) return;
    ++hits_;
    ASSERT_EQ(found.value, item->value);
    ASSERT_EQ(found.client_flags, item->client_flags);
    ASSERT_EQ(found.expiry, item->expiry);
    ASSERT_EQ(found.cas, item->cas);
  }

  void Get(const std::string& key) {
    const FoundItem found = cache_.Get(key, now_);
    LookupStatus expected = LookupStatus::kMiss;
    const ModelItem* const item = Find(key, found.status == LookupStatus::kMiss, &expected);
    Compare(found, expected, item);
  }

  // A first expiry needs room: without it the item keeps none and is not shown.
  void GetAndTouch(const std::string& key, CacheSecond expiry) {
    const FoundItem found = cache_.GetAndTouch(key, expiry, now_);
    LookupStatus expected = LookupStatus::kMiss;
    ModelItem* const item = Find(key, found.status == LookupStatus::kMiss, &expected);
    const bool had_none = item != nullptr && item->expiry == kNeverExpires;
    if (had_none && Refused(found.status == LookupStatus::kMiss)) return;
    if (item != nullptr) item->expiry = expiry;
    Compare(found, expected, item);
  }

  void Touch(const std::string& key, CacheSecond expiry) {
    LookupStatus status = LookupStatus::kMiss;
    ModelItem* const item = Find(key, /*absent=*/false, &status);
    const bool touched = cache_->Touch(cache_.Hash(key), expiry, now_);
    const bool no_room = refuses() && item != nullptr && item->expiry == kNeverExpires;
    if (!touched && (evicts() || no_room)) return;
    ASSERT_EQ(touched, item != nullptr);
    if (item != nullptr) item->expiry = expiry;
  }

  void Delete(const std::string& key) {
    const bool deleted = cache_.Delete(key, now_);
    LookupStatus status = LookupStatus::kMiss;
    ASSERT_EQ(deleted, Find(key, !deleted, &status) != nullptr);
    model_.Erase(key);
  }

  void MarkStale(const std::string& key) {
    const bool keep_empty = Random(3) == 0;
    const DeleteStatus result = cache_->Delete({.key = cache_.Hash(key),
                                                .keep_empty = keep_empty,
                                                .mark_stale = true,
                                                .expiry = kNeverExpires},
                                               now_);
    LookupStatus status = LookupStatus::kMiss;
    ModelItem* const item = Find(key, result == DeleteStatus::kNotFound, &status);
    ASSERT_EQ(result, item != nullptr ? DeleteStatus::kDone : DeleteStatus::kNotFound);
    if (item == nullptr) return;
    if (keep_empty) *item = {};
    item->expiry = kNeverExpires;
    item->stale = true;
    item->promised = false;
    // The next read tells its number, which is a higher one; there was no room for the mark if it
    // is a miss.
    const LookupStatus after =
        cache_->Read(cache_.Hash(key), {.note_use = false}, now_,
                     [&](const ItemView& view) { NoteCas(key, view.cas, item); });
    if (Refused(after == LookupStatus::kMiss)) model_.Erase(key);
  }

  // A read that vivifies, and that is to refresh what is stale or has no long life left.
  void Elect(const std::string& key) {
    const CacheSecond refresh_before = now_ + 10;
    ItemView view;
    const LookupStatus result =
        cache_->Read(cache_.Hash(key),
                     {.vivify_expiry = now_ + 20, .elects = true, .refresh_before = refresh_before},
                     now_, [&](const ItemView& seen) { view = seen; });
    if (Refused(result == LookupStatus::kMiss || result == LookupStatus::kExpired)) return;
    LookupStatus status = LookupStatus::kMiss;
    ModelItem* item = Find(key, result == LookupStatus::kCreated, &status);
    ASSERT_EQ(result, item != nullptr ? LookupStatus::kHit : LookupStatus::kCreated);
    if (item == nullptr) {
      const ModelItem empty{.value = "", .expiry = now_ + 20};
      model_.Store(StoreMode::kSet, key, empty, 0, now_, &item);
      NoteCas(key, view.cas, item);
    }
    const bool ends_soon = item->expiry != kNeverExpires && item->expiry < refresh_before;
    const bool wins = result == LookupStatus::kCreated || item->stale || ends_soon;
    ASSERT_EQ(view.promised, item->promised);
    ASSERT_EQ(view.won, !item->promised && wins);
    ASSERT_EQ(view.stale, item->stale);
    ASSERT_EQ(view.cas, item->cas);
    item->promised = item->promised || view.won;
  }

  void FlushAll(CacheSecond at) {
    cache_->FlushAll(at, now_);
    model_.FlushAll(at, now_);
  }

  void Store(const std::string& key) {
    static constexpr StoreMode kModes[] = {StoreMode::kSet,     StoreMode::kAdd,
                                           StoreMode::kReplace, StoreMode::kAppend,
                                           StoreMode::kPrepend, StoreMode::kCas};
    const StoreMode mode = kModes[Random(std::size(kModes))];
    // The right cas number in half of the cases.
    LookupStatus status = LookupStatus::kMiss;
    const ModelItem* const present = Find(key, /*absent=*/false, &status);
    const uint64_t expected_cas = present != nullptr ? present->cas + Random(2) : Random(1000);
    const ModelItem item = {.value = RandomValue(),
                            .client_flags = Random(2) == 0 ? 0 : static_cast<uint32_t>(random_()),
                            .expiry = RandomExpiry()};
    const StoreResult result =
        cache_.Store(mode, key, item.value, now_, item.expiry, item.client_flags, expected_cas);
    if (Refused(result.status == StoreStatus::kOutOfMemory)) return;
    Find(key, SaysAbsent(mode, result.status), &status);
    ModelItem* stored = nullptr;
    ASSERT_EQ(result.status, model_.Store(mode, key, item, expected_cas, now_, &stored));
    ASSERT_EQ(result.cas != 0, stored != nullptr);
    if (stored != nullptr) NoteCas(key, result.cas, stored);
  }

  void Delta(const std::string& key, DeltaDirection direction, uint64_t delta, bool sets_expiry) {
    DeltaRequest request{.key = cache_.Hash(key), .direction = direction, .delta = delta};
    if (sets_expiry) request.expiry = RandomExpiry();
    const DeltaResult result = cache_->Delta(request, now_);
    if (Refused(result.status == DeltaStatus::kOutOfMemory)) return;
    LookupStatus status = LookupStatus::kMiss;
    ModelItem* const item = Find(key, result.status == DeltaStatus::kNotFound, &status);
    if (item == nullptr) {
      ASSERT_EQ(result.status, DeltaStatus::kNotFound);
      return;
    }
    const DeltaResult expected = ModelCache::Delta(item, direction, delta);
    ASSERT_EQ(result.status, expected.status) << item->value;
    ASSERT_EQ(result.value, expected.value);
    if (result.status != DeltaStatus::kDone) return;
    NoteCas(key, result.cas, item);
    ASSERT_EQ(result.expiry_before, item->expiry);
    item->expiry = request.expiry.value_or(item->expiry);
  }

  bool Refused(bool out_of_memory) {
    refusals_ += out_of_memory ? 1 : 0;
    return out_of_memory && config_.pressure != Pressure::kNone;
  }

  // They ascend for a key, whatever becomes of it in between.
  void NoteCas(const std::string& key, uint64_t cas, ModelItem* item) {
    ASSERT_GT(cas, last_cas_[key]);
    last_cas_[key] = cas;
    item->cas = cas;
  }

  // Each key is met, so what has ended or been evicted is gone from both.
  void CompareAll() {
    for (int i = 0; i < config_.keys && !HasFatalFailure(); ++i) Get(Key(i));
    ASSERT_EQ(cache_->Stats().items, model_.size());
    ASSERT_LE(BudgetedBytes(cache_->Stats()), BudgetBoundBytes(cache_->Stats()));
  }

  const ModelConfig config_;
  TestCache cache_;
  ModelCache model_;
  std::map<std::string, uint64_t> last_cas_;
  std::mt19937_64 random_;
  CacheSecond now_ = kNow;
  uint64_t hits_ = 0;
  uint64_t refusals_ = 0;
};

TEST_P(CacheModelTest, AgreesInEverything) {
  constexpr int kSteps = 300'000;
  for (int step = 0; step < kSteps; ++step) {
    Step();
    if (step % 2000 == 0) CompareAll();
    if (HasFatalFailure()) {
      ADD_FAILURE() << "at step " << step;
      return;
    }
  }
  EXPECT_GT(hits_, 10'000u);
  EXPECT_EQ(cache_->Stats().evictions > 1000, evicts());
  if (!evicts()) {
    EXPECT_EQ(cache_->Stats().evictions, 0u);
    EXPECT_EQ(refusals_ > 0, refuses());
  }
}

INSTANTIATE_TEST_SUITE_P(
    Configs, CacheModelTest,
    testing::Values(ModelConfig{"Roomy4Lru", Pressure::kNone, 4 * kMiB, 400, EvictionPolicy::kLru,
                                BloomMode::kAuto},
                    ModelConfig{"Roomy32S3Fifo", Pressure::kNone, 32 * kMiB, 400,
                                EvictionPolicy::kS3Fifo, BloomMode::kOn},
                    ModelConfig{"Roomy64Lru", Pressure::kNone, 64 * kMiB, 400, EvictionPolicy::kLru,
                                BloomMode::kOff},
                    ModelConfig{"Evicts1Lru", Pressure::kEvicts, 1 * kMiB, 3000,
                                EvictionPolicy::kLru, BloomMode::kOn},
                    ModelConfig{"Evicts1S3Fifo", Pressure::kEvicts, 1 * kMiB, 3000,
                                EvictionPolicy::kS3Fifo, BloomMode::kAuto},
                    ModelConfig{"Evicts8Lru", Pressure::kEvicts, 8 * kMiB, 20'000,
                                EvictionPolicy::kLru, BloomMode::kAuto},
                    ModelConfig{"Refuses1Lru", Pressure::kRefuses, 1 * kMiB, 3000,
                                EvictionPolicy::kLru, BloomMode::kOn},
                    ModelConfig{"Refuses8S3Fifo", Pressure::kRefuses, 8 * kMiB, 20'000,
                                EvictionPolicy::kS3Fifo, BloomMode::kOff}),
    [](const testing::TestParamInfo<ModelConfig>& config) { return config.param.name; });

}  // namespace
}  // namespace ringcached::storage
