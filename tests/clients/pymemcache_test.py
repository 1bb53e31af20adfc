#!/usr/bin/python3 -B
"""usage: pymemcache_test.py DAEMON [PORT_OPTION]

Uses the server through pymemcache as applications do.
"""

import sys
import time

try:
    import pymemcache
    from pymemcache.client.base import Client
    from pymemcache.exceptions import MemcacheClientError, MemcacheServerError
except ImportError:
    sys.exit("pymemcache is missing: apt-get install python3-pymemcache")

from client_checks import PASSWORD, USER, guarded, must_raise, require, run
from server_process import wait_until


def connect(server, **options):
    client = Client(("127.0.0.1", server.port), timeout=10, connect_timeout=10, **options)
    client.flush_all(noreply=False)
    return client


def check_set_and_get(server):
    client = connect(server)
    require(client.set("key", b"value", noreply=False), True)
    require(client.get("key"), b"value")
    require(client.get("missing"), None)
    require(client.get("missing", default=b"default"), b"default")


def check_values_of_all_sizes(server):
    client = connect(server)
    for size in (0, 1, 16383, 16384, 16385, 100_000, 1_000_000):
        value = bytes(i % 251 for i in range(1000)) * (size // 1000 + 1)
        require(client.set("large", value[:size], noreply=False), True)
        require(client.get("large"), value[:size])


def check_value_too_large(server):
    client = connect(server)
    client.set("large", b"old", noreply=False)
    error = must_raise(MemcacheServerError, client.set, "large", b"x" * (1 << 20), noreply=False)
    require(str(error), "b'object too large for cache'")
    require(client.get("large"), None)


def check_add_and_replace(server):
    client = connect(server)
    require(client.replace("key", b"1", noreply=False), False)
    require(client.add("key", b"2", noreply=False), True)
    require(client.add("key", b"3", noreply=False), False)
    require(client.replace("key", b"4", noreply=False), True)
    require(client.get("key"), b"4")


def check_append_and_prepend(server):
    client = connect(server)
    require(client.append("key", b"x", noreply=False), False)
    client.set("key", b"middle", noreply=False)
    require(client.append("key", b"-end", noreply=False), True)
    require(client.prepend("key", b"begin-", noreply=False), True)
    require(client.get("key"), b"begin-middle-end")


def check_many_keys(server):
    client = connect(server)
    values = {f"key{i}": b"value %d" % i for i in range(1000)}
    require(client.set_many(values, noreply=False), [])
    wanted = list(values) + [f"missing{i}" for i in range(1000)]
    require(client.get_many(wanted), values)
    require(client.delete_many(list(values), noreply=False), True)
    require(client.get_many(wanted), {})


def check_cas(server):
    client = connect(server)
    require(client.gets("key"), (None, None))
    client.set("key", b"1", noreply=False)
    value, number = client.gets("key")
    require(value, b"1")
    require(client.cas("key", b"2", number), True)
    require(client.cas("key", b"3", number), False)
    require(client.cas("missing", b"4", number), None)
    require(client.get("key"), b"2")
    require(set(client.gets_many(["key", "missing"])), {"key"})


def check_incr_and_decr(server):
    client = connect(server)
    require(client.incr("number", 1), None)
    client.set("number", b"10", noreply=False)
    require(client.incr("number", 5), 15)
    require(client.decr("number", 20), 0)
    client.set("number", str(2**64 - 1).encode(), noreply=False)
    require(client.incr("number", 1), 0)
    client.set("text", b"text", noreply=False)
    must_raise(MemcacheClientError, client.incr, "text", 1)


def check_delete(server):
    client = connect(server)
    require(client.delete("key", noreply=False), False)
    client.set("key", b"value", noreply=False)
    require(client.delete("key", noreply=False), True)
    require(client.get("key"), None)


def check_touch_and_expiry(server):
    client = connect(server)
    require(client.touch("key", 10, noreply=False), False)
    client.set("ends", b"value", expire=2, noreply=False)
    client.set("touched", b"value", expire=2, noreply=False)
    client.set("negative", b"value", expire=-1, noreply=False)
    client.set("absolute", b"value", expire=int(time.time()) + 1000, noreply=False)
    client.set("past", b"value", expire=int(time.time()) - 1000, noreply=False)
    require(client.touch("touched", 100, noreply=False), True)
    require(client.get("absolute"), b"value")
    require(client.get("past"), None)
    require(client.get("negative"), None)
    wait_until(lambda: client.get("ends") is None, "an item ends")
    require(client.get("touched"), b"value")


def check_noreply(server):
    client = connect(server)
    client.set("key", b"1", noreply=True)
    client.add("key", b"2", noreply=True)
    client.append("key", b"0", noreply=True)
    client.incr("key", 1, noreply=True)
    client.touch("key", 100, noreply=True)
    client.delete("missing", noreply=True)
    require(client.get("key"), b"11")
    client.flush_all(noreply=True)
    require(client.get("key"), None)


def check_unusual_keys(server):
    client = connect(server, allow_unicode_keys=True)
    for key in ("k" * 250, "ключ", "鍵", "a.b:c/d?e=f", "noreply", "{}", "\x01\x7f"):
        require(client.set(key, key.encode(), noreply=False), True)
        require(client.get(key), key.encode())


def check_flags(server):
    def serialize(_, value):
        return (value, 1) if isinstance(value, bytes) else (str(value).encode(), 4294967295)

    def deserialize(_, value, flags):
        return value if flags == 1 else (int(value), flags)

    client = connect(server, serializer=serialize, deserializer=deserialize)
    client.set("bytes", b"1", noreply=False)
    client.set("number", 17, noreply=False)
    require(client.get("bytes"), b"1")
    require(client.get("number"), (17, 4294967295))


def check_authentication(server):
    """In the text protocol a set, of any key, says who one is."""
    with guarded(server) as guarded_server:
        client = Client(("127.0.0.1", guarded_server.port), timeout=10, connect_timeout=10)
        must_raise(MemcacheClientError, client.get, "key")
        must_raise(MemcacheClientError, client.set, "auth", f"{USER} wrong", noreply=False)
        must_raise(MemcacheClientError, client.get, "key")
        require(client.set("auth", f"{USER} {PASSWORD}", noreply=False), True)
        require(client.set("key", b"value", noreply=False), True)
        require(client.get("key"), b"value")


def check_flush_all(server):
    client = connect(server)
    client.set("key", b"value", noreply=False)
    require(client.flush_all(noreply=False), True)
    require(client.get("key"), None)
    require(client.set("key", b"value", noreply=False), True)
    require(client.get("key"), b"value")


def check_version_and_stats(server):
    client = connect(server)
    require(client.version().split(b".")[:2], [b"1", b"6"])
    before = client.stats()
    client.get("missing")
    require(client.stats()[b"get_misses"], before[b"get_misses"] + 1)
    require(b"limit_maxbytes" in before, True)
    require(b"maxbytes" in client.stats("settings"), True)


def check_quit(server):
    client = connect(server)
    client.quit()
    # The next command opens a connection of its own.
    require(client.set("key", b"value", noreply=False), True)


if __name__ == "__main__":
    run("pymemcache", pymemcache.__version__,
        [check for name, check in list(globals().items()) if name.startswith("check_")])
