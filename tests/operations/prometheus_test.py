#!/usr/bin/python3 -B
"""usage: prometheus_test.py PROMETHEUS PROMTOOL DAEMON

A real Prometheus, started with the sample of config/prometheus, reads servers whose figures are
known, and is asked all that the rules and the dashboard ask. promtool checks the same files.
"""

import math
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))

# pylint: disable=wrong-import-position
from client_checks import require  # noqa: E402
from metric_names import BUCKET_BOUNDS, LABEL_VALUES, METRICS  # noqa: E402
from metrics_text import families  # noqa: E402
from observed_nodes import (  # noqa: E402
    ADMITTED, BUSY, CLIENTS, CONNECTION_LIMIT, REFUSED, SMALL_STORES, fetch, observed)
from operators_queries import (  # noqa: E402
    RULES, RULE_TESTS, SAMPLE, alerts, dashboard, expressions, names_in, panels, rules,
    variable_queries)
from server_process import wait_until  # noqa: E402

WHAT_AN_ALERT_SAYS = {"summary", "description", "what_to_do"}


def run_promtool(nodes, *arguments, text=None):
    """What it prints; it must be content."""
    done = subprocess.run([nodes.promtool, *arguments], input=text, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise AssertionError(f"promtool {' '.join(arguments)}: {done.stdout}")
    return done.stdout


def check_targets_are_up(nodes):
    targets = nodes.prometheus.ask("targets", state="active")["activeTargets"]
    require([(target["health"], target["lastError"]) for target in targets], [("up", "")] * 3)


def check_values_are_what_was_done(nodes):
    for expression, value in BUSY.items():
        got = nodes.of(nodes.busy, expression)
        # Ratios are not rounded as Python rounds them.
        require((expression, got if not math.isclose(got, value) else value), (expression, value))


def check_evictions_and_rejections(nodes):
    evicted = SMALL_STORES - nodes.small_left
    for name in ("memcached_items_evicted_total", "ringcached_evicted_unfetched_total",
                 'memcached_slab_items_evicted_total{slab="1"}',
                 "ringcached_evicted_item_age_seconds_count",
                 'ringcached_evicted_item_age_seconds_bucket{le="60"}'):
        require((name, nodes.of(nodes.small, name)), (name, evicted))
    require(nodes.of(nodes.small, "memcached_items_total"), SMALL_STORES)
    require(nodes.of(nodes.small, "memcached_connections_rejected_total"),
            CLIENTS - CONNECTION_LIMIT)


def check_authentications(nodes):
    for status, number in (("ok", ADMITTED), ("failed", REFUSED)):
        name = f'ringcached_authentications_total{{status="{status}"}}'
        require((name, nodes.of(nodes.closed, name)), (name, number))


def check_names_and_types(nodes):
    content_type, text = fetch(nodes.busy, "/metrics")
    require(content_type.startswith("text/plain; version=0.0.4"), True)
    found = families(text)
    require(sorted(found), sorted(METRICS))
    for name, family in found.items():
        kind, labels = METRICS[name]
        require((name, family.kind, family.help != ""), (name, kind, True))
        values = set()
        for _, sample_labels, _ in family.samples:
            sample_labels.pop("le", None)
            require((name, tuple(sample_labels)), (name, labels))
            values.add(tuple(sample_labels.values()))
        require((name, values), (name, LABEL_VALUES.get(name, values)))


def check_histograms_are_consistent(nodes):
    for node in nodes.nodes:
        found = families(fetch(node, "/metrics")[1])
        for name, bounds in BUCKET_BOUNDS.items():
            for labels, buckets, total, count in found[name].histograms():
                what = f"{name} {labels}"
                require((what, [bound for bound, _ in buckets]), (what, [*bounds, math.inf]))
                counts = [number for _, number in buckets]
                require((what, counts), (what, sorted(counts)))
                require((what, counts[-1]), (what, count))
                # Ages are whole seconds, and what was evicted here was younger than one.
                if name.endswith("duration_seconds"):
                    require((what, total > 0), (what, count > 0))


def check_parts_of_memory_make_up_the_process(nodes):
    for node in nodes.nodes:
        found = families(fetch(node, "/metrics")[1])
        parts = sum(value for _, _, value in found["ringcached_memory_bytes"].samples)
        require(parts, found["ringcached_resident_bytes"].samples[0][2])


def check_prometheus_has_every_metric(nodes):
    known = set(nodes.prometheus.ask("label/__name__/values"))
    written = {name for family in families(fetch(nodes.busy, "/metrics")[1]).values()
               for name, _, _ in family.samples}
    require(written - known, set())


def check_promtool_metrics(nodes):
    for node in nodes.nodes:
        require(run_promtool(nodes, "check", "metrics", text=fetch(node, "/metrics")[1]), "")


def check_promtool_files(nodes):
    run_promtool(nodes, "check", "config", SAMPLE)
    run_promtool(nodes, "check", "rules", RULES)
    run_promtool(nodes, "test", "rules", RULE_TESTS)


def check_alerts_say_what_to_do(_):
    for alert in alerts():
        require((alert["alert"], set(alert["annotations"])), (alert["alert"], WHAT_AN_ALERT_SAYS))
        require((alert["alert"], alert["labels"]["severity"] in ("critical", "warning")),
                (alert["alert"], True))
        require((alert["alert"], "for" in alert), (alert["alert"], True))


def check_every_alert_is_tested(_):
    with open(RULE_TESTS, encoding="utf-8") as file:
        tests = file.read()
    require([alert["alert"] for alert in alerts() if f'"{alert["alert"]}"' not in tests], [])


def check_every_query_has_data(nodes):
    def without_data():
        return {where for where, expression in expressions().items()
                if all(math.isnan(value) for _, value in nodes.prometheus.query(expression))}

    # What the rules record is there after their next evaluation.
    try:
        wait_until(lambda: not without_data(), "every expression has data")
    except TimeoutError:
        require(without_data(), set())


def check_rules_are_healthy(nodes):
    groups = nodes.prometheus.ask("rules")["groups"]
    found = [(rule["name"], rule["health"]) for group in groups for rule in group["rules"]]
    require(sorted(found), sorted((rule.get("alert") or rule["record"], "ok") for rule in rules()))


def check_queries_ask_for_what_there_is(_):
    known = set(METRICS) | {name + end for name in BUCKET_BOUNDS
                            for end in ("_bucket", "_sum", "_count")}
    for where, expression in expressions().items():
        require((where, names_in(expression) - known), (where, set()))


def check_variables_of_the_dashboard(nodes):
    for selector, label in variable_queries():
        series = nodes.prometheus.ask("series", **{"match[]": selector})
        require((selector, {label in labels for labels in series}), (selector, {True}))


def check_panels_are_complete(_):
    names = [panel["id"] for panel in dashboard()["panels"]]
    require(len(set(names)), len(names))
    for panel in panels():
        title = panel["title"]
        require((title, bool(panel["description"] and panel["targets"])), (title, True))
        unit = panel["fieldConfig"]["defaults"].get("unit") or panel["options"].get("yAxis")
        require((title, bool(unit) or panel["type"] == "table"), (title, True))


def main():
    prometheus, promtool, daemon = sys.argv[1:]
    for program in (prometheus, promtool):
        if not os.access(program, os.X_OK):
            sys.exit(f"{program} is missing: setup/unpack-package prometheus "
                     "build/peers/prometheus unpacks Debian's package")
    checks = [check for name, check in globals().items() if name.startswith("check_")]
    with observed(prometheus, promtool, daemon) as nodes:
        for check in checks:
            print(f"{check.__name__}: ", end="", flush=True)
            check(nodes)
            print("passed")
    print(f"{len(checks)} checks passed, {len(expressions())} expressions had data")


if __name__ == "__main__":
    main()
