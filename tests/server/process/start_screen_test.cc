#include "server/process/start_screen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ringcached::server {
namespace {

const BoundAddress kLoopback{.text = "127.0.0.1:11211", .ipv6 = false, .port = 11211};
const BoundAddress kLoopback6{.text = "[::1]:11311", .ipv6 = true, .port = 11311};

void ExpectContains(const std::string& text, std::string_view part) {
  EXPECT_NE(text.find(part), std::string::npos) << '"' << part << "\" is not in\n" << text;
}

TEST(StartScreenTest, SaysWhatMatters) {
  Settings settings;
  settings.max_item_bytes = 1000;
  RuntimeFacts facts;
  facts.io_backend = "epoll";
  facts.io_backend_reason = "it is forbidden";
  const std::string screen = StartScreen(settings, facts, {kLoopback, kLoopback6});
  ExpectContains(screen, "127.0.0.1:11211, [::1]:11311\n");
  ExpectContains(screen, "threads      4\n");
  ExpectContains(screen, "64 MiB, items up to 1000 bytes\n");
  ExpectContains(screen, "up to 1024\n");
  ExpectContains(screen, "epoll (it is forbidden)\n");
  ExpectContains(screen, "exec 3<>/dev/tcp/127.0.0.1/11211\n");
  ExpectContains(screen, R"(printf 'set greeting 0 0 5\r\nhello\r\nget greeting\r\nquit\r\n' >&3)");
  EXPECT_LE(std::count(screen.begin(), screen.end(), '\n'), 24) << screen;
}

TEST(StartScreenTest, SaysWhereTheMachinesDefaultsComeFrom) {
  Settings settings;
  settings.memory_limit_bytes = size_t{803} << 20;
  settings.memory_limit_origin = "of 1 GiB that the control group allows";
  settings.threads = 2;
  settings.threads_origin = "one for each CPU that it may use";
  const std::string screen = StartScreen(settings, {}, {kLoopback});
  ExpectContains(screen, "threads      2, one for each CPU that it may use\n");
  ExpectContains(
      screen, "memory       803 MiB, of 1 GiB that the control group allows, items up to 1 MiB\n");
}

TEST(StartScreenTest, SaysWhereTheAdminPortIs) {
  RuntimeFacts facts;
  facts.io_backend = "epoll";
  EXPECT_EQ(StartScreen({}, facts, {kLoopback}).find("admin"), std::string::npos);
  facts.admin_url = "http://127.0.0.1:9150/";
  ExpectContains(StartScreen({}, facts, {kLoopback}), "admin        http://127.0.0.1:9150/\n");
}

TEST(StartScreenTest, SaysThatThereAreFewBuffers) {
  Settings settings;
  settings.threads = 16;
  RuntimeFacts facts;
  facts.io_backend = "epoll";
  EXPECT_EQ(StartScreen(settings, facts, {kLoopback}).find("buffers"), std::string::npos);
  facts.few_buffer_bytes = 1 << 20;
  ExpectContains(
      StartScreen(settings, facts, {kLoopback}),
      "buffers      1 MiB to receive into, fewer than usual: little memory for 16 threads\n");
}

TEST(StartScreenTest, NamesAHostThatCanBeConnectedTo) {
  RuntimeFacts facts;
  facts.io_backend = "epoll";
  const struct {
    const char* address;
    const char* target;
  } cases[] = {{"[::1]:5", "/dev/tcp/::1/5\n"},
               {"0.0.0.0:5", "/dev/tcp/127.0.0.1/5\n"},
               {"[::]:5", "/dev/tcp/::1/5\n"},
               {"10.0.0.1:5", "/dev/tcp/10.0.0.1/5\n"}};
  for (const auto& c : cases) {
    ExpectContains(StartScreen({}, facts, {{.text = c.address, .ipv6 = false, .port = 5}}),
                   c.target);
  }
}

TEST(StartScreenTest, ATakenPortComesWithTheWayOut) {
  const std::string line = BindFailure(absl::AlreadyExistsError("127.0.0.1: in use"), 11211);
  EXPECT_EQ(line,
            "can't listen on 127.0.0.1: in use; try another port: -p 11311 (or: make run "
            "ARGS='-p 11311')");
  ExpectContains(BindFailure(absl::AlreadyExistsError("x"), 11311), "-p 11411");
  EXPECT_EQ(BindFailure(absl::NotFoundError("10.9.9.9: no such address"), 11211),
            "can't listen on 10.9.9.9: no such address");
}

}  // namespace
}  // namespace ringcached::server
