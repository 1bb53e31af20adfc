// `stats items` and `stats slabs`, for the tools that read them. memcached says there what each of
// its slab classes holds. There are no classes here: all items are of one, number 1, whose pages
// are segments and whose chunks are as large as the mean item. While there is no page, there is no
// class.

#ifndef RINGCACHED_PROTOCOL_STATS_CLASSES_H_
#define RINGCACHED_PROTOCOL_STATS_CLASSES_H_

#include "protocol/counters.h"
#include "protocol/server_control.h"
#include "storage/cache_stats.h"
#include "storage/time.h"

namespace ringcached::protocol {

void PrintItemClass(const storage::CacheStats& stats, const CounterTotals& totals,
                    storage::CacheSecond now, StatVisitor visitor);
void PrintSlabClass(const storage::CacheStats& stats, const CounterTotals& totals,
                    StatVisitor visitor);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_STATS_CLASSES_H_
