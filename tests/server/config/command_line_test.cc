#include "server/config/command_line.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tests/server/config/temp_file.h"

namespace ringcached::server {
namespace {

using Arguments = std::vector<std::string>;

std::variant<Launch, Leave> Parse(const Arguments& arguments, const Settings& defaults = {}) {
  std::vector<const char*> argv{"ringcached"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data(), defaults);
}

Launch ParseToLaunch(const Arguments& arguments) {
  const std::variant<Launch, Leave> result = Parse(arguments);
  if (const Leave* const leave = std::get_if<Leave>(&result)) {
    ADD_FAILURE() << "left with " << leave->exit_code << ": " << leave->err;
    return {};
  }
  return std::get<Launch>(result);
}

Settings ParseToSettings(const Arguments& arguments) { return ParseToLaunch(arguments).settings; }

Leave ParseToLeave(const Arguments& arguments) {
  const std::variant<Launch, Leave> result = Parse(arguments);
  if (const Leave* const leave = std::get_if<Leave>(&result)) return *leave;
  ADD_FAILURE() << "would run: " << ::testing::PrintToString(arguments);
  return {};
}

void ExpectError(const Arguments& arguments, int exit_code, std::string_view line) {
  const Leave leave = ParseToLeave(arguments);
  EXPECT_EQ(leave.exit_code, exit_code) << ::testing::PrintToString(arguments);
  EXPECT_EQ(leave.err, "ringcached: " + std::string(line) + "\n");
  EXPECT_EQ(leave.out, "");
}

TEST(CommandLineTest, WithoutOptionsTheDefaultsHold) {
  const Launch launch = ParseToLaunch({});
  EXPECT_EQ(launch.settings.port, 11211);
  EXPECT_EQ(launch.settings.listen, Arguments({"127.0.0.1", "::1"}));
  EXPECT_FALSE(launch.settings.listen_given);
  EXPECT_EQ(launch.settings.max_item_bytes, 1u << 20);
  EXPECT_TRUE(launch.warnings.empty());
  EXPECT_TRUE(launch.notes.empty());
}

TEST(CommandLineTest, TakesLetters) {
  const Settings settings =
      ParseToSettings({"-p", "0", "-t", "2", "-m", "100", "-c", "50", "-I", "2m", "-U", "0", "-u",
                       "nobody", "-M", "-b", "7", "-l", "0.0.0.0"});
  EXPECT_EQ(settings.port, 0);
  EXPECT_EQ(settings.threads, 2);
  EXPECT_EQ(settings.memory_limit_bytes, 100u << 20);
  EXPECT_EQ(settings.max_connections, 50u);
  EXPECT_EQ(settings.max_item_bytes, 2u << 20);
  EXPECT_EQ(settings.user, "nobody");
  EXPECT_FALSE(settings.evict);
  EXPECT_EQ(settings.listen_backlog, 7u);
  EXPECT_EQ(settings.listen, Arguments({"0.0.0.0"}));
  EXPECT_TRUE(settings.listen_given);
}

TEST(CommandLineTest, TakesNames) {
  const Settings settings = ParseToSettings(
      {"--port=1", "--listen=::", "--threads=2", "--memory-limit", "100", "--conn-limit=50",
       "--max-item-size=2m", "--udp-port=0", "--user=nobody", "--disable-evictions", "--verbose",
       "--listen-backlog=7", "--io=epoll", "--drain-timeout-ms=5"});
  EXPECT_EQ(settings.port, 1);
  EXPECT_EQ(settings.listen, Arguments({"::"}));
  EXPECT_EQ(settings.memory_limit_bytes, 100u << 20);
  EXPECT_EQ(settings.verbosity, 1);
  EXPECT_EQ(settings.io, IoBackend::kEpoll);
  EXPECT_EQ(settings.drain_timeout_ms, 5u);
  EXPECT_FALSE(settings.evict);
}

// Container images pass a letter and its value as one argument.
TEST(CommandLineTest, TakesLetterAndValueInOneArgument) {
  const Settings settings = ParseToSettings({"-m 8192", "-I 5m", "-p11311", "-c\t16384", "-vv"});
  EXPECT_EQ(settings.memory_limit_bytes, size_t{8192} << 20);
  EXPECT_EQ(settings.max_item_bytes, 5u << 20);
  EXPECT_EQ(settings.port, 11311);
  EXPECT_EQ(settings.max_connections, 16384u);
  EXPECT_EQ(settings.verbosity, 2);
}

TEST(CommandLineTest, TakesBlanksBeforeAValue) {
  EXPECT_EQ(ParseToSettings({"-m", " 128"}).memory_limit_bytes, 128u << 20);
  EXPECT_EQ(ParseToSettings({"--memory-limit= 128"}).memory_limit_bytes, 128u << 20);
}

TEST(CommandLineTest, CountsVerbosity) {
  EXPECT_EQ(ParseToSettings({"-v"}).verbosity, 1);
  EXPECT_EQ(ParseToSettings({"-v", "-v"}).verbosity, 2);
  EXPECT_EQ(ParseToSettings({"-vvv"}).verbosity, 3);
  EXPECT_EQ(ParseToSettings({"-vvvvv"}).verbosity, 3);
  EXPECT_EQ(ParseToSettings({"--verbose=2"}).verbosity, 2);
}

TEST(CommandLineTest, MinusOneIsAnyPort) { EXPECT_EQ(ParseToSettings({"-p", "-1"}).port, 0); }

TEST(CommandLineTest, TheLastValueCounts) {
  EXPECT_EQ(ParseToSettings({"-t", "2", "-t", "3"}).threads, 3);
  EXPECT_EQ(ParseToSettings({"-t", "2", "--threads=5"}).threads, 5);
}

TEST(CommandLineTest, JoinsListenAddresses) {
  EXPECT_EQ(ParseToSettings({"-l", "127.0.0.1,[::1]:5", "--listen=[::1]", "-l10.0.0.1:6"}).listen,
            Arguments({"127.0.0.1", "[::1]:5", "[::1]", "10.0.0.1:6"}));
}

TEST(CommandLineTest, TakesOwnSettingsInTheExtendedList) {
  const Launch launch =
      ParseToLaunch({"-o", "io=epoll,modern", "--extended=drain_timeout_ms=7,track_sizes"});
  EXPECT_EQ(launch.settings.io, IoBackend::kEpoll);
  EXPECT_EQ(launch.settings.drain_timeout_ms, 7u);
  EXPECT_EQ(launch.notes, Arguments({"-o modern: has no meaning here and is ignored",
                                     "-o track_sizes: has no meaning here and is ignored"}));
}

TEST(CommandLineTest, ASmallMemoryLimitLowersTheLargestItem) {
  EXPECT_EQ(ParseToSettings({"-m", "1"}).max_item_bytes, 512u << 10);
  EXPECT_EQ(ParseToSettings({"-m", "2"}).max_item_bytes, 1u << 20);
  ExpectError({"-m", "1", "-I", "1m"}, 64, "-I 1m: expected at most half of -m 1");
}

// The defaults of a machine, which whatever is given replaces.
Settings SmallMachine() {
  Settings defaults;
  defaults.memory_limit_bytes = 1u << 20;
  defaults.memory_limit_origin = "as small as the machine";
  defaults.threads = 1;
  defaults.threads_origin = "it has no more";
  return defaults;
}

Settings ParseOnSmallMachine(const Arguments& arguments) {
  return std::get<Launch>(Parse(arguments, SmallMachine())).settings;
}

TEST(CommandLineTest, TheMachinesDefaultsHoldForWhatIsNotGiven) {
  const Settings settings = ParseOnSmallMachine({"-c", "50"});
  EXPECT_EQ(settings.memory_limit_bytes, 1u << 20);
  EXPECT_EQ(settings.memory_limit_origin, "as small as the machine");
  EXPECT_EQ(settings.threads, 1);
  EXPECT_EQ(settings.threads_origin, "it has no more");
  EXPECT_EQ(settings.max_item_bytes, 512u << 10) << "half of the limit in force";
}

TEST(CommandLineTest, WhatIsGivenWinsOverTheMachinesDefaults) {
  const TempFile file("memory-limit=64\nthreads=4\n");
  for (const Arguments& arguments :
       {Arguments{"-m", "64", "-t", "4"}, Arguments{"--config=" + file.path()}}) {
    const Settings settings = ParseOnSmallMachine(arguments);
    EXPECT_EQ(settings.memory_limit_bytes, 64u << 20);
    EXPECT_EQ(settings.memory_limit_origin, "");
    EXPECT_EQ(settings.threads, 4);
    EXPECT_EQ(settings.threads_origin, "");
    EXPECT_EQ(settings.max_item_bytes, 1u << 20);
  }
}

TEST(CommandLineTest, AnItemThatTheMachinesDefaultIsTooSmallForIsAnError) {
  const std::variant<Launch, Leave> result = Parse({"-I", "1m"}, SmallMachine());
  EXPECT_EQ(std::get<Leave>(result).exit_code, 64);
  EXPECT_EQ(std::get<Leave>(result).err, "ringcached: -I 1m: expected at most half of -m 1\n");
}

// The same text on every machine.
TEST(CommandLineTest, TheHelpSaysWhatMayStandInTheDefaultsPlace) {
  const std::string help = std::get<Leave>(Parse({"--help"}, SmallMachine())).out;
  for (const std::string part :
       {"(default 4, or one for each CPU", "(default 64, or what the limit of a control group"}) {
    EXPECT_NE(help.find(part), std::string::npos) << part << " is not in\n" << help;
  }
}

TEST(CommandLineTest, WarnsOfManyThreads) {
  EXPECT_TRUE(ParseToLaunch({"-t", "64"}).warnings.empty());
  EXPECT_EQ(ParseToLaunch({"-t", "65"}).warnings.size(), 1u);
}

// The exit codes are memcached's.
TEST(CommandLineTest, AWrongValueGetsOneLine) {
  ExpectError({"-m", "12x"}, 64, "-m 12x: expected megabytes from 1 to 262144");
  ExpectError({"-m 12x"}, 64, "-m 12x: expected megabytes from 1 to 262144");
  ExpectError({"--memory-limit=0"}, 64, "--memory-limit 0: expected megabytes from 1 to 262144");
  ExpectError({"-t", "0"}, 1, "-t 0: expected threads from 1 to 256");
  ExpectError({"-c", "none"}, 1, "-c none: expected connections from 1 to 1048576");
  ExpectError({"-p", "70000"}, 64, "-p 70000: expected a port from 0 to 65535, or -1 for any");
  ExpectError({"-I", "1"}, 64, "-I 1: expected bytes from 1k to 1024m (k, m, g: KiB, MiB, GiB)");
  ExpectError({"-U", "11211"}, 64, "-U 11211: expected 0, since there is no UDP here");
  ExpectError({"--io=aio"}, 64, "--io aio: expected auto, uring or epoll");
  ExpectError({"--verbose=x"}, 64, "--verbose x: expected a level from 0 to 3");
  ExpectError({"--disable-evictions=x"}, 64, "--disable-evictions x: expected true or false");
}

TEST(CommandLineTest, AWrongExtendedOptionGetsOneLine) {
  const std::string names =
      "admin,io,eviction,bloom,drain-timeout-ms,idle-timeout,maxconns-fast,lru-crawler,"
      "watcher-logbuf-size,worker-logbuf-size";
  ExpectError({"-o", "io=aio"}, 64, "-o io=aio: expected auto, uring or epoll");
  ExpectError({"-o", "modern,bogus=1"}, 1, "-o bogus=1: expected one of " + names);
  ExpectError({"-o", "threads=1"}, 1, "-o threads=1: expected one of " + names);
}

TEST(CommandLineTest, RefusesWhatSomebodyWouldRelyOn) {
  ExpectError(
      {"-o", "ext_path=/x:1G"}, 1,
      "-o ext_path=/x:1G: items are kept in memory only: there is no external storage here");
  ExpectError({"-o", "modern,proxy_config=x"}, 1, "-o proxy_config=x: there is no proxy here");
  ExpectError({"-e", "/x"}, 1, "-e (--memory-file): the cache can't be kept in a file yet");
  ExpectError({"-Z"}, 1, "-Z (--enable-ssl): there is no TLS here yet: put a TLS proxy in front");
}

// As of an unset variable in a script.
TEST(CommandLineTest, AnEmptySocketPathIsNoSocket) {
  ExpectError({"-s", ""}, 64, "-s : expected a path");
}

TEST(CommandLineTest, NotesWhatHasNoMeaningHere) {
  const Launch launch = ParseToLaunch({"-C", "-f", "1.25", "-n48", "--napi-ids=2"});
  EXPECT_EQ(launch.notes.size(), 4u);
  EXPECT_EQ(
      launch.notes.front(),
      "-C (--disable-cas): has no meaning here and is ignored: cas numbers cost nothing here");
}

TEST(CommandLineTest, SwitchesInTheExtendedListMayBeNegated) {
  const Settings on = ParseToSettings({"-o", "maxconns_fast,lru_crawler"});
  EXPECT_TRUE(on.reject_when_full);
  EXPECT_TRUE(on.lru_crawler);
  const Settings off = ParseToSettings({"-o", "no_maxconns_fast,no_lru_crawler,idle_timeout=60"});
  EXPECT_FALSE(off.reject_when_full);
  EXPECT_FALSE(off.lru_crawler);
  EXPECT_EQ(off.idle_timeout_seconds, 60u);
}

TEST(CommandLineTest, TakesMemcachedsSwitches) {
  const Settings settings = ParseToSettings({"-dkrLAFXW", "-P", "/run/x.pid", "-s/run/x", "-a",
                                             "0770", "-B", "ascii", "-R", "20", "-D", "/"});
  EXPECT_TRUE(settings.daemon && settings.lock_memory && settings.core_dumps &&
              settings.huge_pages);
  EXPECT_TRUE(settings.shutdown_command);
  EXPECT_FALSE(settings.flush_enabled || settings.dump_enabled || settings.watch_enabled);
  EXPECT_EQ(settings.pid_file, "/run/x.pid");
  EXPECT_EQ(settings.unix_socket, "/run/x");
  EXPECT_EQ(settings.unix_mask, 0770u);
  EXPECT_EQ(settings.dialects, protocol::SpokenDialects::kText);
  EXPECT_EQ(settings.turn_requests, 20u);
  EXPECT_EQ(settings.prefix_delimiter, '/');
  EXPECT_TRUE(settings.detail);
}

TEST(CommandLineTest, AnUnknownOptionGetsOneLine) {
  ExpectError({"-t", "2", "--bogus=5"}, 1,
              "--bogus=5: expected an option that ringcached -h lists");
  ExpectError({"-Q"}, 1, "-Q: expected an option that ringcached -h lists");
  ExpectError({"extra"}, 1, "extra: expected an option that ringcached -h lists");
}

TEST(CommandLineTest, AMissingValueGetsOneLine) {
  ExpectError({"-t", "2", "-m"}, 1, "-m: expected a value");
  ExpectError({"--memory-limit"}, 1, "--memory-limit: expected a value");
}

TEST(CommandLineTest, TheCommandLineWinsOverTheFile) {
  const TempFile file("threads=2\nlisten=10.0.0.1\nconn-limit=9\nverbose=2\n");
  const Settings settings =
      ParseToSettings({"-t", "3", "--config", file.path(), "-l", "10.0.0.2", "-v"});
  EXPECT_EQ(settings.threads, 3);
  EXPECT_EQ(settings.listen, Arguments({"10.0.0.2"}));
  EXPECT_EQ(settings.max_connections, 9u);
  EXPECT_EQ(settings.verbosity, 1);
}

TEST(CommandLineTest, AWrongFileGetsOneLine) {
  const TempFile value("memory-limit=12x\n");
  ExpectError({"--config=" + value.path()}, 64,
              value.path() + ": memory-limit=12x: expected megabytes from 1 to 262144");
  const TempFile name("memory=12\n");
  ExpectError({"--config=" + name.path()}, 64,
              name.path() + ": memory=12: expected the long name of an option (see ringcached -h)");
  ExpectError({"--config=/nonexistent"}, 64,
              "/nonexistent: expected a configuration file that can be read");
}

// memcached leaves with 1 for bad threads on the command line; a file is ours.
TEST(CommandLineTest, AWrongFileIsAUsageErrorWhateverTheOption) {
  const TempFile file("threads=0\n");
  EXPECT_EQ(ParseToLeave({"--config=" + file.path()}).exit_code, 64);
}

TEST(CommandLineTest, CheckConfigSaysYesOrWhatIsWrong) {
  EXPECT_FALSE(ParseToLaunch({"-t", "2"}).check_only);
  const Launch good = ParseToLaunch({"--check-config", "-t", "2", "-f", "1.25"});
  EXPECT_TRUE(good.check_only);
  EXPECT_EQ(good.notes.size(), 1u);
  ExpectError({"--check-config", "-t", "0"}, 64, "-t 0: expected threads from 1 to 256");
  ExpectError({"--bogus", "--check-config"}, 64,
              "--bogus: expected an option that ringcached -h lists");
}

TEST(CommandLineTest, PrintsItsVersion) {
  for (const char* const option : {"-V", "--version"}) {
    const Leave leave = ParseToLeave({option});
    EXPECT_EQ(leave.exit_code, 0);
    EXPECT_EQ(leave.out.find("ringcached "), 0u) << leave.out;
    EXPECT_NE(leave.out.find("memcached 1.6.45"), std::string::npos) << leave.out;
    EXPECT_EQ(leave.out.find('\n'), leave.out.size() - 1);
  }
}

TEST(CommandLineTest, HelpNamesEveryOption) {
  const Leave leave = ParseToLeave({"-h"});
  EXPECT_EQ(leave.exit_code, 0);
  EXPECT_EQ(leave.err, "");
  for (const char* const name :
       {"-p,--port", "-l,--listen", "-t,--threads", "-m,--memory-limit", "-c,--conn-limit",
        "-I,--max-item-size", "-U,--udp-port", "-u,--user", "-v,--verbose",
        "-M,--disable-evictions", "-b,--listen-backlog", "-o,--extended", "--io",
        "--drain-timeout-ms", "--config", "--check-config", "-V,--version", "-h,--help"}) {
    EXPECT_NE(leave.out.find(name), std::string::npos) << name << " is not in\n" << leave.out;
  }
}

}  // namespace
}  // namespace ringcached::server
