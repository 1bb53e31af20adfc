// Drives many connections from one thread and judges every reply.
//
// In a closed loop each connection has a fixed number of requests in flight and asks the next only
// when one was answered. It slows down with its server, so its latencies leave out what requests
// would have waited for that a slow server kept from being made. In an open loop requests are due
// at times of their own, and their latencies count from then.

#ifndef RINGCACHED_BENCH_LOAD_LOAD_LOOP_H_
#define RINGCACHED_BENCH_LOAD_LOAD_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/load/arrivals.h"
#include "bench/load/connection.h"
#include "bench/load/endpoint.h"
#include "bench/load/protocol.h"
#include "bench/load/request.h"
#include "bench/load/tally.h"
#include "server/io/descriptor.h"

namespace ringcached::load {

// Gives the next request, or none when there are no more.
using RequestSource = absl::FunctionRef<std::optional<Request>()>;

struct Phase {
  // The connections that take part, in the order in which they were opened.
  size_t first_connection = 0;
  size_t connection_count = 0;
  uint32_t pipeline = 1;  // requests in flight per connection; not of an open loop
  // The phase ends when the source is exhausted, when each connection made so many requests, or at
  // this time of NowNs(); what is then in flight is waited for.
  uint64_t requests_per_connection = std::numeric_limits<uint64_t>::max();
  int64_t deadline_ns = std::numeric_limits<int64_t>::max();
  // Makes it an open loop, over the connections in turns. REQUIRES: a deadline.
  std::optional<Arrivals> arrivals = {};
  // One reply in so many is looked at byte by byte, the others at their ends.
  uint32_t check_every = 1;
  // Called now and then, with NowNs().
  std::function<void(const Tally& tally, int64_t now_ns)> watch = {};
};

class LoadLoop {
 public:
  // Requests in flight of an open loop, over all connections. Those that are due beyond wait here,
  // and what they wait counts.
  static constexpr size_t kMaxOpenInFlight = 100'000;

  // `protocol` outlives the loop. A server that sends nothing at all for `reply_timeout_s` is given
  // up: what is in flight then is lost.
  static absl::StatusOr<LoadLoop> Create(Protocol& protocol, uint32_t reply_timeout_s);

  size_t connection_count() const { return slots_.size(); }
  // Opens `count` more connections.
  absl::Status Open(const Endpoint& endpoint, size_t count);

  // REQUIRES: the phase's connections are open()ed ones, its pipeline is at least 1.
  // Connections that the server ends are counted also if they take no part in the phase.
  void Run(const Phase& phase, RequestSource source, Tally& tally);

 private:
  struct Slot {
    Connection connection;
    uint64_t requests_left = 0;
    bool waits_for_writable = false;
  };

  // What one Run() works on.
  struct Work {
    const Phase& phase;
    RequestSource source;
    Tally& tally;
    std::optional<Arrivals> arrivals;
    int64_t heard_ns;  // when something came last, or was first asked
    bool issuing = true;
    size_t in_flight = 0;
    size_t next_slot = 0;  // of an open loop
    uint64_t judged = 0;
  };

  LoadLoop(Protocol& protocol, uint32_t reply_timeout_s, server::UniqueFd epoll);

  void Begin(Work& work);
  void Turn(Work& work);
  int TimeoutMs(const Work& work) const;
  void Serve(size_t index, uint32_t events, Work& work);
  bool TakeReplies(Slot& slot, int64_t now_ns, Work& work);
  // False if the reply is wrong.
  bool TakeReply(Slot& slot, std::string_view received, int64_t now_ns, size_t& consumed,
                 Work& work);
  void Issue(size_t index, int64_t now_ns, Work& work);
  void IssueDue(int64_t now_ns, Work& work);
  // The next open connection of the phase, by turns; none if all are closed.
  std::optional<size_t> NextSlot(Work& work);
  // False if the source is exhausted.
  bool Ask(Slot& slot, int64_t start_ns, Work& work);
  void EndIssuing(Work& work);
  void Send(size_t index, Work& work);
  void WatchWritable(size_t index, bool on);
  void Lose(Slot& slot, std::string_view why, Work& work);
  void LoseAll(Work& work);

  Protocol* protocol_;
  uint32_t reply_timeout_s_;
  server::UniqueFd epoll_;
  std::vector<Slot> slots_;
  std::vector<size_t> asked_;  // scratch of IssueDue()
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_LOAD_LOOP_H_
