"""pymemcache's HashClient over three ringcached nodes, by rendezvous hashing."""

from pymemcache.client.hash import HashClient

# The address decides which keys a node has. Every client must have the same list.
NODES = ["10.0.0.1:11211", "10.0.0.2:11211", "10.0.0.3:11211"]


def connect():
    """A client for one thread. A failure reads as a miss, and a write then returns False."""
    return HashClient(
        NODES,
        # Seconds; unbounded if not given.
        connect_timeout=1,
        timeout=1,
        # A node that failed is tried once more after retry_timeout seconds. If that fails too, it is
        # left out for dead_timeout seconds, and the others take its keys.
        retry_attempts=1,
        retry_timeout=1,
        dead_timeout=5,
        ignore_exc=True,
        # Else a write returns True before it is known whether it was done.
        default_noreply=False,
    )
