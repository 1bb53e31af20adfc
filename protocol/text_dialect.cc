// Invariants:
//  - Between two steps no view into the input is kept; a store under way lives on in item_.
//  - A store whose length could be told consumes that many bytes and two more, whatever happens to
//    it: the bytes behind are the next command, as in memcached.
//  - A get whose whole line is at hand is refused as a whole if one of its keys is too long. One
//    that is worked off as it comes has already answered for the keys in front of such a key.

#include "protocol/text_dialect.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "protocol/item_dump.h"
#include "protocol/key_copy.h"
#include "protocol/key_scan.h"
#include "protocol/limits.h"
#include "protocol/meta_writer.h"
#include "protocol/text_writer.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

using storage::kMaxKeyBytes;

constexpr std::string_view kGetEnd = "\r\n";
constexpr size_t kLineEndBytes = 2;  // behind a value
constexpr std::string_view kGetVerb = "get ";

class MetaReplies final : public ReplyVisitor {
 public:
  MetaReplies(const MetaReplyTo& to, ReplySink& sink) : to_(to), sink_(sink) {}
  void OnItem(const storage::ItemView& item) override { WriteMetaItem(item, to_, sink_); }
  // No meta command asks for figures.
  void OnStat(std::string_view /*name*/, std::string_view /*value*/) override {}
  void OnPrefix(std::string_view /*prefix*/, const PrefixCount& /*count*/) override {}

 private:
  const MetaReplyTo& to_;
  ReplySink& sink_;
};

class TextReplies final : public ReplyVisitor {
 public:
  TextReplies(bool want_cas, ReplySink& sink) : want_cas_(want_cas), sink_(sink) {}
  void OnItem(const storage::ItemView& item) override { WriteTextValue(item, want_cas_, sink_); }
  void OnStat(std::string_view name, std::string_view value) override {
    WriteTextStat(name, value, sink_);
  }
  void OnPrefix(std::string_view prefix, const PrefixCount& count) override {
    WriteTextPrefix(prefix, count, sink_);
  }

 private:
  const bool want_cas_;
  ReplySink& sink_;
};

std::string_view WithoutCarriageReturn(std::string_view line) {
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

// A key of a get as far as the input tells.
struct ScannedKey {
  enum class Kind : uint8_t { kKey, kTooLong, kLineEnd, kUnfinished };
  Kind kind = Kind::kUnfinished;
  std::string_view key;
  size_t end = 0;  // behind the key, or behind the line end; kUnfinished: where the key begins
};

ScannedKey ScanKey(std::string_view input, size_t from) {
  using Kind = ScannedKey::Kind;
  const size_t begin = input.find_first_not_of(' ', from);
  if (begin == std::string_view::npos) return {Kind::kUnfinished, {}, input.size()};
  size_t end = begin;
  while (end < input.size() && input[end] != ' ' && input[end] != '\n') ++end;
  // One byte more than a key may have: it may be the carriage return of a line that goes on.
  if (end - begin > kMaxKeyBytes + 1) return {Kind::kTooLong, {}, end};
  if (end == input.size()) return {Kind::kUnfinished, {}, begin};
  std::string_view key = input.substr(begin, end - begin);
  if (input[end] == '\n') key = WithoutCarriageReturn(key);
  if (key.empty()) return {Kind::kLineEnd, {}, end + 1};
  if (key.size() > kMaxKeyBytes) return {Kind::kTooLong, {}, begin};
  return {Kind::kKey, key, begin + key.size()};
}

bool HasTooLongKey(std::string_view keys) {
  for (Word key = NextWord(keys); !key.text.empty(); key = NextWord(keys)) {
    if (key.text.size() > kMaxKeyBytes) return true;
    keys.remove_prefix(key.consumed);
  }
  return false;
}

// Where the input goes on behind a key that lies in it.
size_t BehindKey(std::string_view input, std::string_view key) {
  return static_cast<size_t>(key.data() + key.size() - input.data());
}

// Adds the keys of a get; what stands behind them.
ScannedKey AddKeys(std::string_view input, uint32_t most_keys, LookupBatch* batch) {
  ScannedKey next = ScanKey(input, 0);
  while (next.kind == ScannedKey::Kind::kKey && !batch->full() && batch->size() < most_keys) {
    batch->Add(next.key);
    next = ScanKey(input, next.end);
  }
  return next;
}

struct PreparedGet {
  const storage::HashedKey* key = nullptr;  // the batch's next entry
  size_t line_bytes = 0;
};

// Without a key if no line "get <key>" is at the front of the input, or not the batch's next one.
PreparedGet PreparedGetAt(std::string_view input, const LookupBatch& batch) {
  if (input.substr(0, kGetVerb.size()) != kGetVerb) return {};
  const storage::HashedKey* const key = batch.NextAt(input.data() + kGetVerb.size());
  if (key == nullptr) return {};
  const size_t key_end = kGetVerb.size() + key->bytes.size();
  if (input.substr(key_end, kGetEnd.size()) != kGetEnd) return {};
  return {key, key_end + kGetEnd.size()};
}

}  // namespace

