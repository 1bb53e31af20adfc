#!/usr/bin/env python3
"""usage: bench/plot_compare.py >bench/results/compare.svg

Draws the newest comparison: for each load the server's CPU time a request (or a key), as a share of
memcached's, the range over the rounds, the target and, where it was measured, the floor.
bench/figures.sh runs it.
"""

import sys

import result_file
from svg import MARGIN, document, source, text

WIDTH = 880
NAME_WIDTH, FIGURE_WIDTH = 140, 60
TOP, ROW = 92, 20
SCALE_TO = 1.1
ZERO = MARGIN + NAME_WIDTH
SCALE = (WIDTH - ZERO - MARGIN - FIGURE_WIDTH) / SCALE_TO


def place(ratio):
    return ZERO + min(ratio, SCALE_TO) * SCALE


def mark(ratio, y, kind):
    x = place(ratio)
    return f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{y + ROW - 6:.1f}" class="{kind}"/>'


def bar(row, floor, y):
    ratio, lowest, highest = (float(row[name]) for name in ("compared", "lowest", "highest"))
    middle = y + ROW / 2 - 3
    parts = [
        text(ZERO - 8, middle + 4, row["load"], "end"),
        f'<rect x="{ZERO}" y="{y:.1f}" width="{place(ratio) - ZERO:.1f}" height="{ROW - 6}"'
        ' class="lru"/>',
        f'<line x1="{place(lowest):.1f}" x2="{place(highest):.1f}" y1="{middle:.1f}"'
        f' y2="{middle:.1f}" class="range"/>',
        mark(float(row["at_most"]), y, "target"),
        text(WIDTH - MARGIN, middle + 4, f"{ratio:.2f}", "end")]
    if floor is not None:
        parts.append(mark(float(floor["compared"]), y, "floor"))
    return parts


def legend():
    parts, x = [], MARGIN
    for kind, words, width in [("target", "wanted at most", 120), ("floor", "the floor", 90),
                               ("range", "lowest and highest round", 0)]:
        if kind == "range":
            parts.append(f'<line x1="{x}" x2="{x + 14}" y1="71" y2="71" class="range"/>')
        else:
            parts.append(f'<line x1="{x + 6}" x2="{x + 6}" y1="64" y2="78" class="{kind}"/>')
        parts.append(text(x + 20, 75, words))
        x += 20 + width
    return parts


def picture(file):
    rows = [row for row in file.rows
            if row["against"] == "memcached" and row["measured"].startswith("cpu_us")]
    floors = {row["load"]: row for row in file.rows if row["measured"].startswith("floor_cpu_us")}
    height = TOP + ROW * len(rows) + 40
    parts = [text(MARGIN, 32, "Server CPU a request, memcached = 1", "title"),
             text(MARGIN, 50, "one thread each, paired slices; names as in compare/loads.cc", "dim"),
             *legend()]
    for index, row in enumerate(rows):
        parts += bar(row, floors.get(row["load"]), TOP + index * ROW)
    bottom = TOP + ROW * len(rows)
    for ratio, kind in ((0, "axis"), (1, "line")):
        x = place(ratio)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{bottom}" class="{kind}"/>')
    parts.append(text(MARGIN, height - 10, source([file]), "dim"))
    return document(WIDTH, height, "ringcached's CPU a request as a share of memcached's", parts)


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    sys.stdout.write(picture(result_file.newest("compare")))
