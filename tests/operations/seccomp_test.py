#!/usr/bin/python3 -B
"""usage: seccomp_test.py DAEMON

The server, the health check and the tests of start lines, under config/container/seccomp.json as a
filter of this kernel. Most of it runs under a stricter profile, which kills where the real one
answers EPERM, so that no refused call goes unseen.
"""

import contextlib
import copy
import json
import os
import platform
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
CLIENTS = os.path.join(HERE, "../clients")
sys.path.insert(0, CLIENTS)

# pylint: disable=wrong-import-position
import seccomp_filter  # noqa: E402
from client_checks import checks_of, require, run_each  # noqa: E402
from server_process import DEADLINE_S, wait_until  # noqa: E402
from start_program import Daemon, require_ends, require_serves  # noqa: E402
from started_server import Conversation, IS_ROOT, open_folder  # noqa: E402

CONTAINER = os.path.join(HERE, "../../config/container")
PROFILE = os.path.join(CONTAINER, "seccomp.json")
HEALTH_CHECK = os.path.join(CONTAINER, "healthcheck")

# What only a filter answers, so that EPERM for want of rights is not taken for it.
ERRNO_OF_THE_TEST = 123
ENOSYS = 38

# Refused, with arguments that do nothing where they are not.
FORBIDDEN = """
    acct add_key bpf chroot clone3 delete_module fanotify_init finit_module fsmount fsopen init_module
    ioperm kcmp kexec_load keyctl lookup_dcookie mknodat mount mount_setattr move_mount
    name_to_handle_at open_by_handle_at open_tree perf_event_open personality pidfd_getfd pivot_root
    process_vm_readv process_vm_writev ptrace quotactl reboot request_key setns settimeofday
    sethostname shmget swapon syslog umount2 unshare userfaultfd
""".split()
FORBIDDEN_SOCKETS = (socket.AF_PACKET, socket.AF_ALG, socket.AF_VSOCK, socket.AF_BLUETOOTH)
CLONE_NEWUSER = 0x10000000

# Prints what each call {NAME: [NUMBER, ARGUMENT...]} of its argument sets errno to.
CALLER = """
import ctypes, json, sys
call = ctypes.CDLL(None, use_errno=True).syscall
def errno(numbers):
    ctypes.set_errno(0)
    call(*map(ctypes.c_long, numbers))
    return ctypes.get_errno()
print(json.dumps({name: errno(numbers) for name, numbers in json.loads(sys.argv[1]).items()}))
"""

START_LINE_GROUPS = ("lines", "listeners", "daemon", "options", "unix", "signals", "activation")


class Filtered:
    """The daemon under a profile: a program that takes the daemon's arguments."""

    def __init__(self, daemon, folder, profile):
        self.profile = str(folder / "profile.json")
        self.path = str(folder / "ringcached")
        with open(self.profile, "w", encoding="utf-8") as file:
            json.dump(profile, file)
        words = self.command(os.path.abspath(daemon))
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        os.chmod(self.path, 0o755)

    def command(self, *words):
        return [sys.executable, "-B", os.path.join(HERE, "seccomp_filter.py"), self.profile, *words]


def strict(profile):
    return {**profile, "defaultAction": "SCMP_ACT_KILL_PROCESS"}


def without_io_uring(profile):
    changed = copy.deepcopy(profile)
    for entry in changed["syscalls"]:
        entry["names"] = [name for name in entry["names"] if not name.startswith("io_uring")]
    return changed


@contextlib.contextmanager
def filtered(daemon, profile):
    with open_folder() as folder:
        yield Filtered(daemon, folder, profile)


def check_profile(_):
    """What Docker, containerd and runc each read alike, without a name that is there twice."""
    profile = seccomp_filter.read(PROFILE)
    require((profile["defaultAction"], profile["defaultErrnoRet"]), ("SCMP_ACT_ERRNO", 1))
    require(f"SCMP_ARCH_{platform.machine().upper()}" in profile["architectures"], True)
    names = [name for entry in profile["syscalls"] if "args" not in entry
             for name in entry["names"]]
    require(sorted(names), sorted(set(names)))
    limited = {name for entry in profile["syscalls"] if "args" in entry for name in entry["names"]}
    require(limited, {"clone", "socket"})
    require(limited & set(names), set())
    seccomp_filter.filter_of(profile)


def use(daemon, backend, *options):
    """Starts a server, has it do all that one does, and ends it; its status must be 0."""
    with open_folder() as folder:
        users, unix_socket = folder / "users", folder / "socket"
        write_users(users, "before:one\n")
        with daemon.started("--admin=127.0.0.1:0", "-Y", str(users), "-v", "-l", "127.0.0.1",
                            "-s", str(unix_socket), *options) as server:
            address, admin = server.wait_for_addresses()
            with Conversation(address) as conversation, Conversation(unix_socket) as local:
                for one in (conversation, local):
                    require(log_in(one, "before one"), b"STORED\r\n")
                    require_serves(one)
                # Behind io_uring's name stands in brackets what of it is used.
                require(conversation.stats("settings")["io_backend"].split(" ")[0], backend)
                require_pages(admin)
                write_users(users, "after:two\n")
                os.kill(server.process.pid, signal.SIGHUP)
                wait_until(lambda: "users read anew" in server.errors(), "the users are read")
                require_users_changed(address)
                require_ends(server, conversation)
            return server.errors()


