// Who a connection is, in both dialects: memcached's words for it, and that nothing else is looked
// at before.

#include <gtest/gtest.h>

#include <string>

#include "protocol/limits.h"
#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

constexpr char kUnauthenticated[] = "CLIENT_ERROR unauthenticated\r\n";
constexpr char kFailure[] = "CLIENT_ERROR authentication failure\r\n";

class Authentication : public testing::Test {
 protected:
  Authentication() {
    world_.server().requires_authentication = true;
    world_.server().offers_sasl = true;
  }
  static std::string Token(const std::string& token) {
    return "set k 0 0 " + std::to_string(token.size()) + "\r\n" + token + "\r\n";
  }
  static std::string Sasl(Opcode opcode, const std::string& mechanism, const std::string& message) {
    return Encode({.opcode = opcode, .key = mechanism, .value = message});
  }
  static std::string Plain(const std::string& user, const std::string& password) {
    const std::string nul(1, '\0');
    return "who" + nul + user + nul + password;
  }
  // One answer to a binary request.
  ResponsePacket AskBinary(const std::string& bytes) {
    const auto answers = DecodeAll(peer_.Ask(bytes));
    EXPECT_EQ(answers.size(), 1u);
    return answers.empty() ? ResponsePacket{} : answers[0];
  }

  SessionWorld world_;
  SessionPeer peer_{world_};
};

TEST_F(Authentication, ATokenOpensTheConnection) {
  EXPECT_EQ(peer_.Ask(Token("user password")), "STORED\r\n");
  EXPECT_EQ(peer_.Ask("get a\r\nmn\r\n"), "END\r\nMN\r\n");
  EXPECT_EQ(world_.Count(Counter::kAuthCmds), 1u);
  EXPECT_EQ(world_.Count(Counter::kAuthErrors), 0u);
  EXPECT_EQ(world_.Count(Counter::kCmdSet), 0u);
}

TEST_F(Authentication, EveryOtherLineIsRefused) {
  for (const std::string line :
       {"get aa", "version", "stats", "flush_all", "shutdown", "mn xxx", "mg a v", "quit  ",
        "GET / HTTP/1.1", "set a 0 0", "set a 0 0 x", "set a 0 0 -1", "settle a 0 0 1",
        "add a 0 0 1", " set a 0 0 1 x"}) {
    SessionPeer peer(world_);
    EXPECT_EQ(peer.Ask(line + "\r\n"), kUnauthenticated) << line;
    EXPECT_FALSE(peer.ended()) << line;
  }
  EXPECT_EQ(world_.cache().Stats().total_items, 0u);
}

TEST_F(Authentication, WrongTokensAreRefusedInMemcachedsWords) {
  EXPECT_EQ(peer_.Ask(Token("user wrong")), kFailure);
  EXPECT_EQ(peer_.Ask(Token("userpassword")), "CLIENT_ERROR bad authentication token format\r\n");
  EXPECT_EQ(peer_.Ask("set k 0 0 13\r\nuser passwordxx"),
            "CLIENT_ERROR bad command line termination\r\n");
  EXPECT_EQ(peer_.Ask(Token(std::string(kMaxAuthTokenBytes + 1, 'x')) + Token("user password")),
            "CLIENT_ERROR auth token too long\r\nSTORED\r\n");
  EXPECT_EQ(world_.Count(Counter::kAuthCmds), 2u);
  EXPECT_EQ(world_.Count(Counter::kAuthErrors), 1u);
}

TEST_F(Authentication, ThePasswordIsAllBehindTheFirstBlank) {
  EXPECT_EQ(peer_.Ask(Token("user  password")), kFailure);
  EXPECT_EQ(peer_.Ask(Token("user password ")), kFailure);
}

TEST_F(Authentication, TooShortAndEndlessLinesClose) {
  EXPECT_EQ(peer_.Ask("get\r\n"), "");
  EXPECT_TRUE(peer_.ended());
  SessionPeer endless(world_);
  endless.Send(std::string(kMaxUnfinishedLineBytes + 1, 'x'));
  EXPECT_TRUE(endless.ended());
  EXPECT_EQ(world_.Count(Counter::kLineTooLong), 1u);
}

TEST_F(Authentication, GuessingEndsTheConnection) {
  for (int i = 0; i < kMaxAuthFailures; ++i) {
    EXPECT_FALSE(peer_.ended());
    EXPECT_EQ(peer_.Ask(Token("user guess")), kFailure);
  }
  EXPECT_TRUE(peer_.ended());
}

