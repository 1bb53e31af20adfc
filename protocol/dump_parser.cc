#include "protocol/dump_parser.h"

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

// A list of classes; false if one of them cannot be.
bool ParseClasses(std::string_view list, DumpRequest* dump) {
  dump->nothing = true;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    const std::optional<uint64_t> number = ParseUnsigned(list.substr(0, comma));
    if (!number || *number == 0 || *number >= kEndOfClasses) return false;
    if (*number == kOurClass) dump->nothing = false;
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
  }
  return true;
}

std::optional<WatchTopic> FindTopic(std::string_view name) {
  for (const TopicName& topic : kTopics) {
    if (topic.name == name) return topic.topic;
  }
  return std::nullopt;
}

}  // namespace

OutcomeCode ParseCrawlerDump(std::string_view line, Request* request) {
  const Words words(line);
  if (words[1] == "metadump") {
    request->dump.format = DumpFormat::kMetadump;
  } else if (words[1] == "mgdump") {
    request->dump.format = DumpFormat::kMgdump;
  } else {
    return OutcomeCode::kUnknownCommand;
  }
  if (words[2].empty()) return OutcomeCode::kUnknownCommand;
  request->command = Command::kDump;
  if (words[2] == "all" || words[2] == "hash") return OutcomeCode::kOk;
  return ParseClasses(words[2], &request->dump) ? OutcomeCode::kOk : OutcomeCode::kBadClass;
}

bool IsClassList(std::string_view list) {
  DumpRequest ignored;
  return list == "all" || list == "hash" || ParseClasses(list, &ignored);
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
  const std::optional<uint64_t> number = ParseUnsigned(words[2]);
  const std::optional<uint64_t> items = ParseUnsigned(words[3]);
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
