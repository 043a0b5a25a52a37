# SPDX-License-Identifier: Apache-2.0
"""Traces of a run of the agent: the files that it changed, the programs that it executed."""
from __future__ import annotations

import os
import re
from pathlib import Path

from completed import Completed
from gateway import Gateway
from tools import tool


def fingerprints(folder: Path) -> dict[str, tuple]:
    """The answers of stat(2) for everything below `folder`, the folders themselves included, without access times."""
    seen = {}
    for place, folders, files in os.walk(folder):
        for name in [".", *folders, *files]:
            info = os.lstat(os.path.join(place, name))
            seen[os.path.join(place, name)] = (info.st_ino, info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns,
                                               info.st_nlink)
    return seen


def traced(gateway: Gateway, *command: str) -> tuple[list[str], int]:
    """Runs under strace; returns the successful execve calls and the exit code."""
    trace = gateway.folder / "trace"
    run = gateway.run(*command, wrapper=[tool("strace"), "-f", "-qq", "-e", "trace=execve,execveat", "-o", str(trace)])
    calls = [line for line in trace.read_text().splitlines() if "execve" in line]
    return calls, run.code


def programs(calls: list[str]) -> list[str]:
    """The paths of the programs that these calls of traced() started."""
    return [found[1] for line in calls if " = -1 " not in line and (found := re.search(r'execve\("([^"]+)"', line))]


def opens(gateway: Gateway, path: Path, *command: str) -> tuple[Completed, int]:
    """Runs under strace; returns how often `path` was opened for reading."""
    trace = gateway.folder / "trace"
    run = gateway.run(*command, wrapper=[tool("strace"), "-f", "-qq", "-s", "4096", "-e", "trace=openat,open", "-o", str(trace)])
    lines = trace.read_text().splitlines()
    return run, sum(f'"{path}"' in line and "O_RDONLY" in line and " = -1 " not in line for line in lines)
