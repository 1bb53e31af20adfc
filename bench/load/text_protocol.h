// The classic text protocol.

#ifndef RINGCACHED_BENCH_LOAD_TEXT_PROTOCOL_H_
#define RINGCACHED_BENCH_LOAD_TEXT_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/key_space.h"
#include "bench/load/protocol.h"
#include "bench/load/request.h"

namespace ringcached::load {

class TextProtocol : public Protocol {
 public:
  explicit TextProtocol(const KeySpace& keys);

  void AppendRequest(const Request& request, std::string& out) const override;
  Judgement Judge(const Request& request, std::string_view received, Care care) override;

 private:
  Judgement JudgeGet(const Request& request, std::string_view received);
  void AppendHit(uint64_t key, std::string& out) const;

  const KeySpace& keys_;
  const std::string header_tail_;  // behind the key: flags, length, line end
  const size_t hit_bytes_;         // "VALUE ..." to the value's line end
  std::string expected_;           // scratch of Judge()
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_TEXT_PROTOCOL_H_
