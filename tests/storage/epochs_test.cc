#include "storage/epochs.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace ringcached::storage {
namespace {

// A thread in a ReadSection, until it is told to go on.
class OtherReader {
 public:
  OtherReader() : thread_([this] { Run(); }) { came_.get_future().wait(); }
  ~OtherReader() { Leave(); }

  void Leave() {
    if (!thread_.joinable()) return;
    leave_.set_value();
    thread_.join();
  }

 private:
  void Run() {
    const ReadSection section;
    came_.set_value();
    leave_.get_future().wait();
  }

  std::promise<void> came_;
  std::promise<void> leave_;
  std::thread thread_;
};

Epoch Retire() { return Epochs::OfProcess().NextEpoch(); }
bool IsFree(Epoch retired) { return Epochs::OfProcess().SeenByAll(retired) >= retired; }

TEST(Epochs, NobodyThereHoldsNobodyUp) { EXPECT_TRUE(IsFree(Retire())); }

TEST(Epochs, AReaderThatHasLeftHoldsNobodyUp) {
  { const ReadSection section; }
  EXPECT_TRUE(IsFree(Retire()));
}

TEST(Epochs, WhatIsRetiredWaitsForWhoIsThere) {
  OtherReader reader;
  const Epoch first = Retire();
  const Epoch second = Retire();
  EXPECT_FALSE(IsFree(first));
  EXPECT_FALSE(IsFree(second));
  reader.Leave();
  EXPECT_TRUE(IsFree(first));
  EXPECT_TRUE(IsFree(second));
}

TEST(Epochs, WhoComesLaterHoldsNothingOlder) {
  const Epoch before = Retire();
  const OtherReader reader;
  EXPECT_TRUE(IsFree(before));
  EXPECT_FALSE(IsFree(Retire()));
}

TEST(Epochs, EveryThreadHasAReaderOfItsOwnAndGivesItBack) {
  Epochs::Reader* const own = Epochs::OfThread();
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(Epochs::OfThread(), own);
  Epochs::Reader* other = nullptr;
  // As many as there are places, one after another.
  for (size_t i = 0; i < 2 * Epochs::kMaxReaders; ++i) {
    std::thread([&other] { other = Epochs::OfThread(); }).join();
    ASSERT_NE(other, nullptr);
    ASSERT_NE(other, own);
  }
}

// What the processor may hold back: a reader says that it is there and looks at once. If its store
// could pass the writer's barrier unseen, it would look into what the writer has taken back.
TEST(Epochs, NobodyHoldsWhatIsFree) {
  constexpr uint64_t kRounds = 200'000;
  // Rounds go on until a reader was there so often, however seldom readers run.
  constexpr uint64_t kHeld = 1000;
  constexpr size_t kFarBytes = size_t{32} << 20;
  struct alignas(64) Object {
    std::atomic<bool> leads{true};
    std::atomic<bool> free{false};
  };
  Object object;
  std::atomic<bool> done{false};
  std::atomic<int> reading{0};
  std::atomic<uint64_t> held_free{0};
  alignas(64) std::atomic<uint64_t> held{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      uint64_t mine_free = 0;
      std::vector<std::atomic<uint8_t>> far(kFarBytes);
      uint32_t random = 1;
      ++reading;
      while (!done.load(std::memory_order_relaxed)) {
        // Stores become visible in order on many processors: behind these, to memory in nobody's
        // cache, the one that says that the reader is there waits for long.
        for (int store = 0; store < 40; ++store) {
          random = random * 1664525 + 1013904223;
          far[random % kFarBytes].store(1, std::memory_order_relaxed);
        }
        const ReadSection section;
        if (!object.leads.load(std::memory_order_acquire)) continue;
        for (int look = 0; look < 500; ++look) {
          mine_free += object.free.load(std::memory_order_relaxed) ? 1 : 0;
        }
        // Counted last: between the two it might hide what this test looks for.
        held.fetch_add(1, std::memory_order_relaxed);
      }
      held_free += mine_free;
    });
  }
  while (reading < 2) std::this_thread::yield();
  for (uint64_t round = 0; round < kRounds || held < kHeld; ++round) {
    // Else one who seldom runs may never find the object there.
    if (round >= kRounds) std::this_thread::yield();
    object.leads.store(false, std::memory_order_release);
    const Epoch retired = Retire();
    while (!IsFree(retired)) std::this_thread::yield();
    object.free.store(true, std::memory_order_relaxed);
    // Long enough for one who should not be there to look again.
    for (int i = 0; i < 500; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
    object.free.store(false, std::memory_order_relaxed);
    object.leads.store(true, std::memory_order_release);
    for (uint64_t i = 0; i < round % 256; ++i) std::atomic_signal_fence(std::memory_order_seq_cst);
  }
  done = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(held_free, 0u);
}

TEST(Epochs, ReadersFenceOnlyWhereTheSystemMakesNoBarriers) {
  static_cast<void>(Epochs::OfThread());
#ifdef RINGCACHED_WITHOUT_MEMBARRIER
  EXPECT_TRUE(Epochs::OfProcess().readers_fence());
#else
  EXPECT_FALSE(Epochs::OfProcess().readers_fence());
#endif
}

}  // namespace
}  // namespace ringcached::storage
