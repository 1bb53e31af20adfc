#include "tests/storage/model_cache.h"

#include <cerrno>
#include <cstdlib>
#include <optional>

namespace ringcached::storage {
namespace {

std::optional<uint64_t> NumberOf(const std::string& text) {
  const size_t digits = text.find_first_not_of("0123456789");
  if (digits == 0 || text.empty()) return std::nullopt;
  if (digits != std::string::npos && text.find_first_not_of(' ', digits) != std::string::npos) {
    return std::nullopt;
  }
  errno = 0;
  const uint64_t number = std::strtoull(text.c_str(), nullptr, 10);
  if (errno != 0) return std::nullopt;
  return number;
}

}  // namespace

LookupStatus ModelCache::Find(const std::string& key, CacheSecond now, ModelItem** item) {
  SettleFlush(now);
  *item = nullptr;
  const auto found = items_.find(key);
  if (found == items_.end()) return LookupStatus::kMiss;
  if (IsExpired(found->second.expiry, now)) {
    items_.erase(found);
    return LookupStatus::kExpired;
  }
  *item = &found->second;
  return LookupStatus::kHit;
}

StoreStatus ModelCache::Store(StoreMode mode, const std::string& key, const ModelItem& item,
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
      if (expected_cas != 0 && present->cas != expected_cas) return StoreStatus::kExists;
      present->value =
          mode == StoreMode::kAppend ? present->value + item.value : item.value + present->value;
      present->stale = present->promised = false;
      *stored = present;
      return StoreStatus::kStored;
  }
  items_[key] = item;
  *stored = &items_[key];
  return StoreStatus::kStored;
}

DeltaResult ModelCache::Delta(ModelItem* item, DeltaDirection direction, uint64_t delta) {
  const std::optional<uint64_t> before = NumberOf(item->value);
  if (!before.has_value()) return {DeltaStatus::kNonNumeric};
  uint64_t after = *before + delta;
  if (direction == DeltaDirection::kDecrement) after = *before > delta ? *before - delta : 0;
  std::string text = std::to_string(after);
  if (text.size() > item->value.size()) item->stale = item->promised = false;
  if (text.size() < item->value.size()) text.resize(item->value.size(), ' ');
  item->value = text;
  return {DeltaStatus::kDone, after};
}

void ModelCache::FlushAll(CacheSecond at, CacheSecond now) {
  SettleFlush(now);
  flush_at_ = at > now ? at : 0;
  if (at <= now) items_.clear();
}

void ModelCache::SettleFlush(CacheSecond now) {
  if (flush_at_ == 0 || now < flush_at_) return;
  flush_at_ = 0;
  items_.clear();
}

}  // namespace ringcached::storage
