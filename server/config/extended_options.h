// memcached's -o: a comma list of name=value and of plain names. It carries our own settings, and
// the names that memcached's users pass although they mean nothing to this server.

#ifndef RINGCACHED_SERVER_CONFIG_EXTENDED_OPTIONS_H_
#define RINGCACHED_SERVER_CONFIG_EXTENDED_OPTIONS_H_

#include <string>
#include <string_view>
#include <vector>

namespace ringcached::server {

struct ExtendedOption {
  std::string text;   // as given: "io=epoll"
  std::string name;   // "io"
  std::string value;  // "epoll"; empty for a plain name
};

std::vector<ExtendedOption> SplitExtendedOptions(std::string_view list);

// True for memcached's names that tune what works in another way here (its slabs, its LRU lists,
// its hash table, its buffers) or ask for what is always so. Ignoring them loses no safety.
bool IsIgnoredExtendedOption(std::string_view name);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_EXTENDED_OPTIONS_H_
