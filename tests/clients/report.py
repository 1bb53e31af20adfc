#!/usr/bin/python3 -B
"""usage: report.py DAEMON

Runs every client against DAEMON and writes what came out into README.md's table.
"""

import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BEGIN = "<!-- report.py writes from here -->\n"
END = "<!-- to here -->\n"

# As setup/unpack-package leaves it.
MEMCACHED_TOOL = (HERE.parents[1] /
                  "build/peers/memcached/usr/share/memcached/scripts/memcached-tool")

# The last line of a script that is content.
CONTENT = re.compile(r"(?P<client>.+), version (?P<version>.+): (?P<result>\d+ of \d+ checks .+)")

CLIENTS = [
    ("pymemcache_test.py", "set, get, add, replace, append, prepend, many keys, cas, incr, decr, "
     "delete, touch, expiry, noreply, large values, flags, unusual keys, stats, flush_all, quit, "
     "authentication by a set"),
    ("pylibmc_test.py text", "the same through libmemcached: values of Python's types, "
     "compression, many keys, cas, arithmetic, touch, expiry, without reply, without blocking, large values, "
     "unusual keys, stats"),
    ("pylibmc_test.py binary", "the same checks in the binary dialect, authentication by SASL"),
    ("node_test.py memcached", "text over a pool of connections: set, get, many keys, cas, incr, "
     "decr, add, replace, append, prepend, del, touch, expiry, large values, unusual keys, "
     "namespace, stats, flush"),
    ("node_test.py memjs", "binary: set, get, a thousand gets at once, increment and decrement "
     "with initial values, add, replace, append, delete, touch, expiry, large values, unusual keys, "
     "flags, stats, flush, quit; it has no cas and no multi-get"),
    ("node_test.py memjs_sasl", "user and password by SASL PLAIN, a wrong one, none"),
    ("django_test.py pymemcache", "PyMemcacheCache: set, get, add, get_many, set_many, "
     "delete_many, get_or_set, has_key, incr, decr, touch, timeouts, versions, prefixes, large values, "
     "unusual and refused keys, clear, sessions; Django has no cas"),
    ("django_test.py pylibmc", "PyLibMCCache: the same"),
    ("django_test.py pylibmc-binary", "PyLibMCCache in the binary dialect: the same"),
    ("celery_test.py", "result backend with a worker: results, states, failures, large results, "
     "forget, chains, groups by multi-get, chords by incr, expiry, touch"),
    ("cluster_test.py twemproxy", "three nodes, one of them killed under load and brought back, lost "
     "again, cut off, stalled, never left out: what is lost is what it held, and which values are "
     "old then; what twemproxy passes on, and how it spreads keys"),
    ("cluster_test.py pylibmc", "the same by libmemcached's ketama, without a proxy"),
    ("cluster_test.py pymemcache", "the same by rendezvous hashing; it always leaves nodes out"),
    ("exporter_test.py", "stats, stats settings, items and slabs, replayed: every field that the "
     "exporter reads, as it parses it, with the value that known commands led to"),
    (f"memcached_tool_test.py {MEMCACHED_TOOL}", "memcached-tool's display, stats, settings, sizes, "
     "dump and keys; memcstat in text and binary; memcdump"),
    ("memccapable.sh", "libmemcached's tests of a server in full, text and binary"),
    ("memtier_test.py text", "stores, reads that hit, reads that miss; counts compared with the "
     "server's"),
    ("memtier_test.py binary", "the same in the binary dialect"),
]


def run(script, daemon):
    """The cells client, version and result, and whether the script is content."""
    if script.startswith("memtier") and not shutil.which("memtier_benchmark"):
        return ["memtier_benchmark", "–", "not run here: it is not on PATH"], True
    name, *words = script.split()
    done = subprocess.run([HERE / name, *words, daemon], capture_output=True, text=True,
                          check=False)
    lines = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
    said = CONTENT.fullmatch(lines[-1])
    if done.returncode == 0 and said:
        return list(said.group("client", "version", "result")), True
    return [script, "?", f"FAILED: {lines[-1]}"], False


def main():
    version = subprocess.run([sys.argv[1], "-V"], capture_output=True, text=True, check=True).stdout
    rows = [f"Run with {version.splitlines()[0]}:\n",
            "| client | version | what it does | result |", "|---|---|---|---|"]
    good = True
    for script, does in CLIENTS:
        (client, client_version, result), content = run(script, sys.argv[1])
        rows.append(f"| {client} | {client_version} | {does} | {result} |")
        print(f"{client} {client_version}: {result}")
        good = good and content
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    readme.write_text(before + BEGIN + "\n".join(rows) + "\n" + END + rest.partition(END)[2])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
