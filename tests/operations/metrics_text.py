"""Reads Prometheus' text format, strictly: what a server writes needs only a part of it."""

import dataclasses
import re

SAMPLE = re.compile(r"(?P<name>[a-z_]+)(\{(?P<labels>.*)\})? (?P<value>\S+)")
LABEL = re.compile(r'([a-z_]+)="([^"\\]*)",?')


@dataclasses.dataclass
class Family:
    """A metric with its samples: (name, labels, value)."""
    name: str
    help: str
    kind: str = ""
    samples: list = dataclasses.field(default_factory=list)

    def own_name(self, name):
        """Whether a sample of this name belongs to it."""
        ends = ("_bucket", "_sum", "_count") if self.kind == "histogram" else ("",)
        return name in [self.name + end for end in ends]

    def histograms(self):
        """[(labels without le, [(bound, count)], sum, count)] of a histogram."""
        found = {}
        for name, labels, value in self.samples:
            key = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
            buckets, numbers = found.setdefault(key, ([], {}))
            if name.endswith("_bucket"):
                buckets.append((float(labels["le"]), value))
            else:
                numbers[name.rpartition("_")[2]] = value
        return [(dict(key), buckets, numbers["sum"], numbers["count"])
                for key, (buckets, numbers) in found.items()]


def families(text):
    """{name: Family}. Each has one HELP, then one TYPE, then its samples."""
    found = {}
    last = None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            _, _, name, help_text = line.split(" ", 3)
            if name in found:
                raise AssertionError(f"{name} stands twice")
            last = found[name] = Family(name, help_text)
        elif line.startswith("# TYPE "):
            _, _, name, last.kind = line.split(" ")
            if name != last.name:
                raise AssertionError(f"the type of {name} does not follow its help")
        else:
            last.samples.append(sample(line, last))
    return found


def sample(line, family):
    parts = SAMPLE.fullmatch(line)
    if not parts or family is None or not family.own_name(parts["name"]):
        raise AssertionError(f"{line!r} has no HELP and TYPE before it, or is no sample")
    labels = LABEL.findall(parts["labels"] or "")
    if len(dict(labels)) != len(labels) or "".join(f'{k}="{v}",' for k, v in labels) != (
            parts["labels"] + "," if parts["labels"] else ""):
        raise AssertionError(f"the labels of {line!r}")
    return parts["name"], dict(labels), float(parts["value"])
