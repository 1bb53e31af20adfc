// What a test's course depends on: numbers from a seed, the same with every library, or from bytes
// that a fuzzer makes up.

#ifndef RINGCACHED_TESTS_SIMULATION_CHOICES_H_
#define RINGCACHED_TESTS_SIMULATION_CHOICES_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <string_view>

namespace ringcached::simulation {

class Choices {
 public:
  virtual ~Choices() = default;

  // One of [0, bound). REQUIRES: bound > 0.
  virtual size_t Below(size_t bound) = 0;
  // True if there are no more; the next ones are then all 0.
  virtual bool ended() const { return false; }

  size_t Between(size_t least, size_t most) { return least + Below(most - least + 1); }
  bool OneIn(size_t times) { return Below(times) == 0; }
};

class Random final : public Choices {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  size_t Below(size_t bound) override { return static_cast<size_t>(engine_()) % bound; }

 private:
  std::mt19937_64 engine_;
};

// One byte for bounds up to 256, else three.
class ChosenBytes final : public Choices {
 public:
  explicit ChosenBytes(std::string_view bytes) : bytes_(bytes) {}
  bool ended() const override { return bytes_.empty(); }
  size_t Below(size_t bound) override {
    size_t number = Take();
    if (bound > 256) number |= Take() << 8 | Take() << 16;
    return number % bound;
  }

 private:
  size_t Take() {
    if (bytes_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return byte;
  }

  std::string_view bytes_;
};

}  // namespace ringcached::simulation

#endif  // RINGCACHED_TESTS_SIMULATION_CHOICES_H_
