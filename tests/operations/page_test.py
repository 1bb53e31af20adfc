#!/usr/bin/python3 -B
"""usage: page_test.py DAEMON

Looks at the admin port's page in Chromium while clients use the server, and when it has ended.
Pictures of the page go to the folder that RINGCACHED_SCREENSHOTS names, or to one that is removed.
"""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))

try:
    from pymemcache.client.base import Client
except ImportError:
    sys.exit("pymemcache is missing: apt-get install python3-pymemcache")

from browser import Browser
from client_checks import require
from server_process import ServerProcess, wait_until
from selenium.webdriver.common.keys import Keys

MEMORY_MIB = 64
KEYS = 50
GETS_THAT_HIT, GETS_THAT_MISS, TOUCHES = 3, 1, 2  # of each key, a round
HIT_PERCENT = 100 * GETS_THAT_HIT / (GETS_THAT_HIT + GETS_THAT_MISS)
# An interval or the last minute may end between a key's hits and its miss.
HIT_PERCENT_TOLERANCE = 0.5
BUSY_ROWS = 3  # as many are to be seen before the page is read
MAX_ROWS = 300
LARGE_VALUE = b"x" * 1_000_000

DESKTOP, PHONE = (1280, 800), (360, 780)
NONE = "\u2013"  # what the page writes where there is no figure
FACTORS = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}


class Page:
    """The page in a browser, read as a person reads it."""

    def __init__(self, browser, server, folder):
        self.browser, self.server, self._folder = browser, server, folder
        self.origin = f"http://127.0.0.1:{server.admin_port}"
        self.client = Client(("127.0.0.1", server.port), timeout=10, connect_timeout=10)
        browser.show("light", *DESKTOP)
        browser.open(f"{self.origin}/")

    def badge(self):
        return self.browser.element("#badge").text

    def tile(self, name):
        """The headline's number as it is written."""
        return self.browser.element(f"#tile-{name} b").text

    def reading(self, chart):
        """The figures that a chart tells, by their names, at the time that is looked at."""
        spoken = self.browser.element(f"#chart-{chart} .plot").get_attribute("aria-valuetext")
        return dict(re.findall(r"([a-z]\w*) (\S+?)(?=,?\s|$)", spoken))

    def readings(self, chart):
        """The same of each time that the chart shows, found with the keys."""
        plot = self.browser.element(f"#chart-{chart} .plot")
        plot.send_keys(Keys.HOME)
        found = [self.reading(chart)]
        while plot.get_attribute("aria-valuenow") != plot.get_attribute("aria-valuemax"):
            plot.send_keys(Keys.ARROW_RIGHT)
            found.append(self.reading(chart))
            require(len(found) <= MAX_ROWS, True)
        plot.send_keys(Keys.ESCAPE)
        self.browser.evaluate("document.activeElement.blur()")
        return found

    def count(self, selector):
        return self.browser.evaluate(f"document.querySelectorAll('{selector}').length")

    def rows(self):
        plot = self.browser.element("#chart-requests .plot")
        return int(plot.get_attribute("aria-valuemax") or 0)

    def save_picture(self, name):
        self.browser.save_picture(os.path.join(self._folder, f"{name}.png"))


def figure(written):
    """The number in "1.25k" or "75.0"."""
    number, factor = re.fullmatch(r"([\d.,]+)([kMG]?)", written).groups()
    return float(number.replace(",", "")) * FACTORS[factor]


def use(client):
    """A round of commands, of each kind that the page tells apart."""
    for i in range(KEYS):
        client.set(f"key{i}", b"value", noreply=False)
        for _ in range(GETS_THAT_HIT):
            require(client.get(f"key{i}"), b"value")
        for _ in range(GETS_THAT_MISS):
            require(client.get(f"missing{i}"), None)
        for _ in range(TOUCHES):
            require(client.touch(f"key{i}", 0, noreply=False), True)


def use_until(page, condition, what):
    def used():
        use(page.client)
        return condition()

    wait_until(used, what)


def check_badge_and_facts(page):
    wait_until(lambda: page.badge() == "ready", "the badge says ready")
    facts = page.browser.element("#facts").text
    require("io_uring" in facts or "epoll" in facts, True)
    links = page.browser.evaluate("[...document.links].map(link => link.href)")
    require(links, [f"{page.origin}/{path}" for path in ("metrics", "healthz", "readyz")])


