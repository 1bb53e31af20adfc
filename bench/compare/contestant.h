// One server under one load: its connections stay open from slice to slice.

#ifndef RINGCACHED_BENCH_COMPARE_CONTESTANT_H_
#define RINGCACHED_BENCH_COMPARE_CONTESTANT_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/compare/loads.h"
#include "bench/load/key_space.h"
#include "bench/load/load_loop.h"
#include "bench/load/protocol.h"

namespace ringcached::compare {

struct Server {
  std::string name;
  uint16_t port;  // of 127.0.0.1
  pid_t pid;
};

// Sets every key of the store.
absl::Status Preload(const Server& server, const Store& store);

struct SliceOptions {
  double seconds;
  double rate = 0;  // requests a second of an open loop; 0: a closed one
  uint64_t seed;
  uint32_t check_every;  // see load::Phase
};

struct SliceResult {
  double cpu_us = 0;  // a key
  double p999_us = 0;
  double requests_per_s = 0;
};

class Contestant {
 public:
  // Opens the load's connections.
  static absl::StatusOr<std::unique_ptr<Contestant>> Open(const Server& server, const Load& load,
                                                          const Store& store);

  const Server& server() const { return server_; }
  // An error if a reply was wrong, missing or, where that is wrong, a miss.
  absl::StatusOr<SliceResult> Run(const SliceOptions& options);

 private:
  Contestant(const Server& server, const Load& load, const Store& store);

  absl::Status Check(const load::Tally& tally) const;

  const Server server_;
  const Load load_;
  const load::KeySpace keys_;
  const std::unique_ptr<load::Protocol> protocol_;
  std::unique_ptr<load::LoadLoop> loop_;
};

}  // namespace ringcached::compare

#endif  // RINGCACHED_BENCH_COMPARE_CONTESTANT_H_
