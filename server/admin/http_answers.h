// cpp-httplib's server without its sockets and threads: a request's first line in, a reply's bytes
// out. The library routes the path and writes the reply. It is given no header of the client's: for
// some of them it works without measure, before it asks any handler (thousands of ranges of a page,
// a regular expression over a line, compression at its best).

#ifndef RINGCACHED_SERVER_ADMIN_HTTP_ANSWERS_H_
#define RINGCACHED_SERVER_ADMIN_HTTP_ANSWERS_H_

#include <httplib.h>

#include <string>
#include <string_view>

namespace ringcached::server {

class HttpAnswers final : public httplib::Server {
 public:
  std::string Answer(std::string_view line);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_HTTP_ANSWERS_H_