def write_users(path, text):
    path.write_text(text, encoding="ascii")
    # -u gives root up before the file is read anew.
    os.chmod(path, 0o644)


def log_in(conversation, words):
    return conversation.ask(f"set auth 0 0 {len(words)}\r\n{words}\r\n".encode())


def require_pages(admin):
    for path in ("/healthz", "/readyz", "/metrics", "/status.json", "/"):
        url = f"http://{admin[0]}:{admin[1]}{path}"
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as reply:
            require((path, reply.status, reply.read() != b""), (path, 200, True))


def require_users_changed(address):
    for words, reply in (("before one", b"CLIENT_ERROR authentication failure\r\n"),
                         ("after two", b"STORED\r\n")):
        with Conversation(address) as conversation:
            require((words, log_in(conversation, words)), (words, reply))


def check_server(daemon):
    """By io_uring and by epoll, with nothing refused and with the real profile."""
    real = seccomp_filter.read(PROFILE)
    for profile in (strict(real), real):
        with filtered(daemon, profile) as program:
            for backend, option in (("io_uring", "--io=auto"), ("epoll", "--io=epoll")):
                errors = use(Daemon(program.path), backend, option)
                require("not permitted" in errors, False)
                if IS_ROOT:
                    use(Daemon(program.path), backend, option, "-u", "nobody")


def check_server_without_io_uring(daemon):
    """It says so and uses epoll, as under Docker's default profile; or gives up if told to."""
    with filtered(daemon, without_io_uring(seccomp_filter.read(PROFILE))) as program:
        use(Daemon(program.path), "epoll", "--io=auto")
        with Daemon(program.path).started() as server:
            with Conversation(server.wait_for_addresses()[0]) as conversation:
                reason = conversation.stats("settings")["io_backend_reason"]
                require((reason, "io_uring" in reason), (reason, True))
                require_ends(server, conversation)
        command = Daemon(program.path).command(["--io=uring"], folder=None)
        done = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S,
                              check=False)
        require((done.returncode > 0, "io_uring" in done.stderr), (True, True))


def check_start_lines(daemon):
    """The lines by which operators start and end it, from tests/clients."""
    with filtered(daemon, strict(seccomp_filter.read(PROFILE))) as program:
        for group in START_LINE_GROUPS:
            done = subprocess.run(
                [sys.executable, "-B", os.path.join(CLIENTS, "start_lines_test.py"), group,
                 program.path], capture_output=True, text=True, check=False)
            require((group, done.returncode, done.stdout), (group, 0, done.stdout))


def check_health_check(daemon):
    """It runs in the container, so under the profile too."""
    with filtered(daemon, strict(seccomp_filter.read(PROFILE))) as program:
        with Daemon(program.path).started() as server:
            (_, port), = server.wait_for_addresses()
            require(health(program, port), (0, "VERSION"))
            with Conversation(("127.0.0.1", port)) as conversation:
                require_ends(server, conversation)
        require(health(program, port), (1, ""))


def health(program, port):
    """Its status and the first word that it prints."""
    done = subprocess.run(program.command(HEALTH_CHECK, str(port)), capture_output=True, text=True,
                          timeout=DEADLINE_S, check=False)
    return done.returncode, done.stdout.partition(" ")[0]


def check_forbidden_calls(daemon):
    calls = {name: [seccomp_filter.number(name)] for name in FORBIDDEN}
    calls = {name: [number, *[-1] * 6] for name, (number,) in calls.items() if number >= 0}
    for family in FORBIDDEN_SOCKETS:
        calls[f"socket {family}"] = [seccomp_filter.number("socket"), family, socket.SOCK_RAW, 0]
    calls["clone"] = [seccomp_filter.number("clone"), CLONE_NEWUSER | signal.SIGCHLD, 0, 0, 0, 0]
    profile = {**seccomp_filter.read(PROFILE), "defaultErrnoRet": ERRNO_OF_THE_TEST}
    expected = {name: ENOSYS if name == "clone3" else ERRNO_OF_THE_TEST for name in calls}
    with filtered(daemon, profile) as program:
        done = subprocess.run(program.command(sys.executable, "-c", CALLER, json.dumps(calls)),
                              capture_output=True, text=True, check=True)
    for name, errno in json.loads(done.stdout).items():
        require((name, errno), (name, expected.pop(name)))
    require(expected, {})


def main():
    (daemon,) = sys.argv[1:]
    checks = checks_of(globals())
    run_each(checks, daemon)
    print(f"{len(checks)} checks passed")


if __name__ == "__main__":
    main()
