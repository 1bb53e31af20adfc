"""Checks of where a server listens: addresses with their dialects, Unix sockets, sockets that it is
handed."""

import contextlib
import os
import signal
import socket
import stat

from client_checks import require
from server_process import DEADLINE_S, wait_until
from start_lines import BINARY, TEXT
from start_program import NotRun, require_ends, require_serves, require_settings
from started_server import IS_ROOT, Conversation, StartedServer, listening_ports, open_folder

BINARY_HEADER = b"\x80\x00\x00\x05" + bytes(4) + b"\x00\x00\x00\x05" + bytes(12)
BINARY_GET = BINARY_HEADER + b"other"
BINARY_REPLY = b"\x81"


def check_listening(daemon, listening):
    if daemon.is_older_than(listening.since):
        raise NotRun(f"memcached has it since {listening.since}")
    hosts = [host for host, _ in listening.listeners]
    with daemon.started(*listening.arguments) as server:
        addresses = server.wait_for_addresses(hosts)
        require(listening_ports(server.process.pid), {port for _, port in addresses})
        for address, (_, dialect) in zip(addresses, listening.listeners):
            require_dialect(address, dialect)
        server.process.terminate()
        require(server.wait_for_end(server.process.pid), 0)


def require_dialect(address, dialect):
    with Conversation(address) as conversation:
        if dialect != BINARY:
            require_serves(conversation)
    with Conversation(address) as conversation:
        if dialect != TEXT:
            require(conversation.ask(BINARY_GET, end=b"Not found")[:1], BINARY_REPLY)
    # A listener that has one dialect answers the other with an error at most. To say that it is
    # wrong memcached needs a whole header of the binary dialect, a whole line of the text one.
    with Conversation(address) as conversation:
        if dialect == BINARY:
            require(conversation.answer_until_closed(b"get " + b"k" * 40 + b"\r\n"), b"")
    with Conversation(address) as conversation:
        if dialect == TEXT:
            answer = conversation.answer_until_closed(BINARY_GET * 1000)
            require(answer[:1] == BINARY_REPLY, False)


@contextlib.contextmanager
def unix_server(daemon, path, *options):
    with daemon.started("-s", str(path), *options) as server:
        wait_until(lambda: accepts(server, path), f"{path} accepts")
        yield server


def accepts(server, path):
    code = server.process.poll()
    if code is not None:
        raise RuntimeError(f"the server does not start: exit status {code}, {server.errors()!r}")
    # A server that was killed takes connections for a moment more, and answers none.
    with contextlib.suppress(OSError), Conversation(path) as conversation:
        return conversation.ask(b"version\r\n", b"\r\n").startswith(b"VERSION")
    return False


def check_unix_socket(daemon):
    """-s takes the place of TCP. Its mode is -a, in octal, whatever the umask is."""
    masks = [((), 0o700), (("-a", "0777"), 0o777), (("--unix-mask=660",), 0o660)]
    for options, mode in masks:
        with open_folder() as folder, unix_server(daemon, folder / "socket", *options) as server:
            require(stat.S_IMODE((folder / "socket").stat().st_mode), mode)
            require(listening_ports(server.process.pid), set())
            with Conversation(folder / "socket") as conversation:
                require_serves(conversation)
                require_settings(conversation, {"domain_socket": str(folder / "socket"),
                                                "umask": f"{mode:o}"})
                require_ends(server, conversation)


def check_unix_socket_that_is_left(daemon):
    """memcached leaves the file, always; a start takes the place of one that nobody listens on."""
    with open_folder() as folder:
        for ending_signal in (signal.SIGTERM, signal.SIGKILL, signal.SIGTERM):
            with unix_server(daemon, folder / "socket") as server:
                with Conversation(folder / "socket") as conversation:
                    require_serves(conversation)
                server.process.send_signal(ending_signal)
                server.process.wait(DEADLINE_S)


def check_unix_socket_over_a_file(daemon):
    """What is not a socket stays, and is said to be in the way."""
    with open_folder() as folder:
        file = folder / "file"
        file.write_text("precious", encoding="ascii")
        with daemon.started("-s", str(file)) as server:
            require(server.process.wait(DEADLINE_S) > 0, True)
            require(str(file) in server.errors(), True)
        require(file.read_text(encoding="ascii"), "precious")


def check_socket_activation(daemon):
    """As systemd's socket units do: what listens is descriptor 3, and nothing else is opened."""
    daemon.must_be_ringcached("memcached knows nothing of sockets that are handed to it")
    first_passed = 3
    with socket.create_server(("127.0.0.1", 0)) as listener, open_folder() as folder:
        def pass_listener():
            os.dup2(listener.fileno(), first_passed)
            os.set_inheritable(first_passed, True)
            os.execve(daemon.path, command, dict(os.environ, LISTEN_FDS="1",
                                                 LISTEN_PID=str(os.getpid())))

        command = [daemon.path, "-m", "64", *(["-u", "root"] if IS_ROOT else [])]
        address = listener.getsockname()
        with StartedServer(command, folder, pass_listener) as server:
            listener.close()
            with Conversation(address) as conversation:
                require_serves(conversation)
                require(listening_ports(server.process.pid), {address[1]})
                require_ends(server, conversation)
