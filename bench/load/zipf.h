// Keys that are asked for as Zipf's law says, each rank's key somewhere else in the key space.

#ifndef RINGCACHED_BENCH_LOAD_ZIPF_H_
#define RINGCACHED_BENCH_LOAD_ZIPF_H_

#include <cstdint>
#include <random>

namespace ringcached::load {

class ZipfKeys {
 public:
  static constexpr uint64_t kMaxKeys = uint64_t{1} << 32;

  // The key of rank r, counted from 1, is asked for r^-exponent times as often as the first.
  // REQUIRES: 0 < key_count <= kMaxKeys, exponent >= 0; 0 asks for all alike.
  ZipfKeys(uint64_t key_count, double exponent);

  // Below key_count.
  uint64_t operator()(std::mt19937_64& random) {
    return exponent_ == 0 ? any_(random) : KeyOf(Rank(random));
  }

  // The key of a rank from 1 to key_count; no two have the same.
  uint64_t KeyOf(uint64_t rank) const;

 private:
  // Rejection-inversion: W. Hoermann, G. Derflinger, "Rejection-inversion to generate variates from
  // monotone discrete distributions", ACM TOMACS 6 (1996). No table, so any number of keys.
  uint64_t Rank(std::mt19937_64& random) const;
  // The integral of x^-exponent, and its inverse.
  double Integral(double x) const;
  double InverseIntegral(double y) const;
  double Weight(double x) const;

  uint64_t key_count_;
  double exponent_;
  std::uniform_int_distribution<uint64_t> any_;
  uint64_t stride_;   // between the keys of two ranks; has no divisor in common with key_count_
  double first_ = 0;  // of the integral's range
  double last_ = 0;
  double accepted_ = 0;  // so far below a rank, a point needs no comparison
};

}  // namespace ringcached::load

#endif  // RINGCACHED_BENCH_LOAD_ZIPF_H_
