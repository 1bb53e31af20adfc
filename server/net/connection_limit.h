// How many clients there are and may be, over all reactors.

#ifndef RINGCACHED_SERVER_NET_CONNECTION_LIMIT_H_
#define RINGCACHED_SERVER_NET_CONNECTION_LIMIT_H_

#include <atomic>
#include <cstdint>

namespace ringcached::server {

class ConnectionLimit {
 public:
  explicit ConnectionLimit(uint32_t max) : max_(max) {}

  // Counts a new client, or turns it away and counts that.
  bool Admit() {
    if (current_.load(std::memory_order_relaxed) >= max_) {
      rejected_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    // One thread accepts, so nobody else can have added since.
    current_.fetch_add(1, std::memory_order_relaxed);
    total_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  bool HasRoom() const { return current() < max_; }
  // Notes that nobody is accepted at the limit, and that clients are again after so long.
  void StopAccepting() {
    listen_disabled_.fetch_add(1, std::memory_order_relaxed);
    accepting_.store(false, std::memory_order_relaxed);
  }
  void AcceptAgain(int64_t ms) {
    listen_disabled_ms_.fetch_add(static_cast<uint64_t>(ms), std::memory_order_relaxed);
    accepting_.store(true, std::memory_order_relaxed);
  }
  void Release() { current_.fetch_sub(1, std::memory_order_relaxed); }
  void CountAcceptFailure() { accept_failures_.fetch_add(1, std::memory_order_relaxed); }

  uint32_t max() const { return max_; }
  uint32_t current() const { return current_.load(std::memory_order_relaxed); }
  uint64_t total() const { return total_.load(std::memory_order_relaxed); }
  uint64_t rejected() const { return rejected_.load(std::memory_order_relaxed); }
  bool accepting() const { return accepting_.load(std::memory_order_relaxed); }
  uint64_t listen_disabled() const { return listen_disabled_.load(std::memory_order_relaxed); }
  uint64_t listen_disabled_ms() const {
    return listen_disabled_ms_.load(std::memory_order_relaxed);
  }
  uint64_t accept_failures() const { return accept_failures_.load(std::memory_order_relaxed); }

 private:
  const uint32_t max_;
  std::atomic<uint32_t> current_ = 0;
  std::atomic<uint64_t> total_ = 0;
  std::atomic<uint64_t> rejected_ = 0;
  std::atomic<uint64_t> accept_failures_ = 0;
  std::atomic<bool> accepting_ = true;
  std::atomic<uint64_t> listen_disabled_ = 0;
  std::atomic<uint64_t> listen_disabled_ms_ = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_CONNECTION_LIMIT_H_
