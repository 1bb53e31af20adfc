// A folder that stands for "/", for tests of what is read from /proc and /sys.

#ifndef RINGCACHED_TESTS_SERVER_PROCESS_FAKE_ROOT_H_
#define RINGCACHED_TESTS_SERVER_PROCESS_FAKE_ROOT_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace ringcached::server {

class FakeRootTest : public ::testing::Test {
 protected:
  ~FakeRootTest() override { std::filesystem::remove_all(root_); }

  void Write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  const std::string& root() const { return root_; }

 private:
  const std::string root_ = ::testing::TempDir() + "/ringcached.root." + std::to_string(getpid());
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_PROCESS_FAKE_ROOT_H_
