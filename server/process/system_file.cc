#include "server/process/system_file.h"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace ringcached::server {
namespace {

constexpr size_t kMaxFileBytes = 16384;

}  // namespace

// Not a stream: iostreams cost more memory than all the rest of starting up.
std::string ReadSystemFile(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (file == nullptr) return {};
  std::string text(kMaxFileBytes, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

}  // namespace ringcached::server
