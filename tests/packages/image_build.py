"""Carries out the steps of the Dockerfile in roots made of a tar file, as `docker build` does in
images.

The tar file is tests/packages/base_root's, in place of debian:12-slim: debootstrap's minbase, of
which the slim image is made too. That leaves out documents, manual pages and translations beside it,
tells dpkg and apt to do so too, and has apt's lists of updates and security fixes. So what is added
has documents here that it does not have there.
"""

import fnmatch
import os
import pathlib
import shutil
import subprocess
import time

import dockerfile_steps

BASE = "debian:12-slim"

# What an engine gives a command of the environment that it was started from.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}

# In a mount namespace of its own, so that the mounts go with the command, however it ends; and so
# do its processes. An engine gives the machine's resolver to the command too.
RUN = """
set -e
mount -t proc proc "$1/proc"
mount --bind /etc/resolv.conf "$1/etc/resolv.conf"
exec chroot "$1" /bin/sh -c "cd $2; $3"
"""


class Image:
    """A root, and what an engine keeps beside it."""

    def __init__(self, folder, base_tar):
        self.root = folder
        self.user = "0"
        self.folder = "/"
        self.exposed, self.health_check, self.entry_point = [], None, []
        folder.mkdir()
        subprocess.run(["tar", "--extract", "--numeric-owner", "--file", base_tar, "--directory",
                        folder], check=True)
        # base_root makes its folder for root alone.
        folder.chmod(0o755)
        # As debian:12-slim has it: dpkg does not wait for the disk.
        (folder / "etc/dpkg/dpkg.cfg.d/docker-apt-speedup").write_text("force-unsafe-io\n", "ascii")
        self._base = self._listing()

    def added(self):
        """{path: bytes} of the files that are not in the base as they are now: what would be stored
        for the image beside its base."""
        return {path: facts[0] for path, facts in self._listing().items()
                if self._base.get(path) != facts}

    def path(self, path):
        return self.root / os.path.join(self.folder, path).lstrip("/")

    def _listing(self):
        found = {}
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = os.path.join(folder, name)
                facts = os.lstat(path)
                found[path.removeprefix(str(self.root))] = (facts.st_size, facts.st_mtime_ns,
                                                            facts.st_mode)
        return found


class Context:
    """The folder from which COPY takes, without what .dockerignore leaves out."""

    def __init__(self, folder):
        self.folder = folder
        lines = (folder / ".dockerignore").read_text(encoding="utf-8").splitlines()
        self._patterns = [line.rstrip("/") for line in lines if line and not line.startswith("#")]

    def excludes(self, path):
        """The last pattern that names the path, or a folder above it, decides."""
        parts = pathlib.PurePath(path).parts
        excluded = False
        for pattern in self._patterns:
            wanted = pattern.lstrip("!").split("/")
            if len(parts) >= len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted)):
                excluded = not pattern.startswith("!")
        return excluded

    def may_have_some(self, folder):
        return any(pattern.startswith(f"!{folder}/") for pattern in self._patterns)

    def files(self, below):
        """Those in a folder, or the file itself, from the context's top."""
        if (self.folder / below).is_file():
            return [] if self.excludes(below) else [below]
        found = []
        for entry in sorted(os.listdir(self.folder / below)):
            path = os.path.normpath(os.path.join(below, entry))
            is_folder = (self.folder / path).is_dir()
            if not self.excludes(path) or (is_folder and self.may_have_some(path)):
                found += self.files(path)
        return found


def copy_from_context(context, image, source, target):
    """A folder's content, or one file; of the modes that they have, as root's."""
    files = context.files(source.rstrip("/"))
    if not files:
        raise FileNotFoundError(f"COPY {source}: .dockerignore leaves nothing of it")
    is_file = (context.folder / source).is_file()
    for file in files:
        below = pathlib.Path(file).relative_to(source.rstrip("/"))
        to = image.path(target) if is_file else image.path(target) / below
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(context.folder / file, to)
        os.chown(to, 0, 0)


def carry_out(step, image, context, others):
    words = step.words()
    if step.instruction == "WORKDIR":
        image.folder = step.rest
        image.path("").mkdir(parents=True, exist_ok=True)
    elif step.instruction == "COPY" and "from" in step.flags:
        source, target = words
        shutil.copytree(others[step.flags["from"]].path(source), image.path(target),
                        symlinks=True, dirs_exist_ok=True)
    elif step.instruction == "COPY":
        copy_from_context(context, image, *words)
    elif step.instruction == "RUN":
        subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", RUN,
                        "sh", image.root, image.folder, step.rest], stdin=subprocess.DEVNULL,
                       env=ENVIRONMENT, check=True)
    elif step.instruction == "USER":
        image.user = step.rest
    elif step.instruction == "EXPOSE":
        image.exposed = words
    elif step.instruction == "HEALTHCHECK":
        image.health_check = step
    elif step.instruction == "ENTRYPOINT":
        image.entry_point = step.command()
    else:
        raise ValueError(f"nothing is done here for {step}")


def build(sources, base_tar, folder):
    """The image of the last stage; others are beside it in the folder."""
    context = Context(sources)
    images = {}
    image = None
    text = (sources / "Dockerfile").read_text(encoding="utf-8")
    for number, stage in enumerate(dockerfile_steps.stages(text)):
        if stage.base != BASE:
            raise ValueError(f"FROM {stage.base}: here is {BASE} only")
        image = Image(folder / f"stage{number}", base_tar)
        images[stage.name] = image
        for step in stage.steps:
            start = time.monotonic()
            print(f"{step}", flush=True)
            carry_out(step, image, context, images)
            if step.instruction == "RUN":
                print(f"  ({time.monotonic() - start:.0f} s)", flush=True)
    return image
