// A dialect of memcached's protocol as a client sees it: bytes of requests, and the judgement over
// the bytes that came back. Keeps no state of a connection.

#ifndef RINGCACHED_BENCH_LOAD_PROTOCOL_H_
#define RINGCACHED_BENCH_LOAD_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/load/key_space.h"
#include "bench/load/request.h"

namespace ringcached::load {

enum class Dialect : uint8_t { kText, kMeta, kBinary };

enum class Verdict : uint8_t {
  kIncomplete,  // right so far, more bytes are needed
  kRight,       // of several keys that were asked for, some may have been missed
  kMiss,        // a correct answer of a cache that has none of the keys
  kWrong,       // what follows on this connection cannot be told apart any more
};

struct Judgement {
  Verdict verdict = Verdict::kIncomplete;
  size_t reply_bytes = 0;  // 0 unless kRight or kMiss
  uint32_t misses = 0;     // of the request's keys
};

// How much of a reply is looked at.
enum class Care : uint8_t {
  kEveryByte,
  kEnds,  // of one key's value only what stands around it
};

class Protocol {
 public:
  virtual ~Protocol() = default;

  virtual void AppendRequest(const Request& request, std::string& out) const = 0;
  // Of what begins `received`, the reply to `request`.
  virtual Judgement Judge(const Request& request, std::string_view received, Care care) = 0;
};

// `keys` outlives the protocol.
std::unique_ptr<Protocol> MakeProtocol(Dialect dialect, const KeySpace& keys);

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_PROTOCOL_H_
