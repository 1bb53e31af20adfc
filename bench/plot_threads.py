#!/usr/bin/env python3
"""usage: bench/plot_threads.py >bench/results/threads.svg

Draws what threads on one cache do together, in multiples of one thread's work, beside the ideal.
bench/figures.sh runs it.
"""

import sys

import result_file
from svg import MARGIN, document, source, text

WIDTH, HEIGHT = 880, 380
LEFT, RIGHT, TOP, BOTTOM = 64, 640, 72, 320


def speedups(file):
    """load -> [(threads, times one thread's work)]"""
    alone = {row["load"]: float(row["shared_ns"]) for row in file.rows if row["threads"] == "1"}
    curves = {}
    for row in file.rows:
        threads = int(row["threads"])
        times = threads * alone[row["load"]] / float(row["shared_ns"])
        curves.setdefault(row["load"], []).append((threads, times))
    return curves


class Chart:
    def __init__(self, most_threads):
        self.most = most_threads

    def x(self, threads):
        return LEFT + (RIGHT - LEFT) * (threads - 1) / max(self.most - 1, 1)

    def y(self, times):
        return BOTTOM - (BOTTOM - TOP) * times / (self.most * 1.3)

    def line(self, points, kind):
        places = " ".join(f"{self.x(threads):.1f},{self.y(times):.1f}" for threads, times in points)
        return f'<polyline points="{places}" class="{kind}"/>'

    def axes(self):
        parts = [f'<line x1="{LEFT}" x2="{RIGHT}" y1="{BOTTOM}" y2="{BOTTOM}" class="axis"/>']
        for threads in range(1, self.most + 1):
            parts.append(text(self.x(threads) - 3, BOTTOM + 18, str(threads), "dim"))
            parts.append(text(LEFT - 12, self.y(threads) + 4, f"{threads}×", "dim end"))
        return parts


def picture(file):
    curves = speedups(file)
    chart = Chart(max(threads for points in curves.values() for threads, _ in points))
    parts = [text(MARGIN, 32, "Threads on one cache", "title"),
             text(MARGIN, 50, "operations a second, as multiples of one thread's; dashed: one for each",
                  "dim"),
             *chart.axes(),
             chart.line([(1, 1), (chart.most, chart.most)], "ideal")]
    for index, (load, points) in enumerate(curves.items()):
        parts.append(chart.line(points, f"curve curve{index}"))
        y = TOP + 20 + 22 * index
        parts.append(f'<line x1="{RIGHT + 24}" x2="{RIGHT + 48}" y1="{y}" y2="{y}"'
                     f' class="curve curve{index}"/>')
        parts.append(text(RIGHT + 56, y + 4, f"{load}: {points[-1][1]:.2f}×"))
    parts.append(text(MARGIN, HEIGHT - 10, source([file]), "dim"))
    return document(WIDTH, HEIGHT, "Threads on one cache", parts)


if __name__ == "__main__":
    if len(sys.argv) != 1:
        sys.exit(__doc__)
    sys.stdout.write(picture(result_file.newest("threads")))
