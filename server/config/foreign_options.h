// memcached's options that are no settings here: those that are taken and ignored, because they
// tune what works in another way, and those that are refused, because somebody would rely on them.
// Also the comma list of -o, which carries our own settings and such names.

#ifndef RINGCACHED_SERVER_CONFIG_FOREIGN_OPTIONS_H_
#define RINGCACHED_SERVER_CONFIG_FOREIGN_OPTIONS_H_

#include <span>
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

// Why a name of -o is refused that memcached knows; empty if there is no such reason.
std::string_view RefusalOfExtendedOption(std::string_view name);

// An option of memcached's that is no setting here.
struct ForeignOption {
  std::string_view letter;
  std::string_view name;
  bool takes_value;
  std::string_view help;
  // Why it is refused; empty: it is ignored.
  std::string_view refusal;
};
std::span<const ForeignOption> ForeignOptions();

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_FOREIGN_OPTIONS_H_
