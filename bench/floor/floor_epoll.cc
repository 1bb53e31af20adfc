// A server that answers every line with the same hit: one receive and one send for what has
// arrived, as an epoll server cannot do with less.

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "bench/floor/canned.h"

namespace ringcached::floor {
namespace {

constexpr int kEventsPerTurn = 1024;

volatile std::sig_atomic_t stopped = 0;

class EpollFloor {
 public:
  explicit EpollFloor(server::UniqueFd listener)
      : listener_(std::move(listener)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

  int Run() {
    if (!epoll_.valid() || !Watch(listener_.get())) return EX_OSERR;
    std::array<epoll_event, kEventsPerTurn> events;
    while (stopped == 0) {
      const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, -1);
      for (int i = 0; i < count; ++i) Serve(events[static_cast<size_t>(i)].data.fd);
    }
    return EXIT_SUCCESS;
  }

 private:
  bool Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  void Serve(int fd) {
    if (fd != listener_.get()) return Answer(fd);
    const int client = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    Prepare(client);
    if (!Watch(client)) close(client);
  }

  // Sends block: whoever does not read is not what is measured.
  void Answer(int client) {
    const ssize_t count = recv(client, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) {
      close(client);
      return;
    }
    std::string_view rest =
        replies_.For(CountRequests({buffer_.data(), static_cast<size_t>(count)}));
    while (!rest.empty()) {
      const ssize_t sent = send(client, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0) return;
      rest.remove_prefix(static_cast<size_t>(sent));
    }
  }

  const server::UniqueFd listener_;
  const server::UniqueFd epoll_;
  const CannedReplies replies_;
  std::array<char, kReceiveBytes> buffer_;
};

int Main(int argc, char** argv) {
  struct sigaction action {};
  action.sa_handler = [](int) { stopped = 1; };
  sigaction(SIGTERM, &action, nullptr);
  return EpollFloor(Listen(argc, argv)).Run();
}

}  // namespace
}  // namespace ringcached::floor

int main(int argc, char** argv) { return ringcached::floor::Main(argc, argv); }
