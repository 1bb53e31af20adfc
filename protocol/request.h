// A request, free of dialect: what every parser produces and execute works on. Views point into
// the bytes that were parsed.

#ifndef RINGCACHED_PROTOCOL_REQUEST_H_
#define RINGCACHED_PROTOCOL_REQUEST_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>

#include "storage/key.h"

namespace ringcached::protocol {

enum class Command : uint8_t {
  kGet,  // with has_exptime a touch that reads
  kSet,
  kAdd,
  kReplace,
  kAppend,
  kPrepend,
  kCas,
  kDelete,
  kIncrement,
  kDecrement,
  kTouch,
  kInspect,  // what is known of an item; changes nothing
  kNoop,
  kFlushAll,
  kVersion,
  kVerbosity,
  kMemoryLimit,
  kStats,
  kDump,
  kWatch,
  kTune,  // memcached's engine, of which there is none here: changes nothing
  kShutdown,
  kQuit,
};

// True for the commands that carry a value.
constexpr bool IsStore(Command command) {
  return command >= Command::kSet && command <= Command::kCas;
}

enum class DumpFormat : uint8_t {
  kMetadump,   // lru_crawler metadump
  kMgdump,     // lru_crawler mgdump
  kCachedump,  // stats cachedump
  kSizes,      // stats sizes
};

struct DumpRequest {
  DumpFormat format = DumpFormat::kMetadump;
  uint64_t max_items = 0;  // kCachedump; 0: all
  bool nothing = false;    // only items of slab classes that do not exist here
};

// What watchers may listen to, as bits.
enum WatchTopic : uint32_t {
  kWatchFetchers = 1,
  kWatchMutations = 2,
  kWatchEvictions = 4,
  kWatchConnevents = 8,
  kWatchDeletions = 16,
};
inline constexpr uint32_t kWatchableTopics = 31;

// Zeros and falses are what a request means that says nothing else.
struct Request {
  Command command = Command::kGet;
  // The client asked for no reply where nothing needs one; the dialect's writer says when that is.
  bool quiet = false;
  // kGet in the text dialect: the reply names the cas number.
  bool want_cas = false;

  storage::HashedKey key;

  // IsStore(): the value when it lies ready; its length alone when it is still arriving.
  std::string_view value;
  uint64_t value_bytes = 0;
  // IsStore(), and kDelete with keep_empty.
  uint32_t client_flags = 0;
  // IsStore(): a value that cannot be stored takes the old one with it.
  bool drop_if_refused = false;

  // As the client sent it; ExpiryFromExptime() has the rules. IsStore(), kTouch; kGet, kDelete,
  // kIncrement and kDecrement with has_exptime; kFlushAll: the delay.
  int64_t exptime = 0;
  bool has_exptime = false;

  // The number the item must have: kCas always, kAppend, kPrepend, kIncrement and kDecrement unless
  // it is 0, kDelete with has_cas. kGet with has_cas: the value's number that the client has.
  uint64_t cas = 0;
  bool has_cas = false;
  // The number the item gets, instead of the next one.
  uint64_t new_cas = 0;
  bool has_new_cas = false;

  // kIncrement, kDecrement.
  uint64_t delta = 0;
  uint64_t initial = 0;  // with vivify

  // kGet, kIncrement, kDecrement, kAppend, kPrepend: an absent key gets an item, with this exptime.
  // (The two that join have it as their `exptime`.)
  bool vivify = false;
  int64_t vivify_exptime = 0;
  // A new item's end is `exptime`, since that was said last.
  bool exptime_behind_vivify = false;

  // kGet: one reader of an item that is stale, or has less than refresh_exptime to live, is told to
  // refresh it.
  bool elects = false;
  int64_t refresh_exptime = 0;
  // The time to live that refresh_exptime is held against is the new one.
  bool refresh_behind_exptime = false;
  // kGet: no use of the item.
  bool leaves_no_trace = false;

  // kDelete: the item stays and is stale. kCas: a lower number than the item's stores a stale one.
  bool mark_stale = false;
  // kDelete: an empty item stays.
  bool keep_empty = false;

  uint32_t verbosity = 0;
  uint64_t megabytes = 0;     // kMemoryLimit
  DumpRequest dump;           // kDump
  uint32_t watch_topics = 0;  // kWatch
  // kStats: which figures; empty for the general ones. kShutdown: the mode; empty for the plain
  // one.
  std::string_view argument;
};

// Where it lies: an assignment would clear another one first, and copy that.
inline void Clear(Request* request) {
  static_assert(std::is_trivially_destructible_v<Request>);
  std::construct_at(request);
}

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_REQUEST_H_
