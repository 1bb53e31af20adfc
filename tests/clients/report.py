#!/usr/bin/python3 -B
"""usage: report.py DAEMON

Runs every client against DAEMON and writes what came out into README.md's table.
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
BEGIN = "<!-- report.py writes from here -->\n"
END = "<!-- to here -->\n"

CLIENTS = [
    ("pymemcache_test.py", "set, get, add, replace, append, prepend, many keys, cas, incr, decr, "
     "delete, touch, expiry, noreply, large values, flags, unusual keys, stats, flush_all, quit"),
    ("pylibmc_test.py", "the same through libmemcached: values of Python's types, compression, "
     "many keys, cas, arithmetic, touch, expiry, without reply, without blocking, stats"),
    ("memccapable.sh", "`memccapable -a`, every command of the text protocol"),
]


def run(script, daemon):
    """The last line the script says, and whether it is content."""
    done = subprocess.run([HERE / script, daemon], capture_output=True, text=True, check=False)
    lines = (done.stdout + done.stderr).strip().splitlines() or ["nothing"]
    return lines[-1], done.returncode == 0


def main():
    version = subprocess.run([sys.argv[1], "-V"], capture_output=True, text=True, check=True).stdout
    rows = [f"Run with {version.splitlines()[0]}:\n", "| client | what it does | result |",
            "|---|---|---|"]
    good = True
    for script, does in CLIENTS:
        said, passed = run(script, sys.argv[1])
        client, _, result = said.partition(": ") if passed else (script, "", f"FAILED: {said}")
        rows.append(f"| {client} | {does} | {result} |")
        print(f"{client}: {result}")
        good = good and passed
    readme = HERE / "README.md"
    before, _, rest = readme.read_text().partition(BEGIN)
    readme.write_text(before + BEGIN + "\n".join(rows) + "\n" + END + rest.partition(END)[2])
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
