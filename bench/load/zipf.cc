#include "bench/load/zipf.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace ringcached::load {
namespace {

constexpr double kGoldenRatio = 0.6180339887498949;

// The golden section of a range strews neighbours over it.
uint64_t StrideOver(uint64_t key_count) {
  auto stride = static_cast<uint64_t>(static_cast<double>(key_count) * kGoldenRatio) | 1;
  while (std::gcd(stride, key_count) != 1) stride += 2;
  return stride;
}

// log(1 + x) / x and (exp(x) - 1) / x, also where x is next to nothing.
double Log1pOver(double x) { return std::abs(x) > 1e-8 ? std::log1p(x) / x : 1 - x / 2; }
double Expm1Over(double x) { return std::abs(x) > 1e-8 ? std::expm1(x) / x : 1 + x / 2; }

}  // namespace

ZipfKeys::ZipfKeys(uint64_t key_count, double exponent)
    : key_count_(key_count),
      exponent_(exponent),
      any_(0, key_count - 1),
      stride_(StrideOver(key_count)) {
  assert(key_count > 0 && key_count <= kMaxKeys && exponent >= 0);
  if (exponent == 0) return;
  first_ = Integral(1.5) - 1;
  last_ = Integral(static_cast<double>(key_count) + 0.5);
  accepted_ = 2 - InverseIntegral(Integral(2.5) - Weight(2));
}

uint64_t ZipfKeys::KeyOf(uint64_t rank) const { return (rank - 1) * stride_ % key_count_; }

uint64_t ZipfKeys::Rank(std::mt19937_64& random) const {
  std::uniform_real_distribution<double> uniform(first_, last_);
  while (true) {
    const double y = uniform(random);
    const double x = InverseIntegral(y);
    const double rank = std::clamp(std::round(x), 1.0, static_cast<double>(key_count_));
    if (rank - x <= accepted_ || y >= Integral(rank + 0.5) - Weight(rank)) {
      return static_cast<uint64_t>(rank);
    }
  }
}

double ZipfKeys::Integral(double x) const {
  const double log = std::log(x);
  return Expm1Over((1 - exponent_) * log) * log;
}

double ZipfKeys::InverseIntegral(double y) const {
  const double t = std::max(y * (1 - exponent_), -1.0);
  return std::exp(Log1pOver(t) * y);
}

double ZipfKeys::Weight(double x) const { return std::exp(-exponent_ * std::log(x)); }

}  // namespace ringcached::load
