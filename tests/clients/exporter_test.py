#!/usr/bin/python3 -B
"""usage: exporter_test.py DAEMON [PORT_OPTION]

Replays what Prometheus' memcached_exporter does, of which Debian has no package: sends its four
requests, splits the replies as its client, gomemcache, does, and parses each field as it does. The
fields are those of exporter 0.16.0.
"""

import re
import socket
import time

from client_checks import require, run
from server_process import wait_until

EXPORTER = "0.16.0"

# The exporter waits a second by default; a busy machine may be slower.
TIMEOUT_S = 10

# What is asked before the exporter comes: how often, what, and the reply. Each counter is moved by
# a number of its own, so that none can stand for another.
USE = [
    (2, "flush_all", "OK"),
    (3, "set small 0 0 5\r\nvalue", "STORED"),
    # In memcached this is another slab class: figures of a class must add up.
    (2, f"set large 0 0 4000\r\n{'x' * 4000}", "STORED"),
    (1, "set number 0 0 2\r\n50", "STORED"),
    (1, "add small 0 0 1\r\nx", "NOT_STORED"),
    (2, f"set huge 0 0 1048577\r\n{'x' * 1048577}", "SERVER_ERROR object too large for cache"),
    (4, "get small", "VALUE small 0 5\r\nvalue\r\nEND"),
    (5, "get large", f"VALUE large 0 4000\r\n{'x' * 4000}\r\nEND"),
    (11, "get missing", "END"),
    (12, "touch small 0", "TOUCHED"),
    (13, "touch missing 0", "NOT_FOUND"),
    (1, "incr number 1", "51"),
    (1, "incr number 2", "53"),
    (1, "incr number 3", "56"),
    (14, "incr missing 1", "NOT_FOUND"),
    (1, "decr number 1", "55"),
    (1, "decr number 5", "50"),
    (15, "decr missing 1", "NOT_FOUND"),
    (1, "set gone 0 0 1\r\nx", "STORED"),
    (1, "delete gone", "DELETED"),
    (16, "delete gone", "NOT_FOUND"),
    (6, "cas small 0 0 5 18446744073709551615\r\nvalue", "EXISTS"),
    (7, "cas missing 0 0 1 1\r\nx", "NOT_FOUND"),
]
CAS_HITS = 8
ITEMS = 3
STORED = 3 + 2 + 1 + 1 + CAS_HITS
# The exporter subtracts every cas, also one that stored nothing, to have the number of sets.
SET_COMMANDS = 3 + 2 + 1 + 1 + 1 + CAS_HITS + 6 + 7


class AtLeast(int):
    """What a figure is at least, where its very value is the server's own business."""


class Connection:
    """One that a line is sent over, with or without a value behind it."""

    def __init__(self, server):
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_S)
        self._stream = self._socket.makefile("rb")

    def send(self, request):
        self._socket.sendall(request.encode() + b"\r\n")

    def line(self):
        line = self._stream.readline().decode()
        if not line.endswith("\r\n"):
            raise AssertionError(f"the server ended the connection after {line!r}")
        return line[:-2]

    def ask(self, request):
        """The reply: one line, or those up to END."""
        self.send(request)
        lines = [self.line()]
        while lines[0].startswith("VALUE") and lines[-1] != "END":
            lines.append(self.line())
        return "\r\n".join(lines)


class Replies:
    """The four replies, as gomemcache splits them into words.

    stats and settings are {key: value}; slabs and items are {class: {key: value}}. What
    `stats slabs` says of no class, like total_malloced, lands in stats.
    """

    def __init__(self, server):
        self.stats, self.slabs, self.items, self.settings = {}, {}, {}, {}
        connection = Connection(server)
        for request in ("stats", "stats slabs", "stats items"):
            for line in lines_of(connection, request):
                self._add(line)
        for line in lines_of(connection, "stats settings"):
            # A value may have blanks here, and may be empty, but the blank before it must be there.
            _, key, value = line.split(" ", 2)
            self.settings[key] = value.strip()

    def _add(self, line):
        # Any other number of words is passed over in silence, and then a figure is missing.
        require(len(line.split(" ")), 3)
        _, key, value = line.split(" ")
        # A class that is no number makes the exporter give up.
        place = key.split(":")
        if len(place) == 1:
            self.stats[key] = value
        elif len(place) == 2:
            self.slabs.setdefault(int(place[0]), {})[place[1]] = value
        else:
            require(len(place), 3)
            self.items.setdefault(int(place[1]), {})[place[2]] = value


