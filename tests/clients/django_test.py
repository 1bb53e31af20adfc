#!/usr/bin/python3 -B
"""usage: django_test.py pymemcache|pylibmc|pylibmc-binary DAEMON [PORT_OPTION]

Uses the server through one of Django's cache backends, with the operations of Django's own
interface.
"""

import sys

try:
    import django
    from django.conf import settings
    from django.contrib.sessions.backends.cache import SessionStore
    from django.contrib.sessions.backends.base import CreateError
    from django.core.cache import InvalidCacheKey, caches
except ImportError:
    sys.exit("Django is missing: apt-get install python3-django")
try:
    import pylibmc
    import pymemcache
except ImportError as error:
    sys.exit(f"{error.name} is missing: apt-get install python3-{error.name}")

from client_checks import choice, must_raise, require, run
from server_process import wait_until

# What is set in CACHES for each of them.
BACKENDS = {
    "pymemcache": {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache"},
    "pylibmc": {"BACKEND": "django.core.cache.backends.memcached.PyLibMCCache"},
    "pylibmc-binary": {"BACKEND": "django.core.cache.backends.memcached.PyLibMCCache",
                       "OPTIONS": {"binary": True}},
}
CHOSEN = choice(tuple(BACKENDS))

DAY_S = 24 * 60 * 60


def connect(server, alias="default"):
    if not settings.configured:
        common = {**BACKENDS[CHOSEN], "LOCATION": server.address}
        settings.configure(CACHES={
            "default": common,
            "short": {**common, "TIMEOUT": 2},
            "prefixed": {**common, "KEY_PREFIX": "site", "VERSION": 3},
        })
    caches["default"].clear()
    return caches[alias]


def check_set_and_get(server):
    cache = connect(server)
    for value in ("value", b"\x00\xff", 17, True, 1.5, "текст", [1, {"two": (3,)}], ""):
        cache.set("key", value)
        require(cache.get("key"), value)
    require(cache.get("missing"), None)
    require(cache.get("missing", "default"), "default")


def check_add(server):
    cache = connect(server)
    require(cache.add("key", "1"), True)
    require(cache.add("key", "2"), False)
    require(cache.get("key"), "1")


def check_many_keys(server):
    cache = connect(server)
    values = {f"key{i}": i for i in range(1000)}
    require(cache.set_many(values), [])
    require(cache.get_many([*values, *(f"missing{i}" for i in range(1000))]), values)
    cache.delete_many(list(values))
    require(cache.get_many(list(values)), {})


def check_get_or_set(server):
    cache = connect(server)
    require(cache.get_or_set("key", lambda: "made"), "made")
    require(cache.get_or_set("key", "not used"), "made")


def check_has_key(server):
    cache = connect(server)
    cache.set("key", "value")
    require([cache.has_key("key"), cache.has_key("missing")], [True, False])
    require(["key" in cache, "missing" in cache], [True, False])


def check_delete(server):
    cache = connect(server)
    require(cache.delete("key"), False)
    cache.set("key", "value")
    require(cache.delete("key"), True)
    require(cache.get("key"), None)


def check_incr_and_decr(server):
    cache = connect(server)
    must_raise(ValueError, cache.incr, "number")
    must_raise(ValueError, cache.decr, "number")
    cache.set("number", 10)
    require(cache.incr("number"), 11)
    require(cache.incr("number", 9), 20)
    require(cache.incr("number", -5), 15)
    require(cache.decr("number", 4), 11)
    require(cache.decr("number", -1), 12)
    require(cache.decr("number", 100), 0)
    require(cache.get("number"), 0)


def check_timeouts(server):
    cache = connect(server)
    cache.set("never", "value", None)
    cache.set("long", "value", 90 * DAY_S)
    for ended in (0, -1):
        cache.set("key", "value")
        cache.set("key", "value", ended)
        require(cache.get("key"), None)
        cache.add("key", "value", ended)
        require(cache.get("key"), None)
    cache.set("ends", "value", 2)
    cache.set_many({"ends-too": "value"}, 2)
    caches["short"].set("by-default", "value")
    wait_until(lambda: cache.get_many(["ends", "ends-too", "by-default"]) == {}, "all three end")
    require(cache.get_many(["never", "long"]), {"never": "value", "long": "value"})


def check_touch(server):
    cache = connect(server)
    require(cache.touch("missing", 10), False)
    for key in ("seconds", "days", "ever", "ends"):
        cache.set(key, "value", 2)
    require(cache.touch("seconds", 100), True)
    require(cache.touch("days", 90 * DAY_S), True)
    require(cache.touch("ever", None), True)
    wait_until(lambda: cache.get("ends") is None, "an item ends")
    require(len(cache.get_many(["seconds", "days", "ever"])), 3)
    require(cache.touch("seconds", 0), True)
    require(cache.get("seconds"), None)


def check_versions(server):
    cache = connect(server)
    cache.set("key", "first")
    cache.set("key", "second", version=2)
    require([cache.get("key"), cache.get("key", version=2)], ["first", "second"])
    require(cache.delete("key"), True)
    require(cache.decr_version("key", version=2), 1)
    require([cache.get("key"), cache.get("key", version=2)], ["second", None])
    require(cache.incr_version("key"), 2)
    require(cache.get_many(["key"], version=2), {"key": "second"})
    must_raise(ValueError, cache.incr_version, "missing")


def check_key_prefix(server):
    prefixed = connect(server, "prefixed")
    prefixed.set("key", "value")
    require(caches["default"].get("key"), None)
    require(prefixed.get_many(["key"]), {"key": "value"})
    require(prefixed.make_key("key"), "site:3:key")


def check_large_values(server):
    cache = connect(server)
    for value in (b"x" * 500_000, "y" * 1_000_000, list(range(100_000))):
        cache.set("key", value)
        require(cache.get("key"), value)


def check_value_too_large(server):
    cache = connect(server)
    cache.set("key", "old")
    must_raise((pylibmc.Error, pymemcache.MemcacheServerError), cache.set, "key", "x" * (1 << 20))
    require(cache.get("key"), None)
    cache.set("key", "new")
    require(cache.get("key"), "new")


def check_unusual_keys(server):
    cache = connect(server)
    longest = "k" * (250 - len(cache.make_key("")))
    for key in (longest, "ключ", "鍵", "a.b:c/d?e=f", "noreply", "{}"):
        cache.set(key, key)
        require(cache.get(key), key)
        require(cache.get_many([key, "missing"]), {key: key})


def check_refused_keys(server):
    cache = connect(server)
    for key in ("k" * 251, "two words", "line\nend"):
        must_raise(InvalidCacheKey, cache.set, key, "value")
        must_raise(InvalidCacheKey, cache.get, key)


def check_clear(server):
    cache = connect(server)
    cache.set("key", "value")
    cache.clear()
    require(cache.get("key"), None)


def check_close(server):
    cache = connect(server)
    cache.set("key", "value")
    # Django does so at the end of each of an application's requests.
    cache.close()
    require(cache.get("key"), "value")


def check_sessions(server):
    connect(server)
    session = SessionStore()
    session["user"] = {"name": "Ada"}
    session.create()
    key = session.session_key
    session["page"] = 2
    session.save()
    require(dict(SessionStore(key).items()), {"user": {"name": "Ada"}, "page": 2})
    require(session.exists(key), True)
    must_raise(CreateError, session.save, must_create=True)
    session.cycle_key()
    require(SessionStore(session.session_key)["page"], 2)
    require(SessionStore(key).load(), {})
    session.set_expiry(2)
    session.save()
    wait_until(lambda: not session.exists(session.session_key), "a session ends")
    session.flush()
    require(session.session_key, None)


if __name__ == "__main__":
    library = pymemcache if CHOSEN == "pymemcache" else pylibmc
    run(f"Django with {CHOSEN}", f"{django.__version__} ({library.__name__} {library.__version__})",
        [check for name, check in list(globals().items()) if name.startswith("check_")])
