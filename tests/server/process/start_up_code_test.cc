#include "server/process/start_up_code.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringcached::server {
namespace {

// Code, constants, tables that the linker fills in, and the tables for unwinding.
void UseEverything() {
  std::vector<std::string> words = {"of", "everything", "something"};
  std::sort(words.begin(), words.end());
  EXPECT_EQ(words.front(), "everything");
  EXPECT_THROW(static_cast<void>(std::stoi("none")), std::invalid_argument);
}

TEST(StartUpCodeTest, EverythingWorksAfterwards) {
  UseEverything();
  ForgetStartUpCode();
  UseEverything();
  ForgetStartUpCode();
  UseEverything();
}

}  // namespace
}  // namespace ringcached::server
