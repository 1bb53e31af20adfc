// What a session needs of the server around it, and all it may ask: figures that only the server
// knows, and the few commands that change the server. protocol/ declares it, server/ implements it;
// tests bring their own.

#ifndef RINGCACHED_PROTOCOL_SERVER_CONTROL_H_
#define RINGCACHED_PROTOCOL_SERVER_CONTROL_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "protocol/counters.h"
#include "protocol/prefix_counts.h"
#include "protocol/reply_stream.h"
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
  uint64_t read_buffer_bytes = 0;  // of the receive buffers of all reactors, as far as used
  uint64_t connection_bytes = 0;   // what connections have received and are about to send
  uint64_t resident_bytes = 0;     // the process's memory as last measured; 0: nobody measures
  uint64_t loop_turns = 0;
  uint64_t completions = 0;
  uint64_t receive_no_buffers = 0;
  uint64_t completion_overflows = 0;
  uint64_t submit_retries = 0;
  uint64_t idle_kicks = 0;          // connections closed for having been idle
  uint64_t listen_disabled = 0;     // how often accepting was stopped at the limit
  uint64_t listen_disabled_us = 0;  // and for how long in all
  uint64_t prefixes_dropped = 0;    // requests not counted by prefix for want of room
  uint64_t log_worker_dropped = 0;  // lines that no buffer had room for
  uint64_t log_worker_written = 0;
  uint64_t log_watcher_skipped = 0;  // lines that a slow watcher has lost
  uint64_t log_watcher_sent = 0;
  uint64_t log_watchers = 0;
};

// What `stats reset` counts from: totals at the last reset, subtracted from today's.
struct StatsBaseline {
  ServerFigures server;
  CounterTotals counters;
  storage::CacheStats cache;
};

// What clients may ask of the server beside items; an operator takes or gives it on the command
// line.
struct ServerPermissions {
  bool flush_all = true;
  bool dump = true;     // every way to list keys
  bool crawler = true;  // those of lru_crawler
  bool watch = true;
  bool shutdown = false;
};

// A connection or a listening socket, as `stats conns` prints it.
struct ConnectionFigures {
  uint64_t number = 0;
  std::string_view address;         // the client's; of a listener its own
  std::string_view listen_address;  // empty for a listener
  std::string_view state;
  uint64_t idle_seconds = 0;  // since the last command
};
using ConnectionVisitor = absl::FunctionRef<void(const ConnectionFigures&)>;

// How long one kind of command took, as `stats latency` prints it.
struct LatencyFigures {
  std::string_view command;
  uint64_t count = 0;
  uint64_t p50_ns = 0;
  uint64_t p90_ns = 0;
  uint64_t p99_ns = 0;
  uint64_t p999_ns = 0;
  uint64_t max_ns = 0;
};
using LatencyVisitor = absl::FunctionRef<void(const LatencyFigures&)>;

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
  // The same at every call.
  virtual ServerPermissions Permissions() const = 0;
  virtual void VisitConnections(ConnectionVisitor visitor) const = 0;
  virtual void VisitLatencies(LatencyVisitor visitor) const = 0;
  // Whether requests are counted by their keys' prefixes from now on, and what was counted.
  virtual void SetDetail(bool on) = 0;
  virtual PrefixTotals Prefixes() const = 0;
  // Forgets counts by prefix and latencies.
  virtual void ClearSamples() = 0;
  // A stream of the events of these topics; null if there are too many already.
  virtual std::unique_ptr<ReplyStream> Watch(uint32_t topics) = 0;
  // Asks the server to stop, as a signal would, and returns. REQUIRES: Permissions().shutdown.
  virtual void Shutdown() = 0;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_SERVER_CONTROL_H_
