#include "tests/simulation/script.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

namespace ringcached::simulation {
namespace {

constexpr size_t kKeys = 4;
constexpr size_t kUsualValueBytes = 300;
constexpr size_t kHeaderBytes = 24;
constexpr size_t kCasOffset = 16;
constexpr size_t kCasBytes = 8;
constexpr size_t kBodyLengthOffset = 8;
constexpr char kResponseMagic = '\x81';

enum BinaryOpcode : uint8_t { kGet = 0, kSet = 1, kDelete = 4, kGetQuiet = 9, kNoop = 10 };

std::string BigEndian(uint64_t number, size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[bytes - 1 - i] = static_cast<char>(number >> (8 * i));
  return text;
}

struct Packet {
  uint8_t magic;
  uint8_t opcode;
  uint16_t status = 0;  // zero in requests
  std::string extras = {};
  std::string key = {};
  std::string value = {};
  uint32_t opaque;
};

std::string Encode(const Packet& packet) {
  const size_t body = packet.extras.size() + packet.key.size() + packet.value.size();
  return absl::StrCat(BigEndian(packet.magic, 1), BigEndian(packet.opcode, 1),
                      BigEndian(packet.key.size(), 2), BigEndian(packet.extras.size(), 1),
                      BigEndian(0, 1), BigEndian(packet.status, 2), BigEndian(body, 4),
                      BigEndian(packet.opaque, 4), BigEndian(0, kCasBytes), packet.extras,
                      packet.key, packet.value);
}

std::string Request(uint8_t opcode, uint32_t opaque, std::string key = {}, std::string extras = {},
                    std::string value = {}) {
  return Encode({.magic = 0x80,
                 .opcode = opcode,
                 .extras = std::move(extras),
                 .key = std::move(key),
                 .value = std::move(value),
                 .opaque = opaque});
}

std::string Response(uint8_t opcode, uint32_t opaque, std::string extras = {},
                     std::string value = {}) {
  return Encode({.magic = 0x81,
                 .opcode = opcode,
                 .extras = std::move(extras),
                 .value = std::move(value),
                 .opaque = opaque});
}

std::string NotFound(uint8_t opcode, uint32_t opaque) {
  return Encode(
      {.magic = 0x81, .opcode = opcode, .status = 1, .value = "Not found", .opaque = opaque});
}

size_t BodyBytes(std::string_view packet) {
  size_t bytes = 0;
  for (size_t i = 0; i < 4; ++i) {
    bytes = bytes << 8 | static_cast<uint8_t>(packet[kBodyLengthOffset + i]);
  }
  return bytes;
}

}  // namespace

void Script::AddRequest(Choices& choices, std::string* requests, std::string* replies) {
  switch (dialect_) {
    case Dialect::kText:
      return AddText(choices, requests, replies);
    case Dialect::kMeta:
      return AddMeta(choices, requests, replies);
    case Dialect::kBinary:
      return AddBinary(choices, requests, replies);
  }
}

void Script::Normalize(std::string* replies) const {
  if (dialect_ != Dialect::kBinary) return;
  size_t at = 0;
  while (at + kCasOffset < replies->size() && (*replies)[at] == kResponseMagic) {
    const size_t cas_bytes = std::min(kCasBytes, replies->size() - at - kCasOffset);
    std::fill_n(replies->begin() + static_cast<ptrdiff_t>(at + kCasOffset), cas_bytes, '\0');
    at += kHeaderBytes + BodyBytes(std::string_view(*replies).substr(at));
  }
}

std::string Script::KeyFor(Choices& choices) const {
  const std::string key = absl::StrCat("c", number_, "k", choices.Below(kKeys));
  return choices.OneIn(16) ? key + std::string(choices.Between(1, 200), 'x') : key;
}

std::string Script::ValueFor(Choices& choices) const {
  const size_t most = choices.OneIn(20) ? most_value_bytes_ : kUsualValueBytes;
  std::string value(choices.Below(most + 1), '\0');
  const size_t first = choices.Below(26);
  for (size_t i = 0; i < value.size(); ++i) {
    value[i] = static_cast<char>('a' + (first + i / 7) % 26);
  }
  return value;
}

const Script::Item* Script::Find(const std::string& key) const {
  const auto found = items_.find(key);
  return found == items_.end() ? nullptr : &found->second;
}

void Script::AddText(Choices& choices, std::string* requests, std::string* replies) {
  const std::string key = KeyFor(choices);
  switch (choices.Below(9)) {
    case 0:
    case 1:
    case 2:
      return AddTextStore(choices, requests, replies);
    case 3:
      absl::StrAppend(requests, "delete ", key, "\r\n");
      absl::StrAppend(replies, items_.erase(key) > 0 ? "DELETED\r\n" : "NOT_FOUND\r\n");
      return;
    case 4:
      absl::StrAppend(requests, "touch ", key, " 0\r\n");
      absl::StrAppend(replies, Find(key) != nullptr ? "TOUCHED\r\n" : "NOT_FOUND\r\n");
      return;
    case 5:
      return AddTextIncrement(choices, requests, replies);
    case 6:
      absl::StrAppend(requests, "nonsense ", key, "\r\n");
      absl::StrAppend(replies, "ERROR\r\n");
      return;
    default:
      return AddTextGet(choices, requests, replies);
  }
}

bool Script::Store(std::string_view verb, const std::string& key, const Item& item) {
  const Item* const present = Find(key);
  if (verb == "add" ? present != nullptr : verb != "set" && present == nullptr) return false;
  Item stored = item;
  if (verb == "append") stored = {present->value + item.value, present->flags};
  if (verb == "prepend") stored = {item.value + present->value, present->flags};
  items_[key] = stored;
  return true;
}

void Script::AddTextStore(Choices& choices, std::string* requests, std::string* replies) {
  static constexpr std::array<std::string_view, 8> kVerbs = {"set", "set",    "set",     "set",
                                                             "add", "append", "replace", "prepend"};
  std::string_view verb = kVerbs[choices.Below(kVerbs.size())];
  const std::string key = KeyFor(choices);
  const Item item{ValueFor(choices), static_cast<uint32_t>(choices.Below(3))};
  // What is joined again and again would come to the largest item.
  const Item* const present = Find(key);
  if (present != nullptr && present->value.size() > most_value_bytes_) verb = "set";
  const bool quiet = choices.OneIn(5);
  absl::StrAppend(requests, absl::string_view(verb.data(), verb.size()), " ", key, " ", item.flags,
                  " 0 ", item.value.size(), quiet ? " noreply" : "", "\r\n", item.value, "\r\n");
  const bool stored = Store(verb, key, item);
  if (!quiet) absl::StrAppend(replies, stored ? "STORED\r\n" : "NOT_STORED\r\n");
}

void Script::AddTextGet(Choices& choices, std::string* requests, std::string* replies) {
  absl::StrAppend(requests, "get");
  for (size_t keys = choices.Between(1, 5); keys > 0; --keys) {
    const std::string key = KeyFor(choices);
    absl::StrAppend(requests, " ", key);
    const Item* const item = Find(key);
    if (item == nullptr) continue;
    absl::StrAppend(replies, "VALUE ", key, " ", item->flags, " ", item->value.size(), "\r\n",
                    item->value, "\r\n");
  }
  absl::StrAppend(requests, "\r\n");
  absl::StrAppend(replies, "END\r\n");
}

void Script::AddTextIncrement(Choices& choices, std::string* requests, std::string* replies) {
  const std::string key = absl::StrCat("c", number_, "n");
  if (counter_ == 0) {
    counter_ = choices.Between(1, 1000);
    absl::StrAppend(requests, "set ", key, " 0 0 ", absl::StrCat(counter_).size(), "\r\n", counter_,
                    "\r\n");
    absl::StrAppend(replies, "STORED\r\n");
    return;
  }
  const size_t delta = choices.Below(100'000);
  counter_ += delta;
  absl::StrAppend(requests, "incr ", key, " ", delta, "\r\n");
  absl::StrAppend(replies, counter_, "\r\n");
}

void Script::AddMeta(Choices& choices, std::string* requests, std::string* replies) {
  const std::string key = KeyFor(choices);
  const Item* const present = Find(key);
  switch (choices.Below(6)) {
    case 0:
    case 1: {
      const Item item{ValueFor(choices), static_cast<uint32_t>(choices.Below(3))};
      absl::StrAppend(requests, "ms ", key, " ", item.value.size(), " F", item.flags, "\r\n",
                      item.value, "\r\n");
      absl::StrAppend(replies, "HD\r\n");
      items_[key] = item;
      return;
    }
    case 2:
      absl::StrAppend(requests, "md ", key, "\r\n");
      absl::StrAppend(replies, items_.erase(key) > 0 ? "HD\r\n" : "NF\r\n");
      return;
    case 3:
      absl::StrAppend(requests, "mn\r\n");
      absl::StrAppend(replies, "MN\r\n");
      return;
    default: {
      const bool quiet = choices.OneIn(3);
      absl::StrAppend(requests, "mg ", key, " f v", quiet ? " q" : "", "\r\n");
      if (present != nullptr) {
        absl::StrAppend(replies, "VA ", present->value.size(), " f", present->flags, "\r\n",
                        present->value, "\r\n");
      } else if (!quiet) {
        absl::StrAppend(replies, "EN\r\n");
      }
      return;
    }
  }
}

void Script::AddBinary(Choices& choices, std::string* requests, std::string* replies) {
  const std::string key = KeyFor(choices);
  const Item* const present = Find(key);
  const uint32_t opaque = ++opaque_;
  switch (choices.Below(6)) {
    case 0:
    case 1: {
      const Item item{ValueFor(choices), static_cast<uint32_t>(choices.Below(3))};
      absl::StrAppend(requests, Request(kSet, opaque, key,
                                        BigEndian(item.flags, 4) + BigEndian(0, 4), item.value));
      absl::StrAppend(replies, Response(kSet, opaque));
      items_[key] = item;
      return;
    }
    case 2:
      absl::StrAppend(requests, Request(kDelete, opaque, key));
      absl::StrAppend(
          replies, items_.erase(key) > 0 ? Response(kDelete, opaque) : NotFound(kDelete, opaque));
      return;
    case 3:
      absl::StrAppend(requests, Request(kNoop, opaque));
      absl::StrAppend(replies, Response(kNoop, opaque));
      return;
    default: {
      const uint8_t opcode = choices.OneIn(3) ? kGetQuiet : kGet;
      absl::StrAppend(requests, Request(opcode, opaque, key));
      if (present != nullptr) {
        absl::StrAppend(replies,
                        Response(opcode, opaque, BigEndian(present->flags, 4), present->value));
      } else if (opcode == kGet) {
        absl::StrAppend(replies, NotFound(opcode, opaque));
      }
      return;
    }
  }
}

}  // namespace ringcached::simulation
