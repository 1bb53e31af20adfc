#!/usr/bin/python3 -B
"""usage: systemd_test.py DAEMON

The units of config/systemd, without a systemd that runs: its own tools check them, and the server
is started and used as they say, by the user, the rights and the system calls that they leave it.
"""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request

try:
    import seccomp
except ImportError:
    sys.exit("seccomp is missing: apt-get install python3-seccomp")

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))

# pylint: disable=wrong-import-position
from client_checks import checks_of, require, run_each  # noqa: E402
from server_process import DEADLINE_S, wait_until  # noqa: E402
from start_program import require_ends, require_serves  # noqa: E402
from started_server import (  # noqa: E402
    IS_ROOT, Conversation, StartedServer, as_nobody, become_subreaper, listening_ports,
    open_folder)
from unit_files import (  # noqa: E402
    PROGRAM, SERVICE, SETTINGS, SOCKET, SOURCES, allowed_calls, analyze, setting, settings_of)

TOOLS = {"systemd-analyze": "systemd", "systemd-socket-activate": "systemd", "strace": "strace",
         "/bin/kill": "procps"}
# Tenths. What is left is that it has a network and reads the machine's memory.
MAX_EXPOSURE = 13
CLIENTS = 50
# Of the addresses for documentation, so that no machine has it.
NOWHERE = "192.0.2.1"
LARGE = b"x" * 900_000
BINARY_NOOP = b"\x80\x0a" + bytes(22)
# A call that is interrupted has a second line, without its name in front.
CALL = re.compile(r"^\d+ +(\w+)\((.*)", re.MULTILINE)


def command_of(daemon, folder, *lines):
    """The unit's, with this program and a copy of the settings to which the lines are added."""
    settings = folder / "ringcached.conf"
    sample = (SOURCES / "config/ringcached.conf").read_text(encoding="utf-8")
    own = ["listen=127.0.0.1", "port=0", "admin=127.0.0.1:0", "verbose=1", *lines]
    settings.write_text(sample + "\n".join(own) + "\n", encoding="utf-8")
    settings.chmod(0o644)
    words = setting(SERVICE, "ExecStart").split()
    require(words, [PROGRAM, f"--config={SETTINGS}"])
    return [daemon, f"--config={settings}"]


def reload(pid):
    subprocess.run(setting(SERVICE, "ExecReload").replace("$MAINPID", str(pid)).split(),
                   check=True)


def check_units_are_right(daemon):
    with open_folder() as folder:
        for unit in (SERVICE, SOCKET):
            text = unit.read_text(encoding="utf-8")
            # It must be there, and can be run.
            (folder / unit.name).write_text(text.replace(PROGRAM, daemon), encoding="utf-8")
        # Whether the manual page is installed is another matter.
        status, said = analyze("verify", "--man=no", folder / SERVICE.name, folder / SOCKET.name)
        require((status, [line for line in said.splitlines() if "ringcached" in line]), (0, []))


def check_exposure(_):
    status, said = analyze("security", "--offline=true", f"--threshold={MAX_EXPOSURE}", SERVICE)
    require((status, said.splitlines()[-1] if status else ""), (0, ""))


def check_time_to_stop(daemon):
    said = subprocess.run([daemon, "--help"], capture_output=True, text=True, check=True).stdout
    drain_s = int(re.search(r"--drain-timeout-ms .*\(default (\d+)\)", said)[1]) / 1000
    require(int(setting(SERVICE, "TimeoutStopSec")) > 2 * drain_s, True)


