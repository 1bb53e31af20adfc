// ringcached_simulation: many seeds, and what of each kind of fault they met. A seed that fails is
// printed with its step, and can be run alone. After some failures no more are begun.

#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/simulation/simulation.h"

namespace ringcached::simulation {
namespace {

// Each seed has a cache of its own, of whose arena jemalloc keeps some addresses for good.
constexpr uint64_t kMostSeeds = 100'000;

struct Options {
  uint64_t first_seed = 1;
  uint64_t seeds = 10'000;
  unsigned threads = std::max(1U, std::thread::hardware_concurrency());
};

// What a worker is at, for the message of a crash.
thread_local uint64_t current_seed = 0;
thread_local std::atomic<uint64_t> current_step = 0;

// Of functions that a signal handler may call.
void WriteNumber(uint64_t number) {
  char digits[20];
  size_t at = sizeof(digits);
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, digits + at, sizeof(digits) - at);
}

void WriteText(const char* text) {
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, text, std::char_traits<char>::length(text));
}

void TellOfCrash(int signal) {
  WriteText("\ncrashed at seed ");
  WriteNumber(current_seed);
  WriteText(", step ");
  WriteNumber(current_step.load());
  WriteText("\n");
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

class Totals {
 public:
  void Add(uint64_t seed, const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    ++seeds_;
    events_ += outcome.events;
    steps_ += outcome.steps;
    clients_ += outcome.clients;
    clock_jumps_ += outcome.clock_jumps;
    faults_ += outcome.faults;
    if (outcome.failure.empty()) return;
    ++failures_;
    std::printf("FAILED: seed %lu, step %lu: %s\n", static_cast<unsigned long>(seed),
                static_cast<unsigned long>(outcome.steps), outcome.failure.c_str());
    std::fflush(stdout);
  }

  void Print() {
    const std::lock_guard lock(mutex_);
    const auto line = [](const char* name, uint64_t count) {
      std::printf("%-20s %lu\n", name, static_cast<unsigned long>(count));
    };
    line("seeds", seeds_);
    line("steps", steps_);
    line("ring events", events_);
    line("clients", clients_);
    line("clock jumps", clock_jumps_);
    for (const server::FaultKind& kind : server::AllFaultKinds()) {
      line(kind.name, faults_.*kind.count);
    }
    line("failures", failures_);
  }

  // Until all workers have ended.
  void ShowProgress(uint64_t wanted, unsigned workers) {
    std::unique_lock lock(mutex_);
    do {
      std::fprintf(stderr, "\r%lu of %lu seeds, %lu failures ", static_cast<unsigned long>(seeds_),
                   static_cast<unsigned long>(wanted), static_cast<unsigned long>(failures_));
    } while (!worker_ended_.wait_for(lock, kProgressInterval, [&] { return ended_ == workers; }));
    std::fputs("\n", stderr);
  }
  void EndWorker() {
    const std::lock_guard lock(mutex_);
    ++ended_;
    worker_ended_.notify_all();
  }
  bool good() const { return failures_ == 0 && seeds_ > 0; }
  bool hopeless() {
    const std::lock_guard lock(mutex_);
    return failures_ >= kMostFailures;
  }

 private:
  static constexpr uint64_t kMostFailures = 10;
  static constexpr std::chrono::milliseconds kProgressInterval{500};

  std::mutex mutex_;
  std::condition_variable worker_ended_;
  unsigned ended_ = 0;
  uint64_t seeds_ = 0;
  uint64_t steps_ = 0;
  uint64_t events_ = 0;
  uint64_t clients_ = 0;
  uint64_t clock_jumps_ = 0;
  uint64_t failures_ = 0;
  server::FaultCounters faults_;
};

int Main(const Options& options) {
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE}) std::signal(signal, TellOfCrash);
  Totals totals;
  std::atomic<uint64_t> next = options.first_seed;
  const uint64_t end = options.first_seed + options.seeds;
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < options.threads; ++i) {
    workers.emplace_back([&] {
      while (!totals.hopeless() && (current_seed = next.fetch_add(1)) < end) {
        totals.Add(current_seed, Simulate(current_seed, &current_step));
      }
      totals.EndWorker();
    });
  }
  if (isatty(STDERR_FILENO) != 0) totals.ShowProgress(options.seeds, options.threads);
  for (std::thread& worker : workers) worker.join();
  totals.Print();
  return totals.good() ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace ringcached::simulation

int main(int argc, char** argv) {
  ringcached::simulation::Options options;
  CLI::App app("Runs the server's reactor over a ring that is only simulated, with faults.");
  app.add_option("--first-seed", options.first_seed, "The first one")->capture_default_str();
  app.add_option("--seeds", options.seeds, "How many; for more of them start it again")
      ->check(CLI::Range(uint64_t{1}, ringcached::simulation::kMostSeeds))
      ->capture_default_str();
  app.add_option("--threads", options.threads, "Seeds at a time")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  return ringcached::simulation::Main(options);
}
