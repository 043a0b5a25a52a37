# SPDX-License-Identifier: Apache-2.0
"""The reference update of the endurance suites: the code and pins of one connector move together. Afterwards it has the old pair,
the new pair, or neither.

Files are changed, added, removed and turned into folders. One pin changes and one stays; the wheels are in a folder. Hooks run before
and after, and a health check at the end. The connector is in place or in releases. Everything is real: a git remote, a virtualenv made
by Python, pip. pip takes two thirds of the time. So after use("quick") another installer replaces it, which makes the same changes on
disk in a twentieth of the time.
"""
from __future__ import annotations

import base64
import concurrent.futures
import csv
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Callable

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tests/e2e/support"))

from gateway import AGENT, Connector, Gateway, Remote, remove  # noqa: E402, F401
from tools import tool  # noqa: E402
from virtualenvs import Virtualenv  # noqa: E402
from wheels import make_wheel  # noqa: E402

NAME = "meter"
LAYOUTS = ("in-place", "releases")
PIP_EVERY = 4  # one of so many interrupted updates has the real pip
BIG = {f"module_{number}.py": f"number = {number}\n" * 100 for number in range(8)}
OLD_GUPFILE = """[connector]
persist = ["settings.ini"]
[dependencies]
gup-one = "1.0"
gup-two = "1.0"
[health]
command = "true"
within = 5
every = 1
"""
OLD_FILES = {"main.py": "version = 1\n", "lib/kept.py": "kept = 1\n", "lib/changed.py": "changed = 1\n" * 200, "gone.py": "1\n",
             "turned": "a file\n", "settings.ini": "default\n", "gupfile": OLD_GUPFILE}
NEW_FILES = {"main.py": "version = 2\n", "lib/changed.py": "changed = 2\n" * 200, "gone.py": None, "turned": None,
             "new/file.py": "new = 2\n" * 300, "gupfile": OLD_GUPFILE.replace('one = "1.0"', 'one = "2.0"')}

# Installs gup-one 2.0 as pip does: it renames the old files, writes the new ones one by one, and RECORD last.
QUICK = """#!/usr/bin/python3 -IS
import os, sys, zipfile
if "--python" not in sys.argv:
    sys.exit(0)
venv = os.path.dirname(os.path.dirname(sys.argv[sys.argv.index("--python") + 1]))
site = next(os.path.join(venv, "lib", name, "site-packages") for name in os.listdir(os.path.join(venv, "lib")))
old, new = "gup_one-1.0.dist-info", "gup_one-2.0.dist-info"
if not os.path.isdir(os.path.join(site, old)):
    sys.exit(0)
with open(os.path.join(site, old, "RECORD")) as file:
    names = [line.rsplit(",", 2)[0] for line in file.read().splitlines()]
for name in names:
    if os.path.exists(os.path.join(site, name)):
        os.rename(os.path.join(site, name), os.path.join(site, name + "~"))
rows = []
with zipfile.ZipFile({wheel!r}) as wheel:
    for name in sorted(wheel.namelist(), key=lambda name: name.endswith("/RECORD")):
        os.makedirs(os.path.dirname(os.path.join(site, name)), exist_ok=True)
        data = wheel.read(name)
        if name.endswith("/RECORD"):
            data = data + (new + "/INSTALLER,,4\\n").encode()
            with open(os.path.join(site, new, "INSTALLER"), "w") as file:
                file.write("pip\\n")
        with open(os.path.join(site, name), "wb") as file:
            file.write(data)
for name in names:
    if os.path.exists(os.path.join(site, name + "~")):
        os.unlink(os.path.join(site, name + "~"))
for name in os.listdir(os.path.join(site, old)):
    os.unlink(os.path.join(site, old, name))
os.rmdir(os.path.join(site, old))
"""


