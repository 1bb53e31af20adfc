// The binary dialect through a session: every opcode, its quiet form, its refusals.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/limits.h"
#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

using Status = BinaryStatus;

class BinarySession : public testing::Test {
 protected:
  std::vector<ResponsePacket> AskAll(const std::string& bytes) {
    return DecodeAll(peer_.Ask(bytes));
  }
  // One request with one answer.
  ResponsePacket Ask(RequestPacket packet) {
    packet.opaque = 0xdeadbeef;
    const std::vector<ResponsePacket> answers = AskAll(Encode(packet));
    EXPECT_EQ(answers.size(), 1u);
    if (answers.empty()) return {};
    EXPECT_EQ(answers[0].opcode, packet.opcode);
    EXPECT_EQ(answers[0].opaque, 0xdeadbeef);
    return answers[0];
  }
  // A request whose success nobody hears of.
  void ExpectSilence(const RequestPacket& packet) {
    EXPECT_EQ(peer_.Ask(Encode(packet)), "") << static_cast<int>(packet.opcode);
    EXPECT_FALSE(peer_.ended());
  }
  uint64_t Set(const std::string& key, const std::string& value, uint32_t flags = 0) {
    const ResponsePacket answer =
        Ask({.opcode = Opcode::kSet, .extras = StoreExtras(flags, 0), .key = key, .value = value});
    EXPECT_EQ(answer.status, Status::kSuccess);
    return answer.cas;
  }
  std::string Value(const std::string& key) {
    const ResponsePacket answer = Ask({.opcode = Opcode::kGet, .key = key});
    return answer.status == Status::kSuccess ? answer.value : "(none)";
  }

  SessionWorld world_;
  SessionPeer peer_{world_};
};

TEST_F(BinarySession, Get) {
  const ResponsePacket miss = Ask({.opcode = Opcode::kGet, .key = "a"});
  EXPECT_EQ(miss.status, Status::kNotFound);
  EXPECT_EQ(miss.value, "Not found");
  const uint64_t cas = Set("a", "value", 0xdeadbeef);
  const ResponsePacket hit = Ask({.opcode = Opcode::kGet, .key = "a"});
  EXPECT_EQ(hit.status, Status::kSuccess);
  EXPECT_EQ(hit.extras, Big32(0xdeadbeef));
  EXPECT_EQ(hit.key, "");
  EXPECT_EQ(hit.value, "value");
  EXPECT_EQ(hit.cas, cas);
  EXPECT_NE(cas, 0u);
}

TEST_F(BinarySession, GetWithKey) {
  const ResponsePacket miss = Ask({.opcode = Opcode::kGetK, .key = "a"});
  EXPECT_EQ(miss.status, Status::kNotFound);
  EXPECT_EQ(miss.key, "a");
  EXPECT_EQ(miss.value, "");
  Set("a", "value");
  const ResponsePacket hit = Ask({.opcode = Opcode::kGetK, .key = "a"});
  EXPECT_EQ(hit.key, "a");
  EXPECT_EQ(hit.value, "value");
}

TEST_F(BinarySession, QuietGetsAnswerHitsAlone) {
  Set("b", "2");
  std::string input;
  for (const std::string key : {"a", "b", "c", "b"}) {
    input += Encode({.opcode = Opcode::kGetKQ, .key = key, .opaque = 7});
  }
  input += Encode({.opcode = Opcode::kGetQ, .key = "b", .opaque = 8});
  input += Encode({.opcode = Opcode::kNoop, .opaque = 9});
  const std::vector<ResponsePacket> answers = AskAll(input);
  ASSERT_EQ(answers.size(), 4u);
  EXPECT_EQ(answers[0].key, "b");
  EXPECT_EQ(answers[1].opcode, Opcode::kGetKQ);
  EXPECT_EQ(answers[2].key, "");
  EXPECT_EQ(answers[2].opaque, 8u);
  EXPECT_EQ(answers[3].opcode, Opcode::kNoop);
  EXPECT_EQ(world_.Count(Counter::kGetMisses), 2u);
}

TEST_F(BinarySession, ManyQuietGetsAreTakenInBatchesAndStopAtAFullSink) {
  const std::string value(kMaxCopiedValueBytes, 'v');
  std::string input;
  constexpr int kGets = 100;
  for (int i = 0; i < kGets; ++i) {
    Set("k" + std::to_string(i), value);
    input += Encode({.opcode = Opcode::kGetQ, .key = "k" + std::to_string(i)});
  }
  const std::vector<ResponsePacket> answers = AskAll(input);
  ASSERT_EQ(answers.size(), size_t{kGets});
  for (const ResponsePacket& answer : answers) EXPECT_EQ(answer.value, value);
}

