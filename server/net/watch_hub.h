// Brings events to watchers. Each reactor gathers its lines during a turn and gives them to the hub
// at its end; the hub puts them into the bounded buffer of each watcher that wants them; the
// watcher's reactor is woken and sends what the buffer holds. Whoever reads too slowly loses lines,
// which are counted, and holds nobody up.

#ifndef RINGCACHED_SERVER_NET_WATCH_HUB_H_
#define RINGCACHED_SERVER_NET_WATCH_HUB_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "protocol/event_log.h"
#include "protocol/reply_stream.h"
#include "storage/mutex.h"

namespace ringcached::server {

// memcached's.
inline constexpr size_t kMaxWatchers = 20;
inline constexpr size_t kDefaultWatcherBufferBytes = size_t{256} << 10;
inline constexpr size_t kDefaultWorkerBufferBytes = size_t{64} << 10;

struct WatchFigures {
  uint64_t dropped = 0;  // lines for which a reactor's turn had no room
  uint64_t written = 0;
  uint64_t skipped = 0;  // lines that a watcher had no room for
  uint64_t sent = 0;
  uint64_t watchers = 0;
};

// The reactor that has a watcher's connection.
class WatcherHome {
 public:
  // There is something for one of its watchers. From any thread.
  virtual void WakeForWatchers() = 0;

 protected:
  ~WatcherHome() = default;
};

// Lines of one reactor's turn.
struct WatchBatch {
  struct Line {
    uint32_t topic = 0;
    size_t end = 0;  // in text
  };
  std::vector<Line> lines;
  std::string text;
};

class WatchHub {
 public:
  explicit WatchHub(size_t watcher_buffer_bytes) : watcher_buffer_bytes_(watcher_buffer_bytes) {}
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // Topics that anybody listens to; from any thread.
  uint32_t topics() const { return topics_.load(std::memory_order_relaxed); }

  // A stream of the topics' lines; null if there are kMaxWatchers. The hub outlives it. `home`
  // outlives it too.
  std::unique_ptr<protocol::ReplyStream> Watch(uint32_t topics, WatcherHome* home)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Gives the batch to those that want it, and empties it.
  void Publish(int64_t unix_us, WatchBatch* batch) ABSL_LOCKS_EXCLUDED(mutex_);
  void CountDropped(uint64_t lines) { dropped_.fetch_add(lines, std::memory_order_relaxed); }

  WatchFigures Figures() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class Watcher;
  struct Entry {
    uint32_t topics = 0;
    WatcherHome* home = nullptr;
    std::string text;
    uint64_t skipped = 0;  // since the last line that was not
  };

  void Append(std::string_view head, std::string_view line, Entry* entry)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // True if there is more.
  bool TakeText(Entry* entry, size_t bytes, std::string* text) ABSL_LOCKS_EXCLUDED(mutex_);
  void Remove(const Entry* entry) ABSL_LOCKS_EXCLUDED(mutex_);
  void SumTopics() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t watcher_buffer_bytes_;
  std::atomic<uint32_t> topics_{0};
  std::atomic<uint64_t> dropped_{0};
  mutable storage::Mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_line_ ABSL_GUARDED_BY(mutex_) = 0;
  WatchFigures figures_ ABSL_GUARDED_BY(mutex_);
};

// What happens on one reactor.
class ReactorEvents final : public protocol::EventLog {
 public:
  // Null: nobody can watch. The hub outlives this.
  ReactorEvents(WatchHub* hub, size_t buffer_bytes) : hub_(hub), buffer_bytes_(buffer_bytes) {}

  bool Wants(uint32_t topics) const override {
    return hub_ != nullptr && (hub_->topics() & topics) != 0;
  }
  void Write(protocol::WatchTopic topic, std::string_view line) override;
  // At the end of a turn.
  void Publish(int64_t unix_us) {
    if (!batch_.lines.empty()) hub_->Publish(unix_us, &batch_);
  }

 private:
  WatchHub* const hub_;
  const size_t buffer_bytes_;  // of a turn's lines
  WatchBatch batch_;
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_NET_WATCH_HUB_H_
