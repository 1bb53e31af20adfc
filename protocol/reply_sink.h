// Where replies go: bytes of the sink's own, in order, and between them views of pinned values.
// Bounded: a session asks full() before each reply and stops; so a sink exceeds its limits by one
// reply at most. The server sends a sink's pieces as they lie and clears it.

#ifndef RINGCACHED_PROTOCOL_REPLY_SINK_H_
#define RINGCACHED_PROTOCOL_REPLY_SINK_H_

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "protocol/limits.h"
#include "storage/item_view.h"

namespace ringcached::protocol {

class ReplySink {
 public:
  ReplySink() = default;
  ReplySink(const ReplySink&) = delete;
  ReplySink& operator=(const ReplySink&) = delete;

  // True once a limit is reached: finish the present reply and write no further one.
  bool full() const {
    return size_ >= kSinkOwnedBytes || pinned_.size() >= kSinkPinnedPieces ||
           pinned_bytes_ >= kSinkPinnedBytes;
  }
  bool empty() const { return size_ == 0 && pinned_.empty(); }
  size_t total_bytes() const { return size_ + pinned_bytes_; }
  size_t capacity_bytes() const { return capacity_; }

  // Room for `bytes` more, to be written at the returned place and kept by Commit().
  char* Reserve(size_t bytes) {
    if (capacity_ - size_ < bytes) Grow(bytes);
    return data_.get() + size_;
  }
  // REQUIRES: bytes <= what the last Reserve() asked for.
  void Commit(size_t bytes) { size_ += bytes; }

  void Append(std::string_view text) {
    if (text.empty()) return;
    std::memcpy(Reserve(text.size()), text.data(), text.size());
    Commit(text.size());
  }
  // Sends `bytes` from where they lie; `pin` keeps them there until the sink is cleared.
  void AppendPinned(std::string_view bytes, storage::Pin pin);

  // Calls `visit(std::string_view)` for each piece in order; adjacent own bytes are one piece, so a
  // sink has at most 2 * kSinkPinnedPieces + 1 of them. No piece is empty.
  template <typename Visit>
  void VisitPieces(Visit visit) const {
    size_t from = 0;
    for (const PinnedPiece& piece : pinned_) {
      if (piece.offset > from) visit(std::string_view(data_.get() + from, piece.offset - from));
      visit(piece.bytes);
      from = piece.offset;
    }
    if (size_ > from) visit(std::string_view(data_.get() + from, size_ - from));
  }

  // Forgets the replies and releases the pins; keeps the memory for the next ones.
  void Clear();

 private:
  struct PinnedPiece {
    size_t offset;  // own bytes in front of the piece
    std::string_view bytes;
    storage::Pin pin;
  };

  void Grow(size_t bytes);

  std::unique_ptr<char[]> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
  std::vector<PinnedPiece> pinned_;
  size_t pinned_bytes_ = 0;
};

// Most pieces that VisitPieces() visits.
inline constexpr size_t kMaxSinkPieces = 2 * kSinkPinnedPieces + 1;

}  // namespace ringcached::protocol

#endif  // RINGCACHED_PROTOCOL_REPLY_SINK_H_