def check_requests(page):
    end = page.rows() + BUSY_ROWS
    use_until(page, lambda: page.rows() > end, "the page shows the use")
    for kind in ("gets", "sets", "others"):
        rates = [figure(row[kind]) for row in page.readings("requests")]
        require(sum(rate > 0 for rate in rates) >= BUSY_ROWS, True)
    # Reading all that may have taken longer than an interval, in which there was no use.
    use_until(page, lambda: figure(page.tile("requests")) > 0, "the headline shows the use")


def check_hit_ratio(page):
    def is_as_made(written):
        return (written != NONE and
                abs(float(written) - HIT_PERCENT) <= HIT_PERCENT_TOLERANCE)

    # The first and the last interval of the use may hold too few gets to be near.
    require(sum(is_as_made(row["hits"]) for row in page.readings("hit-ratio")) >= BUSY_ROWS, True)
    use_until(page, lambda: is_as_made(page.tile("hit-ratio")), "the headline shows the ratio")


def check_latency(page):
    """How long they took is not asked, but whether it is told."""
    measured = [row for row in page.readings("latency") if row["p50"] != NONE]
    require(len(measured) >= BUSY_ROWS, True)
    require(all(figure(row["p99"]) > 0 for row in measured), True)


def check_levels(page):
    require(page.tile("items"), str(KEYS))
    require(figure(page.tile("connections")) >= 1, True)
    require(0 < float(page.tile("memory")) < MEMORY_MIB, True)
    require(page.browser.element("#memory-total").text.endswith(f" of {MEMORY_MIB} MiB"), True)
    require(page.count("#parts li"), 7)


def check_evictions(page):
    require([row["evictions"] for row in page.readings("evictions") if row["evictions"] != "0"], [])
    for i in range(2 * MEMORY_MIB):
        page.client.set(f"large{i}", LARGE_VALUE, noreply=False)
    use_until(page, lambda: any(row["evictions"] != "0" for row in page.readings("evictions")),
              "the page shows evictions")


def check_drawn(page):
    """Each chart has its curves, and marks with words on both axes."""
    for chart, curves in (("requests", 3), ("hit-ratio", 1), ("latency", 2), ("memory-used", 2),
                          ("connections", 1), ("evictions", 1)):
        require(page.count(f"#chart-{chart} .plot .curve") >= curves, True)
        require(page.count(f"#chart-{chart} .plot text") >= 5, True)


def check_schemes(page):
    colours = []
    for scheme in ("light", "dark"):
        page.browser.show(scheme, *DESKTOP)
        colours.append(page.browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.save_picture(f"desktop-{scheme}")
    require(len(set(colours)), 2)


def check_phone(page):
    page.browser.show("light", *PHONE)
    require(page.browser.evaluate("document.documentElement.clientWidth"), PHONE[0])
    require(page.browser.evaluate("document.documentElement.scrollWidth"), PHONE[0])
    page.save_picture("phone")
    page.browser.show("light", *DESKTOP)


def check_asks_nobody_else(page):
    """And the console has nothing to complain of, such as what the page's policy forbids."""
    asked = set(page.browser.requested(f"{page.origin}/"))
    require({url for url in asked if not url.startswith("data:")},
            {f"{page.origin}/", f"{page.origin}/status.json"})
    require(page.browser.complaints(), [])


def check_stopped(page):
    """The server has ended: the last picture stays, and is seen to be old."""
    wait_until(lambda: page.badge().startswith("no answer from the server since"),
               "the badge says that nobody answers")
    require(page.browser.evaluate("getComputedStyle(document.querySelector('main')).opacity < 1"),
            True)
    require(len(page.readings("requests")) >= BUSY_ROWS, True)
    page.save_picture("stopped")


WHILE_IT_RUNS = [check_badge_and_facts, check_requests, check_hit_ratio, check_latency,
                 check_levels, check_evictions, check_drawn, check_schemes, check_phone,
                 check_asks_nobody_else]


def run(check, page):
    print(f"{check.__name__}: ", end="", flush=True)
    check(page)
    print("passed")


def test(daemon, folder):
    with Browser() as browser:
        with ServerProcess(daemon, "0", "-m", str(MEMORY_MIB), "--admin=127.0.0.1:0") as server:
            page = Page(browser, server, folder)
            for check in WHILE_IT_RUNS:
                run(check, page)
            page.client.close()
        run(check_stopped, page)


def main():
    with tempfile.TemporaryDirectory() as folder:
        test(sys.argv[1], os.environ.get("RINGCACHED_SCREENSHOTS", folder))


if __name__ == "__main__":
    main()
