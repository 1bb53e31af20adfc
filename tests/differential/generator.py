"""Generated conversations: requests of all dialects, each of a declared class.

CLASSES is all classes there are: command × what becomes of it, × each flag, × each error. A
conversation is one connection's requests in one dialect; its keys are its own, so that what one
leaves behind is nothing to the next.
"""

import base64
import random
import re
import struct
from dataclasses import dataclass

from wire import packet

MAX_KEY_BYTES = 250
TOO_LARGE_BYTES = 1 << 20
FAR = 100_000  # seconds; nothing ends while the test runs
FAR_TIME_OF_DAY = 2_000_000_000  # in 2033; a constant, so that a seed asks the same on any day
WRONG_CAS = 999_999_999_999


@dataclass
class Cas:
    """Stands in a request for the cas number that the server has named last for a key."""
    key: bytes
    form: str = "text"  # or binary: eight bytes


@dataclass
class Request:
    """What is sent, bytes and Cas, and what it is."""
    kind: str
    parts: list
    closes: bool = False  # the server must close
    fresh: bool = False   # nothing sent before it may be unread: see delta()
    key: bytes = b""      # whose cas the reply names

    def needs_cas(self):
        return any(isinstance(part, Cas) for part in self.parts)

    def bytes_for(self, cas_of_key):
        data = b""
        for part in self.parts:
            if isinstance(part, Cas):
                number = cas_of_key.get(part.key, WRONG_CAS)
                data += (struct.pack(">Q", number) if part.form == "binary"
                         else str(number).encode())
            else:
                data += part
        return data


class Conversation:
    """Helpers of the generators: random keys, values, times."""

    def __init__(self, rng, number):
        self.rng = rng
        self._prefix = b"%d:" % number
        self.requests = []
        self._next_cas = 10**12 + number * 10_000

    def key(self):
        tail = self.rng.choice((b"a", b"b", b"c", b"num", b"big", b"\x01\xc3\xa9", b"noreply",
                                b"k" * (MAX_KEY_BYTES - len(self._prefix))))
        return self._prefix + tail

    def long_key(self):
        return b"k" * (MAX_KEY_BYTES + 1 + self.rng.randrange(3))

    def value(self):
        kind = self.rng.randrange(10)
        if kind == 0:
            return b""
        if kind == 1:
            return b"v" * self.rng.choice((100, 1000, 5000, 20_000, 100_000))
        if kind < 5:
            return str(self.rng.randrange(10 ** self.rng.randrange(1, 12))).encode()
        # Not a digit first: what memcached takes for a number is a class of its own.
        return b"x" + bytes(self.rng.choice(b"abcXYZ \r\n0")
                            for _ in range(self.rng.randrange(12)))

    def flags(self):
        return self.rng.choice((0, 0, 1, 77, 2**32 - 1))

    def exptime(self):
        return self.rng.choice((0, 0, FAR, 2_592_000, FAR_TIME_OF_DAY))

    def chosen_cas(self):
        self._next_cas += 2
        return self._next_cas

    def number(self):
        """So that a few of them added up stay below 2**63: of a stored number from there on memcached
        before 1.6.22 takes a '-' anywhere behind it in its memory for a sign, by chance."""
        return self.rng.choice((0, 1, 7, 10**6, 2**61))

    def add(self, kind, *parts, closes=False, fresh=False, key=b""):
        self.requests.append(Request(kind, list(parts), closes, fresh, key))

    # Text requests that others rest on.

    def put(self, key, value=None):
        value = self.value() if value is None else value
        self.add("text set stored", b"set %s %d %d %d\r\n%s\r\n" %
                 (key, self.flags(), self.exptime(), len(value), value))

    def learn_cas(self, key):
        self.add("text gets hit", b"gets %s\r\n" % key, key=key)

    def remove(self, key):
        self.add("text delete any", b"delete %s\r\n" % key)


CLASSES = {}


