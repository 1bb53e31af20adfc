#!/usr/bin/python3 -B
"""The parts of the differential run, without servers."""

import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from compare import CasMap, same_replies  # noqa: E402  pylint: disable=wrong-import-position
from explained import MAX_DIFFERENCES, parse  # noqa: E402  pylint: disable=wrong-import-position
from generator import (  # noqa: E402  pylint: disable=wrong-import-position
    CLASSES, Request, conversations, is_error_class)
from planted import WAYS, Planter  # noqa: E402  pylint: disable=wrong-import-position
from player import MAX_BATCH, batches, is_error  # noqa: E402  pylint: disable=wrong-import-position
from wire import packet  # noqa: E402  pylint: disable=wrong-import-position


def answer(status=0, value=b"", cas=0, opcode=0):
    data = bytearray(packet(opcode, value=value, cas=cas))
    data[0] = 0x81
    data[7] = status
    return bytes(data)


class Compare(unittest.TestCase):
    """What is the same, and what is not."""

    def check(self, ours, theirs, same):
        self.assertEqual(same_replies(ours, theirs, CasMap()), same, (ours, theirs))

    def test_the_same_bytes_are_the_same(self):
        for reply in (b"STORED\r\n", b"VALUE a 0 1\r\nx\r\n", b"HD\r\n", b"\r\n", b"5\r\n"):
            self.check([reply], [reply], True)
            self.check([reply], [reply, reply], False)
            self.check([reply], [], False)

    def test_other_bytes_are_not(self):
        for ours, theirs in ((b"STORED\r\n", b"STORED\n"), (b"5\r\n", b"6\r\n"),
                             (b"HD\r\n", b"NS\r\n"), (b"HD s1\r\n", b"HD s2\r\n"),
                             (b"HD h0\r\n", b"HD h1\r\n"), (b"HD k1 s2\r\n", b"HD s2 k1\r\n"),
                             (b"HD W\r\n", b"HD Z\r\n"), (b"HD t-1\r\n", b"HD t5\r\n"),
                             (b"VALUE a 0 1\r\nx\r\n", b"VALUE a 0 1\r\ny\r\n"),
                             (b"VALUE a 0 1 5\r\nx\r\n", b"VALUE a 1 1 5\r\nx\r\n"),
                             (b"ME a exp=5 fetch=no\r\n", b"ME a exp=5 fetch=yes\r\n"),
                             (b"EN\r\n", b"END\r\n")):
            self.check([ours], [theirs], False)
            self.check([theirs], [ours], False)

    def test_seconds_may_differ_a_little(self):
        self.check([b"HD t100\r\n"], [b"HD t98\r\n"], True)
        self.check([b"HD t100\r\n"], [b"HD t90\r\n"], False)
        self.check([b"ME a exp=100 la=7\r\n"], [b"ME a exp=99 la=0\r\n"], True)

    def test_cas_numbers_stand_for_one_another(self):
        cas_map = CasMap()
        self.assertTrue(same_replies([b"HD c5\r\n"], [b"HD c70\r\n"], cas_map))
        self.assertTrue(same_replies([b"VALUE a 0 1 5\r\nx\r\n"], [b"VALUE a 0 1 70\r\nx\r\n"],
                                     cas_map))
        self.assertTrue(same_replies([answer(cas=5)], [answer(cas=70)], cas_map))
        self.assertFalse(same_replies([b"HD c5\r\n"], [b"HD c71\r\n"], cas_map))
        self.assertFalse(same_replies([b"HD c6\r\n"], [b"HD c70\r\n"], cas_map))
        self.assertFalse(same_replies([b"HD c0\r\n"], [b"HD c9\r\n"], cas_map))
        # Chosen numbers are what they are.
        self.assertFalse(same_replies([b"HD c1000000000002\r\n"], [b"HD c1000000000003\r\n"],
                                      CasMap()))

    def test_packets(self):
        self.check([answer(value=b"x")], [answer(value=b"x")], True)
        self.check([answer(value=b"x")], [answer(value=b"y")], False)
        self.check([answer(status=1)], [answer(status=2)], False)
        self.check([answer(opcode=1)], [answer(opcode=2)], False)


