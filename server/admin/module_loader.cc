#include "server/admin/module_loader.h"

#include <dlfcn.h>

#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/net/listen_address.h"
#include "server/version.h"

namespace ringcached::server {
namespace {

// The paths are fixed by where the program lies: the environment has no say in what is loaded.
// None if the program does not know where it lies, since /proc is not there.
std::vector<std::filesystem::path> ModulePaths() {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error || !program.is_absolute()) return {};
  const std::filesystem::path folder = program.parent_path();
  return {folder / kAdminModuleFile,
          folder.parent_path() / "lib" / "ringcached" / kAdminModuleFile};
}

absl::Status Unusable(const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat("admin: ", why));
}

// Stays loaded: its code runs until the process ends.
absl::StatusOr<void*> LoadModule() {
  const std::vector<std::filesystem::path> paths = ModulePaths();
  if (paths.empty()) return Unusable("can't look beside the program: /proc is not there");
  for (const std::filesystem::path& path : paths) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) continue;
    void* const module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    // It says which file, and which library is missing.
    if (module == nullptr) return Unusable(absl::StrCat("can't load ", dlerror()));
    return module;
  }
  return Unusable(
      absl::StrCat("expected the module ", paths.front().string(), " or ", paths.back().string()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<AdminPort>> LoadAdminPort(const std::string& address) {
  const std::optional<ListenAddress> parsed = ParseListenAddress(address);
  if (!parsed.has_value() || !parsed->port.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("admin: no address with a port: ", address));
  }
  const absl::StatusOr<void*> module = LoadModule();
  if (!module.ok()) return module.status();
  auto* const version =
      reinterpret_cast<AdminModuleVersion*>(dlsym(*module, kAdminModuleVersionSymbol));
  auto* const open = reinterpret_cast<OpenAdminPort*>(dlsym(*module, kOpenAdminPortSymbol));
  if (version == nullptr || open == nullptr || version() != kVersionLine) {
    return Unusable(absl::StrCat(kAdminModuleFile, " is of another build than the server"));
  }
  std::string why;
  std::unique_ptr<AdminPort> port(open(parsed->host.c_str(), *parsed->port, &why));
  if (port == nullptr) {
    return absl::UnavailableError(absl::StrCat("admin: can't listen on ", address, ": ", why));
  }
  return port;
}

}  // namespace ringcached::server