def generates(*kinds):
    """Declares the classes whose requests a function adds; it is called with the class."""
    def declare(function):
        for kind in kinds:
            assert kind not in CLASSES, kind
            CLASSES[kind] = function
        return function
    return declare


# Classic commands.

STORES = ("set", "add", "replace", "append", "prepend", "cas")
STORE_CASES = ("stored", "absent", "noreply", "surplus", "expired", "flags", "bad_flags",
               "bad_exptime", "bad_length", "negative_length", "few_words", "long_key",
               "bad_chunk", "long_chunk", "too_large", "large")


def store_line(conversation, verb, key, length, flags=None, exptime=None, tail=b""):
    flags = b"%d" % conversation.flags() if flags is None else flags
    exptime = b"%d" % conversation.exptime() if exptime is None else exptime
    line = [b"%s %s %s %s %s" % (verb.encode(), key, flags, exptime, length)]
    if verb == "cas":
        line += [b" ", conversation.rng.choice((Cas(key), Cas(key), b"%d" % WRONG_CAS, b"0"))]
    return line + [tail + b"\r\n"]


@generates(*(f"text {verb} {case}" for verb in STORES for case in STORE_CASES))
def store(conversation, kind):
    _, verb, case = kind.split()
    c, key = conversation, conversation.key()
    value = c.value()
    if case == "absent":
        c.remove(key)
    elif case != "long_key" and c.rng.randrange(2):
        c.put(key)
    if verb == "cas" and case != "long_key":
        c.learn_cas(key)
    line = {"flags": dict(flags=c.rng.choice((b"4294967295", b"4294967301", b"+5"))),
            "bad_flags": dict(flags=c.rng.choice((b"x", b"-1", b"1x"))),
            "bad_exptime": dict(exptime=c.rng.choice((b"x", b"1x", b"--1"))),
            "expired": dict(exptime=c.rng.choice((b"-1", b"2592001"))),
            "noreply": dict(tail=b" noreply"), "surplus": dict(tail=b" more words")}.get(case, {})
    length = b"%d" % len(value)
    data = value + b"\r\n"
    if case == "long_key":
        key = c.long_key()
    if case == "bad_length":
        length, data = c.rng.choice((b"x", b"1x", b"2147483647")), b""
    if case == "negative_length":
        length, data = b"-1", b""
    if case == "bad_chunk":
        data = value + b"!!"
    if case == "long_chunk":
        data = value + b"\r\r\n"
    if case == "too_large":
        length, data = b"%d" % TOO_LARGE_BYTES, b"x" * TOO_LARGE_BYTES + b"\r\n"
    if case == "large":
        length, data = b"700000", b"y" * 700_000 + b"\r\n"
    if case == "few_words":
        return c.add(kind, b"%s %s 0 0\r\n" % (verb.encode(), key))
    c.add(kind, *store_line(c, verb, key, length, **line), data)
    if case == "stored" and verb == "set":
        c.learn_cas(key)
    if case == "large":
        c.remove(key)  # memcached keeps it in pieces, which are no number whatever is asked


@generates(*(f"text {verb} {case}" for verb in ("get", "gets", "gat", "gats")
             for case in ("hit", "miss", "many", "no_key", "long_key")))
def get(conversation, kind):
    _, verb, case = kind.split()
    c, key = conversation, conversation.key()
    head = verb.encode() + (b" %d" % c.exptime() if verb.startswith("gat") else b"")
    if case == "no_key":
        return c.add(kind, head + b"\r\n")
    if case == "long_key":
        c.add(kind, b"%s %s %s\r\n" % (head, key, c.long_key()))
        return c.remove(key)  # memcached may have touched it
    if case == "many":
        return c.add(kind, b"%s %s\r\n" % (head, b" ".join(c.key() for _ in range(9))))
    if case == "hit":
        c.put(key)
    else:
        c.remove(key)
    # Only a line with one key names whose cas it is.
    c.add(kind, b"%s %s\r\n" % (head, key), key=key if verb.endswith("s") else b"")