def check_a_failed_start_is_tried_again(daemon):
    """As often as it takes, if it failed for want of an address; not for a wrong setting."""
    require([setting(SERVICE, name) for name in ("Restart", "StartLimitIntervalSec")],
            ["on-failure", "0"])
    require(int(setting(SERVICE, "RestartSec")) > 0, True)
    for name in ("Wants", "After"):
        require("network-online.target" in setting(SERVICE, name).split(), True)
    stays = {int(status) for status in setting(SERVICE, "RestartPreventExitStatus").split()}
    with open_folder() as folder:
        for line, is_tried_again in ((f"listen={NOWHERE}", True), ("threads=0", False)):
            command = command_of(daemon, folder, line)
            status = subprocess.run(as_nobody(command), capture_output=True, check=False,
                                    timeout=DEADLINE_S).returncode
            require((line, status > 0, status not in stays), (line, True, is_tried_again))


def check_sockets_are_the_default(daemon):
    """The socket unit listens where the service would."""
    said = subprocess.run([daemon, "--help"], capture_output=True, text=True, check=True).stdout
    hosts = re.search(r"--listen .*\(default (.*)\)", said)[1].split(",")
    port = re.search(r"--port .*\(default (.*)\)", said)[1]
    expected = [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host in hosts]
    require(settings_of(SOCKET)["ListenStream"], expected)


def check_socket_activation(daemon):
    """The first client starts the server, which has its socket and no other."""
    with open_folder() as folder:
        path = folder / "socket"
        command = ["systemd-socket-activate", f"--listen={path}",
                   *command_of(daemon, folder, "admin=")]
        with StartedServer(as_nobody(command), folder) as server:
            pid = server.process.pid
            wait_until(path.exists, "the socket is open")
            require(comm(pid).startswith("systemd-socket"), True)
            with contextlib.closing(wait_until(lambda: connected(path), "it is listened on")):
                wait_until(lambda: comm(pid) == "ringcached", "the first client starts the server")
            with Conversation(path) as conversation:
                require_serves(conversation)
                require(listening_ports(pid), set())
                require_ends(server, conversation)


def comm(pid):
    return pathlib.Path(f"/proc/{pid}/comm").read_text("ascii").strip()


def connected(path):
    client = socket.socket(socket.AF_UNIX)
    with contextlib.suppress(ConnectionError):
        client.connect(str(path))
        return client
    client.close()
    return None


def confine():
    """The user, the rights and the filter that the unit leaves, in a new process."""
    if IS_ROOT:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
        os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    require(setting(SERVICE, "SystemCallErrorNumber"), "EPERM")
    calls = seccomp.SyscallFilter(seccomp.ERRNO(1))
    for name in allowed_calls():
        # Like systemd: calls of other machines are left out.
        with contextlib.suppress(ValueError, RuntimeError):
            calls.add_rule(seccomp.ALLOW, name)
    calls.load()


