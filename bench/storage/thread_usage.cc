#include "bench/storage/thread_usage.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <string>

namespace ringcached::storage {
namespace {

constexpr int64_t kNsPerS = 1'000'000'000;
constexpr int kFieldsBeforeSteal = 7;  // of the line "cpu" in /proc/stat

}  // namespace

ThreadUsage UsageOfThisThread() {
  timespec cpu{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  return {.cpu_ns = cpu.tv_sec * kNsPerS + cpu.tv_nsec,
          .switches = usage.ru_nivcsw + usage.ru_nvcsw,
          .faults = usage.ru_minflt};
}

ThreadUsage operator-(const ThreadUsage& a, const ThreadUsage& b) {
  return {a.cpu_ns - b.cpu_ns, a.switches - b.switches, a.faults - b.faults};
}

ThreadUsage& operator+=(ThreadUsage& a, const ThreadUsage& b) {
  a.cpu_ns += b.cpu_ns;
  a.switches += b.switches;
  a.faults += b.faults;
  return a;
}

int64_t StolenNs() {
  std::ifstream file("/proc/stat");
  std::string name;
  file >> name;
  int64_t ticks = 0;
  for (int i = 0; i <= kFieldsBeforeSteal; ++i) file >> ticks;
  return ticks * (kNsPerS / sysconf(_SC_CLK_TCK));
}

}  // namespace ringcached::storage
