#!/usr/bin/env python3
"""usage: bench/plot.py >bench/results/overview.svg

Draws the front page's picture from the newest result files of density, hit-ratio and syscalls. The
same files give the same bytes. bench/figures.sh runs it.
"""

import sys

import result_file
from svg import MARGIN, document, source, text

WIDTH, HEIGHT = 880, 362
PANEL_WIDTH, PANEL_GAP = 256, 32
TOP, BOTTOM = 112, 306  # of the bars
ROW_GAP = 10  # between the groups of bars
NAME_WIDTH, FIGURE_WIDTH = 68, 40  # beside the bars

class Panel:
    """Groups of horizontal bars from 0 on, each with its figure behind it."""

    def __init__(self, place, title, unit, most):
        self.x = MARGIN + place * (PANEL_WIDTH + PANEL_GAP)
        self.scale = (PANEL_WIDTH - NAME_WIDTH - FIGURE_WIDTH) / most
        self.parts = [text(self.x, 72, title, "title"), text(self.x, 90, unit, "dim")]

    def zero(self):
        return self.x + NAME_WIDTH

    def add_groups(self, groups):
        """groups: (name, [(kind, value, figure)])"""
        height = (BOTTOM - TOP - ROW_GAP * (len(groups) - 1)) / len(groups)
        for place, (name, bars) in enumerate(groups):
            top = TOP + place * (height + ROW_GAP)
            self.parts.append(text(self.zero() - 8, top + height / 2 + 4, name, "end"))
            self.add_bars(top, height, bars)
        x = self.zero()
        self.parts.append(f'<line x1="{x}" x2="{x}" y1="{TOP - 4}" y2="{BOTTOM + 4}" class="axis"/>')

    def add_bars(self, top, height, bars):
        each = height / len(bars)
        for place, (kind, value, figure) in enumerate(bars):
            y, width = top + place * each, value * self.scale
            self.parts.append(
                f'<rect x="{self.zero()}" y="{y:.1f}" width="{width:.1f}" height="{each - 2:.1f}"'
                f' class="{kind}"/>')
            self.parts.append(text(self.zero() + width + 5, y + each / 2 + 3, figure))

    def add_mark(self, value, words):
        x = self.zero() + value * self.scale
        self.parts.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 4}" y2="{BOTTOM + 4}" class="line"/>')
        self.parts.append(text(x - 4, BOTTOM + 16, words, "dim end"))


def density_panel(file):
    ratios = [(row["value_B"], float(row["ratio"])) for row in file.rows]
    panel = Panel(0, "Items in the same memory", "per MiB of RSS, by size of the values",
                  max(ratio for _, ratio in ratios))
    panel.add_groups([(f"{size} B", [("lru", ratio, f"{ratio:.2f}")]) for size, ratio in ratios])
    panel.add_mark(1, "memcached = 1")
    return panel


def hit_ratio_panel(file):
    servers = [("memcached", "memcached", "-"), ("lru", "ringcached_lru", "equal_m"),
               ("s3fifo", "ringcached_s3fifo", "equal_m")]

    def bar(trace, kind, server, compared):
        share = 100 * float(file.row(trace=trace, server=server, compared=compared)["miss_ratio"])
        return kind, share, f"{share:.1f} %"

    traces = dict.fromkeys(row["trace"] for row in file.rows)
    groups = [(trace, [bar(trace, *server) for server in servers]) for trace in traces]
    limits = dict.fromkeys(row["m_MB"] for row in file.rows if row["compared"] != "equal_rss")
    panel = Panel(1, "Misses on traces", f"share of the gets, both with -m {', '.join(limits)}",
                  max(value for _, bars in groups for _, value, _ in bars))
    panel.add_groups(groups)
    return panel


def syscalls_panel(file):
    def bar(threads, kind, server):
        calls = float(file.row(server=server, threads=threads, connections=connections,
                               pipeline=pipeline)["calls_max"])
        return kind, calls, f"{calls:.2f}"

    connections, pipeline = "50", "1"
    threads = dict.fromkeys(row["threads"] for row in file.rows)
    servers = [("memcached", "memcached"), ("lru", "ringcached_io_uring")]
    groups = [(f"-t {each}", [bar(each, *server) for server in servers]) for each in threads]
    panel = Panel(2, "System calls per request", f"io_uring against epoll, {connections} connections",
                  max(value for _, bars in groups for _, value, _ in bars))
    panel.add_groups(groups)
    return panel


def legend():
    parts, x = [], MARGIN
    for kind, words, width in [
            ("lru", "ringcached", 92), ("s3fifo", "ringcached, eviction=s3fifo", 190),
            ("memcached", "memcached", 0)]:
        parts.append(f'<rect x="{x}" y="23" width="12" height="12" class="{kind}"/>')
        parts.append(text(x + 18, 33, words))
        x += 18 + width
    return parts


def picture(density, hit_ratio, syscalls):
    panels = [density_panel(density), hit_ratio_panel(hit_ratio), syscalls_panel(syscalls)]
    return document(
        WIDTH, HEIGHT, "ringcached and memcached: items in the same memory, misses, system calls", [
            *legend(),
            *(part for panel in panels for part in panel.parts),
            text(MARGIN, HEIGHT - 10, source([density, hit_ratio, syscalls]), "dim")])


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    kinds = [result_file.newest(what) for what in ("density", "hit-ratio", "syscalls")]
    sys.stdout.write(picture(*kinds))
