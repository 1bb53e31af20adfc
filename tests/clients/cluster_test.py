#!/usr/bin/python3 -B
"""usage: cluster_test.py twemproxy|pylibmc|pymemcache DAEMON [PORT_OPTION]

Spreads keys over three nodes and takes one away: by killing it, by cutting it off, by stalling it.
The nodes themselves say what they hold.
"""

import contextlib

from client_checks import choice, must_raise, require, run
from cluster_engines import ENGINES, Twemproxy
from cluster_load import ALL_WRITTEN_KEYS, ERROR, MISS, Load, read, value_of, write
from cluster_nodes import NODES, Line, Nodes
from server_process import wait_until

ENGINE = ENGINES[choice(tuple(ENGINES))]
VICTIM = 0
OTHERS = (1, 2)
MANY, FEW = 3000, 300


class Cluster:
    """Nodes, an engine before them, and keys of version 0 of which the victim holds `exposed`."""

    def __init__(self, nodes, engine, key_count, further_keys=()):
        self.nodes, self.engine = nodes, engine
        self.client = engine.connect()
        self.keys = [f"key-{i}" for i in range(key_count)]
        every = [*self.keys, *further_keys]
        require([key for key in every if not write(engine, self.client, key, 0)], [])
        holders = nodes.holders(every)
        require([key for key in every if len(holders[key]) != 1], [])
        self.all_exposed = {key for key in every if holders[key] == [VICTIM]}
        self.exposed = [key for key in self.keys if key in self.all_exposed]
        self.safe = [key for key in self.keys if key not in self.all_exposed]
        if not key_count / 10 < len(self.exposed) < key_count * 2 / 3:
            raise AssertionError(f"the victim holds {len(self.exposed)} of {key_count} keys")

    def read_all(self, keys):
        return [read(self.engine, self.client, key) for key in keys]

    def require_safe_keys(self):
        require(set(self.read_all(self.safe)), {0})

    def write_exposed(self, version):
        """Whether all of them are stored at once."""
        return all([write(self.engine, self.client, key, version) for key in self.exposed])

    def have_others_take_over(self, version):
        """The nodes that are left are given the exposed keys, each of which then has one holder."""
        wait_until(lambda: self.write_exposed(version), "the others take the exposed keys")
        wait_until(lambda: self.reads_exposed(version), "the others serve the exposed keys")
        holders = self.nodes.holders(self.exposed, OTHERS)
        require([key for key in self.exposed if len(holders[key]) != 1], [])

    def reads_exposed(self, expected):
        return set(self.read_all(self.exposed)) == {expected}

    def victim_takes(self, version):
        """Whether the exposed keys go to the victim, when they are written."""
        held = set() if not self.write_exposed(version) else \
            {value.rpartition(b"=")[2] for value in self.nodes.held(VICTIM, self.keys).values()}
        return held == {str(version).encode()} and self.reads_exposed(version)


@contextlib.contextmanager
def cluster_of(server, *keys):
    with Nodes(server) as nodes, ENGINE(nodes.ports) as engine:
        yield Cluster(nodes, engine, *keys)


def check_node_killed_and_brought_back_under_load(server):
    with cluster_of(server, MANY, ALL_WRITTEN_KEYS) as cluster:
        with Load(cluster.engine, cluster.keys, cluster.all_exposed) as load:
            load.progress()
            cluster.nodes[VICTIM].kill()
            cluster.require_safe_keys()
            if not set(cluster.read_all(cluster.exposed)) <= {MISS, ERROR}:
                raise AssertionError("a key of the killed node was read")
            cluster.have_others_take_over(1)
            load.progress()
            cluster.nodes.bring_back(VICTIM)
            wait_until(lambda: cluster.victim_takes(2), "the node that is back takes its keys")
            cluster.require_safe_keys()
            load.progress()
        require(set(cluster.nodes.held(VICTIM, cluster.keys)), set(cluster.exposed))
        print(f"lost {len(cluster.exposed)} of {MANY} keys, those of the node: ", end="")


def check_others_have_old_values_when_a_node_is_lost_again(server):
    with cluster_of(server, FEW) as cluster:
        cluster.nodes[VICTIM].kill()
        cluster.have_others_take_over(1)
        cluster.nodes.bring_back(VICTIM)
        wait_until(lambda: cluster.victim_takes(1), "the node that is back takes its keys")
        require(cluster.victim_takes(2), True)
        cluster.nodes[VICTIM].kill()
        wait_until(lambda: cluster.reads_exposed(1), "the others serve what they were given before")
        cluster.require_safe_keys()


def check_node_cut_off_returns_with_old_values(server):
    with Nodes(server) as nodes, Line(nodes.ports[VICTIM]) as line, \
            ENGINE([line.port, *nodes.ports[1:]]) as engine:
        cluster = Cluster(nodes, engine, FEW)
        line.cut()
        cluster.have_others_take_over(1)
        require(bool(cluster.client.delete(cluster.exposed[0])), True)
        cluster.require_safe_keys()
        line.restore()
        wait_until(lambda: cluster.reads_exposed(0), "the node serves what it held before")
        nodes.flush(VICTIM)
        require(set(cluster.read_all(cluster.exposed)), {MISS})
        cluster.require_safe_keys()


def check_stalled_node(server):
    with cluster_of(server, FEW) as cluster:
        cluster.nodes[VICTIM].stall()
        cluster.require_safe_keys()
        if ENGINE.leaves_out_stalled_nodes:
            cluster.have_others_take_over(1)
        else:
            require(set(cluster.read_all(cluster.exposed[:3])), {ERROR})
        cluster.require_safe_keys()
        cluster.nodes[VICTIM].resume()
        # A write that was sent to it may be done only now, long after it was reported as failed.
        wait_until(lambda: serves_what_it_holds(cluster), "the node serves its keys again")
        cluster.require_safe_keys()


