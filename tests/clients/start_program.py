"""The program whose start lines are tested, and what every check of them asks."""

import contextlib
import os
import re
import signal
import subprocess

from client_checks import require
from start_lines import MEMCACHED_DEFAULTS
from started_server import IS_ROOT, Conversation, StartedServer, as_nobody, open_folder

# Where a line does not give them, the machine and its control groups may change them.
OF_THE_MACHINE = ("maxbytes", "num_threads")


class NotRun(Exception):
    """What a check asks cannot be asked here; it says why."""


class Daemon:
    """The program under test."""

    def __init__(self, path, port_option="0"):
        self.path = os.path.abspath(path)
        self.port_option = port_option
        self.version = subprocess.run([path, "-V"], capture_output=True, text=True,
                                      check=True).stdout.strip()
        self.is_ringcached = self.version.startswith("ringcached")

    def is_older_than(self, version):
        numbers = re.match(r"memcached (\d+)\.(\d+)\.(\d+)", self.version)
        return bool(numbers) and tuple(map(int, numbers.groups())) < version

    def must_be_ringcached(self, reason):
        if not self.is_ringcached:
            raise NotRun(f"only ringcached: {reason}")

    def command(self, arguments, folder, unprivileged=False):
        """The line, with what it lacks for a test in front."""
        words = [self._filled_in(word, folder) for word in arguments]
        front = []
        if not has_option(words, "-l", "--listen") and not has_option(words, "-s"):
            front += ["-l", "127.0.0.1"]
        if not any("{port}" in word for word in arguments):
            front += ["-p", self.port_option]
        if IS_ROOT and not unprivileged and not has_option(words, "-u", "--user"):
            front += ["-u", "root"]
        command = [self.path, *front, *words]
        return as_nobody(command) if unprivileged else command

    @contextlib.contextmanager
    def started(self, *arguments, unprivileged=False, before_exec=None):
        with open_folder() as folder:
            command = self.command(arguments, folder, unprivileged)
            with StartedServer(command, folder, before_exec) as server:
                yield server

    def settings_of(self, given):
        """The settings of a server whose line sets those given."""
        return {**MEMCACHED_DEFAULTS, **self._machine_settings(), **given}

    def _machine_settings(self):
        """What the program makes of this machine: never more threads than memcached's."""
        if not self.is_ringcached:
            return {}
        with self.started() as server, Conversation(server.wait_for_addresses()[0]) as conversation:
            shown = conversation.stats("settings")
        threads = int(shown["num_threads"])
        require(1 <= threads <= MEMCACHED_DEFAULTS["num_threads"], True)
        return {name: int(shown[name]) for name in OF_THE_MACHINE}

    def _filled_in(self, word, folder):
        word = word.replace("{port}", self.port_option).replace("{folder}", str(folder))
        return word.replace("{user}", "nobody")


def has_option(words, letter, name=None):
    """Whether one of the words is -l, -lVALUE, --name or --name=VALUE."""
    return any(word.startswith(letter) or word.partition("=")[0] == name for word in words)


def require_serves(conversation):
    require(conversation.ask(b"set key 0 0 5\r\nvalue\r\n"), b"STORED\r\n")
    require(conversation.ask(b"get key\r\n", b"END\r\n"), b"VALUE key 0 5\r\nvalue\r\nEND\r\n")


def require_settings(conversation, expected):
    shown = conversation.stats("settings")
    for name, value in expected.items():
        require((name, shown.get(name)), (name, str(value)))


def require_ends(server, conversation, ending_signal=signal.SIGTERM):
    """Ends the server, which has this connection; its status must be 0."""
    pid = int(conversation.stats()["pid"])
    os.kill(pid, ending_signal)
    require((f"status after {ending_signal.name}", server.wait_for_end(pid)),
            (f"status after {ending_signal.name}", 0))
