// What a session was prepared for, or prepares itself, makes no difference to what it answers.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

using Status = Session::Status;

// Keys of one length, so that what moves in a buffer meets old addresses.
std::string Key(uint64_t i) { return "key" + std::to_string(10 + i % 20); }

std::string TextCommand(std::mt19937_64& random) {
  const std::string key = Key(random());
  switch (random() % 16) {
    case 0:
      return "get " + key + " " + Key(random()) + "\r\n";
    case 1:
      return "set " + key + " 0 0 9\r\n" + "get xx\r\n1" + "\r\n";
    case 2:
      return "mg " + key + " v k\r\n";
    case 3:
      return "ms " + key + " 2 c\r\n12\r\n";
    case 4:
      return "incr " + key + " 1\r\n";
    case 5:
      return "incr " + key + " x\r\n";
    case 6:
      return "delete " + key + " noreply\r\n";
    case 7:
      return "mg a2V5MTA= b k v\r\n";
    case 8:
      return "set " + key + " 0 0 2\r\ntoo long\r\n";
    case 9:
      return "get " + std::string(251, 'k') + "\r\n";
    case 10:
      return "gat 100 " + key + "\r\n";
    case 11:
      return "version\r\n";
    default:
      return "get " + key + "\r\n";
  }
}

std::string BinaryCommand(std::mt19937_64& random) {
  const std::string key = Key(random());
  switch (random() % 8) {
    case 0:
      return Encode(
          {.opcode = Opcode::kSet, .extras = StoreExtras(0, 0), .key = key, .value = "1"});
    case 1:
      return Encode({.opcode = Opcode::kIncrement, .extras = DeltaExtras(1, 0, 0), .key = key});
    case 2:
      return Encode({.opcode = Opcode::kDeleteQ, .key = key});
    case 3:
      return Encode({.opcode = Opcode::kNoop});
    case 4:
      return Encode({.opcode = static_cast<Opcode>(0xff), .key = key, .value = "value"});
    case 5:
      return Encode({.opcode = Opcode::kGetK, .key = key});
    default:
      return Encode({.opcode = Opcode::kGetKQ, .key = key});
  }
}

// A client whose session has a few requests answered a turn.
struct Client {
  std::string to_send;
  std::string received;
  std::string piece;  // that arrives in this turn
  Session session;
  Status status = Status::kReady;
};

class SessionPrepare : public testing::TestWithParam<uint32_t> {
 protected:
  // Plays the same conversations, cut and dealt by `seed`; all replies.
  std::string Play(uint64_t seed, bool prepares) {
    SessionWorld world;
    std::mt19937_64 random(seed);
    std::vector<Client> clients(4);
    for (size_t i = 0; i < clients.size(); ++i) {
      for (int command = 0; command < 60; ++command) {
        clients[i].to_send += i % 2 == 0 ? TextCommand(random) : BinaryCommand(random);
      }
    }
    const auto waits = [](const Client& client) {
      return !client.to_send.empty() || client.status == Status::kYielded;
    };
    while (std::any_of(clients.begin(), clients.end(), waits)) {
      Turn(random, world, prepares, &clients);
    }
    std::string replies;
    for (const Client& client : clients) replies += client.received + "\n";
    return replies;
  }

 private:
  void Turn(std::mt19937_64& random, SessionWorld& world, bool prepares,
            std::vector<Client>* clients) {
    ExecuteContext& context = world.context();
    for (Client& client : *clients) {
      const size_t bytes = std::min<size_t>(random() % 300, client.to_send.size());
      client.piece = client.to_send.substr(0, bytes);
      client.to_send.erase(0, bytes);
      if (prepares && !context.batch->full()) client.session.Prepare(client.piece, context);
    }
    context.batch->PrefetchItems();
    for (Client& client : *clients) {
      context.requests_left = GetParam();
      if (!client.piece.empty()) {
        client.status = client.session.Receive(client.piece, false, context, sink_);
      } else if (client.status == Status::kYielded) {
        client.status = client.session.Resume(context, sink_);
      }
      client.received += Contents(sink_);
      sink_.Clear();
    }
    // What sessions have put there themselves is theirs to clear.
    if (prepares) context.batch->Clear();
  }

  ReplySink sink_;
};

