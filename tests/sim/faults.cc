#include "tests/sim/faults.h"

#include "server/io/require.h"

namespace ringcached::server {

FaultSource::FaultSource(const FaultPlan& plan) : plan_(plan), random_(plan.seed) {
  Require(plan.late_completion <= kMaxLateCompletion, "a simulation must get on");
}

bool FaultSource::Draw(uint32_t chance_in_1000, uint64_t& counter) {
  if (chance_in_1000 == 0 || Below(1000) >= chance_in_1000) return false;
  ++counter;
  return true;
}

}  // namespace ringcached::server
