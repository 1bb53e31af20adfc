#include "bench/floor/canned.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "bench/load/key_space.h"

namespace ringcached::floor {
namespace {

// As bench/compare's loads have them.
constexpr size_t kValueBytes = 100;
constexpr size_t kGetBytes = sizeof("get ") - 1 + load::KeySpace::kKeyBytes + 2;
constexpr int kBacklog = 4096;

std::string Hit() {
  const load::KeySpace keys(1, kValueBytes);
  std::string reply = "VALUE ";
  keys.AppendKey(0, reply);
  reply += " 0 " + std::to_string(kValueBytes) + "\r\n";
  keys.AppendValue(0, reply);
  return reply + "\r\nEND\r\n";
}

[[noreturn]] void Fail(int exit_status, const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(exit_status);
}

void CheckOptions(int argc, char** argv) {
  for (int option = 0; (option = getopt(argc, argv, "l:p:u:")) != -1;) {
    const std::string_view value = option == '?' ? "" : optarg;
    if (option == 'u') continue;
    if (option == 'l' && value == "127.0.0.1") continue;
    if (option == 'p' && value == "-1") continue;
    Fail(EX_USAGE, "usage: -l 127.0.0.1 -p -1 [-u USER]");
  }
}

void WritePort(const sockaddr_in& address) {
  const char* const path = std::getenv("MEMCACHED_PORT_FILENAME");
  if (path == nullptr) Fail(EX_USAGE, "MEMCACHED_PORT_FILENAME names no file");
  std::ofstream(path) << "TCP INET: " << ntohs(address.sin_port) << "\n";
}

}  // namespace

size_t CountRequests(std::string_view received) {
  return static_cast<size_t>(std::count(received.begin(), received.end(), '\n'));
}

CannedReplies::CannedReplies() {
  const std::string hit = Hit();
  reply_bytes_ = hit.size();
  for (size_t i = 0; i <= kReceiveBytes / kGetBytes; ++i) replies_ += hit;
}

std::string_view CannedReplies::For(size_t requests) const {
  assert(requests * reply_bytes_ <= replies_.size());
  return std::string_view(replies_).substr(0, requests * reply_bytes_);
}

server::UniqueFd Listen(int argc, char** argv) {
  CheckOptions(argc, argv);
  server::UniqueFd listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (!listener.valid() || bind(listener.get(), generic, bytes) != 0 ||
      listen(listener.get(), kBacklog) != 0 || getsockname(listener.get(), generic, &bytes) != 0) {
    Fail(EX_OSERR, "cannot listen on 127.0.0.1");
  }
  WritePort(address);
  return listener;
}

void Prepare(int client) {
  const int on = 1;
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace ringcached::floor
