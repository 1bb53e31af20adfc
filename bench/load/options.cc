#include "bench/load/options.h"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <limits>
#include <map>

namespace ringcached::load {
namespace {

constexpr size_t kMaxConnections = 500'000;
constexpr uint32_t kMaxPipeline = 10'000;
constexpr uint64_t kMaxKeys = 1'000'000'000;
constexpr size_t kMaxValueBytes = size_t{1} << 30;
constexpr double kMaxDurationS = 86'400;
constexpr uint32_t kMaxReplyTimeoutS = 3'600;
constexpr uint32_t kMaxKeysPerGet = 100;  // of a line of 2 KiB, memcached's limit
constexpr double kMaxZipfExponent = 10;
constexpr double kMaxRate = 1e7;

const std::map<std::string, Dialect> kDialects{
    {"text", Dialect::kText}, {"meta", Dialect::kMeta}, {"binary", Dialect::kBinary}};

const char* ReadPart(const char* begin, const char* end, uint32_t& part) {
  const auto [rest, error] = std::from_chars(begin, end, part);
  return error == std::errc() ? rest : nullptr;
}

// "1:10"
bool ReadRatio(const std::string& text, Options& options) {
  const char* const end = text.data() + text.size();
  const char* const colon = ReadPart(text.data(), end, options.mix.sets);
  if (colon == nullptr || colon == end || *colon != ':') return false;
  return ReadPart(colon + 1, end, options.mix.gets) == end &&
         uint64_t{options.mix.sets} + options.mix.gets > 0;
}

// CLI11 takes what is wrong with a value, or nothing.
std::string RatioError(const std::string& text) {
  Options ignored;
  return ReadRatio(text, ignored) ? "" : text + " is not a ratio like 1:10";
}

void AddServer(CLI::App& app, Options& options) {
  app.add_option("--host", options.host, "Name or address of the server")->capture_default_str();
  app.add_option("--port", options.port, "Port of the server")->capture_default_str();
  app.add_option("--pid", options.pid, "Process of the server: reports its CPU time and memory")
      ->check(CLI::PositiveNumber);
}

void AddConnections(CLI::App& app, Options& options) {
  app.add_option("--connections", options.connections, "Busy connections")
      ->check(CLI::Range(size_t{1}, kMaxConnections))
      ->capture_default_str();
  app.add_option("--idle-connections", options.idle_connections,
                 "Connections that stay open beside them; with any, every connection answers one "
                 "get first and one last")
      ->check(CLI::Range(size_t{0}, kMaxConnections))
      ->capture_default_str();
  app.add_option("--idle-time", options.idle_time_s,
                 "Seconds in which all connections are open and nothing is asked, before the load; "
                 "with --pid the server's CPU time then is reported")
      ->check(CLI::Range(0.0, kMaxDurationS))
      ->capture_default_str();
  app.add_option("--pipeline", options.pipeline, "Requests in flight per busy connection")
      ->check(CLI::Range(uint32_t{1}, kMaxPipeline))
      ->capture_default_str();
  app.add_option("--rate", options.rate,
                 "Requests a second in all, due at random times whether or not earlier ones were "
                 "answered; latencies count from then. Without it a connection asks when it is "
                 "answered")
      ->check(CLI::Range(0.0, kMaxRate));
}

void AddProtocol(CLI::App& app, Options& options) {
  app.add_option("--protocol", options.dialect, "text, meta or binary")
      ->transform(CLI::CheckedTransformer(kDialects))
      ->default_str("text");
  app.add_option("--multiget", options.mix.keys_per_get, "Keys of each get")
      ->check(CLI::Range(uint32_t{1}, kMaxKeysPerGet))
      ->capture_default_str();
  app.add_option("--check-every", options.check_every,
                 "One reply in so many is compared byte by byte, the others at their ends")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
}

void AddRequests(CLI::App& app, Options& options) {
  app.add_option("--keys", options.keys, "Number of keys")
      ->check(CLI::Range(uint64_t{1}, kMaxKeys))
      ->capture_default_str();
  app.add_option("--value-bytes", options.value_bytes, "Length of each value")
      ->check(CLI::Range(size_t{0}, kMaxValueBytes))
      ->capture_default_str();
  app.add_option("--zipf", options.mix.zipf_exponent,
                 "Exponent of Zipf's law, by which some keys are asked for more often; with 0 all "
                 "alike")
      ->check(CLI::Range(0.0, kMaxZipfExponent))
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--ratio", [&options](const std::string& text) { ReadRatio(text, options); },
         "Sets to gets, in random order")
      ->type_name("SETS:GETS")
      ->check(RatioError)
      ->default_str("1:10");
  app.add_option("--seed", options.seed, "Of the random order")->capture_default_str();
  app.add_flag("!--no-preload", options.preload, "Do not set every key first");
  app.add_flag("--allow-misses", options.allow_misses, "A miss is no error");
  app.add_flag("--absent-keys", options.absent_keys,
               "Ask for keys that nobody sets: a miss is right, a hit is not");
}

void AddTimes(CLI::App& app, Options& options) {
  app.add_option("--warmup", options.warmup_s, "Seconds that are not measured")
      ->check(CLI::Range(0.0, kMaxDurationS))
      ->capture_default_str();
  app.add_option("--duration", options.duration_s, "Seconds that are measured")
      ->check(CLI::Range(0.0, kMaxDurationS))
      ->capture_default_str();
  app.add_option("--reply-timeout", options.reply_timeout_s,
                 "Seconds of complete silence after which what is in flight is lost")
      ->check(CLI::Range(uint32_t{1}, kMaxReplyTimeoutS))
      ->capture_default_str();
}

}  // namespace

std::variant<Options, int> ParseOptions(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Loads a memcached server and verifies its replies. Exits 0 "
      "only if none was wrong, missed or lost.");
  AddServer(app, options);
  AddConnections(app, options);
  AddProtocol(app, options);
  AddRequests(app, options);
  app.add_flag("--lines", options.lines, "Report in lines of a name and a value, for programs");
  AddTimes(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? EX_OK : EX_USAGE;
  }
  return options;
}

}  // namespace ringcached::load