class Manager:
    """The socket to which a service says how it is; a context manager."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        os.chmod(self.path, 0o777)
        self._socket.settimeout(DEADLINE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def next_state(self):
        return self._socket.recv(4096).decode().split("\n")[0]


def check_life_under_the_filter(daemon):
    """Ready, reloaded, stopped, on io_uring: the filter is really loaded."""
    require(setting(SERVICE, "Type"), "notify")
    with open_folder() as folder, Manager(folder) as manager:
        command = ["env", f"NOTIFY_SOCKET={manager.path}",
                   *command_of(daemon, folder, "io=uring")]
        with StartedServer(command, folder, confine) as server:
            (address, admin) = server.wait_for_addresses()
            require(manager.next_state(), "READY=1")
            use(address, admin)
            reload(server.process.pid)
            require([manager.next_state(), manager.next_state()], ["RELOADING=1", "READY=1"])
            with Conversation(address) as conversation:
                require(conversation.stats("settings")["io_backend"].startswith("io_uring"), True)
                require_ends(server, conversation)
            require(manager.next_state(), "STOPPING=1")


def use(address, admin):
    """What makes a server call the system: many clients, dialects, large values, dumps, HTTP."""
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Conversation(address)) for _ in range(CLIENTS)]
        for client in clients:
            require_serves(client)
        require(clients[0].ask(b"set large 0 0 %d\r\n%s\r\n" % (len(LARGE), LARGE)), b"STORED\r\n")
        require(len(clients[0].ask(b"get large\r\n", b"END\r\n")) > len(LARGE), True)
        require(clients[0].ask(b"lru_crawler metadump all\r\n", b"END\r\n").count(b"key="), 2)
        require(clients[1].ask(b"watch fetchers\r\n"), b"OK\r\n")
        require(clients[0].ask(b"get key\r\n", b"END\r\n")[:5], b"VALUE")
        require(clients[0].ask(b"cache_memlimit 32\r\n"), b"OK\r\n")
        require(clients[0].ask(b"flush_all\r\n"), b"OK\r\n")
        require(clients[0].stats("conns") != {}, True)
        binary = stack.enter_context(Conversation(address))
        require(binary.ask(BINARY_NOOP, b"\0" * 16)[:2], b"\x81\x0a")
    for path in ("/", "/metrics", "/healthz", "/readyz", "/status.json"):
        url = f"http://{admin[0]}:{admin[1]}{path}"
        with urllib.request.urlopen(url, timeout=DEADLINE_S) as reply:
            require((path, reply.status, reply.read() != b""), (path, 200, True))


def trace_of_life(daemon, *lines, is_open=True):
    """[(system call, its arguments)] from the start to the end of a server that was used."""
    with open_folder() as folder:
        trace = folder / "trace"
        traced = ["strace", "-f", "-qq", "-o", trace,
                  *command_of(daemon, folder, f"pidfile={folder}/pid", *lines)]
        with StartedServer(as_nobody(list(map(str, traced))), folder) as server:
            *addresses, admin = server.wait_for_addresses()
            if is_open:
                use(addresses[0], admin)
            pid = int((folder / "pid").read_text("ascii"))
            reload(pid)
            wait_until(lambda: "SIGHUP:" in server.errors(), "the users are read anew")
            os.kill(pid, signal.SIGTERM)
            require(server.process.wait(DEADLINE_S), 0)
        calls = CALL.findall(trace.read_text("ascii", "replace"))
    require(calls[0][0], "execve")
    return calls


def traces(daemon):
    with open_folder() as folder:
        users = folder / "users"
        users.write_text("somebody:secret\n", "ascii")
        users.chmod(0o644)
        yield trace_of_life(daemon, "io=uring", "lock-memory=true", "enable-coredumps=true")
        yield trace_of_life(daemon, "io=epoll", f"unix-socket={folder}/socket")
        yield trace_of_life(daemon, "listen=localhost", f"auth-file={users}", is_open=False)


def check_system_calls(daemon):
    """What the server was seen to do is what the unit allows."""
    families = set(setting(SERVICE, "RestrictAddressFamilies").split())
    for name in ("MemoryDenyWriteExecute", "RestrictNamespaces"):
        require((name, setting(SERVICE, name)), (name, "yes"))
    seen = set()
    for calls in traces(daemon):
        seen |= {name for name, _ in calls}
        require({words.split(",")[0] for name, words in calls if name == "socket"} - families,
                set())
        require([call for call in calls if makes_code(*call)], [])
        require([call for call in calls if "CLONE_NEW" in call[1]], [])
    require(seen - allowed_calls(), set())
    require({"io_uring_setup", "io_uring_enter", "epoll_wait", "mlockall"} - seen, set())
    print(f"{len(seen)} system calls seen, ", end="")


def makes_code(name, arguments):
    """Whether MemoryDenyWriteExecute= refuses it."""
    if name in ("mprotect", "pkey_mprotect"):
        return "PROT_EXEC" in arguments
    return name == "mmap" and "PROT_WRITE" in arguments and "PROT_EXEC" in arguments


def main():
    daemon = os.path.abspath(sys.argv[1])
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install {package}")
    become_subreaper()
    checks = checks_of(globals())
    run_each(checks, daemon)
    print(f"{len(checks)} checks passed")


if __name__ == "__main__":
    main()
