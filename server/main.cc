// Wires the daemon together: settings, limits, sockets, cache, reactors; then waits to be stopped.

#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/config/command_line.h"
#include "server/config/options.h"
#include "server/config/settings_stats.h"
#include "server/net/listener.h"
#include "server/net/server.h"
#include "server/process/allocator.h"
#include "server/process/credentials.h"
#include "server/process/limits.h"
#include "server/process/log.h"
#include "server/process/machine_memory.h"
#include "server/process/port_file.h"
#include "server/process/privileges.h"
#include "server/process/resident_memory.h"
#include "server/process/signals.h"
#include "server/process/start_screen.h"
#include "server/process/start_up_code.h"
#include "server/version.h"
#include "storage/cache.h"
#include "storage/mutex.h"

namespace ringcached::server {
namespace {

// Receive buffers may take an eighth of the memory limit, so that with threads, rings and code they
// stay within a quarter of a small one.
constexpr size_t kReceiveBuffersShare = 8;

void Print(std::FILE* stream, const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stream);
  std::fflush(stream);
}

int Fail(int exit_code, std::string_view what) {
  Print(stderr, "ringcached: " + std::string(what) + "\n");
  return exit_code;
}

int Fail(int exit_code, const absl::Status& status) {
  return Fail(exit_code, std::string_view(status.message().data(), status.message().size()));
}

// Answers `stats settings` on the reactors' threads. What is known only once the server runs is set
// then; the first clients may be faster.
class SettingsReport {
 public:
  SettingsReport(const Settings& settings, const storage::Cache& cache, const Log& log)
      : settings_(settings), cache_(cache), log_(log) {}

  void SetFacts(const RuntimeFacts& facts) {
    storage::MutexLock lock(&mutex_);
    facts_ = facts;
  }

  void Visit(protocol::StatVisitor visitor) const {
    RuntimeFacts facts = Facts();
    facts.verbosity = log_.verbosity();
    facts.memory_limit_bytes = cache_.Stats().limit_bytes;
    VisitSettings(settings_, facts, visitor);
  }

 private:
  RuntimeFacts Facts() const {
    storage::MutexLock lock(&mutex_);
    return facts_;
  }

