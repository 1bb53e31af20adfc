#!/usr/bin/python3 -B
"""usage: memtier_test.py text|binary DAEMON [PORT_OPTION]

Lets memtier_benchmark store some keys and read them and as many that are not there, and compares
what it counted with what the server counted and with what must have been.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    from pymemcache.client.base import Client
except ImportError:
    sys.exit("pymemcache is missing: apt-get install python3-pymemcache")

from client_checks import choice, require, run

PROTOCOL = {"text": "memcache_text", "binary": "memcache_binary"}
DIALECT = choice(tuple(PROTOCOL))
CONNECTIONS, REQUESTS = 4, 2500
TOTAL = CONNECTIONS * REQUESTS


def benchmark(server, ratio, first_key):
    """What it counted while each connection had its part of TOTAL keys, from this one upward."""
    with tempfile.TemporaryDirectory() as folder:
        counted = os.path.join(folder, "counted.json")
        command = ["memtier_benchmark", "-s", "127.0.0.1", "-p", str(server.port),
                   "-P", PROTOCOL[DIALECT], "-t", "1", "-c", str(CONNECTIONS), "-n", str(REQUESTS),
                   "--ratio", ratio, "--pipeline", "8", "--data-size-range", "1-5000",
                   "--key-pattern", "P:P", f"--key-minimum={first_key}",
                   f"--key-maximum={first_key + TOTAL - 1}", "--hide-histogram",
                   f"--json-out-file={counted}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"memtier_benchmark failed: {done.stdout}{done.stderr}")
        with open(counted, encoding="utf-8") as file:
            return json.load(file)["ALL STATS"]


def stats(server):
    """What the server has counted of stores and reads."""
    figures = Client(("127.0.0.1", server.port), timeout=10).stats()
    return {name: int(figures[name.encode()])
            for name in ("cmd_set", "cmd_get", "get_hits", "get_misses", "curr_items")}


def moved(server, act):
    """What act() returns, and by how much the server's counts moved meanwhile."""
    before = stats(server)
    result = act()
    return result, {name: value - before[name] for name, value in stats(server).items()}


def check_sets(server):
    counted, counts = moved(server, lambda: benchmark(server, "1:0", 1))
    require([counted["Sets"]["Count"], counted["Gets"]["Count"]], [TOTAL, 0])
    require(counts, {"cmd_set": TOTAL, "cmd_get": 0, "get_hits": 0, "get_misses": 0,
                     "curr_items": TOTAL})


def check_gets_that_hit(server):
    counted, counts = moved(server, lambda: benchmark(server, "0:1", 1))
    require(counted["Gets"]["Count"], TOTAL)
    require(counted["Gets"]["Misses/sec"], 0)
    require(counts, {"cmd_set": 0, "cmd_get": TOTAL, "get_hits": TOTAL, "get_misses": 0,
                     "curr_items": 0})


def check_gets_that_miss(server):
    counted, counts = moved(server, lambda: benchmark(server, "0:1", 1 + TOTAL))
    require(counted["Gets"]["Count"], TOTAL)
    require(counted["Gets"]["Hits/sec"], 0)
    require(counts, {"cmd_set": 0, "cmd_get": TOTAL, "get_hits": 0, "get_misses": TOTAL,
                     "curr_items": 0})


def version():
    said = subprocess.run(["memtier_benchmark", "--version"], capture_output=True, text=True,
                          check=True).stdout
    return re.search(r"\d+(\.\d+)+", said).group()


if __name__ == "__main__":
    if not shutil.which("memtier_benchmark"):
        sys.exit("memtier_benchmark is not on PATH")
    run(f"memtier_benchmark in {DIALECT}", version(),
        [check_sets, check_gets_that_hit, check_gets_that_miss])
