#include "bench/load/meta_protocol.h"

#include "bench/load/reply_match.h"

namespace ringcached::load {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kMiss = "EN\r\n";
constexpr std::string_view kStored = "HD\r\n";

}  // namespace

MetaProtocol::MetaProtocol(const KeySpace& keys)
    : keys_(keys), hit_header_("VA " + std::to_string(keys.value_bytes()) + "\r\n") {}

void MetaProtocol::AppendRequest(const Request& request, std::string& out) const {
  if (request.command == Command::kGet) {
    for (uint32_t i = 0; i < request.key_count; ++i) {
      out.append("mg ");
      keys_.AppendKey(keys_.Nth(request.key, i), out);
      out.append(" v\r\n");
    }
    return;
  }
  out.append("ms ");
  keys_.AppendKey(request.key, out);
  out.append(" ").append(std::to_string(keys_.value_bytes())).append(kLineEnd);
  keys_.AppendValue(request.key, out);
  out.append(kLineEnd);
}

Judgement MetaProtocol::Judge(const Request& request, std::string_view received, Care care) {
  if (request.command == Command::kSet) {
    if (!MatchesSoFar(received, kStored)) return {Verdict::kWrong};
    return JudgeMatch(received, kStored, Verdict::kRight);
  }
  Judgement all{Verdict::kRight};
  for (uint32_t i = 0; i < request.key_count; ++i) {
    const Judgement one =
        JudgeGet(keys_.Nth(request.key, i), received.substr(all.reply_bytes), care);
    if (one.verdict == Verdict::kIncomplete || one.verdict == Verdict::kWrong) {
      return {one.verdict};
    }
    all.reply_bytes += one.reply_bytes;
    all.misses += one.misses;
  }
  if (all.misses == request.key_count) all.verdict = Verdict::kMiss;
  return all;
}

Judgement MetaProtocol::JudgeGet(uint64_t key, std::string_view received, Care care) {
  const size_t bytes = hit_header_.size() + keys_.value_bytes() + kLineEnd.size();
  if (care == Care::kEnds && HasEnds(received, bytes, hit_header_, kLineEnd)) {
    return {Verdict::kRight, bytes};
  }
  expected_ = hit_header_;
  keys_.AppendValue(key, expected_);
  expected_.append(kLineEnd);
  if (MatchesSoFar(received, expected_)) return JudgeMatch(received, expected_, Verdict::kRight);
  if (MatchesSoFar(received, kMiss)) return JudgeMatch(received, kMiss, Verdict::kMiss);
  return {Verdict::kWrong};
}

}  // namespace ringcached::load
