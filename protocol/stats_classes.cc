#include "protocol/stats_classes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "protocol/stats_printer.h"

namespace ringcached::protocol {
namespace {

using storage::CacheStats;

// One figure of the class.
struct Field {
  std::string_view name;
  uint64_t value = 0;
};

// What a cache says whose items have gone: header, a short key and value.
constexpr uint64_t kLeastChunkBytes = 32;

// What there are pages of.
uint64_t HeldBytes(const CacheStats& stats) {
  return stats.segment_bytes + stats.large_value_bytes;
}

uint64_t MeanItemBytes(const CacheStats& stats) {
  return stats.items == 0 ? kLeastChunkBytes
                          : std::max(stats.item_bytes / stats.items, kLeastChunkBytes);
}

void PrintChunks(const CacheStats& stats, const CounterTotals& totals, uint64_t held_bytes,
                 Printer& printer) {
  const uint64_t chunk_bytes = MeanItemBytes(stats);
  const uint64_t page_bytes = std::max<uint64_t>(stats.segment_size_bytes, 1);
  const uint64_t free_bytes = held_bytes - std::min(held_bytes, stats.item_bytes);
  const uint64_t free_chunks = free_bytes / chunk_bytes;
  const std::array fields = {
      Field{"1:chunk_size", chunk_bytes},
      Field{"1:chunks_per_page", page_bytes / chunk_bytes},
      Field{"1:total_pages", (held_bytes + page_bytes - 1) / page_bytes},
      Field{"1:total_chunks", stats.items + free_chunks},
      Field{"1:used_chunks", stats.items},
      Field{"1:free_chunks", free_chunks},
      Field{"1:free_chunks_end"},
      Field{"1:get_hits", totals[Counter::kGetHits]},
      Field{"1:cmd_set", totals[Counter::kCmdSet]},
      Field{"1:delete_hits", totals[Counter::kDeleteHits]},
      Field{"1:incr_hits", totals[Counter::kIncrHits]},
      Field{"1:decr_hits", totals[Counter::kDecrHits]},
      Field{"1:cas_hits", totals[Counter::kCasHits]},
      Field{"1:cas_badval", totals[Counter::kCasBadval]},
      Field{"1:touch_hits", totals[Counter::kTouchHits]},
  };
  for (const Field& field : fields) printer.Number(field.name, field.value);
}

}  // namespace

void PrintItemClass(const CacheStats& stats, const CounterTotals& totals, storage::CacheSecond now,
                    StatVisitor visitor) {
  if (HeldBytes(stats) == 0) return;
  const uint64_t oldest = stats.oldest_second == 0 ? now : stats.oldest_second;
  // All are "cold": that is where memcached has items that wait to be evicted.
  const std::array fields = {
      Field{"items:1:number", stats.items},
      Field{"items:1:number_hot"},
      Field{"items:1:number_warm"},
      Field{"items:1:number_cold", stats.items},
      Field{"items:1:age_hot"},
      Field{"items:1:age_warm"},
      Field{"items:1:age", now - std::min<uint64_t>(now, oldest)},
      Field{"items:1:mem_requested", stats.item_bytes},
      Field{"items:1:evicted", stats.evictions},
      Field{"items:1:evicted_nonzero", stats.evicted_ending},
      Field{"items:1:evicted_time", stats.evicted_age_seconds},
      Field{"items:1:outofmemory", stats.out_of_memory},
      Field{"items:1:tailrepairs"},
      Field{"items:1:reclaimed", stats.reclaimed},
      Field{"items:1:expired_unfetched", stats.expired_unfetched},
      Field{"items:1:evicted_unfetched", stats.evicted_unfetched},
      Field{"items:1:evicted_active"},
      Field{"items:1:crawler_reclaimed"},
      Field{"items:1:crawler_items_checked"},
      Field{"items:1:lrutail_reflocked"},
      Field{"items:1:moves_to_cold"},
      Field{"items:1:moves_to_warm"},
      Field{"items:1:moves_within_lru"},
      Field{"items:1:direct_reclaims"},
      Field{"items:1:hits_to_hot"},
      Field{"items:1:hits_to_warm"},
      Field{"items:1:hits_to_cold", totals[Counter::kGetHits]},
      Field{"items:1:hits_to_temp"},
  };
  Printer printer(visitor);
  for (const Field& field : fields) printer.Number(field.name, field.value);
}

void PrintSlabClass(const CacheStats& stats, const CounterTotals& totals, StatVisitor visitor) {
  Printer printer(visitor);
  const uint64_t held_bytes = HeldBytes(stats);
  if (held_bytes > 0) PrintChunks(stats, totals, held_bytes, printer);
  printer.Number("active_slabs", held_bytes > 0 ? 1 : 0);
  printer.Number("total_malloced", held_bytes);
}

}  // namespace ringcached::protocol
