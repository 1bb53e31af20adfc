// The admin port: metrics, health and a page over HTTP, for whoever watches the server.
//
// It is a module of its own, loaded only when it is asked for: the libraries behind it would cost
// every process several MiB that -m then takes from the cache. What crosses its border is plain
// data and functions; nothing thrown does. Program and module have to be of one build.

#ifndef RINGCACHED_SERVER_ADMIN_ADMIN_PORT_H_
#define RINGCACHED_SERVER_ADMIN_ADMIN_PORT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "protocol/server_control.h"
#include "server/net/server_snapshot.h"

namespace ringcached::server {

// What a server that serves tells of itself. The functions are called on the admin port's threads.
struct AdminSource {
  std::string version;
  std::string protocol_version;  // what the version command says
  std::string io;                // the ring in use, for people
  std::function<void(ServerSnapshot*)> take_snapshot;
  // `stats items` and `stats slabs`.
  std::function<void(protocol::StatVisitor)> visit_classes;
};

// Listens from its creation, answers from Start() to Stop(). Until SetServing() it is not ready and
// has no figures; from SetDraining() on it is not ready again.
class AdminPort {
 public:
  virtual ~AdminPort() = default;

  // Starts its threads; once.
  virtual void Start() = 0;
  // From any one thread; once.
  virtual void SetServing(AdminSource source) = 0;
  virtual void SetDraining() = 0;
  // Returns when no thread of it is left and the source is no longer asked. Idempotent; the
  // destructor does it too.
  virtual void Stop() = 0;

  // Where it listens; with a port of the system's choice, that one.
  virtual uint16_t port() const = 0;
  // Of the page; "http://127.0.0.1:9150/".
  virtual std::string url() const = 0;
};

// The two functions that the module exports.
extern "C" {
// The build that the module is of: what kVersionLine said there.
using AdminModuleVersion = const char*();
// Binds; null, and why in *error, if that fails. The caller owns the result. `port` 0: any free
// one.
using OpenAdminPort = AdminPort*(const char* host, uint16_t port, std::string* error);
}

inline constexpr char kAdminModuleVersionSymbol[] = "RingcachedAdminModuleVersion";
inline constexpr char kOpenAdminPortSymbol[] = "RingcachedOpenAdminPort";
inline constexpr char kAdminModuleFile[] = "ringcached-admin.so";

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_ADMIN_PORT_H_
