// The cache: a sharded map from keys to items within a byte budget, with expiry, eviction,
// compare-and-swap numbers and a Bloom filter that answers most lookups of absent keys. Reads take
// no lock. It knows nothing of protocols, sockets or clocks.
//
// Threads: every method may be called from any thread at any time. A visitor runs while the engine
// protects the item (in a ReadSection, or under the shard's lock), so it copies or pins what it
// needs and returns: it must not call the cache, block, or throw.
//
// Every method takes `now`, the caller's current second; callers' clocks may differ by a turn.

#ifndef RINGCACHED_STORAGE_CACHE_H_
#define RINGCACHED_STORAGE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/cache_stats.h"
#include "storage/eviction_observer.h"
#include "storage/item_view.h"
#include "storage/key.h"
#include "storage/time.h"

namespace ringcached::storage {

// Which live items a full cache drops.
enum class EvictionPolicy : uint8_t {
  kLru,     // least recently used, by lazy promotion
  kS3Fifo,  // a small queue for new items, a main queue for those that were used again
};

// Whether lookups ask the Bloom filter first. kAuto decides per shard from the share of misses.
enum class BloomMode : uint8_t { kAuto, kOn, kOff };

struct CacheOptions {
  // Budget for everything the cache holds and for what SetOtherBytes() names, together. At least
  // kMinMemoryLimitBytes.
  size_t memory_limit_bytes = size_t{64} << 20;
  // The budget may be raised to this later; address space is reserved for it, no memory. Less than
  // memory_limit_bytes means memory_limit_bytes.
  size_t max_memory_limit_bytes = 0;
  // Largest item, key and header included (memcached's -I).
  size_t max_item_bytes = size_t{1} << 20;
  // Threads that will use the cache; decides the number of shards.
  int threads = 4;
  // False: a full cache refuses stores instead of dropping items (memcached's -M).
  bool evict = true;
  EvictionPolicy eviction = EvictionPolicy::kLru;
  BloomMode bloom = BloomMode::kAuto;
  // Index and segments ask for huge pages: fewer misses of address translation, for memory that is
  // taken, and given back, less exactly.
  bool huge_pages = false;
  // Secret of the key hash, so that nobody outside can choose colliding keys.
  uint64_t hash_seed = 0;
  // Told of evictions; null: nobody. Outlives the cache.
  EvictionObserver* eviction_observer = nullptr;
};

inline constexpr size_t kMinMemoryLimitBytes = size_t{1} << 20;
inline constexpr size_t kMaxMemoryLimitBytes = size_t{1} << 38;

// Shards for a budget and a number of threads: a power of two, as many as leave each at least
// 4 MiB, at most max(16, 4 * threads), at least one.
size_t ShardCount(size_t memory_limit_bytes, int threads);

enum class LookupStatus : uint8_t {
  kHit,
  kMiss,
  kExpired,  // was there, had ended
  kCreated,  // was not there; an empty one is now (ReadOptions::vivify_expiry)
};

// What a read does beside reading. The default is a plain get.
struct ReadOptions {
  // False: leaves the item as it was, neither used nor fetched.
  bool note_use = true;
  // The item's new end. Without room for that, which only a cache that drops nothing can lack, the
  // item stays as it was and the read is a miss.
  std::optional<CacheSecond> expiry = std::nullopt;
  // An absent key gets an empty item with this end, whose first reader is to fill it. Without room
  // for it the key stays absent.
  std::optional<CacheSecond> vivify_expiry = std::nullopt;
  // That item's cas number; none: the next one.
  std::optional<uint64_t> vivify_cas = std::nullopt;
  // Takes part in electing the one reader who refreshes an item: ItemView::won. Stale items and
  // such as were made for an absent key are to be refreshed ...
  bool elects = false;
  // ... and those that end before this second (0: none).
  CacheSecond refresh_before = 0;
  // Whether the end that refresh_before is held against is the new one.
  bool refresh_by_new_expiry = false;
};

enum class StoreMode : uint8_t {
  kSet,
  kAdd,      // only if absent
  kReplace,  // only if present
  kAppend,   // behind the present value; keeps its flags and expiry
  kPrepend,  // before the present value; keeps its flags and expiry
  kCas,      // only if present with the request's cas number
};

constexpr bool Joins(StoreMode mode) {
  return mode == StoreMode::kAppend || mode == StoreMode::kPrepend;
}

enum class StoreStatus : uint8_t {
  kStored,
  kNotStored,    // add: present; replace: absent; append, prepend: absent, or too large together
  kExists,       // present with another number than the one expected
  kNotFound,     // cas: absent
  kTooLarge,     // by itself larger than max_item_bytes; never from Publish()
  kOutOfMemory,  // no room and nothing that may be dropped for it
};

// On what condition a value is stored, and as what.
struct StoreRule {
  StoreMode mode = StoreMode::kSet;
  // kCas: the number the item must have, which 0 never is. kAppend, kPrepend: the same, or 0 for
  // any.
  uint64_t expected_cas = 0;
  // The item's number; none: the next one. Uniqueness is then the caller's business.
  std::optional<uint64_t> new_cas = std::nullopt;
  // kCas: a number lower than the present item's will do, but then the item keeps its end and is
  // stale.
  bool accept_stale = false;
  // kAppend, kPrepend: an absent key gets the value alone.
  bool vivify = false;
};

struct StoreRequest {
  HashedKey key;
  std::string_view value;
  uint32_t client_flags = 0;
  CacheSecond expiry = kNeverExpires;
  StoreRule rule = {};
};

struct StoreResult {
  StoreStatus status = StoreStatus::kStored;
  uint64_t cas = 0;  // of the stored item; 0 if nothing was stored
  // kStored: of the whole value as it is now.
  uint64_t value_bytes = 0;
};

// What is taken away of an item: all, or with `keep_empty` its value and flags, or with
// `mark_stale` nothing, but its readers are told that it is stale and one of them that it is to be
// refreshed. The last two together leave an empty stale item. Where there is no room for what would
// be left, all is taken away.
struct DeleteRequest {
  HashedKey key;
  // The number the item must have.
  std::optional<uint64_t> expected_cas = std::nullopt;
  bool keep_empty = false;
  bool mark_stale = false;
  // keep_empty, mark_stale: the item's end; none: a stale one keeps its own, an empty one has none.
  std::optional<CacheSecond> expiry = std::nullopt;
  // keep_empty: the empty item's.
  uint32_t client_flags = 0;
  // keep_empty, mark_stale: the item's number; none: the next one, or with keep_empty alone the one
  // it has.
  std::optional<uint64_t> new_cas = std::nullopt;
};

enum class DeleteStatus : uint8_t {
  kDone,
  kNotFound,
  kExists,  // present with another number than the one expected
};

enum class DeltaDirection : uint8_t { kIncrement, kDecrement };

struct DeltaRequest {
  HashedKey key;
  DeltaDirection direction = DeltaDirection::kIncrement;
  uint64_t delta = 1;
  // The number the item must have; 0: any.
  uint64_t expected_cas = 0;
  // The item's number afterwards; none: the next one.
  std::optional<uint64_t> new_cas = std::nullopt;
  // The item's new end.
  std::optional<CacheSecond> expiry = std::nullopt;
  // An absent key gets `initial` with this end.
  std::optional<CacheSecond> vivify_expiry = std::nullopt;
  uint64_t initial = 0;
};

enum class DeltaStatus : uint8_t {
  kDone,
  kCreated,  // was not there, and is `initial` now
  kNotFound,
  kNonNumeric,
  kExists,  // present with another number than the one expected
  kOutOfMemory,
};

struct DeltaResult {
  DeltaStatus status = DeltaStatus::kDone;
  uint64_t value = 0;  // the number after the change
  uint64_t cas = 0;
  // The item's end before `expiry` changed it; kNeverExpires for one that was created.
  CacheSecond expiry_before = kNeverExpires;
};

// An item with a key and room for a value, seen by nobody until it is published. Move-only; one
// that is destroyed unpublished gives its memory back, which counts in the budget until then. Does
// not outlive its cache.
class UnpublishedItem {
 public:
  UnpublishedItem() = default;
  UnpublishedItem(UnpublishedItem&& other) noexcept;
  UnpublishedItem& operator=(UnpublishedItem&& other) noexcept;
  ~UnpublishedItem();

