// The table of all settings: their names, what they take, how a text becomes a value and back. The
// command line, the configuration file and their tests are written against it; a new setting is a
// member of Settings, a row here and a paragraph in config/ringcached.conf.

#ifndef RINGCACHED_SERVER_CONFIG_OPTIONS_H_
#define RINGCACHED_SERVER_CONFIG_OPTIONS_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/config/settings.h"

namespace ringcached::server {

enum class OptionKind : uint8_t {
  kValue,   // takes a value; the last one given counts
  kList,    // takes a comma list; all that are given are joined
  kSwitch,  // on if given; in the file true or false
  kCount,   // how often it is given; in the file a number
};

enum class OptionOrigin : uint8_t {
  kMemcached,   // name, meaning and exit code are memcached's
  kRingcached,  // ours; may also be given as -o name=value
};

struct Option {
  std::string_view letter;  // its short name; empty: none
  std::string_view name;    // its long name, which the configuration file uses too
  OptionKind kind;
  OptionOrigin origin;
  std::string_view value_name;  // for the help, with the unit; empty for switches and counts
  std::string_view help;
  std::string_view expected;  // what a right value is, to complete "expected ..."
  int error_exit_code;        // of a wrong value
  // Puts the value of `text` into `settings`; false, with nothing changed, if it is wrong.
  bool (*set)(std::string_view text, Settings& settings);
  // The text of the value in `settings`.
  std::string (*get)(const Settings& settings);
  // What may stand in the place of the default, to complete "default 4, ..."; empty: nothing.
  std::string_view instead_of_default = {};
};

// All settings, memcached's first.
std::span<const Option> Options();

// Null if there is none of this name. '_' and '-' are the same.
const Option* FindOption(std::string_view name);

// The values of eviction and bloom as people write them.
std::string EvictionName(storage::EvictionPolicy policy);
std::string BloomName(storage::BloomMode mode);

// "auto-negotiate", "ascii" or "binary", as memcached prints it.
std::string DialectsName(protocol::SpokenDialects dialects);

// What holds between settings: empty, or what is wrong as "-I 40m: expected ...".
std::string CheckSettings(const Settings& settings);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_OPTIONS_H_
