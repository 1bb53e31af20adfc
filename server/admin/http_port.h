// The admin port over HTTP: what is answered at which path. GET and HEAD alone; nothing changes the
// server, no key or value is shown, and nobody is asked who he is: whoever may connect may look.

#ifndef RINGCACHED_SERVER_ADMIN_HTTP_PORT_H_
#define RINGCACHED_SERVER_ADMIN_HTTP_PORT_H_

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/admin/admin_port.h"
#include "server/admin/history.h"
#include "server/admin/http_answers.h"
#include "server/admin/http_listener.h"
#include "server/admin/metrics.h"
#include "server/admin/sampler.h"

namespace ringcached::server {

class HttpPort final : public AdminPort {
 public:
  static constexpr std::chrono::seconds kSampleInterval{2};

  // Binds; null, and why in *error, if that fails.
  static std::unique_ptr<HttpPort> Open(const std::string& host, uint16_t port, std::string* error);
  ~HttpPort() override { HttpPort::Stop(); }

  void Start() override;
  void SetServing(AdminSource source) override;
  void SetDraining() override { state_.store(State::kDraining, std::memory_order_release); }
  void Stop() override;
  uint16_t port() const override { return listener_.port(); }
  std::string url() const override;

 private:
  enum class State : uint8_t { kStarting, kReady, kDraining };
  using Reply = httplib::Response;

  explicit HttpPort(std::string host);
  void SetRoutes();

  State state() const { return state_.load(std::memory_order_acquire); }
  void Sample(double seconds);
  void AnswerReady(Reply& reply) const;
  void AnswerMetrics(Reply& reply);
  void AnswerStatus(Reply& reply) const;

  const std::string host_;
  HttpAnswers http_;
  std::atomic<State> state_ = State::kStarting;
  // Read by others only once state_ has left kStarting.
  AdminSource source_;
  History history_;
  MetricMemory metric_memory_;  // of the listener's thread
  Sampler sampler_{kSampleInterval};
  HttpListener listener_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_HTTP_PORT_H_
