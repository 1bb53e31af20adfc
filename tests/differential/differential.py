#!/usr/bin/python3 -B
"""Generated requests of every dialect to ringcached and to memcached: whatever differs must have been
explained.

usage: differential.py RINGCACHED MEMCACHED [--rounds N] [--seed N] [--plant N] [--conversation N]
                       [--result FILE]
"""

import argparse
import datetime
import os
import pathlib
import random
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "clients")]

import explained  # noqa: E402  pylint: disable=wrong-import-position
from generator import CLASSES, conversations  # noqa: E402  pylint: disable=wrong-import-position
from planted import Planter  # noqa: E402  pylint: disable=wrong-import-position
from player import Player  # noqa: E402  pylint: disable=wrong-import-position
from server_process import ServerProcess  # noqa: E402  pylint: disable=wrong-import-position

LEAST_OF_EACH_CLASS = 100
LEAST_REQUESTS = 100_000
# Conversations that are kept to see whether an exclusion is still needed.
MAX_EXAMPLES = 250
MAX_SHOWN = 20
# Its background threads hold items now and then, and then numbers take another path: see delta() in
# generator.py.
MEMCACHED_OPTIONS = ("-o", "no_lru_maintainer,no_lru_crawler")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("ringcached")
    parser.add_argument("memcached")
    parser.add_argument("--rounds", type=int, default=LEAST_OF_EACH_CLASS,
                        help="how often each class of requests comes at least")
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("RINGCACHED_TEST_SEED", "0")) or
                        random.SystemRandom().randrange(1, 2**31))
    parser.add_argument("--plant", type=int, default=20, help="wrong replies to plant")
    parser.add_argument("--conversation", type=int, help="play that one alone")
    parser.add_argument("--result", help="write what came out to FILE")
    return parser.parse_args()


def version_of(memcached):
    said = subprocess.run([memcached, "-V"], capture_output=True, text=True, check=True).stdout
    return re.search(r"\d+\.\d+\.\d+", said)[0]


def shortened(data, size=300):
    text = explained.shown(data)
    return text if len(text) <= size else f"{text[:size]}... ({len(data)} bytes)"


def show(difference, seed):
    print(f"conversation {difference.conversation} of seed {seed}, {difference.kind}:")
    print(f"  sent        {shortened(difference.request)}")
    print(f"  ringcached  {shortened(b''.join(difference.ours))}")
    print(f"  memcached   {shortened(b''.join(difference.theirs))}")


