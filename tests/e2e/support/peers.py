# SPDX-License-Identifier: Apache-2.0
"""One fixture for git and the agent: a connector, its configuration and environment, and what each of the two does with it."""
from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from gateway import PROJECT, Connector, Gateway
from recorder import Answer, Asked, Recorder
from servers import Sshd, Web
from tools import SYSTEM_PATH, tool

DOCUMENT = PROJECT / "docs/reference/git-settings.md"
DEAD = "http://127.0.0.1:9/dead.git"


@dataclass
class Seen:
    """What one program did: whether it was content, its reason if not, and what a recorder heard of it."""

    ok: bool
    reason: str
    hint: str = ""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    logins: set[str] = field(default_factory=set)
    certificates: list[str] = field(default_factory=list)

    def header(self, name: str) -> set[str]:
        return {headers[name] for _, headers in self.requests if name in headers}


class Peers:
    """`git` and `agent` ask the connector's remote once, with the same files and variables."""

    def __init__(self, gateway: Gateway, web: Web, sshd: Sshd):
        self.gateway, self.web, self.sshd = gateway, web, sshd
        self.connector: Connector | None = None
        self.recorder: Recorder | None = None
        self.variables: dict[str, str] = {}
        self.wrapper: list[str] = []

    # ---- the fixture

    def remote(self, url: Callable[[Path], str] | str | None = None) -> Connector:
        """A connector whose remote is `url` (default: nginx, over http)."""
        make = (lambda _: url) if isinstance(url, str) else url or self.web.http
        self.connector = self.gateway.connector("meter", url=make)
        return self.connector

    def record(self, answer: Callable[[Asked], Answer] = lambda _: (403, {}, b""), tls=None, user: str = "") -> Recorder:
        """A connector whose remote is a server that refuses, and records what it was asked."""
        self.recorder = Recorder(answer, tls)
        host = "localhost" if tls else "127.0.0.1"
        self.remote(self.recorder.url("meter.git", host).replace("://", f"://{user}@" if user else "://"))
        return self.recorder

    def config(self, text: str, name: str = ".gitconfig") -> Path:
        """A file below the home."""
        path = self.gateway.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def local(self, text: str) -> None:
        with open(self.connector.path / ".git/config", "a") as file:
            file.write(text)

    @property
    def carrier(self) -> str:
        """A setting that a dead remote needs: it names the good one."""
        return f'[url "{self.web.http(self.connector.remote.bare)}"]\n\tinsteadOf = {DEAD}\n'

    # ---- the two

    def git(self, *arguments: str, folder: Path | None = None) -> Seen:
        environment = {"HOME": str(self.gateway.home), "PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8",
                       "GIT_TERMINAL_PROMPT": "0", **self.variables}
        self._forget()
        done = subprocess.run([*self.wrapper, tool("git"), *(arguments or ("fetch", "-q"))], env=environment,
                              cwd=folder or self.connector.path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120)
        return self._seen(done.returncode == 0, done.stderr)

    def agent(self, command: str = "now") -> Seen:
        self._forget()
        run = self.gateway.run(command, "--json", env=self.variables, wrapper=self.wrapper)
        one = run["meter"]
        return self._seen(one["outcome"] in ("unchanged", "updated"), one["reason"], one["hint"])

    def both(self) -> tuple[Seen, Seen]:
        return self.git(), self.agent()

    def agree(self, ok: bool) -> None:
        """Both are content, or neither is."""
        git, agent = self.both()
        assert (git.ok, agent.ok) == (ok, ok), f"git: {git}\nagent: {agent}"

    def copy(self) -> Path:
        """A copy of the connector, for a git that changes it."""
        place = self.gateway.folder / "copy"
        shutil.copytree(self.connector.path, place, symlinks=True)
        return place

    def doctor(self) -> str:
        run = self.gateway.run("doctor", env=self.variables, timeout=120)
        return run.out + run.err

    def is_named_by_doctor(self, name: str) -> bool:
        return name.lower() in self.doctor().lower()

    def stop(self) -> None:
        if self.recorder:
            self.recorder.stop()

    def _forget(self) -> None:
        if self.recorder:
            self.recorder.forget()

    def _seen(self, ok: bool, reason: str, hint: str = "") -> Seen:
        if not self.recorder:
            return Seen(ok, reason, hint)
        return Seen(ok, reason, hint, list(self.recorder.requests), self.recorder.logins(), list(self.recorder.certificates))


def with_own_etc(folder: Path, name: str, text: str) -> list[str]:
    """A command line in front of a program, which sees another file `name` in /etc."""
    place = folder / "etc"
    if not place.exists():
        shutil.copytree("/etc", place, symlinks=True, ignore_dangling_symlinks=True)
    (place / name).write_text(text)
    inner = f'mount --bind {place} /etc && exec "$@"'
    return [tool("unshare"), "-m", "sh", "-c", inner, "sh"]


class Cases:
    """A function for each row of one table of docs/reference/git-settings.md."""

    def __init__(self, heading: str):
        self.heading = heading
        self.functions: dict[str, Callable[[Peers], None]] = {}

    def rows(self) -> list[str]:
        """The first column of the table, without backquotes."""
        return [name for heading, name in _rows() if heading == self.heading]

    def add(self, *names: str):
        def keep(function: Callable[[Peers], None]):
            for name in names:
                assert name not in self.functions, name
                self.functions[name] = function
            return function
        return keep

    def run(self, name: str, peers: Peers) -> None:
        assert name in self.functions, f"{DOCUMENT} has a row {name}, which has no case"
        self.functions[name](peers)


def _rows() -> list[tuple[str, str]]:
    """Heading and first column of each row that says how the agent treats a setting."""
    found, heading = [], ""
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("## "):
            heading = line[3:]
        cells = [cell.strip() for cell in line.split("|")]
        if line.startswith("| ") and len(cells) == 5 and cells[2] in ("used", "ignored", "refused"):
            found.append((heading, cells[1].replace("`", "")))
    return found


HEADINGS = sorted({heading for heading, _ in _rows()})


def ignored_variable(name: str, value: Callable[[Peers], str], git_ok: bool) -> Callable[[Peers], None]:
    """A case: the variable changes what git does, or nothing visible; the agent goes on, and doctor names it."""
    def run(peers: Peers) -> None:
        peers.remote()
        peers.variables[name] = value(peers)
        git, agent = peers.both()
        assert (git.ok, agent.ok) == (git_ok, True), (git, agent)
        assert peers.is_named_by_doctor(name)
    return run
