#include "bench/trace/trace.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ringcached::trace {
namespace {

constexpr size_t kIdBytes = 4;
constexpr size_t kReadBytes = size_t{1} << 16;

struct FileCloser {
  void operator()(std::FILE* file) const {
    if (file != stdin) std::fclose(file);
  }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

void AppendIds(const unsigned char* bytes, size_t count, Trace& trace) {
  for (const unsigned char* const end = bytes + count; bytes < end; bytes += kIdBytes) {
    const uint32_t id = uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
                        uint32_t{bytes[3]} << 24;
    trace.ids.push_back(id);
    trace.key_count = std::max(trace.key_count, uint64_t{id} + 1);
  }
}

}  // namespace

absl::StatusOr<Trace> ReadTrace(const std::string& path) {
  const File file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return absl::ErrnoToStatus(errno, path);
  Trace trace;
  std::array<unsigned char, kReadBytes> buffer;
  size_t count = 0;
  do {
    count = std::fread(buffer.data(), 1, buffer.size(), file.get());
    if (count % kIdBytes != 0) {
      return absl::DataLossError(absl::StrCat(path, " ends within an id"));
    }
    AppendIds(buffer.data(), count, trace);
  } while (count == buffer.size());
  if (std::ferror(file.get()) != 0) return absl::ErrnoToStatus(errno, path);
  if (trace.ids.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " is empty"));
  return trace;
}

void Truncate(uint64_t max_ids, Trace& trace) {
  if (trace.ids.size() <= max_ids) return;
  trace.ids.resize(max_ids);
  const auto highest = std::max_element(trace.ids.begin(), trace.ids.end());
  trace.key_count = highest == trace.ids.end() ? 0 : uint64_t{*highest} + 1;
}

}  // namespace ringcached::trace
