// The cache against a map, with random operations. The budget is never reached here, so both must
// agree in every status and every byte; what eviction does is cache_lru_test.cc's.

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <map>
#include <random>
#include <regex>
#include <string>

#include "storage/cache.h"
#include "tests/storage/test_support.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

std::string LimitName(const testing::TestParamInfo<size_t>& limit) {
  return Numbered("MiB", limit.param / kMiB);
}

bool IsNumber(const std::string& text, uint64_t* number) {
  static const std::regex kNumber("[0-9]+ *");
  if (!std::regex_match(text, kNumber)) return false;
  errno = 0;
  *number = std::strtoull(text.c_str(), nullptr, 10);
  return errno == 0;
}

struct ModelItem {
  std::string value;
  uint32_t client_flags = 0;
  CacheSecond expiry = kNeverExpires;
  uint64_t cas = 0;
  bool flushed = false;
};

// An obvious implementation of cache.h. Ended items stay until they are met, as there.
class ModelCache {
 public:
  LookupStatus Find(const std::string& key, CacheSecond now, ModelItem** item) {
    SettleFlush(now);
    *item = nullptr;
    const auto found = items_.find(key);
    if (found == items_.end()) return LookupStatus::kMiss;
    const bool flushed = found->second.flushed;
    if (flushed || IsExpired(found->second.expiry, now)) {
      items_.erase(found);
      return flushed ? LookupStatus::kFlushed : LookupStatus::kExpired;
    }
    *item = &found->second;
    return LookupStatus::kHit;
  }

  StoreStatus Store(StoreMode mode, const std::string& key, const ModelItem& item,
                    uint64_t expected_cas, CacheSecond now, ModelItem** stored) {
    ModelItem* present = nullptr;
    Find(key, now, &present);
    switch (mode) {
      case StoreMode::kSet:
        break;
      case StoreMode::kAdd:
        if (present != nullptr) return StoreStatus::kNotStored;
        break;
      case StoreMode::kReplace:
        if (present == nullptr) return StoreStatus::kNotStored;
        break;
      case StoreMode::kCas:
        if (present == nullptr) return StoreStatus::kNotFound;
        if (present->cas != expected_cas) return StoreStatus::kExists;
        break;
      case StoreMode::kAppend:
      case StoreMode::kPrepend:
        if (present == nullptr) return StoreStatus::kNotStored;
        present->value =
            mode == StoreMode::kAppend ? present->value + item.value : item.value + present->value;
        *stored = present;
        return StoreStatus::kStored;
    }
    items_[key] = item;
    *stored = &items_[key];
    return StoreStatus::kStored;
  }

  void Erase(const std::string& key) { items_.erase(key); }

  void FlushAll(CacheSecond at, CacheSecond now) {
    SettleFlush(now);
    flush_at_ = at > now ? at : 0;
    if (at <= now) MarkAllFlushed();
  }

  size_t size() const { return items_.size(); }

 private:
  void SettleFlush(CacheSecond now) {
    if (flush_at_ == 0 || now < flush_at_) return;
    flush_at_ = 0;
    MarkAllFlushed();
  }
  void MarkAllFlushed() {
    for (auto& [key, item] : items_) item.flushed = true;
  }

  std::map<std::string, ModelItem> items_;
  CacheSecond flush_at_ = 0;
};

class CacheModelTest : public testing::TestWithParam<size_t> {
 protected:
  static constexpr int kKeys = 400;

  CacheModelTest() : cache_(GetParam()), random_(TestSeed()) {}

  uint64_t Random(uint64_t below) { return random_() % below; }
  std::string RandomKey() { return Numbered("key", Random(kKeys)); }
  std::string RandomValue() {
    if (Random(3) == 0) return std::to_string(random_() >> Random(64));
    return std::string(Random(300), static_cast<char>('a' + Random(26)));
  }
  CacheSecond RandomExpiry() {
    if (Random(2) == 0) return kNeverExpires;
    return Random(10) == 0 ? kAlreadyExpired : now_ + static_cast<CacheSecond>(Random(20));
  }

  void Step() {
    if (Random(50) == 0) now_ += static_cast<CacheSecond>(Random(4));
    const std::string key = RandomKey();
    switch (Random(12)) {
      case 0:
        return Delete(key);
      case 1:
        return Touch(key, RandomExpiry());
      case 2:
        return GetAndTouch(key, RandomExpiry());
      case 3:
      case 4:
        return Delta(key, Random(2) == 0 ? DeltaDirection::kIncrement : DeltaDirection::kDecrement,
                     random_() >> Random(64));
      case 5:
        if (Random(200) == 0) return FlushAll(now_ + static_cast<CacheSecond>(Random(4)));
        return Get(key);
      case 6:
      case 7:
        return Get(key);
      default:
        return Store(key);
    }
  }

