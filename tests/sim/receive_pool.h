// The simulated ring's receive buffers. Between two lives a buffer is poisoned: reading data after
// it was given back finds kPoison in every build and is reported under AddressSanitizer.

#ifndef RINGCACHED_TESTS_SIM_RECEIVE_POOL_H_
#define RINGCACHED_TESTS_SIM_RECEIVE_POOL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace ringcached::server {

class ReceivePool {
 public:
  static constexpr char kPoison = '\xdb';
  // Whether this build reports a read of poisoned memory and ends the process.
  static bool ReportsLateReads();

  ReceivePool(uint32_t count, uint32_t buffer_bytes);
  ReceivePool(const ReceivePool&) = delete;
  ReceivePool& operator=(const ReceivePool&) = delete;
  ~ReceivePool();

  bool empty() const { return taken_ == count_; }
  size_t buffer_bytes() const { return buffer_bytes_; }

  // A buffer of its own with a copy of `bytes`. REQUIRES: !empty(), bytes.size() <= buffer_bytes()
  std::span<const char> Fill(std::span<const char> bytes);
  void GiveAllBack();

 private:
  char* Buffer(uint32_t buffer) const { return memory_.get() + buffer * stride_; }

  uint32_t count_;
  size_t buffer_bytes_;
  size_t stride_;  // what AddressSanitizer can poison on its own
  uint32_t taken_ = 0;
  std::unique_ptr<char[]> memory_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SIM_RECEIVE_POOL_H_
