#include "server/process/signals.h"

#include <gtest/gtest.h>
#include <unistd.h>

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

}  // namespace
}  // namespace ringcached::server
