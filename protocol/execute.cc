#include "protocol/execute.h"

#include <optional>
#include <utility>

#include "protocol/exptime.h"
#include "protocol/limits.h"
#include "protocol/stats.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

using storage::CacheSecond;
using storage::DeleteStatus;
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

// The second at which the item ends that a request makes of an absent key.
CacheSecond VivifyExpiry(const Request& request, const ExecuteContext& context) {
  if (request.has_exptime && request.exptime_behind_vivify) return Expiry(request, context);
  return ExpiryFromExptime(request.vivify_exptime, context.time);
}

std::optional<uint64_t> NewCas(const Request& request) {
  if (!request.has_new_cas) return std::nullopt;
  return request.new_cas;
}

storage::ReadOptions OptionsOf(const Request& request, const ExecuteContext& context) {
  storage::ReadOptions options;
  options.note_use = !request.leaves_no_trace;
  if (request.has_exptime) options.expiry = Expiry(request, context);
  if (request.vivify) options.vivify_expiry = VivifyExpiry(request, context);
  options.vivify_cas = NewCas(request);
  options.elects = request.elects;
  options.refresh_before = ExpiryFromExptime(request.refresh_exptime, context.time);
  options.refresh_by_new_expiry = request.refresh_behind_exptime;
  return options;
}

bool IsHit(LookupStatus status) {
  return status == LookupStatus::kHit || status == LookupStatus::kCreated;
}

// A get has been answered, with a value of so many bytes.
Outcome NoteGet(std::string_view key, LookupStatus status, size_t value_bytes,
                ExecuteContext& context) {
  const bool hit = IsHit(status);
  CountEnded(status, context);
  if (context.prefixes != nullptr) context.prefixes->CountGet(key, hit);
  if (context.events != nullptr) {
    LogFetch(key, hit, value_bytes, context.connection, *context.events);
  }
  return {hit ? OutcomeCode::kHit : OutcomeCode::kMiss};
}

void CountGet(bool hit, ExecuteContext& context) {
  Count(context, Counter::kCmdGet);
  Count(context, hit ? Counter::kGetHits : Counter::kGetMisses);
}

// memcached counts a get that touches among the touches and not among the gets.
void CountTouch(bool hit, ExecuteContext& context) {
  Count(context, Counter::kCmdTouch);
  Count(context, hit ? Counter::kTouchHits : Counter::kTouchMisses);
}

Outcome Get(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  if (!request.has_exptime && !request.elects) {
    return ExecutePlainGet(request.key, context, visitor);
  }
  size_t value_bytes = 0;
  const auto visit = [&](const storage::ItemView& item) {
    value_bytes = item.value.size();
    visitor.OnItem(item);
  };
  const LookupStatus status =
      context.cache->Read(request.key, OptionsOf(request, context), context.time.now, visit);
  if (request.has_exptime) {
    CountTouch(IsHit(status), context);
  } else {
    CountGet(IsHit(status), context);
  }
  return NoteGet(request.key.bytes, status, value_bytes, context);
}

