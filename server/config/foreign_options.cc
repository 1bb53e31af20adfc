#include "server/config/foreign_options.h"

#include <algorithm>
#include <iterator>

#include "server/config/values.h"

namespace ringcached::server {
namespace {

constexpr std::string_view kIgnored[] = {
    "hash_algorithm",
    "hashpower",
    "hot_lru_pct",
    "hot_max_factor",
    "inline_ascii_resp",
    "lru_crawler_sleep",
    "lru_crawler_tocrawl",
    "lru_maintainer",
    "modern",
    "no_chunked_items",
    "no_drop_privileges",
    "no_hashexpand",
    "no_inline_ascii_resp",
    "no_lru_maintainer",
    "no_modern",
    "no_slab_automove",
    "no_slab_reassign",
    "read_buf_mem_limit",
    "relaxed_privileges",
    "resp_obj_mem_limit",
    "slab_automove",
    "slab_automove_freeratio",
    "slab_automove_ratio",
    "slab_automove_window",
    "slab_chunk_max",
    "slab_reassign",
    "slab_sizes",
    "sock_cookie_id",
    "tail_repair_time",
    "temporary_ttl",
    "track_sizes",
    "warm_lru_pct",
    "warm_max_factor",
};

struct Refusal {
  std::string_view prefix;  // of the names
  std::string_view reason;
};

constexpr Refusal kRefusals[] = {
    {"ext_", "items are kept in memory only: there is no external storage here"},
    {"proxy_", "there is no proxy here"},
    {"ssl_", "there is no TLS here yet: put a TLS proxy in front"},
    {"drop_privileges", "system calls are not restricted here yet"},
};

constexpr ForeignOption kForeignOptions[] = {
    {"C", "disable-cas", false, "ignored: cas numbers cost nothing here", ""},
    {"f", "slab-growth-factor", true, "ignored: there are no slabs", ""},
    {"n", "slab-min-size", true, "ignored: there are no slabs", ""},
    {"N", "napi-ids", true, "ignored: connections go to the least loaded thread", ""},
    {"e", "memory-file", true, "refused", "the cache can't be kept in a file yet"},
    {"Z", "enable-ssl", false, "refused", "there is no TLS here yet: put a TLS proxy in front"},
};

}  // namespace

std::span<const ForeignOption> ForeignOptions() { return kForeignOptions; }

std::string_view RefusalOfExtendedOption(std::string_view name) {
  for (const Refusal& refusal : kRefusals) {
    if (name.substr(0, refusal.prefix.size()) == refusal.prefix) return refusal.reason;
  }
  return {};
}

std::vector<ExtendedOption> SplitExtendedOptions(std::string_view list) {
  std::vector<ExtendedOption> options;
  for (std::string& text : SplitAtCommas(list)) {
    const size_t equals = text.find('=');
    ExtendedOption option;
    option.name = TrimBlanks(std::string_view(text).substr(0, equals));
    if (equals != std::string::npos) {
      option.value = TrimBlanks(std::string_view(text).substr(equals + 1));
    }
    option.text = std::move(text);
    options.push_back(std::move(option));
  }
  return options;
}

bool IsIgnoredExtendedOption(std::string_view name) {
  return std::find(std::begin(kIgnored), std::end(kIgnored), name) != std::end(kIgnored);
}

}  // namespace ringcached::server