TEST_F(BinarySession, LargeValuesAreSentFromWhereTheyLie) {
  const std::string value(500'000, 'v');
  Set("l", value);
  EXPECT_EQ(Ask({.opcode = Opcode::kGetK, .key = "l"}).value, value);
}

TEST_F(BinarySession, Stores) {
  const std::string extras = StoreExtras(5, 0);
  EXPECT_EQ(Ask({.opcode = Opcode::kReplace, .extras = extras, .key = "a", .value = "x"}).status,
            Status::kNotFound);
  EXPECT_EQ(Ask({.opcode = Opcode::kAppend, .key = "a", .value = "x"}).status, Status::kNotStored);
  EXPECT_EQ(Ask({.opcode = Opcode::kPrepend, .key = "a", .value = "x"}).status, Status::kNotStored);
  EXPECT_EQ(Ask({.opcode = Opcode::kAdd, .extras = extras, .key = "a", .value = "m"}).status,
            Status::kSuccess);
  EXPECT_EQ(Ask({.opcode = Opcode::kAdd, .extras = extras, .key = "a", .value = "x"}).status,
            Status::kExists);
  EXPECT_EQ(Ask({.opcode = Opcode::kAppend, .key = "a", .value = "n"}).status, Status::kSuccess);
  EXPECT_EQ(Ask({.opcode = Opcode::kPrepend, .key = "a", .value = "l"}).status, Status::kSuccess);
  EXPECT_EQ(Value("a"), "lmn");
  EXPECT_EQ(Ask({.opcode = Opcode::kReplace, .extras = extras, .key = "a", .value = ""}).status,
            Status::kSuccess);
  EXPECT_EQ(Value("a"), "");
}

TEST_F(BinarySession, QuietStoresAnswerRefusalsAlone) {
  const std::string extras = StoreExtras(0, 0);
  ExpectSilence({.opcode = Opcode::kAddQ, .extras = extras, .key = "a", .value = "m"});
  ExpectSilence({.opcode = Opcode::kSetQ, .extras = extras, .key = "a", .value = "m"});
  ExpectSilence({.opcode = Opcode::kReplaceQ, .extras = extras, .key = "a", .value = "m"});
  ExpectSilence({.opcode = Opcode::kAppendQ, .key = "a", .value = "n"});
  ExpectSilence({.opcode = Opcode::kPrependQ, .key = "a", .value = "l"});
  EXPECT_EQ(Value("a"), "lmn");
  EXPECT_EQ(Ask({.opcode = Opcode::kAddQ, .extras = extras, .key = "a", .value = "x"}).status,
            Status::kExists);
  EXPECT_EQ(Ask({.opcode = Opcode::kReplaceQ, .extras = extras, .key = "b", .value = "x"}).status,
            Status::kNotFound);
  EXPECT_EQ(Ask({.opcode = Opcode::kAppendQ, .key = "b", .value = "x"}).status, Status::kNotStored);
}

TEST_F(BinarySession, StoresHoldTheHeadersCasAgainstTheItems) {
  const uint64_t cas = Set("a", "1");
  const std::string extras = StoreExtras(0, 0);
  for (const Opcode opcode : {Opcode::kSet, Opcode::kAdd, Opcode::kReplace}) {
    const ResponsePacket answer =
        Ask({.opcode = opcode, .extras = extras, .key = "a", .value = "x", .cas = cas + 1});
    EXPECT_EQ(answer.status, Status::kExists);
    EXPECT_EQ(answer.value, "Data exists for key.");
    EXPECT_EQ(
        Ask({.opcode = opcode, .extras = extras, .key = "b", .value = "x", .cas = cas}).status,
        Status::kNotFound);
  }
  EXPECT_EQ(Ask({.opcode = Opcode::kAppend, .key = "a", .value = "x", .cas = cas + 1}).status,
            Status::kExists);
  const ResponsePacket stored =
      Ask({.opcode = Opcode::kSet, .extras = extras, .key = "a", .value = "2", .cas = cas});
  EXPECT_EQ(stored.status, Status::kSuccess);
  EXPECT_NE(stored.cas, cas);
  EXPECT_EQ(Ask({.opcode = Opcode::kPrepend, .key = "a", .value = "1", .cas = stored.cas}).status,
            Status::kSuccess);
  EXPECT_EQ(Value("a"), "12");
}

TEST_F(BinarySession, Deltas) {
  const RequestPacket absent{
      .opcode = Opcode::kIncrement, .extras = DeltaExtras(1, 5, 0xffffffff), .key = "n"};
  EXPECT_EQ(Ask(absent).status, Status::kNotFound);
  const ResponsePacket created =
      Ask({.opcode = Opcode::kDecrement, .extras = DeltaExtras(1, 5, 0), .key = "n"});
  EXPECT_EQ(created.status, Status::kSuccess);
  EXPECT_EQ(created.value, Big64(5));
  EXPECT_NE(created.cas, 0u);
  EXPECT_EQ(Ask({.opcode = Opcode::kIncrement, .extras = DeltaExtras(10, 0, 0), .key = "n"}).value,
            Big64(15));
  EXPECT_EQ(Ask({.opcode = Opcode::kDecrement, .extras = DeltaExtras(99, 0, 0), .key = "n"}).value,
            Big64(0));
  ExpectSilence({.opcode = Opcode::kIncrementQ, .extras = DeltaExtras(7, 0, 0), .key = "n"});
  ExpectSilence({.opcode = Opcode::kDecrementQ, .extras = DeltaExtras(1, 0, 0), .key = "n"});
  EXPECT_EQ(Value("n"), "6 ");
  EXPECT_EQ(
      Ask({.opcode = Opcode::kIncrement, .extras = DeltaExtras(1, 0, 0), .key = "n", .cas = 1})
          .status,
      Status::kExists);
  Set("text", "text");
  const ResponsePacket text =
      Ask({.opcode = Opcode::kIncrementQ, .extras = DeltaExtras(1, 0, 0), .key = "text"});
  EXPECT_EQ(text.status, Status::kNonNumeric);
  EXPECT_EQ(text.value, "Non-numeric server-side value for incr or decr");
}

TEST_F(BinarySession, Deletes) {
  EXPECT_EQ(Ask({.opcode = Opcode::kDelete, .key = "a"}).status, Status::kNotFound);
  EXPECT_EQ(Ask({.opcode = Opcode::kDeleteQ, .key = "a"}).status, Status::kNotFound);
  const uint64_t cas = Set("a", "x");
  EXPECT_EQ(Ask({.opcode = Opcode::kDelete, .key = "a", .cas = cas + 1}).status, Status::kExists);
  EXPECT_EQ(Ask({.opcode = Opcode::kDelete, .key = "a", .cas = cas}).status, Status::kSuccess);
  Set("a", "x");
  ExpectSilence({.opcode = Opcode::kDeleteQ, .key = "a"});
  EXPECT_EQ(Value("a"), "(none)");
}

TEST_F(BinarySession, Touches) {
  EXPECT_EQ(Ask({.opcode = Opcode::kTouch, .extras = Big32(10), .key = "a"}).status,
            Status::kNotFound);
  const uint64_t cas = Set("a", "x", 7);
  const ResponsePacket touched = Ask({.opcode = Opcode::kTouch, .extras = Big32(10), .key = "a"});
  EXPECT_EQ(touched.status, Status::kSuccess);
  EXPECT_EQ(touched.extras, Big32(7));
  EXPECT_EQ(touched.value, "");
  EXPECT_EQ(touched.cas, cas);
  const ResponsePacket got = Ask({.opcode = Opcode::kGatK, .extras = Big32(10), .key = "a"});
  EXPECT_EQ(got.key, "a");
  EXPECT_EQ(got.value, "x");
  EXPECT_EQ(Ask({.opcode = Opcode::kGat, .extras = Big32(100), .key = "a"}).value, "x");
  EXPECT_EQ(Ask({.opcode = Opcode::kGatQ, .extras = Big32(100), .key = "a"}).value, "x");
  ExpectSilence({.opcode = Opcode::kGatQ, .extras = Big32(10), .key = "b"});
  ExpectSilence({.opcode = Opcode::kGatKQ, .extras = Big32(10), .key = "b"});
  world_.AdvanceClock(50);
  EXPECT_EQ(Value("a"), "x");
  world_.AdvanceClock(60);
  EXPECT_EQ(Value("a"), "(none)");
  EXPECT_EQ(world_.Count(Counter::kCmdTouch), 7u);
}

TEST_F(BinarySession, FlushesAtOnceOrLater) {
  Set("a", "x");
  EXPECT_EQ(Ask({.opcode = Opcode::kFlush}).status, Status::kSuccess);
  EXPECT_EQ(Value("a"), "(none)");
  Set("a", "x");
  ExpectSilence({.opcode = Opcode::kFlushQ, .extras = Big32(10)});
  EXPECT_EQ(Value("a"), "x");
  world_.AdvanceClock(11);
  EXPECT_EQ(Value("a"), "(none)");
}

TEST_F(BinarySession, VersionNoopStats) {
  EXPECT_EQ(Ask({.opcode = Opcode::kVersion}).value, "1.6.45-ringcached-test");
  EXPECT_EQ(Ask({.opcode = Opcode::kNoop}).value, "");
  std::vector<ResponsePacket> figures = AskAll(Encode({.opcode = Opcode::kStat, .opaque = 3}));
  ASSERT_GT(figures.size(), 50u);
  EXPECT_EQ(figures[0].key, "pid");
  EXPECT_EQ(figures[0].value, "4711");
  EXPECT_EQ(figures.back().key, "");
  EXPECT_EQ(figures.back().value, "");
  EXPECT_EQ(figures.back().opaque, 3u);
  figures = AskAll(Encode({.opcode = Opcode::kStat, .key = "settings"}));
  EXPECT_EQ(figures[0].key, "maxbytes");
  EXPECT_EQ(Ask({.opcode = Opcode::kStat, .key = "reset"}).status, Status::kSuccess);
  EXPECT_EQ(Ask({.opcode = Opcode::kStat, .key = "nonsense"}).status, Status::kNotFound);
}

TEST_F(BinarySession, Quits) {
  EXPECT_EQ(Ask({.opcode = Opcode::kQuit}).status, Status::kSuccess);
  EXPECT_TRUE(peer_.ended());
  SessionPeer quiet(world_);
  EXPECT_EQ(quiet.Ask(Encode({.opcode = Opcode::kQuitQ})), "");
  EXPECT_TRUE(quiet.ended());
}

TEST_F(BinarySession, AValueTooLargeTakesTheOldOneAlongIfItWasToReplaceIt) {
  Set("a", "old");
  const std::string value((1 << 20) + 1, 'x');
  for (const Opcode opcode : {Opcode::kAdd, Opcode::kReplace}) {
    EXPECT_EQ(
        Ask({.opcode = opcode, .extras = StoreExtras(0, 0), .key = "a", .value = value}).status,
        Status::kTooLarge);
  }
  EXPECT_EQ(Ask({.opcode = Opcode::kAppend, .key = "a", .value = value}).status, Status::kTooLarge);
  EXPECT_EQ(Value("a"), "old");
  EXPECT_EQ(
      Ask({.opcode = Opcode::kSetQ, .extras = StoreExtras(0, 0), .key = "a", .value = value}).value,
      "Too large.");
  EXPECT_EQ(Value("a"), "(none)");
}

TEST_F(BinarySession, UnknownOpcodesAreSkippedAndTheNextIsUnderstood) {
  for (const int opcode : {0x1b, 0x1f, 0x25, 0x30, 0xff}) {
    const RequestPacket unknown{.opcode = static_cast<Opcode>(opcode),
                                .extras = std::string(30, 'e'),
                                .key = "key",
                                .value = "value"};
    const std::vector<ResponsePacket> answers =
        AskAll(Encode(unknown) + Encode({.opcode = Opcode::kNoop}));
    ASSERT_EQ(answers.size(), 2u) << opcode;
    EXPECT_EQ(answers[0].status, Status::kUnknownCommand);
    EXPECT_EQ(answers[0].value, "Unknown command");
    EXPECT_EQ(answers[1].opcode, Opcode::kNoop);
  }
}

struct WrongPacket {
  const char* why;
  RequestPacket packet;
};

TEST_F(BinarySession, PacketsOfTheWrongShapeAreTheLast) {
  const WrongPacket wrong[] = {
      {"a get without a key", {.opcode = Opcode::kGet}},
      {"a get with extras", {.opcode = Opcode::kGet, .extras = "four", .key = "a"}},
      {"a get with a value", {.opcode = Opcode::kGet, .key = "a", .value = "x"}},
      {"a set without extras", {.opcode = Opcode::kSet, .key = "a", .value = "x"}},
      {"a set without a key", {.opcode = Opcode::kSet, .extras = "12345678", .value = "x"}},
      {"an append with extras", {.opcode = Opcode::kAppend, .extras = "12345678", .key = "a"}},
      {"an incr with short extras", {.opcode = Opcode::kIncrement, .extras = "1", .key = "a"}},
      {"an incr with a value",
       {.opcode = Opcode::kIncrement, .extras = DeltaExtras(1, 1, 1), .key = "a", .value = "x"}},
      {"a touch without extras", {.opcode = Opcode::kTouch, .key = "a"}},
      {"a flush with a key", {.opcode = Opcode::kFlush, .key = "a"}},
      {"a flush with long extras", {.opcode = Opcode::kFlush, .extras = "12345678"}},
      {"a noop with a key", {.opcode = Opcode::kNoop, .key = "a"}},
      {"a version with extras", {.opcode = Opcode::kVersion, .extras = "1234"}},
      {"a quit with a key", {.opcode = Opcode::kQuit, .key = "a"}},
      {"a stat with extras", {.opcode = Opcode::kStat, .extras = "1234"}},
      {"a key too long", {.opcode = Opcode::kGet, .key = std::string(251, 'k')}},
  };
  for (const WrongPacket& w : wrong) {
    SessionPeer peer(world_);
    const auto answers = DecodeAll(peer.Ask(Encode(w.packet)));
    ASSERT_EQ(answers.size(), 1u) << w.why;
    EXPECT_EQ(answers[0].status, Status::kInvalid) << w.why;
    EXPECT_EQ(answers[0].value, "Invalid arguments") << w.why;
    EXPECT_TRUE(peer.ended()) << w.why;
  }
}

TEST_F(BinarySession, LengthsThatCannotBeAreAnsweredBeforeTheyAreWaitedFor) {
  std::string packet = Encode({.opcode = Opcode::kGet, .key = "abc"});
  packet[11] = 2;  // of a body shorter than its key
  const auto short_body = DecodeAll(peer_.Ask(packet));
  ASSERT_EQ(short_body.size(), 1u);
  EXPECT_EQ(short_body[0].status, Status::kUnknownCommand);
  EXPECT_TRUE(peer_.ended());
  SessionPeer peer(world_);
  std::string huge =
      Encode({.opcode = Opcode::kSet, .extras = StoreExtras(0, 0), .key = "a"}).substr(0, 24);
  huge[8] = '\xff';
  const auto too_much = DecodeAll(peer.Ask(huge));
  ASSERT_EQ(too_much.size(), 1u);
  EXPECT_EQ(too_much[0].status, Status::kInvalid);
  EXPECT_TRUE(peer.ended());
}

TEST_F(BinarySession, AnotherMagicClosesWithoutAWord) {
  EXPECT_EQ(AskAll(Encode({.opcode = Opcode::kNoop})).size(), 1u);
  EXPECT_EQ(peer_.Ask("get a\r\n" + std::string(24, ' ')), "");
  EXPECT_TRUE(peer_.ended());
}

TEST_F(BinarySession, ArrivalMakesNoDifference) {
  const std::string value(100'000, 'v');
  const std::string input =
      Encode({.opcode = Opcode::kSet, .extras = StoreExtras(1, 0), .key = "a", .value = "value"}) +
      Encode({.opcode = Opcode::kGetKQ, .key = "a"}) +
      Encode({.opcode = Opcode::kGetQ, .key = "b"}) +
      Encode({.opcode = Opcode::kAppendQ, .key = "a", .value = "!"}) +
      Encode({.opcode = static_cast<Opcode>(0x1b), .extras = "1234", .key = "k"}) +
      Encode({.opcode = Opcode::kIncrement, .extras = DeltaExtras(1, 7, 0), .key = "n"}) +
      Encode({.opcode = Opcode::kAdd, .extras = StoreExtras(0, 0), .key = "a", .value = "x"}) +
      Encode({.opcode = Opcode::kGetK, .key = "a"});
  const std::string whole = peer_.Ask(input);
  for (size_t at = 0; at <= input.size(); ++at) {
    SessionWorld world;
    SessionPeer peer(world);
    std::string replies = peer.Ask(input.substr(0, at));
    replies += peer.Ask(input.substr(at));
    EXPECT_EQ(replies, whole) << at;
  }
  SessionWorld world;
  SessionPeer peer(world);
  std::string replies;
  for (const char byte : input) replies += peer.Ask(std::string(1, byte));
  EXPECT_EQ(replies, whole);
}

TEST_F(BinarySession, AnAbandonedValueLeavesNothingBehind) {
  const std::string packet = Encode({.opcode = Opcode::kSet,
                                     .extras = StoreExtras(0, 0),
                                     .key = "a",
                                     .value = std::string(200'000, 'x')});
  {
    SessionPeer peer(world_);
    peer.Send(std::string_view(packet).substr(0, 100'000));
    EXPECT_GT(world_.cache().Stats().large_value_bytes, 0u);
  }
  EXPECT_EQ(world_.cache().Stats().large_value_bytes, 0u);
  EXPECT_EQ(Value("a"), "(none)");
}

}  // namespace
}  // namespace ringcached::protocol