class Explained(unittest.TestCase):
    """The lists."""

    ONE = "name: n\nwhy: w\nclass: text .*\nours: A.*\ntheirs: B\n"

    def test_a_difference_must_match_wholly(self):
        [section] = parse(self.ONE, "list")
        self.assertTrue(section.explains("text get", [b"A", b"x"], [b"B"]))
        self.assertFalse(section.explains("text get", [b"A"], [b"Bx"]))
        self.assertFalse(section.explains("meta mg", [b"A"], [b"B"]))
        self.assertFalse(section.excludes("text get", b"A"))

    def test_what_a_version_lacks(self):
        [section] = parse("name: n\nwhy: w\nclass: meta .*\nlacks: ^mg .* E\n", "list")
        self.assertTrue(section.excludes("meta mg E", b"mg k E5\r\n"))
        self.assertFalse(section.excludes("meta mg E", b"ms k E5\r\n"))
        self.assertFalse(section.explains("meta mg E", [b""], [b""]))

    def test_what_is_not_understood_is_refused(self):
        for text in ("name: n\n", "name: n\nwhy: w\nother: x\n", "nonsense\n",
                     "name: n\nname: m\nwhy: w\n"):
            with self.assertRaises(ValueError):
                parse(text, "list")
        parse("\n".join([self.ONE] * MAX_DIFFERENCES), "list")
        with self.assertRaises(ValueError):
            parse("\n".join([self.ONE] * (MAX_DIFFERENCES + 1)), "list")


class Generator(unittest.TestCase):
    """What is asked."""

    def test_the_same_seed_asks_the_same(self):
        def bytes_of(seed):
            return [request.bytes_for({}) for _, requests in conversations(seed, 1)
                    for request in requests]
        first = bytes_of(1)
        self.assertGreater(len(first), 1000)
        self.assertEqual(bytes_of(1), first)
        self.assertNotEqual(bytes_of(2), first)

    def test_every_class_comes_in_every_round(self):
        seen = {}
        for _, requests in conversations(1, 2):
            for request in requests:
                seen[request.kind] = seen.get(request.kind, 0) + 1
        self.assertEqual([kind for kind in CLASSES if seen.get(kind, 0) < 2], [])

    def test_batches_begin_where_they_must(self):
        plain, fresh = Request("p", [b"x"]), Request("f", [b"x"], fresh=True)
        closing = Request("c", [b"x"], closes=True)
        sizes = [len(batch) for batch in batches([plain, plain, fresh, plain, closing])]
        self.assertEqual(sizes, [2, 2, 1])
        self.assertEqual([len(b) for b in batches([plain] * (MAX_BATCH + 1))], [MAX_BATCH, 1])


class Errors(unittest.TestCase):
    """Requests that count only if they were refused."""

    def test_refusals_of_all_dialects(self):
        for reply in (b"ERROR\r\n", b"CLIENT_ERROR bad\r\n", b"SERVER_ERROR x\r\n", answer(status=4)):
            self.assertTrue(is_error([b"STORED\r\n", reply]))
        for reply in (b"HD\r\n", b"VA 5\r\nERROR\r\n", answer(value=b"ERROR")):
            self.assertFalse(is_error([reply]))
        self.assertFalse(is_error([]))

    def test_classes(self):
        for kind in ("text set long_key", "text incr text", "meta ms bad_mode", "meta ma no_key",
                     "binary get wrong_extras", "binary short_body", "binary flush key"):
            self.assertIn(kind, CLASSES)
            self.assertTrue(is_error_class(kind), kind)
        for kind in ("text get hit", "meta mg bad_mode", "meta mg k", "binary getk any",
                     "text unknown"):
            self.assertIn(kind, CLASSES)
            self.assertFalse(is_error_class(kind), kind)


class Planted(unittest.TestCase):
    """Every way of being wrong is a difference."""

    def test_every_way_is_found(self):
        replies = ([b"STORED\r\n"], [b"HD\r\n"], [b"VALUE a 0 1\r\nx\r\n", b"END\r\n"],
                   [b"VA 2 k\r\nab\r\n"], [answer()], [answer(value=b"x")],
                   [answer(status=1, value=b"Not found")], [b"5\r\n"])
        for way in WAYS:
            for reply in replies:
                changed = list(reply)
                way(changed, random.Random(1))
                self.assertFalse(same_replies(reply, changed, CasMap()), (way.__name__, changed))

    def test_a_place_without_a_reply_is_put_off(self):
        planter = Planter([0], random.Random(1))
        request = Request("text get hit", [])
        self.assertEqual(planter(request, []), [])
        self.assertNotEqual(planter(request, [b"STORED\r\n"]), [b"STORED\r\n"])
        self.assertEqual(len(planter.planted), 1)

    def test_places_that_meet_are_all_used(self):
        planter = Planter([0, 1], random.Random(1))
        request = Request("text get hit", [])
        for replies in ([], [], [b"STORED\r\n"], [b"STORED\r\n"], [b"STORED\r\n"]):
            planter(request, replies)
        self.assertEqual(len(planter.planted), 2)


if __name__ == "__main__":
    unittest.main()
