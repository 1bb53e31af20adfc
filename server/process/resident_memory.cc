#include "server/process/resident_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>

namespace ringcached::server {

ResidentMemory::ResidentMemory(const std::string& path)
    : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      page_bytes_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {}

// "size resident shared text lib data dt", in pages.
size_t ResidentMemory::Bytes() const {
  std::array<char, 128> buffer;
  const ssize_t length = file_.valid() ? pread(file_.get(), buffer.data(), buffer.size(), 0) : -1;
  if (length <= 0) return 0;
  const std::string_view text(buffer.data(), static_cast<size_t>(length));
  const size_t blank = text.find(' ');
  if (blank == std::string_view::npos) return 0;
  size_t pages = 0;
  std::from_chars(text.data() + blank + 1, text.data() + text.size(), pages);
  return pages * page_bytes_;
}

}  // namespace ringcached::server
