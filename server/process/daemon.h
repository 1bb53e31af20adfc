// Going into the background: the process that was started waits until the one that stays serves,
// and then ends well, so that a script's next line finds a server; if that one fails it ends as
// that did.

#ifndef RINGCACHED_SERVER_PROCESS_DAEMON_H_
#define RINGCACHED_SERVER_PROCESS_DAEMON_H_

#include <utility>

#include "absl/status/statusor.h"
#include "server/io/descriptor.h"

namespace ringcached::server {

// Whoever starts a program may have closed stdin, stdout or stderr. From here on all three are
// open, if only on /dev/null, so that no socket gets their numbers. To be called before anything is
// opened.
void OpenStandardDescriptors();

class Daemon {
 public:
  // Returns in the process that stays, a session of its own. REQUIRES: no other threads.
  static absl::StatusOr<Daemon> Begin();

  // Serving: lets the other process end, and gives up what ties this one to where it was started:
  // the folder, unless `keep_folder` (for core files), and the terminal, but for the messages that
  // `keep_output` asks for.
  void Serving(bool keep_folder, bool keep_output);

 private:
  explicit Daemon(UniqueFd starter) : starter_(std::move(starter)) {}

  UniqueFd starter_;  // a pipe to the process that was started
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_DAEMON_H_
