// The admin port over HTTP: what is answered at which path. GET and HEAD alone; nothing changes the
// server, no key or value is shown, and nobody is asked who he is: whoever may connect may look.

#ifndef RINGCACHED_SERVER_ADMIN_HTTP_PORT_H_
#define RINGCACHED_SERVER_ADMIN_HTTP_PORT_H_

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "server/admin/admin_port.h"
#include "server/admin/history.h"
#include "server/admin/limited_server.h"
#include "server/admin/sampler.h"

namespace ringcached::server {

class HttpPort final : public AdminPort {
 public:
  // Threads that answer, and clients that may wait for one of them.
  static constexpr size_t kThreads = 4;
  static constexpr size_t kMaxWaitingClients = 16;
  static constexpr std::chrono::seconds kSampleInterval{2};

  // Binds; null, and why in *error, if that fails.
  static std::unique_ptr<HttpPort> Open(const std::string& host, uint16_t port, std::string* error);
  ~HttpPort() override { HttpPort::Stop(); }

  void Start() override;
  void SetServing(AdminSource source) override;
  void SetDraining() override { state_.store(State::kDraining, std::memory_order_release); }
  void Stop() override;
  uint16_t port() const override { return port_; }
  std::string url() const override;

 private:
  enum class State : uint8_t { kStarting, kReady, kDraining };
  using Reply = httplib::Response;

  HttpPort();
  bool Bind(const std::string& host, uint16_t port, std::string* error);
  void SetLimits();
  void SetRoutes();

  State state() const { return state_.load(std::memory_order_acquire); }
  void Sample(double seconds);
  void AnswerReady(Reply& reply) const;
  void AnswerMetrics(Reply& reply) const;
  void AnswerStatus(Reply& reply) const;

  LimitedServer http_;
  std::string host_;
  uint16_t port_ = 0;
  std::atomic<State> state_ = State::kStarting;
  // Read by others only once state_ has left kStarting.
  AdminSource source_;
  History history_;
  Sampler sampler_{kSampleInterval};
  std::thread listener_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_HTTP_PORT_H_
