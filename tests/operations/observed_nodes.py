"""Servers with a Prometheus beside them, used so that their figures have values that are known."""

import contextlib
import dataclasses
import time
import urllib.request

import exporter_test
from client_checks import PASSWORD, USER, guarded, require
from exporter_test import CAS_HITS, ITEMS, SET_COMMANDS, STORED, Connection
from operators_queries import SAMPLE
from prometheus_process import PrometheusProcess
from server_process import DEADLINE_S, ServerProcess, wait_until

ADMIN = "--admin=127.0.0.1:0"

# `small` stores so many items of so many bytes, far more than it has room for; and so many clients
# come to it at the same time, of whom it takes CONNECTION_LIMIT.
SMALL_STORES, SMALL_BYTES = 2000, 10000
CLIENTS, CONNECTION_LIMIT = 100, 64

# Attempts at `closed`, which lets in nobody without a password.
ADMITTED, REFUSED = 3, 5

# What Prometheus has of `busy` once exporter_test.use() has moved each counter by its own number.
# The exporter counts a cas as no set, and the histogram of sets counts whatever stores.
BUSY = {
    'memcached_commands_total{command="get", status="hit"}': 4 + 5 + CAS_HITS,
    'memcached_commands_total{command="get", status="miss"}': 11,
    'memcached_commands_total{command="delete", status="hit"}': 1,
    'memcached_commands_total{command="delete", status="miss"}': 16,
    'memcached_commands_total{command="incr", status="hit"}': 3,
    'memcached_commands_total{command="incr", status="miss"}': 14,
    'memcached_commands_total{command="decr", status="hit"}': 2,
    'memcached_commands_total{command="decr", status="miss"}': 15,
    'memcached_commands_total{command="touch", status="hit"}': 12,
    'memcached_commands_total{command="touch", status="miss"}': 13,
    'memcached_commands_total{command="cas", status="hit"}': CAS_HITS,
    'memcached_commands_total{command="cas", status="miss"}': 7,
    'memcached_commands_total{command="cas", status="badval"}': 6,
    'memcached_commands_total{command="set", status="hit"}': SET_COMMANDS - CAS_HITS - 7 - 6,
    'memcached_commands_total{command="flush", status="hit"}': 2,
    'ringcached_command_duration_seconds_count{command="get"}': 4 + 5 + CAS_HITS + 11,
    'ringcached_command_duration_seconds_count{command="set"}': SET_COMMANDS,
    'ringcached_command_duration_seconds_count{command="delete"}': 1 + 16,
    'ringcached_command_duration_seconds_count{command="incr_decr"}': 3 + 14 + 2 + 15,
    'ringcached_command_duration_seconds_count{command="touch"}': 12 + 13,
    "ringcached_recent_hit_ratio": (4 + 5 + CAS_HITS) / (4 + 5 + CAS_HITS + 11),
    "memcached_current_items": ITEMS,
    'memcached_slab_current_items{slab="1"}': ITEMS,
    "memcached_items_total": STORED,
    "memcached_item_too_large_total": 2,
    "memcached_item_no_memory_total": 0,
    "memcached_items_evicted_total": 0,
    "memcached_current_connections": 1,
    "memcached_connections_total": 1,
    "memcached_connections_rejected_total": 0,
    "memcached_max_connections": 1024,
    "memcached_limit_bytes": 64 * 1024 * 1024,
    "ringcached_memory_limit_bytes": 64 * 1024 * 1024,
    "ringcached_evicted_item_age_seconds_count": 0,
    "ringcached_ready": 1,
    "memcached_up": 1,
    "up": 1,
}


@dataclasses.dataclass
class Observed:
    """Three nodes that were used as the constants above say, and who looks at them."""
    prometheus: PrometheusProcess
    promtool: str
    busy: ServerProcess
    small: ServerProcess
    closed: ServerProcess
    small_left: int = 0

    @property
    def nodes(self):
        return [self.busy, self.small, self.closed]

    def of(self, node, expression):
        """The value of the one series of a node that a selector finds."""
        name, _, labels = expression.partition("{")
        selector = f'{name}{{instance="{admin_address(node)}", {labels or "}"}'
        found = self.prometheus.query(selector)
        if len(found) != 1:
            raise AssertionError(f"{selector} finds {found}")
        return found[0][1]


def admin_address(node):
    return f"127.0.0.1:{node.admin_port}"


def fetch(node, path):
    """Content type and text of a page of the admin port."""
    with urllib.request.urlopen(f"http://{admin_address(node)}{path}", timeout=DEADLINE_S) as reply:
        return reply.headers["Content-Type"], reply.read().decode()


@contextlib.contextmanager
def observed(prometheus, promtool, daemon):
    with contextlib.ExitStack() as stack:
        busy = stack.enter_context(ServerProcess(daemon, "0", ADMIN))
        small = stack.enter_context(busy.another(ADMIN, "-m", "8", "-c", str(CONNECTION_LIMIT)))
        closed = stack.enter_context(guarded(busy, ADMIN))
        nodes = [busy, small, closed]
        scraper = stack.enter_context(
            PrometheusProcess(prometheus, SAMPLE, [admin_address(node) for node in nodes]))
        found = Observed(scraper, promtool, busy, small, closed)
        # Before anything happens, so that all of it is in the rates.
        scraper.wait_for_scrapes_after(0)
        connection = exporter_test.use(busy)
        clients = crowd(small)
        found.small_left = fill(clients[0])
        authenticate(closed)
        wait_until(lambda: "ringcached_recent_hit_ratio" in fetch(busy, "/metrics")[1],
                   "the hit ratio of the last minute is known")
        scraper.wait_for_scrapes_after(time.time())
        yield found
        require(connection.ask("get missing"), "END")


def crowd(node):
    """Clients who come all at once to a node that does not take so many; the first is taken."""
    first = Connection(node)
    require(first.ask("get missing"), "END")
    clients = [first] + [Connection(node) for _ in range(CLIENTS - 1)]
    rejected = f"memcached_connections_rejected_total {CLIENTS - CONNECTION_LIMIT}\n"
    wait_until(lambda: rejected in fetch(node, "/metrics")[1], "connections are rejected")
    return clients


def fill(connection):
    """Stores more than there is room for; returns how many items are left."""
    value = "x" * SMALL_BYTES
    for i in range(SMALL_STORES):
        require(connection.ask(f"set key{i} 0 0 {SMALL_BYTES}\r\n{value}"), "STORED")
    figures = dict(line.split(" ")[1:] for line in exporter_test.lines_of(connection, "stats"))
    return int(figures["curr_items"])


def authenticate(node):
    for times, password, reply in ((REFUSED, "wrong", "CLIENT_ERROR authentication failure"),
                                   (ADMITTED, PASSWORD, "STORED")):
        for _ in range(times):
            words = f"{USER} {password}"
            require(Connection(node).ask(f"set auth 0 0 {len(words)}\r\n{words}"), reply)
