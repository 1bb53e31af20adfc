#include "tests/protocol/session_peer.h"

#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace ringcached::protocol {
namespace {

// Any moment after the 30 days that an exptime may count from now.
constexpr int64_t kStartUnixSeconds = 1'700'000'000;

// A watcher to whom nothing happens.
class SilentWatcher final : public ReplyStream {
 public:
  Progress Continue(ExecuteContext& /*context*/, ReplySink& sink) override {
    if (!begun_) sink.Append("OK\r\n");
    begun_ = true;
    return Progress::kWaiting;
  }

 private:
  bool begun_ = false;
};

std::unique_ptr<storage::Cache> CreateCache(const storage::CacheOptions& options) {
  auto cache = storage::Cache::Create(options);
  if (!cache.ok()) {
    std::fprintf(stderr, "no cache: %s\n", cache.status().ToString().c_str());
    std::abort();
  }
  return *std::move(cache);
}

}  // namespace

SessionWorld::SessionWorld(const storage::CacheOptions& options)
    : cache_(CreateCache(options)),
      batch_(*cache_),
      context_{.cache = cache_.get(),
               .batch = &batch_,
               .server = &server_,
               .counters = &counters_,
               .time = {storage::kFirstSecond, kStartUnixSeconds}} {
  server_.context = &context_;
  server_.make_watch = [] { return std::make_unique<SilentWatcher>(); };
}

std::string Contents(const ReplySink& sink) {
  std::string contents;
  sink.VisitPieces([&](std::string_view piece) { contents.append(piece); });
  return contents;
}

void SessionPeer::Send(std::string_view bytes, bool more_follows) {
  assert(!ended_);
  Session::Status status = session_.Receive(bytes, more_follows, world_.context(), sink_);
  Drain();
  while (status == Session::Status::kSinkFull) {
    status = session_.Resume(world_.context(), sink_);
    Drain();
  }
  ended_ = status == Session::Status::kEnded;
}

void SessionPeer::SendPrepared(std::string_view bytes) {
  LookupBatch& batch = *world_.context().batch;
  session_.Prepare(bytes, world_.context());
  batch.PrefetchItems();
  Send(bytes);
  batch.Clear();
}

std::string SessionPeer::TakeReplies() { return std::exchange(replies_, {}); }

void SessionPeer::Drain() {
  replies_ += Contents(sink_);
  sink_.Clear();
}

}  // namespace ringcached::protocol
