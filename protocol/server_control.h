// What a session needs of the server around it, and all it may ask: figures that only the server
// knows, and the few commands that change the server. protocol/ declares it, server/ implements it;
// tests bring their own.

#ifndef RINGCACHED_PROTOCOL_SERVER_CONTROL_H_
#define RINGCACHED_PROTOCOL_SERVER_CONTROL_H_

#include <cstdint>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "protocol/counters.h"
#include "storage/cache_stats.h"

namespace ringcached::protocol {

// Called with each figure in turn.
using StatVisitor = absl::FunctionRef<void(std::string_view name, std::string_view value)>;

// The process and its connections at the moment of the call.
struct ServerFigures {
  int64_t pid = 0;
  uint64_t uptime_seconds = 0;
  int64_t rusage_user_us = 0;
  int64_t rusage_system_us = 0;
  uint64_t threads = 0;
  uint64_t max_connections = 0;
  uint64_t curr_connections = 0;
  uint64_t total_connections = 0;
  uint64_t rejected_connections = 0;
  uint64_t connection_structures = 0;  // connection objects, idle spares included
  uint64_t accept_failures = 0;        // accepts that failed for want of descriptors or memory
  bool accepting_connections = true;
  uint64_t read_buffer_bytes = 0;  // receive buffers of all reactors
  uint64_t connection_bytes = 0;   // what connections have received and are about to send
  uint64_t resident_bytes = 0;     // the process's memory as last measured; 0: nobody measures
  uint64_t loop_turns = 0;
  uint64_t completions = 0;
  uint64_t receive_no_buffers = 0;
  uint64_t completion_overflows = 0;
};

// What `stats reset` counts from: totals at the last reset, subtracted from today's.
struct StatsBaseline {
  CounterTotals counters;
  storage::CacheStats cache;
  uint64_t total_connections = 0;
  uint64_t rejected_connections = 0;
};

class ServerControl {
 public:
  virtual ~ServerControl() = default;

  // What the version command and `stats` say; digits first, since clients parse them.
  virtual std::string_view Version() const = 0;
  virtual ServerFigures Figures() const = 0;
  // Sums over all threads since the start.
  virtual CounterTotals Totals() const = 0;
  // Each setting under its name, as `stats settings` prints it.
  virtual void VisitSettings(StatVisitor visitor) const = 0;
  virtual StatsBaseline Baseline() const = 0;
  virtual void SetBaseline(const StatsBaseline& baseline) = 0;
  // True if a connection may do nothing before it has authenticated itself.
  virtual bool RequiresAuthentication() const = 0;
  // Whether SASL is spoken (in the binary dialect).
  virtual bool OffersSasl() const = 0;
  // Whether a user has that password. Takes the same time whatever is wrong with them.
  virtual bool Authenticate(std::string_view user, std::string_view password) const = 0;
  // 0 quiet to 3; larger ones mean 3.
  virtual void SetVerbosity(uint32_t level) = 0;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_SERVER_CONTROL_H_
