"""Plays conversations to two servers and says where their replies differ."""

import random
import re
from dataclasses import dataclass

from compare import CasMap, same_replies
from generator import is_error_class
from wire import BINARY_HEADER, BinaryWire, Closed, Connection, TextWire

WIRES = {"text": TextWire, "binary": BinaryWire}
VALUE_WITH_CAS = re.compile(rb"VALUE (\S+) \d+ \d+ (\d+)\r\n")
MAX_BATCH = 20


@dataclass
class Difference:
    """Replies to one request that are not the same."""
    conversation: int
    kind: str
    request: bytes
    ours: list
    theirs: list


class Side:
    """One server during a conversation."""

    def __init__(self, port):
        self.connection = Connection(port)
        self.cas_of_key = {}

    def learn(self, request, replies):
        """Remembers the cas numbers that replies name."""
        for reply in replies:
            found = VALUE_WITH_CAS.match(reply)
            if found:
                self.cas_of_key[found[1]] = int(found[2])
            elif reply[:1] == b"\x81" and request.key:
                cas = BINARY_HEADER.unpack(reply[:BINARY_HEADER.size])[8]
                if cas:
                    self.cas_of_key[request.key] = cas


def batches(requests):
    """Requests that may be sent together: what needs a cas number, or must be fresh, begins a batch,
    what closes is one."""
    batch = []
    for request in requests:
        if batch and (request.needs_cas() or request.fresh or request.closes or
                      len(batch) == MAX_BATCH):
            yield batch
            batch = []
        batch.append(request)
    if batch:
        yield batch


def is_error(replies):
    """True if one of the replies is a refusal, of whatever dialect."""
    return any(reply[6:8] != b"\0\0" if reply[:1] == b"\x81" else b"ERROR" in reply.split(b"\r\n", 1)[0]
               for reply in replies)


class Player:
    """Plays conversations one after the other."""

    def __init__(self, our_port, their_port, seed, is_excluded, plant=None):
        self._ports = (our_port, their_port)
        self._rng = random.Random(seed + 1)
        self._is_excluded = is_excluded
        self._plant = plant
        self._fences = 0
        self.counts = {}
        self.asked = {"text": 0, "binary": 0}

    def play(self, number, dialect, requests):
        """The differences of one conversation."""
        wire = WIRES[dialect]
        sides = [Side(port) for port in self._ports]
        cas_map = CasMap()
        differences = []
        try:
            for batch in batches(requests):
                for request, ours, theirs in self._play_batch(wire, sides, batch):
                    if is_error(theirs) or not is_error_class(request.kind):
                        self.counts[request.kind] = self.counts.get(request.kind, 0) + 1
                    self.asked[dialect] += 1
                    if self._plant is not None:
                        theirs = self._plant(request, theirs)
                    if not same_replies(ours, theirs, cas_map):
                        differences.append(Difference(number, request.kind,
                                                      request.bytes_for(sides[0].cas_of_key),
                                                      ours, theirs))
        finally:
            for side in sides:
                side.connection.close()
        return differences

    def _play_batch(self, wire, sides, batch):
        kept = [request for request in batch
                if not self._is_excluded(request.kind, request.bytes_for({}))]
        first_fence = self._fences
        for side in sides:
            data = b""
            for i, request in enumerate(kept):
                data += request.bytes_for(side.cas_of_key)
                if not request.closes:
                    data += wire.fence((first_fence + i) % (1 << 24))
            side.connection.send(data, self._cuts(len(data)))
        self._fences += len(kept)
        for i, request in enumerate(kept):
            replies = [self._read(wire, side, request, (first_fence + i) % (1 << 24))
                       for side in sides]
            yield request, *replies

    def _cuts(self, size):
        if size < 2 or self._rng.randrange(3):
            return []
        return sorted({self._rng.randrange(1, size) for _ in range(self._rng.randrange(1, 4))})

    @staticmethod
    def _read(wire, side, request, fence):
        if request.closes:
            return Player._read_to_end(wire, side)
        try:
            replies = wire.read(side.connection, fence)
        except Closed:
            return [b"(closed)"]
        except TimeoutError:
            return [b"(silence)"]
        side.learn(request, replies)
        return replies

    @staticmethod
    def _read_to_end(wire, side):
        replies = []
        take = side.connection.take_text if wire is TextWire else side.connection.take_packet
        try:
            while True:
                replies.append(take())
        except Closed:
            return replies
        except TimeoutError:
            return replies + [b"(not closed)"]
