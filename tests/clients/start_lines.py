"""The start lines that operators have, and what each has to bring about; start_lines_test.py runs
them.

{port} stands where the line names a port, {user} where it names a user, {folder} for a folder of
the test. What else a line says is as it is in the field.
"""

import signal
from dataclasses import dataclass, field

# The settings that most lines set, as "stats settings" shows them. Daemon.settings_of() has them as
# they are on this machine.
MEGABYTE = 1024 * 1024
MEMCACHED_DEFAULTS = {"maxbytes": 64 * MEGABYTE, "maxconns": 1024, "num_threads": 4,
                      "item_size_max": MEGABYTE, "evictions": "on"}


@dataclass(frozen=True)
class StartLine:
    """A line that starts a server which serves over TCP."""
    name: str
    arguments: tuple
    settings: dict = field(default_factory=dict)  # beside MEMCACHED_DEFAULTS
    answers: dict = field(default_factory=dict)   # how a request is answered
    unprivileged: bool = False                    # not as root
    only_ringcached: str = ""                     # why memcached is not asked


def systemd_words(line, environment):
    """The words that systemd makes of ExecStart=: ${X} stays one, $X is split at blanks."""
    words = []
    for word in line.split():
        if word.startswith("${"):
            words.append(environment[word[2:-1]])
        elif word.startswith("$"):
            words += environment[word[1:]].split()
        else:
            words.append(word)
    return tuple(words)


# Fedora's and RHEL's memcached.service, with the values that /etc/sysconfig/memcached comes with.
# The user memcached exists only where the package is installed, so another takes its place.
FEDORA_UNIT = "-p ${PORT} -u ${USER} -m ${CACHESIZE} -c ${MAXCONN} $OPTIONS"
FEDORA_SYSCONFIG = {"PORT": "{port}", "USER": "{user}", "MAXCONN": "1024", "CACHESIZE": "64",
                    "OPTIONS": "-l 127.0.0.1,::1"}
CHANGED_SYSCONFIG = {"PORT": "{port}", "USER": "{user}", "MAXCONN": "4096", "CACHESIZE": "256",
                     "OPTIONS": "-l 127.0.0.1 -t 2 -I 8m -v"}
# The file as an administrator has it who takes all options away: two words are empty then.
EMPTY_OPTIONS = {**FEDORA_SYSCONFIG, "OPTIONS": ""}

