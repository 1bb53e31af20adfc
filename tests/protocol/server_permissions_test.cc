// Commands that an operator allows or forbids.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

class ServerPermissionsTest : public testing::Test {
 protected:
  ServerPermissions& permissions() { return world_.server().permissions; }
  void Store() { EXPECT_EQ(peer_.Ask("set a 0 0 1\r\nx\r\n"), "STORED\r\n"); }
  bool Stored() { return world_.cache().Stats().items == 1; }

  ResponsePacket AskBinary(const RequestPacket& packet) {
    const std::vector<ResponsePacket> answers = DecodeAll(binary_.Ask(Encode(packet)));
    EXPECT_EQ(answers.size(), 1u);
    return answers.empty() ? ResponsePacket() : answers[0];
  }

  SessionWorld world_;
  SessionPeer peer_{world_};
  SessionPeer binary_{world_};
};

TEST_F(ServerPermissionsTest, ShutdownWithoutOneIsRefusedWhateverTheMode) {
  for (const std::string line : {"shutdown", "shutdown graceful", "shutdown foo"}) {
    EXPECT_EQ(peer_.Ask(line + "\r\n"), "SERVER_ERROR: shutdown not enabled\r\n");
  }
  EXPECT_FALSE(peer_.ended());
  EXPECT_EQ(world_.server().shutdowns, 0);
}

TEST_F(ServerPermissionsTest, ShutdownWithOneAsksTheServerAndEnds) {
  permissions().shutdown = true;
  EXPECT_EQ(peer_.Ask("version\r\nshutdown\r\nversion\r\n"), "VERSION 1.6.45-ringcached-test\r\n");
  EXPECT_TRUE(peer_.ended());
  EXPECT_EQ(world_.server().shutdowns, 1);
  for (const std::string line : {"shutdown graceful", "shutdown  graceful "}) {
    SessionPeer graceful(world_);
    EXPECT_EQ(graceful.Ask(line + "\r\n"), "") << line;
    EXPECT_TRUE(graceful.ended()) << line;
  }
  EXPECT_EQ(world_.server().shutdowns, 3);
}

TEST_F(ServerPermissionsTest, ShutdownHasNoOtherMode) {
  permissions().shutdown = true;
  for (const std::string mode : {"foo", "Graceful", "graceful now"}) {
    EXPECT_EQ(peer_.Ask("shutdown " + mode + "\r\n"), "CLIENT_ERROR invalid shutdown mode\r\n");
  }
  EXPECT_FALSE(peer_.ended());
  EXPECT_EQ(world_.server().shutdowns, 0);
}

TEST_F(ServerPermissionsTest, FlushAllInText) {
  Store();
  permissions().flush_all = false;
  for (const std::string line : {"flush_all", "flush_all 0", "flush_all -1", "flush_all 100"}) {
    EXPECT_EQ(peer_.Ask(line + "\r\n"), "CLIENT_ERROR flush_all not allowed\r\n") << line;
  }
  EXPECT_EQ(peer_.Ask("flush_all noreply\r\n"), "");
  world_.AdvanceClock(100);
  EXPECT_EQ(peer_.Ask("get a\r\n"), "VALUE a 0 1\r\nx\r\nEND\r\n");
  // memcached counts them before it looks.
  EXPECT_EQ(world_.Count(Counter::kCmdFlush), 5u);

  permissions().flush_all = true;
  EXPECT_EQ(peer_.Ask("flush_all\r\nget a\r\n"), "OK\r\nEND\r\n");
}

TEST_F(ServerPermissionsTest, FlushAllInBinary) {
  Store();
  permissions().flush_all = false;
  const RequestPacket packets[] = {
      {.opcode = Opcode::kFlush, .opaque = 7},
      {.opcode = Opcode::kFlush, .extras = Big32(100), .opaque = 7},
      {.opcode = Opcode::kFlushQ, .opaque = 7},
  };
  for (const RequestPacket& packet : packets) {
    const ResponsePacket answer = AskBinary(packet);
    EXPECT_EQ(answer.opcode, packet.opcode);
    EXPECT_EQ(static_cast<int>(answer.status), 0x20);
    EXPECT_EQ(answer.value, "Auth failure.");
    EXPECT_EQ(answer.opaque, 7u);
  }
  EXPECT_FALSE(binary_.ended());
  world_.AdvanceClock(100);
  EXPECT_EQ(peer_.Ask("get a\r\n"), "VALUE a 0 1\r\nx\r\nEND\r\n");

  permissions().flush_all = true;
  EXPECT_EQ(AskBinary({.opcode = Opcode::kFlush}).status, BinaryStatus::kSuccess);
  EXPECT_EQ(peer_.Ask("get a\r\n"), "END\r\n");
}

TEST_F(ServerPermissionsTest, DumpsAreEachRefusedInTheirOwnWords) {
  Store();
  permissions().dump = false;
  EXPECT_EQ(peer_.Ask("lru_crawler metadump all\r\n"), "ERROR metadump not allowed\r\n");
  EXPECT_EQ(peer_.Ask("lru_crawler metadump 2\r\n"), "ERROR metadump not allowed\r\n");
  EXPECT_EQ(peer_.Ask("lru_crawler mgdump all\r\n"), "ERROR key dump not allowed\r\n");
  EXPECT_EQ(peer_.Ask("stats cachedump 1 0\r\n"), "CLIENT_ERROR stats cachedump not allowed\r\n");
  // It names no key.
  EXPECT_NE(peer_.Ask("stats sizes\r\n"), "END\r\n");
  EXPECT_EQ(peer_.Ask("version\r\n"), "VERSION 1.6.45-ringcached-test\r\n");
}

}  // namespace
}  // namespace ringcached::protocol
