#include "server/net/client_list.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>

#include "absl/strings/str_cat.h"

namespace ringcached::server {

ClientAddress ClientAddress::OfPeer(int socket) {
  sockaddr_storage storage{};
  socklen_t length = sizeof(storage);
  ClientAddress address;
  if (getpeername(socket, reinterpret_cast<sockaddr*>(&storage), &length) != 0) return address;
  address.family = storage.ss_family;
  if (storage.ss_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &storage, sizeof(in));
    address.port = ntohs(in.sin_port);
    std::memcpy(address.ip.data(), &in.sin_addr, sizeof(in.sin_addr));
  } else if (storage.ss_family == AF_INET6) {
    sockaddr_in6 in6{};
    std::memcpy(&in6, &storage, sizeof(in6));
    address.port = ntohs(in6.sin6_port);
    std::memcpy(address.ip.data(), &in6.sin6_addr, sizeof(in6.sin6_addr));
  }
  return address;
}

std::string ClientAddress::Host() const {
  if (family == AF_UNIX) return "unix";
  if (family == AF_UNSPEC) return "unknown";
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(family, ip.data(), text.data(), text.size());
  return text.data();
}

std::string ClientAddress::Text() const {
  if (family == AF_INET) return absl::StrCat("tcp:", Host(), ":", port);
  if (family == AF_INET6) return absl::StrCat("tcp6:[", Host(), "]:", port);
  return Host();
}

Client* ClientList::Add(uint64_t number, uint32_t listener, const ClientAddress& address,
                        storage::CacheSecond now) {
  storage::MutexLock lock(&mutex_);
  if (free_.empty()) free_.push_back(&clients_.emplace_back());
  Client* const client = free_.back();
  free_.pop_back();
  client->number = number;
  client->listener = listener;
  client->address = address;
  client->active_at.store(now, std::memory_order_relaxed);
  return client;
}

void ClientList::Remove(Client* client) {
  storage::MutexLock lock(&mutex_);
  client->number = 0;
  free_.push_back(client);
}

void ClientList::Visit(absl::FunctionRef<void(const Client&)> visitor) const {
  storage::MutexLock lock(&mutex_);
  for (const Client& client : clients_) {
    if (client.number != 0) visitor(client);
  }
}

}  // namespace ringcached::server
