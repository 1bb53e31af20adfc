#include "bench/simulation/s3_fifo.h"

namespace ringcached::simulation {
namespace {

// Shares of the highest credit below which one use more is needed, and in main yet another.
constexpr double kPromoteOneMoreBelow = 0.9;
constexpr double kKeepOneMoreBelow = 0.8;
constexpr double kKeepTwoMoreBelow = 0.5;

}  // namespace

void GhostSet::Add(Object object, uint64_t max_generation_objects) {
  if (++added_ > max_generation_objects) {
    ++generation_;
    added_ = 1;
  }
  generation_of_[object] = generation_;
}

bool GhostSet::Take(Object object) {
  const bool remembered = generation_of_[object] + 1 >= generation_;
  generation_of_[object] = 0;
  return remembered;
}

S3Fifo::S3Fifo(const std::vector<uint32_t>& bytes, const LogOptions& log_options,
               const S3FifoOptions& options)
    : LogCache(bytes, log_options, 2), options_(options), ghosts_(bytes.size()) {}

// An item that is overwritten stays where it is, or main would lose it to the small queue.
uint32_t S3Fifo::QueueOfSet(Object object) {
  if (Holds(object)) return QueueOf(object);
  return ghosts_.Take(object) ? kMain : kSmall;
}

uint32_t S3Fifo::QueueToEvict() {
  const double small_limit = options_.small_share * static_cast<double>(options().capacity_bytes);
  const bool small_is_big = static_cast<double>(log().queue_bytes(kSmall)) > small_limit;
  if (log().queue(kMain).empty()) return kSmall;
  return small_is_big && !log().queue(kSmall).empty() ? kSmall : kMain;
}

uint32_t S3Fifo::UsesToKeep(uint32_t queue) const {
  const double credit = CreditShare();
  if (queue == kSmall) return options_.promote_uses + (credit < kPromoteOneMoreBelow ? 1u : 0u);
  return 1u + (credit < kKeepOneMoreBelow ? 1u : 0u) + (credit < kKeepTwoMoreBelow ? 1u : 0u);
}

void S3Fifo::KeepInMain(Object object, uint32_t from_queue) {
  uint8_t& uses = access(object).uses;
  uses = from_queue == kSmall ? uint8_t{0} : static_cast<uint8_t>(uses - 1);
  Keep(object, kMain);
}

void S3Fifo::EvictFrom(Object object, uint32_t queue) {
  Evicted(object);
  if (queue != kSmall) return;
  const double remembered = options_.ghost_share * static_cast<double>(item_count());
  ghosts_.Add(object, static_cast<uint64_t>(remembered));
}

// A large item is kept without a copy in main, and on its way there whatever the credit is.
void S3Fifo::EvictOversize(SegmentId victim, uint32_t queue) {
  const Object object = Visit(victim).front();
  const bool keep = access(object).uses >= UsesToKeep(queue);
  if (keep && queue == kMain) {
    --access(object).uses;
    log().Requeue(victim);
    return;
  }
  keep ? KeepInMain(object, queue) : EvictFrom(object, queue);
  Release(victim);
}

void S3Fifo::Evict() {
  const uint32_t queue = QueueToEvict();
  const SegmentId victim = *log().Oldest(queue);
  if (log().IsOversize(victim)) {
    EvictOversize(victim, queue);
    return;
  }
  for (const Object object : Visit(victim)) {
    const bool keep = access(object).uses >= UsesToKeep(queue) && credit_bytes() >= BytesOf(object);
    keep ? KeepInMain(object, queue) : EvictFrom(object, queue);
  }
  Release(victim);
}

}  // namespace ringcached::simulation
