# SPDX-License-Identifier: Apache-2.0
"""Helpers of the tests of `add` and `deploy-key`."""
from __future__ import annotations

import pwd
import subprocess
from pathlib import Path

from gateway import Completed, Gateway, Remote, snapshot
from tools import tool
from virtualenvs import template


def make_remote(gateway: Gateway, name: str, gupfile: str | None = "", branch: str = "main") -> Remote:
    """A repository that can be added; its default branch is `branch`."""
    remote = gateway.remote(name)
    files = {"main.py": "print(1)\n"}
    remote.push({**files, **({} if gupfile is None else {"gupfile": gupfile})}, "First", branch=branch)
    (remote.bare / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    return remote


def add(gateway: Gateway, url: object, *arguments: object, **options) -> Completed:
    return gateway.run("add", "--json", str(url), *arguments, **options)


# Stand-ins for `python3 -m venv`: one makes only the files that the agent reads, which any user can; one copies a real
# virtualenv with pip.
BARE = ('mkdir -p "$3/bin" "$3/lib/python3.11/site-packages" && ln -s /usr/bin/python3 "$3/bin/python" && '
        'printf "home = /usr/bin\\nversion = 3.11.2\\n" > "$3/pyvenv.cfg"')
COPY = 'for place; do :; done; mkdir -p "$place" && cp -a {template}/. "$place"'


def use_quick_python(gateway: Gateway, body: str = BARE) -> None:
    """An interpreter that executes only the shell commands `body`; the last argument is the path of the new virtualenv,
    and "$3" for those of `add`."""
    script = gateway.folder / "quick-python"
    script.write_text("#!/bin/sh\n" + (body.format(template=template()) if body is COPY else body) + "\n")
    script.chmod(0o755)
    gateway.configure("python", interpreter=str(script))


def traces(gateway: Gateway) -> dict[str, dict]:
    """All files that a failed `add` could have left, byte for byte."""
    return {"root": snapshot(gateway.root), "home": snapshot(gateway.home), "temporary": snapshot(gateway.temporary),
            "state": snapshot(gateway.state, without=("lock",))}


class Untouched:
    """Asserts that a block of code leaves no trace."""

    def __init__(self, gateway: Gateway):
        self.gateway = gateway
        (gateway.state / "journal").mkdir(exist_ok=True)  # stays, empty

    def __enter__(self):
        self.before = traces(self.gateway)

    def __exit__(self, kind, *rest) -> None:
        if kind is not None:
            return
        after = traces(self.gateway)
        for place, files in self.before.items():
            assert sorted(after[place]) == sorted(files), place
            assert after[place] == files, place


def another_user() -> pwd.struct_passwd:
    """A user of this machine who is not root."""
    return next(entry for entry in pwd.getpwall() if 0 < entry.pw_uid < 60000)


def owners(path: Path) -> set[int]:
    return {path.lstat().st_uid} | {item.lstat().st_uid for item in path.rglob("*")}


def fingerprint(public_key: Path) -> str:
    """SHA256:…, from the system's ssh-keygen."""
    shown = subprocess.run([tool("ssh-keygen"), "-lf", str(public_key)], check=True, stdout=subprocess.PIPE, text=True).stdout
    return shown.split()[1]