START_LINES = [
    StartLine("Fedora's unit", systemd_words(FEDORA_UNIT, FEDORA_SYSCONFIG),
              settings={"maxbytes": 64 * MEGABYTE}),
    StartLine("Fedora's unit, values changed", systemd_words(FEDORA_UNIT, CHANGED_SYSCONFIG),
              settings={"maxbytes": 256 * MEGABYTE, "maxconns": 4096, "num_threads": 2,
                        "item_size_max": 8 * MEGABYTE, "verbosity": 1}),
    StartLine("Fedora's unit, no options", systemd_words(FEDORA_UNIT, EMPTY_OPTIONS),
              settings={"maxbytes": 64 * MEGABYTE}),

    # Each option and its value are one word, with the blank inside. Nobody has the name 11211: the
    # line works because -u has no effect unless root starts the server. The limit of 8 GiB is not
    # allocated at the start, so a small machine serves too.
    StartLine("Grafana Loki's chart",
              ("-m 8192", "--extended=modern,track_sizes", "-I 5m", "-c 16384", "-v", "-u 11211"),
              settings={"maxbytes": 8192 * MEGABYTE, "maxconns": 16384,
                        "item_size_max": 5 * MEGABYTE, "verbosity": 1},
              unprivileged=True),
    StartLine("Helm's former chart", ("-m 64", "-o", "modern", "-v"),
              settings={"maxbytes": 64 * MEGABYTE, "verbosity": 1}, unprivileged=True),

    # The image's entry point puts "memcached" before a command that begins with an option, and
    # starts what it gets as a user that is not root.
    StartLine("Docker's image, its own command", (), unprivileged=True),
    StartLine("Docker's image, memory and connections", ("-m", "64", "-c", "1024"),
              settings={"maxbytes": 64 * MEGABYTE}, unprivileged=True),
    StartLine("Docker's image, modern", ("-m", "128", "-o", "modern", "--threads=2"),
              settings={"maxbytes": 128 * MEGABYTE, "num_threads": 2}, unprivileged=True),
    # Compose files say this too. memcached reads the digits only.
    StartLine("Docker's image, a unit behind the memory", ("-m", "128m"),
              settings={"maxbytes": 128 * MEGABYTE}, unprivileged=True),
    StartLine("values joined to their letters", ("-m96", "-c200", "-t2", "-vv"),
              settings={"maxbytes": 96 * MEGABYTE, "maxconns": 200, "num_threads": 2,
                        "verbosity": 2}),
    StartLine("Bitnami's image, long names",
              ("--user={user}", "--listen=127.0.0.1", "--port={port}", "--memory-limit=96",
               "--conn-limit=500", "--threads=3", "--max-item-size=2m",
               "--max-reqs-per-event=21"),
              settings={"maxbytes": 96 * MEGABYTE, "maxconns": 500, "num_threads": 3,
                        "item_size_max": 2 * MEGABYTE}),
    StartLine("Homebrew's service", ("-l", "localhost")),

    # What managed services let their users set.
    StartLine("ElastiCache's parameters",
              ("-o", "maxconns_fast,idle_timeout=60,track_sizes,modern,hash_algorithm=murmur3,"
               "lru_crawler,lru_maintainer,hot_lru_pct=20,slab_reassign,slab_automove=1"),
              settings={"maxconns_fast": "yes", "idle_timeout": 60}),
    StartLine("Memorystore's parameters",
              tuple("-b 2048 -F -W -X -n 48 -f 1.25 -B auto -C -M -R 20 -D :".split()),
              settings={"tcp_backlog": 2048, "evictions": "off", "flush_enabled": "no",
                        "dump_enabled": "no", "binding_protocol": "auto-negotiate"},
              answers={b"flush_all\r\n": b"CLIENT_ERROR flush_all not allowed\r\n",
                       b"watch fetchers\r\n": b"CLIENT_ERROR watch commands not allowed\r\n",
                       b"stats cachedump 1 1\r\n":
                           b"CLIENT_ERROR stats cachedump not allowed\r\n",
                       b"lru_crawler metadump all\r\n": b"ERROR metadump not allowed\r\n"}),
    StartLine("the same by long names",
              ("--listen-backlog=2048", "--disable-flush-all", "--disable-watch",
               "--disable-dumping", "--slab-min-size=48", "--slab-growth-factor=1.25",
               "--protocol=auto", "--disable-cas", "--disable-evictions"),
              settings={"tcp_backlog": 2048, "evictions": "off", "flush_enabled": "no",
                        "dump_enabled": "no"}),
    StartLine("no_modern", ("-o", "no_modern")),
    StartLine("UDP turned off", ("-U", "0"), settings={"udpport": 0}),
    StartLine("Unix mask without a Unix socket", ("-a", "0770")),
    StartLine("large pages", ("-L",),
              only_ringcached="memcached refuses it where the kernel has no huge pages"),
    StartLine("NAPI ids", ("-N", "1"),
              only_ringcached="memcached never serves with it on the loopback interface"),
]


@dataclass(frozen=True)
class Refusal:
    """A line that ringcached refuses, naming in its message what it does not do."""
    arguments: tuple
    named: str
    exit_status: int = 0  # 0: any but 0
    memcached: int = 0    # memcached's exit status; 0: it starts, or what it does is not asked


