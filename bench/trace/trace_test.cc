#include "bench/trace/trace.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringcached::trace {
namespace {

std::string WriteFile(std::string_view bytes) {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  std::string path = testing::TempDir() + test.name() + ".u32";
  std::ofstream file(path, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

TEST(TraceTest, ReadsIdsInOrder) {
  const auto trace = ReadTrace(WriteFile(std::string_view("\2\0\0\0\0\0\0\0\4\3\2\1", 12)));
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(trace->ids, (std::vector<uint32_t>{2, 0, 0x01020304}));
  EXPECT_EQ(trace->key_count, 0x01020305u);
}

TEST(TraceTest, ReadsMoreThanOneBuffer) {
  constexpr size_t kIds = 50'000;
  const auto trace = ReadTrace(WriteFile(std::string(4 * kIds, '\1')));
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(trace->ids, std::vector<uint32_t>(kIds, 0x01010101));
}

TEST(TraceTest, Truncates) {
  Trace trace{.ids = {2, 0, 7}, .key_count = 8};
  Truncate(3, trace);
  EXPECT_EQ(trace.ids.size(), 3u);
  Truncate(2, trace);
  EXPECT_EQ(trace.ids, (std::vector<uint32_t>{2, 0}));
  EXPECT_EQ(trace.key_count, 3u);
}

TEST(TraceTest, RefusesWhatIsNoTrace) {
  EXPECT_FALSE(ReadTrace("/nonexistent").ok());
  EXPECT_FALSE(ReadTrace(WriteFile("")).ok());
  EXPECT_FALSE(ReadTrace(WriteFile("12345")).ok());
}

}  // namespace
}  // namespace ringcached::trace