TEST_P(SessionPrepare, MakesNoDifference) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const std::string replies = Play(seed, false);
    ASSERT_GT(replies.size(), 1000u);
    ASSERT_EQ(Play(seed, true), replies);
  }
}

INSTANTIATE_TEST_SUITE_P(RequestsATurn, SessionPrepare, testing::Values(1, 3, 1000));

class PreparedSession : public testing::Test {
 protected:
  // How many keys the session is prepared for.
  size_t Prepared(const SessionPeer& peer, std::string_view input) {
    LookupBatch& batch = *world_.context().batch;
    peer.session().Prepare(input, world_.context());
    const size_t keys = batch.size();
    batch.Clear();
    return keys;
  }

  SessionWorld world_;
  SessionPeer peer_{world_};
};

TEST_F(PreparedSession, KnowsItsDialectFirst) {
  EXPECT_EQ(Prepared(peer_, "get a\r\nget b\r\n"), 0u);
  peer_.Send("get a\r\n");
  EXPECT_EQ(Prepared(peer_, "get a\r\nget b\r\n"), 2u);
  EXPECT_EQ(peer_.TakeReplies(), "END\r\n");
  SessionPeer binary(world_);
  binary.Send(Encode({.opcode = Opcode::kNoop}));
  EXPECT_EQ(Prepared(binary, Encode({.opcode = Opcode::kGet, .key = "a"})), 1u);
}

TEST_F(PreparedSession, IsBetweenTwoCommands) {
  peer_.Send("set a 0 0 20\r\n12");
  EXPECT_EQ(Prepared(peer_, "get a\r\n"), 0u);
  peer_.Send("345678901234567890\r\nget a");
  EXPECT_EQ(Prepared(peer_, "get b\r\n"), 0u);
  peer_.Send("\r\n");
  EXPECT_EQ(Prepared(peer_, "get b\r\n"), 1u);
  peer_.Send("quit\r\n");
  EXPECT_EQ(Prepared(peer_, "get b\r\n"), 0u);
}

TEST_F(PreparedSession, HasSaidWhoItIs) {
  world_.server().requires_authentication = true;
  peer_.Send("get a\r\n");
  EXPECT_EQ(Prepared(peer_, "get b\r\n"), 0u);
  SessionPeer binary(world_);
  binary.Send(Encode({.opcode = Opcode::kVersion}));
  EXPECT_EQ(Prepared(binary, Encode({.opcode = Opcode::kGet, .key = "a"})), 0u);
}

TEST_F(PreparedSession, TakesItsKeysFromTheBatch) {
  peer_.Send("version\r\n");
  const std::string input =
      "get a\r\nset b 0 0 1\r\nv\r\nmg c v\r\nms d 1\r\nv\r\nincr e 1\r\ngat 0 f\r\n";
  LookupBatch& batch = *world_.context().batch;
  peer_.session().Prepare(input, world_.context());
  EXPECT_EQ(batch.left(), 6u);
  peer_.Send(input);
  EXPECT_EQ(batch.size(), 6u);
  EXPECT_EQ(batch.left(), 0u);
}

// It would be taken for the key that comes to lie there.
TEST_F(PreparedSession, LeavesNothingOfItsOwnInTheBatch) {
  world_.context().requests_left = 3;
  peer_.Send("get a\r\nget b\r\nget c\r\nget d\r\nget e\r\nget");
  EXPECT_EQ(peer_.TakeReplies(), "END\r\nEND\r\nEND\r\n");
  EXPECT_EQ(world_.context().batch->size(), 0u);
}

// B's keys stay for B while A, whose commands name none, is worked off.
TEST_F(PreparedSession, LeavesWhatIsForOthers) {
  peer_.Send("version\r\n");
  SessionPeer other(world_);
  other.Send("version\r\n");
  const std::string input = "version\r\n";
  const std::string others_input = "get a\r\n";
  peer_.session().Prepare(input, world_.context());
  other.session().Prepare(others_input, world_.context());
  peer_.Send(input);
  EXPECT_EQ(world_.context().batch->left(), 1u);
  other.Send(others_input);
  EXPECT_EQ(world_.context().batch->left(), 0u);
}

}  // namespace
}  // namespace ringcached::protocol
