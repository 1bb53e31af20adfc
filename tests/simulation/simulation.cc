#include "tests/simulation/simulation.h"

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/server/net/simulated_server.h"
#include "tests/simulation/choices.h"
#include "tests/simulation/client.h"

namespace ringcached::simulation {
namespace {

using server::FaultPlan;
using server::SimulatedServer;

constexpr size_t kMostClients = 12;
// Whoever waits longer than so many steps while no byte moves, waits for ever.
constexpr uint64_t kPatienceSteps = 20'000;
constexpr size_t kMostValueBytes = 20'000;
constexpr size_t kCacheBytes = size_t{4} << 20;
constexpr uint32_t kMostChance = 400;
constexpr int kMostLooks = 100'000;

// Each kind of fault is absent, rare or frequent.
FaultPlan DrawPlan(uint64_t seed, Random& random) {
  FaultPlan plan{.seed = seed};
  for (const server::FaultKind& kind : server::AllFaultKinds()) {
    if (!random.OneIn(3)) plan.*kind.chance = static_cast<uint32_t>(random.Between(1, kMostChance));
  }
  // Each ends a connection: with more nobody would get anywhere.
  plan.reset /= 40;
  return plan;
}

SimulatedServer::Options DrawOptions(uint64_t seed, Random& random) {
  SimulatedServer::Options options;
  options.faults = DrawPlan(seed, random);
  options.max_connections = static_cast<uint32_t>(random.Between(2, kMostClients));
  options.receive_buffers = static_cast<uint32_t>(random.Between(1, 16));
  options.receive_buffer_bytes = static_cast<uint32_t>(random.Between(16, 600));
  options.turn_requests = static_cast<uint32_t>(random.Between(1, 64));
  options.when_full = server::Acceptor::WhenFull::kWait;
  options.cache.memory_limit_bytes = kCacheBytes;
  options.cache.threads = 1;
  options.on_violation = server::OnViolation::kRecord;
  return options;
}

bool HoldsMemory(const storage::CacheStats& stats) {
  return stats.items != 0 || stats.large_value_bytes != 0 ||
         stats.segment_bytes != stats.free_segments * stats.segment_size_bytes;
}

class Simulation {
 public:
  Simulation(uint64_t seed, std::atomic<uint64_t>* step)
      : random_(seed),
        server_(DrawOptions(seed, random_)),
        most_clients_(random_.Between(1, kMostClients)),
        step_(*step) {}

  Outcome Run() {
    while (Holds() && events() < kLeastEvents) Step(/*ends=*/false);
    for (const auto& client : clients_) client->Finish();
    while (Holds() && !clients_.empty()) Step(/*ends=*/true);
    if (Holds()) LeaveNothing();
    outcome_.steps = step_;
    outcome_.events = events();
    outcome_.faults = server_.ring().faults();
    return std::move(outcome_);
  }

 private:
  uint64_t events() { return server_.ring().counters().completions; }
  bool Holds() const { return outcome_.failure.empty(); }

  void Step(bool ends) {
    ++step_;
    if (!ends && clients_.size() < most_clients_ && random_.OneIn(3)) AddClient();
    for (const auto& client : clients_) {
      client->Step(random_);
      if (!ends && random_.OneIn(60)) client->Finish();
      if (!ends && random_.OneIn(200)) client->Reset();
    }
    JumpClock();
    server_.Turn();
    Check();
    LetGo();
  }

  void AddClient() {
    const auto dialect = static_cast<Dialect>(random_.Below(kDialects));
    clients_.push_back(
        std::make_unique<Client>(outcome_.clients++, dialect, kMostValueBytes, &server_.ring()));
  }

