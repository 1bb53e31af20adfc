// What a simulated client asks, and what it must be told: requests on keys of its own, drawn from a
// seed, and their replies by a plain model of the protocol. Nothing of the server's code takes
// part.

#ifndef RINGCACHED_TESTS_SIMULATION_SCRIPT_H_
#define RINGCACHED_TESTS_SIMULATION_SCRIPT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tests/simulation/choices.h"

namespace ringcached::simulation {

enum class Dialect : uint8_t { kText, kMeta, kBinary };
inline constexpr size_t kDialects = 3;

class Script {
 public:
  // No other script of a simulation has this number: it is part of the keys.
  Script(uint64_t number, Dialect dialect, size_t most_value_bytes)
      : number_(number), dialect_(dialect), most_value_bytes_(most_value_bytes) {}

  // Appends one request, and the reply that it must get, which may be none.
  void AddRequest(Choices& choices, std::string* requests, std::string* replies);

  // Replies as they may be compared: the numbers of versions, which no model knows, are zeros.
  void Normalize(std::string* replies) const;

 private:
  struct Item {
    std::string value;
    uint32_t flags = 0;
  };

  std::string KeyFor(Choices& choices) const;
  std::string ValueFor(Choices& choices) const;
  const Item* Find(const std::string& key) const;

  void AddText(Choices& choices, std::string* requests, std::string* replies);
  void AddTextStore(Choices& choices, std::string* requests, std::string* replies);
  void AddTextGet(Choices& choices, std::string* requests, std::string* replies);
  void AddTextIncrement(Choices& choices, std::string* requests, std::string* replies);
  void AddMeta(Choices& choices, std::string* requests, std::string* replies);
  void AddBinary(Choices& choices, std::string* requests, std::string* replies);
  bool Store(std::string_view verb, const std::string& key, const Item& item);

  const uint64_t number_;
  const Dialect dialect_;
  const size_t most_value_bytes_;
  std::map<std::string, Item> items_;
  uint64_t counter_ = 0;  // of AddTextIncrement(); 0: not set yet
  uint32_t opaque_ = 0;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_TESTS_SIMULATION_SCRIPT_H_
