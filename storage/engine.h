// The first storage engine: shards with a lock each, within one budget. Cache is its public face
// and documents the methods that have the same name there.

#ifndef RINGCACHED_STORAGE_ENGINE_H_
#define RINGCACHED_STORAGE_ENGINE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/allocator.h"
#include "storage/cache.h"
#include "storage/item.h"
#include "storage/shard.h"

namespace ringcached::storage {

class Engine {
 public:
  // Cache::Create(); `allocator` has the options' budget.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const CacheOptions& options,
                                                        std::unique_ptr<Allocator> allocator);
  // REQUIRES: no pin and no unpublished item is left.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  HashedKey Hash(std::string_view key) const;
  void Prefetch(const HashedKey& key) const { ShardOf(key.hash).Prefetch(key.hash); }

  // Cache::Get(), or with a `new_expiry` Cache::GetAndTouch().
  LookupStatus Read(const HashedKey& key, const CacheSecond* new_expiry, CacheSecond now,
                    Cache::HitVisitor visitor) {
    return ShardOf(key.hash).Read(key, new_expiry, now, visitor);
  }
  bool Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now) {
    return ShardOf(key.hash).Touch(key, expiry, now);
  }
  bool Delete(const HashedKey& key, CacheSecond now) { return ShardOf(key.hash).Delete(key, now); }

  StoreResult Store(const StoreRequest& request, CacheSecond now);
  // *item is set on kStored only.
  StoreStatus Reserve(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                      CacheSecond expiry, CacheSecond now, ItemRef* item);
  StoreResult Publish(ItemRef item, StoreMode mode, uint64_t expected_cas, CacheSecond now);
  DeltaResult Delta(const HashedKey& key, DeltaDirection direction, uint64_t delta,
                    CacheSecond now);
  void FlushAll(CacheSecond at, CacheSecond now);
  absl::Status SetMemoryLimit(size_t bytes, CacheSecond now);
  void SetOtherBytes(size_t bytes, CacheSecond now);
  CacheStats Stats() const;

  const CacheOptions& options() const { return options_; }

 private:
  Engine(const CacheOptions& options, std::unique_ptr<Allocator> allocator);
  bool Init();

  size_t ShardNumber(uint64_t hash) const;
  Shard& ShardOf(uint64_t hash) const { return *shards_[ShardNumber(hash)]; }

  // Makes `count` shards, beginning with number `first`, drop items; returns the bytes freed.
  size_t FreeBytes(size_t first, size_t count, size_t bytes, CacheSecond now);
  // Runs `attempt(short_bytes)` and, as long as it wants memory that other shards can give up,
  // runs it again.
  template <typename Result, typename Attempt>
  Result WithRoom(uint64_t hash, CacheSecond now, Attempt attempt);
  void CountIfOutOfMemory(StoreStatus status);

  const CacheOptions options_;
  const std::unique_ptr<Allocator> allocator_;
  const ShardContext context_;
  const unsigned shard_bits_;
  std::vector<std::unique_ptr<Shard>> shards_;
  void ApplyLimit(CacheSecond now);

  std::atomic<size_t> memory_limit_bytes_;
  std::atomic<size_t> other_bytes_{0};
  std::atomic<uint64_t> out_of_memory_{0};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ENGINE_H_
