#include "server/process/limits.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

constexpr uid_t kNobody = 65534;

using Resource = decltype(RLIMIT_NOFILE);

void SetLimit(Resource resource, rlim_t soft, rlim_t hard) {
  const rlimit limit{soft, hard};
  if (setrlimit(resource, &limit) != 0) _exit(99);
}

// From here on limits can be raised no further than they allow it themselves.
void BecomeNobody() {
  if (geteuid() == 0 && setuid(kNobody) != 0) _exit(98);
}

rlim_t SoftLimit(Resource resource) {
  rlimit limit{};
  getrlimit(resource, &limit);
  return limit.rlim_cur;
}

TEST(LimitsTest, ThreadsNeedDescriptors) {
  EXPECT_GT(ReservedDescriptors(1), 0u);
  EXPECT_GT(ReservedDescriptors(2), ReservedDescriptors(1));
}

TEST(LimitsTest, ASoftLimitIsRaised) {
  const int result = RunInChild([] {
    Settings settings;
    settings.max_connections = 100;
    SetLimit(RLIMIT_NOFILE, 20, 1000);
    BecomeNobody();
    const auto lines = FitResourceLimits(settings);
    if (!lines.ok() || settings.max_connections != 100) return 1;
    return SoftLimit(RLIMIT_NOFILE) == ReservedDescriptors(settings.threads) + 100 ? 0 : 2;
  });
  EXPECT_EQ(result, 0);
}

TEST(LimitsTest, AHardLimitLowersTheConnectionsAndSaysSo) {
  const int result = RunInChild([] {
    Settings settings;
    settings.max_connections = 100;
    const rlim_t files = ReservedDescriptors(settings.threads) + 60;
    SetLimit(RLIMIT_NOFILE, 20, files);
    BecomeNobody();
    const auto lines = FitResourceLimits(settings);
    if (!lines.ok() || settings.max_connections != 60) return 1;
    if (SoftLimit(RLIMIT_NOFILE) != files) return 2;
    const std::string& line = lines->front();
    return line.find("60 connections instead of 100") != std::string::npos ? 0 : 3;
  });
  EXPECT_EQ(result, 0);
}

TEST(LimitsTest, WithoutRoomForOneConnectionThereIsNoServer) {
  const int result = RunInChild([] {
    Settings settings;
    const rlim_t files = ReservedDescriptors(settings.threads);
    SetLimit(RLIMIT_NOFILE, 20, files);
    BecomeNobody();
    return absl::IsResourceExhausted(FitResourceLimits(settings).status()) ? 0 : 1;
  });
  EXPECT_EQ(result, 0);
}

// The lines that FitResourceLimits() gives in a child whose locked memory is limited to `bytes`.
int LinesWithLockedMemory(IoBackend io, rlim_t bytes) {
  return RunInChild([=] {
    Settings settings;
    settings.io = io;
    settings.max_connections = 1;
    SetLimit(RLIMIT_MEMLOCK, bytes, bytes);
    BecomeNobody();
    const auto lines = FitResourceLimits(settings);
    return lines.ok() ? static_cast<int>(lines->size()) : 97;
  });
}

TEST(LimitsTest, TooLittleLockedMemoryIsSaidForIoUringOnly) {
  EXPECT_EQ(LinesWithLockedMemory(IoBackend::kAuto, 4096), 1);
  EXPECT_EQ(LinesWithLockedMemory(IoBackend::kIoUring, 4096), 1);
  EXPECT_EQ(LinesWithLockedMemory(IoBackend::kEpoll, 4096), 0);
  EXPECT_EQ(LinesWithLockedMemory(IoBackend::kAuto, 8 << 20), 0);
}

// Sanitizers make mlockall() do nothing and say that it has.
#ifndef RINGCACHED_SANITIZED

// The bytes of this process that are locked; 0 if that cannot be read.
uint64_t LockedBytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmLck:")) return std::stoull(line.substr(6)) << 10;
  }
  return 0;
}

// Whether it is allowed depends on the machine; what it says must be true.
TEST(LimitsTest, LockMemoryLocksOrSaysThatItCannot) {
  const int result = RunInChild([] {
    const absl::Status status = LockMemory();
    if (!status.ok()) return LockedBytes() == 0 ? 0 : 1;
    const uint64_t before = LockedBytes();
    if (before == 0) return 2;
    // What comes later is locked as well.
    constexpr size_t kMoreBytes = size_t{4} << 20;
    void* const more = mmap(nullptr, kMoreBytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, /*fd=*/-1, /*offset=*/0);
    if (more == MAP_FAILED) return 3;
    return LockedBytes() >= before + kMoreBytes ? 0 : 4;
  });
  EXPECT_EQ(result, 0);
}

TEST(LimitsTest, LockMemorySaysSoWhereItIsForbidden) {
  const int result = RunInChild([] {
    SetLimit(RLIMIT_MEMLOCK, 0, 0);
    if (geteuid() != 0) return absl::IsPermissionDenied(LockMemory()) ? 0 : 1;
    BecomeNobody();
    const absl::Status status = LockMemory();
    if (!absl::IsPermissionDenied(status)) return 2;
    return LockedBytes() == 0 ? 0 : 3;
  });
  EXPECT_EQ(result, 0);
}

#endif  // RINGCACHED_SANITIZED

TEST(LimitsTest, CoreDumpsAreAsLargeAsTheyMayBe) {
  const int result = RunInChild([] {
    SetLimit(RLIMIT_CORE, 0, 12'345'678);
    BecomeNobody();
    // A change of user has taken it away.
    prctl(PR_SET_DUMPABLE, 0);
    if (!EnableCoreDumps().ok()) return 1;
    if (SoftLimit(RLIMIT_CORE) != 12'345'678) return 2;
    return prctl(PR_GET_DUMPABLE) == 1 ? 0 : 3;
  });
  EXPECT_EQ(result, 0);
}

TEST(LimitsTest, CoreDumpsThatAreForbiddenAreAnError) {
  const int result = RunInChild([] {
    SetLimit(RLIMIT_CORE, 0, 0);
    BecomeNobody();
    return absl::IsResourceExhausted(EnableCoreDumps()) ? 0 : 1;
  });
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace ringcached::server
