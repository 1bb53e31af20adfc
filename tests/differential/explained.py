"""Lists of what differs on purpose between ringcached and one version of memcached, and of what a
version lacks.

A list is sections of `name: value` lines, divided by empty lines; # begins a comment. A section is a
difference (name, why, class, ours, theirs: regular expressions that must match all of the request's
class and all of the replies, joined and written as Python writes bytes) or, if it has `lacks` in place
of ours and theirs, requests that the version is not asked.
"""

import pathlib
import re

MAX_DIFFERENCES = 15
HERE = pathlib.Path(__file__).resolve().parent


class Section:
    """One section of a list."""

    def __init__(self, fields, where):
        self.name = fields.pop("name", "")
        self.why = fields.pop("why", "")
        self._class = re.compile(fields.pop("class", ""))
        self.lacks = "lacks" in fields
        self._lacks = re.compile(fields.pop("lacks", ""), re.DOTALL)
        self._ours = re.compile(fields.pop("ours", ""), re.DOTALL)
        self._theirs = re.compile(fields.pop("theirs", ""), re.DOTALL)
        self.applied = 0
        self.examples = []  # conversations in which it excluded something
        if not self.name or not self.why or fields:
            raise ValueError(f"{where}: {self.name or 'a section'} is not as it must be")

    def excludes(self, kind, request):
        return (self.lacks and self._class.fullmatch(kind) is not None and
                self._lacks.search(shown(request)) is not None)

    def explains(self, kind, ours, theirs):
        return (not self.lacks and self._class.fullmatch(kind) is not None and
                self._ours.fullmatch(shown(b"".join(ours))) is not None and
                self._theirs.fullmatch(shown(b"".join(theirs))) is not None)


def shown(data):
    return repr(data)[2:-1]


def parse(text, where):
    sections = []
    for block in re.split(r"\n\s*\n", text):
        lines = [line for line in block.splitlines() if line.strip() and not line.startswith("#")]
        if not lines:
            continue
        fields = {}
        for line in lines:
            name, colon, value = line.partition(":")
            if not colon or name in fields:
                raise ValueError(f"{where}: {line}")
            fields[name] = value.strip()
        sections.append(Section(fields, where))
    differences = sum(not section.lacks for section in sections)
    if differences > MAX_DIFFERENCES:
        raise ValueError(f"{where}: {differences} differences are more than {MAX_DIFFERENCES}")
    return sections


def load(version):
    """The list of the newest version that is not newer."""
    def key(name):
        return [int(part) for part in name.split(".")]
    best = ""
    for path in HERE.glob("memcached-*.txt"):
        candidate = path.stem.removeprefix("memcached-")
        if key(candidate) <= key(version) and (not best or key(candidate) > key(best)):
            best = candidate
    if not best:
        raise ValueError(f"no list for memcached {version}")
    name = f"memcached-{best}.txt"
    return parse((HERE / name).read_text(encoding="ascii"), name)
