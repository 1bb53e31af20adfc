#include "server/config/options.h"

#include <sysexits.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <system_error>
#include <vector>

#include "server/config/values.h"
#include "server/net/listen_address.h"

namespace ringcached::server {
namespace {

using protocol::SpokenDialects;
using storage::BloomMode;
using storage::EvictionPolicy;

// memcached leaves with it after a bad -t, -c or -o, and after an option that it does not know.
constexpr int kMemcachedFailure = 1;

constexpr uint64_t kMaxPort = 65535;
constexpr uint64_t kMaxThreads = 256;
constexpr uint64_t kMaxConnections = uint64_t{1} << 20;  // what one ring's table can hold
constexpr uint64_t kMaxBacklog = 65535;
constexpr uint64_t kMinItemBytes = 1024;
constexpr uint64_t kMaxItemBytes = uint64_t{1} << 30;
constexpr uint64_t kMaxVerbosity = 3;
constexpr uint64_t kMaxDrainTimeoutMs = 600'000;
constexpr uint32_t kMaxUnixMask = 0777;
constexpr uint64_t kMaxTurnRequests = 1'000'000;
constexpr uint64_t kMaxIdleTimeoutSeconds = 1'000'000'000;
constexpr uint64_t kMaxBufferKib = 1 << 20;
constexpr unsigned kMegabyteShift = 20;
constexpr uint64_t kMaxMegabytes = storage::kMaxMemoryLimitBytes >> kMegabyteShift;

// One of a few values, each with its name.
template <typename T>
struct Choice {
  std::string_view name;
  T value;
};
template <typename T>
Choice(const char*, T) -> Choice<T>;
constexpr std::array kBackends{Choice{"auto", IoBackend::kAuto},
                               Choice{"uring", IoBackend::kIoUring},
                               Choice{"epoll", IoBackend::kEpoll}};
// "auto" is what the command line says, "negotiating" what listeners say.
constexpr std::array kDialects{
    Choice{"auto", SpokenDialects::kAll}, Choice{"ascii", SpokenDialects::kText},
    Choice{"binary", SpokenDialects::kBinary}, Choice{"negotiating", SpokenDialects::kAll}};
constexpr std::array kEvictions{Choice{"lru", EvictionPolicy::kLru},
                                Choice{"s3fifo", EvictionPolicy::kS3Fifo}};
constexpr std::array kBloomModes{Choice{"auto", BloomMode::kAuto}, Choice{"on", BloomMode::kOn},
                                 Choice{"off", BloomMode::kOff}};

template <typename Choices, typename T>
bool SetChoice(std::string_view text, const Choices& choices, T& value) {
  for (const auto& choice : choices) {
    if (text != choice.name) continue;
    value = choice.value;
    return true;
  }
  return false;
}

template <typename Choices, typename T>
std::string NameOf(const Choices& choices, T value) {
  for (const auto& choice : choices) {
    if (value == choice.value) return std::string(choice.name);
  }
  return {};
}

template <typename T>
bool SetNumber(std::string_view text, uint64_t min, uint64_t max, T& value) {
  const std::optional<uint64_t> number = ParseNumber(text);
  if (!number || *number < min || *number > max) return false;
  value = static_cast<T>(*number);
  return true;
}

template <bool Settings::*kMember, bool kInverted = false>
bool SetSwitch(std::string_view text, Settings& settings) {
  const std::optional<bool> value = ParseSwitch(text);
  if (!value) return false;
  settings.*kMember = *value != kInverted;
  return true;
}

template <bool Settings::*kMember, bool kInverted = false>
std::string GetSwitch(const Settings& settings) {
  return settings.*kMember != kInverted ? "true" : "false";
}

template <uint32_t Settings::*kMember, uint64_t kMin, uint64_t kMax>
bool SetCount(std::string_view text, Settings& settings) {
  return SetNumber(text, kMin, kMax, settings.*kMember);
}

template <uint32_t Settings::*kMember>
std::string GetCount(const Settings& settings) {
  return std::to_string(settings.*kMember);
}

template <std::string Settings::*kMember>
bool SetText(std::string_view text, Settings& settings) {
  settings.*kMember = text;
  return true;
}

template <std::string Settings::*kMember>
std::string GetText(const Settings& settings) {
  return settings.*kMember;
}

bool SetPort(std::string_view text, Settings& settings) {
  if (text == "-1") text = "0";  // memcached's way to ask for any free port
  return SetNumber(text, 0, kMaxPort, settings.port);
}

bool SetListen(std::string_view text, Settings& settings) {
  std::vector<std::string> addresses = SplitAtCommas(text);
  const auto is_address = [](const std::string& a) { return ParseListenAddress(a).has_value(); };
  if (addresses.empty() || !std::all_of(addresses.begin(), addresses.end(), is_address)) {
    return false;
  }
  settings.listen = std::move(addresses);
  settings.listen_given = true;
  return true;
}

bool SetThreads(std::string_view text, Settings& settings) {
  if (!SetNumber(text, 1, kMaxThreads, settings.threads)) return false;
  settings.threads_origin.clear();
  return true;
}

// Compose files say "128m", of which memcached reads the digits.
bool SetMemoryLimit(std::string_view text, Settings& settings) {
  if (text.ends_with('m') || text.ends_with('M')) text.remove_suffix(1);
  if (!SetNumber(text, 1, kMaxMegabytes, settings.memory_limit_bytes)) return false;
  settings.memory_limit_bytes <<= kMegabyteShift;
  settings.memory_limit_origin.clear();
  return true;
}

bool SetMaxItemSize(std::string_view text, Settings& settings) {
  const std::optional<uint64_t> bytes = ParseBytes(text);
  if (!bytes || *bytes < kMinItemBytes || *bytes > kMaxItemBytes) return false;
  settings.max_item_bytes = static_cast<size_t>(*bytes);
  return true;
}

bool SetUdpPort(std::string_view text, Settings&) { return text == "0"; }

bool SetVerbosity(std::string_view text, Settings& settings) {
  const std::optional<uint64_t> level = ParseNumber(text);
  if (!level) return false;
  settings.verbosity = static_cast<int>(std::min(*level, kMaxVerbosity));
  return true;
}

bool SetAuthFile(std::string_view text, Settings& settings) {
  if (text.empty()) return false;
  settings.auth_file = text;
  return true;
}

// An empty variable in a script must not open a TCP port instead.
bool SetUnixSocket(std::string_view text, Settings& settings) {
  if (text.empty()) return false;
  settings.unix_socket = text;
  return true;
}

// One address with a port, and nothing of what listeners for clients may have beside it.
bool SetAdmin(std::string_view text, Settings& settings) {
  const std::optional<ListenAddress> address = ParseListenAddress(text);
  const bool is_plain = address.has_value() && address->port.has_value() && address->host != "*" &&
                        !address->dialects.has_value() && address->tag.empty();
  if (!text.empty() && !is_plain) return false;
  settings.admin = text;
  return true;
}

bool SetUnixMask(std::string_view text, Settings& settings) {
  uint32_t mode = 0;
  const char* const end = text.data() + text.size();
  const std::from_chars_result result = std::from_chars(text.data(), end, mode, 8);
  if (result.ec != std::errc() || result.ptr != end || mode > kMaxUnixMask) return false;
  settings.unix_mask = mode;
  return true;
}

std::string GetUnixMask(const Settings& settings) {
  std::array<char, 8> text{};
  return {text.data(),
          std::to_chars(text.data(), text.data() + text.size(), settings.unix_mask, 8).ptr};
}

bool SetDialects(std::string_view text, Settings& settings) {
  return SetChoice(text, kDialects, settings.dialects);
}

bool SetPrefixDelimiter(std::string_view text, Settings& settings) {
  if (text.size() != 1) return false;
  settings.prefix_delimiter = text.front();
  settings.detail = true;
  return true;
}

bool SetIo(std::string_view text, Settings& settings) {
  return SetChoice(text, kBackends, settings.io);
}

bool SetEviction(std::string_view text, Settings& settings) {
  return SetChoice(text, kEvictions, settings.eviction);
}

bool SetBloom(std::string_view text, Settings& settings) {
  return SetChoice(text, kBloomModes, settings.bloom);
}

constexpr Option kOptions[] = {
    {"p", "port", OptionKind::kValue, OptionOrigin::kMemcached, "PORT",
     "TCP port; 0 or -1: any free one", "a port from 0 to 65535, or -1 for any", EX_USAGE, SetPort,
     [](const Settings& s) { return std::to_string(s.port); }},
    {"l", "listen", OptionKind::kList, OptionOrigin::kMemcached, "ADDRESS[,...]",
     "where to listen: host, host:port or [ipv6]:port",
     "addresses such as 127.0.0.1, 0.0.0.0:11311 or [::1]:11211, separated by commas", EX_USAGE,
     SetListen, [](const Settings& s) { return JoinWithCommas(s.listen); }},
    {"t", "threads", OptionKind::kValue, OptionOrigin::kMemcached, "THREADS",
     "threads that serve connections", "threads from 1 to 256", kMemcachedFailure, SetThreads,
     [](const Settings& s) { return std::to_string(s.threads); },
     "or one for each CPU that it may use, if those are fewer"},
    {"m", "memory-limit", OptionKind::kValue, OptionOrigin::kMemcached, "MEGABYTES",
     "memory for the whole process", "megabytes from 1 to 262144", EX_USAGE, SetMemoryLimit,
     [](const Settings& s) { return std::to_string(s.memory_limit_bytes >> kMegabyteShift); },
     "or what the limit of a control group leaves"},
    {"c", "conn-limit", OptionKind::kValue, OptionOrigin::kMemcached, "CONNECTIONS",
     "connections at a time", "connections from 1 to 1048576", kMemcachedFailure,
     SetCount<&Settings::max_connections, 1, kMaxConnections>,
     GetCount<&Settings::max_connections>},
    {"I", "max-item-size", OptionKind::kValue, OptionOrigin::kMemcached, "BYTES[k|m|g]",
     "largest item, at most half of the memory limit",
     "bytes from 1k to 1024m (k, m, g: KiB, MiB, GiB)", EX_USAGE, SetMaxItemSize,
     [](const Settings& s) { return FormatBytes(s.max_item_bytes); }},
    {"U", "udp-port", OptionKind::kValue, OptionOrigin::kMemcached, "0",
     "only 0: there is no UDP here", "0, since there is no UDP here", EX_USAGE, SetUdpPort,
     [](const Settings&) { return std::string("0"); }},
    {"u", "user", OptionKind::kValue, OptionOrigin::kMemcached, "NAME",
     "user to become; needed when started as root", "the name of a user", EX_USAGE,
     SetText<&Settings::user>, GetText<&Settings::user>},
    {"v", "verbose", OptionKind::kCount, OptionOrigin::kMemcached, "",
     "say more on stderr; -vv also says all settings", "a level from 0 to 3", EX_USAGE,
     SetVerbosity, [](const Settings& s) { return std::to_string(s.verbosity); }},
    {"M", "disable-evictions", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "refuse stores to a full cache instead of dropping old items", "true or false", EX_USAGE,
     SetSwitch<&Settings::evict, true>, GetSwitch<&Settings::evict, true>},
    {"b", "listen-backlog", OptionKind::kValue, OptionOrigin::kMemcached, "CONNECTIONS",
     "connections that may wait to be accepted", "connections from 1 to 65535", EX_USAGE,
     SetCount<&Settings::listen_backlog, 1, kMaxBacklog>, GetCount<&Settings::listen_backlog>},
    {"Y", "auth-file", OptionKind::kValue, OptionOrigin::kMemcached, "FILE",
     "file with a line user:password for each who may use the server", "the path of a file",
     EX_USAGE, SetAuthFile, [](const Settings& s) { return s.auth_file; }},
    {"S", "enable-sasl", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "let the users of -Y also authenticate by SASL PLAIN", "true or false", EX_USAGE,
     SetSwitch<&Settings::sasl>, GetSwitch<&Settings::sasl>},
    {"s", "unix-socket", OptionKind::kValue, OptionOrigin::kMemcached, "PATH",
     "Unix socket to listen on; without -l instead of TCP", "a path", EX_USAGE, SetUnixSocket,
     GetText<&Settings::unix_socket>},
    {"a", "unix-mask", OptionKind::kValue, OptionOrigin::kMemcached, "MODE",
     "mode of the Unix socket, in octal", "a mode from 0 to 777, in octal", EX_USAGE, SetUnixMask,
     GetUnixMask},
    {"B", "protocol", OptionKind::kValue, OptionOrigin::kMemcached, "auto|ascii|binary",
     "dialects that are spoken; auto: a connection's first byte decides", "auto, ascii or binary",
     EX_USAGE, SetDialects, [](const Settings& s) { return NameOf(kDialects, s.dialects); }},
    {"R", "max-reqs-per-event", OptionKind::kValue, OptionOrigin::kMemcached, "REQUESTS",
     "requests of a client that are answered before others have their turn",
     "requests from 1 to 1000000", EX_USAGE,
     SetCount<&Settings::turn_requests, 1, kMaxTurnRequests>, GetCount<&Settings::turn_requests>},
    {"D", "prefix-delimiter", OptionKind::kValue, OptionOrigin::kMemcached, "CHARACTER",
     "ends the prefix of a key; given, stats detail is on", "one character", EX_USAGE,
     SetPrefixDelimiter, [](const Settings& s) { return std::string(1, s.prefix_delimiter); }},
    {"F", "disable-flush-all", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "refuse flush_all", "true or false", EX_USAGE, SetSwitch<&Settings::flush_enabled, true>,
     GetSwitch<&Settings::flush_enabled, true>},
    {"X", "disable-dumping", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "refuse to list keys", "true or false", EX_USAGE, SetSwitch<&Settings::dump_enabled, true>,
     GetSwitch<&Settings::dump_enabled, true>},
    {"W", "disable-watch", OptionKind::kSwitch, OptionOrigin::kMemcached, "", "refuse watch",
     "true or false", EX_USAGE, SetSwitch<&Settings::watch_enabled, true>,
     GetSwitch<&Settings::watch_enabled, true>},
    {"A", "enable-shutdown", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "let clients stop the server by the command shutdown", "true or false", EX_USAGE,
     SetSwitch<&Settings::shutdown_command>, GetSwitch<&Settings::shutdown_command>},
    {"d", "daemon", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "go into the background once it serves", "true or false", EX_USAGE,
     SetSwitch<&Settings::daemon>, GetSwitch<&Settings::daemon>},
    {"P", "pidfile", OptionKind::kValue, OptionOrigin::kMemcached, "FILE",
     "write the process id there", "the path of a file", EX_USAGE, SetText<&Settings::pid_file>,
     GetText<&Settings::pid_file>},
    {"k", "lock-memory", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "keep all memory from being swapped out", "true or false", EX_USAGE,
     SetSwitch<&Settings::lock_memory>, GetSwitch<&Settings::lock_memory>},
    {"L", "enable-largepages", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "ask for huge pages for items and index", "true or false", EX_USAGE,
     SetSwitch<&Settings::huge_pages>, GetSwitch<&Settings::huge_pages>},
    {"r", "enable-coredumps", OptionKind::kSwitch, OptionOrigin::kMemcached, "",
     "let a crash leave a core file of any size", "true or false", EX_USAGE,
     SetSwitch<&Settings::core_dumps>, GetSwitch<&Settings::core_dumps>},
    {"", "admin", OptionKind::kValue, OptionOrigin::kRingcached, "HOST:PORT",
     "serve metrics, health and a page there, over HTTP",
     "an address with a port, such as 127.0.0.1:9150 or [::1]:9150", EX_USAGE, SetAdmin,
     GetText<&Settings::admin>},
    {"", "io", OptionKind::kValue, OptionOrigin::kRingcached, "auto|uring|epoll",
     "how to talk to the kernel; auto: io_uring if allowed", "auto, uring or epoll", EX_USAGE,
     SetIo, [](const Settings& s) { return NameOf(kBackends, s.io); }},
    {"", "eviction", OptionKind::kValue, OptionOrigin::kRingcached, "lru|s3fifo",
     "what a full cache drops; s3fifo also resists scans", "lru or s3fifo", EX_USAGE, SetEviction,
     [](const Settings& s) { return NameOf(kEvictions, s.eviction); }},
    {"", "bloom", OptionKind::kValue, OptionOrigin::kRingcached, "auto|on|off",
     "ask the Bloom filter first; auto: where it pays", "auto, on or off", EX_USAGE, SetBloom,
     [](const Settings& s) { return NameOf(kBloomModes, s.bloom); }},
    {"", "drain-timeout-ms", OptionKind::kValue, OptionOrigin::kRingcached, "MILLISECONDS",
     "how long a stop waits for clients to take their replies", "milliseconds from 0 to 600000",
     EX_USAGE, SetCount<&Settings::drain_timeout_ms, 0, kMaxDrainTimeoutMs>,
     GetCount<&Settings::drain_timeout_ms>},
    {"", "idle-timeout", OptionKind::kValue, OptionOrigin::kRingcached, "SECONDS",
     "close clients that send nothing for so long; 0: never", "seconds from 0 to 1000000000",
     EX_USAGE, SetCount<&Settings::idle_timeout_seconds, 0, kMaxIdleTimeoutSeconds>,
     GetCount<&Settings::idle_timeout_seconds>},
    {"", "maxconns-fast", OptionKind::kSwitch, OptionOrigin::kRingcached, "",
     "turn clients beyond -c away; false: let them wait", "true or false", EX_USAGE,
     SetSwitch<&Settings::reject_when_full>, GetSwitch<&Settings::reject_when_full>},
    {"", "lru-crawler", OptionKind::kSwitch, OptionOrigin::kRingcached, "",
     "answer lru_crawler metadump and mgdump", "true or false", EX_USAGE,
     SetSwitch<&Settings::lru_crawler>, GetSwitch<&Settings::lru_crawler>},
    {"", "watcher-logbuf-size", OptionKind::kValue, OptionOrigin::kRingcached, "KIB",
     "buffer of each watcher; what does not fit is lost", "KiB from 1 to 1048576", EX_USAGE,
     SetCount<&Settings::watcher_buffer_kib, 1, kMaxBufferKib>,
     GetCount<&Settings::watcher_buffer_kib>},
    {"", "worker-logbuf-size", OptionKind::kValue, OptionOrigin::kRingcached, "KIB",
     "lines for watchers from one turn of a thread", "KiB from 1 to 1048576", EX_USAGE,
     SetCount<&Settings::worker_buffer_kib, 1, kMaxBufferKib>,
     GetCount<&Settings::worker_buffer_kib>},
};

bool SameName(std::string_view a, std::string_view b) {
  const auto same = [](char x, char y) { return (x == '_' ? '-' : x) == (y == '_' ? '-' : y); };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

}  // namespace

std::span<const Option> Options() { return kOptions; }

const Option* FindOption(std::string_view name) {
  for (const Option& option : kOptions) {
    if (SameName(option.name, name)) return &option;
  }
  return nullptr;
}

std::string EvictionName(storage::EvictionPolicy policy) { return NameOf(kEvictions, policy); }

std::string DialectsName(protocol::SpokenDialects dialects) {
  // What memcached calls it when it prints it.
  return dialects == SpokenDialects::kAll ? "auto-negotiate" : NameOf(kDialects, dialects);
}

std::string BloomName(storage::BloomMode mode) { return NameOf(kBloomModes, mode); }

std::string CheckSettings(const Settings& settings) {
  if (settings.sasl && settings.auth_file.empty()) {
    return "-S: expected -Y FILE too, which names the users";
  }
  if (settings.max_item_bytes <= settings.memory_limit_bytes / 2) return {};
  return "-I " + FormatBytes(settings.max_item_bytes) + ": expected at most half of -m " +
         std::to_string(settings.memory_limit_bytes >> kMegabyteShift);
}

}  // namespace ringcached::server
