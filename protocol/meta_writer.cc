#include "protocol/meta_writer.h"

#include "protocol/base64.h"
#include "protocol/exptime.h"
#include "protocol/limits.h"
#include "protocol/reply_text.h"
#include "protocol/text_writer.h"

namespace ringcached::protocol {
namespace {

using storage::CacheSecond;
using storage::ItemView;

// " x" and a number for each flag, the key in base64 with " b" behind it, " Z X W", and the code,
// the length and the line end.
constexpr size_t kMaxFlagBytes = 2 + kMaxNumberBytes;
constexpr size_t kMaxReturnedKeyBytes = 2 + Base64Bytes(storage::kMaxKeyBytes) + 2;
constexpr size_t kMaxMetaReplyBytes = 3 + kMaxNumberBytes + kMaxMetaFlags * kMaxFlagBytes +
                                      kMaxReturnedKeyBytes + 1 + kMaxMetaOpaqueBytes + 6 + 2;
// me's words and numbers beside the key.
constexpr size_t kMaxInspectionBytes = 64 + 4 * kMaxNumberBytes;

// A reply line under way, in room that the sink has reserved for the longest.
class Line {
 public:
  Line(std::string_view code, ReplySink* sink)
      : sink_(*sink), begin_(sink->Reserve(kMaxMetaReplyBytes)), end_(Put(begin_, code)) {}

  void Text(std::string_view text) { end_ = Put(end_, text); }
  void Number(uint64_t number) { end_ = PutNumber(end_, number); }
  void Flag(char letter) {
    *end_++ = ' ';
    *end_++ = letter;
  }
  void Flag(char letter, uint64_t number) {
    Flag(letter);
    Number(number);
  }
  void Ttl(CacheSecond expiry, CacheSecond now) {
    if (expiry == storage::kNeverExpires) {
      Flag('t');
      return Text("-1");
    }
    Flag('t', expiry > now ? expiry - now : 0);
  }
  void Key(std::string_view key, bool base64) {
    Flag('k');
    end_ = base64 ? Put(EncodeBase64(key, end_), " b") : Put(end_, key);
  }
  void Opaque(const MetaReturns& returns) {
    *end_++ = ' ';
    Text(returns.opaque());
  }
  // The flags that every reply returns; false if it is none of them.
  bool Common(char letter, const MetaReplyTo& to) {
    if (letter == 'O') {
      Opaque(*to.returns);
    } else if (letter == 'k') {
      Key(to.key, to.returns->base64());
    } else {
      return false;
    }
    return true;
  }
  void End() {
    Text("\r\n");
    sink_.Commit(static_cast<size_t>(end_ - begin_));
  }

 private:
  ReplySink& sink_;
  char* const begin_;
  char* end_;
};

// An item's end as it was when each flag had its turn: T and N change it.
class EndInTurn {
 public:
  EndInTurn(CacheSecond before, bool created, const MetaReplyTo& to)
      : end_(before), created_(created), to_(to) {}
  CacheSecond end() const { return end_; }
  void Take(char letter) {
    if (letter == 'T') end_ = ExpiryFromExptime(to_.request->exptime, to_.time);
    if (letter == 'N' && created_) {
      end_ = ExpiryFromExptime(to_.request->vivify_exptime, to_.time);
    }
  }

