// memcached's commands that tune its engine: lru_crawler, lru, slabs. There is nothing here that
// they could tune, so that they change nothing; but scripts send them, and get the answer that
// memcached would give.

#ifndef RINGCACHED_PROTOCOL_TUNING_H_
#define RINGCACHED_PROTOCOL_TUNING_H_

#include <string_view>

#include "protocol/outcome.h"

namespace ringcached::protocol {

// kOk where memcached would follow the line, else its refusal. Slab pages, which clients would
// expect to see moved, are refused as by a memcached that does not move them. REQUIRES: the line
// begins with one of the three commands.
OutcomeCode CheckTuning(std::string_view line);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_TUNING_H_
