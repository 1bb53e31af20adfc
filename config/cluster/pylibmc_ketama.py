"""pylibmc over three ringcached nodes, by libmemcached's ketama."""

import pylibmc

# The address decides which keys a node has. Every client must have the same list.
NODES = ["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211"]

BEHAVIORS = {
    "ketama": True,

    # How long a node may take, in milliseconds to connect, in microseconds to take a request and to
    # reply. libmemcached waits in poll for the reply, and that has a limit of its own.
    "connect_timeout": 1000,
    "send_timeout": 1_000_000,
    "receive_timeout": 1_000_000,
    "_poll_timeout": 1000,

    # A node to which so many connections failed is left out, and the others take its keys: it is
    # tried again after retry_timeout seconds, and from then on every dead_timeout seconds. A node
    # that connects and then does not reply is not left out.
    "auto_eject": True,
    "failure_limit": 2,
    "retry_timeout": 2,
    "dead_timeout": 5,
}


def connect():
    """A client for one thread; pylibmc.Error is what it raises when a node fails."""
    return pylibmc.Client(NODES, behaviors=BEHAVIORS)
