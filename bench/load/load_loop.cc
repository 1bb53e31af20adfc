#include "bench/load/load_loop.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "bench/load/clock.h"

// Invariants between two turns:
// - Work::in_flight is the sum over all connections of their requests in flight.
// - A connection that takes no part in the phase has requests_left == 0 and nothing in flight.
// - A closed connection has nothing in flight.

namespace ringcached::load {
namespace {

constexpr int kEventsPerTurn = 256;
constexpr size_t kShownBytes = 120;  // of a wrong reply
// Whoever sleeps may wake so much later, so shorter times are waited for awake.
constexpr int64_t kAwakeNs = 2'000'000;
constexpr int64_t kNsPerMs = 1'000'000;

std::string Shown(std::string_view bytes) {
  const std::string_view begin = bytes.substr(0, kShownBytes);
  return absl::CHexEscape(absl::string_view(begin.data(), begin.size()));
}

std::string DescribeWrong(const Request& request, std::string_view received) {
  return absl::StrCat(request.command == Command::kGet ? "get" : "set", " of key ", request.key,
                      " was answered: ", Shown(received));
}

void NoteError(Tally& tally, std::string what) {
  if (tally.first_error.empty()) tally.first_error = std::move(what);
}

void CountAnswer(const PendingRequest& pending, const Judgement& judgement, int64_t now_ns,
                 Tally& tally) {
  const Request& request = pending.request;
  ++(request.command == Command::kGet ? tally.gets : tally.sets);
  tally.keys += request.key_count;
  tally.misses += judgement.misses;
  tally.latency.Add(static_cast<uint64_t>(now_ns - pending.start_ns));
}

}  // namespace

absl::StatusOr<LoadLoop> LoadLoop::Create(Protocol& protocol, uint32_t reply_timeout_s) {
  server::UniqueFd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return absl::ErrnoToStatus(errno, "epoll_create1");
  return LoadLoop(protocol, reply_timeout_s, std::move(epoll));
}

LoadLoop::LoadLoop(Protocol& protocol, uint32_t reply_timeout_s, server::UniqueFd epoll)
    : protocol_(&protocol), reply_timeout_s_(reply_timeout_s), epoll_(std::move(epoll)) {}

absl::Status LoadLoop::Open(const Endpoint& endpoint, size_t count) {
  for (size_t opened = 0; opened < count; ++opened) {
    absl::StatusOr<server::UniqueFd> fd = endpoint.Connect(reply_timeout_s_, slots_.size());
    if (!fd.ok()) return fd.status();
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = slots_.size();
    if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd->get(), &event) != 0) {
      return absl::ErrnoToStatus(errno, "epoll_ctl");
    }
    slots_.push_back({Connection(*std::move(fd))});
  }
  return absl::OkStatus();
}

void LoadLoop::Run(const Phase& phase, RequestSource source, Tally& tally) {
  assert(phase.first_connection + phase.connection_count <= slots_.size() && phase.pipeline > 0);
  const int64_t start_ns = NowNs();
  Work work{phase, source, tally, phase.arrivals, start_ns};
  Begin(work);
  while (work.in_flight > 0 || (work.arrivals.has_value() && work.issuing)) Turn(work);
  tally.elapsed_ns += NowNs() - start_ns;
}

void LoadLoop::Begin(Work& work) {
  for (Slot& slot : slots_) slot.requests_left = 0;
  const size_t end = work.phase.first_connection + work.phase.connection_count;
  for (size_t index = work.phase.first_connection; index < end; ++index) {
    if (!slots_[index].connection.open()) continue;
    slots_[index].requests_left = work.phase.requests_per_connection;
    if (!work.arrivals.has_value()) Issue(index, NowNs(), work);
  }
}

void LoadLoop::Turn(Work& work) {
  std::array<epoll_event, kEventsPerTurn> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kEventsPerTurn, TimeoutMs(work));
  const int64_t now_ns = NowNs();
  if (count < 0 && errno != EINTR) return LoseAll(work);
  if (work.arrivals.has_value()) IssueDue(std::min(now_ns, work.phase.deadline_ns), work);
  if (now_ns >= work.phase.deadline_ns) EndIssuing(work);
  if (work.phase.watch) work.phase.watch(work.tally, now_ns);
  if (count > 0 || work.in_flight == 0) work.heard_ns = now_ns;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<size_t>(i)];
    Serve(event.data.u64, event.events, work);
  }
  if (now_ns - work.heard_ns >= int64_t{reply_timeout_s_} * 1000 * kNsPerMs) LoseAll(work);
}

int LoadLoop::TimeoutMs(const Work& work) const {
  const int longest_ms = static_cast<int>(reply_timeout_s_ * 1000);
  if (!work.arrivals.has_value() || !work.issuing) return longest_ms;
  // What is due is not asked while too much is in flight: only a reply helps.
  if (work.in_flight >= kMaxOpenInFlight) return 1;
  const int64_t left_ns = std::min(work.arrivals->next_ns(), work.phase.deadline_ns) - NowNs();
  if (left_ns < kAwakeNs) return 0;
  return static_cast<int>(std::min<int64_t>((left_ns - kAwakeNs) / kNsPerMs, longest_ms));
}

