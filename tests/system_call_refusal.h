// A process that may not make a system call, as container engines have it.

#ifndef RINGCACHED_TESTS_SYSTEM_CALL_REFUSAL_H_
#define RINGCACHED_TESTS_SYSTEM_CALL_REFUSAL_H_

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace ringcached {

// Makes the system call `number` fail with `error_number` for the rest of the process. False if the
// kernel does not allow that.
inline bool RefuseSystemCall(long number, int error_number) {
  const auto refusal = static_cast<uint32_t>(error_number) & SECCOMP_RET_DATA;
  std::array<sock_filter, 4> program = {{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<uint32_t>(number)},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | refusal},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  }};
  const sock_fprog filter = {.len = program.size(), .filter = program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

}  // namespace ringcached

#endif  // RINGCACHED_TESTS_SYSTEM_CALL_REFUSAL_H_
