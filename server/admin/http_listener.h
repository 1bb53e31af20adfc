// The admin port's socket and its clients: one thread that waits for all of them at once, so that
// nobody is held up by who is slow. It reads a request's first line, has it answered, and closes:
// what clients send beyond that line asks for nothing that is served here (ranges, compression,
// bodies, a connection that stays), and so nothing of it is looked at or kept.

#ifndef RINGCACHED_SERVER_ADMIN_HTTP_LISTENER_H_
#define RINGCACHED_SERVER_ADMIN_HTTP_LISTENER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <thread>

namespace ringcached::server {

class HttpListener {
 public:
  // Clients at a time: a further one takes the place of the oldest.
  static constexpr size_t kMaxClients = 32;
  // A request up to the empty line, and its first line; longer ones are answered as an empty line.
  static constexpr size_t kMaxRequestBytes = 16384;
  static constexpr size_t kMaxLineBytes = 1024;
  // Thrown away behind it, before the connection is closed in the middle of what it sends.
  static constexpr size_t kMaxDiscardedBytes = 65536;
  // From the connection's beginning until the request is there, and until all is over.
  static constexpr std::chrono::milliseconds kRequestTime{1000};
  static constexpr std::chrono::milliseconds kConnectionTime{5000};
  // After an error that is the machine's: no descriptors, no memory.
  static constexpr std::chrono::milliseconds kAcceptPause{100};

  // Makes the reply's bytes of a request's first line, without its end; called on the thread.
  using Answer = std::function<std::string(std::string_view line)>;

  HttpListener() = default;
  ~HttpListener() { Stop(); }
  HttpListener(const HttpListener&) = delete;
  HttpListener& operator=(const HttpListener&) = delete;

  // `port` 0: any free one. False, and why in *error, if it can't. REQUIRES: called once, first.
  bool Bind(const std::string& host, uint16_t port, std::string* error);
  // REQUIRES: bound, and called once.
  void Start(Answer answer);
  // Closes all, whoever is in the middle of a reply included. Idempotent.
  void Stop();

  uint16_t port() const { return port_; }

 private:
  using Clock = std::chrono::steady_clock;

  enum class Phase : uint8_t {
    kReading,
    kWriting,
    // What still comes is thrown away: closed with it unread, the kernel would take the reply back.
    kEnding,
  };
  struct Client {
    int socket = -1;
    Clock::time_point began;
    Phase phase = Phase::kReading;
    std::string bytes;   // of the request, then of the reply
    size_t written = 0;  // of the reply
    size_t discarded = 0;
    short ready = 0;  // poll()'s events of this round
  };
  using Clients = std::list<Client>;

  void Run();
  // Waits until something can be done; false once it is to stop.
  bool Wait();
  int WaitMs(Clock::time_point now) const;
  void Accept(Clock::time_point now);
  // False once the client is to be closed.
  bool Serve(Client& client, Clock::time_point now);
  bool Read(Client& client);
  bool Write(Client& client);
  bool Discard(Client& client);
  static Clock::time_point EndOf(const Client& client);

  int socket_ = -1;
  int wake_ = -1;  // an eventfd, readable once it is to stop
  uint16_t port_ = 0;
  Answer answer_;
  // The oldest first; the thread's own, as is what follows.
  Clients clients_;
  bool can_accept_ = false;
  Clock::time_point accepts_again_{};
  std::thread thread_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_HTTP_LISTENER_H_
