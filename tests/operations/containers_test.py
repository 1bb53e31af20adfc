#!/usr/bin/python3 -B
"""usage: containers_test.py DAEMON

config/container/compose.yaml and config/kubernetes/ringcached.yaml, without an engine and without a
cluster: whether docker-compose takes the first, and whether what both say fits together, fits the
image and the server, and confines it.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))

# pylint: disable=wrong-import-position
from client_checks import checks_of, require, run_each  # noqa: E402
from server_process import DEADLINE_S, ServerProcess  # noqa: E402

try:
    import yaml
except ImportError:
    sys.exit("python3-yaml is missing: setup/install-packages setup/packages-test-all")

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTAINER = ROOT / "config/container"
CLUSTER = ROOT / "config/kubernetes/ringcached.yaml"

MIB = 1 << 20
UNITS = {"m": MIB, "g": MIB << 10, "Mi": MIB, "Gi": MIB << 10}
# What README.md and server/process/machine_defaults.h say of a group's limit.
FIXED_MIB, SHARE = 20, 0.8
# server/process/limits.h: rings, listeners, clients that are turned away, files.
DESCRIPTORS_BESIDE_CLIENTS = 100


class Files:
    """Both files, and what of the Dockerfile and the sources they have to agree with."""

    def __init__(self, daemon):
        self.daemon = daemon
        dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
        self.entry_point = json.loads(re.search(r"^ENTRYPOINT (\[.*\])$", dockerfile, re.M)[1])
        self.exposed = {int(port) for line in re.findall(r"^EXPOSE (.*)$", dockerfile, re.M)
                        for port in line.split()}
        self.image_user = int(re.findall(r"^USER (\d+)$", dockerfile, re.M)[-1])
        sources = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
        self.image = "ringcached:" + re.search(r"project\(ringcached VERSION (\S+)", sources)[1]
        (self.service,) = composed()["services"].values()
        documents = yaml.safe_load_all(CLUSTER.read_text(encoding="utf-8"))
        self.kinds = {document["kind"]: document for document in documents}
        self.pod = self.kinds["StatefulSet"]["spec"]["template"]["spec"]
        (self.pod_container,) = self.pod["containers"]

    def lines(self):
        """The arguments of both, by file."""
        return {"compose.yaml": self.service["command"], CLUSTER.name: self.pod_container["args"]}


def composed():
    """The compose file as docker-compose understands it; it must be content."""
    if shutil.which("docker-compose") is None:
        sys.exit("docker-compose is missing: setup/install-packages setup/packages-test-all")
    done = subprocess.run(["docker-compose", "--file", "compose.yaml", "config"], cwd=CONTAINER,
                          capture_output=True, text=True, check=False)
    require((done.returncode, done.stderr), (0, ""))
    return yaml.safe_load(done.stdout)


def option(arguments, name):
    """The value behind -x, or of --name=."""
    if not name.startswith("--"):
        return arguments[arguments.index(name) + 1]
    return next(word.partition("=")[2] for word in arguments if word.startswith(name + "="))


def size(text):
    number, unit = re.fullmatch(r"(\d+)(\w+)", text).groups()
    return int(number) * UNITS[unit]


def seconds(text):
    return int(re.fullmatch(r"(\d+)s", text)[1])


def drain_seconds():
    settings = (ROOT / "config/ringcached.conf").read_text(encoding="utf-8")
    return int(re.search(r"^#drain-timeout-ms=(\d+)$", settings, re.M)[1]) / 1000


def check_server_takes_the_arguments(files):
    for name, arguments in files.lines().items():
        command = [files.daemon, *files.entry_point[1:], *arguments, "--check-config"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        require((name, done.returncode, done.stderr), (name, 0, done.stderr))
    require(files.entry_point[0], os.path.basename(files.daemon))


def check_memory_leaves_room(files):
    """The limit is what the server itself would want for this -m, and not twice that."""
    limits = {"compose.yaml": files.service["mem_limit"],
              CLUSTER.name: files.pod_container["resources"]["limits"]["memory"]}
    for name, arguments in files.lines().items():
        limit_mib = size(limits[name]) / MIB
        most = SHARE * (limit_mib - FIXED_MIB)
        given = int(option(arguments, "-m"))
        require((name, most / 2 < given <= most), (name, True))
    require(files.service["memswap_limit"], files.service["mem_limit"])
    require(files.pod_container["resources"]["requests"]["memory"], limits[CLUSTER.name])


def check_what_is_said_of_memory(files):
    """The same wherever somebody who sizes a container looks."""
    explained = ("container/README.md", "kubernetes/README.md")
    told = ("container/compose.yaml", "kubernetes/ringcached.yaml",
            "prometheus/ringcached.rules.yml", "prometheus/README.md")
    for name in explained + told:
        text = " ".join(re.sub("[`#]", "", (ROOT / "config" / name).read_text("utf-8")).split())
        require((name, f"-m / {SHARE} + {FIXED_MIB} MiB" in text), (name, True))
        if name in explained:
            room = size(files.service["mem_limit"]) / MIB - most_mib(files.service["command"])
            require((name, f"{room:.0f} MiB" in text), (name, True))


def most_mib(arguments):
    """What the process may come to."""
    return int(option(arguments, "-m")) * 1.05 + 8


def check_a_processor_for_each_thread(files):
    limits = {"compose.yaml": files.service["cpus"],
              CLUSTER.name: files.pod_container["resources"]["limits"]["cpu"]}
    for name, arguments in files.lines().items():
        require((name, float(limits[name])), (name, float(option(arguments, "-t"))))


def check_descriptors(files):
    connections = int(option(files.service["command"], "-c"))
    require(files.service["ulimits"]["nofile"] >= connections + DESCRIPTORS_BESIDE_CLIENTS, True)


def check_ports(files):
    published = []
    for port in files.service["ports"]:
        # "ADDRESS:OUTSIDE:INSIDE"; without an address it is a dictionary.
        words = str(port).removesuffix("/tcp").split(":")
        require((port, words), (port, ["127.0.0.1", words[-1], words[-1]]))
        published.append(int(words[-1]))
    named = {port["name"]: port["containerPort"] for port in files.pod_container["ports"]}
    for name, arguments in files.lines().items():
        admin = int(option(arguments, "--admin").rpartition(":")[2])
        require((name, "-p" in arguments), (name, False))
        require((name, {"memcached": 11211, "admin": admin}), (name, named))
    require(sorted(published), sorted(named.values()))
    require(files.exposed, set(named.values()))
    for port in files.kinds["Service"]["spec"]["ports"]:
        require((port["port"], port["targetPort"]), (named[port["name"]], port["name"]))


def check_compose_confines(files):
    service = files.service
    require((service["read_only"], service["cap_drop"]), (True, ["ALL"]))
    options = dict(word.replace("=", ":", 1).split(":", 1) for word in service["security_opt"])
    require(options, {"no-new-privileges": "true", "seccomp": "seccomp.json"})
    require("privileged" in service or "cap_add" in service, False)


def check_pod_is_confined(files):
    pod, container = files.pod["securityContext"], files.pod_container["securityContext"]
    require((pod["runAsNonRoot"], pod["runAsUser"]), (True, files.image_user))
    require({name: container[name] for name in container if name != "seccompProfile"},
            {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
             "capabilities": {"drop": ["ALL"]}})
    require(container["seccompProfile"],
            {"type": "Localhost", "localhostProfile": "ringcached.json"})
    require(files.pod["automountServiceAccountToken"], False)
    require({"hostNetwork", "hostPID", "hostIPC", "volumes"} & set(files.pod), set())


def check_paths_and_images(files):
    build = pathlib.Path(files.service["build"]["context"])
    require((build, (build / "Dockerfile").exists()), (ROOT, True))
    require((CONTAINER / "seccomp.json").exists(), True)
    require((files.service["image"], files.pod_container["image"]), (files.image, files.image))


def check_labels(files):
    stateful = files.kinds["StatefulSet"]
    require(stateful["spec"]["serviceName"], files.kinds["Service"]["metadata"]["name"])
    labels = stateful["spec"]["template"]["metadata"]["labels"]
    (spread,) = files.pod["topologySpreadConstraints"]
    selectors = [stateful["spec"]["selector"]["matchLabels"],
                 files.kinds["Service"]["spec"]["selector"],
                 files.kinds["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
                 spread["labelSelector"]["matchLabels"]]
    require(selectors, [labels] * 4)
    versions = {kind: document["apiVersion"] for kind, document in files.kinds.items()}
    require(versions, {"Service": "v1", "PodDisruptionBudget": "policy/v1",
                       "StatefulSet": "apps/v1"})
    require(files.kinds["Service"]["spec"]["clusterIP"], "None")
    require(files.kinds["PodDisruptionBudget"]["spec"]["maxUnavailable"], 1)


def check_probes_and_scrapes_are_answered(files):
    """By a server of this program."""
    names = {port["name"] for port in files.pod_container["ports"]}
    paths = {}
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = files.pod_container[probe]["httpGet"]
        require((probe, asked["port"] in names), (probe, True))
        paths[probe] = asked["path"]
    require(paths, {"startupProbe": "/readyz", "readinessProbe": "/readyz",
                    "livenessProbe": "/healthz"})
    notes = files.kinds["StatefulSet"]["spec"]["template"]["metadata"]["annotations"]
    scrape = {name: notes[f"prometheus.io/{name}"] for name in ("scrape", "port", "path")}
    require((scrape["scrape"], int(scrape["port"]) in files.exposed), ("true", True))
    with ServerProcess(files.daemon, "0", "--admin=127.0.0.1:0") as server:
        for path in {*paths.values(), scrape["path"]}:
            url = f"http://127.0.0.1:{server.admin_port}{path}"
            with contextlib.closing(urllib.request.urlopen(url, timeout=DEADLINE_S)) as reply:
                require((path, reply.status), (path, 200))


def check_stop_has_time(files):
    for grace in (seconds(files.service["stop_grace_period"]),
                  files.pod["terminationGracePeriodSeconds"]):
        require(grace >= 2 * drain_seconds(), True)


def main():
    files = Files(*sys.argv[1:])
    checks = checks_of(globals())
    run_each(checks, files)
    print(f"{len(checks)} checks passed")


if __name__ == "__main__":
    main()
