// A server for sessions that run without one: fixed figures, and a record of what was asked of it.

#ifndef RINGCACHED_TESTS_PROTOCOL_FAKE_SERVER_CONTROL_H_
#define RINGCACHED_TESTS_PROTOCOL_FAKE_SERVER_CONTROL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "protocol/execute.h"
#include "protocol/server_control.h"

namespace ringcached::protocol {

class FakeServerControl final : public ServerControl {
 public:
  // `counters` are the only thread's.
  explicit FakeServerControl(const CommandCounters* counters) : counters_(counters) {}

  std::string_view Version() const override { return "1.6.45-ringcached-test"; }
  ServerFigures Figures() const override { return figures; }
  CounterTotals Totals() const override {
    CounterTotals totals;
    counters_->AddTo(totals);
    return totals;
  }
  void VisitSettings(StatVisitor visitor) const override {
    visitor("maxbytes", "8388608");
    visitor("tcpport", "11211");
    visitor("verbosity", "0");
  }
  StatsBaseline Baseline() const override { return baseline; }
  void SetBaseline(const StatsBaseline& new_baseline) override { baseline = new_baseline; }
  bool RequiresAuthentication() const override { return requires_authentication; }
  bool OffersSasl() const override { return offers_sasl; }
  bool Authenticate(std::string_view user, std::string_view password) const override {
    return user == "user" && password == "password";
  }
  void SetVerbosity(uint32_t level) override { verbosity = level; }
  ServerPermissions Permissions() const override { return permissions; }
  void Shutdown() override { ++shutdowns; }
  void VisitConnections(ConnectionVisitor visitor) const override {
    for (const ConnectionFigures& connection : connections) visitor(connection);
  }
  void VisitLatencies(LatencyVisitor visitor) const override {
    for (const LatencyFigures& latency : latencies) visitor(latency);
  }
  void SetDetail(bool on) override {
    detail = on;
    if (context != nullptr) context->prefixes = on ? &prefix_counts : nullptr;
  }
  PrefixTotals Prefixes() const override {
    PrefixTotals totals = prefixes;
    prefix_counts.AddTo(&totals);
    return totals;
  }
  void ClearSamples() override {
    prefixes.clear();
    prefix_counts.Clear();
    latencies.clear();
  }
  std::unique_ptr<ReplyStream> Watch(uint32_t topics) override {
    watched_topics = topics;
    return make_watch ? make_watch() : nullptr;
  }

  // Set and read by tests.
  ServerFigures figures{.pid = 4711,
                        .uptime_seconds = 86400,
                        .rusage_user_us = 1'500'000,
                        .rusage_system_us = 250,
                        .threads = 4,
                        .max_connections = 1024,
                        .curr_connections = 3,
                        .total_connections = 17,
                        .rejected_connections = 2};
  StatsBaseline baseline;
  uint32_t verbosity = 0;
  bool requires_authentication = false;
  bool offers_sasl = false;
  ServerPermissions permissions;
  int shutdowns = 0;
  std::vector<ConnectionFigures> connections;
  std::vector<LatencyFigures> latencies;
  PrefixTotals prefixes;  // besides those that were counted
  PrefixCounts prefix_counts{':'};
  ExecuteContext* context = nullptr;  // counts by prefix while that is wanted
  bool detail = false;
  uint32_t watched_topics = 0;
  std::function<std::unique_ptr<ReplyStream>()> make_watch;  // empty: there are too many watchers

 private:
  const CommandCounters* const counters_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_TESTS_PROTOCOL_FAKE_SERVER_CONTROL_H_
