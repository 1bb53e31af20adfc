#include "storage/grace_period.h"

#include <thread>

namespace ringcached::storage {

bool GracePeriod::Wait() {
  for (int yields = 0; !Fits(); yields += kYieldsPerLook) {
    if (given_up_.load(std::memory_order_relaxed)) return false;
    if (yields >= kMaxYields) {
      given_up_.store(true, std::memory_order_relaxed);
      in_vain_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    for (int i = 0; i < kYieldsPerLook; ++i) std::this_thread::yield();
  }
  given_up_.store(false, std::memory_order_relaxed);
  return true;
}

bool GracePeriod::Fits() {
  pool_.Collect();
  large_values_.Collect();
  return !IsDue();
}

}  // namespace ringcached::storage
