// The small parts of server/io.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <random>
#include <utility>

#include "server/io/descriptor.h"
#include "server/io/slot_fifo.h"
#include "server/io/user_data.h"
#include "tests/server/io/sockets.h"

namespace ringcached::server {
namespace {

TEST(UserData, SurvivesTheJourney) {
  constexpr uint64_t kSeed = 20240229;
  std::mt19937_64 random(kSeed);
  for (int i = 0; i < 1000; ++i) {
    const UserData sent = {
        .operation = static_cast<Operation>(random() % 7),
        .connection = {.slot = static_cast<uint32_t>(random()),
                       .generation = static_cast<uint32_t>(random()) & kGenerationMask}};
    const UserData back = UserData::Unpack(sent.Pack());
    EXPECT_EQ(back.operation, sent.operation);
    EXPECT_EQ(back.connection, sent.connection);
  }
}

TEST(UserData, KeepsTwentyFourBitsOfTheGeneration) {
  const UserData wrapped = {.operation = Operation::kSend,
                            .connection = {.slot = 1, .generation = kGenerationMask + 2}};
  const UserData back = UserData::Unpack(wrapped.Pack());
  EXPECT_EQ(back.operation, Operation::kSend);
  EXPECT_EQ(back.connection.generation, 1u);
}

TEST(UniqueFd, ClosesOnceAndMoves) {
  const size_t before = OpenDescriptors();
  {
    UniqueFd first(::open("/dev/null", O_RDONLY));
    EXPECT_EQ(OpenDescriptors(), before + 1);
    UniqueFd second = std::move(first);
    EXPECT_TRUE(second.valid());
    UniqueFd third(::open("/dev/null", O_RDONLY));
    third = std::move(second);
    EXPECT_EQ(OpenDescriptors(), before + 1);
  }
  EXPECT_EQ(OpenDescriptors(), before);
}

TEST(SlotFifo, KeepsTheOrderAroundItsEnd) {
  SlotFifo fifo(3);
  uint32_t pushed = 0;
  uint32_t popped = 0;
  for (int round = 0; round < 10; ++round) {
    while (fifo.size() < 3) fifo.Push(pushed++);
    EXPECT_EQ(fifo.Pop(), popped++);
    EXPECT_EQ(fifo.Pop(), popped++);
  }
  EXPECT_EQ(fifo.Pop(), popped);
  EXPECT_TRUE(fifo.empty());
}

}  // namespace
}  // namespace ringcached::server
