#include "protocol/execute.h"

#include <array>
#include <utility>

#include "protocol/exptime.h"
#include "protocol/limits.h"
#include "protocol/stats.h"

namespace ringcached::protocol {
namespace {

using storage::CacheSecond;
using storage::DeltaDirection;
using storage::DeltaStatus;
using storage::LookupStatus;
using storage::StoreMode;
using storage::StoreStatus;

constexpr unsigned kMegabyteShift = 20;

void Count(ExecuteContext& context, Counter counter) { context.counters->Add(counter); }

CacheSecond Expiry(const Request& request, const ExecuteContext& context) {
  return ExpiryFromExptime(request.exptime, context.time);
}

// A lookup that met an item which had ended.
void CountEnded(LookupStatus status, ExecuteContext& context) {
  if (status == LookupStatus::kExpired) Count(context, Counter::kGetExpired);
}

Outcome Found(bool hit) { return {hit ? OutcomeCode::kHit : OutcomeCode::kMiss}; }

Outcome Get(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  const LookupStatus status = context.cache->Get(
      request.key, context.time.now, [&](const storage::ItemView& item) { visitor.OnItem(item); });
  const bool hit = status == LookupStatus::kHit;
  Count(context, Counter::kCmdGet);
  Count(context, hit ? Counter::kGetHits : Counter::kGetMisses);
  CountEnded(status, context);
  return Found(hit);
}

// memcached counts it among the touches and not among the gets.
Outcome GetAndTouch(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  const LookupStatus status =
      context.cache->GetAndTouch(request.key, Expiry(request, context), context.time.now,
                                 [&](const storage::ItemView& item) { visitor.OnItem(item); });
  const bool hit = status == LookupStatus::kHit;
  Count(context, Counter::kCmdTouch);
  Count(context, hit ? Counter::kTouchHits : Counter::kTouchMisses);
  CountEnded(status, context);
  return Found(hit);
}

StoreMode ModeOf(Command command) {
  switch (command) {
    case Command::kAdd:
      return StoreMode::kAdd;
    case Command::kReplace:
      return StoreMode::kReplace;
    case Command::kAppend:
      return StoreMode::kAppend;
    case Command::kPrepend:
      return StoreMode::kPrepend;
    case Command::kCas:
      return StoreMode::kCas;
    default:
      return StoreMode::kSet;
  }
}

void CountCas(StoreStatus status, ExecuteContext& context) {
  if (status == StoreStatus::kStored) Count(context, Counter::kCasHits);
  if (status == StoreStatus::kExists) Count(context, Counter::kCasBadval);
  if (status == StoreStatus::kNotFound) Count(context, Counter::kCasMisses);
}

// A value that the cache will not take. A set must not leave the old value behind: its client
// believes it replaced. The other commands promise nothing and leave it.
Outcome Unstorable(const Request& request, StoreStatus status, ExecuteContext& context) {
  if (request.command == Command::kSet) context.cache->Delete(request.key, context.time.now);
  const bool too_large = status == StoreStatus::kTooLarge;
  Count(context, too_large ? Counter::kStoreTooLarge : Counter::kStoreNoMemory);
  return {too_large ? OutcomeCode::kTooLarge : OutcomeCode::kOutOfMemoryStoring};
}

bool IsUnstorable(StoreStatus status) {
  return status == StoreStatus::kTooLarge || status == StoreStatus::kOutOfMemory;
}

Outcome Stored(const Request& request, storage::StoreResult result, ExecuteContext& context) {
  if (IsUnstorable(result.status)) return Unstorable(request, result.status, context);
  Count(context, Counter::kCmdSet);
  if (request.command == Command::kCas) CountCas(result.status, context);
  switch (result.status) {
    case StoreStatus::kStored:
      return {OutcomeCode::kStored, 0, result.cas};
    case StoreStatus::kExists:
      return {OutcomeCode::kExists};
    case StoreStatus::kNotFound:
      return {OutcomeCode::kNotFound};
    default:
      return {OutcomeCode::kNotStored};
  }
}

Outcome Store(const Request& request, ExecuteContext& context) {
  const storage::StoreRequest store{.key = request.key,
                                    .value = request.value,
                                    .client_flags = request.client_flags,
                                    .expiry = Expiry(request, context),
                                    .mode = ModeOf(request.command),
                                    .expected_cas = request.cas};
  return Stored(request, context.cache->Store(store, context.time.now), context);
}

Outcome Delete(const Request& request, ExecuteContext& context) {
  const bool deleted = context.cache->Delete(request.key, context.time.now);
  Count(context, deleted ? Counter::kDeleteHits : Counter::kDeleteMisses);
  return {deleted ? OutcomeCode::kDeleted : OutcomeCode::kNotFound};
}

Outcome Delta(const Request& request, ExecuteContext& context) {
  const bool increment = request.command == Command::kIncrement;
  const storage::DeltaResult result = context.cache->Delta(
      request.key, increment ? DeltaDirection::kIncrement : DeltaDirection::kDecrement,
      request.delta, context.time.now);
  switch (result.status) {
    case DeltaStatus::kDone:
      Count(context, increment ? Counter::kIncrHits : Counter::kDecrHits);
      return {OutcomeCode::kNumber, result.value, result.cas};
    case DeltaStatus::kNotFound:
      Count(context, increment ? Counter::kIncrMisses : Counter::kDecrMisses);
      return {OutcomeCode::kNotFound};
    case DeltaStatus::kNonNumeric:
      return {OutcomeCode::kNonNumeric};
    case DeltaStatus::kOutOfMemory:
      return {OutcomeCode::kOutOfMemory};
  }
  return {OutcomeCode::kNotFound};
}

Outcome Touch(const Request& request, ExecuteContext& context) {
  Count(context, Counter::kCmdTouch);
  const bool touched =
      context.cache->Touch(request.key, Expiry(request, context), context.time.now);
  Count(context, touched ? Counter::kTouchHits : Counter::kTouchMisses);
  return {touched ? OutcomeCode::kTouched : OutcomeCode::kNotFound};
}

// A delay counts like an exptime, except that a negative one means at once.
Outcome FlushAll(const Request& request, ExecuteContext& context) {
  Count(context, Counter::kCmdFlush);
  const CacheSecond at = request.exptime > 0 ? Expiry(request, context) : context.time.now;
  context.cache->FlushAll(at, context.time.now);
  return {OutcomeCode::kOk};
}

Outcome Verbosity(const Request& request, ExecuteContext& context) {
  context.server->SetVerbosity(request.verbosity);
  return {OutcomeCode::kOk};
}

Outcome MemoryLimit(const Request& request, ExecuteContext& context) {
  if (request.megabytes < kMinLimitMegabytes) return {OutcomeCode::kLimitTooSmall};
  if (request.megabytes > kMaxLimitMegabytes) return {OutcomeCode::kLimitInBytes};
  const size_t bytes = request.megabytes << kMegabyteShift;
  const bool set = context.cache->SetMemoryLimit(bytes, context.time.now).ok();
  return {set ? OutcomeCode::kOk : OutcomeCode::kLimitRefused};
}

Outcome Stats(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  return ExecuteStats(
      request.argument, *context.cache, *context.server, context.time,
      [&](std::string_view name, std::string_view value) { visitor.OnStat(name, value); });
}

}  // namespace

BegunStore BeginStore(const Request& request, ExecuteContext& context) {
  storage::Reservation reservation =
      context.cache->Reserve(request.key, request.value_bytes, request.client_flags,
                             Expiry(request, context), context.time.now);
  if (reservation.item.empty()) return {Unstorable(request, reservation.status, context), {}};
  return {{OutcomeCode::kStored}, std::move(reservation.item)};
}

// The request's line is gone by now and its key with it; the item has a copy, which goes with the
// item.
Outcome FinishStore(const Request& request, storage::UnpublishedItem item,
                    ExecuteContext& context) {
  std::array<char, storage::kMaxKeyBytes> key;
  Request finished = request;
  finished.key = item.key();
  finished.key.bytes = {key.data(), item.key().bytes.copy(key.data(), key.size())};
  const storage::StoreResult result = context.cache->Publish(
      std::move(item), ModeOf(request.command), request.cas, context.time.now);
  return Stored(finished, result, context);
}

Outcome AbandonStore(ExecuteContext& context) {
  Count(context, Counter::kCmdSet);
  return {OutcomeCode::kBadDataChunk};
}

Outcome Execute(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  switch (request.command) {
    case Command::kGet:
      return Get(request, context, visitor);
    case Command::kGetAndTouch:
      return GetAndTouch(request, context, visitor);
    case Command::kSet:
    case Command::kAdd:
    case Command::kReplace:
    case Command::kAppend:
    case Command::kPrepend:
    case Command::kCas:
      return Store(request, context);
    case Command::kDelete:
      return Delete(request, context);
    case Command::kIncrement:
    case Command::kDecrement:
      return Delta(request, context);
    case Command::kTouch:
      return Touch(request, context);
    case Command::kFlushAll:
      return FlushAll(request, context);
    case Command::kVersion:
      return {OutcomeCode::kVersion};
    case Command::kVerbosity:
      return Verbosity(request, context);
    case Command::kMemoryLimit:
      return MemoryLimit(request, context);
    case Command::kStats:
      return Stats(request, context, visitor);
    case Command::kQuit:
      return {OutcomeCode::kClose};
  }
  return {OutcomeCode::kUnknownCommand};
}

}  // namespace ringcached::protocol
