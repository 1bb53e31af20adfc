#include "bench/load/keys_in_order.h"

#include <optional>

#include "bench/load/request.h"

namespace ringcached::load {
namespace {

constexpr uint32_t kPreloadPipeline = 32;

}  // namespace

void SetAllKeys(uint64_t key_count, LoadLoop& loop, Tally& tally) {
  uint64_t next = 0;
  loop.Run(
      {.connection_count = 1, .pipeline = kPreloadPipeline},
      [&]() -> std::optional<Request> {
        if (next == key_count) return std::nullopt;
        return Request{Command::kSet, next++};
      },
      tally);
}

void AskEachConnection(size_t first, size_t count, uint64_t key_count, LoadLoop& loop,
                       Tally& tally) {
  uint64_t next = first;
  loop.Run(
      {.first_connection = first, .connection_count = count, .requests_per_connection = 1},
      [&]() -> std::optional<Request> {
        return Request{Command::kGet, next++ % key_count};
      },
      tally);
}

}  // namespace ringcached::load
