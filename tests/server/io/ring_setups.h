// Every ring that the contract is tested on: io_uring with all features, without each of them,
// without any, and epoll.

#ifndef RINGCACHED_TESTS_SERVER_IO_RING_SETUPS_H_
#define RINGCACHED_TESTS_SERVER_IO_RING_SETUPS_H_

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "server/io/ring.h"
#include "server/io/ring_factory.h"

namespace ringcached::server {

struct RingSetup {
  std::string name;
  IoBackend backend = IoBackend::kEpoll;
  IoUringFeatures features;

  bool io_uring() const { return backend == IoBackend::kIoUring; }
  friend void PrintTo(const RingSetup& setup, std::ostream* out) { *out << setup.name; }
};

std::vector<RingSetup> AllRingSetups();
std::string RingSetupName(const testing::TestParamInfo<RingSetup>& info);

// Where this machine has no io_uring its instances are skipped with the reason, or fail if the
// environment says RINGCACHED_REQUIRE_IO_URING=1.
class RingTest : public testing::TestWithParam<RingSetup> {
 protected:
  void SetUp() override;
  static std::unique_ptr<Ring> NewRing(const RingOptions& options = {.max_connections = 256});
};

#define RINGCACHED_ALL_RINGS(Suite)                                                              \
  INSTANTIATE_TEST_SUITE_P(Rings, Suite, testing::ValuesIn(ringcached::server::AllRingSetups()), \
                           ringcached::server::RingSetupName)

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_IO_RING_SETUPS_H_
