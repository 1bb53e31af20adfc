#include "protocol/dump_parser.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "protocol/numbers.h"
#include "protocol/words.h"

namespace ringcached::protocol {
namespace {

using Words = FirstWords<4>;

// memcached's classes of items that there may be. All items here are of the first.
constexpr uint64_t kEndOfClasses = 64;
constexpr uint64_t kOurClass = 1;

struct TopicName {
  std::string_view name;
  WatchTopic topic;
};
constexpr TopicName kTopics[] = {
    {"fetchers", kWatchFetchers},   {"mutations", kWatchMutations},
    {"evictions", kWatchEvictions}, {"connevents", kWatchConnevents},
    {"deletions", kWatchDeletions},
};

std::optional<WatchTopic> FindTopic(std::string_view name) {
  for (const TopicName& topic : kTopics) {
    if (topic.name == name) return topic.topic;
  }
  return std::nullopt;
}

}  // namespace

OutcomeCode ParseClasses(std::string_view list, bool* ours) {
  *ours = list == "all";
  if (*ours) return OutcomeCode::kOk;
  bool any = false;
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    const std::string_view text = list.substr(0, comma);
    list.remove_prefix(std::min(comma + 1, list.size()));
    // As memcached, which does not see that nothing stands between two commas.
    if (text.empty()) continue;
    const std::optional<uint64_t> number = ParseUnsigned(text);
    if (!number || *number == 0 || *number >= kEndOfClasses) return OutcomeCode::kBadClass;
    any = true;
    if (*number == kOurClass) *ours = true;
  }
  return any ? OutcomeCode::kOk : OutcomeCode::kNoClasses;
}

OutcomeCode ParseCrawlerDump(std::string_view line, Request* request) {
  const Words words(line);
  if (words[1] == "metadump") {
    request->dump.format = DumpFormat::kMetadump;
  } else if (words[1] == "mgdump") {
    request->dump.format = DumpFormat::kMgdump;
  } else {
    return OutcomeCode::kUnknownCommand;
  }
  if (words.count() != 3) return OutcomeCode::kUnknownCommand;
  request->command = Command::kDump;
  if (words[2] == "hash") return OutcomeCode::kOk;
  bool ours = false;
  const OutcomeCode code = ParseClasses(words[2], &ours);
  request->dump.nothing = !ours;
  return code;
}

OutcomeCode ParseStatsDump(std::string_view line, Request* request) {
  const Words words(line);
  if (words[1] == "sizes") {
    request->command = Command::kDump;
    request->dump.format = DumpFormat::kSizes;
    return OutcomeCode::kOk;
  }
  if (words[1] != "cachedump") return OutcomeCode::kUnknownCommand;
  if (words[3].empty()) return OutcomeCode::kBadCachedump;
  const std::optional<uint32_t> number = ParseUnsigned32(words[2]);
  const std::optional<uint32_t> items = ParseUnsigned32(words[3]);
  if (!number || !items) return OutcomeCode::kBadFormat;
  if (*number >= kEndOfClasses) return OutcomeCode::kIllegalSlab;
  request->command = Command::kDump;
  request->dump = {DumpFormat::kCachedump, *items, *number != kOurClass};
  return OutcomeCode::kOk;
}

OutcomeCode ParseWatch(std::string_view line, Request* request) {
  line.remove_prefix(NextWord(line).consumed);
  for (Word word = NextWord(line); !word.text.empty(); word = NextWord(line)) {
    const std::optional<WatchTopic> topic = FindTopic(word.text);
    if (!topic) return OutcomeCode::kUnknownCommand;
    request->watch_topics |= *topic;
    line.remove_prefix(word.consumed);
  }
  if (request->watch_topics == 0) request->watch_topics = kWatchFetchers;
  return OutcomeCode::kOk;
}

}  // namespace ringcached::protocol
