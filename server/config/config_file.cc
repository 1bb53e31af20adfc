#include "server/config/config_file.h"

#include <CLI/CLI.hpp>
#include <fstream>
#include <istream>
#include <utility>

#include "server/config/values.h"

namespace ringcached::server {
namespace {

std::vector<CLI::ConfigItem> ReadItems(std::istream& input) {
  CLI::ConfigBase reader;
  // With its own array brackets CLI11 takes the [::1] of an address apart; with others it hands
  // every value over as it stands.
  reader.arrayBounds('{', '}');
  return reader.from_config(input);
}

absl::StatusOr<std::vector<ConfigLine>> ToLines(const std::vector<CLI::ConfigItem>& items,
                                                const std::string& path) {
  std::vector<ConfigLine> lines;
  for (const CLI::ConfigItem& item : items) {
    if (!item.parents.empty()) {
      return absl::InvalidArgumentError(path + ": [" + item.parents.front() +
                                        "]: expected name=value lines without sections");
    }
    for (const std::string& value : item.inputs) lines.push_back({item.name, value});
  }
  return lines;
}

}  // namespace

absl::StatusOr<std::vector<ConfigLine>> ReadConfigFile(const std::string& path) {
  std::ifstream input(path);
  // Opening a folder succeeds; only reading it fails.
  if (!input || (input.peek(), input.bad())) {
    return absl::NotFoundError(path + ": expected a configuration file that can be read");
  }
  input.clear();
  try {
    return ToLines(ReadItems(input), path);
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(path + ": " + error.what());
  }
}

}  // namespace ringcached::server
