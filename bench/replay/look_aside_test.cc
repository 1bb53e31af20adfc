// The client against replies that were written beforehand: a socket pair stands in for the server.

#include "bench/replay/look_aside.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>

namespace ringcached::replay {
namespace {

constexpr int kTimeoutMs = 10'000;

class LookAsideTest : public testing::Test {
 protected:
  LookAsideTest() : stream_(MakePair(), kTimeoutMs) {}

  void Reply(std::string_view bytes) {
    ASSERT_EQ(send(server_.get(), bytes.data(), bytes.size(), 0),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string Requests() {
    std::array<char, 4096> buffer;
    const ssize_t count = recv(server_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    return count > 0 ? std::string(buffer.data(), static_cast<size_t>(count)) : "";
  }
  std::string Key(uint64_t object) const {
    std::string key;
    objects_.AppendKey(object, key);
    return key;
  }
  std::string Hit(uint64_t object) const {
    const std::string_view value = objects_.Value(object);
    return "VALUE " + Key(object) + " 0 20\r\n" + std::string(value) + "\r\nEND\r\n";
  }

  server::UniqueFd server_;
  const ObjectSpace objects_{trace::SizeModel(20), 20};
  Stream stream_;
  LookAside client_{objects_, stream_};

 private:
  server::UniqueFd MakePair() {
    std::array<int, 2> ends;
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0);
    server_ = server::UniqueFd(ends[0]);
    return server::UniqueFd(ends[1]);
  }
};

TEST_F(LookAsideTest, SetsWhatItMissedBeforeItAsksAgain) {
  Reply(Hit(1) + "END\r\n");
  ASSERT_TRUE(client_.Ask({1, 2}).ok());
  EXPECT_EQ(Requests(), "get " + Key(1) + "\r\nget " + Key(2) + "\r\n");
  Reply("STORED\r\n" + Hit(2));
  ASSERT_TRUE(client_.Ask({2}).ok());
  EXPECT_EQ(Requests(), "set " + Key(2) + " 0 0 20\r\n" + std::string(objects_.Value(2)) +
                            "\r\nget " + Key(2) + "\r\n");
  ASSERT_TRUE(client_.Finish().ok());
  EXPECT_EQ(client_.counts().gets, 3u);
  EXPECT_EQ(client_.counts().misses, 1u);
  EXPECT_EQ(client_.counts().sets, 1u);
}

TEST_F(LookAsideTest, CountsRefusedSets) {
  Reply("END\r\nSERVER_ERROR out of memory storing object\r\n");
  ASSERT_TRUE(client_.Ask({1}).ok());
  ASSERT_TRUE(client_.Finish().ok());
  EXPECT_EQ(client_.counts().refused_sets, 1u);
}

TEST_F(LookAsideTest, RefusesAnotherValue) {
  std::string reply = Hit(1);
  reply[reply.size() - 10] ^= 1;
  Reply(reply);
  EXPECT_FALSE(client_.Ask({1}).ok());
}

TEST_F(LookAsideTest, RefusesTheHitOfAnotherObject) {
  Reply(Hit(2));
  EXPECT_FALSE(client_.Ask({1}).ok());
}

TEST_F(LookAsideTest, FailsWhenTheServerCloses) {
  server_.Reset();
  EXPECT_FALSE(client_.Ask({1}).ok());
}

}  // namespace
}  // namespace ringcached::replay
