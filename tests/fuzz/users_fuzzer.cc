// Any bytes as a file of users: it is refused with a reason, or its first line's user is known with
// the password that stands there and with no other.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/process/credentials.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ringcached::fuzz::Check;
  using ringcached::server::Credentials;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto users = Credentials::Parse(text);
  if (!users.ok()) {
    Check(!users.status().message().empty(), "who is refused is told why");
    return 0;
  }
  Check((*users)->size() >= 1 && (*users)->size() <= ringcached::server::kMaxUsers,
        "no more users than the limit");
  std::string_view line = text.substr(0, text.find('\n'));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return 0;  // an empty line in front
  const std::string_view user = line.substr(0, colon);
  const std::string password(line.substr(colon + 1));
  Check((*users)->Know(user, password), "the first user is known");
  Check(!(*users)->Know(std::string(user) + "x", password + "y"), "nobody else is");
  return 0;
}
