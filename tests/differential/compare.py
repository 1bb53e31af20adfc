"""Whether two replies to one request are the same, but for what two servers may say differently.

Those are: cas numbers, as long as the same is the same on both sides; seconds that run while the test
does; when an item was used last; an item's size in memory and its slab class; the
version.
"""

import re

from wire import BINARY_HEADER

# Seconds that one server may be ahead.
SLACK_S = 3
# Above these, numbers of versions are those that the generator has chosen.
FIRST_CHOSEN_CAS = 10**12

META_CODES = (b"HD", b"VA", b"EN", b"NF", b"NS", b"EX")
ME_FIELD = re.compile(rb"^(exp|la|cas|size|cls)=(-?\d+)$")


class CasMap:
    """Which number of one server stands for which of the other; one to one in a conversation."""

    def __init__(self):
        self._theirs = {0: 0}
        self._ours = {0: 0}

    def same(self, ours, theirs):
        if ours >= FIRST_CHOSEN_CAS or theirs >= FIRST_CHOSEN_CAS:
            return ours == theirs
        return (self._theirs.setdefault(ours, theirs) == theirs and
                self._ours.setdefault(theirs, ours) == ours)

    def knows(self, theirs):
        return theirs in self._ours


def same_replies(ours, theirs, cas_map):
    """True if the lists of replies to one request say the same."""
    if len(ours) != len(theirs):
        return False
    return all(same_reply(a, b, cas_map) for a, b in zip(ours, theirs))


def same_reply(ours, theirs, cas_map):
    if ours[:1] == b"\x81" and theirs[:1] == b"\x81":
        return same_packet(ours, theirs, cas_map)
    first, second = ours.split(b"\r\n", 1), theirs.split(b"\r\n", 1)
    if len(first) != 2 or first[1:] != second[1:]:
        return ours == theirs
    a, b = first[0].split(b" "), second[0].split(b" ")
    if a[0] != b[0] or len(a) != len(b):
        return ours == theirs
    if a[0] == b"VALUE" and len(a) == 5:
        return a[:4] == b[:4] and same_cas(a[4], b[4], cas_map)
    if a[0] == b"VERSION":
        return True
    if a[0] in META_CODES:
        return all(same_flag(x, y, cas_map) for x, y in zip(a, b))
    if a[0] == b"ME":
        return all(same_field(x, y, cas_map) for x, y in zip(a, b))
    return ours == theirs


def same_packet(ours, theirs, cas_map):
    a = list(BINARY_HEADER.unpack(ours[:24]))
    b = list(BINARY_HEADER.unpack(theirs[:24]))
    ours_cas, theirs_cas = a.pop(), b.pop()
    if a[1] == 0x0B and a[5] == 0:  # a version
        a[6] = b[6]
        return a == b
    return a == b and ours[24:] == theirs[24:] and cas_map.same(ours_cas, theirs_cas)


def same_cas(ours, theirs, cas_map):
    return ours.isdigit() and theirs.isdigit() and cas_map.same(int(ours), int(theirs))


def same_seconds(ours, theirs):
    if ours == theirs:
        return True
    if not ours.isdigit() or not theirs.isdigit():
        return False
    return abs(int(ours) - int(theirs)) <= SLACK_S


def same_flag(ours, theirs, cas_map):
    """A word of a meta reply."""
    if ours[:1] != theirs[:1]:
        return False
    if ours[:1] == b"c" and len(ours) > 1:
        return same_cas(ours[1:], theirs[1:], cas_map)
    if ours[:1] == b"t":
        return same_seconds(ours[1:], theirs[1:])
    if ours[:1] == b"l":
        return ours[1:].isdigit() and theirs[1:].isdigit()
    return ours == theirs


def same_field(ours, theirs, cas_map):
    """A word of what me says."""
    a, b = ME_FIELD.match(ours), ME_FIELD.match(theirs)
    if a is None or b is None or a[1] != b[1]:
        return ours == theirs
    if a[1] == b"exp":
        return same_seconds(a[2], b[2])
    if a[1] == b"cas":
        return same_cas(a[2], b[2], cas_map)
    return True
