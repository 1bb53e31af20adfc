// How long the value of each object is: drawn once per object, by its number, from a histogram.

#ifndef RINGCACHED_BENCH_TRACE_SIZE_MODEL_H_
#define RINGCACHED_BENCH_TRACE_SIZE_MODEL_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace ringcached::trace {

class SizeModel {
 public:
  // Every value has the same length.
  explicit SizeModel(uint32_t value_bytes);

  // Reads a histogram as CacheLib's cachebench has them: JSON with an array of lengths,
  // "valSizeRange", and one of as many weights, "valSizeRangeProbability". Longer values than
  // `max_value_bytes` are cut to that.
  static absl::StatusOr<SizeModel> Read(const std::string& path, uint32_t max_value_bytes);
  static absl::StatusOr<SizeModel> Parse(std::string_view json, uint32_t max_value_bytes);

  uint32_t ValueBytes(uint64_t object) const;

 private:
  SizeModel() = default;

  std::vector<uint32_t> lengths_;
  std::vector<double> weights_up_to_;  // of this length and those before it
};

}  // namespace ringcached::trace

#endif  // RINGCACHED_BENCH_TRACE_SIZE_MODEL_H_
