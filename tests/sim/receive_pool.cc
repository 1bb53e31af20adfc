#include "tests/sim/receive_pool.h"

#include <algorithm>

#include "server/io/require.h"

#if defined(__SANITIZE_ADDRESS__)  // g++
#define RINGCACHED_POISON
#elif defined(__has_feature)  // clang
#if __has_feature(address_sanitizer)
#define RINGCACHED_POISON
#endif
#endif
#if defined(RINGCACHED_POISON)
#include <sanitizer/asan_interface.h>
#endif

namespace ringcached::server {
namespace {

constexpr size_t kPoisonGranule = 8;  // bytes

void Forbid([[maybe_unused]] char* start, [[maybe_unused]] size_t bytes) {
#if defined(RINGCACHED_POISON)
  __asan_poison_memory_region(start, bytes);
#endif
}

void Allow([[maybe_unused]] char* start, [[maybe_unused]] size_t bytes) {
#if defined(RINGCACHED_POISON)
  __asan_unpoison_memory_region(start, bytes);
#endif
}

}  // namespace

bool ReceivePool::ReportsLateReads() {
#if defined(RINGCACHED_POISON)
  return true;
#else
  return false;
#endif
}

ReceivePool::ReceivePool(uint32_t count, uint32_t buffer_bytes)
    : count_(count),
      buffer_bytes_(buffer_bytes),
      stride_((buffer_bytes + kPoisonGranule - 1) / kPoisonGranule * kPoisonGranule),
      memory_(std::make_unique<char[]>(count * stride_)) {
  Forbid(memory_.get(), count * stride_);
}

ReceivePool::~ReceivePool() { Allow(memory_.get(), count_ * stride_); }

std::span<const char> ReceivePool::Fill(std::span<const char> bytes) {
  Require(!empty() && bytes.size() <= buffer_bytes_, "a receive fits into a free buffer");
  char* buffer = Buffer(taken_++);
  Allow(buffer, bytes.size());
  std::copy(bytes.begin(), bytes.end(), buffer);
  return {buffer, bytes.size()};
}

void ReceivePool::GiveAllBack() {
  for (uint32_t i = 0; i < taken_; ++i) {
    Allow(Buffer(i), stride_);
    std::fill_n(Buffer(i), stride_, kPoison);
    Forbid(Buffer(i), stride_);
  }
  taken_ = 0;
}

}  // namespace ringcached::server
