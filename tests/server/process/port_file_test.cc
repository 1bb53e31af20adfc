#include "server/process/port_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace ringcached::server {
namespace {

const std::vector<BoundAddress>& Addresses() {
  static const auto& addresses =
      *new std::vector<BoundAddress>{{.text = "127.0.0.1:4711", .ipv6 = false, .port = 4711},
                                     {.text = "[::1]:4712", .ipv6 = true, .port = 4712}};
  return addresses;
}

TEST(PortFileTest, HasALineForEachAddress) {
  const std::string path = ::testing::TempDir() + "/ringcached.port." + std::to_string(getpid());
  std::ofstream(path) << "what was there before";
  ASSERT_EQ(WritePortFile(path, Addresses(), /*admin_port=*/9150), absl::OkStatus());
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "TCP INET: 4711\nTCP INET6: 4712\nADMIN INET: 9150\n");
  EXPECT_NE(access((path + ".lck").c_str(), F_OK), 0);
  unlink(path.c_str());
}

TEST(PortFileTest, SaysWhichFileCannotBeWritten) {
  const absl::Status status = WritePortFile("/nonexistent/port", Addresses(), /*admin_port=*/0);
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_NE(status.message().find("/nonexistent/port"), absl::string_view::npos) << status;
}

}  // namespace
}  // namespace ringcached::server
