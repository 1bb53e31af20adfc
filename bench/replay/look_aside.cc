#include "bench/replay/look_aside.h"

#include <string_view>

namespace ringcached::replay {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kEnd = "END";

absl::Status Wrong(std::string_view request, std::string_view reply) {
  return absl::DataLossError("wrong reply to a " + std::string(request) + ": " +
                             std::string(reply.substr(0, 200)));
}

}  // namespace

// Sets come before gets: their replies are short, so the server never waits for this client to read
// while this client waits for the server to do so.
absl::Status LookAside::Ask(const std::vector<uint64_t>& batch) {
  outgoing_.clear();
  for (const uint64_t object : missed_) ComposeSet(object);
  for (const uint64_t object : batch) {
    outgoing_.append("get ");
    objects_.AppendKey(object, outgoing_);
    outgoing_.append(kLineEnd);
  }
  if (absl::Status sent = stream_.Send(outgoing_); !sent.ok()) return sent;
  for (size_t i = 0; i < missed_.size(); ++i) {
    if (absl::Status taken = TakeSetReply(); !taken.ok()) return taken;
  }
  missed_.clear();
  for (const uint64_t object : batch) {
    const absl::StatusOr<bool> hit = TakeGetReply(object);
    if (!hit.ok()) return hit.status();
    ++counts_.gets;
    if (*hit) continue;
    ++counts_.misses;
    missed_.push_back(object);
  }
  return absl::OkStatus();
}

void LookAside::ComposeSet(uint64_t object) {
  const std::string_view value = objects_.Value(object);
  outgoing_.append("set ");
  objects_.AppendKey(object, outgoing_);
  outgoing_.append(" 0 0 ").append(std::to_string(value.size())).append(kLineEnd);
  outgoing_.append(value).append(kLineEnd);
}

absl::Status LookAside::TakeSetReply() {
  const absl::StatusOr<std::string_view> line = stream_.ReceiveLine();
  if (!line.ok()) return line.status();
  ++counts_.sets;
  if (*line == "STORED") return absl::OkStatus();
  if (line->substr(0, 12) != "SERVER_ERROR") return Wrong("set", *line);
  ++counts_.refused_sets;
  return absl::OkStatus();
}

absl::StatusOr<bool> LookAside::TakeGetReply(uint64_t object) {
  absl::StatusOr<std::string_view> line = stream_.ReceiveLine();
  if (!line.ok()) return line.status();
  if (*line == kEnd) return false;
  const std::string_view value = objects_.Value(object);
  expected_.assign("VALUE ");
  objects_.AppendKey(object, expected_);
  expected_.append(" 0 ").append(std::to_string(value.size()));
  if (*line != expected_) return Wrong("get", *line);
  expected_.assign(value).append(kLineEnd).append(kEnd).append(kLineEnd);
  const absl::StatusOr<std::string_view> rest = stream_.Receive(expected_.size());
  if (!rest.ok()) return rest.status();
  if (*rest != expected_) return Wrong("get", "another value");
  return true;
}

}  // namespace ringcached::replay
