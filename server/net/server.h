// The server: reactors, acceptor and cache put together, and what `stats` asks of them.

#ifndef RINGCACHED_SERVER_NET_SERVER_H_
#define RINGCACHED_SERVER_NET_SERVER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "protocol/server_control.h"
#include "server/io/ring_factory.h"
#include "server/net/acceptor.h"
#include "server/net/connection_limit.h"
#include "server/net/listener.h"
#include "server/net/memory_ledger.h"
#include "server/net/reactor.h"
#include "server/net/reactor_thread.h"
#include "server/net/server_snapshot.h"
#include "server/net/watch_hub.h"
#include "storage/cache.h"
#include "storage/mutex.h"

namespace ringcached::server {

struct ServerOptions {
  int threads = 4;
  uint32_t max_connections = 1024;
  IoBackend io = IoBackend::kAuto;
  IoUringFeatures io_features;
  int64_t drain_timeout_ms = 2000;
  // Receive buffers of all reactors together stay within this.
  size_t receive_buffers_bytes = size_t{8} << 20;
  std::string version;  // for the version command
  // With it the cache's limit is made to hold for the process; called several times a second on a
  // reactor's thread. Empty: the limit is that of the cache alone.
  std::optional<ProcessMemory> process_memory;
  // What stats settings prints, and what the verbosity command does; called on reactor threads,
  // several at a time. Both must be set.
  std::function<void(protocol::StatVisitor)> visit_settings;
  std::function<void(uint32_t)> set_verbosity;
  // Whether a user has that password; called on reactor threads, several at a time. Empty:
  // everybody may use the server.
  std::function<bool(std::string_view user, std::string_view password)> authenticate;
  // With `authenticate`: also by SASL.
  bool offers_sasl = false;
  protocol::ServerPermissions permissions;
  // Of listeners that say nothing else.
  protocol::SpokenDialects dialects = protocol::SpokenDialects::kAll;
  Acceptor::WhenFull when_full = Acceptor::WhenFull::kReject;
  uint32_t idle_timeout_seconds = 0;  // 0: never
  uint32_t turn_requests = protocol::kTurnRequests;
  char prefix_delimiter = ':';
  bool detail = false;  // requests are counted by prefix
  size_t watcher_buffer_bytes = kDefaultWatcherBufferBytes;
  size_t event_buffer_bytes = kDefaultWorkerBufferBytes;
  // Called on a reactor's thread; must be set if permissions.shutdown is.
  std::function<void()> shutdown;
};

class Server final : private protocol::ServerControl {
 public:
  // Serves on `listeners` until Stop(). `cache` outlives the server. The error says which part
  // would not start.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options,
                                                       std::vector<Listener> listeners,
                                                       storage::Cache& cache);
  // Stops, if nobody has.
  ~Server() override;

  const std::vector<BoundAddress>& addresses() const { return addresses_; }
  // Whether requests are counted by prefix; from any thread.
  bool detail() const { return detail_.load(std::memory_order_relaxed); }
  // The rings in use, for people: "io_uring (multishot receive, ...)".
  const std::string& io_description() const { return reactors_.front()->ring_description(); }

  // Accepts nothing more, answers what has arrived, closes; returns when all is done, at the latest
  // a second after the drain timeout. Idempotent; from one thread.
  void Stop();

  // What receive buffers may come to, and whether that is less than usual because of the limit on
  // it.
  size_t receive_buffer_bytes() const {
    return reactors_.size() * size_t{ring_options_.receive_buffers} *
           ring_options_.receive_buffer_bytes;
  }
  bool has_few_receive_buffers() const;

  uint32_t curr_connections() const { return limit_.current(); }

  // From any thread. Large: not for the stack of a small thread.
  void TakeSnapshot(ServerSnapshot* snapshot) const;
  // What `stats items` and `stats slabs` say, since the start; from any thread.
  void VisitClasses(protocol::StatVisitor visitor) const;

 private:
  Server(ServerOptions options, std::vector<Listener> listeners, storage::Cache& cache);
  void MakeReactors();
  absl::Status StartThreads();

  // protocol::ServerControl, called on reactor threads.
  std::string_view Version() const override { return options_.version; }
  protocol::ServerFigures Figures() const override;
  protocol::CounterTotals Totals() const override;
  void VisitSettings(protocol::StatVisitor visitor) const override;
  protocol::StatsBaseline Baseline() const override;
  void SetBaseline(const protocol::StatsBaseline& baseline) override;
  bool RequiresAuthentication() const override { return options_.authenticate != nullptr; }
  bool OffersSasl() const override { return options_.offers_sasl; }
  bool Authenticate(std::string_view user, std::string_view password) const override {
    return options_.authenticate(user, password);
  }
  void SetVerbosity(uint32_t level) override { options_.set_verbosity(level); }
  protocol::ServerPermissions Permissions() const override { return options_.permissions; }
  void Shutdown() override { options_.shutdown(); }
  void VisitConnections(protocol::ConnectionVisitor visitor) const override;
  void VisitLatencies(protocol::LatencyVisitor visitor) const override;
  void SetDetail(bool on) override;
  protocol::PrefixTotals Prefixes() const override;
  void ClearSamples() override;
  std::unique_ptr<protocol::ReplyStream> Watch(uint32_t topics) override;

  const ServerOptions options_;
  const RingOptions ring_options_;
  const SystemClock system_clock_;
  const TurnClock start_clock_{system_clock_};
  storage::Cache& cache_;
  std::vector<BoundAddress> addresses_;
  WatchHub watch_hub_;
  ConnectionLimit limit_;
  Acceptor acceptor_;
  std::unique_ptr<MemoryLedger> ledger_;  // null: nobody measures
  std::vector<std::unique_ptr<Reactor>> reactors_;
  std::vector<std::unique_ptr<ReactorThread>> threads_;  // of the reactors, in their order
  bool started_ = false;
  std::atomic<bool> detail_ = false;

  mutable storage::Mutex baseline_mutex_;
  protocol::StatsBaseline baseline_ ABSL_GUARDED_BY(baseline_mutex_);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_SERVER_H_
