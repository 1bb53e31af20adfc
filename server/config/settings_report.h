// Answers `stats settings` while the server runs.
//
// Threads: all methods from any thread.

#ifndef RINGCACHED_SERVER_CONFIG_SETTINGS_REPORT_H_
#define RINGCACHED_SERVER_CONFIG_SETTINGS_REPORT_H_

#include <functional>

#include "absl/base/thread_annotations.h"
#include "protocol/server_control.h"
#include "server/config/settings.h"
#include "server/config/settings_stats.h"
#include "storage/mutex.h"

namespace ringcached::server {

class SettingsReport {
 public:
  // Puts in what clients have changed since.
  using Update = std::function<void(RuntimeFacts& facts)>;

  // Until SetServing() the settings hold. `settings` outlives this.
  explicit SettingsReport(const Settings& settings);

  // What is known only once the server runs; the first clients may be faster. `update` is called
  // from any thread, several at a time.
  void SetServing(const RuntimeFacts& facts, Update update);

  void Visit(protocol::StatVisitor visitor) const;

 private:
  const Settings& settings_;
  mutable storage::Mutex mutex_;
  RuntimeFacts facts_ ABSL_GUARDED_BY(mutex_);
  Update update_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_CONFIG_SETTINGS_REPORT_H_
