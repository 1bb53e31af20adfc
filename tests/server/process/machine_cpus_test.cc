#include "server/process/machine_cpus.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <string>

#include "tests/server/process/child_process.h"
#include "tests/server/process/fake_root.h"

namespace ringcached::server {
namespace {

class MachineCpusTest : public FakeRootTest {
 protected:
  uint64_t Quota() const { return ReadMachineCpus(root()).quota; }
};

TEST_F(MachineCpusTest, WhatIsNotThereIsNoQuota) {
  EXPECT_EQ(Quota(), 0u);
  Write("/proc/self/cgroup", "0::/a\n");
  EXPECT_EQ(Quota(), 0u);
}

TEST_F(MachineCpusTest, TakesTheLowestQuotaAboveUsInVersion2) {
  Write("/proc/self/cgroup", "0::/a/b/c\n");
  Write("/sys/fs/cgroup/a/b/c/cpu.max", "max 100000\n");
  EXPECT_EQ(Quota(), 0u);
  Write("/sys/fs/cgroup/a/b/cpu.max", "300000 100000\n");
  EXPECT_EQ(Quota(), 3u);
  Write("/sys/fs/cgroup/a/cpu.max", "100000 50000\n");
  EXPECT_EQ(Quota(), 2u);
}

TEST_F(MachineCpusTest, APartOfACpuCountsAsOne) {
  Write("/proc/self/cgroup", "0::/\n");
  Write("/sys/fs/cgroup/cpu.max", "1000 100000\n");
  EXPECT_EQ(Quota(), 1u);
  Write("/sys/fs/cgroup/cpu.max", "100000 100000\n");
  EXPECT_EQ(Quota(), 1u);
  Write("/sys/fs/cgroup/cpu.max", "100001 100000\n");
  EXPECT_EQ(Quota(), 2u);
}

TEST_F(MachineCpusTest, WhatIsNotAQuotaIsNone) {
  Write("/proc/self/cgroup", "0::/\n");
  for (const std::string text :
       {"", "200000", "200000 ", "x 100000", "200000 0", "0 100000", "-1 1"}) {
    Write("/sys/fs/cgroup/cpu.max", text + "\n");
    EXPECT_EQ(Quota(), 0u) << text;
  }
}

TEST_F(MachineCpusTest, ReadsVersion1) {
  Write("/proc/self/cgroup", "5:memory:/m\n4:cpu,cpuacct:/a/b\n3:cpuset:/c\n");
  Write("/sys/fs/cgroup/cpu/a/b/cpu.cfs_quota_us", "-1\n");
  Write("/sys/fs/cgroup/cpu/a/b/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota(), 0u);
  Write("/sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "150000\n");
  Write("/sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(Quota(), 2u);
}

TEST_F(MachineCpusTest, TheAffinityIsTheThreads) {
  EXPECT_GT(ReadMachineCpus(root()).affinity, 0u);
  const int result = RunInChild([this] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
    if (sched_setaffinity(0, sizeof(one), &one) != 0) return 100;
    return static_cast<int>(ReadMachineCpus(root()).affinity);
  });
  EXPECT_EQ(result, 1);
}

TEST(UsableCpusTest, AreTheFewerOfBoth) {
  const auto usable = [](uint64_t affinity, uint64_t quota) {
    return MachineCpus{.affinity = affinity, .quota = quota}.usable();
  };
  EXPECT_EQ(usable(8, 3), 3u);
  EXPECT_EQ(usable(2, 3), 2u);
  EXPECT_EQ(usable(8, 0), 8u);
  EXPECT_EQ(usable(0, 3), 3u);
  EXPECT_EQ(usable(0, 0), 0u);
}

}  // namespace
}  // namespace ringcached::server