  const Settings& settings_;
  const storage::Cache& cache_;
  const Log& log_;
  mutable storage::Mutex mutex_;
  RuntimeFacts facts_ ABSL_GUARDED_BY(mutex_);
};

absl::StatusOr<std::unique_ptr<storage::Cache>> MakeCache(const Settings& settings,
                                                          const MachineMemory& machine) {
  storage::CacheOptions options;
  options.memory_limit_bytes = settings.memory_limit_bytes;
  options.max_memory_limit_bytes = MaxMemoryLimitBytes(settings.memory_limit_bytes, machine);
  options.max_item_bytes = settings.max_item_bytes;
  options.threads = settings.threads;
  options.evict = settings.evict;
  options.eviction = settings.eviction;
  options.bloom = settings.bloom;
  if (getrandom(&options.hash_seed, sizeof(options.hash_seed), 0) != sizeof(options.hash_seed)) {
    return absl::UnavailableError("the system gives no random number for the key hash");
  }
  return storage::Cache::Create(options);
}

absl::StatusOr<std::vector<Listener>> Listen(const Settings& settings) {
  return BindListeners({.addresses = settings.listen,
                        .skip_unavailable = !settings.listen_given,
                        .port = settings.port,
                        .backlog = settings.listen_backlog});
}

ServerOptions MakeServerOptions(const Settings& settings, const SettingsReport& report,
                                const CredentialFile* users, Log& log) {
  ServerOptions options;
  options.threads = settings.threads;
  options.max_connections = settings.max_connections;
  options.io = settings.io;
  options.drain_timeout_ms = settings.drain_timeout_ms;
  options.receive_buffers_bytes = settings.memory_limit_bytes / kReceiveBuffersShare;
  options.version = kProtocolVersion;
  options.process_memory = {
      .resident_bytes = [memory = std::make_shared<ResidentMemory>()] { return memory->Bytes(); },
      .return_unused = ReturnUnusedMemory};
  options.visit_settings = [&report](protocol::StatVisitor visitor) { report.Visit(visitor); };
  options.set_verbosity = [&log](uint32_t level) {
    log.set_verbosity(static_cast<int>(std::min<uint32_t>(level, Log::kMaxVerbosity)));
  };
  if (users != nullptr) {
    options.authenticate = [users](std::string_view user, std::string_view password) {
      return users->Know(user, password);
    };
  }
  options.offers_sasl = settings.sasl;
  return options;
}

// Why `auto` does without io_uring; empty if it does not.
std::string FallbackReason(IoBackend io) {
  if (io != IoBackend::kAuto) return {};
  const absl::Status status = ProbeIoUring().status();
  return std::string(status.message());
}

RuntimeFacts MakeFacts(const Settings& settings, const Server& server,
                       const storage::Cache& cache) {
  return {.verbosity = settings.verbosity,
          .tcp_port = server.addresses().front().port,
          .shards = cache.Stats().shards,
          .memory_limit_bytes = settings.memory_limit_bytes,
          .few_buffer_bytes = server.has_few_receive_buffers() ? server.receive_buffer_bytes() : 0,
          .io_backend = server.io_description(),
          .io_backend_reason = FallbackReason(settings.io)};
}

void Announce(const Settings& settings, const RuntimeFacts& facts,
              const std::vector<BoundAddress>& addresses, Log& log) {
  if (const char* const path = std::getenv(kPortFileVariable); path != nullptr) {
    const absl::Status status = WritePortFile(path, addresses);
    if (!status.ok()) log.Warn(std::string(status.message()));
  }
  Print(stdout, StartScreen(settings, facts, addresses));
}

// The users that -Y names; null if everybody may use the server.
absl::StatusOr<std::unique_ptr<CredentialFile>> LoadUsers(const Settings& settings, Log& log) {
  if (settings.auth_file.empty()) return nullptr;
  auto users = std::make_unique<CredentialFile>(settings.auth_file);
  const absl::Status loaded = users->Load();
  if (!loaded.ok()) return loaded;
  if (const std::string warning = users->Warning(); !warning.empty()) log.Warn(warning);
  return users;
}

// Those that have authenticated themselves stay.
void ReloadUsers(CredentialFile* users, Log& log) {
  if (users == nullptr) return log.Info("SIGHUP: there is no file of users to read");
  const absl::Status loaded = users->Load();
  if (loaded.ok()) return log.Info("SIGHUP: users read anew");
  log.Warn("SIGHUP: " + std::string(loaded.message()) + "; the users before stay");
}

// Returns the signal that asks to stop.
int WaitForStop(const Signals& signals, CredentialFile* users, Log& log) {
  int signal = signals.Wait();
  for (; signal == SIGHUP; signal = signals.Wait()) ReloadUsers(users, log);
  return signal;
}

int Serve(const Settings& settings, std::vector<Listener> listeners, CredentialFile* users,
          const Signals& signals, Log& log) {
  const MachineMemory machine = ReadMachineMemory("");
  const std::string too_much = MemoryLimitWarning(settings.memory_limit_bytes, machine);
  if (!too_much.empty()) log.Warn(too_much);
  const absl::StatusOr<std::unique_ptr<storage::Cache>> cache = MakeCache(settings, machine);
  if (!cache.ok()) return Fail(EX_OSERR, cache.status());
  SettingsReport report(settings, **cache, log);
  const absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(MakeServerOptions(settings, report, users, log), std::move(listeners), **cache);
  if (!server.ok()) return Fail(EX_OSERR, server.status());
  const RuntimeFacts facts = MakeFacts(settings, **server, **cache);
  report.SetFacts(facts);
  Announce(settings, facts, (*server)->addresses(), log);
  ForgetStartUpCode();
  const int signal = WaitForStop(signals, users, log);
  log.Info("stopping after signal " + std::to_string(signal));
  (*server)->Stop();
  return EX_OK;
}

void LogLaunch(const Launch& launch, Log& log) {
  for (const std::string& warning : launch.warnings) log.Warn(warning);
  for (const std::string& note : launch.notes) log.Info(note);
  for (const Option& option : Options()) {
    log.Debug(std::string(option.name) + "=" + option.get(launch.settings));
  }
}

int Run(Launch launch) {
  Settings& settings = launch.settings;
  Log log(settings.verbosity);
  LogLaunch(launch, log);

  const absl::StatusOr<std::optional<User>> user = UserToBecome(settings.user, geteuid());
  if (absl::IsNotFound(user.status())) return Fail(EX_NOUSER, user.status());
  if (!user.ok()) return Fail(EX_USAGE, user.status());
  const absl::StatusOr<std::vector<std::string>> shortages = FitResourceLimits(settings);
  if (!shortages.ok()) return Fail(EX_OSERR, shortages.status());
  for (const std::string& shortage : *shortages) log.Warn(shortage);

  // Before the privileges go: the file may be root's alone.
  const absl::StatusOr<std::unique_ptr<CredentialFile>> users = LoadUsers(settings, log);
  if (!users.ok()) return Fail(EX_USAGE, users.status());
  const Signals signals;
  absl::StatusOr<std::vector<Listener>> listeners = Listen(settings);
  if (!listeners.ok()) return Fail(EX_OSERR, BindFailure(listeners.status(), settings.port));
  if (user->has_value()) {
    if (absl::Status status = BecomeUser(**user); !status.ok()) return Fail(EX_OSERR, status);
  }
  return Serve(settings, *std::move(listeners), users->get(), signals, log);
}

}  // namespace
}  // namespace ringcached::server

int main(int argc, char** argv) {
  using ringcached::server::Launch;
  using ringcached::server::Leave;
  std::variant<Launch, Leave> result = ringcached::server::ParseCommandLine(argc, argv);
  if (const Leave* const leave = std::get_if<Leave>(&result)) {
    ringcached::server::Print(stdout, leave->out);
    ringcached::server::Print(stderr, leave->err);
    return leave->exit_code;
  }
  return ringcached::server::Run(std::get<Launch>(std::move(result)));
}
