#include "tests/server/net/test_server.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <utility>

#include "server/net/unix_listener.h"

namespace ringcached::server {
namespace {

IoSetup WithoutFeature(std::string name, bool IoUringFeatures::*feature) {
  IoSetup setup{std::move(name), IoBackend::kIoUring, {}};
  setup.features.*feature = false;
  return setup;
}

bool IoUringIsExpected() {
  return ProbeIoUring().ok() || std::getenv("RINGCACHED_REQUIRE_IO_URING") != nullptr;
}

}  // namespace

std::vector<IoSetup> IoSetups() {
  std::vector<IoSetup> setups = {{"Epoll", IoBackend::kEpoll, {}}};
  if (!IoUringIsExpected()) return setups;
  setups.push_back({"IoUring", IoBackend::kIoUring, {}});
  using Features = IoUringFeatures;
  setups.push_back(WithoutFeature("WithoutMultishotAccept", &Features::multishot_accept));
  setups.push_back(WithoutFeature("WithoutMultishotReceive", &Features::multishot_receive));
  setups.push_back(WithoutFeature("WithoutDirectDescriptors", &Features::direct_descriptors));
  setups.push_back(WithoutFeature("WithoutDeferTaskrun", &Features::defer_taskrun));
  setups.push_back(WithoutFeature("WithoutRegisteredRing", &Features::registered_ring_fd));
  setups.push_back(
      {"WithoutAnyFeature", IoBackend::kIoUring, Features{false, false, false, false, false}});
  return setups;
}

IoSetup DefaultIoSetup() { return {"Auto", IoBackend::kAuto, {}}; }

TestServer::TestServer(TestServerOptions options) {
  options.cache.threads = options.threads;
  options.cache.eviction_observer = EvictionEvents();
  cache_ = *storage::Cache::Create(options.cache);
  ServerOptions server_options;
  server_options.threads = options.threads;
  server_options.max_connections = options.max_connections;
  server_options.io = options.io.backend;
  server_options.io_features = options.io.features;
  server_options.drain_timeout_ms = options.drain_timeout_ms;
  server_options.version = "1.6.45-test";
  server_options.visit_settings = [](protocol::StatVisitor visitor) {
    for (const char* name : {"maxbytes", "tcpport", "verbosity"}) visitor(name, "1");
  };
  server_options.set_verbosity = [](uint32_t) {};
  if (options.adjust) options.adjust(server_options);
  ListenOptions listen{std::move(options.addresses),
                       /*skip_unavailable=*/true,
                       /*port=*/0,
                       /*backlog=*/1024};
  absl::StatusOr<std::vector<Listener>> listeners = BindListeners(listen);
  if (!listeners.ok()) std::abort();
  if (!options.unix_path.empty()) {
    absl::StatusOr<Listener> local = BindUnixListener(options.unix_path, 0600, listen.backlog);
    if (!local.ok()) std::abort();
    listeners->push_back(*std::move(local));
  }
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(std::move(server_options), *std::move(listeners), *cache_);
  if (!server.ok()) {
    ADD_FAILURE() << server.status();
    std::abort();
  }
  server_ = *std::move(server);
}

void WaitUntil(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << "waited in vain";
      return;
    }
    sched_yield();
  }
}

size_t OpenDescriptors() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(descriptors), end(descriptors)));
}

}  // namespace ringcached::server
