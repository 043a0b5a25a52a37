# SPDX-License-Identifier: Apache-2.0
"""Virtualenvs: real ones (a copy of one template, its prefix rewritten), and bare ones with distributions written by hand."""
from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

PYTHON = "/usr/bin/python3"

# Each start of the virtualenv's Python imports it. It writes one JSON line a start, with its arguments and all command lines.
SPY = """
import glob, json, os, sys
others = []
for path in glob.glob("/proc/[0-9]*/cmdline"):
    try:
        others.append(open(path, "rb").read().decode(errors="replace"))
    except OSError:
        pass
line = json.dumps(dict(argv=sys.orig_argv, others=others)) + "\\n"
os.write(os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666), line.encode())
"""


def _python_version() -> str:
    return subprocess.run([PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], check=True,
                          stdout=subprocess.PIPE, text=True).stdout.strip()


def _make(path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "PYTHON"))}
    subprocess.run([PYTHON, "-m", "venv", str(path)], check=True, env=environment, stdout=subprocess.DEVNULL)
    subprocess.run([str(path / "bin/python"), "-m", "pip", "uninstall", "-q", "-y", "setuptools"], check=True, env=environment)


def template() -> Path:
    """A real virtualenv to copy from, with only pip. It is made once per machine and Python, because that takes seconds."""
    mine = Path(os.environ.get("GUP_E2E_CACHE") or Path(tempfile.gettempdir()) / f"gup-e2e-{os.getuid()}")
    mine.mkdir(mode=0o700, parents=True, exist_ok=True)
    if mine.stat().st_uid != os.getuid():
        raise RuntimeError(f"{mine} belongs to another user")
    ready = mine / f"venv-{_python_version()}-pip"
    if not ready.exists():
        making = Path(tempfile.mkdtemp(dir=mine)) / "venv"
        _make(making)
        (making / ".made-at").write_text(str(making))
        try:
            making.rename(ready)
        except OSError:  # another test process was faster
            shutil.rmtree(making)
    return ready


class Virtualenv:
    def __init__(self, path: Path):
        self.path, self.python = Path(path), Path(path) / "bin/python"

    @classmethod
    def real(cls, path: Path) -> Virtualenv:
        """A virtualenv as `python3 -m venv` makes it, with pip."""
        source = template()
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(source), str(path)], check=True)
        made_at = (path / ".made-at").read_text()
        (path / ".made-at").unlink()
        for file in [path / "pyvenv.cfg", *(path / "bin").iterdir()]:
            if not file.is_symlink():
                file.write_text(file.read_text().replace(made_at, str(path)))
        return cls(path)

    @classmethod
    def bare(cls, path: Path, version: str | None = None) -> Virtualenv:
        """Only the files that a reader of a virtualenv needs: pyvenv.cfg, bin/python, an empty site-packages."""
        version = version or _python_version()
        (path / "bin").mkdir(parents=True)
        (path / "bin/python3").symlink_to(PYTHON)
        (path / "bin/python").symlink_to("python3")
        (path / f"lib/python{version}/site-packages").mkdir(parents=True)
        (path / "pyvenv.cfg").write_text(
            f"home = /usr/bin\ninclude-system-site-packages = false\nversion = {version}.0\n")
        return cls(path)

    @property
    def site_packages(self) -> Path:
        return next((self.path / "lib").glob("python*")) / "site-packages"

    def add(self, name: str, version: str, *, installer_row: bool = True, direct_url: dict | None = None,
            egg_info: bool = False) -> Path:
        """Writes an installed distribution by hand; returns its dist-info (or egg-info) folder."""
        stem = name.replace("-", "_")
        folder = self.site_packages / (f"{stem}-{version}.egg-info" if egg_info else f"{stem}-{version}.dist-info")
        folder.mkdir()
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        if egg_info:
            (folder / "PKG-INFO").write_text(metadata)
            return folder
        (folder / "METADATA").write_text(metadata)
        rows = [f"{stem}.py,,", f"{folder.name}/METADATA,,", f"{folder.name}/RECORD,,"]
        if installer_row:
            (folder / "INSTALLER").write_text("pip\n")
            rows.append(f"{folder.name}/INSTALLER,,")
        if direct_url is not None:
            (folder / "direct_url.json").write_text(json.dumps(direct_url))
            rows.append(f"{folder.name}/direct_url.json,,")
        (self.site_packages / f"{stem}.py").write_text(f"version = {version!r}\n")
        (folder / "RECORD").write_text("\n".join(rows) + "\n")
        return folder

    def installed(self) -> dict[str, str]:
        """Name and version of all distributions, from Python's own importlib.metadata."""
        found = importlib.metadata.distributions(path=[str(self.site_packages)])
        return {item.metadata["Name"].lower().replace("_", "-"): item.version for item in found}

    def imported_version(self, module: str) -> str:
        """The version that a program in this virtualenv imports."""
        return subprocess.run([str(self.python), "-c", f"import {module}; print({module}.version)"], check=True,
                              stdout=subprocess.PIPE, text=True).stdout.strip()

    def pip(self, *arguments: str, index: str | None = None, folder: Path | None = None) -> None:
        """Runs pip quietly in `folder`, without settings of this machine."""
        options = ["--index-url", index] if index else ["--no-index"]
        subprocess.run([str(self.python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *options, *arguments],
                       check=True, cwd=folder, env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": os.devnull})

    def spy(self, log: Path) -> Spy:
        """From now on every start of this virtualenv's Python is recorded."""
        (self.site_packages / "gup_e2e_spy.py").write_text(SPY.format(log=str(log)))
        (self.site_packages / "gup_e2e_spy.pth").write_text("import gup_e2e_spy\n")
        return Spy(log)


class Spy:
    def __init__(self, log: Path):
        self.log = log

    def starts(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def installs(self) -> list[list[str]]:
        """The arguments of every `python -m pip install`, in order."""
        calls = [start["argv"][1:] for start in self.starts()]
        return [call for call in calls if call[:2] == ["-m", "pip"] and "install" in call]

