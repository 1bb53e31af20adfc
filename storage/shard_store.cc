// The shard's writes: what is stored in place of what.

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <optional>
#include <utility>

#include "storage/decimal.h"
#include "storage/shard.h"

namespace ringcached::storage {
namespace {

// memcached counts that much beside key and value;
// taking its figure and not ours makes the same limit refuse the same values.
constexpr size_t kItemOverheadBytes = 59;

// What replaces an item where nothing is dropped may be larger by so much: fields for a number, an
// end, or client flags.
constexpr size_t kReplacementSlackBytes = 16;

// What stands against storing by that rule over an item with the number `present_cas`; kStored if
// nothing. For a mode of its own where no item is present.
StoreStatus Refusal(const StoreRule& rule, bool present, uint64_t present_cas) {
  switch (rule.mode) {
    case StoreMode::kSet:
      return StoreStatus::kStored;
    case StoreMode::kAdd:
      return present ? StoreStatus::kNotStored : StoreStatus::kStored;
    case StoreMode::kReplace:
      return present ? StoreStatus::kStored : StoreStatus::kNotStored;
    case StoreMode::kAppend:
    case StoreMode::kPrepend:
      if (!present) return rule.vivify ? StoreStatus::kStored : StoreStatus::kNotStored;
      if (rule.expected_cas == 0 || rule.expected_cas == present_cas) return StoreStatus::kStored;
      return StoreStatus::kExists;
    case StoreMode::kCas:
      if (!present) return StoreStatus::kNotFound;
      if (rule.expected_cas == 0) return StoreStatus::kExists;
      if (rule.expected_cas == present_cas) return StoreStatus::kStored;
      return rule.accept_stale && rule.expected_cas < present_cas ? StoreStatus::kStored
                                                                  : StoreStatus::kExists;
  }
  return StoreStatus::kNotStored;
}

uint64_t Changed(uint64_t number, DeltaDirection direction, uint64_t delta) {
  if (direction == DeltaDirection::kIncrement) return number + delta;
  return number > delta ? number - delta : 0;
}

// The number in an item's value, if it is one.
std::optional<uint64_t> NumberIn(const Item& item) {
  return item.numeric() ? item.number() : ParseDecimal(item.value());
}

// The digits at the front, spaces behind.
void FillWithNumber(std::string_view digits, char* text, size_t text_bytes) {
  assert(digits.size() <= text_bytes);
  std::memcpy(text, digits.data(), digits.size());
  std::memset(text + digits.size(), ' ', text_bytes - digits.size());
}

// `present` may be null: nothing to join with.
void Join(const Item* present, std::string_view fragment, StoreMode mode, char* joined) {
  NumberText number;
  std::string_view value;
  if (present != nullptr && present->numeric()) {
    number = NumberText(present->number(), present->value_bytes());
    value = number.view();
  } else if (present != nullptr) {
    value = present->value();
  }
  const bool append = mode == StoreMode::kAppend;
  const std::string_view front = append ? value : fragment;
  const std::string_view back = append ? fragment : value;
  std::copy(front.begin(), front.end(), joined);
  std::copy(back.begin(), back.end(), joined + front.size());
}

}  // namespace

StoreResult Shard::Store(ShardStore* store, CacheSecond now, bool last_try) {
  const Range range = RangeOf(store->key.hash);
  // A store writes to the filter whether lookups ask it or not.
  PrefetchFor(range);
  MutexLock lock(&mutex_);
  store_.directory().Maintain();
  Found present = FindLive(range, store->key.bytes, now).found;
  const bool is_present = present.item != nullptr;
  const uint64_t present_cas = is_present ? store_.CasOf(*present.item) : 0;
  const StoreStatus refusal = Refusal(store->rule, is_present, present_cas);
  if (refusal != StoreStatus::kStored) return {refusal};
  if (Joins(store->rule.mode)) return StoreJoined(range, &present, store, now, last_try);
  ItemSpec spec{.key = store->key.bytes,
                .client_flags = store->client_flags,
                .expiry = store->expiry,
                .cas = store->rule.new_cas.value_or(NextCas()),
                .value = store->value,
                .large = store->large.get()};
  if (store->rule.mode == StoreMode::kCas && store->rule.expected_cas != present_cas) {
    spec.expiry = present.item->expiry();
    spec.stale = true;
    spec.promised = present.item->promised();
  }
  const StoreStatus status = Put(range, &present, /*needs_present=*/false, &spec, now, last_try);
  if (status != StoreStatus::kStored) return {status};
  const size_t value_bytes = spec.large != nullptr ? spec.large->size() : spec.value.size();
  static_cast<void>(store->large.release());
  ++events_.total_items;
  return {StoreStatus::kStored, spec.cas, value_bytes};
}

DeltaResult Shard::Delta(const DeltaRequest& request, CacheSecond now, bool last_try) {
  const Range range = RangeOf(request.key.hash);
  const bool vivifies = request.vivify_expiry.has_value();
  if (!vivifies && KnownAbsent(range)) return {DeltaStatus::kNotFound};
  MutexLock lock(&mutex_);
  store_.directory().Maintain();
  Lookup lookup = vivifies ? FindLive(range, request.key.bytes, now)
                           : FindPassed(range, request.key.bytes, now);
  if (lookup.status == LookupStatus::kHit) {
    return DeltaPresent(range, &lookup.found, request, now, last_try);
  }
  return vivifies ? StoreInitial(range, request, now, last_try)
                  : DeltaResult{DeltaStatus::kNotFound};
}

DeltaResult Shard::DeltaPresent(Range range, Found* present, const DeltaRequest& request,
                                CacheSecond now, bool last_try) {
  const Item& item = *present->item;
  // memcached's order: an empty value is no number, then the number of the version.
  if (item.value_bytes() == 0) return {DeltaStatus::kNonNumeric};
  if (request.expected_cas != 0 && request.expected_cas != store_.CasOf(item)) {
    return {DeltaStatus::kExists};
  }
  const std::optional<uint64_t> number = NumberIn(item);
  if (!number.has_value()) return {DeltaStatus::kNonNumeric};
  DeltaResult result{.value = Changed(*number, request.direction, request.delta),
                     .cas = request.new_cas.value_or(NextCas()),
                     .expiry_before = item.expiry()};
  result.status = StoreNumber(range, request, present, result.value, result.cas, now, last_try);
  return result;
}

DeltaResult Shard::StoreInitial(Range range, const DeltaRequest& request, CacheSecond now,
                                bool last_try) {
  ItemSpec spec{.key = request.key.bytes,
                .expiry = *request.vivify_expiry,
                .cas = request.new_cas.value_or(NextCas()),
                .value = {},
                .numeric = true,
                .number = request.initial,
                .number_width = static_cast<uint32_t>(DecimalText(request.initial).view().size())};
  Found absent;
  if (Put(range, &absent, /*needs_present=*/false, &spec, now, last_try) != StoreStatus::kStored) {
    return {DeltaStatus::kOutOfMemory};
  }
  ++events_.total_items;
  return {DeltaStatus::kCreated, request.initial, spec.cas};
}

DeleteStatus Shard::Delete(const DeleteRequest& request, CacheSecond now, size_t* value_bytes) {
  const Range range = RangeOf(request.key.hash);
  if (KnownAbsent(range)) return DeleteStatus::kNotFound;
  MutexLock lock(&mutex_);
  store_.directory().Maintain();
  Lookup lookup = FindPassed(range, request.key.bytes, now);
  if (lookup.status != LookupStatus::kHit) return DeleteStatus::kNotFound;
  const uint64_t present_cas = store_.CasOf(*lookup.found.item);
  if (request.expected_cas.value_or(present_cas) != present_cas) return DeleteStatus::kExists;
  if (value_bytes != nullptr) *value_bytes = lookup.found.item->value_bytes();
  if (request.keep_empty) {
    const uint64_t kept_cas = request.mark_stale ? NextCas() : present_cas;
    if (LeaveEmpty(range, &lookup.found, request, request.new_cas.value_or(kept_cas), now)) {
      return DeleteStatus::kDone;
    }
  } else if (request.mark_stale) {
    const auto mark = [&, cas = request.new_cas.value_or(NextCas())](ItemSpec* spec) {
      spec->cas = cas;
      spec->expiry = request.expiry.value_or(spec->expiry);
      spec->stale = true;
      spec->promised = false;
    };
    if (Rewrite(range, request.key.bytes, &lookup.found, mark, now)) {
      ++last_cas_;
      return DeleteStatus::kDone;
    }
  }
  if (lookup.found.item != nullptr) store_.Remove(range, lookup.found);
  return DeleteStatus::kDone;
}

bool Shard::LeaveEmpty(Range range, Found* present, const DeleteRequest& request, uint64_t cas,
                       CacheSecond now) {
  ItemSpec spec{.key = request.key.bytes,
                .client_flags = request.client_flags,
                .expiry = request.expiry.value_or(kNeverExpires),
                .cas = cas,
                .stale = request.mark_stale,
                .value = {}};
  const StoreStatus status =
      Put(range, present, /*needs_present=*/false, &spec, now, /*last_try=*/true);
  if (status == StoreStatus::kStored) return true;
  *present = store_.Find(range, request.key.bytes);
  return false;
}

StoreStatus Shard::Put(Range range, Found* present, bool needs_present, ItemSpec* spec,
                       CacheSecond now, bool last_try) {
  const LogQueue queue = QueueFor(range, *present, spec->expiry, now);
  size_t credit_bytes = 0;
  if (present->item != nullptr && present->item->large()) {
    credit_bytes = present->item->large_value()->given_bytes();
  }
  const size_t replaceable_bytes =
      present->item != nullptr ? present->item->size_bytes() + kReplacementSlackBytes : 0;
  bool moved = false;
  if (!MakeRoomFor(queue, spec, credit_bytes, now, last_try, &moved) &&
      !(Item::SizeBytes(*spec) <= replaceable_bytes && TakeRoomForReplacement(queue, spec, now))) {
    return StoreStatus::kOutOfMemory;
  }
  if (moved) *present = store_.Find(range, spec->key);
  if (present->item == nullptr && needs_present) return StoreStatus::kNotStored;
  const size_t item_bytes = Item::SizeBytes(*spec);
  const size_t large_bytes = spec->large != nullptr ? spec->large->given_bytes() : 0;
  if (present->item != nullptr) {
    const Stamp stamp = StampIn(present->slot->load(std::memory_order_relaxed));
    store_.Replace(*present, queue, *spec, eviction_.UsedStamp(stamp));
  } else if (!store_.Add(range, queue, *spec, eviction_.NewStamp())) {
    return StoreStatus::kOutOfMemory;
  }
  if (spec->large != nullptr) PublishAge();
  ++last_cas_;
  events_.bytes_stored += item_bytes;
  // A shard that is still filling counts as full, or ages would wrap before it is.
  const size_t share_bytes = context_.ledger->allowed_bytes() / context_.shard_count;
  eviction_.NoteStored(item_bytes + large_bytes,
                       std::max(store_.log().total_bytes() + store_.large_bytes(), share_bytes),
                       now, &store_.directory());
  return StoreStatus::kStored;
}

LogQueue Shard::QueueFor(Range range, const Found& present, CacheSecond expiry,
                         CacheSecond now) const {
  if (present.item != nullptr && context_.eviction == EvictionPolicy::kS3Fifo) {
    return static_cast<LogQueue>(store_.SegmentOf(*present.item)->queue);
  }
  return eviction_.QueueFor(store_.directory().FilterKey(range), expiry, now);
}

StoreResult Shard::StoreJoined(Range range, Found* present, ShardStore* store, CacheSecond now,
                               bool last_try) {
  const Item* const item = present->item;
  const std::string_view fragment = store->large != nullptr ? store->large->view() : store->value;
  const size_t joined_bytes = (item != nullptr ? item->value_bytes() : 0) + fragment.size();
  if (TooLarge(context_, store->key.bytes.size(), joined_bytes)) return {StoreStatus::kNotStored};
  ItemSpec spec{.key = store->key.bytes,
                .client_flags = item != nullptr ? item->client_flags() : store->client_flags,
                .expiry = item != nullptr ? item->expiry() : store->expiry,
                .cas = store->rule.new_cas.value_or(NextCas()),
                .value = {}};
  std::array<char, kMaxInlineValueLimitBytes> scratch;
  LargeValueRef large;
  if (joined_bytes > context_.max_inline_value_bytes) {
    large.reset(context_.large_values->Create(joined_bytes));
    if (large == nullptr) return {StoreStatus::kOutOfMemory};
    spec.large = large.get();
  } else {
    spec.value = {scratch.data(), joined_bytes};
  }
  Join(item, fragment, store->rule.mode, large != nullptr ? large->data() : scratch.data());
  const bool needs_present = item != nullptr && !store->rule.vivify;
  const StoreStatus status = Put(range, present, needs_present, &spec, now, last_try);
  if (status == StoreStatus::kOutOfMemory && large != nullptr) {
    store->wanted_bytes =
        large->given_bytes() + kToleratedSegments * context_.pool->segment_bytes();
  }
  if (status != StoreStatus::kStored) return {status};
  static_cast<void>(large.release());
  ++events_.total_items;
  return {StoreStatus::kStored, spec.cas, joined_bytes};
}

// Number and end change together or not at all: in place if it is a number already, the digits fit
// and a new end has a field. Either way the value gets no shorter, as in memcached, but for one too
// long for the log, whose spaces are cut to what the log takes. One that gets longer is a new item,
// as there, of which nothing has been read or said.
DeltaStatus Shard::StoreNumber(Range range, const DeltaRequest& request, Found* present,
                               uint64_t number, uint64_t cas, CacheSecond now, bool last_try) {
  Item& item = *present->item;
  const DecimalText digits(number);
  const bool fits = digits.view().size() <= item.value_bytes();
  if (item.numeric() && fits &&
      (!request.expiry.has_value() || SetExpiryInPlace(&item, *request.expiry))) {
    item.set_number(number, cas);
    ++last_cas_;
    NoteUse(*present, now);
    return DeltaStatus::kDone;
  }
  const size_t width = std::max(digits.view().size(), item.value_bytes());
  ItemSpec spec{.key = request.key.bytes,
                .client_flags = item.client_flags(),
                .expiry = request.expiry.value_or(item.expiry()),
                .cas = cas,
                .fetched = fits && item.fetched(),
                .stale = fits && item.stale(),
                .promised = fits && item.promised(),
                .value = {}};
  std::array<char, kMaxInlineValueLimitBytes> scratch;
  if (width <= NumberText::kMaxWidth) {
    spec.numeric = true;
    spec.number = number;
    spec.number_width = static_cast<uint32_t>(width);
  } else {
    const size_t text_bytes = std::min(width, context_.max_inline_value_bytes);
    FillWithNumber(digits.view(), scratch.data(), text_bytes);
    spec.value = {scratch.data(), text_bytes};
  }
  const StoreStatus status = Put(range, present, /*needs_present=*/true, &spec, now, last_try);
  if (status == StoreStatus::kStored) return DeltaStatus::kDone;
  return status == StoreStatus::kNotStored ? DeltaStatus::kNotFound : DeltaStatus::kOutOfMemory;
}

bool Shard::TooLarge(const ShardContext& context, size_t key_bytes, size_t value_bytes) {
  const size_t beside_value_bytes = kItemOverheadBytes + key_bytes;
  return beside_value_bytes > context.max_item_bytes ||
         value_bytes > context.max_item_bytes - beside_value_bytes;
}

}  // namespace ringcached::storage
