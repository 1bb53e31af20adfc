#include "bench/compare/loads.h"

namespace ringcached::compare {

using load::Dialect;
using load::Mix;

const std::vector<Store>& Stores() {
  static const std::vector<Store> kStores = {
      {"small", 100'000, 100}, {"full", 1'000'000, 100}, {"large", 10'000'000, 100}};
  return kStores;
}

const Store* FindStore(std::string_view name) {
  for (const Store& store : Stores()) {
    if (store.name == name) return &store;
  }
  return nullptr;
}

const std::vector<Load>& Loads() {
  static constexpr Mix kGets{.sets = 0, .gets = 1};
  static constexpr Mix kSets{.sets = 1, .gets = 0};
  static constexpr Mix kMostlyGets{.sets = 1, .gets = 10};
  static constexpr Mix kMultigets{.sets = 0, .gets = 1, .keys_per_get = 50};
  static constexpr Mix kZipf{.sets = 1, .gets = 10, .zipf_exponent = 0.99};
  static const std::vector<Load> kLoads = {
      {.name = "one_key_50", .one_key = true, .at_most = 0.75, .floor = {{.factor = 1.10}}},
      {.name = "one_key_1000",
       .connections = 1000,
       .one_key = true,
       .at_most = 0.72,
       .floor = {{.factor = 1.10}}},
      {.name = "one_key_p16",
       .pipeline = 16,
       .one_key = true,
       .at_most = 0.36,
       .floor = {{.plus_us = 0.12}}},
      {.name = "one_key_p64",
       .pipeline = 64,
       .one_key = true,
       .at_most = 0.18,
       .floor = {{.plus_us = 0.12}}},
      {.name = "get_p16", .pipeline = 16, .at_most = 0.25},
      {.name = "get_p64", .pipeline = 64, .at_most = 0.18},
      {.name = "multiget_50", .mix = kMultigets, .at_most = 0.15},
      {.name = "misses_p16", .pipeline = 16, .absent = true, .at_most = 0.45},
      {.name = "meta_p16", .dialect = Dialect::kMeta, .pipeline = 16, .at_most = 0.25},
      {.name = "binary_p16", .dialect = Dialect::kBinary, .pipeline = 16, .at_most = 0.25},
      {.name = "rate_20", .rate_share = 0.2, .at_most = 0.85},
      {.name = "p999_rate_60", .rate_share = 0.6, .figure = Figure::kP999},
      // No other may be dearer than the reference.
      {.name = "get_50", .mix = kGets},
      {.name = "mix_50", .mix = kMostlyGets},
      {.name = "zipf_50", .mix = kZipf},
      {.name = "zipf_p16", .pipeline = 16, .mix = kZipf},
      {.name = "set_50", .mix = kSets},
      {.name = "set_p16", .pipeline = 16, .mix = kSets},
      {.name = "meta_50", .dialect = Dialect::kMeta},
      {.name = "binary_50", .dialect = Dialect::kBinary},
      {.name = "binary_multiget_50", .dialect = Dialect::kBinary, .mix = kMultigets},
      {.name = "misses_50", .absent = true},
      {.name = "set_full_p16", .store = "full", .pipeline = 16, .mix = kSets, .at_most = 0.30},
      {.name = "get_10m_p16", .store = "large", .pipeline = 16, .at_most = 0.22},
  };
  return kLoads;
}

}  // namespace ringcached::compare
