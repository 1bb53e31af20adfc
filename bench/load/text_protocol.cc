#include "bench/load/text_protocol.h"

#include <algorithm>

namespace ringcached::load {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kEnd = "END\r\n";
constexpr std::string_view kStored = "STORED\r\n";

// Whether `received` begins with `reply`, or is a beginning of it.
bool MatchesSoFar(std::string_view received, std::string_view reply) {
  const size_t bytes = std::min(received.size(), reply.size());
  return received.substr(0, bytes) == reply.substr(0, bytes);
}

Judgement JudgeMatch(std::string_view received, std::string_view reply, Verdict complete) {
  if (received.size() < reply.size()) return {};
  return {complete, reply.size()};
}

}  // namespace

TextProtocol::TextProtocol(const KeySpace& keys)
    : keys_(keys), header_tail_(" 0 " + std::to_string(keys.value_bytes()) + "\r\n") {}

void TextProtocol::AppendRequest(const Request& request, std::string& out) const {
  if (request.command == Command::kGet) {
    out.append("get ");
    keys_.AppendKey(request.key, out);
    out.append(kLineEnd);
    return;
  }
  out.append("set ");
  keys_.AppendKey(request.key, out);
  out.append(" 0").append(header_tail_);
  keys_.AppendValue(request.key, out);
  out.append(kLineEnd);
}

Judgement TextProtocol::Judge(const Request& request, std::string_view received) {
  ComposeReply(request);
  if (MatchesSoFar(received, expected_)) return JudgeMatch(received, expected_, Verdict::kRight);
  if (request.command == Command::kGet && MatchesSoFar(received, kEnd)) {
    return JudgeMatch(received, kEnd, Verdict::kMiss);
  }
  return {Verdict::kWrong, 0};
}

void TextProtocol::ComposeReply(const Request& request) {
  expected_.clear();
  if (request.command == Command::kSet) {
    expected_.append(kStored);
    return;
  }
  expected_.append("VALUE ");
  keys_.AppendKey(request.key, expected_);
  expected_.append(header_tail_);
  keys_.AppendValue(request.key, expected_);
  expected_.append(kLineEnd).append(kEnd);
}

}  // namespace ringcached::load
