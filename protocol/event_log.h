// What watchers are told: lines of events, and where they go.

#ifndef RINGCACHED_PROTOCOL_EVENT_LOG_H_
#define RINGCACHED_PROTOCOL_EVENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "protocol/outcome.h"
#include "protocol/request.h"
#include "protocol/turn_time.h"
#include "storage/item_view.h"

namespace ringcached::protocol {

// Of one reactor, used on its thread alone.
class EventLog {
 public:
  // Whether anybody listens to one of these topics. Ask before a line is made.
  virtual bool Wants(uint32_t topics) const = 0;
  // A line without its time and its end. Lost, and counted, if there is no room.
  virtual void Write(WatchTopic topic, std::string_view line) = 0;

 protected:
  ~EventLog() = default;
};

// `connection` is the number that `stats conns` gives it, `value_bytes` are of the value read or
// deleted. Each asks Wants() itself.

// What became of one key of a read.
void LogFetch(std::string_view key, bool hit, size_t value_bytes, uint64_t connection,
              EventLog& log);
// What became of a request that stores or counts.
void LogMutation(const Request& request, const Outcome& outcome, const TurnTime& time,
                 uint64_t connection, EventLog& log);
// memcached does not say there who asked.
void LogDeletion(const Request& request, size_t value_bytes, EventLog& log);
// Of a storage::EvictionObserver.
void LogEviction(const storage::ItemView& item, const TurnTime& time, EventLog& log);

// A client that comes, or goes for `reason` (empty: it comes). `port` is 0 where there are none.
struct ConnectionEvent {
  std::string_view host;  // or "unix"
  uint16_t port = 0;
  std::string_view transport;  // "tcp" or "local"
  std::string_view reason;
  uint64_t connection = 0;
};
void LogConnection(const ConnectionEvent& event, EventLog& log);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_EVENT_LOG_H_
