// Executes requests: the one place where a command's meaning stands, for every dialect. Nothing
// here knows how a request was spelled or how its outcome will be.

#ifndef RINGCACHED_PROTOCOL_EXECUTE_H_
#define RINGCACHED_PROTOCOL_EXECUTE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "protocol/counters.h"
#include "protocol/event_log.h"
#include "protocol/lookup_batch.h"
#include "protocol/outcome.h"
#include "protocol/prefix_counts.h"
#include "protocol/request.h"
#include "protocol/server_control.h"
#include "protocol/turn_time.h"
#include "storage/cache.h"

namespace ringcached::protocol {

// What a request works on. The pointers outlive every call.
struct ExecuteContext {
  storage::Cache* cache = nullptr;
  LookupBatch* batch = nullptr;  // of keys of this cache
  ServerControl* server = nullptr;
  CommandCounters* counters = nullptr;
  PrefixCounts* prefixes = nullptr;  // null: requests are not counted by prefix
  EventLog* events = nullptr;        // null: nobody watches
  TurnTime time;
  // The request under way. Its views are valid only during the step that parsed them.
  Request request = {};
  uint64_t connection = 0;  // the number that `stats conns` gives it
  // Requests, and keys beyond a request's first, that the connection may still have answered this
  // turn.
  uint32_t requests_left = std::numeric_limits<uint32_t>::max();

  void Spend(size_t requests) {
    requests_left -= static_cast<uint32_t>(std::min<size_t>(requests, requests_left));
  }
};

// Receives what an outcome cannot carry. Implemented by each dialect's writer.
class ReplyVisitor {
 public:
  // A hit. Called under the engine's protection: copy or pin, and return.
  virtual void OnItem(const storage::ItemView& item) = 0;
  // One figure of a stats reply.
  virtual void OnStat(std::string_view name, std::string_view value) = 0;
  // What was counted of a prefix.
  virtual void OnPrefix(std::string_view prefix, const PrefixCount& count) = 0;

 protected:
  ~ReplyVisitor() = default;
};

// Executes any request. REQUIRES: request.key is hashed by context.cache; a store has its value.
Outcome Execute(const Request& request, ExecuteContext& context, ReplyVisitor& visitor);

// The same for a get that wants nothing but the item: most requests.
Outcome ExecutePlainGet(const storage::HashedKey& key, ExecuteContext& context,
                        ReplyVisitor& visitor);

// A store whose value is still arriving: begin, fill in the item's bytes, finish or abandon.
// If the outcome is not kStored there is no item, and the refusal is the reply.
struct BegunStore {
  Outcome outcome;
  storage::UnpublishedItem item;
};
// What is finished names its key in bytes of its own, which outlive the item.
BegunStore BeginStore(const Request& request, ExecuteContext& context);
Outcome FinishStore(const Request& request, storage::UnpublishedItem item, ExecuteContext& context);

// A store whose value did not end where its length said. Counts it and says so.
Outcome AbandonStore(ExecuteContext& context);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_EXECUTE_H_
