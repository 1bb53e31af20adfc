// The protocol's limits, each with its unit last. Sizes that memcached fixes are memcached's.

#ifndef RINGCACHED_PROTOCOL_LIMITS_H_
#define RINGCACHED_PROTOCOL_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace ringcached::protocol {

// A command line that has not ended after so many bytes closes the connection, unless it is a get
// or gets, whose keys are worked off as they come. memcached's rule.
inline constexpr size_t kMaxUnfinishedLineBytes = 2048;
// The same limit while the caller says that more bytes of the same arrival are about to follow;
// memcached reads 16 KiB at a time and serves longer lines that arrive in one piece.
inline constexpr size_t kMaxLineBytes = 16384;
// Shortest command line, its end included; a shorter one is badly formed rather than unknown.
inline constexpr size_t kMinLineBytes = 4;
// Largest value length a command line may name. Larger ones are badly formed, not too large.
inline constexpr int64_t kMaxValueLengthBytes = 0x7fffffff - 2;

// Most flags of a meta command; with the command and the key memcached takes 20 words.
inline constexpr size_t kMaxMetaFlags = 18;
// Longest opaque of a meta command, its letter O included.
inline constexpr size_t kMaxMetaOpaqueBytes = 32;

// A packet of the binary dialect with a longer body closes the connection; memcached's rule.
inline constexpr uint32_t kMaxBinaryBodyBytes = uint32_t{1} << 30;
// Longest "user password" of a text connection; memcached's.
inline constexpr size_t kMaxAuthTokenBytes = 16384;
// A connection that has failed so often to say who it is, is closed.
inline constexpr uint8_t kMaxAuthFailures = 10;
// Longest message of SASL.
inline constexpr size_t kMaxSaslMessageBytes = 1024;

// Values up to this size are copied into the reply; larger ones are pinned and sent from where
// they lie.
inline constexpr size_t kMaxCopiedValueBytes = 16384;
// A session stops writing replies once a sink holds so many bytes of its own ...
inline constexpr size_t kSinkOwnedBytes = 65536;
// ... or pins so many pieces, or bytes, of values. Each may be exceeded by one reply.
inline constexpr size_t kSinkPinnedPieces = 16;
inline constexpr size_t kSinkPinnedBytes = size_t{1} << 20;

// Keys that are hashed and prefetched together before the first is looked up: of one get, of a
// connection's commands, or of those of several connections.
inline constexpr size_t kLookupBatchKeys = 32;

// What `stats sizes` tells apart, and up to which size.
inline constexpr uint64_t kSizeStepBytes = 32;
inline constexpr uint64_t kMaxSizeSteps = 32768;
inline constexpr size_t kSizesPerPiece = 512;  // of its reply

// Requests, or keys of a get, that one connection has answered before the others have their turn.
inline constexpr uint32_t kTurnRequests = 1000;
// What a flush_all counts for: it takes every shard's lock.
inline constexpr uint32_t kFlushRequests = 200;
// What a piece of a stream counts for: one a turn, since it takes as long as some hundred requests.
inline constexpr uint32_t kStreamPieceRequests = kTurnRequests;
// What else it has sent is kept up to this, before it is read no more until its turn comes.
inline constexpr size_t kMaxYieldedInputBytes = 65536;

// An unread input buffer larger than this is given back when it has been worked off.
inline constexpr size_t kKeptInputBytes = 512;

// What a client may set the memory limit to; memcached's bounds.
inline constexpr uint64_t kMinLimitMegabytes = 8;
inline constexpr uint64_t kMaxLimitMegabytes = 1'000'000'000;

// Exptimes up to this many seconds (30 days) count from now, larger ones are Unix time.
inline constexpr int64_t kMaxRelativeExptimeSeconds = 60 * 60 * 24 * 30;

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_LIMITS_H_