size_t TextDialect::Step(std::string_view input, bool more_follows, ExecuteContext& context,
                         ReplySink& sink) {
  if (begun_ != nullptr) context.request = *begun_;
  const size_t bytes = StepState(input, more_follows, context, sink);
  const bool goes_on =
      state_ == State::kGetKeys || state_ == State::kValue || state_ == State::kValueEnd;
  if (goes_on != (begun_ != nullptr)) {
    begun_ = goes_on ? std::make_unique<Request>(context.request) : nullptr;
  }
  return bytes;
}

size_t TextDialect::StepState(std::string_view input, bool more_follows, ExecuteContext& context,
                              ReplySink& sink) {
  switch (state_) {
    case State::kCommand:
      return StepCommand(input, more_follows, context, sink);
    case State::kGetKeys:
      return StepGetKeys(input, context, sink);
    case State::kSkipLine:
      return StepSkipLine(input);
    case State::kValue:
      return StepValue(input);
    case State::kValueEnd:
      return StepValueEnd(input, context, sink);
    case State::kSkipBytes:
      return StepSkipBytes(input);
    case State::kStreaming:
      return 0;
    case State::kEnded:
      return input.size();
  }
  return 0;
}

ReplyStream::Progress TextDialect::Stream(ExecuteContext& context, ReplySink& sink) {
  const ReplyStream::Progress progress = stream_->Continue(context, sink);
  if (progress == ReplyStream::Progress::kWhole) {
    stream_.reset();
    state_ = State::kCommand;
  }
  return progress;
}

OutcomeCode TextDialect::BeginStream(ExecuteContext& context) {
  if (context.request.command == Command::kWatch) {
    stream_ = context.server->Watch(context.request.watch_topics);
    if (stream_ == nullptr) return OutcomeCode::kTooManyWatchers;
  } else if (context.request.dump.format == DumpFormat::kSizes) {
    stream_ = std::make_unique<SizeHistogram>();
  } else {
    stream_ = std::make_unique<ItemDump>(context.request.dump);
  }
  state_ = State::kStreaming;
  return OutcomeCode::kStream;
}

size_t TextDialect::Prepare(std::string_view input, const ExecuteContext& context) const {
  return state_ == State::kCommand ? ScanTextKeys(input, context.batch) : 0;
}

size_t TextDialect::StepCommand(std::string_view input, bool more_follows, ExecuteContext& context,
                                ReplySink& sink) {
  if (const size_t done = StepPreparedGets(input, context, sink); done > 0) return done;
  const size_t newline = input.find('\n');
  if (newline == std::string_view::npos) return StepUnfinishedLine(input, more_follows, context);
  const std::string_view line = WithoutCarriageReturn(input.substr(0, newline));
  const size_t line_bytes = newline + 1;
  MetaKeyBuffer key_buffer;
  meta_ = IsMetaLine(line);
  const TextLine parsed =
      meta_ ? ParseMetaLine(line, line_bytes, &context.request, &returns_, &key_buffer)
            : ParseTextLine(line, line_bytes, &context.request);
  if (parsed.action == TextAction::kGetKeys) {
    const std::string_view keys = line.substr(parsed.keys_offset);
    if (HasTooLongKey(keys)) {
      Reply({OutcomeCode::kBadFormat}, context, sink);
      return line_bytes;
    }
    if (RunGetOfOneKey(keys, context, sink)) return line_bytes;
    state_ = State::kGetKeys;
    return parsed.keys_offset + StepGetKeys(input.substr(parsed.keys_offset), context, sink);
  }
  return line_bytes + Act(parsed, input.substr(line_bytes), context, sink);
}

