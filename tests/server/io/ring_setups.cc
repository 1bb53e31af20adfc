#include "tests/server/io/ring_setups.h"

#include <cstdlib>
#include <string_view>

namespace ringcached::server {
namespace {

RingSetup IoUringWithout(std::string name, bool IoUringFeatures::*feature) {
  RingSetup setup = {.name = "io_uring_without_" + std::move(name),
                     .backend = IoBackend::kIoUring,
                     .features = {}};
  setup.features.*feature = false;
  return setup;
}

bool IoUringIsRequired() {
  const char* value = std::getenv("RINGCACHED_REQUIRE_IO_URING");
  return value != nullptr && std::string_view(value) == "1";
}

}  // namespace

std::vector<RingSetup> AllRingSetups() {
  constexpr IoUringFeatures kNone = {.multishot_accept = false,
                                     .multishot_receive = false,
                                     .direct_descriptors = false,
                                     .defer_taskrun = false,
                                     .registered_ring_fd = false};
  return {{.name = "io_uring", .backend = IoBackend::kIoUring, .features = {}},
          IoUringWithout("multishot_accept", &IoUringFeatures::multishot_accept),
          IoUringWithout("multishot_receive", &IoUringFeatures::multishot_receive),
          IoUringWithout("direct_descriptors", &IoUringFeatures::direct_descriptors),
          IoUringWithout("defer_taskrun", &IoUringFeatures::defer_taskrun),
          IoUringWithout("registered_ring_fd", &IoUringFeatures::registered_ring_fd),
          {.name = "io_uring_without_features", .backend = IoBackend::kIoUring, .features = kNone},
          {.name = "epoll", .backend = IoBackend::kEpoll, .features = {}}};
}

std::string RingSetupName(const testing::TestParamInfo<RingSetup>& info) { return info.param.name; }

void RingTest::SetUp() {
  if (!GetParam().io_uring()) return;
  const absl::StatusOr<IoUringFeatures> present = ProbeIoUring();
  if (present.ok()) return;
  if (IoUringIsRequired()) FAIL() << present.status();
  GTEST_SKIP() << present.status();
}

std::unique_ptr<Ring> RingTest::NewRing(const RingOptions& options) {
  absl::StatusOr<std::unique_ptr<Ring>> ring =
      MakeRing(GetParam().backend, options, GetParam().features);
  EXPECT_TRUE(ring.ok()) << ring.status();
  return ring.ok() ? *std::move(ring) : nullptr;
}

}  // namespace ringcached::server
