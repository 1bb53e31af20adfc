#include "server/config/settings_stats.h"

#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "server/config/options.h"
#include "server/config/values.h"

namespace ringcached::server {
namespace {

struct FixedSetting {
  std::string_view name;
  std::string_view value;
};

// Of memcached's engine, threads and buffers, which are not here: what its tools read as "not in
// use".
constexpr FixedSetting kFixed[] = {
    {"oldest", "0"},
    {"growth_factor", "1.00"},
    {"chunk_size", "1"},
    {"num_threads_per_udp", "0"},
    {"cas_enabled", "yes"},
    {"hashpower_init", "0"},
    {"slab_reassign", "no"},
    {"slab_automove", "0"},
    {"slab_automove_ratio", "0.00"},
    {"slab_automove_window", "0"},
    {"slab_chunk_max", "0"},
    {"lru_crawler_sleep", "0"},
    {"lru_crawler_tocrawl", "0"},
    {"tail_repair_time", "0"},
    {"lru_maintainer_thread", "no"},
    {"lru_segmented", "no"},
    {"hot_lru_pct", "0"},
    {"warm_lru_pct", "0"},
    {"hot_max_factor", "0.00"},
    {"warm_max_factor", "0.00"},
    {"temp_lru", "no"},
    {"temporary_ttl", "0"},
    {"read_buf_mem_limit", "0"},
    {"track_sizes", "yes"},
    {"inline_ascii_response", "no"},
    {"drop_privileges", "no"},
    {"num_napi_ids", "0"},
    {"memory_file", "(null)"},
    {"client_flags_size", "4"},
};

const char* YesNo(bool value) { return value ? "yes" : "no"; }

std::string Octal(uint32_t number) {
  std::array<char, 12> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), number, 8).ptr};
}

void VisitSockets(const Settings& settings, const RuntimeFacts& facts,
                  protocol::StatVisitor visitor) {
  visitor("maxconns", std::to_string(settings.max_connections));
  visitor("tcpport", std::to_string(facts.tcp_port));
  visitor("udpport", "0");
  visitor("inter", JoinWithCommas(settings.listen));
  visitor("domain_socket", settings.unix_socket.empty() ? "NULL" : settings.unix_socket);
  visitor("umask", Octal(settings.unix_mask));
  visitor("tcp_backlog", std::to_string(settings.listen_backlog));
  visitor("binding_protocol", DialectsName(settings.dialects));
  visitor("maxconns_fast", YesNo(settings.reject_when_full));
  visitor("idle_timeout", std::to_string(settings.idle_timeout_seconds));
  visitor("reqs_per_event", std::to_string(settings.turn_requests));
}

void VisitPermissions(const Settings& settings, protocol::StatVisitor visitor) {
  visitor("shutdown_command", YesNo(settings.shutdown_command));
  visitor("flush_enabled", YesNo(settings.flush_enabled));
  visitor("dump_enabled", YesNo(settings.dump_enabled));
  visitor("watch_enabled", YesNo(settings.watch_enabled));
  visitor("lru_crawler", YesNo(settings.lru_crawler));
  visitor("auth_enabled_sasl", YesNo(settings.sasl));
  visitor("auth_enabled_ascii", settings.auth_file.empty() ? "no" : settings.auth_file);
}

}  // namespace

void VisitSettings(const Settings& settings, const RuntimeFacts& facts,
                   protocol::StatVisitor visitor) {
  visitor("maxbytes", std::to_string(facts.memory_limit_bytes));
  VisitSockets(settings, facts, visitor);
  VisitPermissions(settings, visitor);
  visitor("verbosity", std::to_string(facts.verbosity));
  visitor("evictions", settings.evict ? "on" : "off");
  visitor("num_threads", std::to_string(settings.threads));
  visitor("item_size_max", std::to_string(settings.max_item_bytes));
  visitor("stat_key_prefix", std::string_view(&settings.prefix_delimiter, 1));
  visitor("detail_enabled", YesNo(facts.detail));
  visitor("hash_algorithm", "absl");
  visitor("watcher_logbuf_size", std::to_string(settings.watcher_buffer_kib << 10));
  visitor("worker_logbuf_size", std::to_string(settings.worker_buffer_kib << 10));
  for (const FixedSetting& fixed : kFixed) visitor(fixed.name, fixed.value);
  visitor("io_backend", facts.io_backend);
  if (!facts.io_backend_reason.empty()) visitor("io_backend_reason", facts.io_backend_reason);
  visitor("admin", facts.admin_url.empty() ? "off" : facts.admin_url);
  visitor("drain_timeout_ms", std::to_string(settings.drain_timeout_ms));
  visitor("eviction", EvictionName(settings.eviction));
  visitor("bloom", BloomName(settings.bloom));
  visitor("shards", std::to_string(facts.shards));
}

}  // namespace ringcached::server