 private:
  CacheSecond end_;
  const bool created_;
  const MetaReplyTo& to_;
};

void WriteItemFlag(char letter, const ItemView& item, CacheSecond now, Line* line) {
  switch (letter) {
    case 'c':
      return line->Flag('c', item.cas);
    case 'f':
      return line->Flag('f', item.client_flags);
    case 'h':
      return line->Flag('h', item.fetched ? 1 : 0);
    case 'l':
      return line->Flag('l', now - item.last_access);
    case 's':
      return line->Flag('s', item.value.size());
    default:
      return;
  }
}

// Who is to refresh it, and why.
void WriteElection(const ItemView& item, Line* line) {
  if (item.promised) line->Flag('Z');
  if (item.stale) line->Flag('X');
  if (item.won) line->Flag('W');
}

void WriteGet(const ItemView& item, const MetaReplyTo& to, ReplySink& sink) {
  // A client that has that version already does not need it again.
  const bool has_it = to.request->has_cas && to.request->cas == item.cas;
  const bool value_wanted = to.returns->Has('v') && !has_it;
  Line line(value_wanted ? "VA " : "HD", &sink);
  if (value_wanted) line.Number(item.value.size());
  EndInTurn end(item.expiry_before, item.created, to);
  for (const char letter : to.returns->letters()) {
    end.Take(letter);
    if (letter == 't') line.Ttl(end.end(), to.time.now);
    if (!line.Common(letter, to)) WriteItemFlag(letter, item, to.time.now, &line);
  }
  WriteElection(item, &line);
  line.End();
  if (value_wanted) WriteTextValueLine(item, sink);
}

void WriteInspection(const ItemView& item, const MetaReplyTo& to, ReplySink& sink) {
  const bool base64 = to.returns->base64();
  char* const begin = sink.Reserve(Base64Bytes(storage::kMaxKeyBytes) + kMaxInspectionBytes);
  char* end = Put(begin, "ME ");
  end = base64 ? EncodeBase64(to.key, end) : Put(end, to.key);
  end = Put(end, " exp=");
  end = item.expiry == storage::kNeverExpires ? Put(end, "-1")
                                              : PutNumber(end, item.expiry - to.time.now);
  end = PutNumber(Put(end, " la="), to.time.now - item.last_access);
  end = PutNumber(Put(end, " cas="), item.cas);
  end = Put(Put(end, " fetch="), item.fetched ? "yes" : "no");
  // There are no slab classes; tools expect one.
  end = Put(end, " cls=1");
  end = Put(PutNumber(Put(end, " size="), item.item_bytes), "\r\n");
  sink.Commit(static_cast<size_t>(end - begin));
}

void WriteNumber(const Outcome& outcome, const MetaReplyTo& to, ReplySink& sink) {
  const bool value_wanted = to.returns->Has('v');
  char digits[kMaxNumberBytes];
  const std::string_view value(digits,
                               static_cast<size_t>(PutNumber(digits, outcome.number) - digits));
  Line line(value_wanted ? "VA " : "HD", &sink);
  if (value_wanted) line.Number(value.size());
  EndInTurn end(outcome.expiry_before, outcome.created, to);
  for (const char letter : to.returns->letters()) {
    end.Take(letter);
    if (letter == 't') line.Ttl(end.end(), to.time.now);
    if (letter == 'c') line.Flag('c', outcome.cas);
    line.Common(letter, to);
  }
  if (value_wanted) {
    line.Text("\r\n");
    line.Text(value);
  }
  line.End();
}

// A store's, also one that was not done.
void WriteStored(std::string_view code, const Outcome& outcome, const MetaReplyTo& to,
                 ReplySink& sink) {
  Line line(code, &sink);
  const bool stored = outcome.code == OutcomeCode::kStored;
  for (const char letter : to.returns->letters()) {
    if (letter == 'c') line.Flag('c', outcome.cas);
    if (letter == 's') line.Flag('s', stored ? outcome.value_bytes : to.request->value_bytes);
    line.Common(letter, to);
  }
  line.End();
}

void WriteCode(std::string_view code, const MetaReplyTo& to, ReplySink& sink) {
  Line line(code, &sink);
  for (const char letter : to.returns->letters()) line.Common(letter, to);
  line.End();
}

void WriteRefused(std::string_view code, const Outcome& outcome, const MetaReplyTo& to,
                  ReplySink& sink) {
  if (IsStore(to.request->command)) {
    WriteStored(code, outcome, to, sink);
  } else {
    WriteCode(code, to, sink);
  }
}

}  // namespace

void WriteMetaItem(const ItemView& item, const MetaReplyTo& to, ReplySink& sink) {
  if (to.request->command == Command::kInspect) {
    WriteInspection(item, to, sink);
  } else {
    WriteGet(item, to, sink);
  }
}

void WriteMetaOutcome(const Outcome& outcome, const MetaReplyTo& to, ReplySink& sink) {
  const bool quiet = to.request->quiet;
  switch (outcome.code) {
    case OutcomeCode::kHit:
      return;
    case OutcomeCode::kMiss:
      if (!quiet) WriteCode("EN", to, sink);
      return;
    case OutcomeCode::kStored:
      if (!quiet) WriteStored("HD", outcome, to, sink);
      return;
    case OutcomeCode::kDeleted:
      if (!quiet) WriteCode("HD", to, sink);
      return;
    case OutcomeCode::kNumber:
      if (!quiet) WriteNumber(outcome, to, sink);
      return;
    case OutcomeCode::kNotStored:
      return WriteRefused("NS", outcome, to, sink);
    case OutcomeCode::kExists:
      return WriteRefused("EX", outcome, to, sink);
    case OutcomeCode::kNotFound:
      return WriteRefused("NF", outcome, to, sink);
    case OutcomeCode::kNoop:
      return sink.Append("MN\r\n");
    default:
      return WriteTextOutcome(outcome, {}, sink);
  }
}

}  // namespace ringcached::protocol
