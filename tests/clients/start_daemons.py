"""Checks of starts that make a daemon or a pid file, and of the scripts of Debian's package."""

import os
import pathlib
import pwd

from client_checks import require
from server_process import DEADLINE_S, wait_until
from start_lines import MEGABYTE
from start_program import NotRun, require_ends, require_serves, require_settings
from started_server import IS_ROOT, Conversation, StartedServer, open_folder, proc_line

# Debian's memcached, unpacked: its scripts and their configuration are used.
PACKAGE = pathlib.Path(os.environ.get(
    "RINGCACHED_MEMCACHED_PACKAGE",
    pathlib.Path(__file__).resolve().parents[2] / "build/peers/memcached"))


def require_pid_file(path, pid):
    """It appears with this number in it."""
    wait_until(path.exists, f"{path} appears")
    wait_until(lambda: path.read_text("ascii").strip() == str(pid), f"{pid} stands in {path}")


def check_daemon(daemon):
    """What RHEL's and others' scripts of System V ran: -d returns, the pid file tells the rest."""
    with open_folder() as folder:
        pid_file = folder / "daemon.pid"
        line = ("-d", "-p", "{port}", "-u", "{user}", "-m", "96", "-c", "512", "-P", str(pid_file),
                "-l", "127.0.0.1")
        with daemon.started(*line) as server:
            server.must_return()
            require_is_daemon(server, pid_file)


def require_is_daemon(server, pid_file):
    with Conversation(server.wait_for_addresses()[0]) as conversation:
        require_serves(conversation)
        require_settings(conversation, {"maxbytes": 96 << 20, "maxconns": 512})
        pid = int(conversation.stats()["pid"])
        require_pid_file(pid_file, pid)
        require(os.readlink(f"/proc/{pid}/cwd"), "/")
        require(os.getsid(pid), pid)
        for number in (0, 1, 2):
            require(os.readlink(f"/proc/{pid}/fd/{number}"), "/dev/null")
        require_ends(server, conversation)
    require(pid_file.exists(), False)


def check_daemon_with_wrong_option(daemon):
    """What is wrong with the line is said before the start returns, and with its status."""
    with daemon.started("-d", "-t", "0") as server:
        require(server.process.wait(DEADLINE_S), 1)
        require(server.errors() != "", True)


def check_pid_file_without_daemon(daemon):
    """memcached's help says that -P is for -d only, but Debian's unit relies on it without.

    memcached removes the file only with -d, so whether it is left is not asked.
    """
    with open_folder() as folder:
        pid_file = folder / "foreground.pid"
        with daemon.started("-P", str(pid_file)) as server:
            with Conversation(server.wait_for_addresses()[0]) as conversation:
                require_pid_file(pid_file, server.process.pid)
                require_ends(server, conversation)


def check_old_pid_file(daemon):
    """A server that was killed leaves its file; the next one starts all the same."""
    with open_folder() as folder:
        pid_file = folder / "old.pid"
        pid_file.write_text("999999999\n", encoding="ascii")
        pid_file.chmod(0o666)
        with daemon.started("-P", str(pid_file)) as server:
            with Conversation(server.wait_for_addresses()[0]) as conversation:
                require_pid_file(pid_file, server.process.pid)
                require_ends(server, conversation)


def debian_script(daemon, name, folder):
    """A copy of Debian's script that starts this daemon."""
    text = (PACKAGE / "usr/share/memcached/scripts" / name).read_text(encoding="utf-8")
    require(text.count('"/usr/bin/memcached"'), 1)
    copy = folder / name
    copy.write_text(text.replace("/usr/bin/memcached", daemon.path), encoding="utf-8")
    return copy


def debian_configuration(daemon, folder):
    """A copy of /etc/memcached.conf with this test's port, files and user.

    The scripts mean to add "-u root" where no line says -u, but grep "-u" is true of any line: they
    add it only to a configuration without lines, with which the daemon would listen everywhere.
    """
    changes = [("-p 11211", f"-p {daemon.port_option}"), ("-u memcache", "-u nobody"),
               ("/var/log/memcached.log", str(folder / "log")),
               ("/var/run/memcached/memcached.pid", str(folder / "daemon.pid"))]
    text = (PACKAGE / "usr/share/memcached/memcached.conf.default").read_text(encoding="utf-8")
    for old, new in changes:
        require((old, text.count(old)), (old, 1))
        text = text.replace(old, new)
    copy = folder / "memcached.conf"
    copy.write_text(text, encoding="utf-8")
    return copy


def must_be_able_to_run_scripts():
    if not IS_ROOT:
        raise NotRun("Debian's scripts do nothing unless root runs them")
    if not PACKAGE.exists():
        raise RuntimeError(f"{PACKAGE} is missing: setup/unpack-package memcached {PACKAGE}")


def check_systemd_wrapper(daemon):
    """The package's unit: the script becomes the daemon, without -d."""
    must_be_able_to_run_scripts()
    settings = daemon.settings_of({"maxbytes": 64 * MEGABYTE})
    with open_folder() as folder:
        command = ["perl", "-w", debian_script(daemon, "systemd-memcached-wrapper", folder),
                   debian_configuration(daemon, folder)]
        with StartedServer(command, folder) as server:
            with Conversation(server.wait_for_addresses()[0]) as conversation:
                require_serves(conversation)
                require_settings(conversation, settings)
                require_pid_file(folder / "daemon.pid", server.process.pid)
                user = proc_line(server.process.pid, "status", "Uid").split()[0]
                require(int(user), pwd.getpwnam("nobody").pw_uid)
                require_ends(server, conversation)


def check_start_memcached(daemon):
    """The package's script for System V: it makes a daemon itself and writes a second pid file."""
    must_be_able_to_run_scripts()
    with open_folder() as folder:
        command = ["perl", "-w", debian_script(daemon, "start-memcached", folder),
                   debian_configuration(daemon, folder), folder / "script.pid"]
        with StartedServer(command, folder) as server:
            server.must_return()
            with Conversation(server.wait_for_addresses()[0]) as conversation:
                require_serves(conversation)
                pid = int(conversation.stats()["pid"])
                require_pid_file(folder / "script.pid", pid)
                require_pid_file(folder / "daemon.pid", pid)
                require_ends(server, conversation)
