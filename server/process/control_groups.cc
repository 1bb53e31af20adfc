#include "server/process/control_groups.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "server/config/values.h"
#include "server/process/system_file.h"

namespace ringcached::server {
namespace {

constexpr char kMount[] = "/sys/fs/cgroup";

// One of the trees of control groups: where it is mounted, and our place in it.
struct Tree {
  CgroupVersion version;
  std::string mount;
  std::string place;  // "/a/b"; "/" or empty: its root
};

// The tree of a line "0::/a/b" (version 2) or "5:cpu,memory:/a/b" (version 1) of
// /proc/self/cgroup, if `controller` is, or in version 2 may be, in it.
std::optional<Tree> TreeOfLine(std::string_view line, std::string_view controller) {
  const size_t first = line.find(':');
  const size_t second = line.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view controllers = line.substr(first + 1, second - first - 1);
  std::string place(line.substr(second + 1));
  if (controllers.empty()) return Tree{CgroupVersion::k2, kMount, std::move(place)};
  const std::vector<std::string> names = SplitAtCommas(controllers);
  if (std::find(names.begin(), names.end(), controller) == names.end()) return std::nullopt;
  // Where several are mounted together, each has a link of its own name.
  return Tree{CgroupVersion::k1, std::string(kMount) + "/" + std::string(controller),
              std::move(place)};
}

// In a container that sees only its own part of the tree, the places are not there, and the root
// has the container's limit.
void VisitTree(Tree tree, absl::FunctionRef<void(CgroupVersion, const std::string&)> visit) {
  if (tree.place == "/") tree.place.clear();
  while (true) {
    visit(tree.version, tree.mount + tree.place);
    if (tree.place.empty()) return;
    tree.place.resize(std::min(tree.place.rfind('/'), tree.place.size() - 1));
  }
}

}  // namespace

void VisitControlGroups(const std::string& root, std::string_view controller,
                        absl::FunctionRef<void(CgroupVersion, const std::string&)> visit) {
  const std::string cgroups = ReadSystemFile(root + "/proc/self/cgroup");
  std::string_view rest = cgroups;
  while (!rest.empty()) {
    std::optional<Tree> tree = TreeOfLine(TakeLine(rest), controller);
    if (tree.has_value()) VisitTree(*std::move(tree), visit);
  }
}

}  // namespace ringcached::server
