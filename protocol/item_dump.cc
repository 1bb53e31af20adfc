#include "protocol/item_dump.h"

#include <algorithm>
#include <string_view>

#include "protocol/base64.h"
#include "protocol/limits.h"
#include "protocol/reply_text.h"
#include "protocol/text_writer.h"
#include "protocol/url_encoding.h"
#include "storage/key.h"

namespace ringcached::protocol {
namespace {

using storage::ItemView;
using storage::kMaxKeyBytes;
using storage::kNeverExpires;

// All but the key, with six numbers.
constexpr size_t kMaxLineRestBytes = 64 + 6 * kMaxNumberBytes;

// A second of the cache's clock as Unix time.
uint64_t UnixSecond(storage::CacheSecond second, const TurnTime& time) {
  return static_cast<uint64_t>(time.unix_seconds + int64_t{second} - int64_t{time.now});
}

void WriteMetadata(const ItemView& item, const TurnTime& time, ReplySink& sink) {
  char* const begin = sink.Reserve(MaxUrlBytes(kMaxKeyBytes) + kMaxLineRestBytes);
  char* end = PutUrlEncoded(Put(begin, "key="), item.key);
  end = Put(end, " exp=");
  end =
      item.expiry == kNeverExpires ? Put(end, "-1") : PutNumber(end, UnixSecond(item.expiry, time));
  end = PutNumber(Put(end, " la="), UnixSecond(item.last_access, time));
  end = PutNumber(Put(end, " cas="), item.cas);
  end = Put(Put(end, " fetch="), item.fetched ? "yes" : "no");
  end = PutNumber(Put(end, " cls=1 size="), item.item_bytes);
  // The blank is memcached's.
  end = Put(PutNumber(Put(end, " flags="), item.client_flags), " \n");
  sink.Commit(static_cast<size_t>(end - begin));
}

void WriteMetaGet(const ItemView& item, ReplySink& sink) {
  char* const begin = sink.Reserve(Base64Bytes(kMaxKeyBytes) + kMaxLineRestBytes);
  char* end = Put(begin, "mg ");
  end = !FitsInLine(item.key) ? Put(EncodeBase64(item.key, end), " b") : Put(end, item.key);
  end = Put(end, "\r\n");
  sink.Commit(static_cast<size_t>(end - begin));
}

void WriteCachedItem(const ItemView& item, const TurnTime& time, ReplySink& sink) {
  char* const begin = sink.Reserve(kMaxKeyBytes + kMaxLineRestBytes);
  char* end = Put(Put(begin, "ITEM "), item.key);
  end = PutNumber(Put(end, " ["), item.value.size());
  const uint64_t ends_at = item.expiry == kNeverExpires ? 0 : UnixSecond(item.expiry, time);
  end = Put(PutNumber(Put(end, " b; "), ends_at), " s]\r\n");
  sink.Commit(static_cast<size_t>(end - begin));
}

}  // namespace

ReplyStream::Progress ItemDump::Continue(ExecuteContext& context, ReplySink& sink) {
  const bool from_crawler = request_.format != DumpFormat::kCachedump;
  if (!begun_ && from_crawler) sink.Append("OK\r\n");
  begun_ = true;
  const auto write = [&](const ItemView& item) { WriteItem(item, context.time, sink); };
  const bool over = request_.nothing || (request_.max_items != 0 && items_ >= request_.max_items);
  if (!over && context.cache->Walk(&cursor_, context.time.now, write)) return Progress::kMore;
  WriteEnd(sink);
  return Progress::kWhole;
}

void ItemDump::WriteItem(const ItemView& item, const TurnTime& time, ReplySink& sink) {
  if (request_.format == DumpFormat::kMetadump) return WriteMetadata(item, time, sink);
  if (request_.format == DumpFormat::kMgdump) return WriteMetaGet(item, sink);
  // A line could not carry such a key.
  if (!FitsInLine(item.key)) return;
  if (request_.max_items != 0 && items_ >= request_.max_items) return;
  ++items_;
  WriteCachedItem(item, time, sink);
}

void ItemDump::WriteEnd(ReplySink& sink) const {
  sink.Append(request_.format == DumpFormat::kMgdump ? "EN\r\n" : "END\r\n");
}

ReplyStream::Progress SizeHistogram::Continue(ExecuteContext& context, ReplySink& sink) {
  if (!walked_) {
    walked_ = !context.cache->Walk(&cursor_, context.time.now,
                                   [this](const ItemView& item) { Count(item); });
    return Progress::kMore;
  }
  // A few lines at a time, since there may be many sizes.
  for (size_t i = 0; i < kSizesPerPiece && !items_by_bytes_.empty(); ++i) {
    const auto first = items_by_bytes_.begin();
    char bytes[kMaxNumberBytes];
    char items[kMaxNumberBytes];
    const char* const bytes_end = PutNumber(bytes, first->first);
    const char* const items_end = PutNumber(items, first->second);
    WriteTextStat({bytes, static_cast<size_t>(bytes_end - bytes)},
                  {items, static_cast<size_t>(items_end - items)}, sink);
    items_by_bytes_.erase(first);
  }
  if (!items_by_bytes_.empty()) return Progress::kMore;
  sink.Append("END\r\n");
  return Progress::kWhole;
}

void SizeHistogram::Count(const ItemView& item) {
  const uint64_t steps = (item.item_bytes + kSizeStepBytes - 1) / kSizeStepBytes;
  ++items_by_bytes_[std::min(steps, kMaxSizeSteps) * kSizeStepBytes];
}

}  // namespace ringcached::protocol
