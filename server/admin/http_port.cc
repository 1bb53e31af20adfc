#include "server/admin/http_port.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "server/admin/metrics.h"
#include "server/admin/page.h"
#include "server/admin/status_json.h"

namespace ringcached::server {
namespace {

using httplib::Request;
using httplib::Response;
using HandlerResponse = httplib::Server::HandlerResponse;

constexpr char kText[] = "text/plain; charset=utf-8";
constexpr char kPrometheusText[] = "text/plain; version=0.0.4; charset=utf-8";
constexpr char kHtml[] = "text/html; charset=utf-8";
constexpr char kJson[] = "application/json";
constexpr char kPaths[] = "here are /, /metrics, /healthz, /readyz and /status.json\n";

// The page fetches its figures from here and nothing from elsewhere; its style and script are in
// it.
constexpr char kPagePolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

constexpr int kMethodNotAllowed = 405;
constexpr int kNotFound = 404;
constexpr int kUnavailable = 503;

int64_t UnixSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

HandlerResponse RefuseOtherMethods(const Request& request, Response& reply) {
  if (request.method == "GET" || request.method == "HEAD") return HandlerResponse::Unhandled;
  reply.status = kMethodNotAllowed;
  reply.set_header("Allow", "GET, HEAD");
  reply.set_content("GET or HEAD\n", kText);
  return HandlerResponse::Handled;
}

}  // namespace

std::unique_ptr<HttpPort> HttpPort::Open(const std::string& host, uint16_t port,
                                         std::string* error) {
  std::unique_ptr<HttpPort> http(new HttpPort(host));
  if (!http->listener_.Bind(host, port, error)) return nullptr;
  return http;
}

HttpPort::HttpPort(std::string host) : host_(std::move(host)) { SetRoutes(); }

std::string HttpPort::url() const {
  const bool is_ipv6 = host_.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? "[" + host_ + "]" : host_) + ":" + std::to_string(port()) + "/";
}

void HttpPort::SetRoutes() {
  http_.set_default_headers({{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
  http_.set_pre_routing_handler(RefuseOtherMethods);
  http_.set_error_handler([](const Request&, Response& reply) {
    if (reply.status == kNotFound) reply.set_content(kPaths, kText);
  });
  http_.Get("/", [](const Request&, Response& reply) {
    reply.set_header("Content-Security-Policy", kPagePolicy);
    reply.set_content(kPage, sizeof(kPage) - 1, kHtml);
  });
  http_.Get("/healthz", [](const Request&, Response& reply) { reply.set_content("ok\n", kText); });
  http_.Get("/readyz", [this](const Request&, Response& reply) { AnswerReady(reply); });
  http_.Get("/metrics", [this](const Request&, Response& reply) { AnswerMetrics(reply); });
  http_.Get("/status.json", [this](const Request&, Response& reply) { AnswerStatus(reply); });
}

void HttpPort::Start() {
  listener_.Start([this](std::string_view line) { return http_.Answer(line); });
}

void HttpPort::SetServing(AdminSource source) {
  source_ = std::move(source);
  state_.store(State::kReady, std::memory_order_release);
  sampler_.Start([this](double seconds) { Sample(seconds); });
}

void HttpPort::Stop() {
  sampler_.Stop();
  listener_.Stop();
}

void HttpPort::Sample(double seconds) {
  auto snapshot = std::make_unique<ServerSnapshot>();
  source_.take_snapshot(snapshot.get());
  history_.Add(std::move(snapshot), UnixSeconds(), seconds);
}

void HttpPort::AnswerReady(Reply& reply) const {
  const State now = state();
  if (now == State::kReady) return reply.set_content("ready\n", kText);
  reply.status = kUnavailable;
  reply.set_content(now == State::kStarting ? "starting\n" : "draining\n", kText);
}

void HttpPort::AnswerMetrics(Reply& reply) {
  if (state() == State::kStarting) return AnswerReady(reply);
  auto snapshot = std::make_unique<ServerSnapshot>();
  source_.take_snapshot(snapshot.get());
  reply.set_content(MetricsText(*snapshot,
                                {.version = source_.version,
                                 .protocol_version = source_.protocol_version,
                                 .io = source_.io,
                                 .unix_seconds = UnixSeconds(),
                                 .ready = state() == State::kReady,
                                 .recent_hit_ratio = history_.RecentHitRatio()},
                                source_.visit_classes, &metric_memory_),
                    kPrometheusText);
}

void HttpPort::AnswerStatus(Reply& reply) const {
  if (state() == State::kStarting) return AnswerReady(reply);
  auto snapshot = std::make_unique<ServerSnapshot>();
  source_.take_snapshot(snapshot.get());
  reply.set_content(StatusJson(*snapshot,
                               {.version = source_.version,
                                .io = source_.io,
                                .state = state() == State::kReady ? "ready" : "draining",
                                .unix_seconds = UnixSeconds(),
                                .interval_seconds = static_cast<int>(kSampleInterval.count())},
                               history_.Rows()),
                    kJson);
}

}  // namespace ringcached::server
