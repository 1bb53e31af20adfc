#include "protocol/text_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>

#include "tests/protocol/session_peer.h"

namespace ringcached::protocol {
namespace {

std::string Written(const Outcome& outcome) {
  ReplySink sink;
  WriteTextOutcome(outcome, "1.2.3", sink);
  return Contents(sink);
}

TEST(WriteTextOutcome, SaysEveryOutcomeInMemcachedsWords) {
  const struct {
    OutcomeCode code;
    std::string_view words;
  } cases[] = {
      {OutcomeCode::kStored, "STORED\r\n"},
      {OutcomeCode::kNotStored, "NOT_STORED\r\n"},
      {OutcomeCode::kExists, "EXISTS\r\n"},
      {OutcomeCode::kNotFound, "NOT_FOUND\r\n"},
      {OutcomeCode::kDeleted, "DELETED\r\n"},
      {OutcomeCode::kTouched, "TOUCHED\r\n"},
      {OutcomeCode::kOk, "OK\r\n"},
      {OutcomeCode::kReset, "RESET\r\n"},
      {OutcomeCode::kStats, "END\r\n"},
      {OutcomeCode::kVersion, "VERSION 1.2.3\r\n"},
      {OutcomeCode::kTooLarge, "SERVER_ERROR object too large for cache\r\n"},
      {OutcomeCode::kOutOfMemoryStoring, "SERVER_ERROR out of memory storing object\r\n"},
      {OutcomeCode::kOutOfMemory, "SERVER_ERROR out of memory\r\n"},
      {OutcomeCode::kNonNumeric,
       "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n"},
      {OutcomeCode::kBadDataChunk, "CLIENT_ERROR bad data chunk\r\n"},
      {OutcomeCode::kBadFormat, "CLIENT_ERROR bad command line format\r\n"},
      {OutcomeCode::kInvalidExptime, "CLIENT_ERROR invalid exptime argument\r\n"},
      {OutcomeCode::kInvalidDelta, "CLIENT_ERROR invalid numeric delta argument\r\n"},
      {OutcomeCode::kUnknownCommand, "ERROR\r\n"},
      {OutcomeCode::kUnknownArgument, "ERROR\r\n"},
      {OutcomeCode::kHit, ""},
      {OutcomeCode::kMiss, ""},
      {OutcomeCode::kClose, ""},
  };
  for (const auto& c : cases) EXPECT_EQ(Written({c.code}), c.words);
}

TEST(WriteTextOutcome, WritesNumbersUpTo64Bits) {
  EXPECT_EQ(Written({OutcomeCode::kNumber, 0}), "0\r\n");
  EXPECT_EQ(Written({OutcomeCode::kNumber, std::numeric_limits<uint64_t>::max()}),
            "18446744073709551615\r\n");
}

TEST(WriteTextStat, WritesNameAndValue) {
  ReplySink sink;
  WriteTextStat("curr_items", "17", sink);
  WriteTextStat("empty", "", sink);
  EXPECT_EQ(Contents(sink), "STAT curr_items 17\r\nSTAT empty \r\n");
}

int pins_made = 0;

storage::Pin MakeNothingPin(void*) {
  ++pins_made;
  return {};
}

storage::ItemView View(std::string_view key, std::string_view value) {
  storage::ItemView view;
  view.key = key;
  view.value = value;
  view.client_flags = std::numeric_limits<uint32_t>::max();
  view.cas = std::numeric_limits<uint64_t>::max();
  view.make_pin = &MakeNothingPin;
  return view;
}

std::string WrittenValue(std::string_view key, std::string_view value, bool want_cas) {
  ReplySink sink;
  WriteTextValue(View(key, value), want_cas, sink);
  return Contents(sink);
}

TEST(WriteTextValue, WritesHeaderAndValue) {
  EXPECT_EQ(WrittenValue("k", "abc", false), "VALUE k 4294967295 3\r\nabc\r\n");
  EXPECT_EQ(WrittenValue("k", "abc", true), "VALUE k 4294967295 3 18446744073709551615\r\nabc\r\n");
  EXPECT_EQ(WrittenValue("k", "", false), "VALUE k 4294967295 0\r\n\r\n");
}

TEST(WriteTextValue, HasRoomForTheLongestHeader) {
  const std::string key(storage::kMaxKeyBytes, 'k');
  const std::string value(1 << 20, 'v');
  EXPECT_EQ(WrittenValue(key, value, true),
            "VALUE " + key + " 4294967295 1048576 18446744073709551615\r\n" + value + "\r\n");
}

TEST(WriteTextValue, CopiesSmallValuesAndPinsLargeOnes) {
  for (const size_t bytes : {kMaxCopiedValueBytes - 1, kMaxCopiedValueBytes}) {
    pins_made = 0;
    const std::string value(bytes, 'v');
    EXPECT_EQ(WrittenValue("k", value, false).size(), 28 + bytes);
    EXPECT_EQ(pins_made, 0);
  }
  pins_made = 0;
  const std::string value(kMaxCopiedValueBytes + 1, 'v');
  EXPECT_EQ(WrittenValue("k", value, false).size(), 28 + value.size());
  EXPECT_EQ(pins_made, 1);
}

}  // namespace
}  // namespace ringcached::protocol
