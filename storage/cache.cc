// The public face of the engine: nothing but names and ownership.

#include "storage/cache.h"

#include <cassert>
#include <utility>

#include "storage/allocator.h"
#include "storage/engine.h"
#include "storage/item.h"

namespace ringcached::storage {
namespace {

Item* AsItem(void* item) { return static_cast<Item*>(item); }

}  // namespace

UnpublishedItem::UnpublishedItem(UnpublishedItem&& other) noexcept
    : engine_(other.engine_), item_(std::exchange(other.item_, nullptr)) {}

UnpublishedItem& UnpublishedItem::operator=(UnpublishedItem&& other) noexcept {
  if (this != &other) {
    ItemRef released(AsItem(std::exchange(item_, std::exchange(other.item_, nullptr))));
    engine_ = other.engine_;
  }
  return *this;
}

UnpublishedItem::~UnpublishedItem() { ItemRef released(AsItem(item_)); }

HashedKey UnpublishedItem::key() const {
  assert(!empty());
  return {AsItem(item_)->key(), AsItem(item_)->hash};
}

char* UnpublishedItem::value_data() {
  assert(!empty());
  return AsItem(item_)->value_data();
}

size_t UnpublishedItem::value_bytes() const {
  assert(!empty());
  return AsItem(item_)->value_bytes;
}

absl::StatusOr<std::unique_ptr<Cache>> Cache::Create(const CacheOptions& options) {
  auto allocator = std::make_unique<Allocator>(options.memory_limit_bytes, options.evict);
  absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create(options, std::move(allocator));
  if (!engine.ok()) return engine.status();
  return std::unique_ptr<Cache>(new Cache(*std::move(engine)));
}

Cache::Cache(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

Cache::~Cache() = default;

HashedKey Cache::Hash(std::string_view key) const { return engine_->Hash(key); }

void Cache::Prefetch(const HashedKey& key) const { engine_->Prefetch(key); }

LookupStatus Cache::Get(const HashedKey& key, CacheSecond now, HitVisitor visitor) {
  return engine_->Read(key, nullptr, now, visitor);
}

LookupStatus Cache::GetAndTouch(const HashedKey& key, CacheSecond expiry, CacheSecond now,
                                HitVisitor visitor) {
  return engine_->Read(key, &expiry, now, visitor);
}

bool Cache::Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now) {
  return engine_->Touch(key, expiry, now);
}

StoreResult Cache::Store(const StoreRequest& request, CacheSecond now) {
  return engine_->Store(request, now);
}

Reservation Cache::Reserve(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                           CacheSecond expiry, CacheSecond now) {
  ItemRef item;
  Reservation reservation;
  reservation.status = engine_->Reserve(key, value_bytes, client_flags, expiry, now, &item);
  if (reservation.status == StoreStatus::kStored) {
    reservation.item.engine_ = engine_.get();
    reservation.item.item_ = item.release();
  }
  return reservation;
}

StoreResult Cache::Publish(UnpublishedItem item, StoreMode mode, uint64_t expected_cas,
                           CacheSecond now) {
  assert(!item.empty() && item.engine_ == engine_.get());
  ItemRef reserved(AsItem(std::exchange(item.item_, nullptr)));
  return engine_->Publish(std::move(reserved), mode, expected_cas, now);
}

bool Cache::Delete(const HashedKey& key, CacheSecond now) { return engine_->Delete(key, now); }

DeltaResult Cache::Delta(const HashedKey& key, DeltaDirection direction, uint64_t delta,
                         CacheSecond now) {
  return engine_->Delta(key, direction, delta, now);
}

void Cache::FlushAll(CacheSecond at, CacheSecond now) { engine_->FlushAll(at, now); }

absl::Status Cache::SetMemoryLimit(size_t bytes, CacheSecond now) {
  return engine_->SetMemoryLimit(bytes, now);
}

void Cache::SetOtherBytes(size_t bytes, CacheSecond now) { engine_->SetOtherBytes(bytes, now); }

CacheStats Cache::Stats() const { return engine_->Stats(); }

const CacheOptions& Cache::options() const { return engine_->options(); }

}  // namespace ringcached::storage