  bool empty() const { return pending_ == nullptr; }
  // Valid as long as the item is. REQUIRES: !empty().
  HashedKey key() const;
  // The value's bytes, to be filled in before Publish(). REQUIRES: !empty().
  char* value_data();
  size_t value_bytes() const;

 private:
  friend class Cache;
  struct PendingStore* pending_ = nullptr;
};

// How a reservation went; on anything but kStored the item is empty.
struct Reservation {
  StoreStatus status = StoreStatus::kStored;
  UnpublishedItem item;
};

// Where a walk over all items has come to; a new one is at the beginning.
struct WalkCursor {
  size_t shard = 0;
  uint64_t range = 0;  // of the shard's directory
};

class Cache {
 public:
  using HitVisitor = absl::FunctionRef<void(const ItemView&)>;

  // InvalidArgument if the options make no sense, ResourceExhausted if memory for the empty cache
  // cannot be had.
  static absl::StatusOr<std::unique_ptr<Cache>> Create(const CacheOptions& options);
  ~Cache();
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // REQUIRES: 1 <= key.size() <= kMaxKeyBytes.
  HashedKey Hash(std::string_view key) const;

  // Asks for the cache lines that a lookup of `key` will read; changes nothing. Worth calling for
  // several keys before the first of them is looked up.
  void Prefetch(const HashedKey& key) const;
  // The second step, when what Prefetch() asked for has come: asks for the item that the index
  // seems to lead to. Worth calling for all keys of a batch before the first of them is looked up.
  void PrefetchItem(const HashedKey& key) const;

