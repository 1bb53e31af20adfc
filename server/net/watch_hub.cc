#include "server/net/watch_hub.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "protocol/execute.h"

namespace ringcached::server {
namespace {

// Of one send; a sink holds as much.
constexpr size_t kPieceBytes = 32768;

absl::string_view Text(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

// A watcher's side: the reply to `watch`, which ends with the connection.
class Watcher final : public protocol::ReplyStream {
 public:
  Watcher(WatchHub* hub, WatchHub::Entry* entry) : hub_(hub), entry_(entry) {}
  ~Watcher() override { hub_->Remove(entry_); }

  Progress Continue(protocol::ExecuteContext& /*context*/, protocol::ReplySink& sink) override {
    if (!begun_) sink.Append("OK\r\n");
    begun_ = true;
    piece_.clear();
    const bool more = hub_->TakeText(entry_, kPieceBytes, &piece_);
    sink.Append(piece_);
    return more ? Progress::kMore : Progress::kWaiting;
  }

 private:
  WatchHub* const hub_;
  WatchHub::Entry* const entry_;
  std::string piece_;
  bool begun_ = false;
};

std::unique_ptr<protocol::ReplyStream> WatchHub::Watch(uint32_t topics, WatcherHome* home) {
  storage::MutexLock lock(&mutex_);
  if (entries_.size() >= kMaxWatchers) return nullptr;
  entries_.push_back(std::make_unique<Entry>());
  Entry* const entry = entries_.back().get();
  entry->topics = topics;
  entry->home = home;
  SumTopics();
  return std::make_unique<Watcher>(this, entry);
}

void WatchHub::Publish(int64_t unix_us, WatchBatch* batch) {
  storage::MutexLock lock(&mutex_);
  size_t begin = 0;
  for (const WatchBatch::Line& line : batch->lines) {
    const std::string_view text = std::string_view(batch->text).substr(begin, line.end - begin);
    begin = line.end;
    ++figures_.written;
    // The fraction is padded, unlike memcached's.
    const std::string head =
        absl::StrCat("ts=", unix_us / 1'000'000, ".",
                     absl::Dec(unix_us % 1'000'000, absl::kZeroPad6), " gid=", ++last_line_, " ");
    for (const auto& entry : entries_) {
      if ((entry->topics & line.topic) != 0) Append(head, text, entry.get());
    }
  }
  batch->lines.clear();
  batch->text.clear();
}

void WatchHub::Append(std::string_view head, std::string_view line, Entry* entry) {
  if (entry->text.size() + head.size() + line.size() + 1 > watcher_buffer_bytes_) {
    ++figures_.skipped;
    ++entry->skipped;
    return;
  }
  const bool was_empty = entry->text.empty();
  if (entry->skipped > 0) {
    absl::StrAppend(&entry->text, "skipped=", entry->skipped, "\n");
    entry->skipped = 0;
  }
  absl::StrAppend(&entry->text, Text(head), Text(line), "\n");
  ++figures_.sent;
  if (was_empty) entry->home->WakeForWatchers();
}

bool WatchHub::TakeText(Entry* entry, size_t bytes, std::string* text) {
  storage::MutexLock lock(&mutex_);
  const size_t taken = std::min(bytes, entry->text.size());
  text->append(entry->text, 0, taken);
  entry->text.erase(0, taken);
  return !entry->text.empty();
}

void WatchHub::Remove(const Entry* entry) {
  storage::MutexLock lock(&mutex_);
  const auto is_it = [&](const std::unique_ptr<Entry>& e) { return e.get() == entry; };
  entries_.erase(std::find_if(entries_.begin(), entries_.end(), is_it));
  SumTopics();
}

void WatchHub::SumTopics() {
  uint32_t topics = 0;
  for (const auto& entry : entries_) topics |= entry->topics;
  topics_.store(topics, std::memory_order_relaxed);
}

WatchFigures WatchHub::Figures() const {
  storage::MutexLock lock(&mutex_);
  WatchFigures figures = figures_;
  figures.watchers = entries_.size();
  figures.dropped = dropped_.load(std::memory_order_relaxed);
  return figures;
}

void ReactorEvents::Write(protocol::WatchTopic topic, std::string_view line) {
  if (batch_.text.size() + line.size() > buffer_bytes_) return hub_->CountDropped(1);
  batch_.text.append(line);
  batch_.lines.push_back({topic, batch_.text.size()});
}

}  // namespace ringcached::server