@generates("text gat bad_exptime", "text gats bad_exptime")
def gat_errors(conversation, kind):
    c = conversation
    c.add(kind, b"%s %s %s\r\n" % (kind.split()[1].encode(), c.rng.choice((b"x", b"1x", b"+1")),
                                   c.key()))


@generates(*(f"text delete {case}" for case in ("hit", "any", "miss", "noreply", "surplus",
                                                "no_key", "long_key")))
def delete(conversation, kind):
    case = kind.split()[2]
    c, key = conversation, conversation.key()
    if case in ("hit", "noreply", "surplus"):
        c.put(key)
    if case == "miss":
        c.remove(key)
    key = {"no_key": b"", "long_key": c.long_key()}.get(case, key)
    tail = {"noreply": b" noreply", "surplus": b" 0"}.get(case, b"")
    c.add(kind, b"delete %s%s\r\n" % (key, tail))


@generates(*(f"text {verb} {case}" for verb in ("incr", "decr")
             for case in ("hit", "miss", "noreply", "text", "empty", "wrap", "spaces", "words", "front",
                          "bad_delta", "few_words", "long_key")))
def delta(conversation, kind):
    """Numbers change in place in memcached unless a reply that is not sent yet holds the item; then
    they take another path, which pads nothing. So they are not sent behind anything."""
    _, verb, case = kind.split()
    c, key = conversation, conversation.key()
    amount = b"%d" % c.number()
    if case == "miss":
        c.remove(key)
    elif case != "long_key":
        c.put(key, {"text": b"text", "empty": b"", "wrap": b"%d" % (2**63 - 1),
                    "spaces": b"12  ", "words": b"12 x",
                    "front": c.rng.choice((b" 12", b"+12"))}.get(case, b"%d" % c.rng.randrange(10**6)))
    if case == "wrap":
        amount = b"%d" % (2**64 - 1 - c.rng.randrange(2))
    if case == "bad_delta":
        amount = c.rng.choice((b"-1", b"x", b"1x", b"18446744073709551616", b"1.5"))
    if case == "long_key":
        key = c.long_key()
    if case == "few_words":
        return c.add(kind, b"%s %s\r\n" % (verb.encode(), key))
    tail = b" noreply" if case == "noreply" else b""
    c.add(kind, b"%s %s %s%s\r\n" % (verb.encode(), key, amount, tail), fresh=True)
    if case in ("words", "front"):
        c.remove(key)
    if case in ("hit", "wrap", "spaces"):
        c.add("text get any", b"get %s\r\n" % key)
        c.remove(key)


@generates("text get any")
def get_any(conversation, kind):
    conversation.add(kind, b"get %s\r\n" % conversation.key())


@generates(*(f"text touch {case}" for case in ("hit", "miss", "noreply", "expired", "bad_exptime",
                                               "beyond", "few_words", "long_key")))
def touch(conversation, kind):
    case = kind.split()[2]
    c, key = conversation, conversation.key()
    if case == "miss":
        c.remove(key)
    else:
        c.put(key)
    exptime = {"bad_exptime": c.rng.choice((b"x", b"1x")), "expired": b"-1",
               "beyond": b"4294967296"}.get(case, b"%d" % c.exptime())
    if case == "few_words":
        return c.add(kind, b"touch %s\r\n" % key)
    tail = b" noreply" if case == "noreply" else b""
    c.add(kind, b"touch %s %s%s\r\n" % (c.long_key() if case == "long_key" else key, exptime, tail))
    if case == "beyond":
        c.remove(key)


