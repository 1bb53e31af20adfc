// Invariant: no thread holds two shards' locks. A store that must make other shards give something
// up releases its own first, so it may have to try again.

#include "storage/engine.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ringcached::storage {
namespace {

constexpr size_t kMinShardBytes = size_t{4} << 20;
constexpr size_t kMinShardsAllowed = 16;
constexpr size_t kShardsPerThread = 4;
constexpr size_t kMaxShards = size_t{1} << 12;

// Of a shard's share of the budget: two open segments are 3 % of it.
constexpr size_t kSegmentsPerShard = 64;
constexpr size_t kMinSegmentBytes = size_t{16} << 10;
constexpr size_t kMaxSegmentBytes = size_t{512} << 10;
// Larger values lie outside the log: what does not fit at a segment's end is lost.
constexpr size_t kMinValuesPerSegment = 8;

// Bytes of the smallest items with what belongs to them, for the largest index that can be wanted.
constexpr size_t kLeastItemBytes = 56;
// An empty index is so much smaller than that. More would make tags tell less.
constexpr size_t kIndexGrowth = 64;
constexpr size_t kLeastBuckets = 16;

// Rounds of making room elsewhere before a store gives up: other threads may be quicker to use it.
constexpr int kMaxRoomRounds = 16;
// Segments given up at once when the budget is lowered.
constexpr size_t kShrinkSegments = 256;
// The same when others take more of it, which happens often and in small steps.
constexpr size_t kOtherShrinkSegments = 16;

// Values that are still arriving may take this share of what the cache may hold.
constexpr size_t kUnpublishedDivisor = 4;

// A shard whose oldest segment is younger than another's by this share of all segments takes memory
// from that one.
constexpr size_t kYoungDivisor = 8;

// Segments for each thread that may wait for readers before anybody is to give something up for it.
constexpr size_t kReservedSegments = 2;

constexpr size_t kMaxItemLimitBytes = size_t{1} << 30;

absl::Status Check(const CacheOptions& options) {
  if (options.memory_limit_bytes < kMinMemoryLimitBytes) {
    return absl::InvalidArgumentError(absl::StrCat("memory limit of ", options.memory_limit_bytes,
                                                   " bytes is below the least, ",
                                                   kMinMemoryLimitBytes));
  }
  if (options.memory_limit_bytes > kMaxMemoryLimitBytes) {
    return absl::InvalidArgumentError(absl::StrCat("memory limit of ", options.memory_limit_bytes,
                                                   " bytes is above the most, ",
                                                   kMaxMemoryLimitBytes));
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

size_t LargestLimit(const CacheOptions& options) {
  return std::min(std::max(options.memory_limit_bytes, options.max_memory_limit_bytes),
                  kMaxMemoryLimitBytes);
}

size_t ShardBytes(const CacheOptions& options) {
  return options.memory_limit_bytes / ShardCount(options.memory_limit_bytes, options.threads);
}

size_t SegmentBytes(const CacheOptions& options) {
  return std::clamp(std::bit_floor(ShardBytes(options) / kSegmentsPerShard), kMinSegmentBytes,
                    kMaxSegmentBytes);
}

size_t EmptyIndexBuckets(const CacheOptions& options) {
  const size_t most = ShardBytes(options) / kLeastItemBytes / kSlotsPerBucket;
  return std::max(std::bit_floor(std::max<size_t>(most / kIndexGrowth, 1)), kLeastBuckets);
}

bool OutOfMemory(const StoreResult& result) { return result.status == StoreStatus::kOutOfMemory; }
bool OutOfMemory(const DeltaResult& result) { return result.status == DeltaStatus::kOutOfMemory; }
bool OutOfMemory(const Shard::ReadResult& result) { return result.out_of_memory; }

}  // namespace

size_t ShardCount(size_t memory_limit_bytes, int threads) {
  const size_t by_memory = memory_limit_bytes / kMinShardBytes;
  const size_t by_threads =
      std::max(kMinShardsAllowed, kShardsPerThread * static_cast<size_t>(std::max(threads, 1)));
  const size_t most = std::min({by_memory, by_threads, kMaxShards});
  return std::bit_floor(std::max<size_t>(most, 1));
}

absl::StatusOr<std::unique_ptr<Engine>> Engine::Create(const CacheOptions& options,
                                                       std::unique_ptr<MemoryLedger> ledger) {
  const absl::Status valid = Check(options);
  if (!valid.ok()) return valid;
  std::unique_ptr<Engine> engine(new Engine(options, std::move(ledger)));
  if (!engine->Init()) return absl::ResourceExhaustedError("no memory for an empty cache");
  return engine;
}

Engine::Engine(const CacheOptions& options, std::unique_ptr<MemoryLedger> ledger)
    : options_(options),
      largest_limit_bytes_(LargestLimit(options)),
      ledger_(std::move(ledger)),
      pool_(ledger_.get(), SegmentBytes(options), options.huge_pages),
      large_values_(ledger_.get()),
      grace_period_(ledger_.get(), &pool_, &large_values_),
      ages_(ShardCount(options.memory_limit_bytes, options.threads),
            options.memory_limit_bytes / SegmentBytes(options) / kYoungDivisor),
      context_{.ledger = ledger_.get(),
               .pool = &pool_,
               .large_values = &large_values_,
               .grace_period = &grace_period_,
               .ages = &ages_,
               .directory = {.min_buckets = EmptyIndexBuckets(options),
                             .shard_bits = static_cast<unsigned>(std::countr_zero(
                                 ShardCount(options.memory_limit_bytes, options.threads))),
                             .filter = options.bloom != BloomMode::kOff,
                             .huge_pages = options.huge_pages,
                             .beyond_budget = options.evict},
               .eviction = options.eviction,
               .bloom = options.bloom,
               .hash_seed = options.hash_seed,
               .eviction_observer = options.eviction_observer,
               .evict = options.evict,
               .shard_count = ShardCount(options.memory_limit_bytes, options.threads),
               .max_inline_value_bytes = std::min(SegmentBytes(options) / kMinValuesPerSegment,
                                                  kMaxInlineValueLimitBytes),
               .max_item_bytes = options.max_item_bytes},
      shard_bits_(context_.directory.shard_bits) {}

bool Engine::Init() {
  ledger_->set_reserve_bytes(kReservedSegments * static_cast<size_t>(options_.threads) *
                             pool_.segment_bytes());
  if (!pool_.Init(largest_limit_bytes_)) return false;
  for (size_t number = 0; number < context_.shard_count; ++number) {
    shards_.push_back(std::make_unique<Shard>(context_, number));
    if (!shards_.back()->Init()) return false;
  }
  return true;
}

HashedKey Engine::Hash(std::string_view key) const {
  assert(!key.empty() && key.size() <= kMaxKeyBytes);
  return {key, HashKey(options_.hash_seed, key)};
}

StoreResult Engine::Store(const StoreRequest& request, CacheSecond now) {
  if (TooLarge(request.key.bytes.size(), request.value.size())) return {StoreStatus::kTooLarge};
  ShardStore store{.key = request.key,
                   .value = request.value,
                   .large = nullptr,
                   .client_flags = request.client_flags,
                   .expiry = request.expiry,
                   .rule = request.rule};
  // What joins another value is copied with it and needs no place of its own.
  if (request.value.size() > context_.max_inline_value_bytes && !Joins(request.rule.mode)) {
    store.large = CreateLarge(request.value.size(), now);
    if (store.large == nullptr) return {StoreStatus::kOutOfMemory};
    std::memcpy(store.large->data(), request.value.data(), request.value.size());
    store.value = {};
  }
  return StoreIn(&store, now);
}

StoreStatus Engine::Reserve(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                            CacheSecond expiry, CacheSecond now,
                            std::unique_ptr<PendingStore>* pending) {
  if (TooLarge(key.bytes.size(), value_bytes)) return StoreStatus::kTooLarge;
  auto begun = std::make_unique<PendingStore>();
  const size_t given_bytes = large_values_.GivenBytes(value_bytes);
  if (!CountUnpublished(given_bytes)) return StoreStatus::kOutOfMemory;
  begun->unpublished_bytes = &unpublished_bytes_;
  begun->counted_bytes = given_bytes;
  LargeValueRef value = CreateLarge(value_bytes, now);
  if (value == nullptr) return StoreStatus::kOutOfMemory;
  *pending = std::move(begun);
  (*pending)->key_size = key.bytes.copy((*pending)->key_bytes.data(), kMaxKeyBytes);
  (*pending)->hash = key.hash;
  (*pending)->client_flags = client_flags;
  (*pending)->expiry = expiry;
  (*pending)->value = std::move(value);
  return StoreStatus::kStored;
}

StoreResult Engine::Publish(std::unique_ptr<PendingStore> pending, const StoreRule& rule,
                            CacheSecond now) {
  ShardStore store{.key = pending->key(),
                   .value = pending->value->view(),
                   .large = nullptr,
                   .client_flags = pending->client_flags,
                   .expiry = pending->expiry,
                   .rule = rule};
  if (store.value.size() > context_.max_inline_value_bytes) {
    store.value = {};
    store.large = std::move(pending->value);
  }
  return StoreIn(&store, now);
}

DeltaResult Engine::Delta(const DeltaRequest& request, CacheSecond now) {
  return WithRoom<DeltaResult>(now, [&](bool last_try, size_t* /*wanted_bytes*/) {
    return ShardOf(request.key.hash).Delta(request, now, last_try);
  });
}

LookupStatus Engine::Read(const HashedKey& key, const ReadOptions& options, CacheSecond now,
                          Cache::HitVisitor visitor) {
  const auto read = [&](bool last_try, size_t* /*wanted_bytes*/) {
    return ShardOf(key.hash).Read(key, options, now, last_try, visitor);
  };
  // Others need no room, and wait for nobody.
  const bool may_need_room = options.expiry.has_value() || options.vivify_expiry.has_value();
  if (!may_need_room) return read(/*last_try=*/false, /*wanted_bytes=*/nullptr).status;
  return WithRoom<Shard::ReadResult>(now, read).status;
}

bool Engine::Walk(WalkCursor* cursor, CacheSecond now, Cache::HitVisitor visitor) {
  if (cursor->shard == shards_.size()) return false;
  if (!shards_[cursor->shard]->Walk(&cursor->range, now, visitor)) *cursor = {cursor->shard + 1, 0};
  return cursor->shard < shards_.size();
}

void Engine::FlushAll(CacheSecond at, CacheSecond now) {
  for (const auto& shard : shards_) shard->FlushAll(at, now);
}

absl::Status Engine::SetMemoryLimit(size_t bytes, CacheSecond now) {
  if (bytes < kMinMemoryLimitBytes || bytes > largest_limit_bytes_) {
    return absl::OutOfRangeError(absl::StrCat("memory limit of ", bytes, " bytes is not between ",
                                              kMinMemoryLimitBytes, " and ", largest_limit_bytes_));
  }
  ledger_->set_limit_bytes(bytes);
  Shrink(kShrinkSegments, now);
  return absl::OkStatus();
}

void Engine::SetOtherBytes(size_t bytes, CacheSecond now) {
  ledger_->set_other_bytes(bytes);
  Shrink(kOtherShrinkSegments, now);
}

CacheStats Engine::Stats() {
  pool_.Collect();
  large_values_.Collect();
  CacheStats stats;
  for (const auto& shard : shards_) shard->AddStats(&stats);
  stats.segment_size_bytes = pool_.segment_bytes();
  stats.free_segments = pool_.free_segments();
  stats.segment_bytes = ledger_->bytes(MemoryPart::kSegments);
  stats.large_value_bytes = ledger_->bytes(MemoryPart::kLargeValues);
  stats.index_bytes = ledger_->bytes(MemoryPart::kIndex);
  stats.bloom_bytes = ledger_->bytes(MemoryPart::kFilter);
  stats.ghost_bytes = ledger_->bytes(MemoryPart::kGhost);
  stats.other_bytes = ledger_->other_bytes();
  stats.limit_bytes = ledger_->limit_bytes();
  stats.reserve_bytes = ledger_->reserve_bytes();
  stats.shards = shards_.size();
  stats.reclaims_in_vain = grace_period_.in_vain();
  stats.out_of_memory = out_of_memory_.load(std::memory_order_relaxed);
  return stats;
}

// From the hash's top bits; the directory uses those below.
size_t Engine::ShardNumber(uint64_t hash) const {
  return shard_bits_ == 0 ? 0 : static_cast<size_t>(hash >> (64 - shard_bits_));
}

// By memcached's way of counting, or because it could never find room beside anything else.
bool Engine::TooLarge(size_t key_bytes, size_t value_bytes) const {
  if (Shard::TooLarge(context_, key_bytes, value_bytes)) return true;
  return value_bytes > context_.max_inline_value_bytes &&
         large_values_.GivenBytes(value_bytes) > ledger_->allowed_bytes() / 4 * 3;
}

bool Engine::CountUnpublished(size_t bytes) {
  const size_t before = unpublished_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  // One alone may be as large as any.
  if (before == 0 || before + bytes <= ledger_->allowed_bytes() / kUnpublishedDivisor) return true;
  unpublished_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  out_of_memory_.fetch_add(1, std::memory_order_relaxed);
  return false;
}

LargeValueRef Engine::CreateLarge(size_t value_bytes, CacheSecond now) {
  grace_period_.Pass();
  LargeValueRef value(large_values_.Create(value_bytes));
  pool_.Trim(0);
  if (value != nullptr && !EndShortfall(now)) value.reset();
  if (value == nullptr) out_of_memory_.fetch_add(1, std::memory_order_relaxed);
  return value;
}

// True if the budget was not short at some time: what others take after that is for them to make
// room for.
bool Engine::EndShortfall(CacheSecond now) {
  int in_vain = 0;
  while (ledger_->ShortfallBytes() > 0) {
    if (OldestGivesUp(0, now)) {
      in_vain = 0;
    } else if (in_vain++ == kMaxRoomRounds || !IsWorthAnotherTry()) {
      return false;
    }
  }
  return true;
}

StoreResult Engine::StoreIn(ShardStore* store, CacheSecond now) {
  return WithRoom<StoreResult>(now, [&](bool last_try, size_t* wanted_bytes) {
    const StoreResult result = ShardOf(store->key.hash).Store(store, now, last_try);
    *wanted_bytes = std::max(*wanted_bytes, store->wanted_bytes);
    return result;
  });
}

template <typename Result, typename Attempt>
Result Engine::WithRoom(CacheSecond now, Attempt attempt) {
  size_t wanted_bytes = pool_.segment_bytes();
  const auto attempt_behind_readers = [&](bool last_try) {
    // Also if that is in vain: perhaps it needs no room.
    grace_period_.Pass();
    return attempt(last_try, &wanted_bytes);
  };
  Result result = attempt_behind_readers(/*last_try=*/false);
  for (int round = 0; round < kMaxRoomRounds && OutOfMemory(result); ++round) {
    if (!MakeRoom(wanted_bytes, now) && !IsWorthAnotherTry()) break;
    result = attempt_behind_readers(/*last_try=*/false);
  }
  if (OutOfMemory(result)) result = attempt_behind_readers(/*last_try=*/true);
  if (OutOfMemory(result)) out_of_memory_.fetch_add(1, std::memory_order_relaxed);
  return result;
}

bool Engine::MakeRoom(size_t bytes, CacheSecond now) {
  bool given = false;
  do {
    if (!OldestGivesUp(bytes, now)) break;
    given = true;
    if (bytes == pool_.segment_bytes()) break;
    pool_.Trim(bytes);
  } while (!ledger_->HasRoom(bytes));
  return given;
}

// Nothing was given up. Perhaps because other threads were quicker, to give up or to take what was
// given, or because too much waits for readers. Else a cache that does not evict is full.
bool Engine::IsWorthAnotherTry() {
  const bool readers_are_slow = grace_period_.IsDue();
  return grace_period_.Pass() && (options_.evict || readers_are_slow);
}

bool Engine::OldestGivesUp(size_t room_bytes, CacheSecond now) {
  const size_t first = ages_.Oldest();
  for (size_t i = 0; i < shards_.size(); ++i) {
    if (shards_[(first + i) % shards_.size()]->GiveUp(room_bytes, now)) return true;
  }
  return false;
}

void Engine::Shrink(size_t max_segments, CacheSecond now) {
  pool_.Trim(0);
  for (size_t i = 0; i < max_segments && ledger_->ShortfallBytes() > 0; ++i) {
    if (!OldestGivesUp(0, now)) break;
  }
  pool_.Trim(0);
}

}  // namespace ringcached::storage
