#!/usr/bin/python3 -B
"""usage: memcached_tool_test.py TOOL DAEMON [PORT_OPTION]

Looks at a server with items in it through TOOL, which is memcached's memcached-tool, and through
memcstat and memcdump of libmemcached-tools.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

from client_checks import require, run

# Far more than any of them takes. memcached-tool waits for END for ever, after an error too.
TIMEOUT_S = 20

# memcached's cachedump shows no items but cold ones, and it refuses a metadump while its maintainer
# has the crawler. Without a maintainer every item is cold, and the crawler is free.
OPTIONS = ("-o", "no_lru_maintainer")

TTL_S = 1000
# Keys that metadump escapes, the longest key, and a value that looks like the end of a reply.
UNUSUAL = {
    "ключ".encode(): b"in Cyrillic",
    b"100%:a+b&c=d?e": b"escaped",
    b"k" * 250: b"of the longest key",
    b"END": b"one\r\nEND\r\ntwo\r\n\0\xff",
}
# Of 0 to 8940 bytes, the numbers of equal size differing.
NUMBERED = {b"key:%d" % i: bytes([97 + i % 26]) * (i * i // 10) for i in range(300)}
VALUES = NUMBERED | UNUSUAL


def flags_of(key):
    return len(VALUES[key])


def has_ttl(key):
    return len(VALUES[key]) % 3 == 0


class Connection:
    """One over which each request is answered by one line."""

    def __init__(self, server):
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=TIMEOUT_S)
        self._stream = self._socket.makefile("rb")

    def ask(self, request):
        self._socket.sendall(request + b"\r\n")
        return self._stream.readline().rstrip(b"\r\n").decode()

    def set(self, key, value, flags=0, ttl=0):
        request = b"set %b %d %d %d\r\n%b" % (key, flags, ttl, len(value), value)
        require(self.ask(request), "STORED")


def fill(server):
    """Stores VALUES, some over values of another size, beside keys that are deleted again."""
    connection = Connection(server)
    for key in UNUSUAL:
        connection.set(key, b"x" * 5000)
    for i in range(20):
        connection.set(b"gone:%d" % i, b"x" * i * 100)
        require(connection.ask(b"delete gone:%d" % i), "DELETED")
    for key, value in VALUES.items():
        connection.set(key, value, flags_of(key), TTL_S if has_ttl(key) else 0)


@contextlib.contextmanager
def filled(server, *options):
    """A second server, started with these options too, with VALUES in it."""
    with server.another(*OPTIONS, *options) as another:
        fill(another)
        yield another


def output_of(*command, errors=b""):
    """What it prints; it must end with status 0 and say nothing but `errors` on stderr."""
    # Where the locale is not installed, perl says so on stderr.
    done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False,
                          env=dict(os.environ, LC_ALL="C"))
    require((done.returncode, done.stderr), (0, errors))
    return done.stdout


def tool(server, *words, errors=b""):
    return output_of(TOOL, server.address, *words, errors=errors)


def table_of(output):
    """The rows {name: value} behind the tool's line of headings."""
    heading, *lines = output.decode().splitlines()
    require(heading.startswith("#127.0.0.1:"), True)
    return dict(line.split(None, 1) for line in lines)


def displayed(server):
    """The rows of `display`, as lists of words."""
    heading, *lines = tool(server, "display").decode().splitlines()
    require(heading.split(), ["#", "Item_Size", "Max_age", "Pages", "Count", "Full?", "Evicted",
                              "Evict_Time", "OOM"])
    return [line.split() for line in lines]


def check_display(server):
    with filled(server) as full:
        rows = displayed(full)
        require(sum(int(row[4]) for row in rows), len(VALUES))
        for row in rows:
            # A row without a page is left out, and what is missing is printed as 0 or as nothing.
            shape = r"\d+ (\d+B|\d+\.\dK) \d+s [1-9]\d* [1-9]\d* (yes|no) 0 0 0"
            require(bool(re.fullmatch(shape, " ".join(row))), True)
            require(row[1] != "0B", True)
        # The same is shown without a word.
        require(len(tool(full).splitlines()), 1 + len(rows))


def check_stats(server):
    with filled(server) as full:
        figures = table_of(tool(full, "stats"))
        require(figures["curr_items"], str(len(VALUES)))
        require(figures["cmd_set"], str(len(VALUES) + len(UNUSUAL) + 20))
        require(figures["delete_hits"], "20")
        require(figures["limit_maxbytes"], str(64 * 1024 * 1024))


def check_settings(server):
    with server.another(*OPTIONS, "-m", "100") as optioned:
        settings = table_of(tool(optioned, "settings"))
        require(settings["maxbytes"], str(100 * 1024 * 1024))
        # Here sizes are counted when somebody asks, so they always can be.
        require(settings["track_sizes"] in ("no", "yes"), True)


def check_sizes_untracked(server):
    with filled(server) as full:
        sizes = table_of(tool(full, "sizes"))
        if "sizes_status" in sizes:
            require(sizes, {"sizes_status": "disabled"})
        else:
            require(sum(map(int, sizes.values())), len(VALUES))


def check_sizes_tracked(server):
    with filled(server, "-o", "track_sizes") as full:
        sizes = {int(size): int(count) for size, count in table_of(tool(full, "sizes")).items()}
        require(sum(sizes.values()), len(VALUES))
        require([size for size in sizes if size % 32], [])
        # A size is that of an item, so of its key, its value and what the server adds to them.
        largest = max(map(len, VALUES.values()))
        # Large ones are rounded up by the allocator.
        require(largest < max(sizes) < largest * 1.25 + 300, True)


