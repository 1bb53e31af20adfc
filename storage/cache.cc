// The public face of the engine: nothing but names and ownership.

#include "storage/cache.h"

#include <cassert>
#include <memory>
#include <utility>

#include "storage/engine.h"
#include "storage/memory_ledger.h"

namespace ringcached::storage {
UnpublishedItem::UnpublishedItem(UnpublishedItem&& other) noexcept
    : pending_(std::exchange(other.pending_, nullptr)) {}

UnpublishedItem& UnpublishedItem::operator=(UnpublishedItem&& other) noexcept {
  std::swap(pending_, other.pending_);
  return *this;
}

UnpublishedItem::~UnpublishedItem() { std::unique_ptr<PendingStore> released(pending_); }

HashedKey UnpublishedItem::key() const {
  assert(!empty());
  return pending_->key();
}

char* UnpublishedItem::value_data() {
  assert(!empty());
  return pending_->value->data();
}

size_t UnpublishedItem::value_bytes() const {
  assert(!empty());
  return pending_->value->size();
}

absl::StatusOr<std::unique_ptr<Cache>> Cache::Create(const CacheOptions& options) {
  auto ledger = std::make_unique<MemoryLedger>(options.memory_limit_bytes);
  absl::StatusOr<std::unique_ptr<Engine>> engine = Engine::Create(options, std::move(ledger));
  if (!engine.ok()) return engine.status();
  return std::unique_ptr<Cache>(new Cache(*std::move(engine)));
}

Cache::Cache(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

Cache::~Cache() = default;

HashedKey Cache::Hash(std::string_view key) const { return engine_->Hash(key); }

void Cache::Prefetch(const HashedKey& key) const { engine_->Prefetch(key); }

void Cache::PrefetchItem(const HashedKey& key) const { engine_->PrefetchItem(key); }

LookupStatus Cache::Get(const HashedKey& key, CacheSecond now, HitVisitor visitor) {
  return engine_->Get(key, now, visitor);
}

LookupStatus Cache::Read(const HashedKey& key, const ReadOptions& options, CacheSecond now,
                         HitVisitor visitor) {
  return engine_->Read(key, options, now, visitor);
}

bool Cache::Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now) {
  return engine_->Touch(key, expiry, now);
}

bool Cache::Walk(WalkCursor* cursor, CacheSecond now, HitVisitor visitor) {
  return engine_->Walk(cursor, now, visitor);
}

StoreResult Cache::Store(const StoreRequest& request, CacheSecond now) {
  return engine_->Store(request, now);
}

Reservation Cache::Reserve(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                           CacheSecond expiry, CacheSecond now) {
  std::unique_ptr<PendingStore> pending;
  Reservation reservation;
  reservation.status = engine_->Reserve(key, value_bytes, client_flags, expiry, now, &pending);
  reservation.item.pending_ = pending.release();
  return reservation;
}

StoreResult Cache::Publish(UnpublishedItem item, const StoreRule& rule, CacheSecond now) {
  assert(!item.empty());
  std::unique_ptr<PendingStore> pending(std::exchange(item.pending_, nullptr));
  return engine_->Publish(std::move(pending), rule, now);
}

DeleteStatus Cache::Delete(const DeleteRequest& request, CacheSecond now, size_t* value_bytes) {
  return engine_->Delete(request, now, value_bytes);
}

DeltaResult Cache::Delta(const DeltaRequest& request, CacheSecond now) {
  return engine_->Delta(request, now);
}

void Cache::FlushAll(CacheSecond at, CacheSecond now) { engine_->FlushAll(at, now); }

absl::Status Cache::SetMemoryLimit(size_t bytes, CacheSecond now) {
  return engine_->SetMemoryLimit(bytes, now);
}

void Cache::SetOtherBytes(size_t bytes, CacheSecond now) { engine_->SetOtherBytes(bytes, now); }

CacheStats Cache::Stats() const { return engine_->Stats(); }

const CacheOptions& Cache::options() const { return engine_->options(); }

}  // namespace ringcached::storage
