"""Runs the checks of one client library: functions named check_* that are given a server."""

import sys

from server_process import ServerProcess


def run(client, version, checks):
    """Runs each check and exits: 0 if all pass. sys.argv is DAEMON [PORT_OPTION]."""
    daemon, port_option = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "0"
    with ServerProcess(daemon, port_option) as server:
        for check in checks:
            print(f"{check.__name__}: ", end="", flush=True)
            check(server)
            print("passed")
    print(f"{client} {version}: {len(checks)} of {len(checks)} checks passed")


def require(got, expected):
    """Stops the test unless both are equal."""
    if got != expected:
        raise AssertionError(f"got {shown(got)}, not {shown(expected)}")


def shown(value):
    text = repr(value)
    return text if len(text) <= 200 else f"{text[:200]}... ({len(text)} characters)"
