#include "tests/transcripts/player.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace ringcached::transcripts {
namespace {

using Counters = std::map<std::string, int64_t, std::less<>>;

absl::Status Departure(const std::string& what) { return absl::FailedPreconditionError(what); }

absl::string_view ToAbsl(std::string_view text) {
  return absl::string_view(text.data(), text.size());
}

// Counters out of "STAT <name> <value>" lines; what is no number is left out.
Counters ParseStats(std::string_view text) {
  Counters counters;
  while (text.substr(0, 5) == "STAT ") {
    const size_t end = text.find("\r\n");
    const size_t blank = text.find(' ', 5);
    const std::string_view value = text.substr(blank + 1, end - blank - 1);
    int64_t number = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
    if (parsed.ec == std::errc()) counters[std::string(text.substr(5, blank - 5))] = number;
    text.remove_prefix(end + 2);
  }
  return counters;
}

class Player {
 public:
  Player(const Transcript& transcript, Wire& wire) : transcript_(transcript), wire_(wire) {}

  absl::Status Play() {
    absl::Status status = NoteCounters();
    for (const Step& step : transcript_.steps) {
      if (!status.ok()) break;
      status = std::visit([this](const auto& action) { return Do(action); }, step.action);
      if (!status.ok()) return At(step, status);
    }
    if (status.ok() && open_) status = Ask("version\r\n", kVersionReply, nullptr);
    return status.ok() ? status : Departure(absl::StrCat(transcript_.name, ": ", status.message()));
  }

 private:
  static const TextTemplate kVersionReply;
  static const TextTemplate kStatsReply;

  absl::Status At(const Step& step, const absl::Status& status) const {
    return Departure(absl::StrCat(transcript_.name, ":", step.line, ": ", status.message(),
                                  "\nThe step is:\n", step.source, "The last bytes sent were:\n",
                                  Printable(last_sent_)));
  }

  absl::Status Do(const Send& send) {
    bindings_.unix_seconds = wire_.UnixSeconds();
    last_sent_.clear();
    const absl::Status filled = FillTemplate(send.text, bindings_, &last_sent_);
    if (!filled.ok()) return filled;
    return SendBytes(last_sent_);
  }

  absl::Status Do(const Expect& expect) { return TakeReply(expect.text, nullptr); }

  absl::Status Do(const ExpectClose&) {
    Wire::Arrival arrival = Wire::Arrival::kBytes;
    while (arrival == Wire::Arrival::kBytes && received_.empty()) {
      arrival = wire_.Receive(&received_);
    }
    if (!received_.empty()) return Departure("bytes in place of a close: " + Printable(received_));
    if (arrival != Wire::Arrival::kClosed) return Departure("the server does not close");
    open_ = false;
    return absl::OkStatus();
  }

  absl::Status Do(const Leave&) {
    open_ = false;
    return absl::OkStatus();
  }

  absl::Status Do(const AdvanceClock& move) { return wire_.AdvanceClock(move.seconds); }

  absl::Status Do(const CheckCounters& check) {
    Counters now;
    const absl::Status fetched = FetchCounters(&now);
    if (!fetched.ok()) return fetched;
    std::string wrong;
    for (const CheckCounters::Delta& delta : check.deltas) {
      if (!now.contains(delta.name)) return Departure("no counter " + delta.name);
      const int64_t difference = now[delta.name] - counters_[delta.name];
      if (difference != delta.difference) {
        absl::StrAppend(&wrong, " ", delta.name, " has moved by ", difference);
      }
    }
    counters_ = now;
    return wrong.empty() ? absl::OkStatus() : Departure("counters:" + wrong);
  }

  absl::Status SendBytes(std::string_view bytes) {
    if (!received_.empty()) return Departure("unexpected bytes: " + Printable(received_));
    if (!open_) {
      const absl::Status opened = wire_.Open();
      if (!opened.ok()) return opened;
      open_ = true;
    }
    return wire_.Send(bytes);
  }

  // Takes the reply that `text` describes off what is received; `reply` may be null.
  absl::Status TakeReply(const TextTemplate& text, std::string* reply) {
    for (;;) {
      size_t bytes = 0;
      const MatchResult result = MatchTemplate(text, received_, &bindings_, &bytes);
      if (result == MatchResult::kMatch) {
        if (reply != nullptr) *reply = received_.substr(0, bytes);
        received_.erase(0, bytes);
        return absl::OkStatus();
      }
      if (result == MatchResult::kMismatch) return Departure("replied " + Printable(received_));
      const Wire::Arrival arrival = wire_.Receive(&received_);
      if (arrival == Wire::Arrival::kBytes) continue;
      const bool closed = arrival == Wire::Arrival::kClosed;
      return Departure(absl::StrCat(closed ? "closed" : "fell silent", " after replying '",
                                    Printable(received_), "'"));
    }
  }

  absl::Status Ask(std::string_view command, const TextTemplate& expected, std::string* reply) {
    const absl::Status sent = SendBytes(command);
    if (!sent.ok()) return sent;
    const absl::Status taken = TakeReply(expected, reply);
    if (taken.ok() && received_.empty()) return taken;
    return Departure(absl::StrCat(
        "asked '", ToAbsl(command.substr(0, command.size() - 2)), "' at the end: ",
        taken.ok() ? "unexpected bytes: " + Printable(received_) : std::string(taken.message())));
  }

  // Over a connection of its own: the first bytes of a conversation belong to the transcript.
  absl::Status NoteCounters() {
    const absl::Status fetched = FetchCounters(&counters_);
    open_ = false;
    return fetched;
  }

  absl::Status FetchCounters(Counters* counters) {
    std::string reply;
    const absl::Status asked = Ask("stats\r\n", kStatsReply, &reply);
    if (asked.ok()) *counters = ParseStats(reply);
    return asked;
  }

  const Transcript& transcript_;
  Wire& wire_;
  bool open_ = false;
  std::string last_sent_;
  std::string received_;  // and not yet expected
  Bindings bindings_;
  Counters counters_;  // at the last check
};

using Kind = TemplatePiece::Kind;

const TextTemplate Player::kVersionReply = {
    {Kind::kBytes, "VERSION ", 0}, {Kind::kAny, {}, 0}, {Kind::kBytes, "\r\n", 0}};
const TextTemplate Player::kStatsReply = {
    {Kind::kBytes, "STAT ", 0}, {Kind::kAnyLines, {}, 0}, {Kind::kBytes, "END\r\n", 0}};

}  // namespace

absl::Status Play(const Transcript& transcript, Wire& wire) {
  return Player(transcript, wire).Play();
}

}  // namespace ringcached::transcripts
