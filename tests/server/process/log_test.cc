#include "server/process/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "server/io/descriptor.h"

namespace ringcached::server {
namespace {

// Where a test's log goes. The pipe holds what the tests here write: 64 KiB.
class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    read_.Reset(ends[0]);
    write_.Reset(ends[1]);
  }

  int descriptor() const { return write_.get(); }

  // All that was written; called once, at the end.
  std::string Written() {
    write_.Reset();
    std::string text(1 << 16, '\0');
    size_t length = 0;
    while (length < text.size()) {
      const ssize_t bytes = read(read_.get(), text.data() + length, text.size() - length);
      if (bytes <= 0) break;
      length += static_cast<size_t>(bytes);
    }
    text.resize(length);
    return text;
  }

 private:
  UniqueFd read_;
  UniqueFd write_;
};

void WriteOnAllLevels(Log& log) {
  log.Error("e");
  log.Warn("w");
  log.Info("i");
  log.Debug("d");
}

TEST_F(LogTest, QuietSaysWhatGoesWrong) {
  Log log(0, descriptor());
  WriteOnAllLevels(log);
  EXPECT_EQ(Written(), "ringcached: error: e\nringcached: warning: w\n");
}

TEST_F(LogTest, VerbosityAddsLevelsAtRunTime) {
  Log log(1, descriptor());
  WriteOnAllLevels(log);
  log.set_verbosity(2);
  EXPECT_EQ(log.verbosity(), 2);
  log.Debug("d");
  EXPECT_EQ(Written(),
            "ringcached: error: e\nringcached: warning: w\nringcached: i\nringcached: d\n");
}

TEST_F(LogTest, LinesOfThreadsDoNotMix) {
  constexpr int kThreads = 4;
  constexpr int kLines = 100;
  Log log(1, descriptor());
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&log, i] {
      const std::string message(100, static_cast<char>('a' + i));
      for (int line = 0; line < kLines; ++line) log.Info(message);
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::istringstream text(Written());
  std::array<int, kThreads> counts{};
  for (std::string line; std::getline(text, line);) {
    ASSERT_EQ(line.size(), std::string("ringcached: ").size() + 100) << line;
    ++counts.at(static_cast<size_t>(line.back() - 'a'));
    EXPECT_EQ(std::count(line.begin() + 12, line.end(), line.back()), 100) << line;
  }
  for (const int count : counts) EXPECT_EQ(count, kLines);
}

}  // namespace
}  // namespace ringcached::server
