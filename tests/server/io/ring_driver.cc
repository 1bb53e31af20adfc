#include "tests/server/io/ring_driver.h"

#include <cerrno>
#include <chrono>
#include <utility>

#include "server/io/require.h"

namespace ringcached::server {

void RingDriver::Listen(uint32_t listener, int listen_fd) {
  listeners_[listener] = listen_fd;
  ++accept_arms;
  ring_.ArmAccept(listener, listen_fd);
}

RingDriver::Connection& RingDriver::Adopt(uint32_t slot, int fd) {
  Require(!connections_.contains(slot), "test: the slot is in use");
  Connection& connection = connections_[slot];
  connection.id = {.slot = slot, .generation = ++generations_[slot] & kGenerationMask};
  Require(ring_.Attach(connection.id, fd).ok(), "test: Attach failed");
  Arm(connection);
  return connection;
}

void RingDriver::Forget(uint32_t slot) {
  Require(connections_.at(slot).closed, "test: the connection is not closed");
  connections_.erase(slot);
}

void RingDriver::Arm(Connection& connection) {
  connection.receive_armed = true;
  ++connection.arms;
  ring_.ArmReceive(connection.id);
}

void RingDriver::Send(Connection& connection, std::string bytes) {
  connection.queued += bytes;
  SendNext(connection);
}

void RingDriver::SendNext(Connection& connection) {
  if (connection.send_in_flight) return;
  if (connection.in_flight.empty()) connection.in_flight = std::exchange(connection.queued, {});
  if (connection.in_flight.empty()) return;
  char* const bytes = connection.in_flight.data();
  const size_t size = connection.in_flight.size();
  const size_t head = size > kSplitBytes ? size / 2 : size;
  connection.parts = {iovec{bytes, head}, iovec{bytes + head, size - head}};
  connection.message = {};
  connection.message.msg_iov = connection.parts.data();
  connection.message.msg_iovlen = head < size ? 2 : 1;
  connection.send_in_flight = true;
  ring_.Send(connection.id, &connection.message);
}

void RingDriver::End(Connection& connection, int how) {
  connection.closing = true;
  connection.rearm = connection.rearm && how == SHUT_RD;
  ring_.Shutdown(connection.id, how);
  CloseIfIdle(connection);
}

size_t RingDriver::Turn(int timeout_ms) {
  const std::span<const Completion> completions = ring_.SubmitAndWait(timeout_ms);
  for (const Completion& completion : completions) Handle(completion);
  return completions.size();
}

bool RingDriver::RunUntil(const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(kGiveUpAfterS);
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    Turn(kTurnTimeoutMs);
  }
  return true;
}

RingDriver::Connection* RingDriver::Find(ConnectionId id) {
  const auto found = connections_.find(id.slot);
  const bool known = found != connections_.end() && found->second.id == id && !found->second.closed;
  if (!known) ++strays;
  return known ? &found->second : nullptr;
}

void RingDriver::Handle(const Completion& completion) {
  switch (completion.kind) {
    case CompletionKind::kAccepted:
      return HandleAccepted(completion);
    case CompletionKind::kWoken:
      ++woken;
      return;
    case CompletionKind::kReceived:
      if (Connection* connection = Find(completion.connection)) {
        HandleReceived(*connection, completion);
      }
      return;
    case CompletionKind::kSent:
      if (Connection* connection = Find(completion.connection)) {
        HandleSent(*connection, completion);
      }
      return;
    case CompletionKind::kClosed:
      if (Connection* connection = Find(completion.connection)) connection->closed = true;
      return;
  }
}

void RingDriver::HandleAccepted(const Completion& completion) {
  (completion.result >= 0 ? accepted : accept_results).push_back(completion.result);
  if (completion.more || completion.result == -ECANCELED) return;
  Listen(completion.listener, listeners_.at(completion.listener));
}

void RingDriver::HandleReceived(Connection& connection, const Completion& completion) {
  connection.receive_armed = completion.more;
  connection.receive_result = completion.result;
  connection.received.append(completion.data.data(), completion.data.size());
  connection.receives += completion.result > 0 ? 1 : 0;
  const bool goes_on = completion.result > 0 || completion.result == -ENOBUFS;
  if (!completion.more && goes_on && connection.rearm) Arm(connection);
  CloseIfIdle(connection);
}

void RingDriver::HandleSent(Connection& connection, const Completion& completion) {
  connection.send_in_flight = false;
  connection.send_result = completion.result;
  ++connection.sends;
  if (completion.result < 0) {
    connection.in_flight.clear();
    connection.queued.clear();
  } else {
    connection.in_flight.erase(0, static_cast<size_t>(completion.result));
    SendNext(connection);
  }
  CloseIfIdle(connection);
}

void RingDriver::CloseIfIdle(Connection& connection) {
  if (connection.closing && !connection.receive_armed && !connection.send_in_flight) {
    ring_.Close(connection.id);
  }
}

}  // namespace ringcached::server
