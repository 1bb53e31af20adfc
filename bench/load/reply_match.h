// Compares what was received with the only right reply, which may not have come whole.

#ifndef RINGCACHED_BENCH_LOAD_REPLY_MATCH_H_
#define RINGCACHED_BENCH_LOAD_REPLY_MATCH_H_

#include <algorithm>
#include <string_view>

#include "bench/load/protocol.h"

namespace ringcached::load {

// Whether `received` begins with `reply`, or is a beginning of it.
inline bool MatchesSoFar(std::string_view received, std::string_view reply) {
  const size_t bytes = std::min(received.size(), reply.size());
  return received.substr(0, bytes) == reply.substr(0, bytes);
}

// REQUIRES: MatchesSoFar().
inline Judgement JudgeMatch(std::string_view received, std::string_view reply, Verdict complete) {
  if (received.size() < reply.size()) return {};
  return {complete, reply.size(), complete == Verdict::kMiss ? 1u : 0u};
}

// Whether `received` has all the bytes of a reply that begins and ends like this.
inline bool HasEnds(std::string_view received, size_t reply_bytes, std::string_view begin,
                    std::string_view end) {
  return received.size() >= reply_bytes && received.substr(0, begin.size()) == begin &&
         received.substr(reply_bytes - end.size(), end.size()) == end;
}

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_REPLY_MATCH_H_
