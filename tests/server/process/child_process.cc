#include "tests/server/process/child_process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace ringcached::server {
namespace {

constexpr int kNoProgram = 127;  // as shells say it

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Pipe MakePipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

int WaitFor(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// Reads until `end` has come; an empty `end` never does.
std::string ReadUntil(int descriptor, const std::string& end) {
  std::string text;
  std::array<char, 1024> piece{};
  while (end.empty() || text.find(end) == std::string::npos) {
    const ssize_t bytes = read(descriptor, piece.data(), piece.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) break;
    text.append(piece.data(), static_cast<size_t>(bytes));
  }
  return text;
}

}  // namespace

int RunInChild(const std::function<int()>& body) {
  const pid_t pid = fork();
  EXPECT_GE(pid, 0);
  if (pid == 0) _exit(body());
  return WaitFor(pid);
}

Program::Program(std::vector<std::string> arguments, bool as_is, const std::string& path) {
  if (!as_is && geteuid() == 0) arguments.insert(arguments.begin(), {"-u", "root"});
  arguments.insert(arguments.begin(), path);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  Pipe out = MakePipe();
  Pipe err = MakePipe();
  pid_ = fork();
  EXPECT_GE(pid_, 0);
  if (pid_ == 0) {
    dup2(out.write.get(), STDOUT_FILENO);
    dup2(err.write.get(), STDERR_FILENO);
    execv(argv.front(), argv.data());
    _exit(kNoProgram);
  }
  out_ = std::move(out.read);
  err_ = std::move(err.read);
}

Program::~Program() {
  if (pid_ < 0) return;
  Send(SIGKILL);
  Wait();
}

std::string Program::ReadOutUntil(const std::string& end) { return ReadUntil(out_.get(), end); }

std::string Program::ReadErr() { return ReadUntil(err_.get(), ""); }

void Program::Send(int signal) const { EXPECT_EQ(kill(pid_, signal), 0); }

int Program::Wait() { return WaitFor(std::exchange(pid_, -1)); }

}  // namespace ringcached::server