  void Compare(const FoundItem& found, LookupStatus expected, const ModelItem* item) {
    ASSERT_EQ(found.status, expected);
    if (item == nullptr) return;
    ASSERT_EQ(found.value, item->value);
    ASSERT_EQ(found.client_flags, item->client_flags);
    ASSERT_EQ(found.expiry, item->expiry);
    ASSERT_EQ(found.cas, item->cas);
  }

  void Get(const std::string& key) {
    ModelItem* item = nullptr;
    const LookupStatus expected = model_.Find(key, now_, &item);
    Compare(cache_.Get(key, now_), expected, item);
  }

  void GetAndTouch(const std::string& key, CacheSecond expiry) {
    ModelItem* item = nullptr;
    const LookupStatus expected = model_.Find(key, now_, &item);
    if (item != nullptr) item->expiry = expiry;
    Compare(cache_.GetAndTouch(key, expiry, now_), expected, item);
  }

  void Touch(const std::string& key, CacheSecond expiry) {
    ModelItem* item = nullptr;
    model_.Find(key, now_, &item);
    if (item != nullptr) item->expiry = expiry;
    ASSERT_EQ(cache_->Touch(cache_.Hash(key), expiry, now_), item != nullptr);
  }

  void Delete(const std::string& key) {
    ModelItem* item = nullptr;
    model_.Find(key, now_, &item);
    ASSERT_EQ(cache_.Delete(key, now_), item != nullptr);
    model_.Erase(key);
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
    ModelItem* present = nullptr;
    model_.Find(key, now_, &present);
    const uint64_t expected_cas = present != nullptr ? present->cas + Random(2) : Random(1000);
    const ModelItem item = {.value = RandomValue(),
                            .client_flags = static_cast<uint32_t>(random_()),
                            .expiry = RandomExpiry()};
    ModelItem* stored = nullptr;
    const StoreStatus expected = model_.Store(mode, key, item, expected_cas, now_, &stored);
    const StoreResult result =
        cache_.Store(mode, key, item.value, now_, item.expiry, item.client_flags, expected_cas);
    ASSERT_EQ(result.status, expected);
    ASSERT_EQ(result.cas != 0, stored != nullptr);
    if (stored == nullptr) return;
    ASSERT_GT(result.cas, stored->cas);
    stored->cas = result.cas;
  }

  void Delta(const std::string& key, DeltaDirection direction, uint64_t delta) {
    ModelItem* item = nullptr;
    model_.Find(key, now_, &item);
    const DeltaResult result = cache_->Delta(cache_.Hash(key), direction, delta, now_);
    if (item == nullptr) {
      ASSERT_EQ(result.status, DeltaStatus::kNotFound);
      return;
    }
    uint64_t before = 0;
    const bool numeric = IsNumber(item->value, &before);
    ASSERT_EQ(result.status, numeric ? DeltaStatus::kDone : DeltaStatus::kNonNumeric)
        << item->value;
    if (!numeric) return;
    uint64_t after = before + delta;
    if (direction == DeltaDirection::kDecrement) after = before > delta ? before - delta : 0;
    ASSERT_EQ(result.value, after);
    std::string text = std::to_string(after);
    if (text.size() < item->value.size()) text.resize(item->value.size(), ' ');
    item->value = text;
    ASSERT_GT(result.cas, item->cas);
    item->cas = result.cas;
  }

  TestCache cache_;
  ModelCache model_;
  std::mt19937_64 random_;
  CacheSecond now_ = kNow;
};

TEST_P(CacheModelTest, AgreesInEverything) {
  constexpr int kSteps = 300'000;
  for (int step = 0; step < kSteps; ++step) {
    Step();
    if (HasFatalFailure()) {
      ADD_FAILURE() << "at step " << step;
      return;
    }
    if (step % 1000 == 0) {
      EXPECT_EQ(cache_->Stats().items, model_.size());
    }
  }
  EXPECT_EQ(cache_->Stats().evictions, 0u);
  for (int i = 0; i < kKeys; ++i) Get(Numbered("key", i));
}

INSTANTIATE_TEST_SUITE_P(Limits, CacheModelTest, testing::Values(4 * kMiB, 32 * kMiB, 64 * kMiB),
                         LimitName);

}  // namespace
}  // namespace ringcached::storage
