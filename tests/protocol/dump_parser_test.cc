#include "protocol/dump_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "protocol/text_parser.h"

namespace ringcached::protocol {
namespace {

constexpr size_t kLineEndBytes = 2;

struct Parsed {
  OutcomeCode code = OutcomeCode::kOk;
  Request request;
};

Parsed Crawl(std::string_view line) {
  Parsed parsed;
  parsed.code = ParseCrawlerDump(line, &parsed.request);
  return parsed;
}

Parsed Stats(std::string_view line) {
  Parsed parsed;
  parsed.code = ParseStatsDump(line, &parsed.request);
  return parsed;
}

Parsed Watch(std::string_view line) {
  Parsed parsed;
  parsed.code = ParseWatch(line, &parsed.request);
  return parsed;
}

struct ClassesCase {
  const char* list;
  bool nothing;
};

TEST(ParseCrawlerDump, UnderstandsAllHashAndLists) {
  const ClassesCase cases[] = {
      {"all", false}, {"hash", false},  {"1", false},  {"1,2", false},  {"2,1", false},
      {"2", true},    {"63,2,3", true}, {"63", true},  {"1,1", false},  {"1,", false},
      {"01", false},  {"2,", true},     {",1", false}, {"1,,2", false},
  };
  for (const ClassesCase& c : cases) {
    const Parsed metadump = Crawl("lru_crawler metadump " + std::string(c.list));
    EXPECT_EQ(metadump.code, OutcomeCode::kOk) << c.list;
    EXPECT_EQ(metadump.request.command, Command::kDump) << c.list;
    EXPECT_EQ(metadump.request.dump.format, DumpFormat::kMetadump) << c.list;
    EXPECT_EQ(metadump.request.dump.nothing, c.nothing) << c.list;
    EXPECT_EQ(metadump.request.dump.max_items, 0u) << c.list;
    const Parsed mgdump = Crawl("lru_crawler mgdump " + std::string(c.list));
    EXPECT_EQ(mgdump.code, OutcomeCode::kOk) << c.list;
    EXPECT_EQ(mgdump.request.command, Command::kDump) << c.list;
    EXPECT_EQ(mgdump.request.dump.format, DumpFormat::kMgdump) << c.list;
    EXPECT_EQ(mgdump.request.dump.nothing, c.nothing) << c.list;
  }
}

TEST(ParseCrawlerDump, RefusesClassesThatCannotBe) {
  for (const std::string list : {"foo", "0", "64", "-1", "+1", "1,foo", "1,0", "64,1", "All",
                                 "hash,1", "18446744073709551617"}) {
    EXPECT_EQ(Crawl("lru_crawler metadump " + list).code, OutcomeCode::kBadClass) << list;
    EXPECT_EQ(Crawl("lru_crawler mgdump " + list).code, OutcomeCode::kBadClass) << list;
  }
}

TEST(ParseCrawlerDump, RefusesAListOfNothing) {
  EXPECT_EQ(Crawl("lru_crawler metadump ,").code, OutcomeCode::kNoClasses);
  EXPECT_EQ(Crawl("lru_crawler metadump 1 2").code, OutcomeCode::kUnknownCommand);
}

TEST(ParseCrawlerDump, LeavesOtherLinesAlone) {
  for (const char* const line :
       {"lru_crawler", "lru_crawler metadump", "lru_crawler mgdump ", "lru_crawler enable",
        "lru_crawler dump all", "lru_crawler Metadump all", "lru_crawler crawl all"}) {
    EXPECT_EQ(Crawl(line).code, OutcomeCode::kUnknownCommand) << line;
    EXPECT_NE(Crawl(line).request.command, Command::kDump) << line;
  }
}

TEST(ParseStatsDump, UnderstandsSizes) {
  for (const char* const line : {"stats sizes", "stats  sizes ", "stats sizes x"}) {
    EXPECT_EQ(Stats(line).code, OutcomeCode::kOk) << line;
    EXPECT_EQ(Stats(line).request.command, Command::kDump) << line;
    EXPECT_EQ(Stats(line).request.dump.format, DumpFormat::kSizes) << line;
  }
}

struct CachedumpCase {
  const char* arguments;
  uint64_t max_items;
  bool nothing;
};

TEST(ParseStatsDump, UnderstandsCachedump) {
  const CachedumpCase cases[] = {
      {"1 0", 0, false},   {"1 5", 5, false}, {"1 4294967295", 4294967295, false},
      {"0 0", 0, true},    {"2 7", 7, true},  {"63 1", 1, true},
      {"1 2 x", 2, false},
  };
  for (const CachedumpCase& c : cases) {
    const Parsed parsed = Stats("stats cachedump " + std::string(c.arguments));
    EXPECT_EQ(parsed.code, OutcomeCode::kOk) << c.arguments;
    EXPECT_EQ(parsed.request.command, Command::kDump) << c.arguments;
    EXPECT_EQ(parsed.request.dump.format, DumpFormat::kCachedump) << c.arguments;
    EXPECT_EQ(parsed.request.dump.max_items, c.max_items) << c.arguments;
    EXPECT_EQ(parsed.request.dump.nothing, c.nothing) << c.arguments;
  }
}

TEST(ParseStatsDump, RefusesOtherCachedumps) {
  for (const std::string arguments : {"", " ", " 1", " x", " 64"}) {
    EXPECT_EQ(Stats("stats cachedump" + arguments).code, OutcomeCode::kBadCachedump) << arguments;
  }
  for (const std::string arguments : {"x 0", "1 x", "-1 1", "1 -1", "1, 0", "1 1.0", "1 noreply",
                                      "1 18446744073709551616", "64 x"}) {
    EXPECT_EQ(Stats("stats cachedump " + arguments).code, OutcomeCode::kBadFormat) << arguments;
  }
  for (const std::string arguments : {"64 0", "255 1", "4294967295 0"}) {
    EXPECT_EQ(Stats("stats cachedump " + arguments).code, OutcomeCode::kIllegalSlab) << arguments;
  }
}

TEST(ParseStatsDump, LeavesOtherLinesAlone) {
  for (const char* const line :
       {"stats", "stats items", "stats slabs", "stats reset", "stats Sizes", "stats size",
        "stats cachedumps 1 0", "stats x sizes"}) {
    EXPECT_EQ(Stats(line).code, OutcomeCode::kUnknownCommand) << line;
    EXPECT_NE(Stats(line).request.command, Command::kDump) << line;
  }
}

struct TopicsCase {
  const char* line;
  uint32_t topics;
};

TEST(ParseWatch, TakesFetchersUnlessTold) {
  const TopicsCase cases[] = {
      {"watch", kWatchFetchers},
      {"watch ", kWatchFetchers},
      {"watch fetchers", kWatchFetchers},
      {"watch mutations", kWatchMutations},
      {"watch evictions", kWatchEvictions},
      {"watch connevents", kWatchConnevents},
      {"watch deletions", kWatchDeletions},
      {"watch  mutations   fetchers ", kWatchFetchers | kWatchMutations},
      {"watch mutations mutations", kWatchMutations},
      {"watch fetchers mutations evictions connevents deletions", kWatchableTopics},
  };
  for (const TopicsCase& c : cases) {
    EXPECT_EQ(Watch(c.line).code, OutcomeCode::kOk) << c.line;
    EXPECT_EQ(Watch(c.line).request.watch_topics, c.topics) << c.line;
  }
}

TEST(ParseWatch, RefusesWordsItDoesNotKnow) {
  for (const char* const line : {"watch foo", "watch fetchers foo", "watch foo fetchers",
                                 "watch Fetchers", "watch fetcher", "watch fetchers,mutations"}) {
    EXPECT_EQ(Watch(line).code, OutcomeCode::kUnknownCommand) << line;
  }
}

TextLine ParseLine(std::string_view line, Request* request) {
  return ParseTextLine(line, line.size() + kLineEndBytes, request);
}

// What the parser of all lines makes of these.
TEST(ParseTextLine, PassesDumpsOn) {
  Request request;
  EXPECT_EQ(ParseLine("lru_crawler mgdump hash", &request).action, TextAction::kExecute);
  EXPECT_EQ(request.command, Command::kDump);
  EXPECT_EQ(request.dump.format, DumpFormat::kMgdump);
  EXPECT_EQ(ParseLine("stats cachedump 2 3", &request).action, TextAction::kExecute);
  EXPECT_EQ(request.command, Command::kDump);
  EXPECT_TRUE(request.dump.nothing);
  EXPECT_EQ(ParseLine("stats items", &request).action, TextAction::kExecute);
  EXPECT_EQ(request.command, Command::kStats);
  EXPECT_EQ(ParseLine("watch deletions", &request).action, TextAction::kExecute);
  EXPECT_EQ(request.command, Command::kWatch);
  EXPECT_EQ(request.watch_topics, uint32_t{kWatchDeletions});
}

TEST(ParseTextLine, PassesRefusalsOn) {
  const struct {
    const char* line;
    OutcomeCode refusal;
  } cases[] = {
      {"lru_crawler metadump foo", OutcomeCode::kBadClass},
      {"lru_crawler metadump", OutcomeCode::kUnknownCommand},
      {"stats cachedump 1", OutcomeCode::kBadCachedump},
      {"stats cachedump 64 0", OutcomeCode::kIllegalSlab},
      {"watch nobody", OutcomeCode::kUnknownCommand},
  };
  for (const auto& c : cases) {
    Request request;
    const TextLine parsed = ParseLine(c.line, &request);
    EXPECT_EQ(parsed.action, TextAction::kRefuse) << c.line;
    EXPECT_EQ(parsed.refusal, c.refusal) << c.line;
  }
}

}  // namespace
}  // namespace ringcached::protocol
