#include "server/admin/bounded_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

namespace ringcached::server {
namespace {

TEST(BoundedPoolTest, DoesWhatItIsGivenBeforeItEnds) {
  std::atomic<int> done = 0;
  {
    BoundedPool pool(/*threads=*/3, /*max_waiting=*/2);
    for (int i = 0; i < 100; ++i) pool.enqueue([&done] { ++done; });
    pool.shutdown();
    EXPECT_EQ(done, 100);
  }
  EXPECT_EQ(done, 100);
}

TEST(BoundedPoolTest, WhoeverFindsTheQueueFullWaits) {
  std::promise<void> hold;
  const std::shared_future<void> held = hold.get_future().share();
  BoundedPool pool(/*threads=*/1, /*max_waiting=*/2);
  std::promise<void> begun;
  pool.enqueue([&begun, held] {
    begun.set_value();
    held.wait();
  });
  begun.get_future().wait();
  std::atomic<int> taken = 0;
  std::atomic<int> done = 0;
  std::thread giver([&] {
    for (int i = 0; i < 4; ++i) {
      pool.enqueue([&done] { ++done; });
      ++taken;
    }
  });
  // Two fit; the third is taken only once the first is worked off.
  while (taken < 2) std::this_thread::yield();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();
  EXPECT_EQ(taken, 2);
  EXPECT_EQ(done, 0);
  hold.set_value();
  giver.join();
  pool.shutdown();
  EXPECT_EQ(done, 4);
}

}  // namespace
}  // namespace ringcached::server
