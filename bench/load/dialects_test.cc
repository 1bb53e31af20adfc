// Each dialect against a session of ringcached's: what it asks is understood, and what the session
// answers is judged as it should be, also if it comes in pieces or is damaged.

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "bench/load/key_space.h"
#include "bench/load/protocol.h"
#include "bench/load/request.h"
#include "tests/protocol/session_peer.h"

namespace ringcached::load {
namespace {

constexpr uint64_t kKeys = 100;
constexpr size_t kValueBytes = 30;
constexpr Request kGet{Command::kGet, 7};
constexpr Request kSet{Command::kSet, 7};
constexpr Request kMultiget{Command::kGet, 7, 5};

class DialectsTest : public testing::TestWithParam<Dialect> {
 protected:
  std::string Ask(const Request& request) {
    std::string bytes;
    protocol_->AppendRequest(request, bytes);
    return peer_.Ask(bytes);
  }

  Judgement Judge(const Request& request, std::string_view received) {
    return protocol_->Judge(request, received, Care::kEveryByte);
  }

  void Set(uint64_t key) { ASSERT_EQ(Judge(kSet, Ask({Command::kSet, key})).misses, 0u); }

  // A whole reply, more behind it, and every beginning of it.
  void ExpectJudged(const Request& request, const std::string& reply, Verdict verdict,
                    uint32_t misses) {
    for (const Care care : {Care::kEveryByte, Care::kEnds}) {
      const Judgement judgement = protocol_->Judge(request, reply + reply, care);
      EXPECT_EQ(judgement.verdict, verdict);
      EXPECT_EQ(judgement.reply_bytes, reply.size());
      EXPECT_EQ(judgement.misses, misses);
      for (size_t bytes = 0; bytes < reply.size(); ++bytes) {
        EXPECT_EQ(protocol_->Judge(request, reply.substr(0, bytes), care).verdict,
                  Verdict::kIncomplete)
            << bytes;
      }
    }
  }

  KeySpace keys_{kKeys, kValueBytes};
  std::unique_ptr<Protocol> protocol_ = MakeProtocol(GetParam(), keys_);
  protocol::SessionWorld world_;
  protocol::SessionPeer peer_{world_};
};

TEST_P(DialectsTest, AMiss) { ExpectJudged(kGet, Ask(kGet), Verdict::kMiss, 1); }

TEST_P(DialectsTest, ASetAndAHit) {
  ExpectJudged(kSet, Ask(kSet), Verdict::kRight, 0);
  ExpectJudged(kGet, Ask(kGet), Verdict::kRight, 0);
}

TEST_P(DialectsTest, SeveralKeysOfWhichSomeAreMissed) {
  ExpectJudged(kMultiget, Ask(kMultiget), Verdict::kMiss, 5);
  Set(keys_.Nth(7, 1));
  Set(keys_.Nth(7, 4));
  ExpectJudged(kMultiget, Ask(kMultiget), Verdict::kRight, 3);
  for (uint32_t i = 0; i < 5; ++i) Set(keys_.Nth(7, i));
  ExpectJudged(kMultiget, Ask(kMultiget), Verdict::kRight, 0);
}

TEST_P(DialectsTest, AnyByteOfAValueMayBeWrong) {
  Set(7);
  const std::string reply = Ask(kGet);
  std::string value;
  keys_.AppendValue(7, value);
  const size_t start = reply.find(value);
  ASSERT_NE(start, std::string::npos);
  for (size_t i = 0; i < value.size(); ++i) {
    std::string wrong = reply;
    wrong[start + i] = static_cast<char>(wrong[start + i] ^ 1);
    EXPECT_EQ(Judge(kGet, wrong).verdict, Verdict::kWrong) << i;
  }
}

TEST_P(DialectsTest, WhatBelongsToAnotherKeyIsWrong) {
  Set(7);
  Set(8);
  EXPECT_EQ(Judge(kGet, Ask({Command::kGet, 8})).verdict, Verdict::kWrong);
}

TEST_P(DialectsTest, WhatAnswersAnotherCommandIsWrong) {
  const std::string stored = Ask(kSet);
  const std::string hit = Ask(kGet);
  EXPECT_EQ(Judge(kGet, stored + stored).verdict, Verdict::kWrong);
  EXPECT_EQ(Judge(kSet, hit).verdict, Verdict::kWrong);
}

std::string NameOf(const testing::TestParamInfo<Dialect>& info) {
  constexpr const char* kNames[] = {"Text", "Meta", "Binary"};
  return kNames[static_cast<size_t>(info.param)];
}

INSTANTIATE_TEST_SUITE_P(, DialectsTest,
                         testing::Values(Dialect::kText, Dialect::kMeta, Dialect::kBinary), NameOf);

}  // namespace
}  // namespace ringcached::load
