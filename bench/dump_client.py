#!/usr/bin/env python3
"""Reads `lru_crawler metadump all` as fast as it comes, counts the keys and takes the time.

Lines are counted a block at a time and not looked at: dump.sh has this client read from a writer
that does nothing else (--measure-itself) to show that it is no bottleneck. --check looks at every
line; its times mean nothing. Keys are those of ringcached_load.
"""

import argparse
import os
import re
import socket
import sys
import time

BLOCK_BYTES = 1 << 20
SAMPLE_EVERY_S = 0.05
BUSY_RETRY_S = 0.01
BUSY_LIMIT_S = 60
REPLY_LIMIT_S = 60
SHOWN_BYTES = 80  # of what is no dump
OWN_BYTES = 1 << 30
COMMAND = b"lru_crawler metadump all\r\n"
FIRST_LINE = b"OK\r\n"
LAST_LINE = b"END\r\n"
LINE = re.compile(
    rb"^key=load-(\d{12}) exp=-1 la=\d+ cas=\d+ fetch=(?:yes|no) cls=\d+ size=\d+\b[^\n]*\n", re.M
)


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"^VmRSS:\s+(\d+)", status.read(), re.M).group(1))


def running(pid):
    """Whether the process has not ended yet; one that nobody waited for has."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Memory:
    """The highest VmRSS among samples of a process."""

    def __init__(self, pid):
        self.pid = pid
        self.first = self.highest = rss_kib(pid)
        self.due = 0.0

    def sample(self):
        now = time.monotonic()
        if now >= self.due:
            self.due = now + SAMPLE_EVERY_S
            self.highest = max(self.highest, rss_kib(self.pid))


class Checker:
    """Which of the keys came, how often, and lines that are none of a dump."""

    def __init__(self, keys):
        self.seen = bytearray(keys)
        self.repeated = self.unknown = 0
        self.rest = b""

    def take(self, block):
        lines = self.rest + block
        end = lines.rfind(b"\n") + 1
        self.rest = lines[end:]
        other = lines.startswith(FIRST_LINE) + lines.endswith(LAST_LINE)
        found = [int(number) for number in LINE.findall(lines, 0, end)]
        self.unknown += lines.count(b"\n", 0, end) - other - len(found)
        for key in found:
            if key >= len(self.seen):
                self.unknown += 1
            elif self.seen[key]:
                self.repeated += 1
            else:
                self.seen[key] = 1


def begins(start):
    """Whether a dump begins so; not if the server is busy with another one."""
    if start.startswith(b"BUSY"):
        return False
    if not start.startswith((FIRST_LINE, LAST_LINE, b"key=")):
        sys.exit(f"no dump: {bytes(start)}")
    return True


def receive(connection, buffer, each):
    """Receives until the last line. Returns how many keys and bytes came, or None if there is no
    dump now."""
    keys = received = 0
    tail = b""
    while not tail.endswith(LAST_LINE):
        count = connection.recv_into(buffer)
        if count == 0:
            sys.exit("the server closed the connection in the middle of a dump")
        if received == 0:
            if not begins(buffer[: min(count, SHOWN_BYTES)]):
                return None
            keys -= 1 + buffer.startswith(FIRST_LINE)  # this line and the last
        keys += buffer.count(b"\n", 0, count)
        received += count
        tail = (tail + buffer[max(0, count - len(LAST_LINE)) : count])[-len(LAST_LINE) :]
        each(buffer, count)
    return keys, received


def dump(port, buffer, each):
    """Seconds from the command to the last line, keys, bytes. One dump at a time is allowed, also
    of the server's own walks, so another may have to end first."""
    with socket.create_connection(("127.0.0.1", port), timeout=REPLY_LIMIT_S) as connection:
        give_up = time.monotonic() + BUSY_LIMIT_S
        while time.monotonic() < give_up:
            start = time.monotonic()
            connection.sendall(COMMAND)
            result = receive(connection, buffer, each)
            if result is not None:
                return time.monotonic() - start, *result
            time.sleep(BUSY_RETRY_S)
    sys.exit(f"the server was busy for {BUSY_LIMIT_S} s")


def dump_repeatedly(options):
    """Only dumps count that ended before the load did."""
    buffer = bytearray(BLOCK_BYTES)
    memory = Memory(options.pid)
    while running(options.while_pid):
        seconds, keys, received = dump(options.port, buffer, lambda *_: memory.sample())
        if running(options.while_pid):
            print(f"dump {seconds:.4f} {keys} {received / seconds / BLOCK_BYTES:.1f}")
    print(f"rss_start_kib {memory.first}")
    print(f"rss_highest_kib {memory.highest}")


def check_once(options):
    checker = Checker(options.check)
    buffer = bytearray(BLOCK_BYTES)
    dump(options.port, buffer, lambda block, count: checker.take(bytes(block[:count])))
    print(f"missing {checker.seen.count(0)}")
    print(f"repeated {checker.repeated}")
    print(f"unknown {checker.unknown}")


def write_lines(listener):
    line = b"key=load-000000000000 exp=-1 la=1790000000 cas=1 fetch=yes cls=3 size=108 \n"
    block = line * (BLOCK_BYTES // len(line))
    connection, _ = listener.accept()
    connection.recv(len(COMMAND))
    for _ in range(OWN_BYTES // len(block)):
        connection.sendall(block)
    connection.sendall(LAST_LINE)


def measure_itself():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        writer = os.fork()
        if writer == 0:
            write_lines(listener)
            os._exit(0)
        port = listener.getsockname()[1]
        seconds, keys, received = dump(port, bytearray(BLOCK_BYTES), lambda *_: None)
    os.waitpid(writer, 0)
    print(f"own_mib_per_s {received / seconds / BLOCK_BYTES:.0f}")
    print(f"own_keys_per_s {keys / seconds:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int)
    parser.add_argument("--pid", type=int, help="of the server, whose memory is sampled")
    parser.add_argument("--while-pid", type=int, help="dumps again until this process ends")
    parser.add_argument("--check", type=int, metavar="KEYS", help="which of so many keys came")
    parser.add_argument("--measure-itself", action="store_true")
    options = parser.parse_args()
    if options.measure_itself:
        measure_itself()
    elif options.check:
        check_once(options)
    else:
        dump_repeatedly(options)


main()
