"""Wrong replies that the test plants, to see that each is found."""

import re

CHANGEABLE = re.compile(rb"^(STORED|NOT_STORED|EXISTS|NOT_FOUND|DELETED|TOUCHED|OK|END|HD|EN|NF|NS|EX"
                        rb"|CLIENT_ERROR|SERVER_ERROR|ERROR)")


def without_a_reply(replies, rng):
    replies.pop(rng.randrange(len(replies)))


def with_a_reply_twice(replies, rng):
    i = rng.randrange(len(replies))
    replies.insert(i, replies[i])


def with_another_status(replies, rng):
    i = rng.randrange(len(replies))
    if replies[i][:1] == b"\x81":
        status = (replies[i][7] + 1) % 7
        replies[i] = replies[i][:7] + bytes([status]) + replies[i][8:]
    else:
        replies[i] = b"NEVER" + replies[i][CHANGEABLE.match(replies[i])[0].__len__()
                                           if CHANGEABLE.match(replies[i]) else 1:]


def with_another_last_byte(replies, rng):
    """Of a value, or of a line in front of its end."""
    i = rng.randrange(len(replies))
    at = -1 if replies[i][:1] == b"\x81" and len(replies[i]) > 24 else -3
    if replies[i][:1] == b"\x81" and len(replies[i]) == 24:
        at = 12  # the opaque
    changed = bytearray(replies[i])
    changed[at] ^= 1
    replies[i] = bytes(changed)


def without_its_line_end(replies, rng):
    i = rng.randrange(len(replies))
    if replies[i][:1] == b"\x81":
        replies[i] = replies[i][:1] + bytes([replies[i][1] ^ 1]) + replies[i][2:]
    else:
        replies[i] = replies[i][:-2] + b"\n"


WAYS = (without_a_reply, with_a_reply_twice, with_another_status, with_another_last_byte,
        without_its_line_end)
# Replies whose last byte may be anything: a version, a time, a cas number.
LOOSE = re.compile(rb"^VERSION|^ME |^(HD|VA) .*[ctl]\d+(\r\n|$)|^VALUE \S+ \d+ 0 \d+|^HD.* [ctl]\d+")


class Planter:
    """Changes the replies to the requests at these places of a run, or soon behind them."""

    def __init__(self, places, rng):
        self._places = set(places)
        self._rng = rng
        self._at = -1
        self._due = 0  # places that have been passed and are still to be used
        self.planted = []

    def __call__(self, request, replies):
        self._at += 1
        self._due += self._at in self._places
        if not self._due or not is_firm(request, replies):
            return replies
        self._due -= 1
        changed = list(replies)
        WAYS[len(self.planted) % len(WAYS)](changed, self._rng)
        self.planted.append((request.kind, changed))
        return changed


def is_firm(request, replies):
    """True if there is a reply and every byte of it must be what it is."""
    if not replies or any(LOOSE.match(reply) for reply in replies):
        return False
    is_packet = replies[0][:1] == b"\x81"
    return not is_packet or (request.kind != "binary version" and len(replies) == 1)
