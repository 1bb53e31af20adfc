#include "server/process/credentials.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/io/descriptor.h"

namespace ringcached::server {
namespace {

// All that a right file can be, and a byte that tells if it is more.
constexpr size_t kMaxFileBytes = kMaxUsers * (kMaxUserLineBytes + 2) + 1;

// Keeps the compiler from finding out what the bits of a difference say before all are known.
uint8_t Opaque(uint8_t value) {
  asm volatile("" : "+r"(value));
  return value;
}

absl::Status Wrong(size_t line, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("line ", line, ": ", std::string(what)));
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = text->substr(0, end);
  text->remove_prefix(std::min(end + 1, text->size()));
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  const UniqueFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    return absl::NotFoundError(absl::StrCat("cannot be read: ", strerror(errno)));
  }
  std::string text(kMaxFileBytes, '\0');
  size_t bytes = 0;
  while (bytes < text.size()) {
    const ssize_t got = read(file.get(), text.data() + bytes, text.size() - bytes);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::NotFoundError(absl::StrCat("cannot be read: ", strerror(errno)));
    if (got == 0) break;
    bytes += static_cast<size_t>(got);
  }
  text.resize(bytes);
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Credentials>> Credentials::Parse(std::string_view text) {
  std::unique_ptr<Credentials> credentials(new Credentials);
  for (size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = TakeLine(&text);
    const size_t colon = line.find(':');
    if (line.size() > kMaxUserLineBytes) {
      return Wrong(number, absl::StrCat("expected at most ", kMaxUserLineBytes, " bytes"));
    }
    if (colon == std::string_view::npos || colon == 0) {
      return Wrong(number, "expected user:password");
    }
    if (credentials->size_ == kMaxUsers) {
      return Wrong(number, absl::StrCat("expected at most ", kMaxUsers, " users"));
    }
    User& user = credentials->users_[credentials->size_++];
    user.name = MakeWord(line.substr(0, colon));
    user.password = MakeWord(line.substr(colon + 1));
  }
  if (credentials->size_ == 0) return Wrong(1, "expected user:password");
  return credentials;
}

Credentials::~Credentials() { explicit_bzero(users_.data(), sizeof(users_)); }

// Every user is compared in full, also those there are not and after one was found.
bool Credentials::Know(std::string_view user, std::string_view password) const {
  Word name = MakeWord(user);
  Word secret = MakeWord(password);
  uint8_t known = 0;
  for (size_t i = 0; i < kMaxUsers; ++i) {
    const auto difference = static_cast<uint8_t>(Difference(users_[i].name, name) |
                                                 Difference(users_[i].password, secret));
    const auto is_same = static_cast<uint8_t>(1 - (Opaque(difference) != 0 ? 1 : 0));
    known |= static_cast<uint8_t>(is_same & (i < size_ ? 1 : 0));
  }
  explicit_bzero(&secret, sizeof(secret));
  return Opaque(known) != 0;
}

// What does not fit differs by its size from every word that does.
Credentials::Word Credentials::MakeWord(std::string_view text) {
  Word word;
  word.size = text.size();
  std::memcpy(word.bytes.data(), text.data(), std::min(text.size(), word.bytes.size()));
  return word;
}

uint8_t Credentials::Difference(const Word& a, const Word& b) {
  uint8_t difference = a.size == b.size ? 0 : 1;
  for (size_t i = 0; i < a.bytes.size(); ++i) {
    difference = Opaque(static_cast<uint8_t>(difference | (a.bytes[i] ^ b.bytes[i])));
  }
  return difference;
}

absl::Status CredentialFile::Load() {
  absl::StatusOr<std::string> text = ReadWholeFile(path_);
  if (!text.ok()) {
    return absl::NotFoundError(absl::StrCat(path_, ": ", std::string(text.status().message())));
  }
  absl::StatusOr<std::unique_ptr<Credentials>> read = Credentials::Parse(*text);
  explicit_bzero(text->data(), text->size());
  if (!read.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path_, ", ", std::string(read.status().message())));
  }
  std::shared_ptr<const Credentials> credentials = *std::move(read);
  storage::MutexLock lock(&mutex_);
  credentials_ = std::move(credentials);
  return absl::OkStatus();
}

std::string CredentialFile::Warning() const {
  struct stat facts = {};
  if (stat(path_.c_str(), &facts) != 0 || (facts.st_mode & S_IROTH) == 0) return {};
  return path_ + ": everybody on this machine can read these passwords";
}

bool CredentialFile::Know(std::string_view user, std::string_view password) const {
  std::shared_ptr<const Credentials> credentials;
  {
    storage::MutexLock lock(&mutex_);
    credentials = credentials_;
  }
  return credentials != nullptr && credentials->Know(user, password);
}

}  // namespace ringcached::server
