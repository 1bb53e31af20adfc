// A list of objects, each in at most one of the lists that share their links.

#ifndef RINGCACHED_BENCH_SIMULATION_OBJECT_LIST_H_
#define RINGCACHED_BENCH_SIMULATION_OBJECT_LIST_H_

#include <cstdint>
#include <vector>

#include "bench/simulation/cache.h"

namespace ringcached::simulation {

struct Links {
  Object newer;
  Object older;
};

class ObjectList {
 public:
  static constexpr Object kNone = UINT32_MAX;

  // `links` has one entry for each object and outlives the list.
  explicit ObjectList(std::vector<Links>& links) : links_(links) {}

  bool empty() const { return oldest_ == kNone; }
  Object oldest() const { return oldest_; }

  void PushNewest(Object object) {
    links_[object] = {kNone, newest_};
    (newest_ == kNone ? oldest_ : links_[newest_].newer) = object;
    newest_ = object;
  }

  // REQUIRES: the object is in this list.
  void Remove(Object object) {
    const auto [newer, older] = links_[object];
    (newer == kNone ? newest_ : links_[newer].older) = older;
    (older == kNone ? oldest_ : links_[older].newer) = newer;
  }

 private:
  std::vector<Links>& links_;
  Object newest_ = kNone;
  Object oldest_ = kNone;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_BENCH_SIMULATION_OBJECT_LIST_H_
