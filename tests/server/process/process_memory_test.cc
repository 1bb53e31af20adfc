// The memory limit is the process's: the daemon as its users start it, filled with values of all
// sizes, one after the other, has no more than -m, 5 % and 8 MiB.

#include <gtest/gtest.h>
#include <sys/types.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/server/net/test_client.h"
#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

constexpr uint64_t kKiB = 1024;
constexpr uint64_t kMiB = 1024 * kKiB;
// How often the limit's worth of each size is stored.
constexpr uint64_t kFills = 2;
constexpr size_t kSendBytes = 64 * kKiB;

// A figure of /proc/PID/status in bytes.
uint64_t StatusBytes(pid_t pid, const std::string& name) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string word; status >> word;) {
    uint64_t kib = 0;
    if (word == name + ":" && status >> kib) return kib * kKiB;
  }
  return 0;
}

class FilledServer {
 public:
  FilledServer(uint64_t megabytes, int threads)
      : limit_bytes_(megabytes * kMiB),
        program_({"-p", "0", "-l", "127.0.0.1", "-m", std::to_string(megabytes), "-t",
                  std::to_string(threads)}) {
    const std::string screen = program_.ReadOutUntil("cat <&3\n");
    const std::string before = "127.0.0.1:";
    const auto port =
        static_cast<uint16_t>(std::atoi(screen.c_str() + screen.find(before) + before.size()));
    // One on each thread.
    for (int i = 0; i < threads; ++i) clients_.push_back(std::make_unique<TestClient>(port));
  }

  // Stores values of these sizes, in turn, the clients one after the other: what many unfinished
  // stores take together is not looked at here.
  void Fill(const std::vector<size_t>& value_bytes) {
    std::string requests;
    for (uint64_t sent = 0; sent < kFills * limit_bytes_;) {
      const size_t bytes = value_bytes[keys_ % value_bytes.size()];
      requests += "set key-" + std::to_string(keys_++) + " 0 0 " + std::to_string(bytes) +
                  " noreply\r\n" + std::string(bytes, 'v') + "\r\n";
      if (requests.size() < kSendBytes) continue;
      sent += requests.size();
      requests += "touch no-such-key 0\r\n";
      TestClient& client = *clients_[turn_++ % clients_.size()];
      EXPECT_EQ(client.Ask(requests, "NOT_FOUND\r\n"), "NOT_FOUND\r\n");
      requests.clear();
    }
  }

  void ExpectWithinLimit(const std::string& after) const {
    const uint64_t bound = limit_bytes_ + limit_bytes_ / 20 + 8 * kMiB;
    EXPECT_GT(StatusBytes(program_.pid(), "VmRSS"), 0u);
    EXPECT_LE(StatusBytes(program_.pid(), "VmRSS"), bound) << "after " << after;
    EXPECT_LE(StatusBytes(program_.pid(), "VmHWM"), bound) << "at some time up to " << after;
  }

 private:
  const uint64_t limit_bytes_;
  Program program_;
  std::vector<std::unique_ptr<TestClient>> clients_;
  uint64_t keys_ = 0;
  size_t turn_ = 0;
};

void ExpectWithinLimit(uint64_t megabytes, int threads) {
#ifdef RINGCACHED_SANITIZED
  GTEST_SKIP() << "a sanitizer's own memory is many times the server's (-m " << megabytes << " -t "
               << threads << ")";
#else
  FilledServer server(megabytes, threads);
  server.ExpectWithinLimit("the start");
  for (const size_t bytes : std::vector<size_t>{10, 200, 4 * kKiB, 100 * kKiB, 900 * kKiB, 200}) {
    server.Fill({bytes});
    server.ExpectWithinLimit("values of " + std::to_string(bytes) + " bytes");
  }
  server.Fill({10, 900 * kKiB, 4 * kKiB, 100 * kKiB, 200});
  server.ExpectWithinLimit("mixed values");
#endif
}

TEST(ProcessMemoryTest, SmallLimitAndManyThreads) { ExpectWithinLimit(8, 16); }

TEST(ProcessMemoryTest, DefaultLimit) { ExpectWithinLimit(64, 4); }

}  // namespace
}  // namespace ringcached::server
