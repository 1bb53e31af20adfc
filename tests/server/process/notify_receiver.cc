#include "tests/server/process/notify_receiver.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iterator>

namespace ringcached::server {
namespace {

constexpr timeval kPatience{.tv_sec = 10, .tv_usec = 0};

}  // namespace

NotifyReceiver::NotifyReceiver(const std::string& name)
    : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  EXPECT_LT(name.size(), sizeof(address.sun_path));
  std::copy(name.begin(), name.end(), std::begin(address.sun_path));
  const bool is_abstract = name.starts_with('@');
  if (is_abstract) address.sun_path[0] = '\0';
  const size_t length = offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1);
  EXPECT_EQ(
      bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), static_cast<socklen_t>(length)), 0)
      << name << ": " << std::strerror(errno);
  const int on = 1;
  setsockopt(socket_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
  setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
}

std::string NotifyReceiver::Next() {
  std::array<char, 1024> text{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
  iovec part{.iov_base = text.data(), .iov_len = text.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t bytes = recvmsg(socket_.get(), &message, 0);
  EXPECT_GE(bytes, 0) << std::strerror(errno);
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  ucred sender{};
  if (header != nullptr) std::memcpy(&sender, CMSG_DATA(header), sizeof(sender));
  last_sender_ = sender.pid;
  return {text.data(), bytes > 0 ? static_cast<size_t>(bytes) : 0};
}

}  // namespace ringcached::server