LINES = {
    "text flush_all now": (b"flush_all\r\n", b"flush_all 0\r\n", b"flush_all -1\r\n"),
    "text flush_all later": (b"flush_all 100000\r\n",),
    "text flush_all noreply": (b"flush_all noreply\r\n", b"flush_all 0 noreply\r\n"),
    "text flush_all bad_delay": (b"flush_all x\r\n", b"flush_all 1x\r\n"),
    "text verbosity ok": (b"verbosity 0\r\n", b"verbosity 0 noreply\r\n"),
    "text verbosity bad": (b"verbosity\r\n", b"verbosity x\r\n", b"verbosity -1\r\n"),
    "text version": (b"version\r\n", b"version more words\r\n"),
    "text memlimit refused": (b"cache_memlimit 1\r\n", b"cache_memlimit 7\r\n",
                              b"cache_memlimit\r\n", b"cache_memlimit x\r\n"),
    "text unknown": (b"bogus\r\n", b"GET a\r\n", b"gets_ a\r\n", b" get a\r\n", b"get\ta\r\n",
                     b"bogus noreply\r\n", b"bogus a b c d e f g h i j k l m\r\n"),
    "text short": (b"\r\n", b"x\r\n", b"\n", b"ab\n"),
    "text bare_newline": (b"get a\n", b"set bare 0 0 1\nx\r\n", b"version\n"),
    "text stats unknown": (b"stats nonsense\r\n",),
}


@generates(*LINES)
def line(conversation, kind):
    conversation.add(kind, conversation.rng.choice(LINES[kind]))


@generates("text quit", "text http")
def closing_line(conversation, kind):
    data = b"quit\r\n" if kind == "text quit" else b"GET / HTTP/1.1\r\n"
    conversation.add(kind, data, closes=True)


# Meta commands.

COMMON_FLAGS = "bkOqctfhlsvuxTNRCEFMJDI"
META = ("mg", "ms", "md", "ma")


def flag_word(conversation, command, letter, key):
    c = conversation
    time_word = b"%d" % c.rng.choice((0, FAR, FAR, 2_592_000))
    if letter in "TN":
        return [letter.encode() + time_word]
    if letter == "R":
        return [b"R%d" % c.rng.choice((0, 30, 2 * FAR))]
    if letter == "C":
        return [b"C", c.rng.choice((Cas(key), Cas(key), b"%d" % WRONG_CAS, b"0", b"1"))]
    if letter == "E":
        return [b"E%d" % c.chosen_cas()]
    if letter == "F":
        return [b"F%d" % c.flags()]
    if letter in "JD":
        return [letter.encode() + b"%d" % c.number()]
    if letter == "M":
        modes = b"SEARP" if command == "ms" else b"ID+-"
        return [b"M" + bytes([c.rng.choice(modes)])]
    if letter == "O":
        return [b"O" + b"o" * c.rng.randrange(32)]
    return [letter.encode()]


def meta(conversation, kind, command, letters, key, extra=b"", value=None):
    """A meta command with those flags in that order, and `extra` words behind them."""
    c = conversation
    sent_key = base64.b64encode(key) if "b" in letters else key
    parts = [b"%s %s" % (command.encode(), sent_key)]
    if command == "ms":
        value = c.value() if value is None else value
        parts.append(b" %d" % len(value))
    for letter in letters:
        parts += [b" ", *flag_word(c, command, letter, key)]
    parts.append(extra + b"\r\n")
    if command == "ms":
        parts.append(value + b"\r\n")
    c.add(kind, *parts, fresh=command == "ma")


def prepare(conversation, key):
    """Any state of the key: absent, plain, a number, stale, promised, with an end."""
    c = conversation
    state = c.rng.randrange(7)
    if state == 0:
        c.remove(key)
    elif state == 1:
        c.put(key, b"%d" % c.rng.randrange(1000))
    elif state <= 4:
        c.put(key)
        if state == 3:
            c.add("meta md I", b"md %s I T%d\r\n" % (key, FAR))
        if state == 4:
            c.add("meta mg R", b"mg %s R%d\r\n" % (key, 20 * FAR))
    c.learn_cas(key)


