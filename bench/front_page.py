#!/usr/bin/env python3
"""usage: bench/front_page.py README.md >NEW_README.md

Writes figures of the newest result files between the marks of the front page. bench/figures.sh runs
it, so that no figure there is typed by hand.
"""

import pathlib
import re
import sys
import textwrap

import result_file

MARK = "<!-- figures.sh writes {} from here -->\n"
END = "<!-- to here -->\n"
BLOCK = re.compile(MARK.format(r"(\w+)") + ".*?" + END, re.S)


def link(file):
    return f"[{file.name}](bench/results/{file.name})"


def span(values, form):
    values = sorted(values)
    return f"{values[0]:{form}} to {values[-1]:{form}}"


def column(rows, name):
    return [float(row[name].rstrip("%")) for row in rows]


def met(rows, good):
    """How many of the rows that have a verdict are good; "missed" stands out."""
    judged = [row["verdict"] for row in rows if row["verdict"] != "-"]
    count = judged.count(good)
    missed = "" if count == len(judged) else f", **{len(judged) - count} missed**"
    return f"{count} of {len(judged)} met{missed}"


def fewer_misses(file, server):
    rows = [row for row in file.rows if row["server"] == server and row["compared"] == "equal_m"]
    return span([-value for value in column(rows, "to_memcached")], ".0f") + " % fewer"


def why():
    density, hit_ratio, syscalls = map(result_file.newest, ("density", "hit-ratio", "syscalls"))
    ratios, sizes = column(density.rows, "ratio"), [row["value_B"] for row in density.rows]
    traces = {row["trace"] for row in hit_ratio.rows}
    lru, s3fifo = (fewer_misses(hit_ratio, f"ringcached_{each}") for each in ("lru", "s3fifo"))
    calls = {threads: [float(syscalls.row(server=server, threads=threads, connections="50",
                                          pipeline="1")["calls_max"])
                       for server in ("ringcached_io_uring", "memcached")]
             for threads in ("1", "4")}
    same_m = [int(row["rc_items"]) / int(row["mc_items"]) for row in density.rows]
    return [textwrap.fill(line, 120, subsequent_indent="  ", break_on_hyphens=False) for line in (
        f"- **More items in the same memory**: {max(ratios):.2f} times memcached's per MiB of RSS at "
        f"values of {sizes[0]} bytes, {min(ratios):.2f} times at {sizes[-1]} ({max(same_m):.2f} and "
        f"{min(same_m):.2f} times at the same `-m`).",
        f"- **Fewer misses at the same `-m`**: {lru} in replays of {len(traces)} traces, {s3fifo} "
        "with `eviction=s3fifo`.",
        f"- **Fewer system calls**, with io_uring: {calls['1'][0]:.2f} per request where memcached "
        f"makes {calls['1'][1]:.2f} with one thread, {calls['4'][0]:.2f} to {calls['4'][1]:.2f} with "
        "the four of the default.",
    )]


# Each below: what, target, measured, by.


def density_row():
    file = result_file.newest("density")
    ratios, targets = ([row[name] for row in file.rows] for name in ("ratio", "target"))
    sizes = ", ".join(row["value_B"] for row in file.rows)
    return (f"items per MiB of RSS against memcached's, values of {sizes} bytes",
            "≥ " + ", ".join(targets),
            f"{', '.join(f'{float(ratio):.2f}' for ratio in ratios)}; {met(file.rows, 'passed')}",
            file)


def memory_row():
    file = result_file.newest("memory")
    return ("highest RSS, whatever sizes come after one another, with many connections",
            "≤ `-m` + 5 % + 8 MiB", met(file.rows, "passed"), file)


