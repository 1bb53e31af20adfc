#include "tests/oracle/memcached_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ringcached::oracle {
namespace {

constexpr int kStartDeadlineMs = 10000;
constexpr const char* kPortFileName = "port";

// A folder of its own under the system's for temporary files, removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "oracle-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Tells when a file has been moved into a folder; memcached writes its port to a file under another
// name and renames it.
class FolderWatch {
 public:
  explicit FolderWatch(const std::string& folder) : notify_(inotify_init1(IN_CLOEXEC)) {
    if (inotify_add_watch(notify_, folder.c_str(), IN_MOVED_TO) < 0) std::abort();
  }
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;
  ~FolderWatch() { close(notify_); }

  bool WaitForFile() const {
    pollfd wanted{notify_, POLLIN, 0};
    return poll(&wanted, 1, kStartDeadlineMs) == 1;
  }

 private:
  const int notify_;
};

[[noreturn]] void RunMemcached(const std::string& path, const std::string& port_file) {
  // Nothing is left behind if the test dies.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setenv("MEMCACHED_PORT_FILENAME", port_file.c_str(), /*overwrite=*/1);
  // As root, memcached wants to be told whose rights it shall have; others' telling is ignored.
  execl(path.c_str(), path.c_str(), "-u", "root", "-l", "127.0.0.1", "-p", "-1", "-U", "0",
        static_cast<char*>(nullptr));
  std::_Exit(127);
}

// Out of a line "TCP INET: 40123"; 0 if there is none.
uint16_t ReadPort(const std::string& port_file) {
  std::ifstream file(port_file);
  std::string tcp;
  std::string inet;
  uint16_t port = 0;
  file >> tcp >> inet >> port;
  return tcp == "TCP" && inet == "INET:" ? port : uint16_t{0};
}

}  // namespace

std::string MemcachedPath() {
  const char* const from_environment = std::getenv("RINGCACHED_MEMCACHED");
  return from_environment != nullptr ? from_environment : RINGCACHED_MEMCACHED;
}

absl::StatusOr<std::string> MemcachedVersion(const std::string& path) {
  FILE* const output = popen(absl::StrCat("'", path, "' -V 2>/dev/null").c_str(), "r");
  std::array<char, 64> version{};
  const int fields = output == nullptr ? 0 : std::fscanf(output, "memcached %63s", version.data());
  if (output != nullptr) pclose(output);
  if (fields == 1) return std::string(version.data());
  return absl::NotFoundError(
      absl::StrCat("no memcached at ", path,
                   ": run setup/unpack-package memcached build/peers/memcached, or name one in the "
                   "environment variable RINGCACHED_MEMCACHED"));
}

absl::StatusOr<std::unique_ptr<MemcachedProcess>> MemcachedProcess::Start(const std::string& path) {
  const TemporaryFolder folder;
  const FolderWatch watch(folder.path());
  const std::string port_file = absl::StrCat(folder.path(), "/", kPortFileName);
  const pid_t pid = fork();
  if (pid < 0) return absl::UnavailableError(absl::StrCat("fork: ", std::strerror(errno)));
  if (pid == 0) RunMemcached(path, port_file);
  std::unique_ptr<MemcachedProcess> process(new MemcachedProcess(pid));
  if (watch.WaitForFile()) process->port_ = ReadPort(port_file);
  if (process->port_ == 0) return absl::UnavailableError("memcached does not start: " + path);
  return process;
}

MemcachedProcess::~MemcachedProcess() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace ringcached::oracle
