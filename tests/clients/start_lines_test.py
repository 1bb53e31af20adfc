#!/usr/bin/python3 -B
"""usage: start_lines_test.py GROUP DAEMON [PORT_OPTION]

Starts the server by the lines that operators have, those of start_lines.py and those of Debian's
scripts, and ends it as they do. Each line is as it is in the field but for its port, and for an -l
where it would listen on every interface. A check that cannot be asked of a program says why.
"""

import resource
import signal
import subprocess
import sys

from client_checks import choice, require
from server_process import DEADLINE_S
from start_daemons import (check_daemon, check_daemon_with_wrong_option, check_old_pid_file,
                           check_pid_file_without_daemon, check_start_memcached,
                           check_systemd_wrapper)
from start_lines import ENDING_SIGNALS, LISTENING, REFUSALS, START_LINES
from start_program import Daemon, NotRun, require_ends, require_serves, require_settings
from start_sockets import (check_listening, check_socket_activation, check_unix_socket,
                           check_unix_socket_over_a_file, check_unix_socket_that_is_left)
from started_server import Conversation, become_subreaper, open_folder, proc_line


def check_start_line(daemon, line):
    if line.only_ringcached:
        daemon.must_be_ringcached(line.only_ringcached)
    settings = daemon.settings_of(line.settings)
    with daemon.started(*line.arguments, unprivileged=line.unprivileged) as server:
        for address in server.wait_for_addresses():
            with Conversation(address) as conversation:
                require_serves(conversation)
        with Conversation(address) as conversation:
            require_settings(conversation, settings)
            for request, answer in line.answers.items():
                require(conversation.ask(request), answer)
            require_ends(server, conversation)


def check_refusal(daemon, refusal):
    if refusal.memcached == 0:
        daemon.must_be_ringcached("memcached does it, or refuses it with a status of its own")
    with open_folder() as folder:
        done = subprocess.run(daemon.command(refusal.arguments, folder), capture_output=True,
                              text=True, timeout=DEADLINE_S, check=False)
    if not daemon.is_ringcached:
        require(done.returncode, refusal.memcached)
        return
    if done.returncode <= 0 or refusal.exit_status not in (0, done.returncode):
        raise AssertionError(f"exit status {done.returncode}, {done.stderr!r}")
    require((refusal.named in done.stderr, done.stderr), (True, done.stderr))


def check_lock_memory(daemon):
    """-k locks the memory. A server that may not lock it says so and serves."""
    with daemon.started("-k", "-m", "64") as server:
        with Conversation(server.wait_for_addresses()[0]) as conversation:
            require_serves(conversation)
            is_locked = proc_line(server.process.pid, "status", "VmLck") != "0 kB"
            require(is_locked or "-k" in server.errors(), True)
            require_ends(server, conversation)


def check_lock_memory_is_denied(daemon):
    def limit():
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))

    with daemon.started("-k", unprivileged=True, before_exec=limit) as server:
        with Conversation(server.wait_for_addresses()[0]) as conversation:
            require_serves(conversation)
            require("-k" in server.errors(), True)
            require_ends(server, conversation)


def check_core_dumps(daemon):
    """-r raises the limit of core dumps as far as it may."""
    _, most = resource.getrlimit(resource.RLIMIT_CORE)

    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))

    with daemon.started("-r", before_exec=limit) as server:
        with Conversation(server.wait_for_addresses()[0]) as conversation:
            require_serves(conversation)
            soft, hard = proc_line(server.process.pid, "limits", "Max core file size").split()[:2]
            require(soft, hard)
            require_ends(server, conversation)


def check_shutdown_is_off(daemon):
    with daemon.started() as server:
        with Conversation(server.wait_for_addresses()[0]) as conversation:
            # 1.6.18 says ERROR:, 1.6.45 says SERVER_ERROR:.
            answer = conversation.ask(b"shutdown\r\n").removeprefix(b"SERVER_")
            require(answer, b"ERROR: shutdown not enabled\r\n")
            require_settings(conversation, {"shutdown_command": "no"})
            require(conversation.is_open(), True)
            require_ends(server, conversation)


def check_shutdown(daemon):
    for option in ("-A", "--enable-shutdown"):
        for request in (b"shutdown\r\n", b"shutdown graceful\r\n"):
            with daemon.started(option) as server:
                with Conversation(server.wait_for_addresses()[0]) as conversation:
                    require_settings(conversation, {"shutdown_command": "yes"})
                    require(conversation.ask(b"shutdown now\r\n"),
                            b"CLIENT_ERROR invalid shutdown mode\r\n")
                    require(conversation.answer_until_closed(request), b"")
                require(server.wait_for_end(server.process.pid), 0)


def check_ending_signal(daemon, ending_signal):
    with daemon.started() as server:
        with Conversation(server.wait_for_addresses()[0]) as conversation:
            require_serves(conversation)
            require_ends(server, conversation, ending_signal)


def check_hang_up(daemon):
    """SIGHUP has files read again, and nothing else."""
    with daemon.started() as server:
        with Conversation(server.wait_for_addresses()[0]) as conversation:
            require_serves(conversation)
            server.process.send_signal(signal.SIGHUP)
            require(conversation.ask(b"get key\r\n", b"END\r\n")[:5], b"VALUE")
            require_ends(server, conversation)


def checks_of_table(check, table, name_of):
    return [(name_of(row), lambda daemon, row=row: check(daemon, row)) for row in table]


def named(*checks):
    return [(check.__name__, check) for check in checks]


def words_of(row):
    return " ".join(row.arguments)


GROUPS = {
    "lines": checks_of_table(check_start_line, START_LINES, lambda line: line.name),
    "refusals": checks_of_table(check_refusal, REFUSALS, words_of),
    "listeners": checks_of_table(check_listening, LISTENING, words_of),
    "daemon": named(check_daemon, check_daemon_with_wrong_option, check_pid_file_without_daemon,
                    check_old_pid_file),
    "debian": named(check_systemd_wrapper, check_start_memcached),
    "options": named(check_lock_memory, check_lock_memory_is_denied, check_core_dumps,
                     check_shutdown_is_off, check_shutdown),
    "unix": named(check_unix_socket, check_unix_socket_that_is_left,
                  check_unix_socket_over_a_file),
    "signals": [*checks_of_table(check_ending_signal, ENDING_SIGNALS, lambda number: number.name),
                *named(check_hang_up)],
    "activation": named(check_socket_activation),
}


def outcome(check, daemon):
    """passed, not run or FAILED, and why."""
    try:
        check(daemon)
    except NotRun as reason:
        return "not run", f": {reason}"
    except (AssertionError, OSError, RuntimeError, subprocess.SubprocessError) as error:
        return "FAILED", f": {type(error).__name__}: {error}"
    return "passed", ""


def main():
    group = choice(list(GROUPS))
    daemon = Daemon(*sys.argv[1:])
    become_subreaper()
    count = {"passed": 0, "not run": 0, "FAILED": 0}
    for name, check in GROUPS[group]:
        print(f"{name}: ", end="", flush=True)
        result, reason = outcome(check, daemon)
        count[result] += 1
        print(result + reason)
    print(f"start lines, {group}, version {daemon.version}: {count['passed']} of "
          f"{len(GROUPS[group])} checks passed, {count['not run']} not run")
    sys.exit(count["FAILED"] > 0)


if __name__ == "__main__":
    main()
