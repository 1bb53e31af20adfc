#include "protocol/tuning.h"

#include <charconv>
#include <cstdint>
#include <optional>

#include "protocol/dump_parser.h"
#include "protocol/numbers.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

constexpr uint32_t kMaxCrawlerSleepUs = 1'000'000;
constexpr uint32_t kMaxLruShare = 80;  // percent, hot and warm together
// Of looks at the slab classes.
constexpr uint32_t kMinMoveWindow = 3;
constexpr uint32_t kMaxMoveWindow = 1800;

using Words = FirstWords<6>;

std::optional<double> ParseFactor(std::string_view text) {
  text = WithoutPlus(text);
  double factor = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, factor);
  if (result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return factor;
}

OutcomeCode CheckCrawlerNumber(const Words& words) {
  const std::optional<uint32_t> number = ParseUnsigned32(words[2]);
  if (!number) return OutcomeCode::kBadFormat;
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
  bool ours = false;
  return what == "crawl" ? ParseClasses(words[2], &ours) : OutcomeCode::kUnknownCommand;
}

// lru tune <hot percent> <warm percent> <hot factor> <warm factor>
OutcomeCode CheckLruShares(const Words& words) {
  const std::optional<uint32_t> hot = ParseUnsigned32(words[2]);
  const std::optional<uint32_t> warm = ParseUnsigned32(words[3]);
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
  const std::optional<int64_t> seconds = ParseSigned(words[2]);
  const bool is_ttl =
      words[1] == "temp_ttl" && seconds && *seconds >= INT32_MIN && *seconds <= INT32_MAX;
  return is_mode || is_ttl ? OutcomeCode::kOk : OutcomeCode::kUnknownCommand;
}

// slabs automove 0|1|2, ratio|freeratio <factor>, window <looks>
OutcomeCode CheckAutomove(const Words& words) {
  const std::string_view what = words[2];
  if (what == "ratio" || what == "freeratio") {
    return ParseFactor(words[3]) ? OutcomeCode::kOk : OutcomeCode::kUnknownCommand;
  }
  const bool is_window = what == "window";
  const std::optional<uint32_t> number = ParseUnsigned32(is_window ? words[3] : what);
  if (!number) return OutcomeCode::kBadFormat;
  if (!is_window) return *number <= 2 ? OutcomeCode::kOk : OutcomeCode::kUnknownCommand;
  const bool fits = *number >= kMinMoveWindow && *number <= kMaxMoveWindow;
  return fits ? OutcomeCode::kOk : OutcomeCode::kBadMoveWindow;
}

// slabs reassign <class> <class>, automove ...
OutcomeCode CheckSlabs(const Words& words) {
  if (words[1] == "reassign" && words.count() == 4) return OutcomeCode::kSlabsFixed;
  if (words[1] != "automove" || words.count() < 3) return OutcomeCode::kUnknownCommand;
  return CheckAutomove(words);
}

}  // namespace

OutcomeCode CheckTuning(std::string_view line) {
  const Words words(line);
  if (words[0] == "lru_crawler") return CheckCrawler(words);
  return words[0] == "lru" ? CheckLru(words) : CheckSlabs(words);
}

}  // namespace ringcached::protocol
