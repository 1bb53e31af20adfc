// How a shard numbers the versions of its items: the numbers that clients see are a counter of the
// shard's with the shard's number in the low bits, so that they ascend for every key and no two
// shards give the same. Clients may give an item any other number.

#ifndef RINGCACHED_STORAGE_CAS_NUMBERING_H_
#define RINGCACHED_STORAGE_CAS_NUMBERING_H_

#include <cstdint>

namespace ringcached::storage {

struct CasNumbering {
  unsigned shard_bits = 0;
  uint64_t shard = 0;  // below 2^shard_bits

  uint64_t Number(uint64_t counter) const { return (counter << shard_bits) | shard; }
  // True if the shard may have given it.
  bool Has(uint64_t cas) const { return (cas & ((uint64_t{1} << shard_bits) - 1)) == shard; }
  // REQUIRES: Has(cas).
  uint64_t Counter(uint64_t cas) const { return cas >> shard_bits; }
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_CAS_NUMBERING_H_
