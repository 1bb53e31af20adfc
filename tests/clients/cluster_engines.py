"""What spreads keys over several nodes, each set up by its sample in config/cluster/.

An engine is a context manager that is given the ports of the nodes, and whether it is to leave out
those that fail; connect() returns a client for one thread, with get(key), which returns a value or
None, get_multi(keys), and set(key, value), which is true when that is stored. Each may raise one of
`errors` instead.
"""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import tempfile

try:
    import pylibmc
    import pymemcache
    from pymemcache.client.base import Client
    from pymemcache.exceptions import MemcacheError
except ImportError as missing:
    sys.exit(f"{missing.name} is missing: apt-get install python3-{missing.name}")

from cluster_nodes import free_port
from server_process import wait_until

SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "config" / "cluster"


def sample(name, addresses):
    """The text of a sample with these addresses for its own; each must be there."""
    text = (SAMPLES / name).read_text(encoding="utf-8")
    for old, new in addresses.items():
        if old not in text:
            raise AssertionError(f"{name} has no {old}")
        text = text.replace(old, new)
    return text


def node_addresses(ports):
    return {f"10.0.0.{i}:11211": f"127.0.0.1:{port}" for i, port in enumerate(ports, 1)}


class InProcess:
    """A client library; its sample is a module with a function connect()."""

    fails_many_keys_whole = False

    def __init__(self, ports, leaves_out=True):
        replaced = node_addresses(ports)
        if not leaves_out:
            replaced['"auto_eject": True'] = '"auto_eject": False'
        module = {}
        exec(compile(sample(self.sample, replaced), self.sample, "exec"), module)
        self.connect = module["connect"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Pylibmc(InProcess):
    sample = "pylibmc_ketama.py"
    shown_as = "pylibmc over three nodes"
    errors = (pylibmc.Error,)
    leaves_out_stalled_nodes = False
    can_leave_none_out = True

    @staticmethod
    def version():
        return f"{pylibmc.__version__} (libmemcached {pylibmc.libmemcached_version})"


class Pymemcache(InProcess):
    sample = "pymemcache_hash.py"
    shown_as = "pymemcache's HashClient over three nodes"
    errors = ()
    leaves_out_stalled_nodes = True
    can_leave_none_out = False

    @staticmethod
    def version():
        return pymemcache.__version__


class Twemproxy:
    """Has the system's nutcracker as a process."""

    shown_as = "twemproxy before three nodes"
    errors = (MemcacheError, OSError)
    leaves_out_stalled_nodes = True
    can_leave_none_out = True
    fails_many_keys_whole = True
    program = "/usr/sbin/nutcracker"

    def __init__(self, ports, leaves_out=True, changes=None):
        """`changes`: what is replaced in the sample, by what."""
        self._port = free_port()
        self._replaced = node_addresses(ports) | {"127.0.0.1:22121": f"127.0.0.1:{self._port}"}
        self._replaced |= changes or {}
        if not leaves_out:
            self._replaced["auto_eject_hosts: true"] = "auto_eject_hosts: false"
        self._folder = tempfile.TemporaryDirectory()
        self._process = None

    def __enter__(self):
        file = pathlib.Path(self._folder.name, "nutcracker.yml")
        file.write_text(sample("nutcracker.yml", self._replaced), encoding="utf-8")
        self._process = subprocess.Popen(
            [self.program, "-c", file, "-a", "127.0.0.1", "-s", str(free_port()),
             "-p", os.path.join(self._folder.name, "pid")], stderr=subprocess.DEVNULL)
        try:
            wait_until(self._listens, "twemproxy listens")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    def connect(self):
        return Client(("127.0.0.1", self._port), timeout=10, default_noreply=False)

    def ask(self, request):
        """The first line of the reply to these bytes; nothing if twemproxy closes instead."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=10) as connection:
            connection.sendall(request)
            with contextlib.suppress(ConnectionResetError):
                return connection.makefile("rb").readline()
            return b""

    @classmethod
    def version(cls):
        if not os.path.exists(cls.program):
            sys.exit("twemproxy is missing: apt-get install nutcracker")
        said = subprocess.run([cls.program, "-V"], capture_output=True, text=True, check=True)
        return said.stderr.split("nutcracker-")[1].split()[0]

    def _listens(self):
        if self._process.poll() is not None:
            raise RuntimeError(f"nutcracker does not start: {self._process.returncode}")
        with contextlib.suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self._port)).close()
            return True
        return False


ENGINES = {"twemproxy": Twemproxy, "pylibmc": Pylibmc, "pymemcache": Pymemcache}
