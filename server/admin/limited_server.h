// cpp-httplib's server with an end to what a client may send and to how long it may take. The
// library's own timeouts begin anew with each byte, and in older versions headers have no number
// that is too many: a client could hold a thread, and fill the memory, for as long as it wants.

#ifndef RINGCACHED_SERVER_ADMIN_LIMITED_SERVER_H_
#define RINGCACHED_SERVER_ADMIN_LIMITED_SERVER_H_

#include <httplib.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string>

namespace ringcached::server {

// A connection as the library reads and writes it. A client that is over a limit reads as one that
// has gone.
class LimitedStream final : public httplib::Stream {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr size_t kMaxRequestBytes = 16384;
  // From when a thread takes the connection up until the request is there, and until the reply has
  // been taken.
  static constexpr std::chrono::milliseconds kRequestTime{1000};
  static constexpr std::chrono::milliseconds kConnectionTime{3000};

  // `socket` stays the caller's.
  explicit LimitedStream(socket_t socket) : socket_(socket), began_(Clock::now()) {}

  ssize_t read(char* to, size_t bytes) override;
  ssize_t write(const char* from, size_t bytes) override;
  bool is_readable() const override;
  bool is_writable() const override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  bool Fill();
  bool Wait(short events, std::chrono::milliseconds limit) const;

  const socket_t socket_;
  const Clock::time_point began_;
  size_t received_ = 0;
  size_t begin_ = 0;  // of what of buffer_ has not been read
  size_t end_ = 0;
  std::array<char, 4096> buffer_;
};

class LimitedServer final : public httplib::Server {
 private:
  // One request a connection, then it is closed: kept open it would hold one of few threads.
  bool process_and_close_socket(socket_t socket) override;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_LIMITED_SERVER_H_
