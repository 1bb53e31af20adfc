// What the admin module exports, and all that it does.

#include <new>
#include <string>

#include "server/admin/admin_port.h"
#include "server/admin/http_port.h"
#include "server/version.h"

namespace ringcached::server {

extern "C" {

[[gnu::visibility("default")]] const char* RingcachedAdminModuleVersion() {
  return kVersionLine.data();
}

[[gnu::visibility("default")]] AdminPort* RingcachedOpenAdminPort(const char* host, uint16_t port,
                                                                  std::string* error) {
  return HttpPort::Open(host, port, error).release();
}

}  // extern "C"

}  // namespace ringcached::server
