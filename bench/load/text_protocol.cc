#include "bench/load/text_protocol.h"

#include "bench/load/reply_match.h"

namespace ringcached::load {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kValue = "VALUE ";
constexpr std::string_view kEnd = "END\r\n";
constexpr std::string_view kHitEnd = "\r\nEND\r\n";
constexpr std::string_view kStored = "STORED\r\n";

}  // namespace

TextProtocol::TextProtocol(const KeySpace& keys)
    : keys_(keys),
      header_tail_(" 0 " + std::to_string(keys.value_bytes()) + "\r\n"),
      hit_bytes_(kValue.size() + KeySpace::kKeyBytes + header_tail_.size() + keys.value_bytes() +
                 kLineEnd.size()) {}

void TextProtocol::AppendRequest(const Request& request, std::string& out) const {
  if (request.command == Command::kGet) {
    out.append("get");
    for (uint32_t i = 0; i < request.key_count; ++i) {
      out.push_back(' ');
      keys_.AppendKey(keys_.Nth(request.key, i), out);
    }
    out.append(kLineEnd);
    return;
  }
  out.append("set ");
  keys_.AppendKey(request.key, out);
  out.append(" 0").append(header_tail_);
  keys_.AppendValue(request.key, out);
  out.append(kLineEnd);
}

Judgement TextProtocol::Judge(const Request& request, std::string_view received, Care care) {
  if (request.command == Command::kSet) {
    if (!MatchesSoFar(received, kStored)) return {Verdict::kWrong};
    return JudgeMatch(received, kStored, Verdict::kRight);
  }
  const size_t bytes = hit_bytes_ + kEnd.size();
  if (care == Care::kEnds && request.key_count == 1 && HasEnds(received, bytes, kValue, kHitEnd)) {
    return {Verdict::kRight, bytes};
  }
  return JudgeGet(request, received);
}

// The values stand in the order of the request, and those that are missed are left out.
Judgement TextProtocol::JudgeGet(const Request& request, std::string_view received) {
  size_t position = 0;
  uint32_t misses = 0;
  for (uint32_t i = 0; i < request.key_count; ++i) {
    const std::string_view rest = received.substr(position);
    if (rest.empty()) return {};
    expected_.clear();
    AppendHit(keys_.Nth(request.key, i), expected_);
    if (!MatchesSoFar(rest, expected_)) {
      ++misses;
    } else if (rest.size() < expected_.size()) {
      return {};
    } else {
      position += expected_.size();
    }
  }
  const std::string_view rest = received.substr(position);
  if (!MatchesSoFar(rest, kEnd)) return {Verdict::kWrong};
  if (rest.size() < kEnd.size()) return {};
  return {misses == request.key_count ? Verdict::kMiss : Verdict::kRight, position + kEnd.size(),
          misses};
}

void TextProtocol::AppendHit(uint64_t key, std::string& out) const {
  out.append(kValue);
  keys_.AppendKey(key, out);
  out.append(header_tail_);
  keys_.AppendValue(key, out);
  out.append(kLineEnd);
}

}  // namespace ringcached::load
