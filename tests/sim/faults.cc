#include "tests/sim/faults.h"

#include "server/io/require.h"

namespace ringcached::server {
namespace {

constexpr FaultKind kKinds[] = {
    {"short receives", &FaultPlan::short_receive, &FaultCounters::short_receives},
    {"short sends", &FaultPlan::short_send, &FaultCounters::short_sends},
    {"no buffers", &FaultPlan::no_buffers, &FaultCounters::no_buffers},
    {"multishot ends", &FaultPlan::multishot_end, &FaultCounters::multishot_ends},
    {"late completions", &FaultPlan::late_completion, &FaultCounters::late_completions},
    {"accept failures", &FaultPlan::accept_failure, &FaultCounters::accept_failures},
    {"resets", &FaultPlan::reset, &FaultCounters::resets},
    {"cancelled receives", &FaultPlan::cancelled_receive, &FaultCounters::cancelled_receives},
    {"interrupted sends", &FaultPlan::interrupted_send, &FaultCounters::interrupted_sends},
    {"overflows", &FaultPlan::overflow, &FaultCounters::overflows},
    {"stale completions", &FaultPlan::stale_completion, &FaultCounters::stale_completions},
};

}  // namespace

std::span<const FaultKind> AllFaultKinds() { return kKinds; }

FaultCounters& FaultCounters::operator+=(const FaultCounters& other) {
  for (const FaultKind& kind : kKinds) this->*kind.count += other.*kind.count;
  return *this;
}

FaultSource::FaultSource(const FaultPlan& plan) : plan_(plan), random_(plan.seed) {
  Require(plan.late_completion <= kMaxLateCompletion, "a simulation must get on");
}

bool FaultSource::Draw(uint32_t chance_in_1000, uint64_t& counter) {
  if (chance_in_1000 == 0 || Below(1000) >= chance_in_1000) return false;
  ++counter;
  return true;
}

}  // namespace ringcached::server
