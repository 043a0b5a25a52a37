# SPDX-License-Identifier: Apache-2.0
"""The commands for authors of connectors, run as in CI: no configuration, no home, nothing of this machine."""
from __future__ import annotations

import subprocess
from pathlib import Path

from gateway import AGENT

OF_NOBODY = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent"}


def run_author(folder: Path, *arguments: str, environment: dict | None = None, **options) -> subprocess.CompletedProcess:
    return subprocess.run([*AGENT, *arguments], cwd=folder, env={**OF_NOBODY, **(environment or {})}, capture_output=True,
                          text=True, timeout=60, **options)


def run_lint(folder: Path, *arguments: str, **options) -> subprocess.CompletedProcess:
    return run_author(folder, "lint", *arguments, **options)


def write(path: Path, text: str, mode: int = 0o644) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path