def lines_of(connection, request):
    """The lines before END. After an error instead of them the exporter waits for its timeout."""
    connection.send(request)
    lines = []
    while (line := connection.line()) != "END":
        if not line.startswith("STAT "):
            raise AssertionError(f"{request}: {line!r}")
        lines.append(line)
    return lines


def number(value):
    return float(value)


def yes_or_no(value):
    return {"yes": 1, "no": 0}[value]


def seconds(value):
    """Seconds, a point, microseconds. The exporter reads two numbers, so that .5 is 5 us."""
    require(bool(re.fullmatch(r"\d+\.\d{6}", value)), True)
    whole, micros = value.split(".")
    return int(whole) + int(micros) / 1e6


def word(value):
    require(bool(value), True)
    return value


# Reply, key, kind and, where it is known, the value after USE. Those of slabs and items stand once
# for each class, and their sum is meant. Without cmd_set and cas_* the exporter calls the server
# down, and any other that is missing it leaves out; here none may be.
FIELDS = [
    ("stats", "version", word, None),
    ("stats", "uptime", number, AtLeast(0)),
    ("stats", "time", number, AtLeast(time.time() - 5)),
    ("stats", "rusage_user", seconds, None),
    ("stats", "rusage_system", seconds, None),
    ("stats", "cmd_set", number, SET_COMMANDS),
    ("stats", "cmd_flush", number, 2),
    ("stats", "get_hits", number, 4 + 5 + CAS_HITS),
    ("stats", "get_misses", number, 11),
    ("stats", "touch_hits", number, 12),
    ("stats", "touch_misses", number, 13),
    ("stats", "incr_hits", number, 3),
    ("stats", "incr_misses", number, 14),
    ("stats", "decr_hits", number, 2),
    ("stats", "decr_misses", number, 15),
    ("stats", "delete_hits", number, 1),
    ("stats", "delete_misses", number, 16),
    ("stats", "cas_hits", number, CAS_HITS),
    ("stats", "cas_misses", number, 7),
    ("stats", "cas_badval", number, 6),
    ("stats", "bytes", number, AtLeast(5 + 4000 + 2)),
    ("stats", "limit_maxbytes", number, 64 * 1024 * 1024),
    ("stats", "curr_items", number, ITEMS),
    ("stats", "total_items", number, STORED),
    ("stats", "bytes_read", number, AtLeast(2 * 4000)),
    ("stats", "bytes_written", number, AtLeast(5 * 4000)),
    ("stats", "curr_connections", number, 2),
    ("stats", "total_connections", number, AtLeast(2)),
    ("stats", "rejected_connections", number, 0),
    ("stats", "conn_yields", number, None),
    ("stats", "listen_disabled_num", number, 0),
    ("stats", "accepting_conns", number, 1),
    ("stats", "evictions", number, 0),
    ("stats", "reclaimed", number, 0),
    ("stats", "store_too_large", number, 2),
    ("stats", "store_no_memory", number, 0),
    ("stats", "lru_crawler_starts", number, None),
    ("stats", "direct_reclaims", number, None),
    ("stats", "crawler_items_checked", number, None),
    ("stats", "crawler_reclaimed", number, 0),
    ("stats", "moves_to_cold", number, None),
    ("stats", "moves_to_warm", number, None),
    ("stats", "moves_within_lru", number, None),
    ("stats", "total_malloced", number, AtLeast(5 + 4000 + 2)),

    ("slabs", "chunk_size", number, AtLeast(1)),
    ("slabs", "chunks_per_page", number, AtLeast(1)),
    ("slabs", "total_pages", number, AtLeast(1)),
    ("slabs", "total_chunks", number, AtLeast(ITEMS)),
    ("slabs", "used_chunks", number, ITEMS),
    ("slabs", "free_chunks", number, None),
    ("slabs", "free_chunks_end", number, None),
    ("slabs", "cmd_set", number, SET_COMMANDS),
    ("slabs", "get_hits", number, 4 + 5 + CAS_HITS),
    ("slabs", "touch_hits", number, 12),
    ("slabs", "incr_hits", number, 3),
    ("slabs", "decr_hits", number, 2),
    ("slabs", "delete_hits", number, 1),
    ("slabs", "cas_hits", number, CAS_HITS),
    ("slabs", "cas_badval", number, 6),

    ("items", "number", number, ITEMS),
    ("items", "number_hot", number, None),
    ("items", "number_warm", number, None),
    ("items", "number_cold", number, None),
    ("items", "age", number, AtLeast(0)),
    ("items", "age_hot", number, AtLeast(0)),
    ("items", "age_warm", number, AtLeast(0)),
    ("items", "mem_requested", number, AtLeast(5 + 4000 + 2)),
    ("items", "evicted", number, 0),
    ("items", "evicted_nonzero", number, 0),
    ("items", "evicted_time", number, 0),
    ("items", "evicted_unfetched", number, 0),
    ("items", "expired_unfetched", number, 0),
    ("items", "outofmemory", number, 0),
    ("items", "reclaimed", number, 0),
    ("items", "tailrepairs", number, 0),
    ("items", "crawler_reclaimed", number, 0),
    ("items", "moves_to_cold", number, None),
    ("items", "moves_to_warm", number, None),
    ("items", "moves_within_lru", number, None),
    ("items", "hits_to_hot", number, None),
    ("items", "hits_to_warm", number, None),
    ("items", "hits_to_cold", number, None),
    ("items", "hits_to_temp", number, None),

    ("settings", "maxconns", number, 1024),
    ("settings", "lru_crawler", yes_or_no, None),
]

