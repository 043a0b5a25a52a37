# SPDX-License-Identifier: Apache-2.0
"""The programs that gup-agent is compared with, and their versions. uv is from the machine's package index, if it has one."""
from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from gateway import AGENT
from space import BUILD

UV = BUILD / "uv/bin/uv"


def uv() -> str:
    """The path of uv, or None."""
    return shutil.which("uv") or (str(UV) if UV.exists() else "")


def git_sync() -> str:
    return shutil.which("git-sync") or ""


def fetch() -> None:
    """Installs missing programs into build/bench if they are available. A bench omits the others and says so."""
    if not uv():
        try:
            subprocess.run(["/usr/bin/python3", "-m", "venv", str(UV.parents[1])], check=True, timeout=120, capture_output=True)
            subprocess.run([str(UV.with_name("python")), "-m", "pip", "install", "-q", "uv"], check=True, timeout=300,
                           capture_output=True, stdin=subprocess.DEVNULL)
        except (subprocess.SubprocessError, OSError):
            print("bench: uv cannot be installed here: its rows are left out")


def _says(*command: str) -> str:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C"}, timeout=20)
    except OSError:
        return ""
    return done.stdout.strip().splitlines()[0] if done.stdout.strip() else ""


def versions() -> dict[str, str]:
    """The versions of the programs that a run uses, without those that are not installed."""
    template_pip = _says("/usr/bin/python3", "-c", "import glob; print(glob.glob('/usr/share/python-wheels/pip-*')[0])")
    found = {
        "gup-agent": _says(*AGENT, "version"),
        "git": _says("git", "--version"),
        "Python": _says("/usr/bin/python3", "--version"),
        "pip": (re.search(r"pip-([0-9.]+)-", template_pip) or [None, ""])[1],
        "uv": _says(uv(), "--version") if uv() else "",
        "git-sync": _says(git_sync(), "--version") if git_sync() else "",
        "curl": _says("curl", "--version"),
        "nginx": _says("/usr/sbin/nginx", "-v"),
        "hyperfine": _says("hyperfine", "--version"),
        "valgrind": _says("valgrind", "--version"),
        "strace": _says("strace", "--version"),
    }
    return {name: re.sub(r"^(nginx version: )?(gup-agent|git version|Python|uv|curl|nginx/|hyperfine|valgrind-|strace -- version)\s*", "",
                         text).split(" (")[0] for name, text in found.items() if text}


def machine() -> dict[str, str]:
    """Processor, cores, memory, kernel; nothing that identifies the machine."""
    information = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^(?:model name|Model|Hardware)\s*:\s*(.*)$", information, re.M)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    return {"processor": model[1] if model else os.uname().machine, "cores": str(len(os.sched_getaffinity(0))),
            "memory": f"{int(memory[1]) / 1048576:.1f} GiB" if memory else "", "kernel": os.uname().release,
            "architecture": os.uname().machine}
