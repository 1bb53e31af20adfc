"""Three nodes, which are asked without the engine before them, and lines to them that can be cut."""

import contextlib
import random
import socket
import threading

from pymemcache.client.base import Client

NODES = 3
given_ports = set()


def free_port():
    """Another port that nobody has. The system gives it to no connection while a node is away."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first_given = int(file.read().split()[0])
    while True:
        port = random.choice(sorted(set(range(20000, first_given)) - given_ports))
        with socket.socket() as tried, contextlib.suppress(OSError):
            tried.bind(("127.0.0.1", port))
            given_ports.add(port)
            return port


class Nodes:
    """A context manager; `server` is of the program that the nodes run."""

    def __init__(self, server):
        self._stack = contextlib.ExitStack()
        self._server = server
        self._running = {}

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            for node in range(NODES):
                server = stack.enter_context(self._server.another_at(free_port()))
                self._running[node] = server
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def __getitem__(self, node):
        return self._running[node]

    @property
    def ports(self):
        return [self._running[node].port for node in range(NODES)]

    def bring_back(self, node):
        """Starts a killed node, which is empty then, on the port that it had."""
        server = self._server.another_at(self._running[node].port)
        self._running[node] = self._stack.enter_context(server)

    def held(self, node, keys):
        """What this node itself says of the keys: a value for each that it holds."""
        with contextlib.closing(self._ask(node)) as client:
            return client.get_many(keys)

    def flush(self, node):
        with contextlib.closing(self._ask(node)) as client:
            client.flush_all(noreply=False)

    def holders(self, keys, nodes=range(NODES)):
        """Each key with those of these nodes that hold it."""
        found = {key: [] for key in keys}
        for node in nodes:
            for key in self.held(node, keys):
                found[key].append(node)
        return found

    def _ask(self, node):
        return Client(("127.0.0.1", self._running[node].port), timeout=10)


class Line:
    """Passes connections on to a port until it is cut; then they are refused. Can be restored."""

    def __init__(self, target):
        self._target = target
        self.port = free_port()
        self._lock = threading.Lock()
        self._listener = None
        self._open = []
        self.restore()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.cut()

    def restore(self):
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        with self._lock:
            ends, self._open, self._listener = [self._listener, *self._open], [], None
        for end in filter(None, ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    if listener is not self._listener:
                        near.close()
                        return
                    self._open += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pump(source, sink):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)
