"""A container of an image, started by Debian's runc, with which Docker and containerd start theirs.
It has a network of its own, with nothing in it but the loopback interface.
"""

import contextlib
import json
import os
import subprocess
import sys

from server_process import DEADLINE_S, wait_until

FETCH = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=10) as reply:
    sys.stdout.write(reply.read().decode())
"""

TALK = """
import socket, sys
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as connection:
    connection.sendall(sys.argv[2].encode() + b"quit\\r\\n")
    while part := connection.recv(65536):
        sys.stdout.write(part.decode())
"""


class Container:
    """A context manager; leaving it ends and removes the container. Until stop() the server in it
    must run."""

    def __init__(self, image, folder, arguments=(), confine=lambda configuration: None):
        folder.mkdir()
        self._image = image
        self._log = folder / "log"
        self._runc = ["runc", "--root", str(folder / "state")]
        self._name = f"ringcached-image-test-{os.getpid()}-{folder.name}"
        self._bundle = folder
        subprocess.run(["runc", "spec", "--bundle", folder], check=True)
        path = folder / "config.json"
        configuration = json.loads(path.read_text(encoding="utf-8"))
        self._fill_in(configuration, [*image.entry_point, *arguments])
        confine(configuration)
        path.write_text(json.dumps(configuration), encoding="utf-8")

    def __enter__(self):
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [*self._runc, "run", "--bundle", self._bundle, self._name],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(self._serves, "the container's server serves")
        except BaseException:
            self.__exit__()
            raise
        state = subprocess.run([*self._runc, "state", self._name], capture_output=True, check=True)
        self.pid = json.loads(state.stdout)["pid"]
        return self

    def __exit__(self, *_):
        subprocess.run([*self._runc, "delete", "--force", self._name], check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(DEADLINE_S)
        self._process.kill()
        self._process.wait()

    def log(self):
        return self._log.read_text(encoding="utf-8")

    def screen(self, name):
        """What the start screen says of this."""
        return next(line.strip().removeprefix(name).strip() for line in self.log().splitlines()
                    if line.strip().startswith(name + " "))

    def status(self, name):
        """The line of the server's /proc/PID/status."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as file:
            return next(line.partition(":")[2].strip() for line in file
                        if line.startswith(name + ":"))

    def execute(self, *command):
        """Exit status of the command in the container, as `docker exec` and health checks do."""
        done = subprocess.run([*self._runc, "exec", self._name, *command], check=False,
                              timeout=DEADLINE_S, stdin=subprocess.DEVNULL, capture_output=True)
        return done.returncode

    def is_healthy(self):
        return self.execute(*self._image.health_check.command()) == 0

    def fetch(self, port, path):
        return self._beside(FETCH, f"http://127.0.0.1:{port}{path}")

    def talk(self, port, requests):
        return self._beside(TALK, str(port), requests)

    def stop(self):
        """Exit status of the server that is told to stop as `docker stop` does."""
        subprocess.run([*self._runc, "kill", self._name, "TERM"], check=True)
        return self._process.wait(DEADLINE_S)

    def _beside(self, program, *arguments):
        """What a program of this machine prints that is in the container's network alone."""
        done = subprocess.run(
            ["nsenter", f"--net=/proc/{self.pid}/ns/net", sys.executable, "-c", program,
             *arguments], capture_output=True, check=False, timeout=DEADLINE_S)
        if done.returncode != 0:
            raise ConnectionError(done.stderr.decode())
        return done.stdout.decode()

    def _serves(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"the container ends with {self._process.returncode}: {self.log()}")
        return "Try it in another bash" in self.log()

    def _fill_in(self, configuration, arguments):
        """What an engine makes of the image."""
        uid, gid = self._user()
        process = configuration["process"]
        process.update(terminal=False, args=arguments, user={"uid": uid, "gid": gid})
        configuration["root"] = {"path": str(self._image.root), "readonly": False}

    def _user(self):
        """The group is the user's in the image."""
        users = (self._image.root / "etc/passwd").read_text(encoding="ascii").splitlines()
        words = next(line.split(":") for line in users if line.split(":")[2] == self._image.user)
        return int(words[2]), int(words[3])
