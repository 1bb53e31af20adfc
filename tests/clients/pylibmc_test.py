#!/usr/bin/python3 -B
"""usage: pylibmc_test.py text|binary DAEMON [PORT_OPTION]

Uses the server through pylibmc, and so through libmemcached, in one of its two dialects.
"""

import sys
import time

try:
    import pylibmc
except ImportError:
    sys.exit("pylibmc is missing: apt-get install python3-pylibmc")

from client_checks import PASSWORD, USER, choice, guarded, must_raise, require, run
from server_process import wait_until

DIALECT = choice(("text", "binary"))


def client_of(server, **options):
    return pylibmc.Client([server.address], binary=DIALECT == "binary", **options)


def connect(server, **behaviors):
    client = client_of(server, behaviors={"cas": True, **behaviors})
    client.flush_all()
    return client


def refuse_replace(client, key):
    """The text protocol says that nothing was stored, the binary one that nothing was there."""
    if DIALECT == "binary":
        must_raise(pylibmc.NotFound, client.replace, key, "value")
    else:
        require(client.replace(key, "value"), False)


def check_set_and_get(server):
    client = connect(server)
    require(client.set("key", "value"), True)
    require(client.get("key"), "value")
    require(client.get("missing"), None)
    require("key" in client, True)
    require("missing" in client, False)


def check_values_of_all_types_and_sizes(server):
    client = connect(server)
    for value in (b"", b"x", 17, True, 1.5, "текст", [1, {"two": 3}], b"x" * 16384,
                  b"y" * 1_000_000):
        require(client.set("key", value), True)
        require(client.get("key"), value)


def check_compressed_value(server):
    client = connect(server)
    value = b"abc" * 100_000
    require(client.set("key", value, min_compress_len=1000), True)
    require(client.get("key"), value)


def check_value_too_large(server):
    client = connect(server)
    client.set("key", b"old")
    must_raise(pylibmc.Error, client.set, "key", b"x" * (1 << 20))
    require(client.get("key"), None)
    require(client.set("key", b"new"), True)


def check_add_and_replace(server):
    client = connect(server)
    refuse_replace(client, "key")
    require(client.add("key", "2"), True)
    require(client.add("key", "3"), False)
    require(client.replace("key", "4"), True)
    require(client.get("key"), "4")


def check_append_and_prepend(server):
    client = connect(server)
    require(client.append("key", b"x"), False)
    client.set("key", b"middle")
    require(client.append("key", b"-end"), True)
    require(client.prepend("key", b"begin-"), True)
    require(client.get("key"), b"begin-middle-end")


def check_many_keys(server):
    client = connect(server)
    values = {f"key{i}": f"value {i}" for i in range(1000)}
    require(client.set_multi(values), [])
    wanted = list(values) + [f"missing{i}" for i in range(1000)]
    require(client.get_multi(wanted), values)
    require(client.delete_multi(list(values)), True)
    require(client.get_multi(wanted), {})
    require(client.set_multi({"1": "one", "2": "two"}, key_prefix="p:"), [])
    require(client.get_multi(["1", "2"], key_prefix="p:"), {"1": "one", "2": "two"})


def check_cas(server):
    client = connect(server)
    client.set("key", "1")
    value, number = client.gets("key")
    require(value, "1")
    require(client.cas("key", "2", number), True)
    require(client.cas("key", "3", number), False)
    must_raise(pylibmc.NotFound, client.cas, "missing", "4", number)
    require(client.get("key"), "2")


def check_incr_and_decr(server):
    client = connect(server)
    must_raise(pylibmc.NotFound, client.incr, "number")
    client.set("number", 10)
    require(client.incr("number", 5), 15)
    require(client.decr("number", 20), 0)
    require(client.get("number"), 0)
    client.set("number", 2**64 - 1)
    require(client.incr("number"), 0)
    client.set_multi({"1": 1, "2": 2})
    client.incr_multi(["1", "2"], delta=10)
    require(client.get_multi(["1", "2"]), {"1": 11, "2": 12})
    client.set("text", "text")
    must_raise(pylibmc.Error, client.incr, "text")


def check_delete(server):
    client = connect(server)
    require(client.delete("key"), False)
    client.set("key", "value")
    require(client.delete("key"), True)
    require(client.get("key"), None)


def check_touch_and_expiry(server):
    client = connect(server)
    require(client.touch("key", 10), False)
    client.set("ends", "value", time=2)
    client.set("touched", "value", time=2)
    client.set("absolute", "value", time=int(time.time()) + 1000)
    client.set("past", "value", time=int(time.time()) - 1000)
    require(client.touch("touched", 100), True)
    require(client.get("absolute"), "value")
    require(client.get("past"), None)
    wait_until(lambda: client.get("ends") is None, "an item ends")
    require(client.get("touched"), "value")


def check_noreply(server):
    client = connect(server, _noreply=True)
    client.set("key", "1")
    client.delete("missing")
    client.append("key", "0")
    # Another connection sees it as soon as the server has worked it off.
    reader = client_of(server)
    wait_until(lambda: reader.get("key") == "10", "a value set without a reply is there")


def check_no_block(server):
    client = connect(server, no_block=True, tcp_nodelay=True)
    for i in range(1000):
        client.set(f"key{i}", i)
    reader = client_of(server)
    client.get("key999")
    wait_until(lambda: reader.get("key999") == 999, "the last value is there")
    require(reader.get("key0"), 0)


def check_unusual_keys(server):
    client = connect(server)
    for key in ("k" * 250, "ключ", "鍵", "a.b:c/d?e=f", "noreply", "{}"):
        require(client.set(key, key), True)
        require(client.get(key), key)
        require(client.get_multi([key, "missing"]), {key: key})


def check_stats(server):
    client = connect(server)
    [(_, figures)] = client.get_stats()
    misses = int(figures["get_misses"])
    client.get("missing")
    require(int(client.get_stats()[0][1]["get_misses"]), misses + 1)


def check_authentication(server):
    """By SASL, which libmemcached has in the binary dialect only."""
    with guarded(server, "-S") as guarded_server:
        client = client_of(guarded_server, username=USER, password=PASSWORD)
        require(client.set("key", "value"), True)
        require(client.get("key"), "value")
        for user, password in ((USER, "wrong"), ("nobody", PASSWORD)):
            stranger = client_of(guarded_server, username=user, password=password)
            must_raise(pylibmc.Error, stranger.get, "key")
        # pylibmc takes the refusal of a get for a miss.
        must_raise(pylibmc.Error, client_of(guarded_server).set, "key", "stranger's")
        require(client_of(guarded_server).get("key"), None)
        require(client.get("key"), "value")


def check_flush_all(server):
    client = connect(server)
    client.set("key", "value")
    require(client.flush_all(), True)
    require(client.get("key"), None)
    require(client.set("key", "value"), True)
    require(client.get("key"), "value")


if __name__ == "__main__":
    version = f"{pylibmc.__version__} (libmemcached {pylibmc.libmemcached_version})"
    checks = [check for name, check in list(globals().items()) if name.startswith("check_")]
    if DIALECT == "text":
        checks.remove(check_authentication)
    run(f"pylibmc in {DIALECT}", version, checks)