def check_keys(server):
    with filled(server) as full:
        seen = []
        for line in tool(full, "keys", errors=b"Dumping memcache keys\n").decode().splitlines():
            shape = (r"key=(\S+) exp=(-?\d+) la=(\d+) cas=\d+ fetch=(?:yes|no) cls=\d+ size=(\d+)"
                     r"(?: flags=\d+)?")
            key, expires, accessed, size = re.fullmatch(shape, line.rstrip()).groups()
            key = urllib.parse.unquote_to_bytes(key)
            require_expiry(key, int(expires), never=-1)
            require(abs(int(accessed) - time.time()) < 60, True)
            require(int(size) > len(key) + len(VALUES[key]), True)
            seen.append(key)
        require(sorted(seen), sorted(VALUES))


def require_expiry(key, expires, never):
    if has_ttl(key):
        require(abs(expires - time.time() - TTL_S) < 60, True)
    else:
        require(expires, never)


def additions(dump):
    """The commands `add` that a dump consists of, as {key: (flags, exptime, value)}."""
    found = {}
    while dump:
        line, _, rest = dump.partition(b"\r\n")
        word, key, flags, expires, size = line.split(b" ")
        require((word, key in found), (b"add", False))
        require(rest[int(size):int(size) + 2], b"\r\n")
        found[key] = (int(flags), int(expires), rest[:int(size)])
        dump = rest[int(size) + 2:]
    return found


def check_dump(server):
    with filled(server) as full:
        found = additions(tool(full, "dump", errors=b"Dumping memcache contents\n"))
        require({key: value for key, (_, _, value) in found.items()}, VALUES)
        for key, (flags, expires, _) in found.items():
            require(flags, flags_of(key))
            require_expiry(key, expires, never=0)


def check_limits(server):
    """With a limit the tool leaves while the server still sends it keys."""
    with filled(server) as full:
        said = b" (limiting to 10 keys)\n"
        keys = tool(full, "keys", "10", errors=b"Dumping memcache keys" + said)
        # The tool counts the OK that a dump begins with in newer versions of memcached.
        require(keys.count(b"key=") in (9, 10), True)
        dump = tool(full, "dump", "10", errors=b"Dumping memcache contents" + said)
        require(len(additions(dump)) in (9, 10), True)
        require(len(tool(full, "keys", errors=b"Dumping memcache keys\n").splitlines()),
                len(VALUES))


def memcstat(server, *words):
    """The figures {name: value}; what is printed of a server without any is nothing at all."""
    lines = output_of("memcstat", f"--servers={server.address}", *words).decode().splitlines()
    lines = [line for line in lines if line]
    if lines:
        require(lines.pop(0), f"Server: 127.0.0.1 ({server.port})")
    return dict(line.removeprefix("\t").split(": ", 1) for line in lines)


def check_memcstat(server):
    with filled(server) as full:
        # In the text dialect and in the binary one.
        for words in ([], ["--binary"]):
            figures = memcstat(full, *words)
            require(figures["curr_items"], str(len(VALUES)))
            require(figures["pointer_size"], "64")
            items = memcstat(full, "--args=items", *words)
            numbers = [int(value) for name, value in items.items() if name.endswith(":number")]
            require(sum(numbers), len(VALUES))
            slabs = memcstat(full, "--args=slabs", *words)
            used = [int(value) for name, value in slabs.items() if name.endswith(":used_chunks")]
            require(sum(used), len(VALUES))


def check_memcdump(server):
    with filled(server) as full:
        keys = output_of("memcdump", f"--servers={full.address}").splitlines()
        # It ends a key before its first byte that is not ASCII.
        require(sorted(keys), sorted(re.match(rb"[!-~]*", key).group() for key in VALUES))


def check_empty_cache(server):
    with server.another(*OPTIONS) as empty:
        require(sum(int(row[4]) for row in displayed(empty)), 0)
        require(tool(empty, "keys", errors=b"Dumping memcache keys\n"), b"")
        require(tool(empty, "dump", errors=b"Dumping memcache contents\n"), b"")
        require(memcstat(empty)["curr_items"], "0")
        require(output_of("memcdump", f"--servers={empty.address}"), b"")
    with server.another(*OPTIONS, "-o", "track_sizes") as empty:
        require(table_of(tool(empty, "sizes")), {})


def take_tool():
    """Takes the tool's path out of sys.argv; ends the process if it or another is not there."""
    if len(sys.argv) < 3:
        sys.exit("usage: memcached_tool_test.py TOOL DAEMON [PORT_OPTION]")
    path = os.path.abspath(sys.argv.pop(1))
    if not os.access(path, os.X_OK):
        sys.exit(f"{path} is missing: setup/unpack-package memcached build/peers/memcached "
                 "unpacks it of Debian's package memcached")
    for program, package in (("perl", "perl"), ("memcstat", "libmemcached-tools"),
                             ("memcdump", "libmemcached-tools")):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install {package}")
    return path


def version():
    said = output_of("memcstat", "--version").decode()
    libmemcached = re.search(r"libmemcached v([0-9.]+)", said).group(1)
    return f"of Debian's memcached and libmemcached {libmemcached}"


if __name__ == "__main__":
    TOOL = take_tool()
    run("memcached-tool, memcstat, memcdump", version(),
        [check for name, check in list(globals().items()) if name.startswith("check_")])
