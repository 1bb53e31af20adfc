// What a reader sees of an item, and what keeps a large value's bytes in place after the read.

#ifndef RINGCACHED_STORAGE_ITEM_VIEW_H_
#define RINGCACHED_STORAGE_ITEM_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "storage/time.h"

namespace ringcached::storage {

// Keeps the memory behind a value alive and unchanged until it is released or destroyed. Move-only;
// an empty pin holds nothing. May be released on any thread, but before its cache is destroyed.
// Pins are for values too large to copy into a reply; a pinned value's memory cannot be reclaimed,
// so whoever holds pins bounds them.
class Pin {
 public:
  // Called once with `holder` when the pin is released.
  using ReleaseFunction = void (*)(void* holder);

  Pin() = default;
  Pin(ReleaseFunction release, void* holder) : release_(release), holder_(holder) {}
  Pin(Pin&& other) noexcept
      : release_(std::exchange(other.release_, nullptr)), holder_(other.holder_) {}
  Pin& operator=(Pin&& other) noexcept {
    if (this != &other) {
      Release();
      release_ = std::exchange(other.release_, nullptr);
      holder_ = other.holder_;
    }
    return *this;
  }
  ~Pin() { Release(); }

  void Release() {
    if (release_ != nullptr) std::exchange(release_, nullptr)(holder_);
  }
  bool empty() const { return release_ == nullptr; }

 private:
  ReleaseFunction release_ = nullptr;
  void* holder_ = nullptr;
};

// An item during a read. The views are valid only inside the visitor that is given them; MakePin()
// prolongs `value` (and only that) beyond it.
struct ItemView {
  std::string_view key;
  std::string_view value;
  uint32_t client_flags = 0;
  // Unique among all versions of all items; never 0.
  uint64_t cas = 0;
  CacheSecond expiry = kNeverExpires;

  // What follows is filled in for reads with ReadOptions alone.

  // Before the read changed it; kNeverExpires for an item that the read created.
  CacheSecond expiry_before = kNeverExpires;
  // When it was last used before this read, or somewhat earlier: storage/README.md says how exact.
  CacheSecond last_access = 0;
  // As it lies in the cache, a value outside the log included.
  size_t item_bytes = 0;
  bool created = false;  // by this read
  bool fetched = false;  // by an earlier read since it was stored
  bool stale = false;
  bool won = false;       // this reader is to refresh it
  bool promised = false;  // an earlier reader was told so, and nothing has come yet

  Pin MakePin() const { return make_pin(owner); }

  // Set by the engine.
  Pin (*make_pin)(void* owner) = nullptr;
  void* owner = nullptr;
};

}  // namespace ringcached::storage

#endif  // RINGCACHED_STORAGE_ITEM_VIEW_H_
