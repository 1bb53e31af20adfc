#include "protocol/event_log.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "protocol/exptime.h"
#include "protocol/url_encoding.h"
#include "storage/key.h"

namespace ringcached::protocol {
namespace {

std::string UrlEncoded(std::string_view key) {
  std::string text(MaxUrlBytes(std::min(key.size(), storage::kMaxKeyBytes)), '\0');
  const char* const end = PutUrlEncoded(text.data(), key.substr(0, storage::kMaxKeyBytes));
  text.resize(static_cast<size_t>(end - text.data()));
  return text;
}

// 0 where there is no end, or it has come.
storage::CacheSecond SecondsLeft(int64_t exptime, const TurnTime& time) {
  const storage::CacheSecond expiry = ExpiryFromExptime(exptime, time);
  return expiry == storage::kNeverExpires ? 0 : expiry - std::min(time.now, expiry);
}

std::string_view StoreStatusName(OutcomeCode code) {
  switch (code) {
    case OutcomeCode::kStored:
    case OutcomeCode::kNumber:
      return "stored";
    case OutcomeCode::kExists:
      return "exists";
    case OutcomeCode::kNotFound:
      return "not_found";
    case OutcomeCode::kTooLarge:
      return "too_large";
    case OutcomeCode::kOutOfMemory:
    case OutcomeCode::kOutOfMemoryStoring:
      return "no_memory";
    default:
      return "not_stored";
  }
}

std::string_view CommandName(Command command) {
  switch (command) {
    case Command::kSet:
      return "set";
    case Command::kAdd:
      return "add";
    case Command::kReplace:
      return "replace";
    case Command::kAppend:
      return "append";
    case Command::kPrepend:
      return "prepend";
    case Command::kCas:
      return "cas";
    case Command::kIncrement:
      return "incr";
    case Command::kDecrement:
      return "decr";
    default:
      return "null";
  }
}

}  // namespace

void LogFetch(std::string_view key, bool hit, size_t value_bytes, uint64_t connection,
              EventLog& log) {
  if (!log.Wants(kWatchFetchers)) return;
  log.Write(kWatchFetchers, absl::StrCat("type=item_get key=", UrlEncoded(key),
                                         hit ? " status=found" : " status=not_found", " clsid=",
                                         hit ? 1 : 0, " cfd=", connection, " size=", value_bytes));
}

void LogMutation(const Request& request, const Outcome& outcome, const TurnTime& time,
                 uint64_t connection, EventLog& log) {
  if (!log.Wants(kWatchMutations)) return;
  const auto status = StoreStatusName(outcome.code);
  const auto command = CommandName(request.command);
  const size_t bytes = request.value.empty() ? request.value_bytes : request.value.size();
  log.Write(kWatchMutations,
            absl::StrCat("type=item_store key=", UrlEncoded(request.key.bytes),
                         " status=", absl::string_view(status.data(), status.size()),
                         " cmd=", absl::string_view(command.data(), command.size()),
                         " ttl=", SecondsLeft(request.exptime, time), " clsid=1 cfd=", connection,
                         " size=", bytes));
}

void LogDeletion(const Request& request, size_t value_bytes, EventLog& log) {
  if (!log.Wants(kWatchDeletions)) return;
  log.Write(kWatchDeletions, absl::StrCat("type=deleted key=", UrlEncoded(request.key.bytes),
                                          " cmd=delete clsid=1 size=", value_bytes));
}

void LogEviction(const storage::ItemView& item, const TurnTime& time, EventLog& log) {
  if (!log.Wants(kWatchEvictions)) return;
  const bool ends = item.expiry_before != storage::kNeverExpires;
  const storage::CacheSecond left = item.expiry_before - std::min(time.now, item.expiry_before);
  log.Write(kWatchEvictions, absl::StrCat("type=eviction key=", UrlEncoded(item.key),
                                          " fetch=", item.fetched ? "yes" : "no",
                                          " ttl=", ends ? int64_t{left} : int64_t{-1},
                                          " la=", time.now - std::min(time.now, item.last_access),
                                          " clsid=1 size=", item.item_bytes));
}

void LogConnection(const ConnectionEvent& event, EventLog& log) {
  if (!log.Wants(kWatchConnevents)) return;
  const auto text = [](std::string_view view) {
    return absl::string_view(view.data(), view.size());
  };
  std::string line = absl::StrCat(event.reason.empty() ? "type=conn_new" : "type=conn_close",
                                  " rip=", text(event.host), " rport=", event.port,
                                  " transport=", text(event.transport));
  if (!event.reason.empty()) absl::StrAppend(&line, " reason=", text(event.reason));
  absl::StrAppend(&line, " cfd=", event.connection);
  log.Write(kWatchConnevents, line);
}

}  // namespace ringcached::protocol
