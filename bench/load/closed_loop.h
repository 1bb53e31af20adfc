// Drives many connections from one thread in a closed loop: each connection has a fixed number of
// requests in flight and asks the next only when one was answered. Every reply is judged.
//
// A closed loop slows down with its server, so its latencies leave out what requests would have
// waited for that a slow server kept from being made.

#ifndef RINGCACHED_BENCH_LOAD_CLOSED_LOOP_H_
#define RINGCACHED_BENCH_LOAD_CLOSED_LOOP_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/load/connection.h"
#include "bench/load/endpoint.h"
#include "bench/load/request.h"
#include "bench/load/tally.h"
#include "bench/load/text_protocol.h"
#include "server/io/descriptor.h"

namespace ringcached::load {

// Gives the next request, or none when there are no more.
using RequestSource = absl::FunctionRef<std::optional<Request>()>;

struct Phase {
  // The connections that take part, in the order in which they were opened.
  size_t first_connection = 0;
  size_t connection_count = 0;
  uint32_t pipeline = 1;  // requests in flight per connection
  // The phase ends when the source is exhausted, when each connection made so many requests, or at
  // this time of NowNs(); what is then in flight is waited for.
  uint64_t requests_per_connection = std::numeric_limits<uint64_t>::max();
  int64_t deadline_ns = std::numeric_limits<int64_t>::max();
};

class ClosedLoop {
 public:
  // `protocol` outlives the loop. A server that sends nothing at all for `reply_timeout_s` is given
  // up: what is in flight then is lost.
  static absl::StatusOr<ClosedLoop> Create(TextProtocol& protocol, uint32_t reply_timeout_s);

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
    bool issuing = true;
    size_t in_flight = 0;
  };

  ClosedLoop(TextProtocol& protocol, uint32_t reply_timeout_s, server::UniqueFd epoll);

  void Begin(Work& work);
  // False if nothing came in time.
  bool Turn(Work& work);
  void Serve(size_t index, uint32_t events, Work& work);
  bool TakeReplies(Slot& slot, int64_t now_ns, Work& work);
  // False if the reply is wrong.
  bool TakeReply(Slot& slot, std::string_view received, int64_t now_ns, size_t& consumed,
                 Work& work);
  void Issue(size_t index, int64_t now_ns, Work& work);
  void Send(size_t index, Work& work);
  void WatchWritable(size_t index, bool on);
  void Lose(Slot& slot, std::string_view why, Work& work);
  void LoseAll(Work& work);

  TextProtocol* protocol_;
  uint32_t reply_timeout_s_;
  server::UniqueFd epoll_;
  std::vector<Slot> slots_;
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_CLOSED_LOOP_H_