def put_number_with_room(conversation, key):
    """For an ma that changes the end too: a number that grows then is a case of its own."""
    conversation.put(key, b"%-20d" % conversation.rng.randrange(1000))


@generates(*(f"meta {command} {letter}" for command in META for letter in COMMON_FLAGS))
def meta_flag(conversation, kind):
    _, command, letter = kind.split()
    c = conversation
    key = c.key()
    # Base64 makes a key longer, and it too must be at most 250 bytes.
    while letter == "b" and len(key) > 180:
        key = c.key()
    others = c.rng.sample([other for other in COMMON_FLAGS if other not in (letter, "b")],
                          c.rng.randrange(6))
    letters = [letter, *others]
    c.rng.shuffle(letters)
    if command == "ma" and set(letters) & set("TE"):
        put_number_with_room(c, key)
    else:
        prepare(c, key)
    meta(c, kind, command, letters, key)
    c.add("meta mg state", b"mg %s v f t h\r\n" % key)
    if command == "ma":
        c.remove(key)  # padded numbers with more behind them are a class of their own
    if letter == "b":
        c.remove(key)  # memcached remembers that it came in base64


@generates("meta mg state")
def meta_state(conversation, kind):
    conversation.add(kind, b"mg %s v f t h\r\n" % conversation.key())


@generates(*(f"meta {command} {case}" for command in META
             for case in ("plain", "duplicate", "invalid", "not_a_flag", "bad_number", "long_key",
                          "no_key", "many_flags", "long_opaque", "bad_base64", "bad_mode",
                          "ended")))
def meta_case(conversation, kind):
    _, command, case = kind.split()
    c, key = conversation, conversation.key()
    if (command, case) == ("ma", "ended"):
        put_number_with_room(c, key)
    else:
        prepare(c, key)
    extra = {
        "duplicate": c.rng.choice((b" v v", b" T0 T0", b" q k q", b" O1 O1")),
        "invalid": c.rng.choice((b" S", b" X", b" 5", b" v Z", b" a")),
        "not_a_flag": c.rng.choice((b" !", b" v {", b" ~", b" -1")),
        "bad_number": c.rng.choice((b" Tx", b" T", b" N", b" Nx", b" R", b" C", b" C-1", b" E",
                                    b" Ex", b" J", b" Jx", b" D-1", b" Dx", b" F-1", b" Fx",
                                    b" F4294967296", b" Tx J")),
        "many_flags": b" c f h k l q s t v u O P L x I D1 T0 N0 R0",
        "long_opaque": b" O" + b"o" * c.rng.choice((32, 33, 100)),
        "bad_mode": c.rng.choice((b" M", b" Mx", b" M1")),
        "ended": b" T-1",
    }.get(case, b"")
    if case == "bad_base64":
        key, extra = c.rng.choice((b"a", b"ab", b"!!!", b"A===")), b" b"
    if case == "long_key":
        key = c.long_key()
    if case == "no_key":
        return c.add(kind, command.encode() + c.rng.choice((b"", b" ")) + b"\r\n")
    # A value that is not swallowed is a line, which may not be long.
    meta(c, kind, command, "", key, extra, b"value" if case == "not_a_flag" else None)
    if (command, case) == ("ma", "long_opaque"):
        c.remove(key)  # memcached may have changed it


@generates("meta ms vivify_append", "meta ms vivify_prepend")
def meta_joins_nothing(conversation, kind):
    """A join with N makes the item that it finds missing."""
    c, key = conversation, conversation.key()
    c.remove(key)
    mode = {"append": b"A", "prepend": b"P"}[kind.rpartition("_")[2]]
    c.add(kind, b"ms %s 3 M%s N%d\r\nabc\r\n" % (key, mode, FAR))
    c.add("meta mg state", b"mg %s v f t h\r\n" % key)


