#include "protocol/key_scan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/protocol/binary_packets.h"

namespace ringcached::protocol {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class KeyScan : public testing::Test {
 protected:
  using Scan = size_t (*)(std::string_view input, LookupBatch* batch);

  // The input lies in memory of just its size, so that sanitizers see a look behind it.
  std::vector<std::string> Keys(Scan scan, std::string_view input) {
    const std::vector<char> exact(input.begin(), input.end());
    batch_.Clear();
    scanned_bytes_ = scan({exact.data(), exact.size()}, &batch_);
    EXPECT_LE(scanned_bytes_, input.size());
    std::vector<std::string> keys;
    for (size_t i = 0; i < batch_.size(); ++i) keys.emplace_back(batch_[i].bytes);
    return keys;
  }
  std::vector<std::string> Text(std::string_view input) { return Keys(ScanTextKeys, input); }
  std::vector<std::string> Binary(std::string_view input) { return Keys(ScanBinaryKeys, input); }

  std::unique_ptr<storage::Cache> cache_ =
      *storage::Cache::Create({.memory_limit_bytes = size_t{8} << 20, .hash_seed = 1});
  LookupBatch batch_{*cache_};
  size_t scanned_bytes_ = 0;
};

TEST_F(KeyScan, FindsTheKeyOfEachCommand) {
  const std::string input =
      "get a\r\ngets b\r\ngat 10 c\r\ngats 10 d\r\ndelete e\r\ntouch f 10\r\nincr g 1\r\n"
      "decr h 1 noreply\r\nmg i v k q\r\nmd j\r\nma k N0\r\nme l\r\n";
  EXPECT_THAT(Text(input), ElementsAre("a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"));
  EXPECT_EQ(scanned_bytes_, input.size());
}

TEST_F(KeyScan, SkipsValues) {
  const std::string input =
      "set a 0 0 8\r\nget x\r\n1\r\nadd b 0 0 0\r\n\r\nreplace c 1 -1 1 noreply\r\nv\r\n"
      "append d 0 0 1\r\nv\r\nprepend e 0 0 1\r\nv\r\ncas f 0 0 1 77\r\nv\r\n"
      "ms g 2 T0 c\r\nvv\r\nms h 0\r\n\r\nget i\r\n";
  EXPECT_THAT(Text(input), ElementsAre("a", "b", "c", "d", "e", "f", "g", "h", "i"));
  EXPECT_EQ(scanned_bytes_, input.size());
}

TEST_F(KeyScan, TakesSuperfluousBlanksAndBareLineEnds) {
  EXPECT_THAT(Text("get   a  \nset  b  0  0  1 \nv\r\nmg  c  \n"), ElementsAre("a", "b", "c"));
}

TEST_F(KeyScan, StopsBeforeAnUnfinishedLine) {
  EXPECT_THAT(Text("get a\r\nget b"), ElementsAre("a"));
  EXPECT_EQ(scanned_bytes_, 7u);
  EXPECT_THAT(Text("get"), IsEmpty());
  EXPECT_THAT(Text(""), IsEmpty());
}

TEST_F(KeyScan, StopsBehindAStoreWhoseValueIsNotThere) {
  const std::string input = "get a\r\nset b 0 0 2000000000\r\nget c\r\nget d\r\n";
  EXPECT_THAT(Text(input), ElementsAre("a", "b"));
  EXPECT_EQ(scanned_bytes_, input.size());
}

TEST_F(KeyScan, StopsAtWhatItDoesNotUnderstand) {
  for (const char* const line : {"",
                                 "\r",
                                 "bogus\r",
                                 "version\r",
                                 "mn\r",
                                 "quit\r",
                                 " get x\r",
                                 "get\r",
                                 "get \r",
                                 "gat 10\r",
                                 "get x y\r",
                                 "gat 10 x y\r",
                                 "set x 0 0\r",
                                 "set x 0 0 -1\r",
                                 "set x 0 0 1a\r",
                                 "set x 0 0 2147483646\r",
                                 "set x 0 0 99999999999999999999\r",
                                 "ms x\r",
                                 "ms x v\r",
                                 "mg eA== b v\r",
                                 "mg eA== v b\r",
                                 "ms eA== 1 b\r"}) {
    EXPECT_THAT(Text("get a\r\n" + std::string(line) + "\nget c\r\n"), ElementsAre("a")) << line;
    EXPECT_EQ(scanned_bytes_, 7u) << line;
  }
}

TEST_F(KeyScan, StopsAtAKeyThatIsTooLong) {
  const std::string longest(storage::kMaxKeyBytes, 'k');
  for (const char* const verb : {"get ", "mg ", "delete ", "gat 0 "}) {
    EXPECT_THAT(Text(verb + longest + "\r\nget b\r\n"), ElementsAre(longest, "b"));
    EXPECT_THAT(Text(verb + longest + "k\r\nget b\r\n"), IsEmpty());
  }
  EXPECT_THAT(Text("set " + longest + "k 0 0 1\r\nv\r\nget b\r\n"), IsEmpty());
}

TEST_F(KeyScan, StopsWhenTheBatchIsFull) {
  std::string input;
  for (size_t i = 0; i < kLookupBatchKeys; ++i) input += "get a\r\n";
  EXPECT_EQ(Text(input + "get b\r\n").size(), kLookupBatchKeys);
  EXPECT_EQ(scanned_bytes_, input.size());
}

TEST_F(KeyScan, FindsTheKeyOfEachPacket) {
  const std::string input =
      Encode({.opcode = Opcode::kGet, .key = "a"}) +
      Encode({.opcode = Opcode::kSet, .extras = StoreExtras(0, 0), .key = "b", .value = "vv"}) +
      Encode({.opcode = Opcode::kIncrement, .extras = DeltaExtras(1, 0, 0), .key = "c"}) +
      Encode({.opcode = Opcode::kAppendQ, .key = "d", .value = "v"}) +
      Encode({.opcode = Opcode::kGatKQ, .extras = Big32(0), .key = "e"}) +
      Encode({.opcode = Opcode::kDelete, .key = "f"}) +
      Encode({.opcode = Opcode::kGetKQ, .key = "g"});
  EXPECT_THAT(Binary(input), ElementsAre("a", "b", "c", "d", "e", "f", "g"));
  EXPECT_EQ(scanned_bytes_, input.size());
}

TEST_F(KeyScan, StopsWhereAPacketIsNotWhole) {
  const std::string get = Encode({.opcode = Opcode::kGet, .key = "a"});
  const std::string set =
      Encode({.opcode = Opcode::kSet, .extras = StoreExtras(0, 0), .key = "b", .value = "value"});
  for (size_t bytes = 0; bytes < set.size(); ++bytes) {
    const bool has_key = bytes >= set.size() - 5;
    EXPECT_EQ(Binary(get + set.substr(0, bytes)).size(), has_key ? 2u : 1u) << bytes;
    EXPECT_EQ(scanned_bytes_, has_key ? get.size() + bytes : get.size()) << bytes;
  }
}

TEST_F(KeyScan, StopsAtAPacketThatNamesNoItem) {
  const std::string get = Encode({.opcode = Opcode::kGet, .key = "a"});
  for (const RequestPacket& packet : std::vector<RequestPacket>{
           {.opcode = Opcode::kNoop},
           {.opcode = Opcode::kStat, .key = "items"},
           {.opcode = Opcode::kSaslAuth, .key = "PLAIN", .value = "message"},
           {.opcode = Opcode::kGet},
           {.opcode = Opcode::kGet, .key = std::string(storage::kMaxKeyBytes + 1, 'k')},
           {.opcode = Opcode::kGet, .extras = "x", .key = "b"},
           {.opcode = static_cast<Opcode>(0xff), .key = "b"}}) {
    EXPECT_THAT(Binary(get + Encode(packet) + get), ElementsAre("a"));
    EXPECT_EQ(scanned_bytes_, get.size());
  }
  EXPECT_THAT(Binary(get + "get a\r\n" + std::string(30, 'x')), ElementsAre("a"));
}

TEST_F(KeyScan, TakesAnything) {
  constexpr std::string_view kPieces[] = {
      "get ", "set ", "mg ",        "ms ", "gat ", " ",   "\r\n", "\n", "\r",
      "0",    "1 ",   " 0 0 5\r\n", "key", "b",    "\0x", "\x80", "-1", "99999999999999999999999"};
  const int seed = testing::UnitTest::GetInstance()->random_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(static_cast<uint64_t>(seed));
  for (int round = 0; round < 20'000; ++round) {
    std::string input;
    for (uint64_t pieces = random() % 20; pieces > 0; --pieces) {
      input += kPieces[random() % std::size(kPieces)];
    }
    Text(input);
    std::string packet = Encode({.opcode = Opcode::kGet, .key = "key"});
    packet[random() % packet.size()] = static_cast<char>(random());
    Binary(packet + input);
  }
}

}  // namespace
}  // namespace ringcached::protocol
