"""The units of config/systemd, and what systemd makes of them."""

import collections
import functools
import pathlib
import subprocess

SOURCES = pathlib.Path(__file__).resolve().parents[2]
SYSTEMD = SOURCES / "config/systemd"
SERVICE = SYSTEMD / "ringcached.service"
SOCKET = SYSTEMD / "ringcached.socket"

# Where the unit has the program and its settings.
PROGRAM = "/usr/bin/ringcached"
SETTINGS = "/etc/ringcached.conf"


def settings_of(unit):
    """{name: [value, ...]}, of all sections."""
    found = collections.defaultdict(list)
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found[name].append(value)
    return found


def setting(unit, name):
    """The value of a setting that the unit has once."""
    values = settings_of(unit)[name]
    if len(values) != 1:
        raise AssertionError(f"{unit} has {name}= {len(values)} times")
    return values[0]


def analyze(*arguments):
    """Exit status and output of systemd-analyze."""
    done = subprocess.run(["systemd-analyze", *map(str, arguments)], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


@functools.cache
def groups_of_calls():
    """{@group: names, groups among them}, as this systemd has them."""
    found, group = {}, None
    status, text = analyze("syscall-filter")
    if status != 0:
        raise AssertionError(text)
    for line in text.splitlines():
        word = line.strip()
        if line.startswith("@"):
            group = found.setdefault(word, [])
        elif group is not None and line.startswith(" ") and not word.startswith("#"):
            group.append(word)
    return found


def calls_of(word):
    """The system calls that a word of SystemCallFilter= stands for."""
    if not word.startswith("@"):
        if word not in calls_of("@known"):
            raise AssertionError(f"this systemd knows no system call {word}")
        return {word}
    return {call for name in groups_of_calls()[word]
            for call in (calls_of(name) if name.startswith("@") else {name})}


def allowed_calls():
    """What the service's filter lets through. systemd lets @default through in any case."""
    allowed = calls_of("@default")
    for value in settings_of(SERVICE)["SystemCallFilter"]:
        named = {call for word in value.lstrip("~").split() for call in calls_of(word)}
        allowed = allowed - named if value.startswith("~") else allowed | named
    return allowed