// The gets at the front of the input of which the batch knows that they are of one key, and where
// that lies: they are not parsed once more.
size_t TextDialect::StepPreparedGets(std::string_view input, ExecuteContext& context,
                                     ReplySink& sink) const {
  TextReplies replies(/*want_cas=*/false, sink);
  LookupBatch& batch = *context.batch;
  size_t done = 0;
  uint32_t answered = 0;
  while (answered < context.requests_left && !sink.full()) {
    const PreparedGet get = PreparedGetAt(input.substr(done), batch);
    if (get.key == nullptr) break;
    ExecutePlainGet(*get.key, context, replies);
    sink.Append(kTextEnd);
    batch.TakeNext();
    done += get.line_bytes;
    ++answered;
  }
  // The step itself counts for one.
  if (answered > 1) context.Spend(answered - 1);
  return done;
}

size_t TextDialect::StepUnfinishedLine(std::string_view input, bool more_follows,
                                       ExecuteContext& context) {
  const size_t limit_bytes = more_follows ? kMaxLineBytes : kMaxUnfinishedLineBytes;
  if (input.size() <= limit_bytes) return 0;
  if (!IsUnboundedGet(input)) {
    context.counters->Add(Counter::kLineTooLong);
    state_ = State::kEnded;
    return input.size();
  }
  const size_t verb_bytes = input.find(' ');
  Clear(&context.request);
  meta_ = false;
  context.request.want_cas = input.substr(0, verb_bytes) == "gets";
  state_ = State::kGetKeys;
  return verb_bytes;
}

size_t TextDialect::Act(const TextLine& parsed, std::string_view behind, ExecuteContext& context,
                        ReplySink& sink) {
  switch (parsed.action) {
    case TextAction::kExecute:
      if (!context.request.key.bytes.empty())
        context.request.key = context.batch->HashOf(context.request.key.bytes);
      Run(context, sink);
      return 0;
    case TextAction::kReceiveValue:
      return BeginValue(behind, context, sink);
    case TextAction::kSwallowValue:
      SkipValue(context);
      [[fallthrough]];
    case TextAction::kRefuse:
      Reply({parsed.refusal}, context, sink);
      return 0;
    case TextAction::kClose:
      state_ = State::kEnded;
      return 0;
    case TextAction::kGetKeys:
      break;
  }
  return 0;
}

size_t TextDialect::BeginValue(std::string_view behind, ExecuteContext& context, ReplySink& sink) {
  context.request.key = context.batch->HashOf(context.request.key.bytes);
  if (behind.size() >= context.request.value_bytes + kLineEndBytes) {
    return StoreWholeValue(behind, context, sink);
  }
  BegunStore begun = BeginStore(context.request, context);
  if (begun.item.empty()) {
    SkipValue(context);
    Reply(begun.outcome, context, sink);
  } else {
    item_ = std::move(begun.item);
    filled_bytes_ = 0;
    state_ = context.request.value_bytes > 0 ? State::kValue : State::kValueEnd;
  }
  return 0;
}

size_t TextDialect::StoreWholeValue(std::string_view behind, ExecuteContext& context,
                                    ReplySink& sink) {
  context.request.value = behind.substr(0, context.request.value_bytes);
  if (behind.substr(context.request.value_bytes, kLineEndBytes) == "\r\n") {
    Run(context, sink);
  } else {
    Reply(AbandonStore(context), context, sink);
  }
  return context.request.value_bytes + kLineEndBytes;
}

// Most gets are of one key, and that may be in the batch; false if this is not one.
bool TextDialect::RunGetOfOneKey(std::string_view keys, ExecuteContext& context, ReplySink& sink) {
  const Word key = NextWord(keys);
  if (!NextWord(keys.substr(key.consumed)).text.empty()) return false;
  context.request.key = context.batch->HashOf(key.text);
  ExecuteClassic(context, sink);
  sink.Append(kTextEnd);
  return true;
}

