// Binary packets into requests: every opcode, every shape that is refused, and no byte looked at
// behind the packet.

#include "protocol/binary_parser.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "protocol/limits.h"
#include "storage/key.h"
#include "tests/protocol/binary_packets.h"

namespace ringcached::protocol {
namespace {

// A copy that ends where its memory does, so that the address sanitizer sees a look behind it.
class Parsed {
 public:
  explicit Parsed(const std::string& packet)
      : bytes_(std::make_unique<char[]>(packet.size())), size_(packet.size()) {
    packet.copy(bytes_.get(), size_);
    const std::string_view input(bytes_.get(), size_);
    const BinaryHeader header = ReadBinaryHeader(input);
    checked = CheckBinaryHeader(header);
    if (checked.action != BinaryAction::kExecute) return;
    result = ParseBinaryPacket(header, input.substr(0, BytesBeforeValue(header)), &request);
  }

  BinaryPacket checked;
  BinaryPacket result;
  Request request;

 private:
  std::unique_ptr<char[]> bytes_;
  size_t size_;
};

BinaryPacket Check(const RequestPacket& packet) { return Parsed(Encode(packet)).checked; }

TEST(BinaryParser, ReadsEveryFieldOfTheHeader) {
  const BinaryHeader header = ReadBinaryHeader(
      Encode({.opcode = Opcode::kGat, .extras = "1234", .key = "key", .cas = 0x0102030405060708}));
  EXPECT_EQ(header.magic, kRequestMagic);
  EXPECT_EQ(header.opcode, Opcode::kGat);
  EXPECT_EQ(header.key_bytes, 3);
  EXPECT_EQ(header.extras_bytes, 4);
  EXPECT_EQ(header.body_bytes, 7u);
  EXPECT_EQ(header.cas, 0x0102030405060708u);
}

struct GetCase {
  Opcode opcode;
  bool quiet;
  bool touches;
  bool key;
  bool value;
};

TEST(BinaryParser, GetsAndTouches) {
  const GetCase cases[] = {
      {Opcode::kGet, false, false, false, true},  {Opcode::kGetQ, true, false, false, true},
      {Opcode::kGetK, false, false, true, true},  {Opcode::kGetKQ, true, false, true, true},
      {Opcode::kGat, false, true, false, true},   {Opcode::kGatQ, true, true, false, true},
      {Opcode::kGatK, false, true, true, true},   {Opcode::kGatKQ, true, true, true, true},
      {Opcode::kTouch, false, true, false, false}};
  for (const GetCase& c : cases) {
    const std::string extras = c.touches ? Big32(0xfffffffe) : std::string();
    const Parsed parsed(Encode({.opcode = c.opcode, .extras = extras, .key = "key", .cas = 7}));
    SCOPED_TRACE(static_cast<int>(c.opcode));
    EXPECT_EQ(parsed.result.action, BinaryAction::kExecute);
    EXPECT_EQ(parsed.result.returns.key, c.key);
    EXPECT_EQ(parsed.result.returns.value, c.value);
    EXPECT_EQ(parsed.request.command, Command::kGet);
    EXPECT_EQ(parsed.request.quiet, c.quiet);
    EXPECT_EQ(parsed.request.has_exptime, c.touches);
    EXPECT_EQ(parsed.request.exptime, c.touches ? 0xfffffffe : 0);
    EXPECT_EQ(parsed.request.key.bytes, "key");
    EXPECT_FALSE(parsed.request.has_cas);
  }
}

struct StoreCase {
  Opcode opcode;
  Opcode quiet_opcode;
  Command command;
  Command command_with_cas;
};

TEST(BinaryParser, Stores) {
  const StoreCase cases[] = {
      {Opcode::kSet, Opcode::kSetQ, Command::kSet, Command::kCas},
      {Opcode::kAdd, Opcode::kAddQ, Command::kAdd, Command::kCas},
      {Opcode::kReplace, Opcode::kReplaceQ, Command::kReplace, Command::kCas},
      {Opcode::kAppend, Opcode::kAppendQ, Command::kAppend, Command::kAppend},
      {Opcode::kPrepend, Opcode::kPrependQ, Command::kPrepend, Command::kPrepend}};
  for (const StoreCase& c : cases) {
    SCOPED_TRACE(static_cast<int>(c.opcode));
    const bool joins = c.command == Command::kAppend || c.command == Command::kPrepend;
    const std::string extras = joins ? std::string() : StoreExtras(0xdeadbeef, 0xffffffff);
    for (const bool quiet : {false, true}) {
      RequestPacket packet{.opcode = quiet ? c.quiet_opcode : c.opcode,
                           .extras = extras,
                           .key = "key",
                           .value = "value"};
      const Parsed parsed(Encode(packet));
      EXPECT_EQ(parsed.result.action, BinaryAction::kReceiveValue);
      EXPECT_EQ(parsed.request.command, c.command);
      EXPECT_EQ(parsed.request.quiet, quiet);
      EXPECT_EQ(parsed.request.value_bytes, 5u);
      EXPECT_EQ(parsed.request.client_flags, joins ? 0 : 0xdeadbeef);
      EXPECT_EQ(parsed.request.exptime, joins ? 0 : 0xffffffff);
      EXPECT_EQ(parsed.request.drop_if_refused, c.command == Command::kSet);
      packet.cas = 0xffffffffffffffff;
      const Parsed with_cas(Encode(packet));
      EXPECT_EQ(with_cas.request.command, c.command_with_cas);
      EXPECT_EQ(with_cas.request.cas, 0xffffffffffffffff);
      EXPECT_EQ(with_cas.request.drop_if_refused, c.command == Command::kSet);
    }
  }
}

TEST(BinaryParser, Deltas) {
  const Parsed incr(Encode({.opcode = Opcode::kIncrement,
                            .extras = DeltaExtras(0x0102030405060708, 0xffffffffffffffff, 5),
                            .key = "n",
                            .cas = 9}));
  EXPECT_EQ(incr.request.command, Command::kIncrement);
  EXPECT_EQ(incr.request.delta, 0x0102030405060708u);
  EXPECT_EQ(incr.request.initial, 0xffffffffffffffffu);
  EXPECT_TRUE(incr.request.vivify);
  EXPECT_EQ(incr.request.vivify_exptime, 5);
  EXPECT_FALSE(incr.request.has_exptime) << "the item keeps its time to live";
  EXPECT_EQ(incr.request.cas, 9u);
  const Parsed decr(
      Encode({.opcode = Opcode::kDecrementQ, .extras = DeltaExtras(1, 2, 0xffffffff), .key = "n"}));
  EXPECT_EQ(decr.request.command, Command::kDecrement);
  EXPECT_TRUE(decr.request.quiet);
  EXPECT_FALSE(decr.request.vivify);
}

TEST(BinaryParser, TheOthers) {
  const Parsed removal(Encode({.opcode = Opcode::kDeleteQ, .key = "a", .cas = 3}));
  EXPECT_EQ(removal.request.command, Command::kDelete);
  EXPECT_TRUE(removal.request.quiet);
  EXPECT_TRUE(removal.request.has_cas);
  EXPECT_EQ(removal.request.cas, 3u);
  EXPECT_FALSE(Parsed(Encode({.opcode = Opcode::kDelete, .key = "a"})).request.has_cas);

  EXPECT_EQ(Parsed(Encode({.opcode = Opcode::kFlushQ})).request.exptime, 0);
  const Parsed flush(Encode({.opcode = Opcode::kFlush, .extras = Big32(0xffffffff)}));
  EXPECT_EQ(flush.request.command, Command::kFlushAll);
  EXPECT_EQ(flush.request.exptime, 0xffffffff);

  const Parsed stat(Encode({.opcode = Opcode::kStat, .key = "settings"}));
  EXPECT_EQ(stat.request.command, Command::kStats);
  EXPECT_EQ(stat.request.argument, "settings");
  EXPECT_EQ(stat.request.key.bytes, "");

  EXPECT_EQ(Parsed(Encode({.opcode = Opcode::kNoop})).request.command, Command::kNoop);
  EXPECT_EQ(Parsed(Encode({.opcode = Opcode::kVersion})).request.command, Command::kVersion);
  EXPECT_EQ(Parsed(Encode({.opcode = Opcode::kQuitQ})).request.command, Command::kQuit);
  EXPECT_EQ(
      Parsed(Encode({.opcode = Opcode::kSaslAuth, .key = "PLAIN", .value = "x"})).result.action,
      BinaryAction::kSasl);
}

TEST(BinaryParser, ExtrasHaveTheirSizeAlone) {
  for (int opcode = 0; opcode <= 0xff; ++opcode) {
    std::vector<size_t> sizes;
    for (size_t extras = 0; extras <= 0xff; ++extras) {
      for (const char* const key : {"", "k"}) {
        const auto checked = Check({.opcode = static_cast<Opcode>(opcode),
                                    .extras = std::string(extras, 'e'),
                                    .key = key});
        if (checked.action == BinaryAction::kExecute) sizes.push_back(extras);
        if (checked.action == BinaryAction::kFail) {
          EXPECT_EQ(checked.status, BinaryStatus::kInvalid) << opcode;
        }
      }
    }
    const bool flush = opcode == 0x08 || opcode == 0x18;
    const bool stat = opcode == 0x10;
    EXPECT_LE(sizes.size(), flush || stat ? 2u : 1u) << opcode;
    const bool unknown = opcode == 0x1b || opcode == 0x1f || opcode > 0x24;
    EXPECT_EQ(sizes.empty(), unknown) << opcode;
  }
}

TEST(BinaryParser, KeysHaveALimit) {
  const std::string longest(storage::kMaxKeyBytes, 'k');
  EXPECT_EQ(Check({.opcode = Opcode::kGet, .key = longest}).action, BinaryAction::kExecute);
  const BinaryPacket longer = Check({.opcode = Opcode::kGet, .key = longest + "k"});
  EXPECT_EQ(longer.action, BinaryAction::kFail);
  EXPECT_EQ(longer.status, BinaryStatus::kInvalid);
}

TEST(BinaryParser, BodiesHaveALimitAndHoldWhatTheyConsistOf) {
  BinaryHeader header;
  header.magic = kRequestMagic;
  header.opcode = Opcode::kSet;
  header.extras_bytes = 8;
  header.key_bytes = 1;
  header.body_bytes = kMaxBinaryBodyBytes;
  EXPECT_EQ(CheckBinaryHeader(header).action, BinaryAction::kExecute);
  header.body_bytes = kMaxBinaryBodyBytes + 1;
  EXPECT_EQ(CheckBinaryHeader(header).action, BinaryAction::kFail);
  EXPECT_EQ(CheckBinaryHeader(header).status, BinaryStatus::kInvalid);
  header.body_bytes = 0xffffffff;
  EXPECT_EQ(CheckBinaryHeader(header).status, BinaryStatus::kInvalid);
  header.body_bytes = 9;
  EXPECT_EQ(CheckBinaryHeader(header).action, BinaryAction::kExecute);
  header.body_bytes = 8;
  EXPECT_EQ(CheckBinaryHeader(header).action, BinaryAction::kFail);
  EXPECT_EQ(CheckBinaryHeader(header).status, BinaryStatus::kUnknownCommand);
}

TEST(BinaryParser, OtherMagicsAreNoClients) {
  for (int magic = 0; magic <= 0xff; ++magic) {
    BinaryHeader header;
    header.magic = static_cast<uint8_t>(magic);
    header.opcode = Opcode::kNoop;
    EXPECT_EQ(CheckBinaryHeader(header).action,
              magic == 0x80 ? BinaryAction::kExecute : BinaryAction::kClose)
        << magic;
  }
}

}  // namespace
}  // namespace ringcached::protocol
