// The binary protocol: several keys are asked for by quiet gets and a no-op behind them, whose
// reply says that what has not come was missed.

#ifndef RINGCACHED_BENCH_LOAD_BINARY_PROTOCOL_H_
#define RINGCACHED_BENCH_LOAD_BINARY_PROTOCOL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/load/key_space.h"
#include "bench/load/protocol.h"
#include "bench/load/request.h"

namespace ringcached::load {

class BinaryProtocol : public Protocol {
 public:
  explicit BinaryProtocol(const KeySpace& keys) : keys_(keys) {}

  void AppendRequest(const Request& request, std::string& out) const override;
  Judgement Judge(const Request& request, std::string_view received, Care care) override;

 private:
  void AppendSet(uint64_t key, std::string& out) const;
  Judgement JudgeSet(uint64_t key, std::string_view received) const;
  Judgement JudgeGet(uint64_t key, std::string_view received, Care care);
  Judgement JudgeGets(const Request& request, std::string_view received, Care care);
  // Of a hit's packet, which is complete.
  bool IsRight(uint64_t key, std::string_view packet, Care care);

  const KeySpace& keys_;
  std::string expected_;  // scratch of Judge()
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_BINARY_PROTOCOL_H_
