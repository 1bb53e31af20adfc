#!/usr/bin/python3 -B
"""Starts a server for one client test, on a port that the system chooses, and ends it by its pid.

usage: server_process.py DAEMON PORT_OPTION COMMAND...
runs COMMAND with {port} replaced by the server's port, and exits as it does. PORT_OPTION is what -p
is given to have the system choose: 0 for ringcached, -1 for memcached.
"""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time

DEADLINE_S = 20


def wait_until(condition, what):
    """Returns what condition() returns as soon as that is true; fails after the deadline."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.02)
    raise TimeoutError(f"{what}: not within {DEADLINE_S} s")


class ServerProcess:
    """A running server; a context manager. It must end well when it is told to stop."""

    def __init__(self, daemon, port_option="0", *options):
        self._daemon, self._port_option = daemon, port_option
        self._killed = False
        self._folder = tempfile.TemporaryDirectory()
        self._port_file = os.path.join(self._folder.name, "port")
        command = [daemon, "-l", "127.0.0.1", "-p", port_option, "-U", "0", *options]
        if os.geteuid() == 0:
            command += ["-u", "root"]
        environment = dict(os.environ, MEMCACHED_PORT_FILENAME=self._port_file)
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)

    def __enter__(self):
        self.port = wait_until(self._read_port, "the server writes its port")
        return self

    def another(self, *options):
        """A second server of the same program, started with these options too."""
        return ServerProcess(self._daemon, self._port_option, *options)

    def another_at(self, port):
        """A second server of the same program on this port."""
        return ServerProcess(self._daemon, str(port))

    def kill(self):
        """Ends it without notice; it may then be left."""
        self._killed = True
        self._process.kill()
        self._process.wait()

    def stall(self):
        """Stops it from running, until resume(), with all that it holds."""
        self._process.send_signal(signal.SIGSTOP)
        wait_until(self._has_stopped, "every thread stops")

    def resume(self):
        self._process.send_signal(signal.SIGCONT)

    @property
    def admin_port(self):
        """Where a server started with --admin=127.0.0.1:0 answers HTTP."""
        with open(self._port_file, encoding="ascii") as file:
            return next(int(line.rsplit(":", 1)[1]) for line in file if line.startswith("ADMIN "))

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def __exit__(self, *_):
        if self._killed:
            self._folder.cleanup()
            return
        self.resume()
        was_running = self._process.poll() is None
        if was_running:
            self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        self._folder.cleanup()
        if not was_running or code != 0:
            raise RuntimeError(f"the server ended with {code}, asked to or not: {was_running}")

    def _has_stopped(self):
        states = []
        for file in glob.glob(f"/proc/{self._process.pid}/task/*/stat"):
            with open(file, encoding="ascii") as stat:
                states.append(stat.read().rpartition(")")[2].split()[0])
        return set(states) == {"T"}

    def _read_port(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"the server does not start: exit status {self._process.returncode}")
        try:
            with open(self._port_file, encoding="ascii") as file:
                # "TCP INET: 40123"; the line is whole when it ends.
                line = file.readline()
        except FileNotFoundError:
            return None
        return int(line.rsplit(":", 1)[1]) if line.endswith("\n") else None


def main():
    daemon, port_option, *command = sys.argv[1:]
    with ServerProcess(daemon, port_option) as server:
        command = [word.replace("{port}", str(server.port)) for word in command]
        code = subprocess.run(command, check=False).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
