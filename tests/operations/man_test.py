#!/usr/bin/python3 -B
"""usage: man_test.py DAEMON

The manual page of config/man: both programs that typeset such pages have nothing to say against it,
and its options are those of `ringcached --help`, in the same order, with the same defaults.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))

# pylint: disable=wrong-import-position
from client_checks import checks_of, require, run_each  # noqa: E402

PAGE = pathlib.Path(__file__).resolve().parents[2] / "config/man/ringcached.8"
TOOLS = {"mandoc": "mandoc", "groff": "groff-base"}
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "SIGNALS", "ENVIRONMENT", "FILES",
            "EXIT STATUS", "EXAMPLES", "SEE ALSO"]

# "  -p,--port PORT   TCP port" and "  --admin HOST:PORT   serve".
HELP_OPTION = re.compile(r"^  (?:(-\w),)?(--[\w-]+)", re.MULTILINE)
# ".It Fl p Ar port , Fl -port Ns = Ns Ar port"
PAGE_OPTION = re.compile(r"^\.It (?:Fl (\w)\b.* , )?Fl -([\w-]+)")


def run(*command):
    """What it prints."""
    return subprocess.run(list(map(str, command)), text=True, check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, env=dict(os.environ, LC_ALL="C.UTF-8")).stdout


def options_of_help(daemon):
    """[(letter or "", name, text)]"""
    text = run(daemon, "--help")
    found = list(HELP_OPTION.finditer(text))
    ends = [option.start() for option in found[1:]] + [len(text)]
    return [((option[1] or "").strip("-"), option[2].strip("-"), text[option.end():end])
            for option, end in zip(found, ends)]


def options_of_page():
    """[(letter or "", name, text)]"""
    found = []
    for item in PAGE.read_text("ascii").split("\n.It ")[1:]:
        option = PAGE_OPTION.match(".It " + item.partition("\n")[0])
        if option:
            found.append((option[1] or "", option[2], item.partition("\n")[2]))
    return found


def check_typesetters_are_content(_):
    # Styles are left out: there mandoc asks which other pages this machine has.
    require(run("mandoc", "-T", "lint", "-W", "warning", PAGE), "")
    require(run("groff", "-ww", "-mandoc", "-T", "utf8", "-z", PAGE), "")


def check_sections(_):
    require(re.findall(r"^\.Sh (.*)", PAGE.read_text("ascii"), re.MULTILINE), SECTIONS)


def check_options(daemon):
    expected = [option[:2] for option in options_of_help(daemon)]
    require(len(expected) > 40, True)
    require([option[:2] for option in options_of_page()], expected)


def check_defaults(daemon):
    page = {name: text for _, name, text in options_of_page()}
    with_default = 0
    for _, name, text in options_of_help(daemon):
        default = re.search(r"\(default ([^\s)]+)", text)
        if default:
            value = default[1].rstrip(",")
            # No part of another number.
            is_told = re.search(rf"(?<!\S){re.escape(value)}(?!\w)", page[name]) is not None
            require((name, value, is_told), (name, value, True))
            with_default += 1
    require(with_default > 10, True)


def main():
    daemon = os.path.abspath(sys.argv[1])
    for tool, package in TOOLS.items():
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is missing: apt-get install {package}")
    checks = checks_of(globals())
    run_each(checks, daemon)
    print(f"{len(checks)} checks passed, {len(options_of_page())} options")


if __name__ == "__main__":
    main()
