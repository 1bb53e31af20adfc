// What became of a request, free of dialect: what execute produces and every writer puts into
// words.

#ifndef RINGCACHED_PROTOCOL_OUTCOME_H_
#define RINGCACHED_PROTOCOL_OUTCOME_H_

#include <cstddef>
#include <cstdint>

#include "storage/time.h"

namespace ringcached::protocol {

enum class OutcomeCode : uint8_t {
  kHit,  // the visitor was called with the item
  kMiss,
  kStored,
  kNotStored,
  kExists,
  kNotFound,
  kDeleted,
  kTouched,
  kNumber,  // `number` is the new value
  kNoop,
  kOk,
  kReset,
  kVersion,
  kStats,   // the visitor was called with each figure
  kStream,  // a ReplyStream has the reply
  kClose,   // no reply; the connection ends
  // Refusals.
  kTooLarge,
  kOutOfMemoryStoring,
  kOutOfMemory,
  kNonNumeric,
  kBadDataChunk,
  kBadFormat,
  kInvalidExptime,
  kInvalidDelta,
  kUnknownCommand,
  kUnknownArgument,
  kFlushForbidden,
  kCrawlerDisabled,
  kDetailForbidden,
  kMetadumpForbidden,
  kMgdumpForbidden,
  kCachedumpForbidden,
  kBadCachedump,
  kIllegalSlab,  // no memcached has a class of that number
  kBadClass,
  kNoClasses,
  kBadDetail,
  kWatchForbidden,
  kTooManyWatchers,
  kShutdownForbidden,
  kBadShutdownMode,
  kSlabsFixed,        // pages cannot be moved between slab classes
  kBadMoveWindow,     // of slab pages
  kBadCrawlerSleep,   // too long
  kBadLruShares,      // of the hot and the warm list
  kBadLruAgeFactors,  // of the same
  kDuplicateFlag,     // from here on: of meta commands
  kInvalidFlag,
  kTooManyFlags,
  kBadToken,  // a flag's argument
  kBadKeyEncoding,
  kOpaqueTooLong,
  kBadSetMode,
  kBadDeltaMode,
  kBadDeltaFlag,  // ma's word for whatever is wrong with a flag
  kInvalidInitial,
  kInvalidDeltaValue,
  kLimitTooSmall,
  kLimitInBytes,  // so large that bytes were meant
  kLimitRefused,
};
inline constexpr size_t kOutcomeCodeCount = static_cast<size_t>(OutcomeCode::kLimitRefused) + 1;

struct Outcome {
  OutcomeCode code = OutcomeCode::kOk;
  uint64_t number = 0;       // kNumber
  uint64_t cas = 0;          // of the item stored or changed, where there is one
  uint64_t value_bytes = 0;  // kStored: of the whole value
  bool created = false;      // kNumber: the key was not there
  // kNumber: the item's end before the request's exptime changed it.
  storage::CacheSecond expiry_before = storage::kNeverExpires;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_OUTCOME_H_
