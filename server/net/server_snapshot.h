// What a server has done and holds, read at one time by whoever reports it outside the protocol.
// Plain numbers since the start: `stats reset` moves only the histograms.

#ifndef RINGCACHED_SERVER_NET_SERVER_SNAPSHOT_H_
#define RINGCACHED_SERVER_NET_SERVER_SNAPSHOT_H_

#include <array>

#include "protocol/counters.h"
#include "protocol/server_control.h"
#include "server/net/latency_recorder.h"
#include "storage/cache_stats.h"

namespace ringcached::server {

struct ServerSnapshot {
  protocol::ServerFigures figures;
  protocol::CounterTotals totals;
  storage::CacheStats cache;
  // By CommandKind: how long commands took.
  std::array<LatencyHistogram, kCommandKinds> latencies{};
  LatencyHistogram turns;  // how long reactors worked in turns that had something to do
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_SERVER_SNAPSHOT_H_