void LoadLoop::Serve(size_t index, uint32_t events, Work& work) {
  Slot& slot = slots_[index];
  if ((events & EPOLLOUT) != 0) Send(index, work);
  if ((events & ~uint32_t{EPOLLOUT}) == 0 || !slot.connection.open()) return;
  const IoResult result = slot.connection.Receive();
  if (result == IoResult::kBlocked) return;
  if (result == IoResult::kClosed) return Lose(slot, "the server closed a connection", work);
  const int64_t now_ns = NowNs();
  if (TakeReplies(slot, now_ns, work) && !work.arrivals.has_value()) Issue(index, now_ns, work);
}

bool LoadLoop::TakeReplies(Slot& slot, int64_t now_ns, Work& work) {
  const std::string_view received = slot.connection.received();
  size_t consumed = 0;
  while (consumed < received.size()) {
    const size_t before = consumed;
    if (!TakeReply(slot, received.substr(before), now_ns, consumed, work)) return false;
    if (consumed == before) break;
  }
  slot.connection.Consume(consumed);
  return true;
}

bool LoadLoop::TakeReply(Slot& slot, std::string_view received, int64_t now_ns, size_t& consumed,
                         Work& work) {
  if (slot.connection.in_flight() == 0) {
    ++work.tally.wrong_replies;
    Lose(slot, absl::StrCat("nobody asked for: ", Shown(received)), work);
    return false;
  }
  const PendingRequest pending = slot.connection.oldest_pending();
  const Care care = work.judged % work.phase.check_every == 0 ? Care::kEveryByte : Care::kEnds;
  const Judgement judgement = protocol_->Judge(pending.request, received, care);
  if (judgement.verdict == Verdict::kIncomplete) return true;
  ++work.judged;
  slot.connection.PopPending();
  --work.in_flight;
  if (judgement.verdict == Verdict::kWrong) {
    ++work.tally.wrong_replies;
    Lose(slot, DescribeWrong(pending.request, received), work);
    return false;
  }
  CountAnswer(pending, judgement, now_ns, work.tally);
  consumed += judgement.reply_bytes;
  return true;
}

void LoadLoop::Issue(size_t index, int64_t now_ns, Work& work) {
  Slot& slot = slots_[index];
  while (work.issuing && slot.requests_left > 0 &&
         slot.connection.in_flight() < work.phase.pipeline) {
    if (!Ask(slot, now_ns, work)) break;
  }
  if (!slot.connection.outgoing().empty()) Send(index, work);
}

void LoadLoop::IssueDue(int64_t now_ns, Work& work) {
  asked_.clear();
  while (work.issuing && work.arrivals->next_ns() <= now_ns && work.in_flight < kMaxOpenInFlight) {
    const std::optional<size_t> index = NextSlot(work);
    if (!index.has_value()) {
      work.issuing = false;
      break;
    }
    Slot& slot = slots_[*index];
    const bool waits_for_sending = !slot.connection.outgoing().empty();
    if (!Ask(slot, work.arrivals->next_ns(), work)) break;
    if (!waits_for_sending) asked_.push_back(*index);
    work.arrivals->Advance();
  }
  for (const size_t index : asked_) Send(index, work);
}

std::optional<size_t> LoadLoop::NextSlot(Work& work) {
  for (size_t tried = 0; tried < work.phase.connection_count; ++tried) {
    const size_t index = work.phase.first_connection + work.next_slot;
    work.next_slot = (work.next_slot + 1) % work.phase.connection_count;
    if (slots_[index].connection.open()) return index;
  }
  return std::nullopt;
}

bool LoadLoop::Ask(Slot& slot, int64_t start_ns, Work& work) {
  const std::optional<Request> request = work.source();
  if (!request.has_value()) {
    work.issuing = false;
    return false;
  }
  protocol_->AppendRequest(*request, slot.connection.outgoing());
  slot.connection.AddPending({*request, start_ns});
  --slot.requests_left;
  ++work.in_flight;
  return true;
}

void LoadLoop::EndIssuing(Work& work) {
  if (!work.issuing) return;
  work.issuing = false;
  if (!work.arrivals.has_value()) return;
  while (work.arrivals->next_ns() < work.phase.deadline_ns) {
    ++work.tally.unsent_requests;
    work.arrivals->Advance();
  }
}

void LoadLoop::Send(size_t index, Work& work) {
  Slot& slot = slots_[index];
  const IoResult result = slot.connection.Send();
  if (result == IoResult::kClosed) return Lose(slot, "the server reset a connection", work);
  const bool blocked = result == IoResult::kBlocked;
  if (blocked != slot.waits_for_writable) WatchWritable(index, blocked);
}

void LoadLoop::WatchWritable(size_t index, bool on) {
  Slot& slot = slots_[index];
  epoll_event event{};
  event.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN;
  event.data.u64 = index;
  const int result = epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, slot.connection.fd(), &event);
  assert(result == 0);
  static_cast<void>(result);
  slot.waits_for_writable = on;
}

void LoadLoop::Lose(Slot& slot, std::string_view why, Work& work) {
  work.in_flight -= slot.connection.in_flight();
  work.tally.lost_replies += slot.connection.in_flight();
  ++work.tally.lost_connections;
  NoteError(work.tally, std::string(why));
  slot.connection.Close();
}

void LoadLoop::LoseAll(Work& work) {
  for (Slot& slot : slots_) {
    if (slot.connection.in_flight() > 0) Lose(slot, "no reply in time", work);
  }
}

}  // namespace ringcached::load
