"""The expressions of the dashboard and of the rules, as Prometheus is asked them."""

import json
import os
import re

import yaml

CONFIG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../config")
SAMPLE = os.path.join(CONFIG, "prometheus/prometheus.yml")
RULES = os.path.join(CONFIG, "prometheus/ringcached.rules.yml")
RULE_TESTS = os.path.join(CONFIG, "prometheus/ringcached.tests.yml")
DASHBOARD = os.path.join(CONFIG, "grafana/ringcached.json")

# What Grafana puts for the variables, where all nodes are chosen.
VARIABLES = {"$job": ".*", "$instance": ".*", "$__rate_interval": "1m"}

# Outside of braces and quotes.
COMPARISON = re.compile(r"(==|!=|>=|<=|>|<)(?!\s*bool)")
NAME = re.compile(r"\b(?:memcached|ringcached)_[a-z_]+\b")


def dashboard():
    with open(DASHBOARD, encoding="utf-8") as file:
        return json.load(file)


def rules():
    with open(RULES, encoding="utf-8") as file:
        groups = yaml.safe_load(file)["groups"]
    return [rule for group in groups for rule in group["rules"]]


def alerts():
    return [rule for rule in rules() if "alert" in rule]


def panels():
    return [panel for panel in dashboard()["panels"] if panel["type"] != "row"]


def expressions():
    """{where it stands: expression}; a condition yields 0 or 1, so that it too has data."""
    found = {}
    for rule in rules():
        if "alert" in rule:
            found[f"alert {rule['alert']}"] = without_filter(rule["expr"])
        else:
            found[f"rule {rule['record']}"] = rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            found[f"panel {panel['title']} {target['refId']}"] = substituted(target["expr"])
    for annotation in dashboard()["annotations"]["list"]:
        found[f"annotation {annotation['name']}"] = without_filter(substituted(annotation["expr"]))
    return found


def variable_queries():
    """[(selector, label)] of label_values(selector, label)."""
    queries = [variable["query"]["query"] for variable in dashboard()["templating"]["list"]
               if variable["type"] == "query"]
    return [re.fullmatch(r"label_values\((.*), (\w+)\)", substituted(query)).groups()
            for query in queries]


def substituted(expression):
    for variable, value in VARIABLES.items():
        expression = expression.replace(variable, value)
    if "$" in expression:
        raise AssertionError(f"{expression} has a variable that the dashboard does not")
    return expression


def without_filter(condition):
    """`x > 3` as `x > bool 3`: what remains empty finds nothing to compare."""
    parts = re.split(r"(\{[^}]*\})", condition)
    return "".join(part if part.startswith("{") else COMPARISON.sub(r"\1 bool", part)
                   for part in parts)


def names_in(expression):
    """The metrics of the server that an expression asks for; not the series that rules record."""
    return set(NAME.findall(re.sub(r"\b\w+:\w+(:\w+)*", "", expression)))