@generates("meta ms bad_length", "meta ms bad_chunk", "meta ms too_large", "meta ms quiet_chunk")
def meta_values(conversation, kind):
    c, key = conversation, conversation.key()
    prepare(c, key)
    if kind.endswith("bad_length"):
        return c.add(kind, b"ms %s %s\r\n" % (key, c.rng.choice((b"x", b"-1", b"2147483647"))))
    if kind.endswith("too_large"):
        c.add(kind, b"ms %s %d\r\n%s\r\n" % (key, TOO_LARGE_BYTES, b"x" * TOO_LARGE_BYTES))
    else:
        quiet = b" q" if kind.endswith("quiet_chunk") else b""
        c.add(kind, b"ms %s 2%s\r\nab!!\r\n" % (key, quiet))
    c.add("meta mg state", b"mg %s v f t h\r\n" % key)


@generates("meta me hit", "meta me miss", "meta me no_key", "meta me long_key",
           "meta me base64")
def meta_me(conversation, kind):
    c, key = conversation, conversation.key()
    if kind.endswith("no_key"):
        return c.add(kind, b"me\r\n")
    if kind.endswith("long_key"):
        return c.add(kind, b"me %s\r\n" % c.long_key())
    key = key[:100]
    if kind.endswith("miss"):
        c.remove(key)
    else:
        c.put(key)
    if kind.endswith("base64"):
        return c.add(kind, b"me %s b\r\n" % base64.b64encode(key))
    c.add(kind, b"me %s\r\n" % key)


@generates("meta mg ended_now")
def meta_ended_now(conversation, kind):
    """What is left of an item that the same request ends."""
    c, key = conversation, conversation.key()
    c.put(key)
    c.add(kind, b"mg %s T%s t\r\n" % (key, c.rng.choice((b"-1", b"2592001"))))


@generates("meta mg base64_returned")
def meta_base64_returned(conversation, kind):
    """A key in base64 of an item that was stored under it as it is."""
    c, key = conversation, conversation.key()[:100]
    c.put(key)
    c.add(kind, b"mg %s b k\r\n" % base64.b64encode(key))


@generates("meta ma grown")
def meta_grown(conversation, kind):
    """A number that gets a digit more, and another end or version with it."""
    c, key = conversation, conversation.key()
    c.put(key, b"9")
    c.add("meta ma T", b"ma %s T%d\r\n" % (key, FAR), fresh=True)
    c.add(kind, b"mg %s v t\r\n" % key)
    c.remove(key)


# Anti-stampede and stale-while-revalidate, as their users do it.

@generates("meta stampede", "meta stale")
def meta_refresh(conversation, kind):
    c, key = conversation, conversation.key()
    if kind == "meta stampede":
        c.remove(key)
        for _ in range(3):
            c.add(kind, b"mg %s v t N%d\r\n" % (key, FAR))
        c.add("meta ms T", b"ms %s 3 T%d\r\nnew\r\n" % (key, FAR))
    else:
        first = c.chosen_cas()
        second = c.chosen_cas()
        c.add("meta ms E", b"ms %s 2 E%d T%d\r\nv1\r\n" % (key, first, FAR))
        c.add("meta md I", b"md %s I E%d\r\n" % (key, second))
        for _ in range(2):
            c.add(kind, b"mg %s v c t\r\n" % key)
        c.add(kind, b"ms %s 2 I C%d T0\r\nv2\r\n" % (key, first))
        c.add(kind, b"ms %s 2 I C%d T0\r\nv3\r\n" % (key, second))
    c.add(kind, b"mg %s v t\r\n" % key)


# The binary dialect.

OPAQUE = b"opaq"
BINARY = {
    "get": 0x00, "set": 0x01, "add": 0x02, "replace": 0x03, "delete": 0x04, "incr": 0x05,
    "decr": 0x06, "getq": 0x09, "getk": 0x0C, "getkq": 0x0D, "append": 0x0E, "prepend": 0x0F,
    "setq": 0x11, "addq": 0x12, "replaceq": 0x13, "deleteq": 0x14, "incrq": 0x15, "decrq": 0x16,
    "appendq": 0x19, "prependq": 0x1A, "touch": 0x1C, "gat": 0x1D, "gatq": 0x1E, "gatk": 0x23,
    "gatkq": 0x24,
}


