// A file that a test writes and that goes away with it.

#ifndef RINGCACHED_TESTS_SERVER_CONFIG_TEMP_FILE_H_
#define RINGCACHED_TESTS_SERVER_CONFIG_TEMP_FILE_H_

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace ringcached::server {

class TempFile {
 public:
  explicit TempFile(std::string_view text) : path_(::testing::TempDir() + "/ringcached.XXXXXX") {
    const int descriptor = mkstemp(path_.data());
    EXPECT_GE(descriptor, 0) << path_;
    EXPECT_EQ(write(descriptor, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    close(descriptor);
  }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  ~TempFile() { unlink(path_.c_str()); }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_TESTS_SERVER_CONFIG_TEMP_FILE_H_
