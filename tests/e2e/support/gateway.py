# SPDX-License-Identifier: Apache-2.0
"""A gateway in a temporary folder: root, state, log, home and configuration, connectors with real git remotes, and the
agent as a child process with a clean environment. It is for the tests, the demo and other suites, so it does not use pytest.

    gateway = Gateway(folder)
    meter = gateway.connector("smart-meter", "paho-mqtt,1.3.1\\n")
    meter.push({"main.py": "print(2)\\n"}, "Second version")
    run = gateway.now()
    run.must("smart-meter", code=0, outcome="updated")
"""
from __future__ import annotations

import functools
import json
import os
import shlex
import signal
import subprocess
import time
from pathlib import Path
from typing import Callable, Iterator

from completed import Completed
from tools import SYSTEM_PATH, tool
from virtualenvs import Virtualenv

PROJECT = Path(__file__).resolve().parents[3]
# The program under test: a path, or a command line such as "qemu-aarch64-static build/aarch64/gup-agent".
AGENT = shlex.split(os.environ.get("GUP_AGENT") or str(PROJECT / "build/native/gup-agent"))


@functools.cache
def agent_can_be_executed() -> bool:
    """True if the kernel can run the binary, so that it can start itself: it is native, or binfmt_misc has a handler."""
    try:
        return subprocess.run([AGENT[-1], "version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


@functools.cache
def is_sanitized() -> bool:
    return b"(sanitized)" in Path(AGENT[-1]).read_bytes()


def wait_for(fact: Callable[[], object], what: str, seconds: float = 20.0):
    """Waits until `fact` is true and returns it; fails after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        value = fact()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.01)


def git(*arguments: object, cwd: Path | None = None, check: bool = True) -> str:
    """Runs git without any configuration of this machine; returns stdout without its last newline."""
    environment = {
        "PATH": SYSTEM_PATH, "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Author", "GIT_AUTHOR_EMAIL": "author@example.org",
        "GIT_COMMITTER_NAME": "Author", "GIT_COMMITTER_EMAIL": "author@example.org",
    }
    options = ["-c", "init.defaultBranch=main", "-c", "protocol.file.allow=always", "-c", "safe.directory=*"]
    done = subprocess.run([tool("git"), *options, *map(str, arguments)], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if check and done.returncode != 0:
        raise AssertionError(f"git {' '.join(map(str, arguments))}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="surrogateescape").rstrip("\n")


def write_files(folder: Path, files: dict[str, str | bytes | None]) -> None:
    """Writes each path below `folder`; None removes it."""
    for name, content in files.items():
        path = folder / name
        if content is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def remove(path: Path) -> None:
    subprocess.run(["rm", "-rf", "--", str(path)], check=True)


def snapshot(folder: Path, without: tuple[str, ...] = ()) -> dict[str, tuple]:
    """Everything below `folder` byte for byte: kind, mode and content of each path, except below the names `without`."""
    seen: dict[str, tuple] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in without]
        for name in sorted(folders + files):
            path = Path(place) / name
            key = str(path.relative_to(folder))
            if path.is_symlink():
                seen[key] = ("link", os.readlink(path))
            elif path.is_dir():
                seen[key] = ("folder", path.stat().st_mode)
            elif name not in without:
                seen[key] = ("file", path.stat().st_mode, path.read_bytes())
    return seen


class Remote:
    """A bare repository, and the author's own clone of it from which it moves."""

    def __init__(self, bare: Path, author: Path):
        self.bare, self.author = bare, author
        git("init", "-q", "--bare", "--template=", bare)
        git("init", "-q", "--template=", author)
        with open(author / ".git/config", "a") as config:
            config.write(f'[remote "origin"]\n\turl = {bare}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n')

    def git(self, *arguments: object, check: bool = True) -> str:
        """Runs git in the author's clone."""
        return git("-C", self.author, *arguments, check=check)

    def push(self, files: dict[str, str | bytes | None] | None = None, message: str = "Change", branch: str = "main") -> str:
        """Commits `files` (and other changes in the author's clone) and pushes; returns the commit."""
        if (self.author / ".git/HEAD").read_text() != f"ref: refs/heads/{branch}\n":
            self.git("checkout", "-q", "-B", branch)
        write_files(self.author, files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        self.git("push", "-q", "--force", "origin", f"HEAD:refs/heads/{branch}")
        return (self.author / ".git/refs/heads" / branch).read_text().strip()

    def tag(self, name: str, annotated: bool = False) -> None:
        self.git("tag", *(["-a", "-m", name] if annotated else []), name)
        self.git("push", "-q", "origin", f"refs/tags/{name}")

    def rewind(self, commit: str, branch: str = "main") -> None:
        """Removes the commits after `commit` from the remote."""
        self.git("reset", "-q", "--hard", commit)
        self.git("push", "-q", "--force", "origin", f"HEAD:refs/heads/{branch}")


class Connector:
    """A folder under root: a clone of its remote."""

    def __init__(self, name: str, path: Path, remote: Remote):
        self.name, self.path, self.remote = name, path, remote

    def push(self, files: dict[str, str | bytes | None] | None = None, message: str = "Change", **options) -> str:
        return self.remote.push(files, message, **options)

    def git(self, *arguments: object, check: bool = True) -> str:
        """Runs git in the connector's folder, like a person who logs in."""
        return git("-C", self.path, *arguments, check=check)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD")

    @property
    def changes(self) -> str:
        return self.git("status", "--porcelain")

    def read(self, name: str) -> str:
        return (self.path / name).read_bytes().decode()

    def snapshot(self) -> dict[str, tuple]:
        """The work tree without git's own files."""
        return snapshot(self.path, without=(".git",))


class Gateway:
    """One device. All files are below `folder`; nothing is shared with another gateway."""

    def __init__(self, folder: Path, agent: list[str] | None = None):
        self.folder, self.agent = Path(folder), agent or AGENT
        self.root, self.home, self.state = self.folder / "root", self.folder / "home", self.folder / "state"
        self.log, self.config_file = self.folder / "log/gup.log", self.folder / "gup-agent.toml"
        self.temporary = self.folder / "tmp"
        self.environment = {"HOME": str(self.home), "PATH": SYSTEM_PATH, "LC_ALL": "C.UTF-8",
                            "TMPDIR": str(self.temporary)}
        for place in (self.root, self.home, self.state, self.log.parent, self.temporary):
            place.mkdir(parents=True, exist_ok=True)
        self.settings: dict[str, dict] = {
            "": {"root": str(self.root), "state": str(self.state), "log": str(self.log)},
            "run": {"delay": "0s", "reboot": False},
            "network": {"retries": 1, "retry-delay": "20ms"},
        }
        self.declared: dict[str, dict] = {}
        self.configure()

    def configure(self, section: str = "", **settings: object) -> None:
        """Changes keys of one section (None removes one; `_` stands for `-`) and writes the configuration file."""
        keys = self.settings.setdefault(section, {})
        for key, value in settings.items():
            keys[key.replace("_", "-")] = value
        lines = []
        for name, values in self.settings.items():
            lines += [f"[{name}]"] if name else []
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None]
        for name, values in self.declared.items():
            lines += ["[[connector]]", f"name = {json.dumps(name)}"]
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items() if value is not None]
        self.config_file.write_text("\n".join(lines) + "\n")

    def declare(self, name: str, **settings: object) -> Path:
        """A [[connector]] with a source or other settings; returns the path where it will be."""
        keys = self.declared.setdefault(name, {})
        for key, value in settings.items():
            keys[key.replace("_", "-")] = str(value) if isinstance(value, Path) else value
        self.configure()
        return self.root / name

    def remote(self, name: str) -> Remote:
        return Remote(self.folder / "remotes" / f"{name}.git", self.folder / "authors" / name)

    def connector(self, name: str, gupfile: str | bytes | None = "", files: dict[str, str | bytes] | None = None,
                  url: Callable[[Path], str] | None = None) -> Connector:
        """A connector at the first commit of a new remote. `url` makes the remote's URL from its path (default file://)."""
        remote = self.remote(name)
        content: dict[str, str | bytes | None] = {"README": f"{name}\n", **(files or {})}
        if gupfile is not None:
            content["gupfile"] = gupfile
        remote.push(content, "First")
        return self.clone(name, remote, url)

    def clone(self, name: str, remote: Remote, url: Callable[[Path], str] | None = None) -> Connector:
        path = self.root / name
        git("clone", "-q", "--template=", remote.bare, path)
        config = path / ".git/config"
        url_line, to = f"\turl = {remote.bare}\n", url(remote.bare) if url else remote.bare.as_uri()
        assert url_line in config.read_text()
        config.write_text(config.read_text().replace(url_line, f"\turl = {to}\n"))
        return Connector(name, path, remote)

    def virtualenv(self, name: str, where: Path | None = None, pip: bool = True) -> Virtualenv:
        """A virtualenv for connector `name`. With pip it is a real one; without, it has only the files that the agent reads."""
        path = where or self.root / ".pyenv" / name
        return Virtualenv.real(path) if pip else Virtualenv.bare(path)

    def use_index(self, url: str) -> None:
        """Makes `url` the package index of this gateway's user."""
        folder = self.home / ".config/pip"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "pip.conf").write_text(f"[global]\nindex-url = {url}\n")

    def start(self, *arguments: object, env: dict[str, str] | None = None, wrapper: list[str] | None = None,
              **options) -> subprocess.Popen:
        """Starts the agent and returns at once; the caller must end it (see finish)."""
        if wrapper:  # LeakSanitizer cannot work under a tracer
            env = {"ASAN_OPTIONS": "detect_leaks=0", **(env or {})}
        command = [*(wrapper or []), *self.agent, "--config", str(self.config_file), *map(str, arguments)]
        return subprocess.Popen(command, env={**self.environment, **(env or {})}, cwd=self.folder,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

    def run(self, *arguments: object, timeout: float = 90.0, **options) -> Completed:
        """Runs the agent to its end; longer than `timeout` seconds is a failure of the test."""
        return finish(self.start(*arguments, **options), "--json" in arguments, timeout, self.log)

    def now(self, *names: str, **options) -> Completed:
        return self.run("now", "--json", *names, **options)

    def check(self, *names: str, **options) -> Completed:
        return self.run("check", "--json", *names, **options)

    def status(self, *names: str, **options) -> Completed:
        return self.run("status", "--json", *names, **options)

    def log_lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def remember(self) -> None:
        """Keeps a copy of root for restore()."""
        subprocess.run(["cp", "-a", str(self.root), str(self.folder / "remembered")], check=True)

    def restore(self) -> None:
        """Restores root as it was at remember(), without state of the agent."""
        remove(self.root)
        remove(self.state)
        subprocess.run(["cp", "-a", str(self.folder / "remembered"), str(self.root)], check=True)

    def discard(self) -> None:
        remove(self.folder)


def finish(process: subprocess.Popen, json_expected: bool = False, timeout: float = 90.0, log: Path | None = None) -> Completed:
    """Waits for a started agent. `log` is its gup.log."""
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        try:
            out, err = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the agent did not end within {timeout} s, and a child still has its output open") from None
        raise AssertionError(f"the agent did not end within {timeout} s\n{out.decode()}\n{err.decode()}") from None
    return Completed(process.returncode, out.decode(), err.decode(), json_expected, log)


# Calls that change a folder, or flush it.
CHANGING = ("rename", "renameat", "renameat2", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "fsync", "syncfs")


def kill_at(gateway: Gateway, call: str, number: int, command: tuple[str, ...] = ("now",), children: bool = True) -> bool:
    """Runs `command` and kills it when it enters its `number`th `call` (of any thread, or also of any child). Returns whether
    it made that call."""
    trace = gateway.folder / "trace"
    wrapper = [tool("strace"), "-f", *([] if children else ["-b", "execve"]), "-qq", "-o", str(trace), "-e", f"trace={call}",
               "-e", f"inject={call}:signal=KILL:when={number}"]
    gateway.run(*command, wrapper=wrapper)
    return "killed by SIGKILL" in trace.read_text()


def each_kill(gateway: Gateway, command: tuple[str, ...] = ("now",), calls: tuple[str, ...] = CHANGING,
              sampled: tuple[str, ...] = (), restore: Callable[[], None] | None = None) -> Iterator[str]:
    """Kills `command` before each of these calls (every third of those in `sampled`) and yields the call each time. `restore`
    restores the files before each try; by default it restores the copy of remember()."""
    restore = restore or gateway.restore
    for call in calls:
        number = 1
        while kill_at(gateway, call, number, command):
            yield f"{call} {number}"
            restore()
            number += 3 if call in sampled else 1
        restore()
