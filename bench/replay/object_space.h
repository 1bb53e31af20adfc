// The keys and values of a replay's objects. Every value is a function of its object, so that
// whoever reads one can tell whether it is the right one.

#ifndef RINGCACHED_BENCH_REPLAY_OBJECT_SPACE_H_
#define RINGCACHED_BENCH_REPLAY_OBJECT_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "bench/trace/size_model.h"

namespace ringcached::replay {

class ObjectSpace {
 public:
  static constexpr size_t kKeyBytes = 24;

  ObjectSpace(trace::SizeModel sizes, uint32_t max_value_bytes);

  // 16 hexadecimal digits that look random, and padding.
  void AppendKey(uint64_t object, std::string& out) const;
  // Valid while the object space is. Values of different objects of the same length differ but for
  // one object in 2^16.
  std::string_view Value(uint64_t object) const;

 private:
  const trace::SizeModel sizes_;
  const std::string pattern_;  // every value is a piece of it
};

}  // namespace ringcached::replay

#endif  // RINGCACHED_BENCH_REPLAY_OBJECT_SPACE_H_
