"""A Prometheus for one test: on a port that the system chooses, with a folder of its own."""

import json
import os
import re
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request

import yaml

from server_process import DEADLINE_S, wait_until

# Short, so that rates have their two scrapes soon.
INTERVAL = "1s"


class PrometheusProcess:
    """A running Prometheus; a context manager.

    It is started with the sample of a configuration, in which only the targets, the folder of the
    rules and the intervals are others.
    """

    def __init__(self, program, sample, targets):
        self._folder = tempfile.TemporaryDirectory()
        self._log = os.path.join(self._folder.name, "log")
        configuration = os.path.join(self._folder.name, "prometheus.yml")
        with open(configuration, "w", encoding="utf-8") as file:
            yaml.safe_dump(adapted(sample, targets), file)
        self._targets = targets
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [program, f"--config.file={configuration}", "--web.listen-address=127.0.0.1:0",
                 f"--storage.tsdb.path={self._folder.name}/data"],
                stdout=log, stderr=log)

    def __enter__(self):
        self._port = wait_until(self._read_port, "Prometheus listens")
        wait_until(self._is_ready, "Prometheus is ready")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        try:
            self._process.wait(DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._folder.cleanup()

    def query(self, expression):
        """What it yields now: [(labels, value)]; a scalar has no labels."""
        data = self.ask("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(series["metric"], float(series["value"][1])) for series in data["result"]]

    def ask(self, path, **parameters):
        """`data` of the reply of its HTTP API."""
        url = f"http://127.0.0.1:{self._port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=DEADLINE_S) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from error

    def wait_for_scrapes_after(self, unix_time):
        """Until the newest figures of every target are from after that time."""
        def all_are():
            times = [time for _, time in self.query("timestamp(up)")]
            return len(times) == len(self._targets) and min(times) > unix_time
        wait_until(all_are, "each target is scraped")

    def _read_port(self):
        with open(self._log, encoding="utf-8") as file:
            log = file.read()
        if self._process.poll() is not None:
            raise RuntimeError(f"Prometheus does not start:\n{log}")
        listening = re.search(r'msg="Listening on".* address=\S+:(\d+)', log)
        return int(listening[1]) if listening else None

    def _is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/-/ready") as reply:
                return reply.status == 200
        except urllib.error.HTTPError:
            return False


def adapted(sample, targets):
    """The sample configuration for these targets."""
    with open(sample, encoding="utf-8") as file:
        configuration = yaml.safe_load(file)
    for key in ("scrape_interval", "scrape_timeout", "evaluation_interval"):
        configuration["global"][key] = INTERVAL
    configuration["rule_files"] = [os.path.join(os.path.dirname(sample), rules)
                                   for rules in configuration["rule_files"]]
    (job,) = configuration["scrape_configs"]
    (static,) = job["static_configs"]
    static["targets"] = targets
    return configuration
