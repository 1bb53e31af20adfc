"""Result files of bench/: facts, an empty line, a table, and whatever follows behind another one."""

import pathlib
import re

RESULTS = pathlib.Path(__file__).parent / "results"


class ResultFile:
    """facts: name -> text; rows: a dict for each line of the table, all of text."""

    def __init__(self, path):
        self.path = path
        facts, table = path.read_text(encoding="utf-8").split("\n\n")[:2]
        self.facts = dict(re.findall(r"^(\S+): +(.*)$", facts, re.M))
        names, *lines = [line.split() for line in table.strip().split("\n")]
        self.rows = [dict(zip(names, line, strict=True)) for line in lines]

    @property
    def name(self):
        return self.path.name

    def row(self, **wanted):
        """The one row with these words in these columns."""
        found = [row for row in self.rows if wanted.items() <= row.items()]
        if len(found) != 1:
            raise ValueError(f"{self.name}: {len(found)} rows with {wanted}")
        return found[0]


def newest(what, folder=RESULTS):
    """The newest file of its kind. The name ends with the date, and with nothing else."""
    files = sorted(folder.glob(f"{what}-[0-9]*.txt"))
    if not files:
        raise FileNotFoundError(f"{folder}/{what}-*.txt: nothing has measured this yet")
    return ResultFile(files[-1])
