#include "protocol/tuning.h"

#include <gtest/gtest.h>

#include <string_view>

#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

TEST(CheckTuning, TakesWhatMemcachedWouldFollow) {
  for (const char* const line :
       {"lru_crawler enable", "lru_crawler disable", "lru_crawler sleep 0",
        "lru_crawler sleep 1000000", "lru_crawler tocrawl 0", "lru_crawler tocrawl 4294967295",
        "lru_crawler crawl all", "lru_crawler crawl 1,2", "lru tune 10 20 0.1 2.0",
        "lru tune 40 40 1 1", "lru mode flat", "lru mode segmented", "lru temp_ttl 5",
        "lru temp_ttl -1", "slabs automove 0", "slabs automove 1", "slabs automove 2",
        "slabs automove freeratio 0.1"}) {
    EXPECT_EQ(CheckTuning(line), OutcomeCode::kOk) << line;
  }
}

TEST(CheckTuning, DoesNotKnowTheRest) {
  for (const char* const line : {"lru_crawler",
                                 "lru_crawler x",
                                 "lru_crawler sleep",
                                 "lru_crawler crawl",
                                 "lru_crawler enable x",
                                 "lru_crawler sleep 1 2",
                                 "lru_crawler x 1",
                                 "lru",
                                 "lru tune 10",
                                 "lru tune x 20 1 1",
                                 "lru tune 10 20 1",
                                 "lru tune 10 20 x 1",
                                 "lru tune 10 20 1 1x",
                                 "lru tune -1 20 1 1",
                                 "lru mode",
                                 "lru mode x",
                                 "lru temp_ttl",
                                 "lru temp_ttl x",
                                 "lru x",
                                 "slabs",
                                 "slabs x",
                                 "slabs reassign",
                                 "slabs reassign 1",
                                 "slabs reassign 1 2 3",
                                 "slabs automove",
                                 "slabs automove 3"}) {
    EXPECT_EQ(CheckTuning(line), OutcomeCode::kUnknownCommand) << line;
  }
}

struct RefusalCase {
  const char* line;
  OutcomeCode code;
};

TEST(CheckTuning, RefusesInMemcachedsWords) {
  const RefusalCase cases[] = {
      {"lru_crawler sleep 1000001", OutcomeCode::kBadCrawlerSleep},
      {"lru_crawler sleep x", OutcomeCode::kBadFormat},
      {"lru_crawler sleep -1", OutcomeCode::kBadFormat},
      {"lru_crawler sleep 4294967296", OutcomeCode::kBadFormat},
      {"lru_crawler tocrawl x", OutcomeCode::kBadFormat},
      {"lru_crawler tocrawl 4294967296", OutcomeCode::kBadFormat},
      {"lru_crawler crawl foo", OutcomeCode::kBadClass},
      {"lru_crawler crawl 0", OutcomeCode::kBadClass},
      {"lru tune 50 40 1 1", OutcomeCode::kBadLruShares},
      {"lru tune 81 0 1 1", OutcomeCode::kBadLruShares},
      {"lru tune 0 81 1 1", OutcomeCode::kBadLruShares},
      {"lru tune 1 4294967295 1 1", OutcomeCode::kBadLruShares},
      {"lru tune 10 20 0 1", OutcomeCode::kBadLruAgeFactors},
      {"lru tune 10 20 1 -0.5", OutcomeCode::kBadLruAgeFactors},
      {"slabs reassign 1 2", OutcomeCode::kSlabsFixed},
      {"slabs automove x", OutcomeCode::kBadFormat},
  };
  for (const RefusalCase& c : cases) EXPECT_EQ(CheckTuning(c.line), c.code) << c.line;
}

struct AnswerCase {
  std::string_view line;
  std::string_view answer;
};

// The words of memcached 1.6.45.
TEST(Tuning, IsAnsweredAndChangesNothing) {
  const AnswerCase cases[] = {
      {"lru_crawler enable", "OK\r\n"},
      {"lru_crawler crawl 1", "OK\r\n"},
      {"lru_crawler crawl foo", "BADCLASS invalid class id\r\n"},
      {"lru_crawler sleep 1000001", "CLIENT_ERROR sleep must be one second or less\r\n"},
      {"lru_crawler sleep x", "CLIENT_ERROR bad command line format\r\n"},
      {"lru_crawler x", "ERROR\r\n"},
      {"lru mode flat", "OK\r\n"},
      {"lru tune 50 40 1 1", "ERROR hot and warm pcts must not exceed 80\r\n"},
      {"lru tune 10 20 0 1", "ERROR hot/warm age factors must be greater than 0\r\n"},
      {"slabs automove 1", "OK\r\n"},
      {"slabs reassign 1 2", "CLIENT_ERROR slab reassignment disabled\r\n"},
      {"slabs automove 1 noreply", ""},
      {"lru_crawler x noreply", ""},
  };
  SessionWorld world;
  SessionPeer peer(world);
  for (const AnswerCase& c : cases) {
    EXPECT_EQ(peer.Ask(std::string(c.line) + "\r\n"), c.answer) << c.line;
  }
  EXPECT_FALSE(peer.ended());
}

}  // namespace
}  // namespace ringcached::protocol
