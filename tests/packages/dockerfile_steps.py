"""Reads a Dockerfile: the instructions that ours has. Any other is an error, so that none is passed
over that an engine would carry out.
"""

import dataclasses
import json
import re

# ENTRYPOINT and HEALTHCHECK as JSON lists only: of a string an engine makes a command of a shell,
# which would then be the process that is told to stop.
INSTRUCTIONS = ("FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT")
FLAGS = {"COPY": {"from"}, "HEALTHCHECK": {"interval", "timeout", "start-period"}}


@dataclasses.dataclass
class Step:
    """One instruction. The rest is what stands behind its flags."""
    instruction: str
    flags: dict
    rest: str

    def __str__(self):
        flags = [f"--{name}={value}" for name, value in self.flags.items()]
        return " ".join([self.instruction, *flags, self.rest])

    def words(self):
        return self.rest.split()

    def command(self):
        """Of ENTRYPOINT, or of HEALTHCHECK behind its CMD."""
        return json.loads(self.rest.removeprefix("CMD "))


@dataclasses.dataclass
class Stage:
    """What stands below one FROM."""
    base: str
    name: str
    steps: list


def steps(text):
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    return [step(line.strip()) for line in joined.splitlines() if line.strip()]


def step(line):
    instruction, *rest = line.split(None, 1)
    if instruction not in INSTRUCTIONS or not rest:
        raise ValueError(f"an instruction that is not known here: {line}")
    flags, rest = {}, rest[0]
    while match := re.match(r"--([a-z-]+)=(\S+)\s+", rest):
        flags[match[1]] = match[2]
        rest = rest[match.end():]
    if not set(flags) <= FLAGS.get(instruction, set()) or rest.startswith("--"):
        raise ValueError(f"a flag that is not known here: {line}")
    if instruction == "HEALTHCHECK" and not rest.startswith("CMD "):
        raise ValueError(f"not HEALTHCHECK CMD: {line}")
    return Step(instruction, flags, rest)


def stages(text):
    found = []
    for one in steps(text):
        if one.instruction == "FROM":
            base, _, name = one.rest.partition(" AS ")
            found.append(Stage(base, name, []))
        else:
            found[-1].steps.append(one)
    return found
