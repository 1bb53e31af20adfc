#!/usr/bin/python3 -B
"""usage: node_test.py memcached|memjs|memjs_sasl DAEMON [PORT_OPTION]

Uses the server through a client of npm; what is checked stands in node/. The clients themselves lie
where setup/install-node-clients put them.
"""

import os
import pathlib
import shutil
import subprocess
import sys

from client_checks import PASSWORD, USER, choice, guarded
from server_process import ServerProcess

HERE = pathlib.Path(__file__).resolve().parent
MODULES = HERE.parents[1] / "build" / "clients" / "node" / "node_modules"


def run_script(name, port):
    # memcached 2.2.2 calls what Node has deprecated, and Node would say so each time.
    command = ["node", "--no-deprecation", HERE / "node" / f"{name}_test.js", str(port)]
    environment = dict(os.environ, NODE_PATH=str(MODULES), CLIENT_USER=USER,
                       CLIENT_PASSWORD=PASSWORD)
    return subprocess.run(command, env=environment, check=False).returncode


def main():
    name = choice(("memcached", "memjs", "memjs_sasl"))
    if not shutil.which("node"):
        sys.exit("node is missing: apt-get install nodejs")
    if not MODULES.is_dir():
        sys.exit("npm's clients are missing: setup/install-node-clients build/clients/node")
    with ServerProcess(*sys.argv[1:]) as server:
        if name == "memjs_sasl":
            with guarded(server, "-S") as guarded_server:
                code = run_script(name, guarded_server.port)
        else:
            code = run_script(name, server.port)
    sys.exit(code)


if __name__ == "__main__":
    main()