  // Back and forth: nothing here has an end in Unix time, so nothing may come of it.
  void JumpClock() {
    if (!random_.OneIn(50)) return;
    ++outcome_.clock_jumps;
    const auto seconds = static_cast<int64_t>(random_.Below(2'000'000));
    server_.clock().SetWallForward(random_.OneIn(2) ? seconds : -seconds);
    if (random_.OneIn(4)) server_.clock().AdvanceMs(static_cast<int64_t>(random_.Below(100'000)));
  }

  void Check() {
    const auto& violations = server_.ring().violations();
    if (!violations.empty()) return Fail(violations.front());
    const storage::CacheStats stats = server_.cache().Stats();
    if (stats.cache_bytes() > stats.limit_bytes + stats.reserve_bytes) {
      return Fail(absl::StrCat("the cache holds ", stats.cache_bytes(), " bytes"));
    }
    for (const auto& client : clients_) {
      if (std::string wrong = client->Wrong(); !wrong.empty()) return Fail(std::move(wrong));
    }
    if (Moves()) return;
    for (const auto& client : clients_) {
      if (client->missing_bytes() > 0) {
        return Fail(absl::StrCat("client ", client->number(), " waits for ",
                                 client->missing_bytes(), " bytes for ever"));
      }
    }
    Fail("somebody's connection is never closed");
  }

  // Whether bytes have moved not long ago.
  bool Moves() {
    if (step_ - looked_at_step_ < kPatienceSteps) return true;
    protocol::CounterTotals totals;
    server_.reactor().counters().AddTo(totals);
    const uint64_t moved = totals[protocol::Counter::kBytesRead] +
                           totals[protocol::Counter::kBytesWritten] + outcome_.clients;
    looked_at_step_ = step_;
    return std::exchange(moved_, moved) != moved;
  }

  // Those whose connection has ended: they, or a fault that reset them.
  void LetGo() {
    for (const auto& client : clients_) {
      if (!client->closed()) continue;
      client->TakeReplies();
      if (std::string wrong = client->Wrong(); !wrong.empty()) return Fail(std::move(wrong));
      if (!client->done() && !client->was_reset()) {
        return Fail(absl::StrCat("client ", client->number(), " was closed while it waited for ",
                                 client->missing_bytes(), " bytes"));
      }
    }
    std::erase_if(clients_, [](const auto& client) { return client->closed(); });
  }

  void LeaveNothing() {
    server_.Turn(100);
    const server::ReactorFigures figures = server_.reactor().Figures();
    if (server_.reactor().load() != 0 || figures.connection_structures != 0) {
      return Fail(absl::StrCat(figures.connection_structures, " connections are left"));
    }
    if (server_.limit().current() != 0) return Fail("a place under the limit is left taken");
    const storage::CacheSecond now = server_.reactor().time().now;
    server_.cache().FlushAll(now, now);
    storage::CacheStats stats = server_.cache().Stats();
    // Readers are the process's: those of another seed's thread may be under way.
    for (int look = 0; look < kMostLooks && HoldsMemory(stats); ++look) {
      std::this_thread::yield();
      stats = server_.cache().Stats();
    }
    if (HoldsMemory(stats)) {
      return Fail(absl::StrCat("after a flush ", stats.items, " items, ", stats.large_value_bytes,
                               " bytes of large values and ", stats.segment_bytes,
                               " of segments are held, of which ", stats.free_segments,
                               " are free"));
    }
    server_.reactor().RequestStop();
    server_.Turn(3000);
    if (!server_.reactor().Finished()) Fail("the reactor does not stop");
  }

  void Fail(std::string what) {
    if (outcome_.failure.empty()) outcome_.failure = std::move(what);
  }

  Random random_;
  SimulatedServer server_;
  const size_t most_clients_;
  std::atomic<uint64_t>& step_;
  std::vector<std::unique_ptr<Client>> clients_;
  uint64_t looked_at_step_ = 0;
  uint64_t moved_ = 0;  // bytes then
  Outcome outcome_;
};

}  // namespace

Outcome Simulate(uint64_t seed, std::atomic<uint64_t>* step) {
  *step = 0;
  return Simulation(seed, step).Run();
}

}  // namespace ringcached::simulation
