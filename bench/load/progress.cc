#include "bench/load/progress.h"

#include <unistd.h>

#include <cstdio>
#include <utility>

namespace ringcached::load {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;
// Ends what a longer line left.
constexpr const char* kClearLine = "\r\033[K";

}  // namespace

Progress::Progress(std::string phase, int64_t start_ns, double seconds)
    : phase_(std::move(phase)),
      start_ns_(start_ns),
      seconds_(seconds),
      on_terminal_(isatty(STDERR_FILENO) == 1),
      next_ns_(start_ns + kNsPerS) {}

Progress::~Progress() {
  if (on_terminal_) std::fputs(kClearLine, stderr);
}

void Progress::Show(const Tally& tally, int64_t now_ns) {
  if (!on_terminal_ || now_ns < next_ns_) return;
  const int64_t passed_ns = now_ns - next_ns_ + kNsPerS;  // since it was shown last
  const uint64_t answered = tally.answered() - answered_;
  std::fprintf(stderr, "%s%s: %.0f of %.0f s, %.0f requests/s, p99 so far %.0f us", kClearLine,
               phase_.c_str(), static_cast<double>(now_ns - start_ns_) / 1e9, seconds_,
               static_cast<double>(answered) * 1e9 / static_cast<double>(passed_ns),
               static_cast<double>(tally.latency.QuantileNs(0.99)) / 1e3);
  answered_ = tally.answered();
  next_ns_ = now_ns + kNsPerS;
}

}  // namespace ringcached::load
