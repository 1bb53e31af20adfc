// Replies about all items, as a session gives them.

#include "protocol/item_dump.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/limits.h"
#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

constexpr std::string_view kVersionLine = "VERSION 1.6.45-ringcached-test\r\n";

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    EXPECT_NE(end, std::string_view::npos) << text;
    if (end == std::string_view::npos) break;
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

class ItemDumpTest : public testing::Test {
 protected:
  explicit ItemDumpTest(const storage::CacheOptions& options = SessionWorld::kDefaultOptions)
      : world_(options) {}

  void Set(const std::string& key, const std::string& value, const std::string& rest = "0 0") {
    EXPECT_EQ(peer_.Ask("set " + key + " " + rest + " " + std::to_string(value.size()) + "\r\n" +
                        value + "\r\n"),
              "STORED\r\n");
  }
  // The number that it gets.
  std::string SetForCas(const std::string& key, const std::string& flags) {
    const std::string reply = peer_.Ask("ms " + key + " 3 c " + flags + "\r\nabc\r\n");
    EXPECT_EQ(reply.substr(0, 4), "HD c");
    return reply.substr(4, reply.size() - 6);
  }
  // Of the only item.
  std::string ItemBytes() { return std::to_string(world_.cache().Stats().item_bytes); }

  // The lines of a reply but for what must stand in front and behind, in alphabetical order.
  std::vector<std::string> Ask(const std::string& line, std::string_view front,
                               std::string_view back) {
    std::vector<std::string> lines = Lines(peer_.Ask(line + "\r\n"));
    EXPECT_GE(lines.size(), front.empty() ? 1u : 2u);
    if (lines.empty()) return lines;
    EXPECT_EQ(lines.back(), back);
    lines.pop_back();
    if (!front.empty() && !lines.empty()) {
      EXPECT_EQ(lines.front(), front);
      lines.erase(lines.begin());
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  std::vector<std::string> Metadump(const std::string& classes = "all") {
    return Ask("lru_crawler metadump " + classes, "OK\r\n", "END\r\n");
  }
  std::vector<std::string> Mgdump(const std::string& classes = "all") {
    return Ask("lru_crawler mgdump " + classes, "OK\r\n", "EN\r\n");
  }
  std::vector<std::string> Cachedump(const std::string& arguments = "1 0") {
    return Ask("stats cachedump " + arguments, "", "END\r\n");
  }

  SessionWorld world_;
  SessionPeer peer_{world_};
};

using Strings = std::vector<std::string>;

TEST_F(ItemDumpTest, MetadumpSaysWhatMemcachedSays) {
  std::string cas = SetForCas("a/b", "F5");
  const std::string line = "key=a%2Fb exp=-1 la=1700000000 cas=" + cas +
                           " fetch=no cls=1 size=" + ItemBytes() + " flags=5 \n";
  EXPECT_EQ(Metadump(), Strings({line}));
  world_.AdvanceClock(100);
  // Neither the dump nor the time is a use.
  EXPECT_EQ(Metadump(), Strings({line}));
  cas = SetForCas("a/b", "T60 F4294967295");
  peer_.Ask("get a/b\r\n");
  EXPECT_EQ(Metadump(), Strings({"key=a%2Fb exp=1700000160 la=1700000100 cas=" + cas +
                                 " fetch=yes cls=1 size=" + ItemBytes() + " flags=4294967295 \n"}));
  EXPECT_EQ(Metadump("hash"), Metadump("all"));
  EXPECT_EQ(Metadump("1,2"), Metadump("all"));
}

TEST_F(ItemDumpTest, MgdumpEncodesKeysThatALineCannotCarry) {
  Set("plain/\x80", "");
  EXPECT_EQ(peer_.Ask("ms YSBi 1 b\r\nx\r\n"), "HD\r\n");  // "a b"
  EXPECT_EQ(peer_.Ask("ms YQ1/ 1 b\r\nx\r\n"), "HD\r\n");  // "a\r\x7f"
  EXPECT_EQ(Mgdump(), Strings({"mg YQ1/ b\r\n", "mg YSBi b\r\n", "mg plain/\x80\r\n"}));
  // The lines do as commands.
  EXPECT_EQ(peer_.Ask("mg YSBi b v\r\n"), "VA 1\r\nx\r\n");
  std::vector<std::string> keys;
  for (const std::string& line : Metadump()) keys.push_back(line.substr(0, line.find(' ')));
  EXPECT_EQ(keys, Strings({"key=a%0D%7F", "key=a%20b", "key=plain%2F%80"}));
}

TEST_F(ItemDumpTest, CachedumpSaysBytesAndEnd) {
  Set("a", "abc", "5 100");
  Set("b/c", "");
  EXPECT_EQ(Cachedump(), Strings({"ITEM a [3 b; 1700000100 s]\r\n", "ITEM b/c [0 b; 0 s]\r\n"}));
}

TEST_F(ItemDumpTest, CachedumpStopsAtItsLimit) {
  for (int i = 0; i < 20; ++i) Set("k" + std::to_string(i), "v");
  EXPECT_EQ(Cachedump("1 1").size(), 1u);
  EXPECT_EQ(Cachedump("1 19").size(), 19u);
  EXPECT_EQ(Cachedump("1 20").size(), 20u);
  EXPECT_EQ(Cachedump("1 21").size(), 20u);
  EXPECT_EQ(Cachedump("1 0").size(), 20u);
}

// Those that it leaves out do not count.
TEST_F(ItemDumpTest, CachedumpLeavesOutKeysThatALineCannotCarry) {
  EXPECT_EQ(peer_.Ask("ms YSBi 1 b\r\nx\r\nms YQ0K 1 b\r\nx\r\n"), "HD\r\nHD\r\n");
  EXPECT_EQ(Cachedump(), Strings());
  Set("a", "x");
  EXPECT_EQ(Cachedump("1 1"), Strings({"ITEM a [1 b; 0 s]\r\n"}));
}

TEST_F(ItemDumpTest, ShowsNothingThatIsGone) {
  Set("ends", "x", "0 10");
  Set("stays", "x");
  Set("deleted", "x");
  peer_.Ask("delete deleted\r\n");
  world_.AdvanceClock(10);
  EXPECT_EQ(Mgdump(), Strings({"mg stays\r\n"}));
  EXPECT_EQ(Cachedump(), Strings({"ITEM stays [1 b; 0 s]\r\n"}));
  EXPECT_EQ(Metadump().size(), 1u);
  peer_.Ask("flush_all\r\n");
  EXPECT_EQ(Mgdump(), Strings());
  EXPECT_EQ(Metadump(), Strings());
  EXPECT_EQ(Cachedump(), Strings());
  EXPECT_EQ(peer_.Ask("stats sizes\r\n"), "END\r\n");
}

TEST_F(ItemDumpTest, ClassesThatDoNotExistAreEmpty) {
  Set("a", "x");
  EXPECT_EQ(Metadump("2"), Strings());
  EXPECT_EQ(Mgdump("2,63"), Strings());
  EXPECT_EQ(Cachedump("2 0"), Strings());
  EXPECT_EQ(Cachedump("0 0"), Strings());
  EXPECT_EQ(Mgdump("2,1"), Strings({"mg a\r\n"}));
  EXPECT_EQ(peer_.Ask("lru_crawler metadump foo\r\nlru_crawler mgdump 64\r\n"),
            "BADCLASS invalid class id\r\nBADCLASS invalid class id\r\n");
  EXPECT_EQ(peer_.Ask("stats cachedump 64 0\r\n"), "CLIENT_ERROR Illegal slab id\r\n");
  EXPECT_EQ(peer_.Ask("stats cachedump\r\n"), "CLIENT_ERROR bad command line\r\n");
}

TEST_F(ItemDumpTest, SizesAreCountedInStepsOf32Bytes) {
  std::map<uint64_t, uint64_t> expected;
  uint64_t before = 0;
  for (const size_t bytes :
       std::initializer_list<size_t>{0, 1, 31, 32, 33, 64, 100, 100, 5000, 500'000}) {
    Set("k" + std::to_string(before), std::string(bytes, 'v'));
    const uint64_t now = world_.cache().Stats().item_bytes;
    ++expected[(now - before + 31) / 32 * 32];
    before = now;
  }
  std::string reply;
  for (const auto& [size, items] : expected) {
    reply += "STAT " + std::to_string(size) + " " + std::to_string(items) + "\r\n";
  }
  EXPECT_EQ(peer_.Ask("stats sizes\r\n"), reply + "END\r\n");
}

TEST_F(ItemDumpTest, BinaryStatKnowsNoDump) {
  Set("a", "x");
  SessionPeer binary(world_);
  for (const std::string key : {"sizes", "cachedump 1 0", "cachedump"}) {
    const std::vector<ResponsePacket> answers =
        DecodeAll(binary.Ask(Encode({.opcode = Opcode::kStat, .key = key}) +
                             Encode({.opcode = Opcode::kNoop, .opaque = 9})));
    ASSERT_EQ(answers.size(), 2u) << key;
    EXPECT_EQ(answers[0].status, BinaryStatus::kNotFound) << key;
    EXPECT_EQ(answers[1].opcode, Opcode::kNoop) << key;
    EXPECT_EQ(answers[1].opaque, 9u) << key;
  }
  EXPECT_FALSE(binary.ended());
  EXPECT_TRUE(binary.session().idle());
}

// More than a sink takes.
class LongDumpTest : public ItemDumpTest {
 protected:
  LongDumpTest()
      : ItemDumpTest({.memory_limit_bytes = size_t{64} << 20, .threads = 1, .hash_seed = 1}) {
    std::string input;
    for (int i = 0; i < kItems; ++i) {
      const std::string value(static_cast<size_t>(i % kSizes), 'v');
      input += "set key" + std::to_string(i) + " 0 0 " + std::to_string(value.size()) +
               " noreply\r\n" + value + "\r\n";
      if (input.size() > 100'000 || i == kItems - 1) {
        EXPECT_EQ(peer_.Ask(input), "");
        input.clear();
      }
    }
    EXPECT_EQ(world_.cache().Stats().items, uint64_t{kItems});
  }

  // What is replied when the sink is emptied each time that it is full; `between` is called then.
  template <typename Between>
  std::string AskInPieces(const std::string& input, Between between) {
    std::string replies;
    Session::Status status = session_.Receive(input, false, world_.context(), sink_);
    while (status == Session::Status::kSinkFull) {
      Drain(&replies);
      between();
      status = session_.Resume(world_.context(), sink_);
      ++resumes_;
    }
    EXPECT_EQ(status, Session::Status::kReady);
    Drain(&replies);
    return replies;
  }
  std::string AskInPieces(const std::string& input) {
    return AskInPieces(input, [] {});
  }
  void Drain(std::string* replies) {
    // The limit, and a piece's few hundred items beyond it.
    EXPECT_LE(sink_.total_bytes(), kSinkOwnedBytes + 512 * 128);
    *replies += Contents(sink_);
    sink_.Clear();
  }

  // The number in a line that is `front`, "key", a number and the rest.
  static void ExpectEachOnce(const Strings& lines, size_t begin, size_t end,
                             std::string_view front) {
    std::vector<int> seen(kItems);
    for (size_t i = begin; i < end; ++i) {
      ASSERT_EQ(lines[i].substr(0, front.size()), front);
      const int number = std::stoi(lines[i].substr(front.size()));
      ASSERT_TRUE(number >= 0 && number < kItems) << lines[i];
      ++seen[static_cast<size_t>(number)];
    }
    EXPECT_EQ(std::count(seen.begin(), seen.end(), 1), kItems);
  }

  static constexpr int kItems = 40'000;
  static constexpr int kSizes = 100;

  Session session_;
  ReplySink sink_;
  int resumes_ = 0;
};

TEST_F(LongDumpTest, NamesEachKeyOnceAndWhatIsPipelinedIsAnsweredBehindIt) {
  const struct {
    const char* command;
    const char* front;
    const char* end;
    bool has_ok;
  } cases[] = {{"lru_crawler metadump all", "key=key", "END\r\n", true},
               {"lru_crawler mgdump all", "mg key", "EN\r\n", true},
               {"stats cachedump 1 0", "ITEM key", "END\r\n", false}};
  for (const auto& c : cases) {
    resumes_ = 0;
    const Strings lines = Lines(
        AskInPieces("get nothing\r\n" + std::string(c.command) + "\r\nversion\r\nget nothing\r\n"));
    EXPECT_GT(resumes_, 3) << c.command;
    const size_t begin = c.has_ok ? 2 : 1;
    ASSERT_EQ(lines.size(), begin + kItems + 3) << c.command;
    EXPECT_EQ(lines[0], "END\r\n");
    EXPECT_TRUE(!c.has_ok || lines[1] == "OK\r\n") << lines[1];
    ExpectEachOnce(lines, begin, begin + kItems, c.front);
    EXPECT_EQ(lines[begin + kItems], c.end);
    EXPECT_EQ(lines[begin + kItems + 1], kVersionLine);
    EXPECT_EQ(lines[begin + kItems + 2], "END\r\n");
    EXPECT_TRUE(session_.idle());
  }
}

TEST_F(LongDumpTest, KeepsWhatComesMeanwhile) {
  bool sent = false;
  const std::string reply = AskInPieces("lru_crawler mgdump all\r\n", [&] {
    if (std::exchange(sent, true)) return;
    EXPECT_FALSE(session_.idle());
    session_.Receive("version\r\nver", false, world_.context(), sink_);
    session_.Receive("sion\r\n", false, world_.context(), sink_);
  });
  const Strings lines = Lines(reply);
  ASSERT_EQ(lines.size(), size_t{kItems} + 4);
  ExpectEachOnce(lines, 1, 1 + kItems, "mg key");
  EXPECT_EQ(lines[kItems + 1], "EN\r\n");
  EXPECT_EQ(lines[kItems + 2], kVersionLine);
  EXPECT_EQ(lines[kItems + 3], kVersionLine);
}

TEST_F(LongDumpTest, NamesWhatStaysOnceWhileOthersWrite) {
  int round = 0;
  const std::string reply = AskInPieces("lru_crawler mgdump all\r\n", [&] {
    for (int i = 0; i < 500; ++i) {
      const std::string key = "new" + std::to_string(round) + "-" + std::to_string(i);
      peer_.Send("set " + key + " 0 0 1 noreply\r\nx\r\n");
    }
    ++round;
  });
  Strings lines = Lines(reply);
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [](const std::string& line) { return line.substr(0, 6) == "mg new"; }),
              lines.end());
  ASSERT_EQ(lines.size(), size_t{kItems} + 2);
  ExpectEachOnce(lines, 1, 1 + kItems, "mg key");
}

TEST_F(LongDumpTest, LimitsACachedump) {
  const Strings lines = Lines(AskInPieces("stats cachedump 1 20000\r\nversion\r\n"));
  ASSERT_EQ(lines.size(), 20'002u);
  EXPECT_EQ(lines[19'999].substr(0, 8), "ITEM key");
  EXPECT_EQ(lines[20'000], "END\r\n");
  EXPECT_EQ(lines[20'001], kVersionLine);
}

TEST_F(LongDumpTest, CountsEachItemInItsSize) {
  const Strings lines = Lines(AskInPieces("stats sizes\r\nversion\r\n"));
  uint64_t items = 0;
  uint64_t last_size = 0;
  for (size_t i = 0; i + 2 < lines.size(); ++i) {
    ASSERT_EQ(lines[i].substr(0, 5), "STAT ");
    size_t size_digits = 0;
    const uint64_t size = std::stoull(lines[i].substr(5), &size_digits);
    EXPECT_GT(size, last_size);
    EXPECT_EQ(size % kSizeStepBytes, 0u);
    last_size = size;
    items += std::stoull(lines[i].substr(5 + size_digits));
  }
  EXPECT_EQ(items, uint64_t{kItems});
  EXPECT_EQ(lines[lines.size() - 2], "END\r\n");
  EXPECT_EQ(lines.back(), kVersionLine);
}

// A histogram of more lines than a piece has.
class ManySizesTest : public ItemDumpTest {
 protected:
  // With segments so large that most values lie in them, whose sizes nobody rounds up.
  ManySizesTest() : ItemDumpTest({.memory_limit_bytes = size_t{1} << 30, .threads = 1}) {}
};

TEST_F(ManySizesTest, AreWrittenInPieces) {
  constexpr size_t kManySizes = kSizesPerPiece + 100;
  for (size_t i = 0; i < kManySizes; ++i) {
    Set("many" + std::to_string(i), std::string(i * kSizeStepBytes, 'v'));
  }
  SizeHistogram histogram;
  ReplySink sink;
  std::vector<size_t> pieces;
  ReplyStream::Progress progress = ReplyStream::Progress::kMore;
  while (progress == ReplyStream::Progress::kMore) {
    progress = histogram.Continue(world_.context(), sink);
    if (!sink.empty()) pieces.push_back(Lines(Contents(sink)).size());
    sink.Clear();
  }
  EXPECT_EQ(progress, ReplyStream::Progress::kWhole);
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[0], kSizesPerPiece);
  EXPECT_GE(pieces[1], size_t{2});
}

}  // namespace
}  // namespace ringcached::protocol
