// No byte behind the input is looked at: every transcript's input, whole, cut into lines and in
// other pieces, ends where a page begins that may not be read.

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/transcripts/replay.h"

namespace ringcached::transcripts {
namespace {

using protocol::SessionPeer;

size_t PageBytes() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

// Memory in front of a page that may not be read.
class GuardedMemory {
 public:
  explicit GuardedMemory(size_t bytes)
      : bytes_((bytes + PageBytes() - 1) / PageBytes() * PageBytes()) {
    memory_ = mmap(nullptr, bytes_ + PageBytes(), PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory_ == MAP_FAILED || mprotect(end(), PageBytes(), PROT_NONE) != 0) std::abort();
  }
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory() { munmap(memory_, bytes_ + PageBytes()); }

  // A copy whose last byte is the last that may be read; valid until the next call.
  std::string_view Place(std::string_view bytes) {
    char* const begin = end() - bytes.size();
    std::memcpy(begin, bytes.data(), bytes.size());
    return {begin, bytes.size()};
  }

 private:
  char* end() { return static_cast<char*>(memory_) + bytes_; }

  const size_t bytes_;
  void* memory_;
};

TEST(GuardPageDeathTest, IsThere) {
  GuardedMemory memory(1);
  const std::string_view placed = memory.Place("x");
  EXPECT_EQ(placed, "x");
  EXPECT_DEATH(static_cast<void>(*static_cast<const volatile char*>(placed.end())), "");
}

TEST(GuardPage, BehindTheWholeInput) {
  for (const Recording& recording : RecordAll()) {
    GuardedMemory memory(SentBytes(recording));
    Replay(recording, "at a guard page", [&](std::string_view sent, size_t, SessionPeer& peer) {
      if (!sent.empty()) peer.Send(memory.Place(sent));
    });
  }
}

TEST(GuardPage, BehindEachLine) {
  for (const Recording& recording : RecordAll()) {
    GuardedMemory memory(SentBytes(recording));
    Replay(recording, "line by line", [&](std::string_view sent, size_t, SessionPeer& peer) {
      while (!sent.empty() && !peer.ended()) {
        const size_t bytes = std::min(sent.find('\n'), sent.size() - 1) + 1;
        peer.Send(memory.Place(sent.substr(0, bytes)));
        sent.remove_prefix(bytes);
      }
    });
  }
}

// A packet of the binary dialect has no line end; these sizes cut its header, and behind it.
TEST(GuardPage, BehindPiecesOfAFewSizes) {
  for (const Recording& recording : RecordAll()) {
    GuardedMemory memory(SentBytes(recording));
    for (const size_t piece_bytes : {size_t{7}, size_t{23}, size_t{25}, size_t{53}}) {
      Replay(recording, "in pieces of " + std::to_string(piece_bytes),
             [&](std::string_view sent, size_t, SessionPeer& peer) {
               for (; !sent.empty() && !peer.ended();
                    sent.remove_prefix(std::min(piece_bytes, sent.size()))) {
                 peer.Send(memory.Place(sent.substr(0, piece_bytes)));
               }
             });
    }
  }
}

}  // namespace
}  // namespace ringcached::transcripts
