#include "bench/density/measurement.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "bench/density/items.h"
#include "bench/load/clock.h"
#include "bench/load/endpoint.h"

namespace ringcached::density {
namespace {

constexpr size_t kBatchBytes = 64 << 10;
constexpr uint64_t kMaxBatchItems = 1000;
constexpr int64_t kSampleIntervalNs = 20'000'000;
constexpr uint32_t kConnectTimeoutS = 10;
constexpr uint64_t kBytesPerMib = uint64_t{1} << 20;
constexpr size_t kLineBytes = 16;  // about what a request and its reply take beside key and value

class Measurement {
 public:
  explicit Measurement(const Options& options) : options_(options) {}

  absl::StatusOr<Result> Run() {
    if (absl::Status status = Connect(); !status.ok()) return status;
    if (absl::Status status = Sample(result_.start); !status.ok()) return status;
    for (const size_t value_bytes : options_.value_bytes) {
      if (absl::Status status = Fill(value_bytes); !status.ok()) return status;
    }
    sampled_highest_kib_ = result_.fills.back().filled.rss_kib;
    for (size_t i = result_.fills.size(); i-- > 0;) {
      if (absl::Status status = ReadBack(i); !status.ok()) return status;
    }
    if (absl::Status status = Sample(result_.end); !status.ok()) return status;
    result_.read_highest_kib = sampled_highest_kib_;
    result_.highest_kib = std::max(result_.highest_kib, result_.end.vm_peak_kib);
    return std::move(result_);
  }

 private:
  using Send = absl::Status (TextClient::*)(const Batch& batch);
  using Take = absl::Status (TextClient::*)(const Batch& batch, BatchTally& tally);

  absl::Status Connect() {
    const auto endpoint = load::Endpoint::Resolve("127.0.0.1", options_.port);
    if (!endpoint.ok()) return endpoint.status();
    for (size_t i = 0; i < options_.connections; ++i) {
      absl::StatusOr<server::UniqueFd> fd = endpoint->Connect(kConnectTimeoutS);
      if (!fd.ok()) return fd.status();
      clients_.emplace_back(*std::move(fd));
    }
    return absl::OkStatus();
  }

  absl::Status Sample(MemorySample& sample) {
    const absl::StatusOr<MemorySample> taken = SampleMemory(options_.pid);
    if (!taken.ok()) return taken.status();
    sample = *taken;
    sampled_highest_kib_ = std::max(sampled_highest_kib_, sample.rss_kib);
    result_.highest_kib = std::max(result_.highest_kib, sample.rss_kib);
    sampled_ns_ = load::NowNs();
    return absl::OkStatus();
  }

  absl::Status Fill(size_t value_bytes) {
    const double limit_bytes = static_cast<double>(options_.limit_mib * kBytesPerMib);
    const double keys = options_.fill * limit_bytes / static_cast<double>(kKeyBytes + value_bytes);
    FillResult& fill = result_.fills.emplace_back();
    fill.value_bytes = value_bytes;
    fill.keys = static_cast<uint64_t>(keys);
    sampled_highest_kib_ = 0;
    absl::Status status =
        ForAllItems(result_.fills.size() - 1, &TextClient::SendSets, &TextClient::TakeSetReplies);
    if (!status.ok()) return status;
    if (status = Sample(fill.filled); !status.ok()) return status;
    fill.fill_highest_kib = sampled_highest_kib_;
    return absl::OkStatus();
  }

  absl::Status ReadBack(size_t fill) {
    return ForAllItems(fill, &TextClient::SendGets, &TextClient::TakeGetReplies);
  }

  uint64_t FirstKey(size_t fill) const {
    uint64_t first = 0;
    for (size_t i = 0; i < fill; ++i) first += result_.fills[i].keys;
    return first;
  }

  // A batch on every connection, then the replies of all of them, until all items had their turn.
  absl::Status ForAllItems(size_t fill_number, Send send, Take take) {
    FillResult& fill = result_.fills[fill_number];
    const size_t item_bytes = kKeyBytes + fill.value_bytes + kLineBytes;
    const uint64_t most = std::clamp<uint64_t>(kBatchBytes / item_bytes, 1, kMaxBatchItems);
    std::vector<Batch> batches(clients_.size());
    uint64_t next = FirstKey(fill_number);
    const uint64_t end = next + fill.keys;
    while (next < end) {
      for (Batch& batch : batches) {
        batch = {next, std::min(most, end - next), fill.value_bytes};
        next += batch.count;
      }
      if (absl::Status status = Exchange(batches, send, take, fill.tally); !status.ok()) {
        return status;
      }
    }
    return absl::OkStatus();
  }

  absl::Status Exchange(const std::vector<Batch>& batches, Send send, Take take,
                        BatchTally& tally) {
    for (size_t i = 0; i < batches.size(); ++i) {
      if (absl::Status status = (clients_[i].*send)(batches[i]); !status.ok()) return status;
    }
    for (size_t i = 0; i < batches.size(); ++i) {
      if (absl::Status status = (clients_[i].*take)(batches[i], tally); !status.ok()) {
        return status;
      }
    }
    if (load::NowNs() - sampled_ns_ < kSampleIntervalNs) return absl::OkStatus();
    MemorySample ignored;
    return Sample(ignored);
  }

  const Options& options_;
  std::vector<TextClient> clients_;
  Result result_;
  int64_t sampled_highest_kib_ = 0;
  int64_t sampled_ns_ = 0;
};

}  // namespace

absl::StatusOr<Result> Measure(const Options& options) { return Measurement(options).Run(); }

std::string Report(const Result& result) {
  std::string report;
  for (size_t i = 0; i < result.fills.size(); ++i) {
    const FillResult& fill = result.fills[i];
    absl::StrAppend(&report, "fill_", i, "_value_bytes ", fill.value_bytes, "\n");
    absl::StrAppend(&report, "fill_", i, "_keys ", fill.keys, "\n");
    absl::StrAppend(&report, "fill_", i, "_refused ", fill.tally.refused, "\n");
    absl::StrAppend(&report, "fill_", i, "_right ", fill.tally.right, "\n");
    absl::StrAppend(&report, "fill_", i, "_wrong ", fill.tally.wrong, "\n");
    absl::StrAppend(&report, "fill_", i, "_highest_kib ", fill.fill_highest_kib, "\n");
    absl::StrAppend(&report, "fill_", i, "_filled_kib ", fill.filled.rss_kib, "\n");
  }
  const FillResult& last = result.fills.back();
  absl::StrAppend(&report, "items ", last.tally.right, "\n");
  absl::StrAppend(&report, "start_kib ", result.start.rss_kib, "\n");
  absl::StrAppend(&report, "rss_kib ", result.read_highest_kib, "\n");
  absl::StrAppend(&report, "highest_kib ", result.highest_kib, "\n");
  absl::StrAppend(&report, "end_vm_rss_kib ", result.end.vm_rss_kib, "\n");
  absl::StrAppend(&report, "end_huge_kib ", result.end.huge_kib, "\n");
  absl::StrAppend(&report, "result ", Passed(result) ? "passed" : "FAILED", "\n");
  return report;
}

bool Passed(const Result& result) {
  const auto wrong = [](const FillResult& fill) { return fill.tally.wrong > 0; };
  return std::none_of(result.fills.begin(), result.fills.end(), wrong) &&
         result.fills.back().tally.right > 0;
}

}  // namespace ringcached::density