class Reference:
    """The gateway is in `place`; remote, author and wheels are in `outside`."""

    def __init__(self, place: Path, outside: Path, layout: str = "in-place"):
        self.gateway = Gateway(place)
        self.layout = layout
        self.outside = outside
        outside.mkdir()
        self.gateway.config_file = outside / "gup-agent.toml"
        self.gateway.configure()
        self.remote: Remote | None = None
        self.old = self.new = ""

    def make(self) -> None:
        """The old pair, as after a first night; the remote has the new one."""
        wheels = self.outside / "wheels"
        for version in ("1.0", "2.0"):
            extra = {f"gup_one_parts/{name}": text + f"version = {version!r}\n" for name, text in BIG.items()}
            make_wheel(wheels, "gup-one", version, extra=extra)
        make_wheel(wheels, "gup-two", "1.0")
        self._make_hooks()
        quick = self.outside / "quick"
        quick.write_text(QUICK.replace("{wheel!r}", repr(str(wheels / "gup_one-2.0-py3-none-any.whl"))))
        quick.chmod(0o755)
        pip = self.gateway.home / ".config/pip"
        pip.mkdir(parents=True)
        (pip / "pip.conf").write_text(f"[global]\nno-index = true\nfind-links = {wheels}\n")
        self.remote = Remote(self.outside / "remote.git", self.outside / "author")
        self.old = self.remote.push(OLD_FILES, "Old")
        connector = self.gateway.clone(NAME, self.remote)
        (connector.path / "settings.ini").write_text("of this gateway\n")
        self.environment.parent.mkdir()
        Virtualenv.real(self.environment)
        run = self.gateway.now()
        if self.layout == "releases":
            run = self.gateway.run("adopt", NAME)
        assert run.code == 0 and self.pair() == "old", (run, self.pair())
        self.new = self.remote.push(NEW_FILES, "New")
        (self.remote.author / "turned").mkdir()
        self.new = self.remote.push({"turned/inside.py": "inside = 2\n"}, "Newer")

    def _make_hooks(self) -> None:
        for phase in ("pre_update", "post_update"):
            hook = self.outside / phase / "10-hook"
            hook.parent.mkdir()
            hook.write_text("#!/bin/sh\nexec cat $CURRENT_CONFIG/main.py\n")
            hook.chmod(0o755)
            self.gateway.configure("hooks", **{phase: str(hook.parent)})

    def use(self, installer: str) -> None:
        """`pip`, or `quick`."""
        stand_in = {"installer": "uv", "uv": str(self.outside / "quick")}
        self.gateway.configure("python", **(stand_in if installer == "quick" else {"installer": None, "uv": None}))

    @property
    def connector(self) -> Connector:
        return Connector(NAME, self.gateway.root / NAME, self.remote)

    @property
    def repository(self) -> Path:
        in_place = self.connector.path / ".git"
        return in_place if self.layout == "in-place" else self.gateway.root / ".gup" / NAME / "repository"

    @property
    def environment(self) -> Path:
        return self.gateway.root / ".pyenv" / NAME

    def damages(self) -> list[str]:
        """Damages of the virtualenv at its path: files of its RECORDs that are missing or have other content."""
        site = next(iter((self.environment / "lib").glob("python*/site-packages")), None)
        if site is None:
            return [f"{self.environment} has no site-packages"]
        found = []
        for record in sorted(site.glob("*.dist-info/RECORD")):
            for name, digest, _ in csv.reader(record.read_text().splitlines()):
                file = site / name
                if not file.is_file():
                    if not name.endswith(".pyc"):
                        found.append(f"{name}: missing, of {record.parent.name}")
                elif digest and digest.split("=", 1)[1] != digest_of(file):
                    found.append(f"{name}: {file.stat().st_size} bytes of other content, of {record.parent.name}")
        return found

    def code(self) -> str:
        """`old` or `new`: the commit, and its files to the last byte except the one that the operator changed."""
        if self.layout == "releases":
            commit = json.loads(self.connector.read("generation.json"))["commit"]
            changes = self._changes_since(commit)
        else:
            commit, changes = self.connector.head, self.connector.changes
        name = {self.old: "old", self.new: "new"}.get(commit, commit)
        return name if changes in (" M settings.ini", " T settings.ini") else f"{name} with changes {changes!r}"

    def _changes_since(self, commit: str) -> str:
        """The changes of a release's files in the form of `git status`; the release has no index."""
        command = [tool("git"), "-c", "safe.directory=*", "-c", "core.bare=false", "--git-dir", self.repository, "--work-tree", "."]

        def tell(*arguments: str) -> list[str]:
            return subprocess.run([*command, *arguments], cwd=self.connector.path, check=True, capture_output=True, text=True,
                                  env={**os.environ, "GIT_INDEX_FILE": str(self.outside / "index")}).stdout.splitlines()

        tell("read-tree", commit)
        changed = [" " + line.replace("\t", " ") for line in tell("diff", "--name-status")]
        others = [f"?? {path}" for path in tell("ls-files", "--others") if path != "generation.json" and path.split("/")[0] != ".venv"]
        return "\n".join(changed + others)

    def pins(self) -> str:
        """`old` or `new`, by the imports of a program in the virtualenv and by its records."""
        environment = Virtualenv(self.environment)
        installed = environment.installed()
        installed.pop("pip", None)
        versions = [installed.get("gup-one"), installed.get("gup-two"), environment.imported_version("gup_one")]
        names = {("1.0", "1.0", "1.0"): "old", ("2.0", "1.0", "2.0"): "new"}
        return names.get(tuple(versions), f"gup-one {versions[0]}, gup-two {versions[1]}, imported {versions[2]}")

    def pair(self) -> str:
        """`old`, `new`, or a description of a mixed or broken pair."""
        try:
            damages, code, pins = self.damages(), self.code(), self.pins()
        except Exception as error:  # any error of git or Python: the pair is not complete
            return f"broken: {error}"
        if damages:
            return f"broken: {'; '.join(damages[:3])}"
        return code if code == pins else f"mixed: code {code}, pins {pins}"

    def verdict(self, then: str = "recover") -> tuple[str, str]:
        """After an interruption: the pair after the next start, and the faults (empty: none). Before that start, the imports of a
        program must already work."""
        damages = self.damages()
        try:
            before = self.pins()
        except Exception as error:
            before = f"broken: {error}"
        if damages or before not in ("old", "new"):
            return before, f"before the next start: {'; '.join([*damages[:3], before])}"
        run = self.gateway.run(then)
        pair = self.pair()
        if run.code != 0 or pair not in (("old", "new") if then == "recover" else ("new",)):
            return pair, f"after {then}: {pair}: {run}"
        run = self.gateway.now()
        if run.code != 0 or self.pair() != "new":
            return pair, f"the run after that: {self.pair()}: {run}"
        left = self.leftovers()
        return pair, f"left behind: {', '.join(left)}" if left else ""

    def leftovers(self) -> list[str]:
        """Leftovers of an interrupted update: journals, lock files, unused generations, temporary folders."""
        gateway = self.gateway
        found = [f"journal {path.name}" for path in (gateway.state / "journal").glob("*")]
        found += [str(path) for path in self.repository.rglob("*.lock")]
        found += [str(path) for path in (self.repository / "objects/pack").glob("*tmp*")]
        found += [str(path) for path in gateway.temporary.iterdir()]
        generations = gateway.root / ".gup" / NAME
        if generations.is_dir():
            kept = [path for path in generations.iterdir() if path.is_dir() and path.name not in ("repository", "shared")]
            found += [f"{path} is no generation" for path in kept if not (path / "generation.json").exists()]
            # Releases and generations of a checkout are counted separately.
            kept = [path for path in kept if (path / "gupfile").exists() == (self.layout == "releases")]
            found += [f"{len(kept)} generations"] if len(kept) > 2 else []
        found += [str(path) for path in (gateway.root / ".pyenv").iterdir() if path.name not in (NAME, ".gup")]
        return found


def digest_of(file: Path) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).decode().rstrip("=")


def in_parallel(jobs: int, work: Callable[[int], None]) -> None:
    """Calls work(0), work(1), … at the same time; raises what the first of them raised."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(work, number) for number in range(jobs)]:
            future.result()
