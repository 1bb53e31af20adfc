#include "protocol/counters.h"

namespace ringcached::protocol {
namespace {

constexpr std::array<std::string_view, kCounterCount> kNames = {
    "cmd_get",         "cmd_set",         "cmd_flush",     "cmd_touch",   "cmd_meta",
    "get_hits",        "get_misses",      "get_expired",   "get_flushed", "delete_misses",
    "delete_hits",     "incr_misses",     "incr_hits",     "decr_misses", "decr_hits",
    "cas_misses",      "cas_hits",        "cas_badval",    "touch_hits",  "touch_misses",
    "store_too_large", "store_no_memory", "auth_cmds",     "auth_errors", "bytes_read",
    "bytes_written",   "conn_yields",     "line_too_long",
};
static_assert(!kNames.back().empty(), "every counter has a name");

}  // namespace

std::string_view CounterName(Counter counter) { return kNames[static_cast<size_t>(counter)]; }

}  // namespace ringcached::protocol
