// What became of a request, in packets: every outcome, quiet and not.

#include "protocol/binary_writer.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "protocol/limits.h"
#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

using Status = BinaryStatus;

constexpr BinaryReplyTo kTo{
    .opcode = Opcode::kGetK, .opaque = {'\1', '\2', '\3', '\4'}, .returns = {}};

std::vector<ResponsePacket> Packets(const ReplySink& sink) { return DecodeAll(Contents(sink)); }

std::vector<ResponsePacket> Written(const Outcome& outcome, const Request& request) {
  ReplySink sink;
  WriteBinaryOutcome(outcome, request, "1.2.3", kTo, sink);
  return Packets(sink);
}

struct Wording {
  OutcomeCode code;
  Command command;
  Status status;
  std::string_view text;
};

constexpr std::string_view kExists = "Data exists for key.";
constexpr Wording kRefusals[] = {
    {OutcomeCode::kNotFound, Command::kDelete, Status::kNotFound, "Not found"},
    {OutcomeCode::kNotStored, Command::kAdd, Status::kExists, kExists},
    {OutcomeCode::kNotStored, Command::kReplace, Status::kNotFound, "Not found"},
    {OutcomeCode::kNotStored, Command::kAppend, Status::kNotStored, "Not stored."},
    {OutcomeCode::kNotStored, Command::kPrepend, Status::kNotStored, "Not stored."},
    {OutcomeCode::kExists, Command::kCas, Status::kExists, kExists},
    {OutcomeCode::kTooLarge, Command::kSet, Status::kTooLarge, "Too large."},
    {OutcomeCode::kNonNumeric, Command::kIncrement, Status::kNonNumeric,
     "Non-numeric server-side value for incr or decr"},
    {OutcomeCode::kOutOfMemoryStoring, Command::kSet, Status::kOutOfMemory, "Out of memory"},
    {OutcomeCode::kOutOfMemory, Command::kIncrement, Status::kOutOfMemory, "Out of memory"},
    {OutcomeCode::kUnknownArgument, Command::kStats, Status::kNotFound, "Not found"},
};

TEST(WriteBinaryOutcome, RefusalsAreAlwaysHeard) {
  for (const Wording& refusal : kRefusals) {
    for (const bool quiet : {false, true}) {
      Request request;
      request.command = refusal.command;
      request.quiet = quiet;
      const auto packets = Written({.code = refusal.code, .cas = 5}, request);
      ASSERT_EQ(packets.size(), 1u);
      EXPECT_EQ(packets[0].opcode, kTo.opcode);
      EXPECT_EQ(packets[0].opaque, 0x01020304u);
      EXPECT_EQ(packets[0].status, refusal.status);
      EXPECT_EQ(packets[0].value, refusal.text);
      EXPECT_EQ(packets[0].cas, 0u);
    }
  }
}

TEST(WriteBinaryOutcome, SuccessIsHeardUnlessTheRequestIsQuiet) {
  for (const OutcomeCode code :
       {OutcomeCode::kStored, OutcomeCode::kDeleted, OutcomeCode::kNoop, OutcomeCode::kOk,
        OutcomeCode::kReset, OutcomeCode::kStats, OutcomeCode::kClose}) {
    const auto packets = Written({.code = code, .cas = 7}, {});
    ASSERT_EQ(packets.size(), 1u);
    EXPECT_EQ(packets[0].status, Status::kSuccess);
    EXPECT_EQ(packets[0].value, "");
    EXPECT_EQ(packets[0].cas, 7u);
    Request quiet;
    quiet.quiet = true;
    EXPECT_TRUE(Written({.code = code}, quiet).empty());
  }
}

TEST(WriteBinaryOutcome, NumbersAndTheVersionAreValues) {
  EXPECT_EQ(Written({.code = OutcomeCode::kNumber, .number = 0x0102030405060708}, {})[0].value,
            "\1\2\3\4\5\6\7\10");
  EXPECT_EQ(Written({.code = OutcomeCode::kVersion}, {})[0].value, "1.2.3");
}

TEST(WriteBinaryOutcome, AMissReturnsTheKeyOrSaysSo) {
  Request request;
  request.key.bytes = "key";
  ReplySink sink;
  BinaryReplyTo to = kTo;
  WriteBinaryOutcome({.code = OutcomeCode::kMiss}, request, "", to, sink);
  to.returns.key = true;
  WriteBinaryOutcome({.code = OutcomeCode::kMiss}, request, "", to, sink);
  request.quiet = true;
  WriteBinaryOutcome({.code = OutcomeCode::kMiss}, request, "", to, sink);
  const auto packets = Packets(sink);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0].value, "Not found");
  EXPECT_EQ(packets[1].status, Status::kNotFound);
  EXPECT_EQ(packets[1].key, "key");
  EXPECT_EQ(packets[1].value, "");
}

// How many pins are held on what stands for an item.
int held = 0;

storage::ItemView Item(std::string_view value) {
  storage::ItemView item;
  item.key = "key";
  item.value = value;
  item.client_flags = 0xdeadbeef;
  item.cas = 9;
  item.make_pin = [](void*) {
    ++held;
    return storage::Pin([](void*) { --held; }, nullptr);
  };
  return item;
}

TEST(WriteBinaryItem, ReturnsWhatWasAskedFor) {
  for (const bool key : {false, true}) {
    for (const bool value : {false, true}) {
      ReplySink sink;
      BinaryReplyTo to = kTo;
      to.returns = {.key = key, .value = value};
      WriteBinaryItem(Item("value"), to, sink);
      const auto packets = Packets(sink);
      ASSERT_EQ(packets.size(), 1u);
      EXPECT_EQ(packets[0].extras, Big32(0xdeadbeef));
      EXPECT_EQ(packets[0].key, key ? "key" : "");
      EXPECT_EQ(packets[0].value, value ? "value" : "");
      EXPECT_EQ(packets[0].cas, 9u);
    }
  }
}

TEST(WriteBinaryItem, PinsLargeValuesAlone) {
  BinaryReplyTo to = kTo;
  to.returns.value = true;
  for (const bool large : {false, true}) {
    const std::string value(kMaxCopiedValueBytes + (large ? 1 : 0), 'v');
    ReplySink sink;
    WriteBinaryItem(Item(value), to, sink);
    EXPECT_EQ(held, large ? 1 : 0);
    EXPECT_EQ(Packets(sink)[0].value, value);
    sink.Clear();
    EXPECT_EQ(held, 0);
  }
  ReplySink sink;
  to.returns.value = false;
  const std::string value(kMaxCopiedValueBytes + 1, 'v');
  WriteBinaryItem(Item(value), to, sink);
  EXPECT_EQ(held, 0) << "a touch returns no value";
}

TEST(WriteBinaryStat, IsAKeyAndAValue) {
  ReplySink sink;
  WriteBinaryStat("pid", "4711", kTo, sink);
  WriteBinaryStat("empty", "", kTo, sink);
  const auto packets = Packets(sink);
  ASSERT_EQ(packets.size(), 2u);
  EXPECT_EQ(packets[0].key, "pid");
  EXPECT_EQ(packets[0].value, "4711");
  EXPECT_EQ(packets[1].key, "empty");
}

}  // namespace
}  // namespace ringcached::protocol
