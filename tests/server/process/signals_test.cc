#include "server/process/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "tests/server/process/child_process.h"

namespace ringcached::server {
namespace {

TEST(SignalsTest, AStopSignalThatHasComeEndsTheWait) {
  for (const int signal : {SIGINT, SIGTERM}) {
    const int result = RunInChild([signal] {
      const StopSignals signals;
      kill(getpid(), signal);
      return signals.Wait();
    });
    EXPECT_EQ(result, signal);
  }
}

TEST(SignalsTest, OtherSignalsAreIgnored) {
  const int result = RunInChild([] {
    const StopSignals signals;
    for (const int ignored : {SIGHUP, SIGUSR1, SIGPIPE}) kill(getpid(), ignored);
    kill(getpid(), SIGTERM);
    return signals.Wait();
  });
  EXPECT_EQ(result, SIGTERM);
}

}  // namespace
}  // namespace ringcached::server
