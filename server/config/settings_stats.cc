#include "server/config/settings_stats.h"

#include <string_view>

#include "server/config/options.h"
#include "server/config/values.h"

namespace ringcached::server {
namespace {

struct FixedSetting {
  std::string_view name;
  std::string_view value;
};

// True of this server whatever the settings are, in memcached's order.
constexpr FixedSetting kFixed[] = {
    {"domain_socket", "NULL"},
    {"shutdown_command", "no"},
    {"detail_enabled", "no"},
    {"cas_enabled", "yes"},
    {"binding_protocol", "auto-negotiate"},
    {"maxconns_fast", "yes"},
    {"slab_reassign", "no"},
    {"slab_automove", "0"},
    {"lru_crawler", "no"},
    {"flush_enabled", "yes"},
    {"dump_enabled", "no"},
    {"lru_maintainer_thread", "no"},
    {"lru_segmented", "no"},
    {"temp_lru", "no"},
    {"idle_timeout", "0"},
    {"track_sizes", "no"},
    {"inline_ascii_response", "no"},
    {"memory_file", "(null)"},
    {"client_flags_size", "4"},
};

}  // namespace

void VisitSettings(const Settings& settings, const RuntimeFacts& facts,
                   protocol::StatVisitor visitor) {
  visitor("maxbytes", std::to_string(facts.memory_limit_bytes));
  visitor("maxconns", std::to_string(settings.max_connections));
  visitor("tcpport", std::to_string(facts.tcp_port));
  visitor("udpport", "0");
  visitor("inter", JoinWithCommas(settings.listen));
  visitor("verbosity", std::to_string(facts.verbosity));
  visitor("evictions", settings.evict ? "on" : "off");
  visitor("num_threads", std::to_string(settings.threads));
  visitor("tcp_backlog", std::to_string(settings.listen_backlog));
  visitor("item_size_max", std::to_string(settings.max_item_bytes));
  visitor("auth_enabled_sasl", settings.sasl ? "yes" : "no");
  visitor("auth_enabled_ascii", settings.auth_file.empty() ? "no" : settings.auth_file);
  for (const FixedSetting& fixed : kFixed) visitor(fixed.name, fixed.value);
  visitor("io_backend", facts.io_backend);
  if (!facts.io_backend_reason.empty()) visitor("io_backend_reason", facts.io_backend_reason);
  visitor("drain_timeout_ms", std::to_string(settings.drain_timeout_ms));
  visitor("eviction", EvictionName(settings.eviction));
  visitor("bloom", BloomName(settings.bloom));
  visitor("shards", std::to_string(facts.shards));
}

}  // namespace ringcached::server
