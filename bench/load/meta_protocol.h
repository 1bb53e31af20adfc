// The meta commands: several keys are asked for by as many commands.

#ifndef RINGCACHED_BENCH_LOAD_META_PROTOCOL_H_
#define RINGCACHED_BENCH_LOAD_META_PROTOCOL_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "bench/load/key_space.h"
#include "bench/load/protocol.h"
#include "bench/load/request.h"

namespace ringcached::load {

class MetaProtocol : public Protocol {
 public:
  explicit MetaProtocol(const KeySpace& keys);

  void AppendRequest(const Request& request, std::string& out) const override;
  Judgement Judge(const Request& request, std::string_view received, Care care) override;

 private:
  Judgement JudgeGet(uint64_t key, std::string_view received, Care care);

  const KeySpace& keys_;
  const std::string hit_header_;
  std::string expected_;  // scratch of Judge()
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_META_PROTOCOL_H_
