#include "server/config/settings_report.h"

#include <utility>

namespace ringcached::server {

SettingsReport::SettingsReport(const Settings& settings) : settings_(settings) {
  facts_.verbosity = settings.verbosity;
  facts_.detail = settings.detail;
  facts_.memory_limit_bytes = settings.memory_limit_bytes;
}

void SettingsReport::SetServing(const RuntimeFacts& facts, Update update) {
  storage::MutexLock lock(&mutex_);
  facts_ = facts;
  update_ = std::move(update);
}

// Neither `update_` nor the visitor is called under the lock.
void SettingsReport::Visit(protocol::StatVisitor visitor) const {
  RuntimeFacts facts;
  Update update;
  {
    storage::MutexLock lock(&mutex_);
    facts = facts_;
    update = update_;
  }
  if (update) update(facts);
  VisitSettings(settings_, facts, visitor);
}

}  // namespace ringcached::server
