// Invariants:
//  - At most one receive is armed and at most one send in flight; the next replies gather
//  meanwhile.
//  - The receive is armed in SettleReceive() and nowhere else.
//  - Close() is asked for once, when the receive has ended and no send is in flight.

#include "server/net/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <string_view>
#include <utility>

#include "protocol/limits.h"

namespace ringcached::server {

using protocol::Counter;
using Status = protocol::Session::Status;

void Connection::OnReceived(const Completion& completion, ConnectionContext& context) {
  if (!completion.more) receive_ = ReceiveState::kIdle;
  const int result = completion.result;
  if (result == 0) {
    input_ended_ = true;
  } else if (result < 0) {
    // No buffer was free, or we paused: neither says anything about the connection.
    if (result != -ENOBUFS && result != -ECANCELED && result != -EINTR) broken_ = true;
  } else if (!broken_) {
    context.execute.counters->Add(Counter::kBytesRead, completion.data.size());
    if (gathering_ == nullptr) gathering_ = context.pool.Take();
    const std::string_view input(completion.data.data(), completion.data.size());
    const bool more_follows = input.size() == context.receive_buffer_bytes;
    BeginRequests(context);
    status_ = session_.Receive(input, more_follows, context.execute, gathering_->sink());
    EndRequests(context);
  }
}

void Connection::Prepare(const Completion& completion, const ConnectionContext& context) const {
  if (completion.result <= 0 || broken_) return;
  session_.Prepare({completion.data.data(), completion.data.size()}, context.execute);
}

void Connection::BeginRequests(ConnectionContext& context) {
  if (turn_ != context.turn) {
    turn_ = context.turn;
    requests_left_ = context.turn_requests;
    if (client != nullptr) {
      client->active_at.store(context.execute.time.now, std::memory_order_relaxed);
    }
  }
  context.execute.requests_left = requests_left_;
  context.execute.connection = client == nullptr ? 0 : client->number;
}

void Connection::EndRequests(const ConnectionContext& context) {
  requests_left_ = context.execute.requests_left;
}

void Connection::OnSent(const Completion& completion, ConnectionContext& context) {
  assert(sending_ != nullptr);
  // An interrupted send took nothing and is tried again.
  if (completion.result > 0 || completion.result == -EINTR) {
    const auto bytes = static_cast<size_t>(std::max(completion.result, 0));
    context.execute.counters->Add(Counter::kBytesWritten, bytes);
    if (const msghdr* const rest = sending_->Advance(bytes); rest != nullptr && !broken_) {
      context.ring.Send(id_, rest);
      return;
    }
  } else {
    broken_ = true;
  }
  context.pool.GiveBack(std::move(sending_));
}

void Connection::Settle(ConnectionContext& context) {
  if (close_ == CloseState::kClosing) return;
  StartSend(context);
  if ((has_more() || stream_due_) && !deferred) ResumeSession(context);
  // It has used up this turn, and there is more.
  if (status_ == Status::kYielded && turn_ == context.turn && requests_left_ == 0) {
    context.execute.counters->Add(Counter::kConnYields);
  }
  if (status_ == Status::kEnded) input_ended_ = true;
  GiveBackEmpty(context.pool);
  SettleReceive(context.ring);
  SettleClose(context.ring);
}

void Connection::StartSend(ConnectionContext& context) {
  if (broken_ || sending_ != nullptr || gathering_ == nullptr || gathering_->sink().empty()) return;
  sending_ = std::move(gathering_);
  context.ring.Send(id_, sending_->Begin());
}

// One sinkful a turn: a client with a deep pipeline shares the reactor with the others.
void Connection::ResumeSession(ConnectionContext& context) {
  if (broken_ || (gathering_ != nullptr && gathering_->sink().full())) return;
  // What it was allowed in this turn is used up.
  if (turn_ == context.turn && requests_left_ == 0) return;
  stream_due_ = false;
  if (gathering_ == nullptr) gathering_ = context.pool.Take();
  BeginRequests(context);
  status_ = session_.Resume(context.execute, gathering_->sink());
  EndRequests(context);
  StartSend(context);
}

bool Connection::wants_turn() const {
  const bool has_room = gathering_ == nullptr || !gathering_->sink().full();
  return (has_more() || stream_due_) && has_room && !broken_ && close_ == CloseState::kOpen;
}

void Connection::GiveBackEmpty(OutgoingPool& pool) {
  if (gathering_ != nullptr && (broken_ || gathering_->sink().empty())) {
    pool.GiveBack(std::move(gathering_));
  }
}

size_t Connection::buffer_bytes() const {
  size_t bytes = session_.kept_input_bytes();
  if (gathering_ != nullptr) bytes += gathering_->bytes();
  if (sending_ != nullptr) bytes += sending_->bytes();
  return bytes;
}

void Connection::SettleReceive(Ring& ring) {
  const bool takes_more =
      status_ == Status::kReady || (status_ == Status::kYielded &&
                                    session_.kept_input_bytes() <= protocol::kMaxYieldedInputBytes);
  const bool wanted = !input_ended_ && !broken_ && takes_more;
  if (wanted && receive_ == ReceiveState::kIdle && close_ == CloseState::kOpen) {
    ring.ArmReceive(id_);
    receive_ = ReceiveState::kArmed;
  } else if (!wanted && receive_ == ReceiveState::kArmed) {
    ring.CancelReceive(id_);
    receive_ = ReceiveState::kCancelling;
  }
}

bool Connection::AllAnswered() const {
  return input_ended_ && !has_more() && gathering_ == nullptr && sending_ == nullptr;
}

void Connection::SettleClose(Ring& ring) {
  if (close_ == CloseState::kOpen && (broken_ || AllAnswered())) {
    // A send that waits for a reader has to be woken; the receive was cancelled before.
    if (sending_ != nullptr) ring.Shutdown(id_, SHUT_RDWR);
    close_ = CloseState::kEnding;
  }
  if (close_ == CloseState::kEnding && receive_ == ReceiveState::kIdle && sending_ == nullptr) {
    ring.Close(id_);
    close_ = CloseState::kClosing;
  }
}

void Connection::Drain(Ring& ring) {
  if (close_ == CloseState::kOpen) ring.Shutdown(id_, SHUT_RD);
}

void Connection::Abort(Ring& ring) {
  broken_ = true;
  if (close_ != CloseState::kClosing) ring.Shutdown(id_, SHUT_RDWR);
}

}  // namespace ringcached::server
