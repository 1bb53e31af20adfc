// Values on their way in: sizes, pieces, and clients that do not finish.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "protocol/limits.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

// What memcached counts beside key and value of an item.
constexpr size_t kItemOverheadBytes = 59;

std::string Pattern(size_t bytes) {
  std::string value(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) value[i] = static_cast<char>(i * 7 + i / 251);
  return value;
}

std::string Set(std::string_view key, std::string_view value, std::string_view last = "\r\n") {
  return "set " + std::string(key) + " 0 0 " + std::to_string(value.size()) + "\r\n" +
         std::string(value) + std::string(last);
}

std::string Hit(std::string_view key, std::string_view value) {
  return "VALUE " + std::string(key) + " 0 " + std::to_string(value.size()) + "\r\n" +
         std::string(value) + "\r\nEND\r\n";
}

class SessionValue : public testing::Test {
 protected:
  std::string AskInPieces(std::string_view bytes, size_t piece_bytes) {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece_bytes, bytes.size()))) {
      peer_.Send(bytes.substr(0, piece_bytes));
    }
    return peer_.TakeReplies();
  }
  uint64_t ItemBytes() { return world_.cache().Stats().item_bytes; }
  // Values that are still arriving included.
  uint64_t LargeValueBytes() { return world_.cache().Stats().large_value_bytes; }

  SessionWorld world_;
  SessionPeer peer_{world_};
};

TEST_F(SessionValue, OfEverySizeComesBack) {
  const size_t largest = world_.cache().options().max_item_bytes - kItemOverheadBytes - 1;
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{2}, size_t{250}, kMaxCopiedValueBytes - 1,
                             kMaxCopiedValueBytes, kMaxCopiedValueBytes + 1, size_t{65'536},
                             size_t{1'000'000}, largest}) {
    const std::string value = Pattern(bytes);
    EXPECT_EQ(peer_.Ask(Set("k", value)), "STORED\r\n") << bytes;
    EXPECT_EQ(peer_.Ask("get k\r\n"), Hit("k", value)) << bytes;
    EXPECT_EQ(AskInPieces(Set("k", value), 4096), "STORED\r\n") << bytes;
    EXPECT_EQ(peer_.Ask("get k\r\n"), Hit("k", value)) << bytes;
  }
  EXPECT_EQ(peer_.Ask(Set("k", Pattern(largest + 1))),
            "SERVER_ERROR object too large for cache\r\n");
  EXPECT_EQ(peer_.Ask("get k\r\n"), "END\r\n");
}

TEST_F(SessionValue, TooLargeIsSkippedInPiecesToo) {
  peer_.Ask(Set("k", "old"));
  const std::string value = Pattern(world_.cache().options().max_item_bytes);
  EXPECT_EQ(AskInPieces(Set("k", value) + "get k\r\n", 10'000),
            "SERVER_ERROR object too large for cache\r\nEND\r\n");
  EXPECT_EQ(world_.Count(Counter::kStoreTooLarge), 1u);
}

TEST_F(SessionValue, OfTwoGigabytesIsRefusedWithoutMemory) {
  EXPECT_EQ(peer_.Ask("set k 0 0 2147483645\r\n"), "SERVER_ERROR object too large for cache\r\n");
  EXPECT_FALSE(peer_.session().idle());
  EXPECT_EQ(ItemBytes(), 0u);
}

TEST_F(SessionValue, InPiecesTakesNoInputMemory) {
  const size_t at_rest = peer_.session().kept_input_bytes();
  peer_.Send("set k 0 0 100000\r\n");
  for (int i = 0; i < 100; ++i) {
    peer_.Send(std::string(1000, 'x'));
    EXPECT_EQ(peer_.session().kept_input_bytes(), at_rest);
  }
  EXPECT_EQ(peer_.Ask("\r\n"), "STORED\r\n");
}

TEST_F(SessionValue, LineEndMayComeInTwoPieces) {
  for (const size_t bytes : {size_t{0}, size_t{5}}) {
    const std::string value = Pattern(bytes);
    EXPECT_EQ(peer_.Ask(Set("k", value, "")), "");
    EXPECT_EQ(peer_.Ask("\r"), "");
    EXPECT_EQ(peer_.Ask("\n"), "STORED\r\n") << bytes;
  }
}

TEST_F(SessionValue, OfAClientThatDisappearsLeavesTheOldOne) {
  EXPECT_EQ(peer_.Ask(Set("k", "old")), "STORED\r\n");
  const uint64_t before = LargeValueBytes();
  for (const std::string& part :
       {std::string("set k 0 0 100000\r\n"), "set k 0 0 100000\r\n" + std::string(50'000, 'x'),
        "set k 0 0 100000\r\n" + std::string(100'000, 'x'),
        "set k 0 0 100000\r\n" + std::string(100'000, 'x') + "\r"}) {
    {
      SessionPeer leaving(world_);
      leaving.Send(part);
      EXPECT_GT(LargeValueBytes(), before);
      EXPECT_EQ(peer_.Ask("get k\r\n"), Hit("k", "old"));
    }
    EXPECT_EQ(LargeValueBytes(), before);
  }
  EXPECT_EQ(peer_.Ask("get k\r\n"), Hit("k", "old"));
}

TEST_F(SessionValue, OfTwoClientsAtOnceTheLastToFinishStays) {
  SessionPeer other(world_);
  peer_.Send("set k 0 0 4\r\nfi");
  EXPECT_EQ(other.Ask(Set("k", "whole")), "STORED\r\n");
  EXPECT_EQ(other.Ask("get k\r\n"), Hit("k", "whole"));
  EXPECT_EQ(peer_.Ask("rs\r\n"), "STORED\r\n");
  EXPECT_EQ(other.Ask("get k\r\n"), Hit("k", "firs"));
}

// The command line has gone when the value is whole.
TEST_F(SessionValue, KeepsWhatItsCommandLineSaid) {
  EXPECT_EQ(peer_.Ask("set k 7 10 2 noreply\r\n"), "");
  EXPECT_EQ(peer_.Ask("ab\r\nget k\r\n"), "VALUE k 7 2\r\nab\r\nEND\r\n");
  world_.AdvanceClock(10);
  EXPECT_EQ(peer_.Ask("get k\r\n"), "END\r\n");
}

TEST_F(SessionValue, BadEndInPiecesIsConsumedExactly) {
  EXPECT_EQ(peer_.Ask("set k 0 0 2\r\na"), "");
  EXPECT_EQ(peer_.Ask("bxyversion\r\n"),
            "CLIENT_ERROR bad data chunk\r\nVERSION 1.6.45-ringcached-test\r\n");
  EXPECT_EQ(peer_.Ask("get k\r\n"), "END\r\n");
  EXPECT_EQ(ItemBytes(), 0u);
}

// Pinned values outlive their items.
TEST_F(SessionValue, InAReplySurvivesItsDeletion) {
  const std::string value = Pattern(100'000);
  peer_.Ask(Set("k", value));
  EXPECT_EQ(peer_.Ask("get k\r\ndelete k\r\n" + Set("k", Pattern(99'999)) + "get k\r\n"),
            Hit("k", value) + "DELETED\r\nSTORED\r\n" + Hit("k", Pattern(99'999)));
}

}  // namespace
}  // namespace ringcached::protocol
