#include "server/process/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

TEST(SignalsTest, ASignalThatHasComeEndsTheWait) {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGHUP}) {
    const int result = RunInChild([signal] {
      const Signals signals;
      kill(getpid(), signal);
      return signals.Wait();
    });
    EXPECT_EQ(result, signal);
  }
}

TEST(SignalsTest, OtherSignalsAreIgnored) {
  const int result = RunInChild([] {
    const Signals signals;
    kill(getpid(), SIGPIPE);
    kill(getpid(), SIGTERM);
    return signals.Wait();
  });
  EXPECT_EQ(result, SIGTERM);
}

TEST(SignalsTest, AWaitMayHaveAnEnd) {
  const int result = RunInChild([] {
    const Signals signals;
    kill(getpid(), SIGHUP);
    if (signals.WaitFor(std::chrono::hours(1)) != SIGHUP) return 1;
    return signals.WaitFor(std::chrono::milliseconds(1)) == 0 ? 0 : 2;
  });
  EXPECT_EQ(result, 0);
}

}  // namespace
}  // namespace ringcached::server
