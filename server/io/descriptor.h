// Owner of a file descriptor.

#ifndef RINGCACHED_SERVER_IO_DESCRIPTOR_H_
#define RINGCACHED_SERVER_IO_DESCRIPTOR_H_

#include <unistd.h>

#include <utility>

namespace ringcached::server {

class UniqueFd {
 public:
  UniqueFd() = default;
  // Takes ownership of `fd`; a negative value, such as a failed call's, owns nothing.
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(other.Release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(other.Release());
    return *this;
  }
  ~UniqueFd() { Reset(); }

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }

  int Release() { return std::exchange(fd_, -1); }
  void Reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_DESCRIPTOR_H_
