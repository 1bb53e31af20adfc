// What goes wrong in a simulation, drawn from a seed: the same seed gives the same run.

#ifndef RINGCACHED_TESTS_SIM_FAULTS_H_
#define RINGCACHED_TESTS_SIM_FAULTS_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>

namespace ringcached::server {

// Chances in 1000, drawn each time the fault could happen. All zero: a kernel without surprises.
struct FaultPlan {
  uint64_t seed = 1;
  uint32_t short_receive = 0;      // an arrival is cut at a random place
  uint32_t short_send = 0;         // a send takes only a random part
  uint32_t no_buffers = 0;         // a receive with something to deliver ends with -ENOBUFS
  uint32_t multishot_end = 0;      // a good completion of a receive or accept is its last
  uint32_t late_completion = 0;    // something complete shows up in a later turn; at most 900
  uint32_t accept_failure = 0;     // an accept ends with -EMFILE; its connection waits
  uint32_t reset = 0;              // a connection with something to deliver is reset by its peer
  uint32_t cancelled_receive = 0;  // a receive with something to deliver ends with -ECANCELED
  uint32_t interrupted_send = 0;   // a send ends with -EINTR, and nothing was sent
  uint32_t overflow = 0;           // a turn brings a few completions only; the rest comes later
  uint32_t stale_completion = 0;   // a closed connection's id turns up once more
};

// How often each of them happened.
struct FaultCounters {
  uint64_t short_receives = 0;
  uint64_t short_sends = 0;
  uint64_t no_buffers = 0;
  uint64_t multishot_ends = 0;
  uint64_t late_completions = 0;
  uint64_t accept_failures = 0;
  uint64_t resets = 0;
  uint64_t cancelled_receives = 0;
  uint64_t interrupted_sends = 0;
  uint64_t overflows = 0;
  uint64_t stale_completions = 0;

  FaultCounters& operator+=(const FaultCounters& other);
};

// Each kind of fault by name, for plans and reports.
struct FaultKind {
  const char* name;
  uint32_t FaultPlan::*chance;
  uint64_t FaultCounters::*count;
};
std::span<const FaultKind> AllFaultKinds();

class FaultSource {
 public:
  static constexpr uint32_t kMaxLateCompletion = 900;

  // REQUIRES: plan.late_completion <= kMaxLateCompletion, so that everything completes in the end.
  explicit FaultSource(const FaultPlan& plan);

  bool CutsReceive() { return Draw(plan_.short_receive, counters_.short_receives); }
  bool CutsSend() { return Draw(plan_.short_send, counters_.short_sends); }
  bool TakesBuffers() { return Draw(plan_.no_buffers, counters_.no_buffers); }
  bool EndsMultishot() { return Draw(plan_.multishot_end, counters_.multishot_ends); }
  bool Delays() { return Draw(plan_.late_completion, counters_.late_completions); }
  bool FailsAccept() { return Draw(plan_.accept_failure, counters_.accept_failures); }
  bool Resets() { return Draw(plan_.reset, counters_.resets); }
  bool CancelsReceive() { return Draw(plan_.cancelled_receive, counters_.cancelled_receives); }
  bool InterruptsSend() { return Draw(plan_.interrupted_send, counters_.interrupted_sends); }
  bool Overflows() { return Draw(plan_.overflow, counters_.overflows); }
  bool LeavesStale() { return Draw(plan_.stale_completion, counters_.stale_completions); }

  // Uniform enough in [0, bound). The standard distributions differ between libraries, and a seed
  // must mean the same everywhere. REQUIRES: bound > 0.
  size_t Below(size_t bound) { return static_cast<size_t>(random_()) % bound; }

  const FaultCounters& counters() const { return counters_; }

 private:
  bool Draw(uint32_t chance_in_1000, uint64_t& counter);

  FaultPlan plan_;
  FaultCounters counters_;
  std::mt19937_64 random_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SIM_FAULTS_H_
