"""A server started by any line, script or fork, and what its files, its /proc and its answers say.

The test is a subreaper: a server that has become a daemon is its child and leaves it an exit
status.
"""

import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import tempfile

from server_process import DEADLINE_S, wait_until

PR_SET_CHILD_SUBREAPER = 36
IS_ROOT = os.geteuid() == 0


def become_subreaper():
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


@contextlib.contextmanager
def open_folder():
    """A folder that the server can also use after it has become another user."""
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)
        yield pathlib.Path(name)


def as_nobody(command):
    """The command, run by nobody if the test runs as root."""
    if not IS_ROOT:
        return command
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *command]


class StartedServer:
    """A context manager; on leaving it, no process that it has brought about is left."""

    def __init__(self, command, folder, before_exec=None):
        self._port_file = folder / "ports"
        self._error_file = folder / "stderr"
        environment = dict(os.environ, MEMCACHED_PORT_FILENAME=str(self._port_file))
        with open(self._error_file, "wb") as errors:
            # What the server inherits is what before_exec leaves open.
            self.process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=errors, preexec_fn=before_exec, close_fds=before_exec is None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.poll()
        for pid in children():
            os.kill(pid, signal.SIGKILL)
        wait_until(have_no_children, "every process that the test started ends")

    def wait_for_addresses(self, hosts=()):
        """Where it listens: (host, port) for each line of its file. The hosts say which addresses
        of the loopback interface these are, unless there is one of a kind."""
        lines = wait_until(self._port_lines, "the server writes its ports")
        if not hosts:
            hosts = ["::1" if line.startswith("TCP INET6") else "127.0.0.1" for line in lines]
        if len(hosts) != len(lines):
            raise AssertionError(f"{len(hosts)} addresses are listened on, not {lines}")
        return [(host, int(line.rpartition(":")[2])) for host, line in zip(hosts, lines)]

    def must_return(self):
        """What was started ends well and soon; the server has become a daemon then."""
        code = self.process.wait(DEADLINE_S)
        if code != 0:
            raise RuntimeError(f"the start returns with {code}, {self.errors()!r}")

    def errors(self):
        return self._error_file.read_text(encoding="utf-8", errors="replace")

    def wait_for_end(self, pid):
        """The exit status of this process, which is a child by now; negative: ended by a signal."""
        if pid == self.process.pid:
            return self.process.wait(DEADLINE_S)
        _, status = wait_until(lambda: pid_and_status(pid), f"process {pid} ends")
        return os.waitstatus_to_exitcode(status)

    def _port_lines(self):
        code = self.process.poll()
        if code not in (None, 0):
            raise RuntimeError(f"the server does not start: exit status {code}, {self.errors()!r}")
        with contextlib.suppress(FileNotFoundError):
            text = self._port_file.read_text(encoding="ascii")
            return text.splitlines() if text.endswith("\n") else None
        return None


def pid_and_status(pid):
    done = os.waitpid(pid, os.WNOHANG)
    return done if done[0] == pid else None


def children():
    text = pathlib.Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    return [int(word) for word in text.split()]


def have_no_children():
    """Takes the exit status of those that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    return not children()


def listening_ports(pid):
    """The TCP ports on which this process listens."""
    inodes = set()
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.add(os.readlink(link))
    ports = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path(f"/proc/{pid}/net/{table}").read_text("ascii").splitlines()[1:]:
            words = line.split()
            is_listening = words[3] == "0A"
            if is_listening and f"socket:[{words[9]}]" in inodes:
                ports.add(int(words[1].rpartition(":")[2], 16))
    return ports


def proc_line(pid, file, name):
    """The line of /proc/PID/FILE that begins with this name."""
    for line in pathlib.Path(f"/proc/{pid}/{file}").read_text("ascii").splitlines():
        if line.startswith(name):
            return line[len(name):].strip(": \t")
    raise AssertionError(f"/proc/{pid}/{file} has no line {name}")


class Conversation:
    """One connection; a context manager. An address is (host, port) or a Unix socket's path."""

    def __init__(self, address):
        if isinstance(address, tuple):
            self._socket = socket.create_connection(address, DEADLINE_S)
            return
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(DEADLINE_S)
        self._socket.connect(str(address))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, request, end=b"\r\n"):
        """The answer up to this end, or all of it if the server closes first."""
        answer = b""
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(request)
            while not answer.endswith(end):
                received = self._socket.recv(65536)
                if not received:
                    break
                answer += received
        return answer

    def answer_until_closed(self, request):
        """All that comes before the server closes."""
        return self.ask(request, end=b"the server closes first")

    def stats(self, what=""):
        lines = self.ask(f"stats {what}".strip().encode() + b"\r\n", b"END\r\n").decode()
        words = [line.split(" ", 2) for line in lines.splitlines()]
        return {word[1]: word[2] for word in words if word[0] == "STAT"}

    def is_open(self):
        return self.ask(b"mn\r\n") == b"MN\r\n"
