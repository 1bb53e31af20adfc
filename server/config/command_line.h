// The command line and the configuration file it names, turned into Settings. memcached's options
// keep their names, values and exit codes.

#ifndef RINGCACHED_SERVER_CONFIG_COMMAND_LINE_H_
#define RINGCACHED_SERVER_CONFIG_COMMAND_LINE_H_

#include <string>
#include <variant>
#include <vector>

#include "server/config/settings.h"

namespace ringcached::server {

// The server is to run, or would.
struct Launch {
  Settings settings;
  std::vector<std::string> warnings;  // always worth a line
  std::vector<std::string> notes;     // worth a line at -v
  bool check_only = false;            // --check-config: say that all is right, and leave
};

// The program is to print and leave: after --help, --version or an error.
struct Leave {
  int exit_code = 0;
  std::string out;  // for stdout
  std::string err;  // for stderr: one line that names the option, its value and what is right
};

// The command line wins over the file, and both over `defaults`. An error's exit code is
// memcached's for its options; 64 (EX_USAGE) for ours, for the file, and for everything under
// --check-config. REQUIRES: argc > 0.
std::variant<Launch, Leave> ParseCommandLine(int argc, const char* const* argv,
                                             const Settings& defaults);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_COMMAND_LINE_H_
