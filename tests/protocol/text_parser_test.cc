#include "protocol/text_parser.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>

#include "storage/key.h"

namespace ringcached::protocol {
namespace {

constexpr size_t kLineEndBytes = 2;

struct ParsedLine : TextLine {
  Request request;
};

ParsedLine Parse(std::string_view line) {
  ParsedLine parsed;
  static_cast<TextLine&>(parsed) =
      ParseTextLine(line, line.size() + kLineEndBytes, &parsed.request);
  return parsed;
}

std::string Key(size_t bytes) { return std::string(bytes, 'k'); }

struct WholeCase {
  const char* line;
  Command command;
  bool quiet = false;
};

TEST(ParseTextLine, UnderstandsEveryCommandWithoutAValue) {
  const WholeCase cases[] = {
      {"delete k", Command::kDelete},
      {"delete k 0", Command::kDelete},
      {"delete k noreply", Command::kDelete, true},
      {"delete k 0 noreply", Command::kDelete, true},
      {"incr k 1", Command::kIncrement},
      {"incr k 1 noreply", Command::kIncrement, true},
      {"incr k 1 noreply x", Command::kIncrement},
      {"decr k 1", Command::kDecrement},
      {"decr k 1 noreply", Command::kDecrement, true},
      {"touch k 10", Command::kTouch},
      {"touch k 10 noreply", Command::kTouch, true},
      {"flush_all", Command::kFlushAll},
      {"flush_all noreply", Command::kFlushAll, true},
      {"flush_all 10", Command::kFlushAll},
      {"flush_all 10 noreply", Command::kFlushAll, true},
      {"version", Command::kVersion},
      {"version x", Command::kVersion},
      {"version noreply", Command::kVersion},
      {"verbosity 1", Command::kVerbosity},
      {"verbosity 1 noreply", Command::kVerbosity, true},
      {"cache_memlimit 64", Command::kMemoryLimit},
      {"cache_memlimit 64 x", Command::kMemoryLimit},
      {"cache_memlimit 64 1 2", Command::kMemoryLimit},
      {"cache_memlimit 64 noreply", Command::kMemoryLimit, true},
      {"cache_memlimit 64 1 noreply", Command::kMemoryLimit, true},
      {"stats", Command::kStats},
      {"stats noreply", Command::kStats},
      {"quit", Command::kQuit},
      {"quit noreply", Command::kQuit},
  };
  for (const WholeCase& c : cases) {
    const ParsedLine parsed = Parse(c.line);
    EXPECT_EQ(parsed.action, TextAction::kExecute) << c.line;
    EXPECT_EQ(parsed.request.command, c.command) << c.line;
    EXPECT_EQ(parsed.request.quiet, c.quiet) << c.line;
  }
}

TEST(ParseTextLine, ReadsArguments) {
  EXPECT_EQ(Parse("delete some-key").request.key.bytes, "some-key");
  EXPECT_EQ(Parse("incr k 18446744073709551615").request.delta,
            std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(Parse("touch k -5").request.exptime, -5);
  EXPECT_EQ(Parse("flush_all 30").request.exptime, 30);
  EXPECT_EQ(Parse("flush_all").request.exptime, 0);
  EXPECT_EQ(Parse("verbosity 2").request.verbosity, 2u);
  EXPECT_EQ(Parse("verbosity 18446744073709551615").request.verbosity, 3u);
  EXPECT_EQ(Parse("stats").request.argument, "");
  EXPECT_EQ(Parse("stats settings").request.argument, "settings");
}

TEST(ParseTextLine, UnderstandsEveryStore) {
  const WholeCase cases[] = {
      {"set k 5 10 3", Command::kSet},
      {"set k 5 10 3 surplus", Command::kSet},
      {"set k 5 10 3 noreply", Command::kSet, true},
      {"add k 5 10 3", Command::kAdd},
      {"add k 5 10 3 noreply", Command::kAdd, true},
      {"replace k 5 10 3", Command::kReplace},
      {"append k 5 10 3", Command::kAppend},
      {"prepend  k  5  10  3 ", Command::kPrepend},
      {"cas k 5 10 3 17", Command::kCas},
      {"cas k 5 10 3 17 noreply", Command::kCas, true},
  };
  for (const WholeCase& c : cases) {
    const ParsedLine parsed = Parse(c.line);
    EXPECT_EQ(parsed.action, TextAction::kReceiveValue) << c.line;
    EXPECT_EQ(parsed.request.command, c.command) << c.line;
    EXPECT_EQ(parsed.request.quiet, c.quiet) << c.line;
    EXPECT_EQ(parsed.request.key.bytes, "k") << c.line;
    EXPECT_EQ(parsed.request.client_flags, 5u) << c.line;
    EXPECT_EQ(parsed.request.exptime, 10) << c.line;
    EXPECT_EQ(parsed.request.value_bytes, 3u) << c.line;
    EXPECT_EQ(parsed.request.cas, c.command == Command::kCas ? 17u : 0u) << c.line;
  }
}

TEST(ParseTextLine, CutsFlagsTo32Bits) {
  EXPECT_EQ(Parse("set k 4294967295 0 1").request.client_flags, 4294967295u);
  EXPECT_EQ(Parse("set k 4294967301 0 1").request.client_flags, 5u);
}

struct GetCase {
  const char* line;
  Command command;
  bool want_cas;
  const char* keys;  // what is left of the line
};

TEST(ParseTextLine, LeavesTheKeysOfAGet) {
  const GetCase cases[] = {
      {"get a", Command::kGet, false, " a"},
      {"get  a b ", Command::kGet, false, "  a b "},
      {"get a noreply", Command::kGet, false, " a noreply"},
      {"gets a b", Command::kGet, true, " a b"},
      {"gat 10 a", Command::kGet, false, " a"},
      {"gats  -1  a b", Command::kGet, true, "  a b"},
  };
  for (const GetCase& c : cases) {
    const ParsedLine parsed = Parse(c.line);
    ASSERT_EQ(parsed.action, TextAction::kGetKeys) << c.line;
    EXPECT_EQ(parsed.request.command, c.command) << c.line;
    EXPECT_EQ(parsed.request.want_cas, c.want_cas) << c.line;
    EXPECT_FALSE(parsed.request.quiet) << c.line;
    EXPECT_EQ(std::string_view(c.line).substr(parsed.keys_offset), c.keys) << c.line;
  }
  EXPECT_EQ(Parse("gat 10 a").request.exptime, 10);
  EXPECT_EQ(Parse("gats -1 a").request.exptime, -1);
}

struct RefusalCase {
  std::string line;
  OutcomeCode refusal;
  TextAction action = TextAction::kRefuse;
  bool quiet = false;
};

void ExpectRefusal(const RefusalCase& c) {
  const ParsedLine parsed = Parse(c.line);
  EXPECT_EQ(parsed.action, c.action) << c.line;
  EXPECT_EQ(parsed.refusal, c.refusal) << c.line;
  EXPECT_EQ(parsed.request.quiet, c.quiet) << c.line;
}

TEST(ParseTextLine, RefusesBadFormats) {
  for (const char* const line : {"",
                                 "x",
                                 "get",
                                 "get ",
                                 "gets",
                                 "gat",
                                 "gats",
                                 "gat 0",
                                 "gat x",
                                 "set",
                                 "set a",
                                 "set a 0",
                                 "set a 0 0",
                                 "cas a 0 0",
                                 "set a 0 0 x",
                                 "set a 0 0 -1",
                                 "set a 0 0 +1",
                                 "set a 0 0 1x",
                                 "set a 0 0 1\r",
                                 "set a 0 0 2147483646",
                                 "set a 0 0 99999999999999999999",
                                 "set a b c d",
                                 "set a 0 0 noreply",
                                 "delete",
                                 "incr",
                                 "incr a",
                                 "decr a",
                                 "touch",
                                 "touch a",
                                 "verbosity",
                                 "verbosity x",
                                 "verbosity -1"}) {
    ExpectRefusal({line, OutcomeCode::kBadFormat});
  }
  for (const char* const verb : {"delete ", "incr ", "decr ", "touch "}) {
    ExpectRefusal({verb + Key(251) + " 1", OutcomeCode::kBadFormat});
    EXPECT_EQ(Parse(verb + Key(250) + " 1").action, TextAction::kExecute) << verb;
  }
}

TEST(ParseTextLine, RefusesBadNumbers) {
  for (const char* const line : {"incr a x", "incr a -1", "incr a +1", "decr a 1x", "incr a 1.5",
                                 "incr a 18446744073709551616"}) {
    ExpectRefusal({line, OutcomeCode::kInvalidDelta});
  }
  for (const char* const line : {"touch a x", "touch a +1", "touch a 9223372036854775808",
                                 "gat x a", "gats 1x a", "flush_all x", "flush_all noreply 0"}) {
    ExpectRefusal({line, OutcomeCode::kInvalidExptime});
  }
}

TEST(ParseTextLine, RefusesBadMemoryLimits) {
  for (const char* const line :
       {"cache_memlimit", "cache_memlimit x", "cache_memlimit -1", "cache_memlimit 64x",
        "cache_memlimit 4294967296", "cache_memlimit +64", "cache_memlimit 18446744073709551616"}) {
    ExpectRefusal({line, OutcomeCode::kUnknownCommand});
  }
  EXPECT_EQ(Parse("cache_memlimit 4294967295").request.megabytes, 4294967295u);
}

TEST(ParseTextLine, SwallowsTheValueOfARefusedStoreWhoseLengthIsKnown) {
  const RefusalCase bad{"", OutcomeCode::kBadFormat, TextAction::kSwallowValue};
  for (const std::string& line :
       {std::string("set a x 0 7"), std::string("set a -1 0 7"), std::string("set a 1x 0 7"),
        std::string("set a 18446744073709551616 0 7"), std::string("set a 0 x 7"),
        std::string("set a 0 99999999999999999999 7"), std::string("cas a 0 0 7"),
        std::string("cas a 0 0 7 x"), std::string("cas a 0 0 7 -1"),
        std::string("cas a 0 0 7 18446744073709551616"), "set " + Key(251) + " 0 0 7"}) {
    RefusalCase c = bad;
    c.line = line;
    ExpectRefusal(c);
    EXPECT_EQ(Parse(line).request.value_bytes, 7u) << line;
  }
  ExpectRefusal({"set a x 0 7 noreply", OutcomeCode::kBadFormat, TextAction::kSwallowValue, true});
}

TEST(ParseTextLine, SilencesRefusalsOnRequest) {
  for (const char* const line :
       {"bogus noreply", "incr a x noreply", "touch a x noreply", "flush_all x noreply",
        "cache_memlimit noreply", "cache_memlimit x noreply"}) {
    EXPECT_EQ(Parse(line).action, TextAction::kRefuse) << line;
    EXPECT_TRUE(Parse(line).request.quiet) << line;
  }
  // A store whose length cannot be told is answered.
  EXPECT_FALSE(Parse("set a 0 0 x noreply").request.quiet);
}

TEST(ParseTextLine, DoesNotKnowOtherCommands) {
  for (const char* const line : {"xx", "bogus", "GET a", "Get a", " get a", "get\ta", "getx a",
                                 "quitx", "stat", "    ", "mget a", "HTTP/1.1", "a HTTP/1.1 b"}) {
    ExpectRefusal({line, OutcomeCode::kUnknownCommand});
  }
}

TEST(ParseTextLine, ClosesOnHttp) {
  for (const char* const line : {"GET / HTTP/1.1", "POST /x HTTP/1.0", "x HTTP/"}) {
    EXPECT_EQ(Parse(line).action, TextAction::kClose) << line;
  }
  EXPECT_EQ(Parse("get HTTP/1.1").action, TextAction::kGetKeys);
}

TEST(ParseTextLine, CountsTheLineEndInItsLeastLength) {
  Request request;
  EXPECT_EQ(ParseTextLine("xxx", 4, &request).refusal, OutcomeCode::kUnknownCommand);
  EXPECT_EQ(ParseTextLine("xx", 3, &request).refusal, OutcomeCode::kBadFormat);
}

TEST(ParseTextLine, LeavesNothingOfTheLineBefore) {
  Request request;
  ParseTextLine("cas k 5 10 3 17 noreply", 25, &request);
  ParseTextLine("version", 9, &request);
  EXPECT_FALSE(request.quiet);
  EXPECT_EQ(request.value_bytes, 0u);
  EXPECT_TRUE(request.key.bytes.empty());
}

TEST(IsUnboundedGet, IsTrueOfGetAndGets) {
  EXPECT_TRUE(IsUnboundedGet("get a"));
  EXPECT_TRUE(IsUnboundedGet("gets a"));
  for (const char* const line : {"get", "gets", "gat 0 a", "set a", "getx ", " get a", ""}) {
    EXPECT_FALSE(IsUnboundedGet(line)) << line;
  }
}

}  // namespace
}  // namespace ringcached::protocol
