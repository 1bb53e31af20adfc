// A request, free of dialect: what every parser produces and execute works on. Views point into
// the bytes that were parsed.

#ifndef RINGCACHED_PROTOCOL_REQUEST_H_
#define RINGCACHED_PROTOCOL_REQUEST_H_

#include <cstdint>
#include <string_view>

#include "storage/key.h"

namespace ringcached::protocol {

enum class Command : uint8_t {
  kGet,
  kGetAndTouch,
  kSet,
  kAdd,
  kReplace,
  kAppend,
  kPrepend,
  kCas,
  kDelete,
  kIncrement,
  kDecrement,
  kTouch,
  kFlushAll,
  kVersion,
  kVerbosity,
  kMemoryLimit,
  kStats,
  kQuit,
};

// True for the commands that carry a value.
constexpr bool IsStore(Command command) {
  return command >= Command::kSet && command <= Command::kCas;
}

struct Request {
  Command command = Command::kGet;
  // The client asked for no reply to this request, errors included.
  bool quiet = false;
  // kGet, kGetAndTouch: the reply names the cas number.
  bool want_cas = false;
  storage::HashedKey key;
  // IsStore() when the value lies ready; its length alone when it is still arriving.
  std::string_view value;
  uint64_t value_bytes = 0;
  uint32_t client_flags = 0;
  // As the client sent it; ExpiryFromExptime() has the rules. kFlushAll: the delay.
  int64_t exptime = 0;
  uint64_t cas = 0;
  uint64_t delta = 0;
  uint32_t verbosity = 0;
  uint64_t megabytes = 0;  // kMemoryLimit
  // kStats: which figures; empty for the general ones.
  std::string_view argument;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_REQUEST_H_
