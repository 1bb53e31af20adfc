// The ring over epoll, for where io_uring is not allowed. It keeps ring.h's contract with one recv
// and one send per ready connection and turn: readiness is turned into completions inside
// SubmitAndWait().
//
// Beyond ring.h:
//  - A receive stays armed until it fails or the peer ends; -ENOBUFS never comes. Connections for
//    which a turn has no buffer left are still ready in the next one.
//  - Within one turn a connection's send goes before its shutdown, whatever the order of the calls.
//  - SubmitAndWait() may return early with nothing, after a signal.

#ifndef RINGCACHED_SERVER_IO_EPOLL_RING_H_
#define RINGCACHED_SERVER_IO_EPOLL_RING_H_

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/io/descriptor.h"
#include "server/io/idle_wait.h"
#include "server/io/mapped_memory.h"
#include "server/io/ring.h"
#include "server/io/slot_fifo.h"
#include "server/io/wake_event.h"

namespace ringcached::server {

class EpollRing final : public Ring {
 public:
  // Accepts of one listener per turn; the rest stay in its backlog until the next.
  static constexpr size_t kMaxAcceptsPerTurn = 64;

  static absl::StatusOr<std::unique_ptr<Ring>> Create(const RingOptions& options);

  void ArmAccept(uint32_t listener, int listen_fd) override;
  void CancelAccept(uint32_t listener) override;
  absl::Status Attach(ConnectionId id, int fd) override;
  void ArmReceive(ConnectionId id) override;
  void CancelReceive(ConnectionId id) override;
  void Send(ConnectionId id, const msghdr* message) override;
  void Shutdown(ConnectionId id, int how) override;
  void Close(ConnectionId id) override;
  std::span<const Completion> SubmitAndWait(int timeout_ms) override;
  void Wake() override { wake_event_.Signal(); }
  const RingCounters& counters() const override { return counters_; }
  std::string Describe() const override { return "epoll"; }

 private:
  struct Slot {
    uint32_t generation = 0;
    uint32_t registered_events = 0;   // what epoll was told last; 0: not in epoll
    UniqueFd fd;                      // invalid: not attached
    const msghdr* message = nullptr;  // of the send in flight
    bool send_waits = false;          // the socket was full: the send needs EPOLLOUT
    bool receive_armed = false;
    bool cancel_receive = false;
    bool closing = false;
    bool shut_read = false;
    bool shut_write = false;
    bool changed = false;  // in changed_
  };
  struct Listener {
    int fd = -1;  // not owned
    bool armed = false;
    bool registered = false;
    bool cancel = false;
  };

  EpollRing(const RingOptions& options, UniqueFd epoll_fd, WakeEvent wake_event,
            MappedMemory buffers);

  Slot& SlotOf(ConnectionId id);
  void MarkChanged(uint32_t number, Slot& slot);

  void RunListenerChanges();
  void RunChanges();
  void RunChange(ConnectionId id, Slot& slot);
  void RunShutdown(Slot& slot);
  void UpdateEvents(ConnectionId id, Slot& slot);
  void SetListenerEvents(uint32_t number, bool wanted);

  void WaitForEvents(int timeout_ms);
  void NoteBuffersUsed(int waited_ms);
  void HandleListener(uint32_t number, size_t max_accepts);
  void HandleConnection(ConnectionId id, uint32_t events);
  void TrySend(ConnectionId id, Slot& slot);
  void TryReceive(ConnectionId id, Slot& slot);

  size_t room() const { return options_.max_completions_per_turn - completions_.size(); }
  void Emit(const Completion& completion);
  void EndAccept(uint32_t number, int result);

  RingOptions options_;
  RingCounters counters_;
  UniqueFd epoll_fd_;
  WakeEvent wake_event_;
  MappedMemory buffers_;
  uint32_t buffers_used_ = 0;  // in this turn, from the first on: the same few stay warm
  IdleWait idle_wait_;
  std::vector<Slot> slots_;  // as many as were ever attached at a time
  std::vector<Listener> listeners_;
  bool listeners_changed_ = false;
  SlotFifo changed_;  // slots with something to do at the start of the next turn
  std::unique_ptr<epoll_event[]> events_;
  std::vector<Completion> completions_;  // of this turn; never grows beyond what is reserved
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_EPOLL_RING_H_
