// What a session needs around it, and the client at its other end, for tests and benchmarks.

#ifndef RINGCACHED_TESTS_PROTOCOL_SESSION_PEER_H_
#define RINGCACHED_TESTS_PROTOCOL_SESSION_PEER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "protocol/session.h"
#include "storage/cache.h"
#include "tests/protocol/fake_server_control.h"

namespace ringcached::protocol {

// A cache, a server and a clock that stands still unless it is moved. Outlives its sessions.
class SessionWorld {
 public:
  // Two shards and a seed that is always the same: what is played twice is answered alike.
  static constexpr storage::CacheOptions kDefaultOptions{
      .memory_limit_bytes = size_t{8} << 20, .threads = 1, .hash_seed = 1};

  explicit SessionWorld(const storage::CacheOptions& options = kDefaultOptions);

  ExecuteContext& context() { return context_; }
  const ExecuteContext& context() const { return context_; }
  storage::Cache& cache() { return *cache_; }
  FakeServerControl& server() { return server_; }
  uint64_t Count(Counter counter) const { return server_.Totals()[counter]; }

  void AdvanceClock(uint32_t seconds) {
    context_.time.now += seconds;
    context_.time.unix_seconds += seconds;
  }

 private:
  CommandCounters counters_;
  FakeServerControl server_{&counters_};
  std::unique_ptr<storage::Cache> cache_;
  LookupBatch batch_;
  ExecuteContext context_;
};

// Everything the sink holds, in order.
std::string Contents(const ReplySink& sink);

// A client that takes every reply as soon as the session gives it.
class SessionPeer {
 public:
  explicit SessionPeer(SessionWorld& world) : world_(world) {}

  // REQUIRES: !ended().
  void Send(std::string_view bytes, bool more_follows = false);
  // The same, with the session prepared for it.
  void SendPrepared(std::string_view bytes);
  // What was replied since the last call.
  std::string TakeReplies();
  // Both.
  std::string Ask(std::string_view bytes) {
    Send(bytes);
    return TakeReplies();
  }

  bool ended() const { return ended_; }
  const Session& session() const { return session_; }

 private:
  void Drain();

  SessionWorld& world_;
  Session session_;
  ReplySink sink_;
  std::string replies_;
  bool ended_ = false;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_TESTS_PROTOCOL_SESSION_PEER_H_
