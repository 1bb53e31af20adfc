#include "storage/item.h"

#include <new>

namespace ringcached::storage {
namespace {

constexpr uint64_t kCasMask = (uint64_t{1} << kItemCasBits) - 1;
constexpr int64_t kCasReach = int64_t{1} << (kItemCasBits - 1);

}  // namespace

uint8_t Item::BitsFor(const ItemSpec& spec) {
  uint8_t bits = 0;
  if (spec.expiry != kNeverExpires) bits |= kHasExpiry;
  if (spec.client_flags != 0) bits |= kHasClientFlags;
  if (spec.whole_cas || spec.numeric) bits |= kHasCas;
  if (spec.numeric) bits |= kNumeric;
  if (spec.large != nullptr) bits |= kLarge;
  if (spec.fetched) bits |= kFetched;
  if (spec.stale) bits |= kStale;
  if (spec.promised) bits |= kPromised;
  return bits;
}

Item* Item::Write(char* place, const ItemSpec& spec) {
  assert(!spec.key.empty() && spec.key.size() <= kMaxKeyBytes);
  assert(spec.value.size() <= kMaxInlineValueBytes);
  const uint8_t bits = BitsFor(spec);
  const uint32_t length = ValueLength(spec);
  auto* const item = new (place) Item;
  item->low_.store(static_cast<uint32_t>(spec.key.size()) | (uint32_t{bits} << kBitsShift) |
                       (length << kValueShift),
                   kRelaxed);
  item->high_ = (length >> kValueShift) | (spec.cas_tail << kCasShift);
  if ((bits & kHasCas) != 0) item->Store(kHeaderBytes, spec.cas);
  if ((bits & kNumeric) != 0) item->Store(WordOffset(bits), spec.number);
  if ((bits & kLarge) != 0) item->Store(WordOffset(bits), spec.large);
  if ((bits & kHasExpiry) != 0) item->Store(ExpiryOffset(bits), spec.expiry);
  if ((bits & kHasClientFlags) != 0) item->Store(FlagsOffset(bits), spec.client_flags);
  char* const key = item->bytes() + KeyOffset(bits);
  std::memcpy(key, spec.key.data(), spec.key.size());
  if ((bits & (kNumeric | kLarge)) == 0 && !spec.value.empty()) {
    std::memcpy(key + spec.key.size(), spec.value.data(), spec.value.size());
  }
  return item;
}

uint64_t Item::cas(const CasNumbering& numbering, uint64_t cas_base) const {
  if (has(kHasCas)) return Shared<uint64_t>(kHeaderBytes).load(std::memory_order_acquire);
  // The counter nearest to the base that ends in the header's bits.
  const uint64_t distance = ((high_ >> kCasShift) - cas_base) & kCasMask;
  const bool below = distance >= uint64_t{kCasReach};
  return numbering.Number(cas_base + distance - (below ? kCasMask + 1 : 0));
}

void Item::FitCas(const CasNumbering& numbering, uint64_t cas_base, ItemSpec* spec) {
  spec->whole_cas = true;
  spec->cas_tail = 0;
  // A client's choice may look like none of the shard's.
  if (!numbering.Has(spec->cas)) return;
  const uint64_t counter = numbering.Counter(spec->cas);
  const auto distance = static_cast<int64_t>(counter - cas_base);
  if (distance < -kCasReach || distance >= kCasReach) return;
  spec->whole_cas = false;
  spec->cas_tail = static_cast<uint32_t>(counter & kCasMask);
}

ItemSpec SpecOf(const Item& item, uint64_t cas) {
  ItemSpec spec;
  spec.key = item.key();
  spec.client_flags = item.client_flags();
  spec.expiry = item.expiry();
  spec.cas = cas;
  spec.fetched = item.fetched();
  spec.stale = item.stale();
  spec.promised = item.promised();
  if (item.numeric()) {
    spec.numeric = true;
    spec.number = item.number();
    spec.number_width = static_cast<uint32_t>(item.value_bytes());
  } else if (item.large()) {
    spec.large = item.large_value();
  } else {
    spec.value = item.value();
  }
  return spec;
}

}  // namespace ringcached::storage