def connections_row():
    file = result_file.newest("connections")
    rows = [row for row in file.rows if row["verdict"] != "-"]
    ours, peer = (file.row(server=server, connections="10000")
                  for server in ("ringcached_io_uring", "memcached"))
    return ("memory of a connection, of 10,000; CPU and receive buffers while none asks",
            "≤ 3.07 KiB, 0.1 % of a CPU, 1 MiB",
            f"{ours['KiB_each']} KiB, {ours['idle_cpu_%']} %, {ours['buffers_MiB']} MiB; memcached "
            f"{peer['KiB_each']} KiB, {peer['idle_cpu_%']} %, {peer['buffers_MiB']} MiB; "
            f"{met(rows, 'passed')}", file)


def syscalls_row():
    file = result_file.newest("syscalls")
    pairs = [[row for row in file.rows if row["server"] == server and row["threads"] == "1"]
             for server in ("ringcached_io_uring", "memcached")]
    ours, peers = ([row["calls_max"] for row in rows] for rows in pairs)
    loads = ", ".join(f"{row['connections']} × {row['pipeline']}" for row in pairs[0])
    return (f"system calls per request, one thread, connections × pipeline of {loads}",
            "≤ " + ", ".join(row["at_most"] for row in pairs[0]),
            f"{', '.join(ours)}; memcached {', '.join(peers)}; {met(file.rows, 'passed')}", file)


def memtier_row():
    file = result_file.newest("memtier")
    return ("memtier: errors and lost replies; against memcached",
            "none",
            f"none; {span(column(file.rows, 'ops_ratio'), '.2f')} times the requests/s, "
            f"{span(column(file.rows, 'cpu_ratio'), '.2f')} times the CPU a request, "
            f"pairs of runs: {re.search(r'[0-9]+', file.facts['rows'])[0]}", file)


def compare_row():
    file = result_file.newest("compare")
    rows = [row for row in file.rows
            if row["against"] == "memcached" and row["measured"].startswith("cpu_us")]
    return (f"server CPU a request under {len(rows)} loads, one thread, against memcached's",
            f"≤ {span(column(rows, 'at_most'), '.2f')}",
            f"{span(column(rows, 'compared'), '.2f')}; with the floor and p99.9 "
            f"{met(file.rows, 'passed')}", file)


def hit_ratio_row():
    file = result_file.newest("hit-ratio")
    lru, s3fifo = (fewer_misses(file, f"ringcached_{each}") for each in ("lru", "s3fifo"))
    return ("misses on traces at equal `-m`, against memcached's", "none set",
            f"{lru}; s3fifo {s3fifo}", file)


def dump_row():
    file = result_file.newest("dump")
    ratio = file.row(what="dump_time/memcached")
    return ("dump of all keys while others read: time, the reads' p99, RSS, keys",
            f"≤ {ratio['bound']} times memcached's time, and others",
            f"{float(ratio['median']):.2f} times the time; {met(file.rows, 'met')}", file)


def latency_row():
    file = result_file.newest("latency")
    slow = sum(int(row["slow_on_cpu"]) for row in file.rows)
    return ("calls of the cache by itself above 1 ms", "none that computed",
            f"{slow}; {met(file.rows, 'passed')}", file)


def lookups_row():
    file = result_file.newest("lookups")
    return ("lookups by themselves, in random loads and ns", "bounds of bench/README.md",
            met(file.rows, "passed"), file)


def targets():
    rows = [density_row, hit_ratio_row, memory_row, connections_row, syscalls_row, memtier_row,
            compare_row, latency_row, lookups_row, dump_row]
    lines = ["| what | target | measured | file |", "|---|---|---|---|"]
    for row in rows:
        *words, file = row()
        lines.append(f"| {' | '.join(words)} | {link(file)} |")
    return lines


WRITERS = {"why": why, "targets": targets}


def written(page):
    """The page with new blocks. KeyError if it has one that nobody writes, or lacks one."""
    found = [match[1] for match in BLOCK.finditer(page)]
    if sorted(found) != sorted(WRITERS):
        raise KeyError(f"the page has the blocks {found}, not {list(WRITERS)}")

    def block(match):
        return MARK.format(match[1]) + "".join(f"{line}\n" for line in WRITERS[match[1]]()) + END

    return BLOCK.sub(block, page)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.stdout.write(written(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")))