def serves_what_it_holds(cluster):
    held = cluster.nodes.held(VICTIM, cluster.exposed)
    own = [int(held[key].rpartition(b"=")[2]) for key in cluster.exposed]
    return 0 in own and cluster.read_all(cluster.exposed) == own


def check_many_keys_at_once_while_a_node_stalls(server):
    with cluster_of(server, FEW) as cluster:
        cluster.nodes[VICTIM].stall()
        if ENGINE.fails_many_keys_whole:
            must_raise(ENGINE.errors, cluster.client.get_multi, cluster.keys)
        wait_until(lambda: reads_safe_keys_at_once(cluster), "the safe keys are read at once")


def reads_safe_keys_at_once(cluster):
    try:
        got = cluster.client.get_multi(cluster.keys)
    except ENGINE.errors:
        if not ENGINE.fails_many_keys_whole:
            raise
        return False
    require(got, {key: value_of(key, 0) for key in cluster.safe})
    return True


def check_no_old_values_where_no_node_is_left_out(server):
    with Nodes(server) as nodes, ENGINE(nodes.ports, leaves_out=False) as engine:
        cluster = Cluster(nodes, engine, FEW)
        for version in (1, 2):
            cluster.nodes[VICTIM].kill()
            require([key for key in cluster.exposed if write(engine, cluster.client, key, 9)], [])
            require(set(cluster.read_all(cluster.exposed)), {ERROR})
            cluster.require_safe_keys()
            cluster.nodes.bring_back(VICTIM)
            wait_until(lambda: cluster.reads_exposed(MISS), "the node is read, and empty")
            require(cluster.victim_takes(version), True)


# The start of a reply, or nothing where twemproxy closes the connection.
TWEMPROXY_REPLIES = {
    b"set key 0 0 1\r\n1\r\n": b"STORED\r\n",
    b"add key 0 0 1\r\n1\r\n": b"NOT_STORED\r\n",
    b"replace key 0 0 1\r\n1\r\n": b"STORED\r\n",
    b"append key 0 0 1\r\n1\r\n": b"STORED\r\n",
    b"prepend key 0 0 1\r\n1\r\n": b"STORED\r\n",
    b"get missing key\r\n": b"VALUE key 0 3\r\n",
    b"gets missing key\r\n": b"VALUE key 0 3 ",
    b"cas key 0 0 1 1\r\n1\r\n": b"EXISTS\r\n",
    b"incr key 1\r\n": b"112\r\n",
    b"decr key 1\r\n": b"111\r\n",
    b"touch key 10\r\n": b"TOUCHED\r\n",
    b"delete key\r\n": b"DELETED\r\n",
    b"set key 0 0 1 noreply\r\n1\r\nget key\r\n": b"VALUE key 0 1\r\n",
    b"set key 0 0 1048000\r\n" + b"x" * 1048000 + b"\r\n": b"STORED\r\n",
    b"version\r\n": b"VERSION ",
    b"gat 10 key\r\n": b"",
    b"gats 10 key\r\n": b"",
    b"flush_all\r\n": b"",
    b"stats\r\n": b"",
    b"verbosity 1\r\n": b"",
    b"mn\r\n": b"",
    b"mg key v\r\n": b"",
    b"ms key 1\r\n1\r\n": b"",
    b"lru_crawler metadump all\r\n": b"",
    b"\x80\x0b" + bytes(22): b"",
}


def check_what_twemproxy_passes_on(server):
    with cluster_of(server, FEW) as cluster:
        for request, reply in TWEMPROXY_REPLIES.items():
            got = cluster.engine.ask(request)
            require((request[:20], got[:len(reply)] if reply else got), (request[:20], reply))


def keys_of_each_node(server, changes=None):
    with Nodes(server) as nodes, Twemproxy(nodes.ports, changes=changes) as engine:
        client = engine.connect()
        keys = [f"session_{i:08x}" for i in range(MANY)]
        require([key for key in keys if not write(engine, client, key, 0)], [])
        return [len(nodes.held(node, keys)) for node in range(NODES)]


def check_how_twemproxy_spreads_keys(server):
    with_sample = keys_of_each_node(server)
    require(all(0.28 < count / MANY < 0.38 for count in with_sample), True)
    with_default = keys_of_each_node(server, {"hash: md5": "hash: fnv1a_64"})
    require(max(with_default) > MANY / 2, True)
    with_weight = keys_of_each_node(server, {":1 cache1": ":3 cache1"})
    require(0.55 < with_weight[0] / MANY < 0.65, True)
    print(f"sample {with_sample}, fnv1a_64 {with_default}, weight 3 {with_weight}: ", end="")


CHECKS = [check_node_killed_and_brought_back_under_load,
          check_others_have_old_values_when_a_node_is_lost_again,
          check_node_cut_off_returns_with_old_values,
          check_stalled_node,
          check_many_keys_at_once_while_a_node_stalls]
if ENGINE.can_leave_none_out:
    CHECKS.append(check_no_old_values_where_no_node_is_left_out)
if ENGINE is Twemproxy:
    CHECKS += [check_what_twemproxy_passes_on, check_how_twemproxy_spreads_keys]


if __name__ == "__main__":
    run(ENGINE.shown_as, ENGINE.version(), CHECKS)
