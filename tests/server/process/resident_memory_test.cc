#include "server/process/resident_memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

namespace ringcached::server {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

TEST(ResidentMemoryTest, ReadsTheSecondFigureInPages) {
  const std::string path = ::testing::TempDir() + "/ringcached.statm." + std::to_string(getpid());
  std::ofstream(path) << "9000 123 7 1 0 55 0\n";
  EXPECT_EQ(ResidentMemory(path).Bytes(), 123 * static_cast<size_t>(sysconf(_SC_PAGESIZE)));
  std::ofstream(path) << "what";
  EXPECT_EQ(ResidentMemory(path).Bytes(), 0u);
  unlink(path.c_str());
  EXPECT_EQ(ResidentMemory(path).Bytes(), 0u);
}

// Huge pages too, which some machines give for memory of this size.
TEST(ResidentMemoryTest, CountsWhatIsTouched) {
  constexpr size_t kBytes = 32 * kMiB;
  void* const memory =
      mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  const ResidentMemory resident;
  const size_t before = resident.Bytes();
  std::memset(memory, 1, kBytes);
  const size_t after = resident.Bytes();
  munmap(memory, kBytes);
  EXPECT_GT(before, 0u);
  EXPECT_GE(after, before + kBytes - 2 * kMiB);
}

}  // namespace
}  // namespace ringcached::server
