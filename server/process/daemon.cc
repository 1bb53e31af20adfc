#include "server/process/daemon.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace ringcached::server {
namespace {

absl::Status Failed(const char* step) {
  return absl::UnavailableError(std::string("-d: ") + step + ": " + std::strerror(errno));
}

// Ends the process that was started, as the one that stays has fared.
[[noreturn]] void EndStarter(pid_t child, int news) {
  char served = 0;
  ssize_t bytes = 0;
  while ((bytes = read(news, &served, 1)) < 0 && errno == EINTR) {
  }
  if (bytes == 1) _exit(EX_OK);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : EX_OSERR);
}

}  // namespace

void OpenStandardDescriptors() {
  int descriptor = STDIN_FILENO;
  // The lowest free number is taken.
  while (descriptor >= 0 && descriptor <= STDERR_FILENO) descriptor = open("/dev/null", O_RDWR);
  if (descriptor >= 0) close(descriptor);
}

absl::StatusOr<Daemon> Daemon::Begin() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return Failed("pipe");
  UniqueFd news(ends[0]);
  UniqueFd starter(ends[1]);
  const pid_t child = fork();
  if (child < 0) return Failed("fork");
  if (child > 0) {
    starter.Reset();
    EndStarter(child, news.get());
  }
  if (setsid() < 0) return Failed("setsid");
  return Daemon(std::move(starter));
}

void Daemon::Serving(bool keep_folder, bool keep_output) {
  // Neither can fail in a way that would keep anybody from serving.
  [[maybe_unused]] const int moved = keep_folder ? 0 : chdir("/");
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (null.valid()) {
    dup2(null.get(), STDIN_FILENO);
    if (!keep_output) {
      dup2(null.get(), STDOUT_FILENO);
      dup2(null.get(), STDERR_FILENO);
    }
  }
  [[maybe_unused]] const ssize_t told = write(starter_.get(), "", 1);
  starter_.Reset();
}

}  // namespace ringcached::server
