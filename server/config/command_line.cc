#include "server/config/command_line.h"

#include <sysexits.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "server/config/config_file.h"
#include "server/config/foreign_options.h"
#include "server/config/options.h"
#include "server/config/values.h"
#include "server/version.h"

namespace ringcached::server {
namespace {

constexpr int kUnknownOptionExitCode = 1;  // memcached's
constexpr int kManyThreads = 64;           // memcached's
constexpr size_t kHelpColumn = 34;         // where the descriptions begin
constexpr std::string_view kCheckConfig = "--check-config";

constexpr std::string_view kLicense =
    "ringcached, Copyright (c) 2026, The ringcached authors.\n"
    "BSD 3-Clause License; its text comes with the sources, in the file LICENSE.\n";

// A value that was given for a setting.
struct Assignment {
  const Option* option;
  std::string value;
  std::string shown;  // as it was written: "-m 12x"
  int error_exit_code;
};

// What CLI11 knows after parsing.
struct ParsedOptions {
  std::vector<std::pair<const Option*, CLI::Option*>> settings;
  std::vector<std::pair<const ForeignOption*, CLI::Option*>> foreign;
  CLI::Option* extended = nullptr;
  CLI::Option* config = nullptr;
  CLI::Option* check = nullptr;
};

std::string CliNames(const Option& option) {
  std::string names = option.letter.empty() ? "" : "-" + std::string(option.letter) + ",";
  return names + "--" + std::string(option.name);
}

std::string HelpText(const Option& option) {
  const std::string value = option.get(Settings{});
  const bool has_default = !option.value_name.empty() && !value.empty();
  if (!has_default) return std::string(option.help);
  const std::string_view instead = option.instead_of_default;
  return std::string(option.help) + " (default " + value + (instead.empty() ? "" : ", ") +
         std::string(instead) + ")";
}

CLI::Option* AddValue(CLI::App& app, const std::string& names, std::string_view value_name,
                      const std::string& help) {
  return app.add_option(names, CLI::callback_t(), help)
      ->type_name(std::string(value_name))
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* AddFlag(CLI::App& app, const std::string& names, const std::string& help) {
  return app.add_flag(names, help)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* AddSetting(CLI::App& app, const Option& option) {
  const std::string help = HelpText(option);
  CLI::Option* const added = option.value_name.empty()
                                 ? AddFlag(app, CliNames(option), help)
                                 : AddValue(app, CliNames(option), option.value_name, help);
  return added->group(option.origin == OptionOrigin::kMemcached
                          ? "memcached's options"
                          : "ringcached's options, also as -o NAME=VALUE");
}

ParsedOptions AddOptions(CLI::App& app) {
  ParsedOptions parsed;
  for (const Option& option : Options()) {
    parsed.settings.emplace_back(&option, AddSetting(app, option));
  }
  for (const ForeignOption& option : ForeignOptions()) {
    const std::string names = "-" + std::string(option.letter) + ",--" + std::string(option.name);
    const std::string help(option.help);
    CLI::Option* const added =
        option.takes_value ? AddValue(app, names, "VALUE", help) : AddFlag(app, names, help);
    parsed.foreign.emplace_back(&option, added->group("memcached's options, for its scripts"));
  }
  parsed.extended =
      AddValue(app, "-o,--extended", "NAME[=VALUE][,...]", "comma list of further settings")
          ->group("memcached's options");
  parsed.config =
      AddValue(app, "--config", "FILE", "read settings from FILE; the command line wins")
          ->group("General");
  AddFlag(app, "-i,--license", "print the license and exit")->group("General");
  parsed.check =
      AddFlag(app, std::string(kCheckConfig), "check command line and file, and exit with 0 or 64")
          ->group("General");
  return parsed;
}

void SetUpApp(CLI::App& app) {
  app.name("ringcached");
  app.get_formatter()->column_width(kHelpColumn);
  app.set_help_flag("-h,--help", "print this help and exit")->group("General");
  app.set_version_flag("-V,--version", std::string(kVersionLine), "print the version and exit")
      ->group("General");
  app.allow_extras();
}

Leave Failure(int exit_code, const std::string& what) {
  return {.exit_code = exit_code, .out = {}, .err = "ringcached: " + what + "\n"};
}

// How the user wrote an option: by its letter or by its name.
std::string Spelling(const Option& option, std::span<const char* const> arguments) {
  const std::string name = "--" + std::string(option.name);
  const auto is_name = [&](std::string_view argument) {
    return argument.substr(0, argument.find('=')) == name;
  };
  const bool by_name = std::any_of(arguments.begin(), arguments.end(), is_name);
  return by_name || option.letter.empty() ? name : "-" + std::string(option.letter);
}

// One value out of all that were given for an option.
std::string Merge(OptionKind kind, const std::vector<std::string>& values) {
  if (kind == OptionKind::kList) return JoinWithCommas(values);
  if (kind != OptionKind::kCount || values.back() != "true") return values.back();
  return std::to_string(values.size());
}

void AddAssignment(const Option& option, const std::vector<std::string>& values,
                   const std::string& spelling, std::vector<Assignment>& assignments) {
  std::string value(TrimBlanks(Merge(option.kind, values)));
  std::string shown = spelling + " " + value;
  assignments.push_back({&option, std::move(value), std::move(shown), option.error_exit_code});
}

std::optional<Leave> AddFile(const CLI::Option& config, std::vector<Assignment>& assignments) {
  if (config.count() == 0) return std::nullopt;
  const std::string path(TrimBlanks(config.results().back()));
  absl::StatusOr<std::vector<ConfigLine>> lines = ReadConfigFile(path);
  if (!lines.ok()) return Failure(EX_USAGE, std::string(lines.status().message()));
  for (const ConfigLine& line : *lines) {
    const std::string shown = path + ": " + line.name + "=" + line.value;
    const Option* const option = FindOption(line.name);
    if (option == nullptr) {
      return Failure(EX_USAGE, shown + ": expected the long name of an option (see ringcached -h)");
    }
    assignments.push_back({option, line.value, shown, EX_USAGE});
  }
  return std::nullopt;
}

std::string OwnNames() {
  std::vector<std::string> names;
  for (const Option& option : Options()) {
    if (option.origin == OptionOrigin::kRingcached) names.emplace_back(option.name);
  }
  return JoinWithCommas(names);
}

bool IsOwnSwitch(const Option& option) {
  return option.kind == OptionKind::kSwitch && option.origin == OptionOrigin::kRingcached;
}

// Notes those that are ignored; refuses the others.
std::optional<Leave> CheckForeign(const ParsedOptions& parsed, std::vector<std::string>& notes) {
  for (const auto& [option, given] : parsed.foreign) {
    if (given->count() == 0) continue;
    const std::string shown =
        "-" + std::string(option->letter) + " (--" + std::string(option->name) + ")";
    if (!option->refusal.empty()) {
      return Failure(kUnknownOptionExitCode, shown + ": " + std::string(option->refusal));
    }
    notes.push_back(shown + ": has no meaning here and is " + std::string(option->help));
  }
  return std::nullopt;
}

std::optional<Leave> AddExtended(const CLI::Option& extended, std::vector<Assignment>& assignments,
                                 std::vector<std::string>& notes) {
  for (ExtendedOption& item : SplitExtendedOptions(JoinWithCommas(extended.results()))) {
    const Option* const option = FindOption(item.name);
    const Option* const negated =
        item.name.starts_with("no_") ? FindOption(item.name.substr(3)) : nullptr;
    const std::string_view refusal = RefusalOfExtendedOption(item.name);
    if (option != nullptr && option->origin == OptionOrigin::kRingcached) {
      // A switch alone is on.
      const bool is_switch = option->kind == OptionKind::kSwitch && item.value.empty();
      assignments.push_back({option, is_switch ? "true" : std::move(item.value), "-o " + item.text,
                             option->error_exit_code});
    } else if (negated != nullptr && IsOwnSwitch(*negated)) {
      assignments.push_back({negated, "false", "-o " + item.text, negated->error_exit_code});
    } else if (!refusal.empty()) {
      return Failure(kUnknownOptionExitCode, "-o " + item.text + ": " + std::string(refusal));
    } else if (IsIgnoredExtendedOption(item.name)) {
      notes.push_back("-o " + item.text + ": has no meaning here and is ignored");
    } else {
      return Failure(kUnknownOptionExitCode, "-o " + item.text + ": expected one of " + OwnNames());
    }
  }
  return std::nullopt;
}

// A small memory limit lowers the largest item with it, unless that was asked for.
void FitMaxItem(const std::vector<Assignment>& assignments, Settings& settings) {
  const auto is_given = [](const Assignment& a) { return a.option->name == "max-item-size"; };
  if (std::any_of(assignments.begin(), assignments.end(), is_given)) return;
  settings.max_item_bytes = std::min(settings.max_item_bytes, settings.memory_limit_bytes / 2);
}

std::variant<Launch, Leave> Apply(const std::vector<Assignment>& assignments,
                                  std::vector<std::string> notes, const Settings& defaults) {
  Launch launch{
      .settings = defaults, .warnings = {}, .notes = std::move(notes), .check_only = false};
  for (const Assignment& a : assignments) {
    if (a.option->set(a.value, launch.settings)) continue;
    return Failure(a.error_exit_code, a.shown + ": expected " + std::string(a.option->expected));
  }
  FitMaxItem(assignments, launch.settings);
  if (std::string wrong = CheckSettings(launch.settings); !wrong.empty()) {
    return Failure(EX_USAGE, wrong);
  }
  if (launch.settings.threads > kManyThreads) {
    launch.warnings.push_back("-t " + std::to_string(launch.settings.threads) +
                              ": more threads than cores make a server slower");
  }
  return launch;
}

std::variant<Launch, Leave> Evaluate(const CLI::App& app, const ParsedOptions& parsed,
                                     std::span<const char* const> arguments,
                                     const Settings& defaults) {
  if (app.count("--license") > 0) {
    return Leave{.exit_code = 0, .out = std::string(kLicense), .err = {}};
  }
  if (const std::vector<std::string> unknown = app.remaining(); !unknown.empty()) {
    return Failure(kUnknownOptionExitCode,
                   unknown.front() + ": expected an option that ringcached -h lists");
  }
  std::vector<Assignment> assignments;
  std::vector<std::string> notes;
  if (std::optional<Leave> leave = AddFile(*parsed.config, assignments)) return *leave;
  if (std::optional<Leave> leave = CheckForeign(parsed, notes)) return *leave;
  if (std::optional<Leave> leave = AddExtended(*parsed.extended, assignments, notes)) return *leave;
  for (const auto& [option, given] : parsed.settings) {
    if (given->count() == 0) continue;
    AddAssignment(*option, given->results(), Spelling(*option, arguments), assignments);
  }
  return Apply(assignments, std::move(notes), defaults);
}

std::variant<Launch, Leave> Parse(std::span<const char* const> arguments,
                                  const Settings& defaults) {
  CLI::App app("An in-memory cache that speaks the memcached protocol.");
  SetUpApp(app);
  const ParsedOptions parsed = AddOptions(app);
  try {
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::CallForHelp&) {
    return Leave{.exit_code = 0, .out = app.help(), .err = {}};
  } catch (const CLI::CallForVersion&) {
    return Leave{.exit_code = 0, .out = std::string(kVersionLine) + "\n", .err = {}};
  } catch (const CLI::ArgumentMismatch&) {
    // Only the last argument can lack a value: an earlier one takes what follows it.
    return Failure(kUnknownOptionExitCode, std::string(arguments.back()) + ": expected a value");
  } catch (const CLI::Error& error) {
    return Failure(EX_USAGE, error.what());
  }
  return Evaluate(app, parsed, arguments, defaults);
}

}  // namespace

std::variant<Launch, Leave> ParseCommandLine(int argc, const char* const* argv,
                                             const Settings& defaults) {
  const std::span<const char* const> arguments(argv, static_cast<size_t>(argc));
  std::variant<Launch, Leave> result = Parse(arguments, defaults);
  const auto is_check = [](std::string_view argument) { return argument == kCheckConfig; };
  if (!std::any_of(arguments.begin(), arguments.end(), is_check)) return result;
  if (Launch* const launch = std::get_if<Launch>(&result)) launch->check_only = true;
  if (Leave* const leave = std::get_if<Leave>(&result); leave != nullptr && leave->exit_code != 0) {
    leave->exit_code = EX_USAGE;
  }
  return result;
}

}  // namespace ringcached::server
