# SPDX-License-Identifier: Apache-2.0
"""A systemd with the answers of a test, and scripts as stand-ins for programs."""
from __future__ import annotations

from pathlib import Path

SYSTEMCTL = """#!/bin/sh
here=$(dirname "$0")
echo "$*" >>"$here/calls"
unit() { [ ! -e "$here/$1.$2" ] || { cat "$here/$1.$2"; return; }; cat "$here/$2"; }
between=
case "$*" in
*restart*) while [ "$1" != -- ]; do shift; done; shift
  for name; do unit $name after-restart >"$here/$name.state"; done; exit 0 ;;
show*) while [ "$1" != -- ]; do shift; done; shift
  for name; do printf '%s' "$between"; between='
'; unit $name state; done ;;
esac
"""
ACTIVE = "LoadState=loaded\nActiveState=active\nSubState=running\nNRestarts=0\nInvocationID=1\n"


def served(service: str) -> str:
    """A gupfile of a connector that runs as that service."""
    return f'[connector]\nservice = "{service}"\n[health]\nwithin = 1\nevery = 1\n'


class Systemd:
    """A systemctl, first in $PATH, that gives the answers of a test."""

    def __init__(self, gateway):
        self.folder = gateway.folder / "systemd"
        self.folder.mkdir()
        script(self.folder / "systemctl", SYSTEMCTL)
        script(self.folder / "journalctl", "#!/bin/sh\necho KeyError: broker\n")
        (self.folder / "state").write_text(ACTIVE)
        self.after_restart(ACTIVE)
        gateway.environment["PATH"] = f"{self.folder}:{gateway.environment['PATH']}"

    def after_restart(self, state: str, unit: str = "") -> None:
        (self.folder / f"{unit}.after-restart".lstrip(".")).write_text(state)

    def unit(self, name: str, properties: str) -> None:
        for state in ("state", "after-restart"):
            (self.folder / f"{name}.{state}").write_text(ACTIVE + properties)

    @property
    def restarts(self) -> list[str]:
        calls = self.folder / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        return [line.split("-- ")[1] for line in lines if "restart --" in line]


def script(path: Path, text: str, mode: int = 0o755) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
