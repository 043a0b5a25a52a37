# SPDX-License-Identifier: Apache-2.0
"""`gup-agent release` in the tests: code in a folder, and functions to install, list and enable releases of it."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

from gateway import Completed, Gateway, write_files
from virtualenvs import Virtualenv


def folder_with_code(gateway: Gateway, gupfile: str, make: Callable[[Path], Virtualenv]) -> Path:
    code, place = gateway.folder / "code", gateway.root / ".pyenv/smart-meter"
    write_files(code, {"gupfile": gupfile, "main.py": "print(1)\n"})
    make(gateway.folder / "elsewhere/venv")
    place.parent.mkdir()
    place.symlink_to(gateway.folder / "elsewhere/venv")
    return code


def release(gateway: Gateway, *arguments, **options) -> Completed:
    return gateway.run("release", *arguments, "--json", **options)


def install(gateway: Gateway, *arguments, name="smart-meter") -> str:
    """Installs; returns the release's id."""
    before = set(listed(gateway, name))
    run = release(gateway, "install", name, *arguments)
    run.must(name, code=0, outcome="updated")
    (made,) = set(listed(gateway, name)) - before
    return made


def listed(gateway: Gateway, name="smart-meter") -> list[str]:
    run = release(gateway, "list", name)
    return [one["id"] for one in run.document["releases"]] if run.code == 0 else []


def enable(gateway: Gateway, release: str, name="smart-meter") -> Completed:
    run = gateway.run("release", "enable", name, release)
    assert run.code == 0, run
    return run
