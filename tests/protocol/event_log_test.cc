#include "protocol/event_log.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/limits.h"
#include "tests/protocol/binary_packets.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

using Strings = std::vector<std::string>;

class Recorder final : public EventLog {
 public:
  bool Wants(uint32_t any) const override { return (wanted & any) != 0; }
  void Write(WatchTopic topic, std::string_view line) override {
    EXPECT_TRUE(Wants(topic)) << line;
    topics.push_back(topic);
    lines.emplace_back(line);
  }
  Strings Take() { return std::exchange(lines, {}); }

  uint32_t wanted = kWatchableTopics;
  std::vector<WatchTopic> topics;
  Strings lines;
};

Request Make(Command command, std::string_view key) {
  Request request;
  request.command = command;
  request.key.bytes = key;
  return request;
}

constexpr TurnTime kTime{1000, 1'700'000'000};

TEST(LogFetch, SaysWhatMemcachedSays) {
  Recorder log;
  LogFetch("a/b", true, 3, 26, log);
  LogFetch("nope", false, 0, 7, log);
  EXPECT_EQ(log.lines, Strings({"type=item_get key=a%2Fb status=found clsid=1 cfd=26 size=3",
                                "type=item_get key=nope status=not_found clsid=0 cfd=7 size=0"}));
  EXPECT_EQ(log.topics, std::vector({kWatchFetchers, kWatchFetchers}));
}

struct MutationCase {
  Command command;
  OutcomeCode code;
  const char* words;
};

TEST(LogMutation, NamesStatusAndCommand) {
  const MutationCase cases[] = {
      {Command::kSet, OutcomeCode::kStored, "status=stored cmd=set"},
      {Command::kAdd, OutcomeCode::kNotStored, "status=not_stored cmd=add"},
      {Command::kReplace, OutcomeCode::kNotStored, "status=not_stored cmd=replace"},
      {Command::kAppend, OutcomeCode::kStored, "status=stored cmd=append"},
      {Command::kPrepend, OutcomeCode::kStored, "status=stored cmd=prepend"},
      {Command::kCas, OutcomeCode::kExists, "status=exists cmd=cas"},
      {Command::kCas, OutcomeCode::kNotFound, "status=not_found cmd=cas"},
      {Command::kSet, OutcomeCode::kTooLarge, "status=too_large cmd=set"},
      {Command::kSet, OutcomeCode::kOutOfMemoryStoring, "status=no_memory cmd=set"},
      {Command::kIncrement, OutcomeCode::kNumber, "status=stored cmd=incr"},
      {Command::kDecrement, OutcomeCode::kNonNumeric, "status=not_stored cmd=decr"},
      {Command::kDecrement, OutcomeCode::kOutOfMemory, "status=no_memory cmd=decr"},
  };
  for (const MutationCase& c : cases) {
    Recorder log;
    Request request = Make(c.command, "a b");
    request.value_bytes = 5;
    LogMutation(request, {c.code}, kTime, 26, log);
    EXPECT_EQ(log.lines, Strings({"type=item_store key=a%20b " + std::string(c.words) +
                                  " ttl=0 clsid=1 cfd=26 size=5"}));
    EXPECT_EQ(log.topics, std::vector({kWatchMutations}));
  }
}

// Whatever the client said, memcached prints how many seconds are left.
TEST(LogMutation, SaysHowLongTheItemLives) {
  const struct {
    int64_t exptime;
    const char* ttl;
  } cases[] = {{0, "0"},
               {100, "100"},
               {-1, "0"},
               {kMaxRelativeExptimeSeconds, "2592000"},
               {1'700'000'060, "60"},
               {1'600'000'000, "0"}};
  for (const auto& c : cases) {
    Recorder log;
    Request request = Make(Command::kSet, "k");
    request.value = "abc";
    request.value_bytes = 3;
    request.exptime = c.exptime;
    LogMutation(request, {OutcomeCode::kStored}, kTime, 1, log);
    EXPECT_EQ(log.lines, Strings({"type=item_store key=k status=stored cmd=set ttl=" +
                                  std::string(c.ttl) + " clsid=1 cfd=1 size=3"}));
  }
}

TEST(LogDeletion, SaysWhatMemcachedSays) {
  Recorder log;
  LogDeletion(Make(Command::kDelete, "a/b"), 12, log);
  EXPECT_EQ(log.lines, Strings({"type=deleted key=a%2Fb cmd=delete clsid=1 size=12"}));
  EXPECT_EQ(log.topics, std::vector({kWatchDeletions}));
}

TEST(LogEviction, SaysWhatMemcachedSays) {
  Recorder log;
  storage::ItemView item{.key = "a/b", .value = {}, .last_access = 940, .item_bytes = 70};
  LogEviction(item, kTime, log);
  item.fetched = true;
  item.expiry_before = 1030;
  LogEviction(item, kTime, log);
  // What is not over is neither too early nor too late.
  item.expiry_before = 999;
  item.last_access = 1001;
  LogEviction(item, kTime, log);
  EXPECT_EQ(log.lines, Strings({"type=eviction key=a%2Fb fetch=no ttl=-1 la=60 clsid=1 size=70",
                                "type=eviction key=a%2Fb fetch=yes ttl=30 la=60 clsid=1 size=70",
                                "type=eviction key=a%2Fb fetch=yes ttl=0 la=0 clsid=1 size=70"}));
  EXPECT_EQ(log.topics, std::vector(3, kWatchEvictions));
}

TEST(LogConnection, SaysWhatMemcachedSays) {
  Recorder log;
  LogConnection(
      {.host = "127.0.0.1", .port = 41234, .transport = "tcp", .reason = {}, .connection = 26},
      log);
  LogConnection(
      {.host = "::1", .port = 1, .transport = "tcp", .reason = "idle_timeout", .connection = 27},
      log);
  LogConnection({.host = "unix", .transport = "unix", .reason = "normal", .connection = 28}, log);
  EXPECT_EQ(log.lines,
            Strings({"type=conn_new rip=127.0.0.1 rport=41234 transport=tcp cfd=26",
                     "type=conn_close rip=::1 rport=1 transport=tcp reason=idle_timeout cfd=27",
                     "type=conn_close rip=unix rport=0 transport=unix reason=normal cfd=28"}));
  EXPECT_EQ(log.topics, std::vector(3, kWatchConnevents));
}

TEST(EventLog, LinesNobodyWantsAreNotMade) {
  Recorder log;
  const auto log_all = [&](uint32_t wanted) {
    log.wanted = wanted;
    LogFetch("k", true, 3, 1, log);
    LogMutation(Make(Command::kSet, "k"), {OutcomeCode::kStored}, kTime, 1, log);
    LogDeletion(Make(Command::kDelete, "k"), 1, log);
    LogEviction({.key = "k", .value = {}}, kTime, log);
    LogConnection({.host = "unix", .transport = "unix", .reason = {}}, log);
    return std::exchange(log.topics, {});
  };
  EXPECT_TRUE(log_all(0).empty());
  for (const WatchTopic topic :
       {kWatchFetchers, kWatchMutations, kWatchEvictions, kWatchConnevents, kWatchDeletions}) {
    EXPECT_EQ(log_all(topic), std::vector({topic}));
    if (topic != kWatchConnevents) {
      EXPECT_EQ(log_all(kWatchableTopics & ~uint32_t{topic}).size(), 4u);
    }
  }
}

// What a session's requests are told as.
class WatchedSession : public testing::Test {
 protected:
  WatchedSession() {
    world_.context().events = &log_;
    world_.context().connection = 26;
  }

  Strings LinesOf(std::string_view input) {
    peer_.Ask(input);
    return log_.Take();
  }

  Recorder log_;
  SessionWorld world_;
  SessionPeer peer_{world_};
};

TEST_F(WatchedSession, Gets) {
  EXPECT_EQ(LinesOf("get k\r\n"),
            Strings({"type=item_get key=k status=not_found clsid=0 cfd=26 size=0"}));
  LinesOf("set k 0 0 3\r\nabc\r\n");
  const std::string hit = "type=item_get key=k status=found clsid=1 cfd=26 size=3";
  EXPECT_EQ(
      LinesOf("get k nope\r\ngat 0 k\r\nmg k v\r\n"),
      Strings({hit, "type=item_get key=nope status=not_found clsid=0 cfd=26 size=0", hit, hit}));
}

TEST_F(WatchedSession, Stores) {
  const std::string stored =
      "type=item_store key=k status=stored cmd=set ttl=100 clsid=1 cfd=26 size=3";
  EXPECT_EQ(LinesOf("set k 0 100 3\r\nabc\r\n"), Strings({stored}));
  // In pieces: when it is whole, with the key that has gone by then.
  EXPECT_EQ(LinesOf("set k 0 100 3\r\na"), Strings());
  EXPECT_EQ(LinesOf("bc\r\n"), Strings({stored}));
  EXPECT_EQ(
      LinesOf("add k 0 0 1\r\nx\r\n"),
      Strings({"type=item_store key=k status=not_stored cmd=add ttl=0 clsid=1 cfd=26 size=1"}));
  EXPECT_EQ(LinesOf("cas k 0 0 1 99999\r\nx\r\n"),
            Strings({"type=item_store key=k status=exists cmd=cas ttl=0 clsid=1 cfd=26 size=1"}));
  EXPECT_EQ(LinesOf("set k 0 0 3\r\nabcdefg\r\n"), Strings());
}

TEST_F(WatchedSession, TellsOfRefusedStoresHoweverTheyArrive) {
  const std::string refused =
      "type=item_store key=k status=too_large cmd=set ttl=0 clsid=1 cfd=26 size=2000000";
  const std::string value(2'000'000, 'x');
  EXPECT_EQ(LinesOf("set k 0 0 2000000\r\n" + value + "\r\n"), Strings({refused}));
  EXPECT_EQ(LinesOf("set k 0 0 2000000\r\n"), Strings({refused}));
  EXPECT_EQ(LinesOf(value + "\r\n"), Strings());
}

TEST_F(WatchedSession, Arithmetic) {
  EXPECT_EQ(
      LinesOf("incr n 1\r\n"),
      Strings({"type=item_store key=n status=not_found cmd=incr ttl=0 clsid=1 cfd=26 size=0"}));
  LinesOf("set n 0 0 1\r\n7\r\n");
  EXPECT_EQ(LinesOf("incr n 1\r\ndecr n 1\r\n"),
            Strings({"type=item_store key=n status=stored cmd=incr ttl=0 clsid=1 cfd=26 size=0",
                     "type=item_store key=n status=stored cmd=decr ttl=0 clsid=1 cfd=26 size=0"}));
}

TEST_F(WatchedSession, Deletions) {
  EXPECT_EQ(LinesOf("delete k\r\n"), Strings());
  LinesOf("set k 0 0 3\r\nabc\r\n");
  EXPECT_EQ(LinesOf("delete k\r\ndelete k\r\n"),
            Strings({"type=deleted key=k cmd=delete clsid=1 size=3"}));
  const std::string large(100'000, 'x');
  LinesOf("set k 0 0 100000\r\n" + large + "\r\n");
  EXPECT_EQ(LinesOf("md k\r\n"), Strings({"type=deleted key=k cmd=delete clsid=1 size=100000"}));
}

TEST_F(WatchedSession, InBinary) {
  SessionPeer binary(world_);
  binary.Ask(Encode({.opcode = Opcode::kSetQ,
                     .extras = StoreExtras(0, 100),
                     .key = std::string("a\0b", 3),
                     .value = "abc"}) +
             Encode({.opcode = Opcode::kGetQ, .key = std::string("a\0b", 3)}) +
             Encode({.opcode = Opcode::kDeleteQ, .key = std::string("a\0b", 3)}));
  EXPECT_EQ(
      log_.Take(),
      Strings({"type=item_store key=a%00b status=stored cmd=set ttl=100 clsid=1 cfd=26 size=3",
               "type=item_get key=a%00b status=found clsid=1 cfd=26 size=3",
               "type=deleted key=a%00b cmd=delete clsid=1 size=3"}));
}

TEST_F(WatchedSession, TopicsNobodyWantsMakeNoLine) {
  constexpr std::string_view kInput =
      "set k 0 0 1\r\nx\r\nget k\r\nincr k 1\r\ndelete k\r\nget k\r\n";
  log_.wanted = 0;
  EXPECT_EQ(LinesOf(kInput), Strings());
  log_.wanted = kWatchEvictions | kWatchConnevents;
  EXPECT_EQ(LinesOf(kInput), Strings());
  log_.wanted = kWatchDeletions;
  EXPECT_EQ(LinesOf(kInput).size(), 1u);
  log_.wanted = kWatchFetchers;
  EXPECT_EQ(LinesOf(kInput).size(), 2u);
  log_.wanted = kWatchMutations;
  EXPECT_EQ(LinesOf(kInput).size(), 2u);
}

}  // namespace
}  // namespace ringcached::protocol
