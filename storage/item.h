// An item as it lies in a segment, 4-byte aligned:
//
//   | header 8 | cas 8? | word 8? | expiry 4? | client flags 4? | key | value? | padding to 4 |
//
// The header's 64 bits, from the lowest: key length 8 (never 0), bits 8, value length 20, cas 28.
// Its bits say which of the optional fields are there:
//
//   bit  name            meaning
//   0    kHasExpiry      a second at which it ends; without it there is none
//   1    kHasClientFlags the client's flags; without it they are 0
//   2    kHasCas         the whole cas number; without it the header has the low 28 bits of the
//                        shard's counter and the segment the rest
//   3    kNumeric        the value is the number in `word`, `value length` digits and spaces wide
//   4    kLarge          the value lies outside the log, `word` is a LargeValue*
//   5    kFetched        it was read or touched since it was stored
//   6    kStale          marked stale: its readers are told so (meta md I)
//   7    kPromised       a reader was told to refresh it (meta mg W)
//
// When it was last used is not here but in the index slot that leads to it, as an access stamp.
// cas and word are 8-byte aligned, so an item that has either starts at a multiple of 8; a header
// of 0 in front of it fills the gap. Once published an item does not change, except for the bits
// from kFetched on, the expiry, and the cas and word of a numeric item. Those are atomic: the
// shard's lock makes writers take turns, but readers have none, and note that they have fetched an
// item.

#ifndef RINGCACHED_STORAGE_ITEM_H_
#define RINGCACHED_STORAGE_ITEM_H_

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "storage/cas_numbering.h"
#include "storage/decimal.h"
#include "storage/interleaving.h"
#include "storage/key.h"
#include "storage/large_value.h"
#include "storage/time.h"

namespace ringcached::storage {

inline constexpr size_t kItemAlignBytes = 4;
inline constexpr unsigned kItemCasBits = 28;
inline constexpr size_t kMaxInlineValueBytes = (size_t{1} << 20) - 1;
// No shard keeps larger values in the log.
inline constexpr size_t kMaxInlineValueLimitBytes = size_t{16} << 10;

// What an item is made of, before it has a place.
struct ItemSpec {
  std::string_view key;
  uint32_t client_flags = 0;
  CacheSecond expiry = kNeverExpires;
  uint64_t cas = 0;  // as clients see it
  // False if the low bits of the shard's counter are enough where the item will lie; these.
  bool whole_cas = false;
  uint32_t cas_tail = 0;
  bool fetched = false;
  bool stale = false;
  bool promised = false;
  // The value: one of three.
  std::string_view value;
  LargeValue* large = nullptr;  // its reference goes to the item
  bool numeric = false;
  uint64_t number = 0;
  uint32_t number_width = 0;  // digits and spaces
};

class Item {
 public:
  enum Bit : uint8_t {
    kHasExpiry = 1 << 0,
    kHasClientFlags = 1 << 1,
    kHasCas = 1 << 2,
    kNumeric = 1 << 3,
    kLarge = 1 << 4,
    kFetched = 1 << 5,
    kStale = 1 << 6,
    kPromised = 1 << 7,
  };

  // What `spec` takes, padding behind it included; numeric items have their whole cas.
  static size_t SizeBytes(const ItemSpec& spec) {
    return SizeBytes(BitsFor(spec), spec.key.size(), ValueLength(spec));
  }
  static bool NeedsAlign8(const ItemSpec& spec) { return HasWords(BitsFor(spec)); }
  // Writes it at `place`, which has room and is aligned as it needs.
  static Item* Write(char* place, const ItemSpec& spec);

  // What its place takes, padding included.
  size_t size_bytes() const { return SizeBytes(bits(), key_bytes(), value_length()); }
  // True if this is no item but a gap of kItemAlignBytes.
  bool is_gap() const { return low() == 0; }

  bool has(Bit bit) const { return (bits() & bit) != 0; }
  bool numeric() const { return has(kNumeric); }
  bool large() const { return has(kLarge); }
  bool fetched() const { return has(kFetched); }
  bool stale() const { return has(kStale); }
  bool promised() const { return has(kPromised); }
  // True if it was not so before: of several readers at a time the first one.
  bool set_fetched() { return Set(kFetched); }
  void set_promised() { Set(kPromised); }

  std::string_view key() const { return {bytes() + KeyOffset(bits()), key_bytes()}; }
  // Digits and spaces for a numeric item.
  size_t value_bytes() const {
    return large() ? large_value()->size() : static_cast<size_t>(value_length());
  }
  // REQUIRES: !numeric().
  std::string_view value() const {
    if (large()) return large_value()->view();
    return {bytes() + KeyOffset(bits()) + key_bytes(), value_length()};
  }

  CacheSecond expiry() const {
    return has(kHasExpiry) ? Shared<CacheSecond>(ExpiryOffset(bits())).load(kRelaxed)
                           : kNeverExpires;
  }
  // REQUIRES: has(kHasExpiry).
  void set_expiry(CacheSecond expiry) {
    Shared<CacheSecond>(ExpiryOffset(bits())).store(expiry, kRelaxed);
  }
  uint32_t client_flags() const {
    return has(kHasClientFlags) ? Load<uint32_t>(FlagsOffset(bits())) : 0;
  }