# Where memcached refuses too, Debian's does so with the status that stands here. It starts with
# -U 11211 and with ext_path; with -e it aborts unless it can make the file; of -S Debian's says
# that it finds no configuration of SASL. So these are asked of ringcached only.
REFUSALS = [
    Refusal(("-U", "11211"), "-U"),
    Refusal(("--udp-port=11211",), "--udp-port"),
    Refusal(("--nosuch",), "--nosuch", exit_status=1, memcached=1),
    Refusal(("-j",), "-j", exit_status=1, memcached=1),
    Refusal(("-o", "nosuch"), "nosuch", exit_status=1, memcached=1),
    Refusal(("-o", "modern,nosuch=1"), "nosuch=1", exit_status=1, memcached=1),
    Refusal(("-S",), "-S"),
    Refusal(("-o", "ext_path=/x:1G"), "ext_path=/x:1G"),
    Refusal(("-o", "proxy_config=x"), "proxy_config=x", memcached=1),
    Refusal(("-e", "{folder}/memory"), "-e"),
    Refusal(("--memory-file={folder}/memory",), "--memory-file"),
    Refusal(("-m", "0"), "-m", memcached=64),
    Refusal(("-c", "0"), "-c", exit_status=1, memcached=1),
    Refusal(("-t", "0"), "-t", exit_status=1, memcached=1),
    Refusal(("-I", "2000m"), "-I", exit_status=64, memcached=64),
    Refusal(("-B", "nosuch"), "-B", exit_status=64, memcached=64),
    Refusal(("-l", "proto[ascii:127.0.0.1"), "proto[ascii", memcached=71),
    Refusal(("-l", "tag[]:127.0.0.1"), "tag[]", memcached=71),
    Refusal(("-l", "tag[ninechars]:127.0.0.1"), "tag[ninechars]", memcached=71),
    # A protocol stands before a tag, never behind it.
    Refusal(("-l", "tag[abc]:proto[ascii]:127.0.0.1"), "tag[abc]:proto[ascii]", memcached=71),
    # Only a server with TLS has listeners without it.
    Refusal(("-l", "notls:127.0.0.1"), "notls", memcached=71),
]


@dataclass(frozen=True)
class Listening:
    """Where and in which dialects a server listens."""
    arguments: tuple
    listeners: tuple         # (host, dialect) in the order of the file with the ports
    since: tuple = (1, 6, 17)  # memcached's version that brought it


TEXT, BINARY, EITHER = "text", "binary", "text or binary"

LISTENING = [
    Listening(("-l", "127.0.0.1,::1"), (("127.0.0.1", EITHER), ("::1", EITHER))),
    Listening(("-l", "127.0.0.1", "-l", "127.0.0.2"),
              (("127.0.0.1", EITHER), ("127.0.0.2", EITHER))),
    Listening(("-l", "127.0.0.1:{port}", "-l", "[::1]:{port}"),
              (("127.0.0.1", EITHER), ("::1", EITHER))),
    Listening(("-l", "127.0.0.1", "-B", "auto"), (("127.0.0.1", EITHER),)),
    Listening(("-l", "127.0.0.1", "-B", "ascii"), (("127.0.0.1", TEXT),)),
    Listening(("-l", "127.0.0.1", "-B", "binary"), (("127.0.0.1", BINARY),)),
    Listening(("-l", "proto[ascii]:127.0.0.1:{port}"), (("127.0.0.1", TEXT),)),
    Listening(("-l", "proto[binary]:127.0.0.1"), (("127.0.0.1", BINARY),)),
    Listening(("-B", "ascii", "-l", "proto[negotiating]:127.0.0.1"), (("127.0.0.1", EITHER),)),
    Listening(("-l", "proto[ascii]:127.0.0.1:{port},proto[binary]:127.0.0.2:{port}",
               "-l", "[::1]:{port}"),
              (("127.0.0.1", TEXT), ("127.0.0.2", BINARY), ("::1", EITHER))),
    Listening(("-l", "proto[ascii]:[::1]:{port}"), (("::1", TEXT),)),
    Listening(("-l", "tag[abc]:127.0.0.1:{port}"), (("127.0.0.1", EITHER),)),
    Listening(("-l", "tag[12345678]:127.0.0.1"), (("127.0.0.1", EITHER),)),
    Listening(("-l", "proto[binary]:tag[abc]:127.0.0.1:{port}"), (("127.0.0.1", BINARY),)),
    # The same without brackets, which shells take for themselves.
    Listening(("-l", "tag_abc_:127.0.0.1"), (("127.0.0.1", EITHER),), since=(1, 6, 23)),
    Listening(("-l", "proto[ascii]:tag_abc_:127.0.0.1"), (("127.0.0.1", TEXT),),
              since=(1, 6, 23)),
]

# Signals that end the server with status 0.
ENDING_SIGNALS = [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1]
