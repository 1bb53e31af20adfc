// The page at /: page.html as it was when this was built, behind it a 0.

#ifndef RINGCACHED_SERVER_ADMIN_PAGE_H_
#define RINGCACHED_SERVER_ADMIN_PAGE_H_

namespace ringcached::server {

#include <ringcached_admin_page.inc>

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_ADMIN_PAGE_H_
