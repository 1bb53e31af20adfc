// What every simulated cache is: objects by number, no values, of each only how many bytes it
// takes.

#ifndef RINGCACHED_BENCH_SIMULATION_CACHE_H_
#define RINGCACHED_BENCH_SIMULATION_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace ringcached::simulation {

using Object = uint32_t;
using Time = uint32_t;  // in requests since the start

constexpr Time kNever = UINT32_MAX;

class Cache {
 public:
  // `bytes` of each object, item header and key included; outlives the cache.
  explicit Cache(const std::vector<uint32_t>& bytes) : bytes_(bytes) {}
  virtual ~Cache() = default;
  Cache(const Cache&) = delete;
  Cache& operator=(const Cache&) = delete;

  // Whether the object is held. The caller of a miss decides whether to Set() it.
  virtual bool Get(Object object, Time now) = 0;
  virtual void Set(Object object, Time now, Time expires_at) = 0;

  uint64_t item_count() const { return item_count_; }
  uint64_t item_bytes() const { return item_bytes_; }
  // Whether something had to go so far.
  bool full() const { return full_; }

 protected:
  uint32_t BytesOf(Object object) const { return bytes_[object]; }
  void CountIn(Object object) {
    ++item_count_;
    item_bytes_ += bytes_[object];
  }
  void CountOut(Object object) {
    --item_count_;
    item_bytes_ -= bytes_[object];
  }
  void set_full() { full_ = true; }
  size_t object_count() const { return bytes_.size(); }

 private:
  const std::vector<uint32_t>& bytes_;
  uint64_t item_count_ = 0;
  uint64_t item_bytes_ = 0;
  bool full_ = false;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_CACHE_H_
