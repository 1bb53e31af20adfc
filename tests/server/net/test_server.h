// The real server inside the test's process, on a port that the system chose.

#ifndef RINGCACHED_TESTS_SERVER_NET_TEST_SERVER_H_
#define RINGCACHED_TESTS_SERVER_NET_TEST_SERVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "server/io/ring_factory.h"
#include "server/net/server.h"
#include "storage/cache.h"

namespace ringcached::server {

// A way for the server to talk to the kernel; the server's tests run over each of them.
struct IoSetup {
  std::string name;
  IoBackend backend;
  IoUringFeatures features;
};
// epoll, io_uring with all features, with each of them off, and with none. Without the io_uring
// ones where the machine refuses io_uring, unless RINGCACHED_REQUIRE_IO_URING is set.
std::vector<IoSetup> IoSetups();
IoSetup DefaultIoSetup();

struct TestServerOptions {
  IoSetup io = DefaultIoSetup();
  int threads = 2;
  uint32_t max_connections = 64;
  int64_t drain_timeout_ms = 10'000;
  storage::CacheOptions cache;
  // As -l takes them; those that the machine does not have are skipped.
  std::vector<std::string> addresses = {"127.0.0.1", "::1"};
  std::string unix_path;  // a Unix socket beside them; empty: none
  // Changes what else the server is started with.
  std::function<void(ServerOptions&)> adjust;
};

class TestServer {
 public:
  explicit TestServer(TestServerOptions options = {});

  uint16_t port() const { return server_->addresses().front().port; }
  Server& server() { return *server_; }
  void Stop() { server_->Stop(); }

 private:
  std::unique_ptr<storage::Cache> cache_;
  std::unique_ptr<Server> server_;
};

// Returns once `condition` holds; fails the test when it does not within some seconds. For what
// has no event to wait for, such as a counter of another thread.
void WaitUntil(const std::function<bool()>& condition);

// Open descriptors of this process.
size_t OpenDescriptors();

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_NET_TEST_SERVER_H_
