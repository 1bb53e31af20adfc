"""Runs the checks of one client library: functions named check_* that are given a server."""

import contextlib
import os
import sys
import tempfile

from server_process import ServerProcess

# Whom a server of guarded() knows.
USER, PASSWORD = "application", "correct-horse"


def choice(among):
    """Takes the first argument, one of these words, out of sys.argv."""
    if len(sys.argv) < 2 or sys.argv[1] not in among:
        name = os.path.basename(sys.argv[0])
        sys.exit(f"{name}: the first argument is one of: {' '.join(among)}")
    return sys.argv.pop(1)


def checks_of(module):
    """What a script has to check, of its globals(): the functions named check_*."""
    return [check for name, check in module.items() if name.startswith("check_")]


def run_each(checks, *arguments):
    """Runs each check; the process fails with the first that does."""
    for check in checks:
        print(f"{check.__name__}: ", end="", flush=True)
        check(*arguments)
        print("passed")


def run(client, version, checks):
    """Runs each check; the process fails with the first that does.

    sys.argv is DAEMON [PORT_OPTION]. report.py reads the last line that is printed.
    """
    with ServerProcess(*sys.argv[1:]) as server:
        run_each(checks, server)
    print(f"{client}, version {version}: {len(checks)} of {len(checks)} checks passed")


@contextlib.contextmanager
def guarded(server, *options):
    """A second server that serves nobody but USER; the options are what it takes beside -Y."""
    with tempfile.TemporaryDirectory() as folder:
        users = os.path.join(folder, "users")
        private = os.open(users, os.O_WRONLY | os.O_CREAT, 0o600)
        with open(private, "w", encoding="ascii") as file:
            file.write(f"{USER}:{PASSWORD}\n")
        with server.another("-Y", users, *options) as guarded_server:
            yield guarded_server


def must_raise(errors, function, *arguments, **options):
    """The error that the call raises; it must be one of these."""
    try:
        result = function(*arguments, **options)
    except errors as error:
        return error
    raise AssertionError(f"no error was raised, but {shown(result)} returned")


def require(got, expected):
    """Stops the test unless both are equal."""
    if got != expected:
        raise AssertionError(f"got {shown(got)}, not {shown(expected)}")


def shown(value):
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"