def binary_extras(conversation, name):
    c = conversation
    stem = name.rstrip("q")
    if stem in ("set", "add", "replace"):
        return struct.pack(">II", c.flags(), c.exptime())
    if stem in ("incr", "decr"):
        return struct.pack(">QQI", c.number(), c.number(), c.rng.choice((0, FAR, 0xFFFFFFFF)))
    if stem in ("touch", "gat", "gatk"):
        return struct.pack(">I", c.exptime())
    return b""


def takes_value(name):
    return name.rstrip("q") in ("set", "add", "replace", "append", "prepend")


def binary_put(conversation, key, value=None):
    c = conversation
    value = c.value() if value is None else value
    c.add("binary set any", packet(0x01, struct.pack(">II", c.flags(), c.exptime()), key, value,
                                   opaque=OPAQUE), key=key)


def binary_request(conversation, kind, name, key, cas=None, value=None):
    c = conversation
    if value is None:
        value = c.value() if takes_value(name) else b""
    data = packet(BINARY[name], binary_extras(c, name), key, value, opaque=OPAQUE)
    fresh = name.rstrip("q") in ("incr", "decr")
    if cas is None:
        return c.add(kind, data, fresh=fresh, key=key)
    c.add(kind, data[:16], cas, data[24:], fresh=fresh, key=key)


@generates(*(f"binary {name} {case}" for name in BINARY
             for case in ("any", "present", "absent", "number", "cas", "wrong_cas")))
def binary(conversation, kind):
    _, name, case = kind.split()
    c, key = conversation, conversation.key()
    if case == "absent":
        c.add("binary delete any", packet(0x04, key=key, opaque=OPAQUE))
    if case in ("present", "cas", "wrong_cas"):
        binary_put(c, key)
    if case == "number":
        binary_put(c, key, b"%d" % c.rng.randrange(10**6))
    cas = {"cas": Cas(key, "binary"), "wrong_cas": struct.pack(">Q", WRONG_CAS)}.get(case)
    binary_request(c, kind, name, key, cas)
    if name not in ("get", "getk", "getq", "getkq"):
        binary_request(c, "binary getk any", "getk", key)
    if name.rstrip("q") in ("incr", "decr"):
        c.add("binary delete any", packet(0x04, key=key, opaque=OPAQUE))


@generates("binary touch expired", "binary gat expired", "binary set expired")
def binary_expired(conversation, kind):
    c, key = conversation, conversation.key()
    binary_put(c, key)
    ended = struct.pack(">I", 2_592_001)
    name = kind.split()[1]
    if name == "set":
        c.add(kind, packet(0x01, struct.pack(">I", 0) + ended, key, b"x", opaque=OPAQUE))
    else:
        c.add(kind, packet(BINARY[name], ended, key, opaque=OPAQUE))
    binary_request(c, "binary get any", "get", key)


@generates(*(f"binary {name} too_large" for name in BINARY if takes_value(name)))
def binary_too_large(conversation, kind):
    c, key = conversation, conversation.key()
    binary_put(c, key)
    binary_request(c, kind, kind.split()[1], key, value=b"x" * TOO_LARGE_BYTES)
    binary_request(c, "binary get any", "get", key)


BINARY_LINES = {
    "binary noop": packet(0x0A, opaque=OPAQUE),
    "binary version": packet(0x0B, opaque=OPAQUE),
    "binary flush": packet(0x08, opaque=OPAQUE),
    "binary flush later": packet(0x08, struct.pack(">I", FAR), opaque=OPAQUE),
    "binary flushq": packet(0x18, opaque=OPAQUE),
    "binary verbosity": packet(0x1B, opaque=OPAQUE),
    "binary unknown": packet(0x30, opaque=OPAQUE),
    "binary sasl_list": packet(0x20, opaque=OPAQUE),
    "binary sasl_auth": packet(0x21, key=b"PLAIN", value=b"\0user\0password", opaque=OPAQUE),
    "binary stat unknown": packet(0x10, key=b"nonsense", opaque=OPAQUE),
}


