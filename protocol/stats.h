// The stats command: which figures there are, under which names, in which order. memcached's names
// where memcached has the figure.

#ifndef RINGCACHED_PROTOCOL_STATS_H_
#define RINGCACHED_PROTOCOL_STATS_H_

#include <string_view>

#include "protocol/outcome.h"
#include "protocol/server_control.h"
#include "protocol/turn_time.h"
#include "storage/cache.h"

namespace ringcached::protocol {

// Visits the figures that `argument` names ("" for the general ones, "settings", "items", "slabs",
// "conns", "latency"), or does what it says ("reset"). kStats, kReset or kUnknownArgument.
Outcome ExecuteStats(std::string_view argument, const storage::Cache& cache, ServerControl& server,
                     const TurnTime& time, StatVisitor visitor);

// `stats detail <what>`: has requests counted by prefix, or visits the counts. kOk, kStats or
// kBadDetail.
using PrefixVisitor = absl::FunctionRef<void(std::string_view prefix, const PrefixCount& count)>;
Outcome ExecuteDetail(std::string_view what, ServerControl& server, PrefixVisitor visitor);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_STATS_H_
