#include "server/admin/http_answers.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ringcached::server {
namespace {

// What the library takes for a connection.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(std::string request) : request_(std::move(request)) {}

  std::string& reply() { return reply_; }

  bool is_readable() const override { return read_ < request_.size(); }
  bool is_writable() const override { return true; }
  ssize_t read(char* to, size_t bytes) override {
    const size_t taken = std::min(bytes, request_.size() - read_);
    std::memcpy(to, request_.data() + read_, taken);
    read_ += taken;
    return static_cast<ssize_t>(taken);
  }
  ssize_t write(const char* from, size_t bytes) override {
    reply_.append(from, bytes);
    return static_cast<ssize_t>(bytes);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

 private:
  const std::string request_;
  size_t read_ = 0;
  std::string reply_;
};

// The library's versions differ in whether they want to be told the addresses.
template <typename Process>
void ProcessRequest(MemoryStream& stream, Process process) {
  bool closed = false;
  if constexpr (requires { process(stream, true, closed, nullptr); }) {
    process(stream, true, closed, nullptr);
  } else {
    process(stream, std::string(), 0, std::string(), 0, true, closed, nullptr);
  }
}

}  // namespace

std::string HttpAnswers::Answer(std::string_view line) {
  MemoryStream stream(std::string(line) + "\r\n\r\n");
  ProcessRequest(
      stream, [this](auto&&... arguments) requires requires { process_request(arguments...); } {
        return process_request(arguments...);
      });
  return std::move(stream.reply());
}

}  // namespace ringcached::server
