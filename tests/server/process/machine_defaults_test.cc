// The defaults that a machine and a control group bring: what follows from their figures, and what
// the program makes of those of the machine that this runs on.

#include "server/process/machine_defaults.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <string>

#include "server/config/values.h"
#include "tests/server/net/test_client.h"
#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr uint64_t kGiB = 1024 * kMiB;
// What may come beside the process: the admin module.
constexpr uint64_t kAdminBytes = 4 * kMiB;

Settings InGroup(uint64_t group_bytes, uint64_t ram_bytes) {
  return MachineDefaults({.ram_bytes = ram_bytes, .cgroup_bytes = group_bytes}, {});
}

Settings WithCpus(uint64_t affinity, uint64_t quota) {
  return MachineDefaults({}, {.affinity = affinity, .quota = quota});
}

TEST(MemoryLimitInGroupTest, IsAShareOfWhatIsAboveTheFixedPart) {
  EXPECT_EQ(MemoryLimitInGroup(kGiB), 803 * kMiB);
  EXPECT_EQ(MemoryLimitInGroup(512 * kMiB), 393 * kMiB);
  EXPECT_EQ(MemoryLimitInGroup(128 * kMiB), 86 * kMiB);
  EXPECT_EQ(MemoryLimitInGroup(32 * kMiB), 9 * kMiB);
}

TEST(MemoryLimitInGroupTest, StaysSaneForTinyAndHugeGroups) {
  for (const uint64_t tiny : {uint64_t{1}, kMiB, 8 * kMiB, 20 * kMiB, 30 * kMiB}) {
    EXPECT_EQ(MemoryLimitInGroup(tiny), 8 * kMiB) << tiny;
  }
  EXPECT_EQ(MemoryLimitInGroup(1024 * kGiB), 256 * kGiB) << "the largest -m";
  EXPECT_EQ(MemoryLimitInGroup(UINT64_MAX), 256 * kGiB);
}

// Otherwise the system would kill a server that keeps its promise.
TEST(MemoryLimitInGroupTest, LeavesRoomForAllThatTheGroupIsChargedFor) {
  for (uint64_t group = 30 * kMiB; group < 256 * kGiB; group += group / 7) {
    const uint64_t most = MostResidentBytes(MemoryLimitInGroup(group)) + kAdminBytes;
    ASSERT_LE(most, group);
    EXPECT_GE(group - most, (group - 20 * kMiB) / 100 * 15) << "for the kernel, of " << group;
  }
}

TEST(MachineDefaultsTest, AreTheUsualOnesWhereNothingBinds) {
  for (const Settings& settings : {MachineDefaults({}, {}), InGroup(0, kGiB), InGroup(kGiB, kGiB),
                                   InGroup(2 * kGiB, kGiB), WithCpus(64, 0), WithCpus(4, 4)}) {
    EXPECT_EQ(settings.memory_limit_bytes, 64 * kMiB);
    EXPECT_EQ(settings.memory_limit_origin, "");
    EXPECT_EQ(settings.threads, 4);
    EXPECT_EQ(settings.threads_origin, "");
  }
}

TEST(MachineDefaultsTest, AGroupsLimitBinds) {
  EXPECT_EQ(InGroup(kGiB, 2 * kGiB).memory_limit_bytes, 803 * kMiB);
  EXPECT_EQ(InGroup(kGiB, 2 * kGiB).memory_limit_origin, "of 1 GiB that the control group allows");
  EXPECT_EQ(InGroup(64 * kMiB, 2 * kGiB).memory_limit_bytes, 35 * kMiB);
  EXPECT_EQ(InGroup(kGiB, 0).memory_limit_bytes, 803 * kMiB) << "a machine of unknown size";
  EXPECT_EQ(InGroup(1'000'000'000, 2 * kGiB).memory_limit_origin,
            "of 953 MiB that the control group allows");
}

TEST(MachineDefaultsTest, FewCpusHaveFewThreads) {
  EXPECT_EQ(WithCpus(3, 0).threads, 3);
  EXPECT_EQ(WithCpus(64, 1).threads, 1);
  EXPECT_EQ(WithCpus(2, 0).threads_origin, "one for each CPU that it may use");
}

// Value of `name` in `stats settings` of a server that is started with nothing about it.
std::string SettingOfProgram(const std::string& name) {
  Program program({"-p", "0", "-l", "127.0.0.1"});
  const std::string screen = program.ReadOutUntil("cat <&3\n");
  const std::string before = "127.0.0.1:";
  const size_t at = screen.find(before);
  if (at == std::string::npos) return screen + program.ReadErr();
  TestClient client(static_cast<uint16_t>(std::atoi(screen.c_str() + at + before.size())));
  client.Send("stats settings\r\nquit\r\n");
  const std::string all = client.ReceiveToEnd();
  const std::string row = "STAT " + name + " ";
  if (all.find(row) == std::string::npos) return all;
  const size_t start = all.find(row) + row.size();
  return all.substr(start, all.find("\r\n", start) - start);
}

TEST(MachineDefaultsTest, TheProgramHasThoseOfThisMachine) {
  const Settings expected = MachineDefaults(ReadMachineMemory(""), ReadMachineCpus(""));
  EXPECT_EQ(SettingOfProgram("maxbytes"), std::to_string(expected.memory_limit_bytes));
  EXPECT_EQ(SettingOfProgram("num_threads"), std::to_string(expected.threads));
}

TEST(MachineDefaultsTest, TheProgramHasOneThreadOnOneCpu) {
  const int result = RunInChild([] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(sched_getcpu()), &one);
    if (sched_setaffinity(0, sizeof(one), &one) != 0) return 100;
    return SettingOfProgram("num_threads") == "1" ? 0 : 1;
  });
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace ringcached::server