# Read where they are. memcached has the first with -o temporary_ttl, and the others no longer.
RARE_FIELDS = [
    ("items", "number_temp", number, None),
    ("slabs", "mem_requested", number, None),
    ("items", "store_too_large", number, None),
    ("items", "store_no_memory", number, None),
]

# Read only if the crawler is on.
CRAWLER_FIELDS = [
    ("settings", "lru_crawler_sleep", number, None),
    ("settings", "lru_crawler_tocrawl", number, None),
    ("settings", "lru_maintainer_thread", yes_or_no, None),
    ("settings", "hot_lru_pct", number, None),
    ("settings", "warm_lru_pct", number, None),
    ("settings", "hot_max_factor", number, None),
    ("settings", "warm_max_factor", number, None),
]


def use(server):
    """Moves the counters; returns the connection, which is one of those that are counted."""
    connection = Connection(server)
    for times, request, reply in USE:
        for _ in range(times):
            require(connection.ask(request), reply)
    for _ in range(CAS_HITS):
        unique = connection.ask("gets small").split("\r\n")[0].split(" ")[4]
        require(connection.ask(f"cas small 0 0 5 {unique}\r\nvalue"), "STORED")
    # memcached keeps the chunk of an old value until its maintainer has let go of it.
    wait_until(lambda: used_chunks(connection) == ITEMS, "the chunks of old values are free")
    return connection


def used_chunks(connection):
    return sum(int(line.split(" ")[2]) for line in lines_of(connection, "stats slabs")
               if ":used_chunks " in line)


def total(replies, reply, key, kind, optional=False):
    """The field's value; of slabs and items the sum over the classes, each of which must have it.

    With `optional` what has none counts as 0.
    """
    figures = getattr(replies, reply)
    parts = figures.values() if reply in ("slabs", "items") else [figures]
    values = []
    for part in parts:
        if key in part:
            values.append(kind(part[key]))
        elif not optional:
            raise AssertionError(f"{reply}: {key} is missing")
    return values[0] if kind is word else sum(values)


