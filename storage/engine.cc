// Invariant: no thread holds two shards' locks. A store that must make other shards give something
// up releases its own first, so it may have to try again.

#include "storage/engine.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMinShardBytes = size_t{4} << 20;
constexpr size_t kMinShardsAllowed = 16;
constexpr size_t kShardsPerThread = 4;
// Leaves the hash's middle bits to the filter.
constexpr size_t kMaxShards = size_t{1} << 12;

// Rounds of making room elsewhere before a store gives up: other threads may be quicker to use it.
constexpr int kMaxRoomRounds = 4;

// Value and key sizes are kept in 32 bits.
constexpr size_t kMaxItemLimitBytes = size_t{1} << 30;

absl::Status Check(const CacheOptions& options) {
  if (options.memory_limit_bytes < kMinMemoryLimitBytes) {
    return absl::InvalidArgumentError(absl::StrCat("memory limit of ", options.memory_limit_bytes,
                                                   " bytes is below the least, ",
                                                   kMinMemoryLimitBytes));
  }
  if (options.max_item_bytes == 0 || options.max_item_bytes > kMaxItemLimitBytes) {
    return absl::InvalidArgumentError(absl::StrCat("largest item of ", options.max_item_bytes,
                                                   " bytes is not between 1 and ",
                                                   kMaxItemLimitBytes));
  }
  if (options.threads < 1) {
    return absl::InvalidArgumentError(absl::StrCat(options.threads, " threads are too few"));
  }
  return absl::OkStatus();
}

}  // namespace

size_t ShardCount(size_t memory_limit_bytes, int threads) {
  const size_t by_memory = memory_limit_bytes / kMinShardBytes;
  const size_t by_threads =
      std::max(kMinShardsAllowed, kShardsPerThread * static_cast<size_t>(std::max(threads, 1)));
  const size_t most = std::min({by_memory, by_threads, kMaxShards});
  return std::bit_floor(std::max<size_t>(most, 1));
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const CacheOptions& options,
                                                       std::unique_ptr<Allocator> allocator) {
  const absl::Status valid = Check(options);
  if (!valid.ok()) return valid;
  std::unique_ptr<Engine> engine(new Engine(options, std::move(allocator)));
  if (!engine->Init()) return absl::ResourceExhaustedError("no memory for an empty cache");
  return engine;
}

Engine::Engine(const CacheOptions& options, std::unique_ptr<Allocator> allocator)
    : options_(options),
      allocator_(std::move(allocator)),
      context_{.allocator = allocator_.get(),
               .factory = ItemFactory(allocator_.get(), options.max_item_bytes),
               .evict = options.evict,
               .shard_count = ShardCount(options.memory_limit_bytes, options.threads)},
      shard_bits_(static_cast<unsigned>(std::countr_zero(context_.shard_count))),
      memory_limit_bytes_(options.memory_limit_bytes) {}

bool Engine::Init() {
  for (size_t number = 0; number < context_.shard_count; ++number) {
    shards_.push_back(std::make_unique<Shard>(context_, number));
    if (!shards_.back()->Init()) return false;
  }
  return true;
}

Engine::~Engine() {
  shards_.clear();
  // Else a pin or an unpublished item is left that will write to freed memory.
  assert(allocator_->used_bytes(MemoryUse::kItem) == 0);
}

HashedKey Engine::Hash(std::string_view key) const {
  assert(!key.empty() && key.size() <= kMaxKeyBytes);
  return {key, absl::HashOf(options_.hash_seed, absl::string_view(key.data(), key.size()))};
}

StoreResult Engine::Store(const StoreRequest& request, CacheSecond now) {
  ItemRef item;
  const StoreStatus status = context_.factory.Create(request.key, request.value.size(),
                                                     request.client_flags, request.expiry, &item);
  if (status != StoreStatus::kStored) {
    CountIfOutOfMemory(status);
    return {status};
  }
  std::copy(request.value.begin(), request.value.end(), item->value_data());
  return Publish(std::move(item), request.mode, request.expected_cas, now);
}

StoreStatus Engine::Reserve(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                            CacheSecond expiry, CacheSecond now, ItemRef* item) {
  StoreStatus status = context_.factory.Create(key, value_bytes, client_flags, expiry, item);
  if (status == StoreStatus::kStored) {
    const size_t short_bytes = allocator_->ShortfallBytes(0);
    const size_t freed_bytes = FreeBytes(ShardNumber(key.hash), shards_.size(), short_bytes, now);
    if (freed_bytes < short_bytes) {
      item->reset();
      status = StoreStatus::kOutOfMemory;
    }
  }
  CountIfOutOfMemory(status);
  return status;
}

