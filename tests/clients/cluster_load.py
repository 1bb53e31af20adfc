"""Threads that use the nodes through an engine, and what values may be read while one is away.

A value names its key and a version, so that no other key's value passes for it. The versions of a
key only grow.
"""

import random
import threading

from server_process import wait_until

THREADS = 4
KEYS_PER_THREAD = 250

MISS, ERROR = "miss", "error"


def value_of(key, version):
    return f"{key}={version}".encode()


def read(engine, client, key):
    """The version that is read, MISS or ERROR; any other value stops the test."""
    try:
        value = client.get(key)
    except engine.errors:
        return ERROR
    if value is None:
        return MISS
    named, _, version = value.decode().partition("=")
    if named != key or not version.isdecimal():
        raise AssertionError(f"{key} was read as {value[:200]}")
    return int(version)


def write(engine, client, key, version):
    """Whether it is stored."""
    try:
        return bool(client.set(key, value_of(key, version)))
    except engine.errors:
        return False


def written_keys(thread):
    return [f"written-{thread}-{i}" for i in range(KEYS_PER_THREAD)]


ALL_WRITTEN_KEYS = [key for thread in range(THREADS) for key in written_keys(thread)]


class Load:
    """A context manager: while it lasts, each thread writes its keys and reads them and `read_keys`.

    All keys have version 0 when it begins. Those of `exposed` may miss, fail and have any version
    that was written; all others must be as they were written last. What was not so ends the test
    when the load ends.
    """

    def __init__(self, engine, read_keys, exposed):
        self._engine, self._read_keys, self._exposed = engine, read_keys, exposed
        self._stop = threading.Event()
        self._rounds = [0] * THREADS
        self._failures = []
        self._threads = [threading.Thread(target=self._use, args=(i,)) for i in range(THREADS)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        if kind is None and self._failures:
            raise self._failures[0]

    def progress(self):
        """Returns when each thread has done another hundred rounds."""
        goal = [rounds + 100 for rounds in self._rounds]
        wait_until(lambda: self._failures or
                   all(done >= wanted for done, wanted in zip(self._rounds, goal)),
                   "each thread does a hundred rounds")

    def _use(self, thread):
        try:
            chance = random.Random(thread)
            client = self._engine.connect()
            versions = dict.fromkeys(written_keys(thread), 0)
            while not self._stop.is_set():
                self._use_once(client, chance, versions)
                self._rounds[thread] += 1
        except Exception as error:
            self._failures.append(error)

    def _use_once(self, client, chance, versions):
        key = chance.choice(list(versions))
        versions[key] += 1
        stored = write(self._engine, client, key, versions[key])
        got = read(self._engine, client, key)
        if key not in self._exposed and (stored, got) != (True, versions[key]):
            raise AssertionError(f"{key}: {versions[key]} stored: {stored}; then read: {got}")
        if isinstance(got, int) and got > versions[key]:
            raise AssertionError(f"{key}: {got} was read before it was written")
        for key in chance.sample(self._read_keys, 5):
            got = read(self._engine, client, key)
            if key not in self._exposed and got != 0:
                raise AssertionError(f"{key}: {got} was read, and 0 written")
