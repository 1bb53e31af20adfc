#include "tests/transcripts/player.h"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "absl/strings/str_cat.h"
#include "tests/transcripts/packet_template.h"

namespace ringcached::transcripts {
namespace {

using Counters = std::map<std::string, int64_t, std::less<>>;

absl::Status Departure(const std::string& what) { return absl::FailedPreconditionError(what); }

// What is no number is left out.
void AddFigure(std::string_view name, std::string_view value, Counters* counters) {
  int64_t number = 0;
  const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
  if (parsed.ec == std::errc()) (*counters)[std::string(name)] = number;
}

// Counters out of "STAT <name> <value>" lines or packets of figures.
Counters ParseStats(std::string_view reply) {
  Counters counters;
  while (reply.substr(0, 5) == "STAT ") {
    const size_t end = reply.find("\r\n");
    const size_t blank = reply.find(' ', 5);
    AddFigure(reply.substr(5, blank - 5), reply.substr(blank + 1, end - blank - 1), &counters);
    reply.remove_prefix(end + 2);
  }
  for (auto packet = ReadResponse(reply); packet; packet = ReadResponse(reply)) {
    AddFigure(packet->key, packet->value, &counters);
    reply.remove_prefix(packet->whole.size());
  }
  return counters;
}

// A question that can be put to every server, in one of the dialects.
struct Question {
  std::string name;
  TextTemplate request;
  TextTemplate reply;
};

Question MakeQuestion(const std::string& name, std::string_view request,
                      std::initializer_list<std::string_view> replies) {
  Question question{name, {}, {}};
  const auto append = [](std::string_view line, char magic, TextTemplate* text) {
    return IsPacketLine(line) ? AppendPacketLine(line, magic, text)
                              : AppendTemplateLine(line, text);
  };
  bool ok = append(request, kRequestMagic, &question.request).ok();
  for (const std::string_view reply : replies) {
    ok = append(reply, kResponseMagic, &question.reply).ok() && ok;
  }
  if (!ok) std::abort();
  return question;
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
    if (status.ok() && open_) status = Ask(binary_ ? kBinaryVersion : kVersion, nullptr);
    return status.ok() ? status : Departure(absl::StrCat(transcript_.name, ": ", status.message()));
  }

 private:
  static const Question kVersion;
  static const Question kBinaryVersion;
  static const Question kStats;
  static const Question kBinaryStats;

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
    if (!received_.empty())
      return Departure("bytes in place of a close: " + PrintableReplies(received_));
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
    if (!received_.empty()) return Departure("unexpected bytes: " + PrintableReplies(received_));
    if (!open_) {
      const absl::Status opened = wire_.Open();
      if (!opened.ok()) return opened;
      open_ = true;
      binary_ = bytes.substr(0, 1) == std::string_view(&kRequestMagic, 1);
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
      if (result == MatchResult::kMismatch)
        return Departure("replied " + PrintableReplies(received_));
      const Wire::Arrival arrival = wire_.Receive(&received_);
      if (arrival == Wire::Arrival::kBytes) continue;
      const bool closed = arrival == Wire::Arrival::kClosed;
      return Departure(absl::StrCat(closed ? "closed" : "fell silent", " after replying '",
                                    PrintableReplies(received_), "'"));
    }
  }

  absl::Status Ask(const Question& question, std::string* reply) {
    std::string request;
    absl::Status status = FillTemplate(question.request, bindings_, &request);
    if (status.ok()) status = SendBytes(request);
    if (!status.ok()) return status;
    status = TakeReply(question.reply, reply);
    if (status.ok() && received_.empty()) return status;
    return Departure(absl::StrCat("asked '", question.name, "' at the end: ",
                                  status.ok() ? "unexpected bytes: " + PrintableReplies(received_)
                                              : std::string(status.message())));
  }

  // Over a connection of its own: the first bytes of a conversation belong to the transcript.
  absl::Status NoteCounters() {
    const absl::Status fetched = FetchCounters(&counters_);
    open_ = false;
    return fetched;
  }

  absl::Status FetchCounters(Counters* counters) {
    std::string reply;
    const absl::Status asked = Ask(binary_ ? kBinaryStats : kStats, &reply);
    if (asked.ok()) *counters = ParseStats(reply);
    return asked;
  }

  const Transcript& transcript_;
  Wire& wire_;
  bool open_ = false;
  bool binary_ = false;  // the dialect of the connection, or of the last one
  std::string last_sent_;
  std::string received_;  // and not yet expected
  Bindings bindings_;
  Counters counters_;  // at the last check
};

const Question Player::kVersion = MakeQuestion("version", "version", {"VERSION {any}"});
const Question Player::kBinaryVersion =
    MakeQuestion("version", "[version]", {"[version value={any}]"});
const Question Player::kStats = MakeQuestion("stats", "stats", {"STAT {any}", "...", "END"});
const Question Player::kBinaryStats = MakeQuestion("stats", "[stat]", {"[...]", "[stat]"});

}  // namespace

absl::Status Play(const Transcript& transcript, Wire& wire) {
  return Player(transcript, wire).Play();
}

}  // namespace ringcached::transcripts