def must_be(name, got, expected):
    content = got >= expected if isinstance(expected, AtLeast) else got == expected
    if not content:
        bound = "at least " if isinstance(expected, AtLeast) else ""
        raise AssertionError(f"{name} is {got}, not {bound}{expected}")


def must_have(replies, fields, with_values=True, optional=False):
    for reply, key, kind, expected in fields:
        try:
            got = total(replies, reply, key, kind, optional)
        except (KeyError, ValueError) as error:
            raise AssertionError(f"{reply}: {key} is not what the exporter parses") from error
        if with_values and expected is not None:
            must_be(f"{reply}: {key}", got, expected)


def must_be_read(replies, with_values=False):
    """The exporter finds all that it looks for."""
    must_have(replies, FIELDS, with_values)
    must_have(replies, RARE_FIELDS, optional=True)
    if replies.settings["lru_crawler"] == "yes":
        must_have(replies, CRAWLER_FIELDS)


# First, since it wants a server that nobody has used.
def check_every_field(server):
    connection = use(server)
    replies = Replies(server)
    must_be_read(replies, with_values=True)
    require(connection.ask("get missing"), "END")


def check_classes_agree_with_totals(server):
    replies = Replies(server)
    hits = sum(total(replies, "items", f"hits_to_{lru}", number)
               for lru in ("hot", "warm", "cold", "temp"))
    require(hits, total(replies, "stats", "get_hits", number))
    parts = sum(total(replies, "items", f"number_{lru}", number) for lru in ("hot", "warm", "cold"))
    rest = total(replies, "items", "number_temp", number, optional=True)
    require(parts + rest, total(replies, "items", "number", number))


def check_empty_cache(server):
    with server.another() as empty:
        replies = Replies(empty)
        must_be_read(replies)
        require(total(replies, "stats", "curr_items", number), 0)
        require(total(replies, "items", "number", number), 0)
        require(total(replies, "slabs", "used_chunks", number), 0)


def check_evictions(server):
    with server.another("-m", "8") as small:
        connection = Connection(small)
        for i in range(2000):
            require(connection.ask(f"set key{i} 0 0 10000\r\n{'x' * 10000}"), "STORED")
        replies = Replies(small)
        must_be_read(replies)
        left = total(replies, "stats", "curr_items", number)
        must_be("the items left", left, AtLeast(1))
        for reply, key, expected in (("stats", "evictions", 2000 - left),
                                     ("items", "evicted", 2000 - left),
                                     ("items", "evicted_unfetched", 2000 - left),
                                     ("items", "number", left),
                                     ("slabs", "used_chunks", left)):
            must_be(f"{reply}: {key}", total(replies, reply, key, number), expected)


def check_options_show(server):
    with server.another("-m", "100", "-c", "200", "-o", "no_lru_crawler") as optioned:
        replies = Replies(optioned)
        require(total(replies, "stats", "limit_maxbytes", number), 100 * 1024 * 1024)
        require(total(replies, "settings", "maxconns", number), 200)
        require(total(replies, "settings", "lru_crawler", yes_or_no), 0)


def check_rejected_connections(server):
    with server.another("-c", "64") as narrow:
        first = Connection(narrow)
        require(first.ask("get missing"), "END")
        # Kept, so that they are all open at once.
        _others = [Connection(narrow) for _ in range(100)]

        def some_are_rejected():
            figures = dict(line.split(" ")[1:] for line in lines_of(first, "stats"))
            require(figures["listen_disabled_num"], "0")
            return number(figures["rejected_connections"]) > 0

        wait_until(some_are_rejected, "rejected_connections counts")


if __name__ == "__main__":
    run("memcached_exporter's requests", EXPORTER,
        [check for name, check in list(globals().items()) if name.startswith("check_")])
