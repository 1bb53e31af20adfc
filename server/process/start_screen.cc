#include "server/process/start_screen.h"

#include <cassert>
#include <string_view>

#include "server/config/values.h"
#include "server/version.h"

namespace ringcached::server {
namespace {

constexpr uint16_t kFreePorts[] = {11311, 11411};  // proposed, in this order

std::string AddressList(const std::vector<BoundAddress>& addresses) {
  std::string list;
  for (const BoundAddress& address : addresses) {
    list += (list.empty() ? "" : ", ") + address.text;
  }
  return list;
}

// The address without port and brackets; of "all addresses", the loopback one.
std::string HostToConnectTo(const BoundAddress& address) {
  std::string host = address.text.substr(0, address.text.rfind(':'));
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host == "0.0.0.0") return "127.0.0.1";
  return host == "::" ? "::1" : host;
}

std::string HowToTry(const BoundAddress& address) {
  if (address.unix_socket) return "Clients connect to the socket " + address.text + "\n";
  return "Try it in another bash:\n  exec 3<>/dev/tcp/" + HostToConnectTo(address) + "/" +
         std::to_string(address.port) +
         "\n"
         R"(  printf 'set greeting 0 0 5\r\nhello\r\nget greeting\r\nquit\r\n' >&3)"
         "\n"
         "  cat <&3\n";
}

// Why a setting is as it is, if nobody has given it.
std::string Origin(const std::string& origin) { return origin.empty() ? "" : ", " + origin; }

std::string AdminLine(const RuntimeFacts& facts) {
  if (facts.admin_url.empty()) return {};
  return "  admin        " + facts.admin_url + "\n";
}

std::string FewBuffers(const Settings& settings, const RuntimeFacts& facts) {
  if (facts.few_buffer_bytes == 0) return {};
  return "  buffers      " + BytesForPeople(facts.few_buffer_bytes) +
         " to receive into, fewer than usual: little memory for " +
         std::to_string(settings.threads) + " threads\n";
}

}  // namespace

std::string StartScreen(const Settings& settings, const RuntimeFacts& facts,
                        const std::vector<BoundAddress>& addresses) {
  assert(!addresses.empty());
  const std::string reason =
      facts.io_backend_reason.empty() ? "" : " (" + facts.io_backend_reason + ")";
  return "ringcached " + std::string(kVersion) + " serves the memcached protocol\n" +
         "  address      " + AddressList(addresses) + "\n" + "  threads      " +
         std::to_string(settings.threads) + Origin(settings.threads_origin) + "\n" +
         "  memory       " + BytesForPeople(settings.memory_limit_bytes) +
         Origin(settings.memory_limit_origin) + ", items up to " +
         BytesForPeople(settings.max_item_bytes) + "\n" + FewBuffers(settings, facts) +
         "  connections  up to " + std::to_string(settings.max_connections) + "\n" +
         AdminLine(facts) + "  I/O          " + facts.io_backend + reason + "\n" +
         HowToTry(addresses.front());
}

std::string ServingStatus(const std::vector<BoundAddress>& addresses) {
  return "serving on " + AddressList(addresses);
}

std::string BindFailure(const absl::Status& what, uint16_t port) {
  std::string line = "can't listen on " + std::string(what.message());
  if (!absl::IsAlreadyExists(what)) return line;
  const std::string other = "-p " + std::to_string(kFreePorts[port == kFreePorts[0] ? 1 : 0]);
  return line + "; try another port: " + other + " (or: make run ARGS='" + other + "')";
}

}  // namespace ringcached::server
