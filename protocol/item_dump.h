// Replies about all items: lru_crawler metadump and mgdump, stats cachedump, stats sizes. They walk
// over the cache a few hundred items at a time, so that neither this client's reactor nor a shard
// is held up, and hold nothing between two steps.

#ifndef RINGCACHED_PROTOCOL_ITEM_DUMP_H_
#define RINGCACHED_PROTOCOL_ITEM_DUMP_H_

#include <cstdint>
#include <map>

#include "protocol/execute.h"
#include "protocol/reply_stream.h"
#include "protocol/request.h"
#include "storage/cache.h"

namespace ringcached::protocol {

// A line for each item.
class ItemDump final : public ReplyStream {
 public:
  // REQUIRES: a format other than kSizes.
  explicit ItemDump(const DumpRequest& request) : request_(request) {}
  Progress Continue(ExecuteContext& context, ReplySink& sink) override;

 private:
  void WriteItem(const storage::ItemView& item, const TurnTime& time, ReplySink& sink);
  void WriteEnd(ReplySink& sink) const;

  const DumpRequest request_;
  storage::WalkCursor cursor_;
  uint64_t items_ = 0;  // written, of those that max_items bounds
  bool begun_ = false;
};

// How many items there are of each size, in steps of 32 bytes.
class SizeHistogram final : public ReplyStream {
 public:
  Progress Continue(ExecuteContext& context, ReplySink& sink) override;

 private:
  void Count(const storage::ItemView& item);

  storage::WalkCursor cursor_;
  bool walked_ = false;
  std::map<uint64_t, uint64_t> items_by_bytes_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_ITEM_DUMP_H_
