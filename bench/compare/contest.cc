#include "bench/compare/contest.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <random>

#include "bench/summary/summary.h"

namespace ringcached::compare {
namespace {

constexpr size_t kRateRounds = 5;

class Contest {
 public:
  Contest(const Load& load, const Store& store, const ContestOptions& options)
      : load_(load), store_(store), options_(options), random_(options.seed) {}

  absl::Status Add(const Server& server) {
    absl::StatusOr<std::unique_ptr<Contestant>> contestant =
        Contestant::Open(server, load_, store_);
    if (!contestant.ok()) return contestant.status();
    contestants_.push_back(*std::move(contestant));
    figures_.emplace_back();
    return absl::OkStatus();
  }

  // The rate of an open loop, by what this contestant does in a closed one.
  absl::Status FindRate(size_t contestant) {
    std::vector<double> rates;
    for (size_t i = 0; i < kRateRounds; ++i) {
      const absl::StatusOr<SliceResult> slice = contestants_[contestant]->Run(
          {.seconds = options_.slice_s, .seed = random_(), .check_every = options_.check_every});
      if (!slice.ok()) return slice.status();
      rates.push_back(slice->requests_per_s);
    }
    rate_ = load_.rate_share * summary::Summarize(rates).median;
    return absl::OkStatus();
  }

  // The first round warms up.
  absl::Status Run() {
    for (size_t round = 0; round <= options_.rounds; ++round) {
      if (absl::Status done = Round(round > 0); !done.ok()) return done;
    }
    return absl::OkStatus();
  }

  const std::vector<double>& figures(size_t contestant) const { return figures_[contestant]; }
  size_t size() const { return contestants_.size(); }
  double rate() const { return rate_; }

 private:
  absl::Status Round(bool counts) {
    std::vector<size_t> order(contestants_.size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::shuffle(order.begin(), order.end(), random_);
    const uint64_t seed = random_();
    for (const size_t index : order) {
      const absl::StatusOr<SliceResult> slice = contestants_[index]->Run(
          {.seconds = slice_s(), .rate = rate_, .seed = seed, .check_every = options_.check_every});
      if (!slice.ok()) return slice.status();
      if (counts) figures_[index].push_back(FigureOf(*slice));
    }
    return absl::OkStatus();
  }

  double slice_s() const {
    return load_.figure == Figure::kP999 ? options_.latency_slice_s : options_.slice_s;
  }

  double FigureOf(const SliceResult& slice) const {
    return load_.figure == Figure::kP999 ? slice.p999_us : slice.cpu_us;
  }

  const Load& load_;
  const Store& store_;
  const ContestOptions& options_;
  std::mt19937_64 random_;
  double rate_ = 0;
  std::vector<std::unique_ptr<Contestant>> contestants_;
  std::vector<std::vector<double>> figures_;  // of each contestant
};

constexpr size_t kJudged = 0;
constexpr size_t kReference = 1;
constexpr size_t kFirstFloor = 2;

std::vector<double> Cheapest(const Contest& contest, size_t rounds) {
  std::vector<double> cheapest;
  for (size_t round = 0; round < rounds; ++round) {
    double least = contest.figures(kFirstFloor)[round];
    for (size_t floor = kFirstFloor; floor < contest.size(); ++floor) {
      least = std::min(least, contest.figures(floor)[round]);
    }
    cheapest.push_back(least);
  }
  return cheapest;
}

absl::Status AddAll(const Field& field, const Load& load, Contest& contest) {
  if (absl::Status added = contest.Add(field.judged); !added.ok()) return added;
  if (absl::Status added = contest.Add(field.reference); !added.ok()) return added;
  if (!load.floor.has_value()) return absl::OkStatus();
  for (const Server& floor : field.floors) {
    if (absl::Status added = contest.Add(floor); !added.ok()) return added;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Figures> Compare(const Field& field, const Load& load, const Store& store,
                                const ContestOptions& options) {
  Contest contest(load, store, options);
  if (absl::Status added = AddAll(field, load, contest); !added.ok()) return added;
  if (load.rate_share > 0) {
    if (absl::Status found = contest.FindRate(kReference); !found.ok()) return found;
  }
  if (absl::Status run = contest.Run(); !run.ok()) return run;
  Figures figures{.judged = contest.figures(kJudged),
                  .reference = contest.figures(kReference),
                  .rate = contest.rate()};
  if (contest.size() > kFirstFloor) figures.floor = Cheapest(contest, options.rounds);
  return figures;
}

}  // namespace ringcached::compare