@generates(*BINARY_LINES)
def binary_line(conversation, kind):
    conversation.add(kind, BINARY_LINES[kind])


@generates(*(f"binary {name} {case}" for name in BINARY
             for case in ("wrong_extras", "no_key", "long_key")), "binary quit", "binary quitq",
           "binary wrong_magic", "binary short_body", "binary noop key", "binary version key",
           "binary flush key", "binary quit key")
def binary_closing(conversation, kind):
    c = conversation
    _, name, *case = kind.split()
    key = c.key()
    fixed = {"binary quit": packet(0x07, opaque=OPAQUE), "binary quitq": packet(0x17, opaque=OPAQUE),
             "binary wrong_magic": b"\x70" + packet(0x0A, opaque=OPAQUE)[1:],
             "binary short_body": packet(0x00, key=b"abc", opaque=OPAQUE)[:8] + b"\0\0\0\1" +
             packet(0x00, key=b"abc", opaque=OPAQUE)[12:],
             "binary noop key": packet(0x0A, key=b"a", opaque=OPAQUE),
             "binary version key": packet(0x0B, key=b"a", opaque=OPAQUE),
             "binary flush key": packet(0x08, key=b"a", opaque=OPAQUE),
             "binary quit key": packet(0x07, key=b"a", opaque=OPAQUE)}.get(kind)
    if fixed is not None:
        # The first packet of a connection chooses the dialect.
        c.add("binary noop", BINARY_LINES["binary noop"])
        return c.add(kind, fixed, closes=True)
    extras = binary_extras(c, name)
    if case == ["wrong_extras"]:
        extras = b"123" if len(extras) != 3 else b""
    if case == ["no_key"]:
        key = b""
    if case == ["long_key"]:
        key = c.long_key()
    value = b"x" if takes_value(name) else b""
    c.add(kind, packet(BINARY[name], extras, key, value, opaque=OPAQUE), closes=True)


# Cases that are errors whatever the cache holds. A request of such a class counts only if memcached has
# called it one.
ERROR_CASES = re.compile(
    r"(text|meta|binary) (?!m[gd] bad_mode)(.* )?(bad_flags|bad_exptime|bad_length|negative_length|"
    r"few_words|long_key|bad_chunk|long_chunk|quiet_chunk|too_large|no_key|text|empty|bad_delta|"
    r"bad_delay|bad|short|duplicate|invalid|not_a_flag|bad_number|many_flags|long_opaque|bad_base64|"
    r"bad_mode|wrong_extras|short_body|key|verbosity|unknown|sasl_list|sasl_auth)")


def is_error_class(kind):
    # One of the unknown commands has noreply.
    return kind != "text unknown" and ERROR_CASES.fullmatch(kind) is not None


def dialect_of(kind):
    return "binary" if kind.startswith("binary") else "text"


def conversations(seed, rounds):
    """Conversations in which every class comes that often at least, the same for the same seed."""
    rng = random.Random(seed)
    number = 0
    for _ in range(rounds):
        for dialect in ("text", "binary"):
            kinds = [kind for kind in CLASSES if dialect_of(kind) == dialect]
            rng.shuffle(kinds)
            while kinds:
                conversation = Conversation(rng, number)
                number += 1
                for _ in range(min(len(kinds), rng.randrange(5, 25))):
                    kind = kinds.pop()
                    CLASSES[kind](conversation, kind)
                    # A delayed flush brings back what one before it has not met yet, in memcached.
                    if conversation.requests[-1].closes or kind.endswith(" later"):
                        break
                yield dialect, conversation.requests
