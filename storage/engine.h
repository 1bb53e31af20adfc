// The storage engine: shards with a lock each, over one pool of segments and one memory ledger.
// Cache is its public face and documents the methods that have the same name there.

#ifndef RINGCACHED_STORAGE_ENGINE_H_
#define RINGCACHED_STORAGE_ENGINE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/cache.h"
#include "storage/grace_period.h"
#include "storage/large_value.h"
#include "storage/memory_ledger.h"
#include "storage/segment_pool.h"
#include "storage/shard.h"

namespace ringcached::storage {

// What an UnpublishedItem holds: everything of a store but its rule.
struct PendingStore {
  std::array<char, kMaxKeyBytes> key_bytes;
  size_t key_size = 0;
  uint64_t hash = 0;
  uint32_t client_flags = 0;
  CacheSecond expiry = kNeverExpires;
  LargeValueRef value;
  // Where its value is counted until this is gone.
  std::atomic<size_t>* unpublished_bytes = nullptr;
  size_t counted_bytes = 0;

  PendingStore() = default;
  PendingStore(const PendingStore&) = delete;
  PendingStore& operator=(const PendingStore&) = delete;
  ~PendingStore() {
    if (unpublished_bytes != nullptr) {
      unpublished_bytes->fetch_sub(counted_bytes, std::memory_order_relaxed);
    }
  }

  HashedKey key() const { return {{key_bytes.data(), key_size}, hash}; }
};

class Engine {
 public:
  // Cache::Create(); `ledger` has the options' budget.
  static absl::StatusOr<std::unique_ptr<Engine>> Create(const CacheOptions& options,
                                                        std::unique_ptr<MemoryLedger> ledger);
  // REQUIRES: no pin and no unpublished item is left.
  ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  HashedKey Hash(std::string_view key) const;
  void Prefetch(const HashedKey& key) const { ShardOf(key.hash).Prefetch(key.hash); }

  void PrefetchItem(const HashedKey& key) const { ShardOf(key.hash).PrefetchItem(key.hash); }

  LookupStatus Get(const HashedKey& key, CacheSecond now, Cache::HitVisitor visitor) {
    return ShardOf(key.hash).Get(key, now, visitor);
  }
  LookupStatus Read(const HashedKey& key, const ReadOptions& options, CacheSecond now,
                    Cache::HitVisitor visitor);
  bool Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now) {
    return Read(key, {.expiry = expiry}, now, [](const ItemView&) {}) == LookupStatus::kHit;
  }
  DeleteStatus Delete(const DeleteRequest& request, CacheSecond now,
                      size_t* value_bytes = nullptr) {
    grace_period_.Pass();
    return ShardOf(request.key.hash).Delete(request, now, value_bytes);
  }

  bool Walk(WalkCursor* cursor, CacheSecond now, Cache::HitVisitor visitor);

  StoreResult Store(const StoreRequest& request, CacheSecond now);
  // *pending is set on kStored only.
  StoreStatus Reserve(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                      CacheSecond expiry, CacheSecond now, std::unique_ptr<PendingStore>* pending);
  StoreResult Publish(std::unique_ptr<PendingStore> pending, const StoreRule& rule,
                      CacheSecond now);
  DeltaResult Delta(const DeltaRequest& request, CacheSecond now);
  void FlushAll(CacheSecond at, CacheSecond now);
  absl::Status SetMemoryLimit(size_t bytes, CacheSecond now);
  void SetOtherBytes(size_t bytes, CacheSecond now);
  // Behind the collecting of what no reader looks at any more.
  CacheStats Stats();

  const CacheOptions& options() const { return options_; }

 private:
  Engine(const CacheOptions& options, std::unique_ptr<MemoryLedger> ledger);
  bool Init();

  size_t ShardNumber(uint64_t hash) const;
  Shard& ShardOf(uint64_t hash) const { return *shards_[ShardNumber(hash)]; }

  bool TooLarge(size_t key_bytes, size_t value_bytes) const;
  // Counts a value that begins to arrive; false if those that are arriving take too much already.
  bool CountUnpublished(size_t bytes);
  // A large value for `value_bytes`, with room for it in the budget; null if there is none.
  LargeValueRef CreateLarge(size_t value_bytes, CacheSecond now);
  StoreResult StoreIn(ShardStore* store, CacheSecond now);
  // Runs `attempt(last_try, &wanted_bytes)` until it does not say out of memory or no shard has
  // anything to give up for it.
  template <typename Result, typename Attempt>
  Result WithRoom(CacheSecond now, Attempt attempt);
  bool IsWorthAnotherTry();
  bool EndShortfall(CacheSecond now);
  // Makes one shard give something up, that with the oldest items if it can; false if none can.
  bool OldestGivesUp(size_t room_bytes, CacheSecond now);
  // Makes shards give up until so much has room; false if none has given anything.
  bool MakeRoom(size_t bytes, CacheSecond now);
  // Gives up segments until the budget is not short or so many are gone.
  void Shrink(size_t max_segments, CacheSecond now);

  const CacheOptions options_;
  const size_t largest_limit_bytes_;
  const std::unique_ptr<MemoryLedger> ledger_;
  SegmentPool pool_;
  LargeValueHeap large_values_;
  GracePeriod grace_period_;
  ShardAges ages_;
  const ShardContext context_;
  const unsigned shard_bits_;
  std::vector<std::unique_ptr<Shard>> shards_;
  // Of values that are still arriving.
  std::atomic<size_t> unpublished_bytes_{0};
  std::atomic<uint64_t> out_of_memory_{0};
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ENGINE_H_