StoreResult Engine::Publish(ItemRef item, StoreMode mode, uint64_t expected_cas, CacheSecond now) {
  const uint64_t hash = item->hash;
  const auto result = WithRoom<StoreResult>(hash, now, [&](size_t* short_bytes) {
    return ShardOf(hash).Store(&item, mode, expected_cas, now, short_bytes);
  });
  CountIfOutOfMemory(result.status);
  return result;
}

DeltaResult Engine::Delta(const HashedKey& key, DeltaDirection direction, uint64_t delta,
                          CacheSecond now) {
  const auto result = WithRoom<DeltaResult>(key.hash, now, [&](size_t* short_bytes) {
    return ShardOf(key.hash).Delta(key, direction, delta, now, short_bytes);
  });
  if (result.status == DeltaStatus::kOutOfMemory) CountIfOutOfMemory(StoreStatus::kOutOfMemory);
  return result;
}

void Engine::FlushAll(CacheSecond at, CacheSecond now) {
  for (const auto& shard : shards_) shard->FlushAll(at, now);
}

absl::Status Engine::SetMemoryLimit(size_t bytes, CacheSecond now) {
  if (bytes < kMinMemoryLimitBytes ||
      bytes > std::max(options_.memory_limit_bytes, options_.max_memory_limit_bytes)) {
    return absl::OutOfRangeError(absl::StrCat("memory limit of ", bytes, " bytes"));
  }
  memory_limit_bytes_.store(bytes, std::memory_order_relaxed);
  ApplyLimit(now);
  return absl::OkStatus();
}

void Engine::SetOtherBytes(size_t bytes, CacheSecond now) {
  other_bytes_.store(bytes, std::memory_order_relaxed);
  ApplyLimit(now);
}

void Engine::ApplyLimit(CacheSecond now) {
  const size_t limit_bytes = memory_limit_bytes_.load(std::memory_order_relaxed);
  const size_t other_bytes = other_bytes_.load(std::memory_order_relaxed);
  allocator_->set_limit_bytes(limit_bytes - std::min(other_bytes, limit_bytes / 4 * 3));
  FreeBytes(0, shards_.size(), allocator_->ShortfallBytes(0), now);
}

CacheStats Engine::Stats() const {
  CacheStats stats;
  for (const auto& shard : shards_) shard->AddStats(&stats);
  stats.item_bytes = allocator_->used_bytes(MemoryUse::kItem);
  stats.index_bytes = allocator_->used_bytes(MemoryUse::kIndex);
  stats.bloom_bytes = allocator_->used_bytes(MemoryUse::kFilter);
  stats.other_bytes = other_bytes_.load(std::memory_order_relaxed);
  stats.limit_bytes = memory_limit_bytes_.load(std::memory_order_relaxed);
  stats.shards = shards_.size();
  stats.out_of_memory = out_of_memory_.load(std::memory_order_relaxed);
  return stats;
}

// From the hash's top bits; the index uses the lowest, the filter those between.
size_t Engine::ShardNumber(uint64_t hash) const {
  return shard_bits_ == 0 ? 0 : static_cast<size_t>(hash >> (64 - shard_bits_));
}

size_t Engine::FreeBytes(size_t first, size_t count, size_t bytes, CacheSecond now) {
  size_t freed_bytes = 0;
  for (size_t i = 0; i < count && freed_bytes < bytes; ++i) {
    freed_bytes += shards_[(first + i) % shards_.size()]->FreeBytes(bytes - freed_bytes, now);
  }
  return freed_bytes;
}

template <typename Result, typename Attempt>
Result Engine::WithRoom(uint64_t hash, CacheSecond now, Attempt attempt) {
  const size_t first_other = ShardNumber(hash) + 1;
  size_t short_bytes = 0;
  Result result = attempt(&short_bytes);
  for (int round = 0; round < kMaxRoomRounds && short_bytes > 0; ++round) {
    if (FreeBytes(first_other, shards_.size() - 1, short_bytes, now) == 0) break;
    result = attempt(&short_bytes);
  }
  return result;
}

void Engine::CountIfOutOfMemory(StoreStatus status) {
  if (status == StoreStatus::kOutOfMemory) {
    out_of_memory_.fetch_add(1, std::memory_order_relaxed);
  }
}

}  // namespace ringcached::storage
