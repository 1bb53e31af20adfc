// Which keys the commands at the front of some input name. Much less than parsing: a scan looks at
// a command's name, its key, and how long its value is.
//
// A scan stops at whatever it does not understand, at a command without a key, and at a get of
// several keys, which are worked off together as they are.

#ifndef RINGCACHED_PROTOCOL_KEY_SCAN_H_
#define RINGCACHED_PROTOCOL_KEY_SCAN_H_

#include <cstddef>
#include <string_view>

#include "protocol/lookup_batch.h"

namespace ringcached::protocol {

// Adds the keys of the commands at the front of `input`, which begins with a command, until `batch`
// is full; how many bytes those commands have. One that has not arrived whole is the last: its key
// counts if its line, or its packet but for the value, is there.
size_t ScanTextKeys(std::string_view input, LookupBatch* batch);
size_t ScanBinaryKeys(std::string_view input, LookupBatch* batch);

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_KEY_SCAN_H_
