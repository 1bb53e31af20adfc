#include "server/net/outgoing.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcached::server {
namespace {

std::string Contents(const msghdr* message) {
  std::string contents;
  for (size_t i = 0; i < message->msg_iovlen; ++i) {
    contents.append(static_cast<const char*>(message->msg_iov[i].iov_base),
                    message->msg_iov[i].iov_len);
  }
  return contents;
}

TEST(OutgoingTest, AdvancesAtEveryByte) {
  const std::string pinned = "PINNED";
  for (size_t first = 1; first < 15; ++first) {
    Outgoing outgoing;
    outgoing.sink().Append("front");
    outgoing.sink().AppendPinned(pinned, {});
    outgoing.sink().Append("back");
    const msghdr* const whole = outgoing.Begin();
    ASSERT_EQ(Contents(whole), "frontPINNEDback");
    const msghdr* const rest = outgoing.Advance(first);
    ASSERT_NE(rest, nullptr);
    EXPECT_EQ(Contents(rest), std::string("frontPINNEDback").substr(first));
    EXPECT_EQ(outgoing.Advance(15 - first), nullptr);
  }
}

TEST(OutgoingPoolTest, KeepsSmallSparesOnly) {
  OutgoingPool pool;
  std::unique_ptr<Outgoing> small = pool.Take();
  small->sink().Append("reply");
  const Outgoing* const address = small.get();
  pool.GiveBack(std::move(small));
  std::unique_ptr<Outgoing> again = pool.Take();
  EXPECT_EQ(again.get(), address);
  EXPECT_TRUE(again->sink().empty());

  again->sink().Append(std::string(OutgoingPool::kMaxSpareBytes + 1, 'x'));
  pool.GiveBack(std::move(again));
  EXPECT_EQ(pool.Take()->sink().capacity_bytes(), 0U);
}

}  // namespace
}  // namespace ringcached::server
