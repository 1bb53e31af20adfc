// The short texts in which the system tells of itself: /proc, /sys.

#ifndef RINGCACHED_SERVER_PROCESS_SYSTEM_FILE_H_
#define RINGCACHED_SERVER_PROCESS_SYSTEM_FILE_H_

#include <string>
#include <string_view>

namespace ringcached::server {

// The first 16 KiB of a file; empty if there is none.
std::string ReadSystemFile(const std::string& path);

// Takes the first line off the front of `text`, and returns it without its end.
std::string_view TakeLine(std::string_view& text);

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_SYSTEM_FILE_H_
