// Wires the daemon together: settings, limits, sockets, cache, reactors; then waits to be stopped.

#include <sys/random.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/admin/admin_port.h"
#include "server/admin/module_loader.h"
#include "server/config/command_line.h"
#include "server/config/options.h"
#include "server/config/settings_report.h"
#include "server/config/settings_stats.h"
#include "server/net/inherited_listeners.h"
#include "server/net/listener.h"
#include "server/net/patient_bind.h"
#include "server/net/reactor.h"
#include "server/net/server.h"
#include "server/net/unix_listener.h"
#include "server/process/allocator.h"
#include "server/process/credentials.h"
#include "server/process/daemon.h"
#include "server/process/limits.h"
#include "server/process/log.h"
#include "server/process/machine_cpus.h"
#include "server/process/machine_defaults.h"
#include "server/process/machine_memory.h"
#include "server/process/pid_file.h"
#include "server/process/port_file.h"
#include "server/process/privileges.h"
#include "server/process/resident_memory.h"
#include "server/process/service_notify.h"
#include "server/process/signals.h"
#include "server/process/start_screen.h"
#include "server/process/start_up_code.h"
#include "server/version.h"
#include "storage/cache.h"

namespace ringcached::server {
namespace {

// Receive buffers may take an eighth of the memory limit, so that with threads, rings and code they
// stay within a quarter of a small one.
constexpr size_t kReceiveBuffersShare = 8;

constexpr unsigned kKibShift = 10;

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
  options.huge_pages = settings.huge_pages;
  options.eviction_observer = EvictionEvents();
  if (getrandom(&options.hash_seed, sizeof(options.hash_seed), 0) != sizeof(options.hash_seed)) {
    return absl::UnavailableError("the system gives no random number for the key hash");
  }
  return storage::Cache::Create(options);
}

// Where a supervisor has opened sockets, these alone; else a Unix socket, if one is asked for, and
// TCP, unless only the other was asked for.
absl::StatusOr<std::vector<Listener>> Listen(const Settings& settings, const Signals& signals) {
  absl::StatusOr<std::vector<Listener>> listeners = InheritListeners();
  if (!listeners.ok() || !listeners->empty()) return listeners;
  if (settings.unix_socket.empty() || settings.listen_given) {
    // A signal that asks to stop ends the attempts.
    const auto pause = [&signals](std::chrono::milliseconds time) {
      const int signal = signals.WaitFor(time);
      return signal == 0 || signal == SIGHUP;
    };
    listeners = BindPatiently({.addresses = settings.listen,
                               .skip_unavailable = !settings.listen_given,
                               .port = settings.port,
                               .backlog = settings.listen_backlog},
                              pause);
    if (!listeners.ok())
      return absl::Status(listeners.status().code(),
                          BindFailure(listeners.status(), settings.port));
  }
  if (settings.unix_socket.empty()) return listeners;
  absl::StatusOr<Listener> local =
      BindUnixListener(settings.unix_socket, settings.unix_mask, settings.listen_backlog);
  if (!local.ok()) return local.status();
  listeners->push_back(*std::move(local));
  return listeners;
}

void SetConnectionOptions(const Settings& settings, ServerOptions* options) {
  using WhenFull = Acceptor::WhenFull;
  options->dialects = settings.dialects;
  options->when_full = settings.reject_when_full ? WhenFull::kReject : WhenFull::kWait;
  options->idle_timeout_seconds = settings.idle_timeout_seconds;
  options->turn_requests = settings.turn_requests;
  options->prefix_delimiter = settings.prefix_delimiter;
  options->detail = settings.detail;
  options->watcher_buffer_bytes = size_t{settings.watcher_buffer_kib} << kKibShift;
  options->event_buffer_bytes = size_t{settings.worker_buffer_kib} << kKibShift;
}

// `shut_down` is set when a client asks for it.
ServerOptions MakeServerOptions(const Settings& settings, const SettingsReport& report,
                                const CredentialFile* users, std::atomic<bool>& shut_down,
                                Log& log) {
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
  options.permissions = {.flush_all = settings.flush_enabled,
                         .dump = settings.dump_enabled,
                         .crawler = settings.lru_crawler,
                         .watch = settings.watch_enabled,
                         .shutdown = settings.shutdown_command};
  options.shutdown = [&shut_down] {
    shut_down = true;
    kill(getpid(), SIGTERM);
  };
  SetConnectionOptions(settings, &options);
  return options;
}

// Why `auto` does without io_uring; empty if it does not.
std::string FallbackReason(IoBackend io) {
  if (io != IoBackend::kAuto) return {};
  const absl::Status status = ProbeIoUring().status();
  return std::string(status.message());
}

RuntimeFacts MakeFacts(const Settings& settings, const Server& server, const storage::Cache& cache,
                       const AdminPort* admin) {
  return {.verbosity = settings.verbosity,
          .tcp_port = server.addresses().front().port,
          .shards = cache.Stats().shards,
          .memory_limit_bytes = settings.memory_limit_bytes,
          .few_buffer_bytes = server.has_few_receive_buffers() ? server.receive_buffer_bytes() : 0,
          .admin_url = admin == nullptr ? "" : admin->url(),
          .io_backend = server.io_description(),
          .io_backend_reason = FallbackReason(settings.io)};
}

void Announce(const Settings& settings, const RuntimeFacts& facts,
              const std::vector<BoundAddress>& addresses, uint16_t admin_port, Log& log) {
  if (const char* const path = std::getenv(kPortFileVariable); path != nullptr) {
    const absl::Status status = WritePortFile(path, addresses, admin_port);
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
int WaitForStop(const Signals& signals, CredentialFile* users, ServiceNotify& notify, Log& log) {
  int signal = signals.Wait();
  for (; signal == SIGHUP; signal = signals.Wait()) {
    notify.Reloading();
    ReloadUsers(users, log);
    notify.Reloaded();
  }
  return signal;
}

std::string StopReason(int signal, bool shut_down) {
  if (shut_down) return "a client's shutdown";
  return "signal " + std::to_string(signal);
}

// What a server is started with, and what it leaves behind.
struct Surroundings {
  CredentialFile* users = nullptr;  // null: everybody
  const Signals& signals;
  Daemon* daemon = nullptr;    // null: stays in the foreground
  AdminPort* admin = nullptr;  // null: none
  ServiceNotify& notify;
  const MachineMemory& memory;
  Log& log;
};

AdminSource MakeAdminSource(const Server& server) {
  return {.version = std::string(kVersion),
          .protocol_version = std::string(kProtocolVersion),
          .io = server.io_description(),
          .take_snapshot = [&server](ServerSnapshot* to) { server.TakeSnapshot(to); },
          .visit_classes = [&server](protocol::StatVisitor to) { server.VisitClasses(to); }};
}

int Serve(const Settings& settings, std::vector<Listener> listeners,
          const Surroundings& surroundings) {
  Log& log = surroundings.log;
  const MachineMemory& machine = surroundings.memory;
  const std::string too_much = MemoryLimitWarning(settings.memory_limit_bytes, machine);
  if (!too_much.empty()) log.Warn(too_much);
  const absl::StatusOr<std::unique_ptr<storage::Cache>> cache = MakeCache(settings, machine);
  if (!cache.ok()) return Fail(EX_OSERR, cache.status());
  AdminPort* const admin = surroundings.admin;
  SettingsReport report(settings);
  std::atomic<bool> shut_down = false;
  const absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start(MakeServerOptions(settings, report, surroundings.users, shut_down, log),
                    std::move(listeners), **cache);
  if (!server.ok()) return Fail(EX_OSERR, server.status());
  const RuntimeFacts facts = MakeFacts(settings, **server, **cache, admin);
  report.SetServing(facts, [&](RuntimeFacts& now) {
    now.verbosity = log.verbosity();
    now.detail = (*server)->detail();
    now.memory_limit_bytes = (*cache)->Stats().limit_bytes;
  });
  if (admin != nullptr) admin->SetServing(MakeAdminSource(**server));
  Announce(settings, facts, (*server)->addresses(), admin == nullptr ? 0 : admin->port(), log);
  // Before the process that was started ends, which a service manager may follow.
  surroundings.notify.Serving(ServingStatus((*server)->addresses()),
                              surroundings.daemon == nullptr ? 0 : getpid());
  if (surroundings.daemon != nullptr) {
    surroundings.daemon->Serving(settings.core_dumps, settings.verbosity > 0);
  }
  ForgetStartUpCode();
  const int signal =
      WaitForStop(surroundings.signals, surroundings.users, surroundings.notify, log);
  log.Info("stopping after " + StopReason(signal, shut_down));
  surroundings.notify.Stopping();
  if (admin != nullptr) admin->SetDraining();
  (*server)->Stop();
  if (admin != nullptr) admin->Stop();
  return EX_OK;
}

// What needs the rights that were there at the start. The error ends the start.
absl::Status UseRights(const Settings& settings, Log& log) {
  if (settings.core_dumps) {
    if (absl::Status status = EnableCoreDumps(); !status.ok()) return status;
  }
  if (!settings.lock_memory) return absl::OkStatus();
  const absl::Status locked = LockMemory();
  if (!locked.ok()) log.Warn("-k: " + std::string(locked.message()));
  return absl::OkStatus();
}

// Files named from where the server was started are found wherever it goes.
void MakeAbsolute(std::string& path) {
  if (!path.empty()) path = std::filesystem::absolute(path).string();
}

void LogLaunch(const Launch& launch, Log& log) {
  for (const std::string& warning : launch.warnings) log.Warn(warning);
  for (const std::string& note : launch.notes) log.Info(note);
  for (const Option& option : Options()) {
    log.Debug(std::string(option.name) + "=" + option.get(launch.settings));
  }
}

// From the moment on when the sockets are open.
int RunBound(const Settings& settings, const std::optional<User>& user,
             std::vector<Listener> listeners, const Surroundings& surroundings) {
  Log& log = surroundings.log;
  std::optional<PidFile> pid_file;
  if (!settings.pid_file.empty()) {
    absl::StatusOr<PidFile> written = PidFile::Write(settings.pid_file);
    // As with memcached, no reason not to serve.
    if (!written.ok()) log.Warn(std::string(written.status().message()));
    if (written.ok()) pid_file.emplace(*std::move(written));
  }
  if (absl::Status status = UseRights(settings, log); !status.ok()) return Fail(EX_OSERR, status);
  if (user.has_value()) {
    if (absl::Status status = BecomeUser(*user); !status.ok()) return Fail(EX_OSERR, status);
    // A change of user takes it away.
    if (settings.core_dumps) (void)EnableCoreDumps();
  }
  // No thread before the user is changed; healthy from then on, ready once clients are served.
  if (surroundings.admin != nullptr) surroundings.admin->Start();
  return Serve(settings, std::move(listeners), surroundings);
}

int Run(Launch launch, const MachineMemory& memory) {
  Settings& settings = launch.settings;
  Log log(settings.verbosity);
  LogLaunch(launch, log);
  if (launch.check_only) {
    Print(stdout, "ringcached: the configuration is valid\n");
    return EX_OK;
  }
  ServiceNotify notify(log);

  const absl::StatusOr<std::optional<User>> user = UserToBecome(settings.user, geteuid());
  if (absl::IsNotFound(user.status())) return Fail(EX_NOUSER, user.status());
  if (!user.ok()) return Fail(EX_USAGE, user.status());
  const absl::StatusOr<std::vector<std::string>> shortages = FitResourceLimits(settings);
  if (!shortages.ok()) return Fail(EX_OSERR, shortages.status());
  for (const std::string& shortage : *shortages) log.Warn(shortage);
  MakeAbsolute(settings.pid_file);
  MakeAbsolute(settings.auth_file);

  // Before the privileges go: the file may be root's alone.
  const absl::StatusOr<std::unique_ptr<CredentialFile>> users = LoadUsers(settings, log);
  if (!users.ok()) return Fail(EX_USAGE, users.status());
  const Signals signals;
  absl::StatusOr<std::vector<Listener>> listeners = Listen(settings, signals);
  if (!listeners.ok()) return Fail(EX_OSERR, listeners.status());
  std::unique_ptr<AdminPort> admin;
  if (!settings.admin.empty()) {
    absl::StatusOr<std::unique_ptr<AdminPort>> loaded = LoadAdminPort(settings.admin);
    if (!loaded.ok()) return Fail(EX_OSERR, loaded.status());
    admin = *std::move(loaded);
  }
  std::optional<Daemon> daemon;
  if (settings.daemon) {
    absl::StatusOr<Daemon> begun = Daemon::Begin();
    if (!begun.ok()) return Fail(EX_OSERR, begun.status());
    daemon.emplace(*std::move(begun));
  }
  return RunBound(settings, *user, *std::move(listeners),
                  {.users = users->get(),
                   .signals = signals,
                   .daemon = daemon.has_value() ? &*daemon : nullptr,
                   .admin = admin.get(),
                   .notify = notify,
                   .memory = memory,
                   .log = log});
}

}  // namespace
}  // namespace ringcached::server

int main(int argc, char** argv) {
  using ringcached::server::Launch;
  using ringcached::server::Leave;
  ringcached::server::OpenStandardDescriptors();
  const auto memory = ringcached::server::ReadMachineMemory("");
  const auto cpus = ringcached::server::ReadMachineCpus("");
  std::variant<Launch, Leave> result = ringcached::server::ParseCommandLine(
      argc, argv, ringcached::server::MachineDefaults(memory, cpus));
  if (const Leave* const leave = std::get_if<Leave>(&result)) {
    ringcached::server::Print(stdout, leave->out);
    ringcached::server::Print(stderr, leave->err);
    return leave->exit_code;
  }
  return ringcached::server::Run(std::get<Launch>(std::move(result)), memory);
}