  // Its cas number. `cas_base` is its segment's. Of a numeric item it is read before the number, so
  // that the number is that of this cas or a newer one.
  uint64_t cas(const CasNumbering& numbering, uint64_t cas_base) const;
  // Sets spec->whole_cas and spec->cas_tail for a place in a segment with that base.
  static void FitCas(const CasNumbering& numbering, uint64_t cas_base, ItemSpec* spec);
  // REQUIRES: numeric().
  uint64_t number() const { return Shared<uint64_t>(WordOffset(bits())).load(kRelaxed); }
  // The cas behind the number, so that whoever reads the cas first finds that number or a newer.
  void set_number(uint64_t number, uint64_t cas) {
    Shared<uint64_t>(WordOffset(bits())).store(number, kRelaxed);
    STORAGE_POINT();
    Shared<uint64_t>(kHeaderBytes).store(cas, std::memory_order_release);
  }
  // REQUIRES: large().
  LargeValue* large_value() const { return Load<LargeValue*>(WordOffset(bits())); }

 private:
  static constexpr size_t kHeaderBytes = 8;
  static constexpr size_t kWordBytes = 8;
  static constexpr unsigned kBitsShift = 8;
  static constexpr unsigned kValueShift = 16;    // in low_: 16 bits
  static constexpr unsigned kHighValueBits = 4;  // the rest, in high_
  static constexpr unsigned kCasShift = kHighValueBits;

  static uint8_t BitsFor(const ItemSpec& spec);
  static bool HasWords(uint8_t bits) { return (bits & (kHasCas | kNumeric | kLarge)) != 0; }
  static uint32_t ValueLength(const ItemSpec& spec) {
    if (spec.large != nullptr) return 0;
    return spec.numeric ? spec.number_width : static_cast<uint32_t>(spec.value.size());
  }
  static size_t SizeBytes(uint8_t bits, size_t key_bytes, size_t value_length) {
    const size_t inline_bytes = (bits & (kNumeric | kLarge)) != 0 ? 0 : value_length;
    const size_t bytes = KeyOffset(bits) + key_bytes + inline_bytes;
    return (bytes + kItemAlignBytes - 1) & ~(kItemAlignBytes - 1);
  }
  static size_t WordOffset(uint8_t bits) {
    return kHeaderBytes + ((bits & kHasCas) != 0 ? kWordBytes : 0);
  }
  static size_t ExpiryOffset(uint8_t bits) {
    return WordOffset(bits) + ((bits & (kNumeric | kLarge)) != 0 ? kWordBytes : 0);
  }
  static size_t FlagsOffset(uint8_t bits) {
    return ExpiryOffset(bits) + ((bits & kHasExpiry) != 0 ? sizeof(CacheSecond) : 0);
  }
  static size_t KeyOffset(uint8_t bits) {
    return FlagsOffset(bits) + ((bits & kHasClientFlags) != 0 ? sizeof(uint32_t) : 0);
  }

  static constexpr std::memory_order kRelaxed = std::memory_order_relaxed;

  uint32_t low() const { return low_.load(kRelaxed); }
  uint8_t bits() const { return static_cast<uint8_t>(low() >> kBitsShift); }
  uint8_t key_bytes() const { return static_cast<uint8_t>(low()); }
  uint32_t value_length() const {
    return (low() >> kValueShift) | ((high_ & ((1U << kHighValueBits) - 1)) << kValueShift);
  }
  // Writes only what is not so yet: what is read often stays where many may have it.
  bool Set(Bit bit) {
    const uint32_t mask = uint32_t{bit} << kBitsShift;
    return (low() & mask) == 0 && (low_.fetch_or(mask, kRelaxed) & mask) == 0;
  }
  char* bytes() { return reinterpret_cast<char*>(this); }
  const char* bytes() const { return reinterpret_cast<const char*>(this); }
  template <typename T>
  T Load(size_t offset) const {
    T field;
    std::memcpy(&field, bytes() + offset, sizeof(T));
    return field;
  }
  template <typename T>
  void Store(size_t offset, T field) {
    std::memcpy(bytes() + offset, &field, sizeof(T));
  }

  // A field that changes while readers look on; aligned to its size.
  template <typename T>
  std::atomic_ref<T> Shared(size_t offset) const {
    return std::atomic_ref<T>(*reinterpret_cast<T*>(const_cast<char*>(bytes()) + offset));
  }

  std::atomic<uint32_t> low_;
  uint32_t high_;
};

static_assert(sizeof(Item) == 8 && alignof(Item) == kItemAlignBytes);

// The item as a spec for a copy of it with the number `cas`: views into it, its own reference to a
// large value. REQUIRES: the copy takes its place, or the spec's `large` is given a reference.
ItemSpec SpecOf(const Item& item, uint64_t cas);

// A numeric item's value as clients see it: digits, then spaces up to its width.
class NumberText {
 public:
  NumberText() = default;
  NumberText(uint64_t number, size_t width) : size_(width) {
    const DecimalText digits(number);
    assert(digits.view().size() <= width && width <= kMaxWidth);
    std::memcpy(text_, digits.view().data(), digits.view().size());
    std::memset(text_ + digits.view().size(), ' ', width - digits.view().size());
  }
  std::string_view view() const { return {text_, size_}; }

  // Wider values stay text.
  static constexpr size_t kMaxWidth = 20;

 private:
  char text_[kMaxWidth];
  size_t size_ = 0;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ITEM_H_
