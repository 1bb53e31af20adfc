#include "bench/load/text_protocol.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace ringcached::load {
namespace {

constexpr Request kGet{Command::kGet, 7};
constexpr Request kSet{Command::kSet, 7};

class TextProtocolTest : public testing::Test {
 protected:
  std::string RightHit(const Request& request) const {
    std::string reply = "VALUE ";
    keys_.AppendKey(request.key, reply);
    reply += " 0 30\r\n";
    keys_.AppendValue(request.key, reply);
    return reply + "\r\nEND\r\n";
  }

  KeySpace keys_{10, 30};
  TextProtocol protocol_{keys_};
};

TEST_F(TextProtocolTest, WritesRequests) {
  std::string requests;
  protocol_.AppendRequest(kGet, requests);
  EXPECT_EQ(requests, "get load-000000000007\r\n");
  requests.clear();
  protocol_.AppendRequest(kSet, requests);
  std::string value;
  keys_.AppendValue(7, value);
  EXPECT_EQ(requests, "set load-000000000007 0 0 30\r\n" + value + "\r\n");
}

TEST_F(TextProtocolTest, TakesOneReplyOfSeveral) {
  const std::string reply = RightHit(kGet);
  const Judgement judgement = protocol_.Judge(kGet, reply + "STORED\r\n", Care::kEveryByte);
  EXPECT_EQ(judgement.verdict, Verdict::kRight);
  EXPECT_EQ(judgement.reply_bytes, reply.size());
  EXPECT_EQ(protocol_.Judge(kSet, "STORED\r\nEND\r\n", Care::kEveryByte).reply_bytes, 8u);
}

TEST_F(TextProtocolTest, WaitsForEveryByte) {
  const std::string reply = RightHit(kGet);
  for (size_t bytes = 0; bytes < reply.size(); ++bytes) {
    EXPECT_EQ(protocol_.Judge(kGet, reply.substr(0, bytes), Care::kEveryByte).verdict,
              Verdict::kIncomplete);
  }
}

TEST_F(TextProtocolTest, FindsEveryWrongByte) {
  const std::string reply = RightHit(kGet);
  for (size_t position = 0; position < reply.size(); ++position) {
    std::string wrong = reply;
    wrong[position] = static_cast<char>(wrong[position] ^ 1);
    EXPECT_EQ(protocol_.Judge(kGet, wrong, Care::kEveryByte).verdict, Verdict::kWrong) << position;
  }
}

TEST_F(TextProtocolTest, FindsTheValueOfAnotherKey) {
  EXPECT_EQ(protocol_.Judge(kGet, RightHit({Command::kGet, 8}), Care::kEveryByte).verdict,
            Verdict::kWrong);
}

TEST_F(TextProtocolTest, LooksAtEndsAloneIfAsked) {
  std::string reply = RightHit(kGet);
  reply[40] = static_cast<char>(reply[40] ^ 1);
  const Judgement judgement = protocol_.Judge(kGet, reply + "END\r\n", Care::kEnds);
  EXPECT_EQ(judgement.verdict, Verdict::kRight);
  EXPECT_EQ(judgement.reply_bytes, reply.size());
  reply.erase(50, 1);
  EXPECT_EQ(protocol_.Judge(kGet, reply + "END\r\n", Care::kEnds).verdict, Verdict::kWrong);
}

TEST_F(TextProtocolTest, TellsMissesFromErrors) {
  EXPECT_EQ(protocol_.Judge(kGet, "END\r\n", Care::kEveryByte).verdict, Verdict::kMiss);
  EXPECT_EQ(protocol_.Judge(kGet, "ERROR\r\n", Care::kEveryByte).verdict, Verdict::kWrong);
  EXPECT_EQ(protocol_.Judge(kSet, "END\r\n", Care::kEveryByte).verdict, Verdict::kWrong);
  EXPECT_EQ(protocol_.Judge(kSet, "NOT_STORED\r\n", Care::kEveryByte).verdict, Verdict::kWrong);
}

}  // namespace
}  // namespace ringcached::load
