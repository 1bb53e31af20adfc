#include "protocol/tuning.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "protocol/dump_parser.h"
#include "protocol/numbers.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

constexpr uint64_t kMaxCrawlerSleepUs = 1'000'000;
constexpr uint64_t kMaxLruShare = 80;  // percent, hot and warm together

using Words = FirstWords<6>;

std::optional<double> ParseFactor(std::string_view text) {
  double factor = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, factor);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return factor;
}

OutcomeCode CheckCrawlerNumber(const Words& words) {
  const std::optional<uint64_t> number = ParseUnsigned(words[2]);
  if (!number || *number > UINT32_MAX) return OutcomeCode::kBadFormat;
  const bool too_long = words[1] == "sleep" && *number > kMaxCrawlerSleepUs;
  return too_long ? OutcomeCode::kBadCrawlerSleep : OutcomeCode::kOk;
}

// lru_crawler enable|disable, sleep <us>, tocrawl <items>, crawl <classes>
OutcomeCode CheckCrawler(const Words& words) {
  const std::string_view what = words[1];
  if (words.count() == 2) {
    const bool known = what == "enable" || what == "disable";
    return known ? OutcomeCode::kOk : OutcomeCode::kUnknownCommand;
  }
  if (words.count() != 3) return OutcomeCode::kUnknownCommand;
  if (what == "sleep" || what == "tocrawl") return CheckCrawlerNumber(words);
  if (what != "crawl") return OutcomeCode::kUnknownCommand;
  return IsClassList(words[2]) ? OutcomeCode::kOk : OutcomeCode::kBadClass;
}

// lru tune <hot percent> <warm percent> <hot factor> <warm factor>
OutcomeCode CheckLruShares(const Words& words) {
  const std::optional<uint64_t> hot = ParseUnsigned(words[2]);
  const std::optional<uint64_t> warm = ParseUnsigned(words[3]);
  const std::optional<double> hot_factor = ParseFactor(words[4]);
  const std::optional<double> warm_factor = ParseFactor(words[5]);
  if (!hot || !warm || !hot_factor || !warm_factor) return OutcomeCode::kUnknownCommand;
  if (*hot > kMaxLruShare || *warm > kMaxLruShare - *hot) return OutcomeCode::kBadLruShares;
  const bool positive = *hot_factor > 0 && *warm_factor > 0;
  return positive ? OutcomeCode::kOk : OutcomeCode::kBadLruAgeFactors;
}

// lru tune ..., mode flat|segmented, temp_ttl <seconds>
OutcomeCode CheckLru(const Words& words) {
  if (words[1] == "tune") return CheckLruShares(words);
  const bool is_mode = words[1] == "mode" && (words[2] == "flat" || words[2] == "segmented");
  const bool is_ttl = words[1] == "temp_ttl" && ParseSigned(words[2]).has_value();
  return is_mode || is_ttl ? OutcomeCode::kOk : OutcomeCode::kUnknownCommand;
}

// slabs reassign <class> <class>, automove 0|1|2
OutcomeCode CheckSlabs(const Words& words) {
  if (words[1] == "reassign" && words.count() == 4) return OutcomeCode::kSlabsFixed;
  if (words[1] != "automove" || words.count() < 3) return OutcomeCode::kUnknownCommand;
  if (words.count() > 3) return OutcomeCode::kOk;  // how eagerly
  const std::optional<uint64_t> level = ParseUnsigned(words[2]);
  if (!level) return OutcomeCode::kBadFormat;
  return *level <= 2 ? OutcomeCode::kOk : OutcomeCode::kUnknownCommand;
}

}  // namespace

OutcomeCode CheckTuning(std::string_view line) {
  const Words words(line);
  if (words[0] == "lru_crawler") return CheckCrawler(words);
  return words[0] == "lru" ? CheckLru(words) : CheckSlabs(words);
}

}  // namespace ringcached::protocol