  // Calls `visitor` once if the key is there, or is made to be; in general a use for eviction.
  LookupStatus Read(const HashedKey& key, const ReadOptions& options, CacheSecond now,
                    HitVisitor visitor);
  // With no options.
  LookupStatus Get(const HashedKey& key, CacheSecond now, HitVisitor visitor);
  // A read that sets an end and shows nothing; keeps value and cas. True if it is a hit.
  bool Touch(const HashedKey& key, CacheSecond expiry, CacheSecond now);

  // Calls `visitor` for the next few hundred items and moves the cursor on; false once all have
  // been visited. No use of the items. An item that is there during the whole walk is visited once,
  // whatever else is written meanwhile; one that comes or goes, at most once a version.
  bool Walk(WalkCursor* cursor, CacheSecond now, HitVisitor visitor);

  // Stores a value that lies ready in one piece. A kSet that fails for size or memory leaves the
  // old item alone: what becomes of it is the protocol's rule.
  StoreResult Store(const StoreRequest& request, CacheSecond now);
  // Stores a value that is still arriving: reserve, fill in the bytes, publish.
  // `value_bytes` may be anything; too much is answered with kTooLarge. Values that are arriving
  // take at most a quarter of what the cache may hold, or are one; beyond that the answer is
  // kOutOfMemory.
  Reservation Reserve(const HashedKey& key, size_t value_bytes, uint32_t client_flags,
                      CacheSecond expiry, CacheSecond now);
  // REQUIRES: !item.empty() and item came from this cache's Reserve().
  StoreResult Publish(UnpublishedItem item, const StoreRule& rule, CacheSecond now);

  // On kDone *value_bytes is set, unless it is null: of the value that was there.
  DeleteStatus Delete(const DeleteRequest& request, CacheSecond now, size_t* value_bytes = nullptr);

  // Adds to or subtracts from a value that is a decimal number of at most 2^64-1 (trailing spaces
  // allowed). An increment wraps at 2^64, a decrement stops at 0. A result shorter than the stored
  // text may be padded with spaces at its end.
  DeltaResult Delta(const DeltaRequest& request, CacheSecond now);

  // Ends every item stored before second `at`; an `at` of at most `now` ends all there are at once.
  // A later call replaces a deadline that has not come.
  void FlushAll(CacheSecond at, CacheSecond now);

  // Changes the budget: a higher one holds at once, a lower one is reached as fast as items can be
  // dropped, part at once and the rest by the writes that follow. OutOfRange if it is below
  // kMinMemoryLimitBytes or above the largest that was reserved for.
  absl::Status SetMemoryLimit(size_t bytes, CacheSecond now);
  // What the rest of the process holds, which the budget pays for too: connections, buffers, code.
  // Called again whenever that has changed by much. What it takes beyond three quarters of the
  // budget is not taken from the cache.
  void SetOtherBytes(size_t bytes, CacheSecond now);

  CacheStats Stats() const;
  // As given to Create(); the budget in force is in Stats().
  const CacheOptions& options() const;

 private:
  explicit Cache(std::unique_ptr<class Engine> engine);
  std::unique_ptr<class Engine> engine_;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_CACHE_H_
