// The configuration file: one name=value a line, the names being the long options', '#' before a
// comment.

#ifndef RINGCACHED_SERVER_CONFIG_CONFIG_FILE_H_
#define RINGCACHED_SERVER_CONFIG_CONFIG_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace ringcached::server {

struct ConfigLine {
  std::string name;   // not checked
  std::string value;  // "true" for a line that is a name only
};

// The settings of a file in its order. NotFound or InvalidArgument, naming the file, if it cannot
// be read or is written for another program.
absl::StatusOr<std::vector<ConfigLine>> ReadConfigFile(const std::string& path);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_CONFIG_FILE_H_
