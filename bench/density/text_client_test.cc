#include "bench/density/text_client.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "bench/density/items.h"

namespace ringcached::density {
namespace {

constexpr Batch kBatch{.first = 5, .count = 3, .value_bytes = 10};

std::string Hit(uint64_t number) {
  std::string reply = "VALUE ";
  AppendKey(number, reply);
  reply += " 0 10\r\n";
  AppendValue(number, kBatch.value_bytes, reply);
  return reply + "\r\n";
}

class TextClientTest : public testing::Test {
 protected:
  TextClientTest() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    client_ = TextClient(server::UniqueFd(ends[0]));
    server_ = server::UniqueFd(ends[1]);
  }

  void Answer(const std::string& bytes) {
    EXPECT_EQ(write(server_.get(), bytes.data(), bytes.size()), ssize_t(bytes.size()));
  }

  server::UniqueFd server_;
  TextClient client_{server::UniqueFd()};
  BatchTally tally_;
};

TEST_F(TextClientTest, CountsSets) {
  Answer("STORED\r\nSERVER_ERROR out of memory storing object\r\nSTORED\r\n");
  ASSERT_TRUE(client_.TakeSetReplies(kBatch, tally_).ok());
  EXPECT_EQ(tally_.stored, 2u);
  EXPECT_EQ(tally_.refused, 1u);
}

TEST_F(TextClientTest, CountsHitsAroundAMiss) {
  Answer(Hit(5) + Hit(7) + "END\r\n");
  ASSERT_TRUE(client_.TakeGetReplies(kBatch, tally_).ok());
  EXPECT_EQ(tally_.right, 2u);
  EXPECT_EQ(tally_.wrong, 0u);
}

TEST_F(TextClientTest, FindsEveryWrongByte) {
  const size_t value_start = Hit(5).size() - kBatch.value_bytes - 2;
  for (size_t position = value_start; position < Hit(5).size(); ++position) {
    std::string wrong = Hit(5);
    wrong[position] = static_cast<char>(wrong[position] ^ 1);
    Answer(wrong + Hit(6) + "END\r\n");
    ASSERT_TRUE(client_.TakeGetReplies(kBatch, tally_).ok());
  }
  EXPECT_EQ(tally_.wrong, kBatch.value_bytes + 2);
  EXPECT_EQ(tally_.right, kBatch.value_bytes + 2);
}

TEST_F(TextClientTest, RefusesWhatWasNotAskedFor) {
  Answer(Hit(8) + "END\r\n");
  EXPECT_FALSE(client_.TakeGetReplies(kBatch, tally_).ok());
}

TEST_F(TextClientTest, RefusesTheSameKeyTwice) {
  Answer(Hit(6) + Hit(6) + "END\r\n");
  EXPECT_FALSE(client_.TakeGetReplies(kBatch, tally_).ok());
}

}  // namespace
}  // namespace ringcached::density
