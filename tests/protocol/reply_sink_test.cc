#include "protocol/reply_sink.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace ringcached::protocol {
namespace {

// *released must outlive the pin.
storage::Pin CountingPin(int* released) {
  return storage::Pin([](void* count) { ++*static_cast<int*>(count); }, released);
}

std::vector<std::string> Pieces(const ReplySink& sink) {
  std::vector<std::string> pieces;
  sink.VisitPieces([&](std::string_view piece) { pieces.emplace_back(piece); });
  return pieces;
}

using Strings = std::vector<std::string>;

TEST(ReplySink, BeginsEmpty) {
  const ReplySink sink;
  EXPECT_TRUE(sink.empty());
  EXPECT_FALSE(sink.full());
  EXPECT_EQ(sink.total_bytes(), 0u);
  EXPECT_EQ(sink.capacity_bytes(), 0u);
  EXPECT_TRUE(Pieces(sink).empty());
}

TEST(ReplySink, JoinsItsOwnBytes) {
  ReplySink sink;
  sink.Append("STORED\r\n");
  sink.Append("");
  sink.Append("END\r\n");
  EXPECT_EQ(Pieces(sink), Strings({"STORED\r\nEND\r\n"}));
  EXPECT_EQ(sink.total_bytes(), 13u);
}

TEST(ReplySink, KeepsWhatIsCommitted) {
  ReplySink sink;
  char* const to = sink.Reserve(10);
  std::memcpy(to, "abcdefghij", 10);
  sink.Commit(3);
  sink.Append("X");
  EXPECT_EQ(Pieces(sink), Strings({"abcX"}));
}

TEST(ReplySink, KeepsItsBytesWhenItGrows) {
  ReplySink sink;
  std::string expected;
  for (size_t i = 0; i < 3000; ++i) {
    const std::string text = std::to_string(i) + ",";
    sink.Append(text);
    expected += text;
    ASSERT_GE(sink.capacity_bytes(), sink.total_bytes());
  }
  EXPECT_EQ(Pieces(sink), Strings({expected}));
  sink.Append(std::string(200'000, 'x'));
  EXPECT_EQ(sink.total_bytes(), expected.size() + 200'000);
}

TEST(ReplySink, OrdersPinnedBytesAmongItsOwn) {
  int released = 0;
  ReplySink sink;
  const std::string first = "first";
  const std::string second = "second";
  const std::string third = "third";
  sink.AppendPinned(first, CountingPin(&released));
  sink.Append("a");
  sink.AppendPinned(second, CountingPin(&released));
  sink.AppendPinned(third, CountingPin(&released));
  sink.Append("b");
  sink.Append("c");
  EXPECT_EQ(Pieces(sink), Strings({"first", "a", "second", "third", "bc"}));
  EXPECT_EQ(sink.total_bytes(), 5u + 6u + 5u + 3u);
  EXPECT_EQ(released, 0);
}

TEST(ReplySink, SendsPinnedBytesFromWhereTheyLie) {
  int released = 0;
  const std::string value(20'000, 'v');
  ReplySink sink;
  sink.AppendPinned(value, CountingPin(&released));
  sink.VisitPieces([&](std::string_view piece) { EXPECT_EQ(piece.data(), value.data()); });
}

TEST(ReplySink, ReleasesPinsOnceWhenCleared) {
  int released = 0;
  {
    ReplySink sink;
    sink.AppendPinned("value", CountingPin(&released));
    sink.AppendPinned("value", CountingPin(&released));
    sink.Append("x");
    sink.Clear();
    EXPECT_EQ(released, 2);
    EXPECT_TRUE(sink.empty());
    EXPECT_GT(sink.capacity_bytes(), 0u);
    EXPECT_TRUE(Pieces(sink).empty());
    sink.Append("y");
    EXPECT_EQ(Pieces(sink), Strings({"y"}));
    sink.AppendPinned("value", CountingPin(&released));
  }
  EXPECT_EQ(released, 3);
}

TEST(ReplySink, KeepsNoPinForNoBytes) {
  int released = 0;
  ReplySink sink;
  sink.AppendPinned("", CountingPin(&released));
  EXPECT_EQ(released, 1);
  EXPECT_TRUE(sink.empty());
}

TEST(ReplySink, IsFullOfItsOwnBytes) {
  ReplySink sink;
  sink.Append(std::string(kSinkOwnedBytes - 1, 'x'));
  EXPECT_FALSE(sink.full());
  sink.Append("x");
  EXPECT_TRUE(sink.full());
  sink.Clear();
  EXPECT_FALSE(sink.full());
}

TEST(ReplySink, IsFullOfPinnedPieces) {
  int released = 0;
  ReplySink sink;
  for (size_t i = 0; i < kSinkPinnedPieces; ++i) {
    EXPECT_FALSE(sink.full());
    sink.Append("h");
    sink.AppendPinned("v", CountingPin(&released));
  }
  EXPECT_TRUE(sink.full());
  sink.Append("end");
  EXPECT_EQ(Pieces(sink).size(), kMaxSinkPieces);
}

TEST(ReplySink, IsFullOfPinnedBytes) {
  int released = 0;
  ReplySink sink;
  const std::string value(kSinkPinnedBytes - 1, 'v');
  sink.AppendPinned(value, CountingPin(&released));
  EXPECT_FALSE(sink.full());
  sink.AppendPinned("v", CountingPin(&released));
  EXPECT_TRUE(sink.full());
}

}  // namespace
}  // namespace ringcached::protocol
