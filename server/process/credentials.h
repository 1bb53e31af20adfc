// Who may use the server: the users of a file with a line "user:password" for each, as memcached's
// -Y takes it.

#ifndef RINGCACHED_SERVER_PROCESS_CREDENTIALS_H_
#define RINGCACHED_SERVER_PROCESS_CREDENTIALS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "storage/mutex.h"

namespace ringcached::server {

// Users in one file, and bytes in one line of it; memcached's limits.
inline constexpr size_t kMaxUsers = 8;
inline constexpr size_t kMaxUserLineBytes = 256;

// Users and passwords in memory. Wiped when it goes.
class Credentials {
 public:
  // InvalidArgument names the line and what is wrong with it: no colon, no user in front of it,
  // more than kMaxUserLineBytes, more than kMaxUsers lines, or no line at all. A line may end in
  // "\r\n".
  static absl::StatusOr<std::unique_ptr<Credentials>> Parse(std::string_view text);
  ~Credentials();
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;

  // How long it takes depends on the lengths of what is asked and on nothing that is known here.
  bool Know(std::string_view user, std::string_view password) const;
  size_t size() const { return size_; }

 private:
  // Bytes of a word, zeros behind them.
  struct Word {
    std::array<uint8_t, kMaxUserLineBytes> bytes = {};
    size_t size = 0;
  };
  struct User {
    Word name;
    Word password;
  };

  Credentials() = default;
  static Word MakeWord(std::string_view text);
  // 0 if they are the same.
  static uint8_t Difference(const Word& a, const Word& b);

  std::array<User, kMaxUsers> users_ = {};
  size_t size_ = 0;
};

// The users of a file that may change while the server runs. Thread-safe.
class CredentialFile {
 public:
  explicit CredentialFile(std::string path) : path_(std::move(path)) {}

  // Reads the file; its users take the place of those before. With an error these stay.
  absl::Status Load();
  // What a reader of the log should know of the file: empty, or that others can read it.
  std::string Warning() const;
  // False before the first Load() that succeeds.
  bool Know(std::string_view user, std::string_view password) const;

 private:
  const std::string path_;
  mutable storage::Mutex mutex_;
  std::shared_ptr<const Credentials> credentials_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace ringcached::server

#endif  // RINGCACHED_SERVER_PROCESS_CREDENTIALS_H_
