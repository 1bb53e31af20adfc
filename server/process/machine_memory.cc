#include "server/process/machine_memory.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "server/config/values.h"

namespace ringcached::server {
namespace {

constexpr uint64_t kUsualGrowth = 8;
constexpr uint64_t kMostGrowth = 64;
// Version 1 says "no limit" as the largest number of whole pages.
constexpr uint64_t kNoLimitBytes = uint64_t{1} << 62;
constexpr size_t kMaxFileBytes = 16384;

// The beginning of a file; empty if there is none. Not a stream: iostreams cost more memory than
// all the rest of starting up.
std::string ReadText(const std::string& path) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"),
                                                             &std::fclose);
  if (file == nullptr) return {};
  std::string text(kMaxFileBytes, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  return text;
}

// Takes the first line off the front of `text`.
std::string_view TakeLine(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

uint64_t RamBytes(const std::string& meminfo) {
  constexpr std::string_view kName = "MemTotal:";
  std::string_view rest = meminfo;
  while (!rest.empty()) {
    std::string_view line = TakeLine(rest);
    if (!line.starts_with(kName)) continue;
    line = TrimBlanks(line.substr(kName.size()));
    return ParseNumber(line.substr(0, line.find(' '))).value_or(0) << 10;
  }
  return 0;
}

// One of the trees of control groups: where it is mounted, our place in it, where limits stand.
struct CgroupTree {
  std::string mount;
  std::string place;  // "/a/b"; "/" or empty: its root
  std::string_view limit_file;
};

// The tree of a line "0::/a/b" (version 2) or "5:cpu,memory:/a/b" (version 1) of
// /proc/self/cgroup, if it is one that limits memory.
std::optional<CgroupTree> TreeOfLine(std::string_view line) {
  const size_t first = line.find(':');
  const size_t second = line.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view controllers = line.substr(first + 1, second - first - 1);
  const std::string place(line.substr(second + 1));
  if (controllers.empty()) return CgroupTree{"/sys/fs/cgroup", place, "memory.max"};
  const std::vector<std::string> names = SplitAtCommas(controllers);
  if (std::find(names.begin(), names.end(), "memory") == names.end()) return std::nullopt;
  return CgroupTree{"/sys/fs/cgroup/memory", place, "memory.limit_in_bytes"};
}

void Lower(const std::string& path, const std::string& root, MachineMemory& machine) {
  const std::string text = ReadText(root + path);
  const std::optional<uint64_t> bytes = ParseNumber(text.substr(0, text.find('\n')));
  if (!bytes || *bytes == 0 || *bytes >= kNoLimitBytes) return;
  if (machine.cgroup_bytes != 0 && machine.cgroup_bytes <= *bytes) return;
  machine.cgroup_bytes = *bytes;
  machine.cgroup_file = path;
}

// A limit of any group above ours binds us too. In a container that sees only its own part of the
// tree, the places that are not there have no file, and the root has the container's limit.
void LowerToTree(CgroupTree tree, const std::string& root, MachineMemory& machine) {
  if (tree.place == "/") tree.place.clear();
  while (true) {
    Lower(tree.mount + tree.place + "/" + std::string(tree.limit_file), root, machine);
    if (tree.place.empty()) return;
    tree.place.resize(std::min(tree.place.rfind('/'), tree.place.size() - 1));
  }
}

std::string Megabytes(uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

MachineMemory ReadMachineMemory(const std::string& root) {
  MachineMemory machine;
  machine.ram_bytes = RamBytes(ReadText(root + "/proc/meminfo"));
  const std::string cgroups = ReadText(root + "/proc/self/cgroup");
  std::string_view rest = cgroups;
  while (!rest.empty()) {
    std::optional<CgroupTree> tree = TreeOfLine(TakeLine(rest));
    if (tree) LowerToTree(*std::move(tree), root, machine);
  }
  return machine;
}

size_t MaxMemoryLimitBytes(size_t limit_bytes, const MachineMemory& machine) {
  const uint64_t wanted = std::max<uint64_t>(limit_bytes * kUsualGrowth, machine.ram_bytes);
  return std::min<uint64_t>(wanted, limit_bytes * kMostGrowth);
}

std::string MemoryLimitWarning(size_t limit_bytes, const MachineMemory& machine) {
  const std::string limit = "-m " + std::to_string(limit_bytes >> 20);
  if (machine.cgroup_bytes != 0 && limit_bytes > machine.cgroup_bytes) {
    return limit + ": the system allows this process only " + Megabytes(machine.cgroup_bytes) +
           " (" + machine.cgroup_file + ") and will kill it when it uses more";
  }
  if (machine.ram_bytes != 0 && limit_bytes > machine.ram_bytes) {
    return limit + ": this machine has only " + Megabytes(machine.ram_bytes) + " of memory";
  }
  return {};
}

}  // namespace ringcached::server
