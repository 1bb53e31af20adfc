// The memcached text protocol as a client sees it: bytes of requests, and the judgement over the
// bytes that came back. Keeps no state of a connection.

#ifndef RINGCACHED_BENCH_LOAD_TEXT_PROTOCOL_H_
#define RINGCACHED_BENCH_LOAD_TEXT_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/key_space.h"
#include "bench/load/request.h"

namespace ringcached::load {

enum class Verdict : uint8_t {
  kIncomplete,  // right so far, more bytes are needed
  kRight,
  kMiss,   // a correct answer of a cache that does not have the key
  kWrong,  // what follows on this connection cannot be told apart any more
};

struct Judgement {
  Verdict verdict = Verdict::kIncomplete;
  size_t reply_bytes = 0;  // 0 unless kRight or kMiss
};

class TextProtocol {
 public:
  // `keys` outlives the protocol.
  explicit TextProtocol(const KeySpace& keys);

  void AppendRequest(const Request& request, std::string& out) const;
  // Compares what begins `received` byte by byte with the only right reply to `request`.
  Judgement Judge(const Request& request, std::string_view received);

 private:
  void ComposeReply(const Request& request);

  const KeySpace& keys_;
  const std::string header_tail_;  // behind the key: flags, length, line end
  std::string expected_;           // scratch of Judge()
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_TEXT_PROTOCOL_H_
