// A key that outlives where it was taken from: the input, or an item that is given away.

#ifndef RINGCACHED_PROTOCOL_KEY_COPY_H_
#define RINGCACHED_PROTOCOL_KEY_COPY_H_

#include <array>
#include <cstddef>

#include "storage/key.h"

namespace ringcached::protocol {

class KeyCopy {
 public:
  explicit KeyCopy(const storage::HashedKey& key)
      : size_bytes_(key.bytes.copy(bytes_.data(), bytes_.size())), hash_(key.hash) {}
  // Valid as long as this is, where this is.
  storage::HashedKey key() const { return {{bytes_.data(), size_bytes_}, hash_}; }

 private:
  std::array<char, storage::kMaxKeyBytes> bytes_;
  const size_t size_bytes_;
  const uint64_t hash_;
};

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_KEY_COPY_H_
