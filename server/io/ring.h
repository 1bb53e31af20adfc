// The ring: everything a reactor asks of the kernel, as operations that are queued, submitted
// together once a loop turn, and answered by completions. Implementations: io_uring, epoll (where
// io_uring is not allowed), and a simulated one with seeded faults in tests/sim/.
//
// Rules of use, the same for all implementations:
//  - One ring, one thread: every method but Wake() is called on the thread that created it, and the
//    ring is destroyed there.
//  - Nothing happens before SubmitAndWait(); completions are reaped first and worked after. It
//    returns at most RingOptions::max_completions_per_turn of them; the rest come the next time.
//  - A completion's `data` lives in the ring's own receive buffers and is given back to the kernel
//    by the next SubmitAndWait(). The reactor consumes or copies it before; no buffer can be lost.
//  - A connection's receive and send are armed at most once each at a time. A connection's
//    completions come in the order of its bytes.
//  - Order of an end: Shutdown() (wakes what is armed), wait until the receive has ended
//    (more == false) and the send is back, then Close(). Only kClosed ends an id's life.

#ifndef RINGCACHED_SERVER_IO_RING_H_
#define RINGCACHED_SERVER_IO_RING_H_

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "server/io/completion.h"

namespace ringcached::server {

struct RingOptions {
  // Connections that may be attached at a time; slots are numbered below it.
  uint32_t max_connections = 1024;
  // Receive buffers shared by all connections of the ring. When a turn's arrivals use them up, the
  // remaining receives end with -ENOBUFS and, armed again, get their turn after the next
  // SubmitAndWait() has given the buffers back. A power of two, at most 32768.
  uint32_t receive_buffers = 1024;
  uint32_t receive_buffer_bytes = 4096;
  uint32_t max_completions_per_turn = 4096;
};

// Figures of one ring; read by other threads through Reactor's published copy.
struct RingCounters {
  // Since its start:
  uint64_t turns = 0;  // SubmitAndWait() calls
  uint64_t completions = 0;
  uint64_t receive_no_buffers = 0;    // receives that ended with -ENOBUFS
  uint64_t completion_overflows = 0;  // the kernel's completion queue was full
  uint64_t submit_retries = 0;        // the submission queue was full within a turn
  // Now: of the receive buffers what has been used, and so is resident. Given back after a second
  // in which nothing came.
  uint64_t receive_buffer_bytes = 0;
};

class Ring {
 public:
  static constexpr int kWaitForever = -1;
  // For as short a time as lets other threads run: some ten microseconds where the system can.
  static constexpr int kWaitBriefly = -2;

  virtual ~Ring() = default;

  // Accepts connections on `listen_fd` (not owned, non-blocking) until cancelled. Accepted
  // descriptors are non-blocking, close-on-exec and owned by the caller.
  virtual void ArmAccept(uint32_t listener, int listen_fd) = 0;
  // The accept ends with a kAccepted of -ECANCELED (more == false), if it was armed.
  virtual void CancelAccept(uint32_t listener) = 0;

  // Makes `fd` this ring's connection `id`; the ring owns the descriptor from here on, and closes
  // it on failure too. REQUIRES: the slot is free.
  virtual absl::Status Attach(ConnectionId id, int fd) = 0;

  virtual void ArmReceive(ConnectionId id) = 0;
  // The receive ends with a kReceived whose `more` is false (-ECANCELED, or data that was faster).
  virtual void CancelReceive(ConnectionId id) = 0;

  // Sends the bytes of `message` (name, control and flags unused). The message, its iovecs and the
  // bytes stay where they are until kSent. SIGPIPE is never raised.
  virtual void Send(ConnectionId id, const msghdr* message) = 0;

  // shutdown(2); `how` is SHUT_RD, SHUT_WR or SHUT_RDWR. SHUT_RD lets what has arrived be received
  // and then ends; SHUT_RDWR also makes a waiting send fail. No completion.
  virtual void Shutdown(ConnectionId id, int how) = 0;

  // REQUIRES: no receive armed, no send in flight. Answered by kClosed.
  virtual void Close(ConnectionId id) = 0;

  // Submits what was queued, waits until there is a completion, Wake() was called or `timeout_ms`
  // passed (0: polls; kWaitForever; kWaitBriefly), and returns what is complete. A queued operation
  // of an earlier turn is never forgotten. May return early with nothing. Errors are programming
  // errors or a broken kernel: they abort.
  virtual std::span<const Completion> SubmitAndWait(int timeout_ms) = 0;

  // The one method for other threads: makes a present or coming SubmitAndWait() return.
  virtual void Wake() = 0;

  virtual const RingCounters& counters() const = 0;
  // "io_uring" or "epoll", with the features in use, for people: "io_uring (multishot receive, …)".
  virtual std::string Describe() const = 0;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_IO_RING_H_
