#include "server/process/machine_memory.h"

#include <gtest/gtest.h>
#include <string>

#include "tests/server/process/fake_root.h"

namespace ringcached::server {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;

class MachineMemoryTest : public FakeRootTest {
 protected:
  MachineMemory Read() const { return ReadMachineMemory(root()); }
};

TEST_F(MachineMemoryTest, WhatIsNotThereIsUnknown) {
  EXPECT_EQ(Read().ram_bytes, 0u);
  EXPECT_EQ(Read().cgroup_bytes, 0u);
}

TEST_F(MachineMemoryTest, ReadsTheMachinesMemory) {
  Write("/proc/meminfo", "MemFree:  77 kB\nMemTotal:        2048 kB\nBuffers: 1 kB\n");
  EXPECT_EQ(Read().ram_bytes, 2 * kMiB);
}

TEST_F(MachineMemoryTest, TakesTheLowestLimitAboveUsInVersion2) {
  Write("/proc/self/cgroup", "0::/a/b/c\n");
  Write("/sys/fs/cgroup/a/b/c/memory.max", "max\n");
  Write("/sys/fs/cgroup/a/b/memory.max", "268435456\n");
  Write("/sys/fs/cgroup/a/memory.max", "536870912\n");
  EXPECT_EQ(Read().cgroup_bytes, 256 * kMiB);
  EXPECT_EQ(Read().cgroup_file, "/sys/fs/cgroup/a/b/memory.max");
}

TEST_F(MachineMemoryTest, FindsTheLimitOfAContainerThatSeesOnlyItself) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/memory.max", "134217728\n");
  EXPECT_EQ(Read().cgroup_bytes, 128 * kMiB);
  Write("/proc/self/cgroup", "0::/docker/0123\n");
  EXPECT_EQ(Read().cgroup_bytes, 128 * kMiB);
}

TEST_F(MachineMemoryTest, ReadsVersion1) {
  Write("/proc/self/cgroup", "12:cpu,cpuacct:/x\n5:memory:/a/b\n1:name=systemd:/y\n");
  Write("/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(Read().cgroup_bytes, 0u);
  Write("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "67108864\n");
  EXPECT_EQ(Read().cgroup_bytes, 64 * kMiB);
}

TEST_F(MachineMemoryTest, ReadsTheRealOneWithoutFail) {
  EXPECT_GT(ReadMachineMemory("").ram_bytes, 0u);
}

TEST(MaxMemoryLimitTest, IsEightfoldOrTheMachineAndAtMost64Fold) {
  const auto machine = [](uint64_t bytes) { return MachineMemory{.ram_bytes = bytes}; };
  EXPECT_EQ(MaxMemoryLimitBytes(64 * kMiB, machine(0)), 512 * kMiB);
  EXPECT_EQ(MaxMemoryLimitBytes(64 * kMiB, machine(1024 * kMiB)), 1024 * kMiB);
  EXPECT_EQ(MaxMemoryLimitBytes(1 * kMiB, machine(1024 * kMiB)), 64 * kMiB);
}

TEST(MemoryLimitWarningTest, NamesWhatIsTooSmall) {
  const MachineMemory free{.ram_bytes = 1024 * kMiB};
  EXPECT_EQ(MemoryLimitWarning(1024 * kMiB, free), "");
  EXPECT_EQ(MemoryLimitWarning(1025 * kMiB, free),
            "-m 1025: this machine has only 1024 MiB of memory");
  const MachineMemory bound{
      .ram_bytes = 1024 * kMiB, .cgroup_bytes = 100 * kMiB, .cgroup_file = "/sys/x"};
  EXPECT_EQ(MemoryLimitWarning(87 * kMiB, bound), "");
  EXPECT_EQ(MemoryLimitWarning(100 * kMiB, bound),
            "-m 100: the system allows this process only 100 MiB (/sys/x) and will kill it when it "
            "uses more; it may come to 113 MiB");
  EXPECT_EQ(MemoryLimitWarning(101 * kMiB, {}), "");
}

TEST(MostResidentBytesTest, IsFivePercentAnd8MiBAboveTheLimit) {
  EXPECT_EQ(MostResidentBytes(100 * kMiB), 113 * kMiB);
}

}  // namespace
}  // namespace ringcached::server
