#!/usr/bin/python3 -B
"""usage: seccomp_filter.py PROFILE COMMAND...

Runs COMMAND in this process under a seccomp profile as Docker, containerd and runc read it, made
into a real filter of this kernel by libseccomp, as runc makes it.
"""

import json
import os
import sys

try:
    import seccomp
except ImportError:
    sys.exit("python3-seccomp is missing: setup/install-packages setup/packages-test-all")

# What our profile may use; anything else fails here, and not silently in a container.
MEMBERS = {"defaultAction", "defaultErrnoRet", "architectures", "syscalls"}
ENTRY_MEMBERS = {"comment", "names", "action", "errnoRet", "args"}
ARCHITECTURES = {"SCMP_ARCH_X86_64": "x86_64", "SCMP_ARCH_AARCH64": "aarch64"}
OPERATIONS = {"SCMP_CMP_EQ": seccomp.EQ, "SCMP_CMP_MASKED_EQ": seccomp.MASKED_EQ}
UNKNOWN = -1


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def action(name, errno):
    if name == "SCMP_ACT_ERRNO":
        return seccomp.ERRNO(errno)
    return {"SCMP_ACT_ALLOW": seccomp.ALLOW, "SCMP_ACT_KILL_PROCESS": seccomp.KILL_PROCESS}[name]


def argument(rule):
    return seccomp.Arg(rule["index"], OPERATIONS[rule["op"]], rule["value"],
                       rule.get("valueTwo", 0))


def number(name):
    """Of the system call on this machine; negative where its architecture has none."""
    found = seccomp.resolve_syscall(seccomp.Arch(), name)
    if found == UNKNOWN:
        raise ValueError(f"libseccomp knows no system call {name}")
    return found


def filter_of(profile):
    require_known(profile, MEMBERS)
    made = seccomp.SyscallFilter(action(profile["defaultAction"], profile.get("defaultErrnoRet")))
    for name in profile["architectures"]:
        architecture = seccomp.Arch(ARCHITECTURES[name])
        if not made.exist_arch(architecture):
            made.add_arch(architecture)
    for entry in profile["syscalls"]:
        require_known(entry, ENTRY_MEMBERS)
        for name in entry["names"]:
            number(name)
            made.add_rule(action(entry["action"], entry.get("errnoRet")), name,
                          *map(argument, entry.get("args", [])))
    return made


def require_known(members, known):
    if not set(members) <= known:
        raise ValueError(f"members that are not expected: {sorted(set(members) - known)}")


def main():
    profile, *command = sys.argv[1:]
    filter_of(read(profile)).load()
    os.execvp(command[0], command)


if __name__ == "__main__":
    main()