TEST_F(Authentication, ArrivalMakesNoDifference) {
  const std::string input = "version\r\n" + Token("user wrong") + Token("user password") +
                            "set a 0 0 1\r\nx\r\nget a\r\n";
  const std::string whole = peer_.Ask(input);
  EXPECT_EQ(whole, std::string(kUnauthenticated) + kFailure +
                       "STORED\r\nSTORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
  for (size_t at = 0; at <= input.size(); ++at) {
    SessionPeer peer(world_);
    std::string replies = peer.Ask(input.substr(0, at));
    replies += peer.Ask(input.substr(at));
    EXPECT_EQ(replies, whole) << at;
  }
}

TEST_F(Authentication, SaslOpensABinaryConnection) {
  EXPECT_EQ(AskBinary(Encode({.opcode = Opcode::kSaslList})).value, "PLAIN");
  EXPECT_EQ(AskBinary(Encode({.opcode = Opcode::kVersion})).status, BinaryStatus::kSuccess);
  const ResponsePacket in = AskBinary(Sasl(Opcode::kSaslAuth, "PLAIN", Plain("user", "password")));
  EXPECT_EQ(in.status, BinaryStatus::kSuccess);
  EXPECT_EQ(in.value, "Authenticated");
  EXPECT_EQ(AskBinary(Encode({.opcode = Opcode::kGet, .key = "a"})).status,
            BinaryStatus::kNotFound);
  EXPECT_EQ(world_.Count(Counter::kAuthCmds), 1u);
}

TEST_F(Authentication, SaslInTwoSteps) {
  EXPECT_EQ(AskBinary(Sasl(Opcode::kSaslStep, "PLAIN", Plain("user", "password"))).status,
            BinaryStatus::kAuthError)
      << "nothing was begun";
  EXPECT_EQ(AskBinary(Sasl(Opcode::kSaslAuth, "PLAIN", "")).status, BinaryStatus::kAuthContinue);
  EXPECT_EQ(AskBinary(Sasl(Opcode::kSaslStep, "PLAIN", Plain("user", "password"))).status,
            BinaryStatus::kSuccess);
}

TEST_F(Authentication, SaslRefusesWhatIsWrong) {
  for (const std::string& message : {Plain("user", "wrong"), Plain("", ""), std::string("no nul"),
                                     std::string(2, '\0'), std::string("x") + '\0' + "user"}) {
    const ResponsePacket out = AskBinary(Sasl(Opcode::kSaslAuth, "PLAIN", message));
    EXPECT_EQ(out.status, BinaryStatus::kAuthError);
    EXPECT_EQ(out.value, "Auth failure.");
  }
  EXPECT_EQ(AskBinary(Sasl(Opcode::kSaslAuth, "CRAM-MD5", Plain("user", "password"))).status,
            BinaryStatus::kAuthError);
  EXPECT_EQ(AskBinary(Sasl(Opcode::kSaslAuth, "PLAIN", std::string(kMaxSaslMessageBytes + 1, 'x')))
                .status,
            BinaryStatus::kInvalid);
  EXPECT_EQ(world_.Count(Counter::kAuthErrors), 6u);
  EXPECT_EQ(AskBinary(Encode({.opcode = Opcode::kGet, .key = "a"})).status,
            BinaryStatus::kAuthError);
  EXPECT_TRUE(peer_.ended());
}

TEST_F(Authentication, AFailureTakesBackWhatWasGiven) {
  AskBinary(Sasl(Opcode::kSaslAuth, "PLAIN", Plain("user", "password")));
  AskBinary(Sasl(Opcode::kSaslAuth, "PLAIN", Plain("user", "wrong")));
  EXPECT_EQ(AskBinary(Encode({.opcode = Opcode::kNoop})).status, BinaryStatus::kAuthError);
}

TEST_F(Authentication, NoOpcodeWorksBeforeIt) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    if (opcode == 0x0b || (opcode >= 0x20 && opcode <= 0x22)) continue;
    SessionPeer peer(world_);
    const auto answers = DecodeAll(peer.Ask(
        Encode({.opcode = static_cast<Opcode>(opcode), .extras = StoreExtras(0, 0), .key = "k"})));
    ASSERT_EQ(answers.size(), 1u) << opcode;
    EXPECT_TRUE(answers[0].status == BinaryStatus::kAuthError ||
                answers[0].status == BinaryStatus::kInvalid)
        << opcode;
    EXPECT_TRUE(peer.ended()) << opcode;
  }
  EXPECT_EQ(world_.cache().Stats().total_items, 0u);
}

TEST_F(Authentication, WithoutSaslItsOpcodesAreUnknown) {
  world_.server().requires_authentication = false;
  world_.server().offers_sasl = false;
  EXPECT_EQ(AskBinary(Encode({.opcode = Opcode::kSaslList})).status, BinaryStatus::kUnknownCommand);
  EXPECT_EQ(AskBinary(Sasl(Opcode::kSaslAuth, "PLAIN", Plain("user", "password"))).status,
            BinaryStatus::kUnknownCommand);
  EXPECT_EQ(AskBinary(Encode({.opcode = Opcode::kNoop})).status, BinaryStatus::kSuccess);
}

}  // namespace
}  // namespace ringcached::protocol
