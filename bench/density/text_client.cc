#include "bench/density/text_client.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "bench/density/items.h"

namespace ringcached::density {
namespace {

constexpr uint64_t kMaxKeysPerGet = 50;
constexpr int kReplyTimeoutMs = 30'000;
constexpr std::string_view kLineEnd = "\r\n";

bool IsError(std::string_view line) {
  return line.starts_with("SERVER_ERROR ") || line == "NOT_STORED";
}

// The batch cut into the keys of single gets.
Batch NextGet(const Batch& batch, uint64_t done) {
  return {batch.first + done, std::min(kMaxKeysPerGet, batch.count - done), batch.value_bytes};
}

}  // namespace

absl::Status TextClient::SendSets(const Batch& batch) {
  requests_.clear();
  for (uint64_t number = batch.first; number < batch.first + batch.count; ++number) {
    requests_.append("set ");
    AppendKey(number, requests_);
    absl::StrAppend(&requests_, " 0 0 ", batch.value_bytes, "\r\n");
    AppendValue(number, batch.value_bytes, requests_);
    requests_.append(kLineEnd);
  }
  return SendAll();
}

absl::Status TextClient::TakeSetReplies(const Batch& batch, BatchTally& tally) {
  for (uint64_t i = 0; i < batch.count; ++i) {
    std::string_view line;
    if (absl::Status status = TakeLine(line); !status.ok()) return status;
    if (line == "STORED") {
      ++tally.stored;
    } else if (IsError(line)) {
      ++tally.refused;
    } else {
      return absl::DataLossError("a set is answered with " + std::string(line));
    }
  }
  return absl::OkStatus();
}

absl::Status TextClient::SendGets(const Batch& batch) {
  requests_.clear();
  for (uint64_t done = 0; done < batch.count;) {
    const Batch asked = NextGet(batch, done);
    requests_.append("get");
    for (uint64_t i = 0; i < asked.count; ++i) {
      requests_.append(" ");
      AppendKey(asked.first + i, requests_);
    }
    requests_.append(kLineEnd);
    done += asked.count;
  }
  return SendAll();
}

absl::Status TextClient::TakeGetReplies(const Batch& batch, BatchTally& tally) {
  for (uint64_t done = 0; done < batch.count;) {
    const Batch asked = NextGet(batch, done);
    if (absl::Status status = TakeGetReply(asked, tally); !status.ok()) return status;
    done += asked.count;
  }
  return absl::OkStatus();
}

// Values come in the order of the keys, those that are missing left out.
absl::Status TextClient::TakeGetReply(const Batch& asked, BatchTally& tally) {
  uint64_t number = asked.first;
  while (true) {
    std::string_view line;
    if (absl::Status status = TakeLine(line); !status.ok()) return status;
    if (line == "END") return absl::OkStatus();
    for (;; ++number) {
      if (number == asked.first + asked.count) {
        return absl::DataLossError("a get is answered with " + std::string(line));
      }
      expected_ = "VALUE ";
      AppendKey(number, expected_);
      absl::StrAppend(&expected_, " 0 ", asked.value_bytes);
      if (line == expected_) break;
    }
    if (absl::Status status = TakeValue(number++, asked.value_bytes, tally); !status.ok()) {
      return status;
    }
  }
}

absl::Status TextClient::TakeValue(uint64_t number, size_t value_bytes, BatchTally& tally) {
  const size_t bytes = value_bytes + kLineEnd.size();
  if (absl::Status status = Fill(bytes); !status.ok()) return status;
  expected_.clear();
  AppendValue(number, value_bytes, expected_);
  expected_.append(kLineEnd);
  ++(Unread().substr(0, bytes) == expected_ ? tally.right : tally.wrong);
  taken_ += bytes;
  return absl::OkStatus();
}

absl::Status TextClient::SendAll() {
  std::string_view rest = requests_;
  while (!rest.empty()) {
    const ssize_t sent = send(fd_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      rest.remove_prefix(static_cast<size_t>(sent));
    } else if (errno == EAGAIN) {
      if (absl::Status status = Wait(POLLOUT); !status.ok()) return status;
    } else if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, "send");
    }
  }
  return absl::OkStatus();
}

absl::Status TextClient::Wait(short events) {
  pollfd waited{.fd = fd_.get(), .events = events, .revents = 0};
  const int ready = poll(&waited, 1, kReplyTimeoutMs);
  if (ready == 0) return absl::DeadlineExceededError("the server is silent");
  if (ready < 0 && errno != EINTR) return absl::ErrnoToStatus(errno, "poll");
  return absl::OkStatus();
}

absl::Status TextClient::Fill(size_t bytes) {
  while (Unread().size() < bytes) {
    received_.erase(0, taken_);
    taken_ = 0;
    std::array<char, 65536> piece;
    const ssize_t got = recv(fd_.get(), piece.data(), piece.size(), 0);
    if (got > 0) {
      received_.append(piece.data(), static_cast<size_t>(got));
    } else if (got == 0) {
      return absl::UnavailableError("the server closed a connection");
    } else if (errno == EAGAIN) {
      if (absl::Status status = Wait(POLLIN); !status.ok()) return status;
    } else if (errno != EINTR) {
      return absl::ErrnoToStatus(errno, "recv");
    }
  }
  return absl::OkStatus();
}

absl::Status TextClient::TakeLine(std::string_view& line) {
  size_t end;
  while ((end = Unread().find(kLineEnd)) == std::string_view::npos) {
    if (absl::Status status = Fill(Unread().size() + 1); !status.ok()) return status;
  }
  line = Unread().substr(0, end);
  taken_ += end + kLineEnd.size();
  return absl::OkStatus();
}

}  // namespace ringcached::density