Outcome Inspect(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  Count(context, Counter::kCmdMeta);
  const LookupStatus status =
      context.cache->Read(request.key, {.note_use = false}, context.time.now,
                          [&](const storage::ItemView& item) { visitor.OnItem(item); });
  return {status == LookupStatus::kHit ? OutcomeCode::kHit : OutcomeCode::kMiss};
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

// A value that the cache will not take. A set, for one, must not leave the old value behind: its
// client believes it replaced.
Outcome Unstorable(const Request& request, StoreStatus status, ExecuteContext& context) {
  if (request.drop_if_refused) context.cache->Delete({.key = request.key}, context.time.now);
  const bool too_large = status == StoreStatus::kTooLarge;
  Count(context, too_large ? Counter::kStoreTooLarge : Counter::kStoreNoMemory);
  return {too_large ? OutcomeCode::kTooLarge : OutcomeCode::kOutOfMemoryStoring};
}

bool IsUnstorable(StoreStatus status) {
  return status == StoreStatus::kTooLarge || status == StoreStatus::kOutOfMemory;
}

Outcome StoreOutcome(const Request& request, storage::StoreResult result, ExecuteContext& context) {
  if (IsUnstorable(result.status)) return Unstorable(request, result.status, context);
  Count(context, Counter::kCmdSet);
  if (request.command == Command::kCas) CountCas(result.status, context);
  switch (result.status) {
    case StoreStatus::kStored:
      return {.code = OutcomeCode::kStored, .cas = result.cas, .value_bytes = result.value_bytes};
    case StoreStatus::kExists:
      return {OutcomeCode::kExists};
    case StoreStatus::kNotFound:
      return {OutcomeCode::kNotFound};
    default:
      return {OutcomeCode::kNotStored};
  }
}

// Tells those who count and those who watch.
Outcome Told(const Request& request, const Outcome& outcome, ExecuteContext& context) {
  if (context.prefixes != nullptr) context.prefixes->CountSet(request.key.bytes);
  if (context.events != nullptr) {
    LogMutation(request, outcome, context.time, context.connection, *context.events);
  }
  return outcome;
}

Outcome Stored(const Request& request, storage::StoreResult result, ExecuteContext& context) {
  return Told(request, StoreOutcome(request, result, context), context);
}

storage::StoreRule RuleOf(const Request& request) {
  return {.mode = ModeOf(request.command),
          .expected_cas = request.cas,
          .new_cas = NewCas(request),
          .accept_stale = request.mark_stale,
          .vivify = request.vivify};
}

Outcome Store(const Request& request, ExecuteContext& context) {
  const storage::StoreRequest store{.key = request.key,
                                    .value = request.value,
                                    .client_flags = request.client_flags,
                                    .expiry = Expiry(request, context),
                                    .rule = RuleOf(request)};
  return Stored(request, context.cache->Store(store, context.time.now), context);
}

Outcome Delete(const Request& request, ExecuteContext& context) {
  storage::DeleteRequest removal{.key = request.key,
                                 .keep_empty = request.keep_empty,
                                 .mark_stale = request.mark_stale,
                                 .client_flags = request.client_flags,
                                 .new_cas = NewCas(request)};
  if (request.has_cas) removal.expected_cas = request.cas;
  if (request.has_exptime) removal.expiry = Expiry(request, context);
  if (context.prefixes != nullptr) context.prefixes->CountDelete(request.key.bytes);
  size_t value_bytes = 0;
  switch (context.cache->Delete(removal, context.time.now, &value_bytes)) {
    case DeleteStatus::kDone:
      if (!request.mark_stale) Count(context, Counter::kDeleteHits);
      if (context.events != nullptr) LogDeletion(request, value_bytes, *context.events);
      return {OutcomeCode::kDeleted};
    case DeleteStatus::kNotFound:
      Count(context, Counter::kDeleteMisses);
      return {OutcomeCode::kNotFound};
    case DeleteStatus::kExists:
      Count(context, Counter::kDeleteMisses);
      return {OutcomeCode::kExists};
  }
  return {OutcomeCode::kNotFound};
}

storage::DeltaRequest DeltaOf(const Request& request, const ExecuteContext& context) {
  storage::DeltaRequest delta{.key = request.key,
                              .direction = request.command == Command::kIncrement
                                               ? DeltaDirection::kIncrement
                                               : DeltaDirection::kDecrement,
                              .delta = request.delta,
                              .expected_cas = request.cas,
                              .new_cas = NewCas(request),
                              .initial = request.initial};
  if (request.has_exptime) delta.expiry = Expiry(request, context);
  if (request.vivify) delta.vivify_expiry = VivifyExpiry(request, context);
  return delta;
}

Outcome DeltaOutcome(const Request& request, ExecuteContext& context) {
  const bool increment = request.command == Command::kIncrement;
  const storage::DeltaResult result =
      context.cache->Delta(DeltaOf(request, context), context.time.now);
  switch (result.status) {
    case DeltaStatus::kDone:
      Count(context, increment ? Counter::kIncrHits : Counter::kDecrHits);
      [[fallthrough]];
    case DeltaStatus::kCreated:
      return {.code = OutcomeCode::kNumber,
              .number = result.value,
              .cas = result.cas,
              .created = result.status == DeltaStatus::kCreated,
              .expiry_before = result.expiry_before};
    case DeltaStatus::kNotFound:
      Count(context, increment ? Counter::kIncrMisses : Counter::kDecrMisses);
      return {OutcomeCode::kNotFound};
    case DeltaStatus::kNonNumeric:
      return {OutcomeCode::kNonNumeric};
    case DeltaStatus::kExists:
      return {OutcomeCode::kExists};
    case DeltaStatus::kOutOfMemory:
      return {OutcomeCode::kOutOfMemory};
  }
  return {OutcomeCode::kNotFound};
}

Outcome Delta(const Request& request, ExecuteContext& context) {
  const Outcome outcome = DeltaOutcome(request, context);
  if (context.events != nullptr) {
    LogMutation(request, outcome, context.time, context.connection, *context.events);
  }
  return outcome;
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
  if (!context.server->Permissions().flush_all) return {OutcomeCode::kFlushForbidden};
  const CacheSecond at = request.exptime > 0 ? Expiry(request, context) : context.time.now;
  context.cache->FlushAll(at, context.time.now);
  context.Spend(kFlushRequests);
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

// Stopping always is graceful here, whatever the mode.
Outcome Shutdown(const Request& request, ExecuteContext& context) {
  if (!context.server->Permissions().shutdown) return {OutcomeCode::kShutdownForbidden};
  const bool known = request.argument.empty() || request.argument == "graceful";
  if (!known) return {OutcomeCode::kBadShutdownMode};
  context.server->Shutdown();
  return {OutcomeCode::kClose};
}

// Every way to list keys; sizes say nothing of them.
Outcome Dump(const Request& request, ExecuteContext& context) {
  const DumpFormat format = request.dump.format;
  const bool crawls = format == DumpFormat::kMetadump || format == DumpFormat::kMgdump;
  if (crawls && !context.server->Permissions().crawler) return {OutcomeCode::kCrawlerDisabled};
  if (format == DumpFormat::kSizes || context.server->Permissions().dump) {
    return {OutcomeCode::kStream};
  }
  if (format == DumpFormat::kMetadump) return {OutcomeCode::kMetadumpForbidden};
  return {format == DumpFormat::kMgdump ? OutcomeCode::kMgdumpForbidden
                                        : OutcomeCode::kCachedumpForbidden};
}

Outcome Watch(ExecuteContext& context) {
  return {context.server->Permissions().watch ? OutcomeCode::kStream
                                              : OutcomeCode::kWatchForbidden};
}

Outcome Stats(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  const Word what = NextWord(request.argument);
  if (what.text == "detail") {
    if (!context.server->Permissions().dump) return {OutcomeCode::kDetailForbidden};
    return ExecuteDetail(NextWord(request.argument.substr(what.consumed)).text, *context.server,
                         [&](std::string_view prefix, const PrefixCount& count) {
                           visitor.OnPrefix(prefix, count);
                         });
  }
  return ExecuteStats(
      what.text, *context.cache, *context.server, context.time,
      [&](std::string_view name, std::string_view value) { visitor.OnStat(name, value); });
}

}  // namespace

BegunStore BeginStore(const Request& request, ExecuteContext& context) {
  storage::Reservation reservation =
      context.cache->Reserve(request.key, request.value_bytes, request.client_flags,
                             Expiry(request, context), context.time.now);
  if (reservation.item.empty()) {
    return {Told(request, Unstorable(request, reservation.status, context), context), {}};
  }
  return {{OutcomeCode::kStored}, std::move(reservation.item)};
}

// The request's line is gone by now and its key with it; the item has a copy, which goes with the
// item.
Outcome FinishStore(const Request& request, storage::UnpublishedItem item,
                    ExecuteContext& context) {
  const storage::StoreResult result =
      context.cache->Publish(std::move(item), RuleOf(request), context.time.now);
  return Stored(request, result, context);
}

Outcome AbandonStore(ExecuteContext& context) {
  Count(context, Counter::kCmdSet);
  return {OutcomeCode::kBadDataChunk};
}

Outcome ExecutePlainGet(const storage::HashedKey& key, ExecuteContext& context,
                        ReplyVisitor& visitor) {
  size_t value_bytes = 0;
  const LookupStatus status =
      context.cache->Get(key, context.time.now, [&](const storage::ItemView& item) {
        value_bytes = item.value.size();
        visitor.OnItem(item);
      });
  CountGet(IsHit(status), context);
  return NoteGet(key.bytes, status, value_bytes, context);
}

Outcome Execute(const Request& request, ExecuteContext& context, ReplyVisitor& visitor) {
  switch (request.command) {
    case Command::kGet:
      return Get(request, context, visitor);
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
    case Command::kInspect:
      return Inspect(request, context, visitor);
    case Command::kNoop:
      return {OutcomeCode::kNoop};
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
    case Command::kDump:
      return Dump(request, context);
    case Command::kWatch:
      return Watch(context);
    case Command::kTune:
      return {OutcomeCode::kOk};
    case Command::kShutdown:
      return Shutdown(request, context);
    case Command::kQuit:
      return {OutcomeCode::kClose};
  }
  return {OutcomeCode::kUnknownCommand};
}

}  // namespace ringcached::protocol