// A batch of its own: these keys leave no room for those of other commands.
size_t TextDialect::StepGetKeys(std::string_view input, ExecuteContext& context, ReplySink& sink) {
  LookupBatch batch(*context.cache);
  const ScannedKey next = AddKeys(input, context.requests_left, &batch);
  batch.PrefetchItems();
  TextReplies replies(context.request.want_cas, sink);
  size_t answered = 0;
  size_t done = 0;
  for (; answered < batch.size() && !sink.full(); ++answered) {
    context.request.key = batch[answered];
    Execute(context.request, context, replies);
    done = BehindKey(input, context.request.key.bytes);
  }
  // The step itself counts for one.
  if (answered > 1) context.Spend(answered - 1);
  if (answered < batch.size()) return done;
  if (next.kind == ScannedKey::Kind::kLineEnd) {
    if (sink.full()) return done;
    sink.Append(kTextEnd);
    state_ = State::kCommand;
  } else if (next.kind == ScannedKey::Kind::kTooLong) {
    Reply({OutcomeCode::kBadFormat}, context, sink);
    state_ = State::kSkipLine;
  }
  return next.kind == ScannedKey::Kind::kKey ? done : next.end;
}

size_t TextDialect::StepSkipLine(std::string_view input) {
  const size_t newline = input.find('\n');
  if (newline == std::string_view::npos) return input.size();
  state_ = State::kCommand;
  return newline + 1;
}

size_t TextDialect::StepValue(std::string_view input) {
  const size_t bytes = std::min(input.size(), item_.value_bytes() - filled_bytes_);
  std::memcpy(item_.value_data() + filled_bytes_, input.data(), bytes);
  filled_bytes_ += bytes;
  if (filled_bytes_ == item_.value_bytes()) state_ = State::kValueEnd;
  return bytes;
}

size_t TextDialect::StepValueEnd(std::string_view input, ExecuteContext& context, ReplySink& sink) {
  if (input.size() < kLineEndBytes) return 0;
  storage::UnpublishedItem item = std::move(item_);
  const bool whole = input.substr(0, kLineEndBytes) == "\r\n";
  state_ = State::kCommand;
  // The reply may name the key, which goes with the item.
  const KeyCopy key(item.key());
  context.request.key = key.key();
  Reply(whole ? FinishStore(context.request, std::move(item), context) : AbandonStore(context),
        context, sink);
  return kLineEndBytes;
}

size_t TextDialect::StepSkipBytes(std::string_view input) {
  const uint64_t bytes = std::min<uint64_t>(input.size(), skip_bytes_);
  skip_bytes_ -= bytes;
  if (skip_bytes_ == 0) state_ = State::kCommand;
  return static_cast<size_t>(bytes);
}

void TextDialect::SkipValue(const ExecuteContext& context) {
  skip_bytes_ = context.request.value_bytes + kLineEndBytes;
  state_ = State::kSkipBytes;
}

void TextDialect::Run(ExecuteContext& context, ReplySink& sink) {
  Outcome outcome = meta_ ? ExecuteMeta(context, sink) : ExecuteClassic(context, sink);
  if (outcome.code == OutcomeCode::kStream) outcome.code = BeginStream(context);
  if (outcome.code == OutcomeCode::kClose) {
    state_ = State::kEnded;
  } else {
    Reply(outcome, context, sink);
  }
}

Outcome TextDialect::ExecuteClassic(ExecuteContext& context, ReplySink& sink) const {
  TextReplies replies(context.request.want_cas, sink);
  return Execute(context.request, context, replies);
}

Outcome TextDialect::ExecuteMeta(ExecuteContext& context, ReplySink& sink) const {
  const MetaReplyTo to = ReplyTo(context);
  MetaReplies replies(to, sink);
  return Execute(context.request, context, replies);
}

MetaReplyTo TextDialect::ReplyTo(const ExecuteContext& context) const {
  return {&context.request, &returns_, context.request.key.bytes, context.time};
}

void TextDialect::Reply(const Outcome& outcome, const ExecuteContext& context,
                        ReplySink& sink) const {
  if (meta_) {
    WriteMetaOutcome(outcome, ReplyTo(context), sink);
  } else if (!context.request.quiet) {
    WriteTextOutcome(outcome, context.server->Version(), sink);
  }
}

}  // namespace ringcached::protocol