class Run:
    """One run, and what came out."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.version = version_of(arguments.memcached)
        self.sections = explained.load(self.version)
        self.unexplained = []
        self.excluded = {}  # how often each class was not asked
        self.found = set()
        self.planter = None
        self.player = None
        self.needless = []  # exclusions of what is answered alike

    def is_excluded(self, kind, request):
        excluding = [section for section in self.sections if section.excludes(kind, request)]
        for section in excluding:
            section.applied += 1
        if excluding:
            self.excluded[kind] = self.excluded.get(kind, 0) + 1
        return bool(excluding)

    def judge(self, difference):
        for i, (kind, changed) in enumerate(self.planter.planted):
            if kind == difference.kind and changed is difference.theirs:
                self.found.add(i)
                return
        for section in self.sections:
            if section.explains(difference.kind, difference.ours, difference.theirs):
                section.applied += 1
                return
        self.unexplained.append(difference)
        if len(self.unexplained) <= MAX_SHOWN:
            show(difference, self.arguments.seed)

    def play(self, our_port, their_port):
        a = self.arguments
        rng = random.Random(a.seed + 2)
        least_requests = a.rounds * len(CLASSES)
        places = rng.sample(range(least_requests), min(a.plant, least_requests))
        self.planter = Planter(places, rng)
        self.player = Player(our_port, their_port, a.seed, self.is_excluded, self.planter)
        for number, (dialect, requests) in enumerate(conversations(a.seed, a.rounds)):
            if a.conversation is not None and number != a.conversation:
                continue
            before = [section.applied for section in self.sections]
            for difference in self.player.play(number, dialect, requests):
                self.judge(difference)
            for section, applied in zip(self.sections, before):
                if section.lacks and section.applied > applied and \
                        len(section.examples) < MAX_EXAMPLES:
                    section.examples.append((number, dialect, requests))
        if a.conversation is None:
            self.needless = [section for section in self.sections
                             if section.lacks and section.applied and
                             not self.is_needed(section, our_port, their_port)]

    def is_needed(self, section, our_port, their_port):
        """True if something differs once `section` no longer excludes what only it excludes."""
        def is_excluded(kind, request):
            return any(other.excludes(kind, request) for other in self.sections
                       if other is not section)
        player = Player(our_port, their_port, self.arguments.seed, is_excluded)
        return any(not any(other.explains(difference.kind, difference.ours, difference.theirs)
                           for other in self.sections)
                   for example in section.examples for difference in player.play(*example))

    def missing_classes(self):
        """Declared classes that came too seldom, what the version was not asked included."""
        least = min(LEAST_OF_EACH_CLASS, self.arguments.rounds)
        return [kind for kind in CLASSES
                if self.player.counts.get(kind, 0) + self.excluded.get(kind, 0) < least]

    def complaints(self):
        if self.unexplained:
            yield f"{len(self.unexplained)} differences are not explained"
        if self.arguments.conversation is not None:
            return
        for kind in self.missing_classes():
            yield f"'{kind}' came only {self.player.counts.get(kind, 0)} times"
        for section in self.sections:
            if not section.applied:
                yield f"'{section.name}' explains nothing any more"
        for section in self.needless:
            yield f"nothing differs that '{section.name}' excludes"
        asked = sum(self.player.asked.values())
        if self.arguments.rounds >= LEAST_OF_EACH_CLASS and asked < LEAST_REQUESTS:
            yield f"only {asked} requests were asked"
        planted = len(self.planter.planted)
        if planted != self.arguments.plant or len(self.found) != planted:
            yield f"of {self.arguments.plant} wrong replies {planted} were planted and " \
                  f"{len(self.found)} found"

    def report(self):
        """Facts, a table, as the result files in bench/ have them."""
        counts = self.player.counts
        asked = self.player.asked
        commit = subprocess.run(["git", "describe", "--always", "--abbrev=12", "--dirty"],
                                capture_output=True, text=True, check=False, cwd=HERE).stdout.strip()
        facts = [
            ("date:", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
            ("commit:", commit), ("memcached:", self.version),
            ("seed:", self.arguments.seed),
            ("requests:", f"{sum(asked.values())} ({asked['text']} text and meta, "
                          f"{asked['binary']} binary)"),
            ("classes:", f"{len(CLASSES)}, the rarest "
                         f"{min(counts.get(kind, 0) for kind in CLASSES)} times; "
                         f"{sum(self.excluded.values())} requests were not asked"),
            ("planted:", f"{len(self.planter.planted)} wrong replies, {len(self.found)} found"),
            ("unexplained:", len(self.unexplained)),
        ]
        lines = [f"{name:<13}{value}" for name, value in facts]
        lines += ["", f"{'difference':<34}requests"]
        lines += [f"{section.name:<34}{section.applied}" for section in self.sections]
        return "\n".join(lines) + "\n"


def main():
    arguments = parse_arguments()
    run = Run(arguments)
    print(f"RINGCACHED_TEST_SEED={arguments.seed}", flush=True)
    with ServerProcess(arguments.ringcached, "0") as ours, \
            ServerProcess(arguments.memcached, "-1", *MEMCACHED_OPTIONS) as theirs:
        run.play(ours.port, theirs.port)
    print(run.report(), end="")
    complaints = list(run.complaints())
    for complaint in complaints:
        print(complaint)
    if arguments.result and not complaints:
        pathlib.Path(arguments.result).write_text(run.report(), encoding="ascii")
    sys.exit(1 if complaints else 0)


if __name__ == "__main__":
    main()
