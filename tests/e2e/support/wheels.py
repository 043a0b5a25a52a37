# SPDX-License-Identifier: Apache-2.0
"""Small handmade distributions, a PEP 503 index of them, and Python projects that install from git without a network."""
from __future__ import annotations

import base64
import hashlib
import html
import io
import re
import shutil
import tarfile
import zipfile
from pathlib import Path
from typing import Callable

# A PEP 517 backend inside the project itself: pip needs neither setuptools nor an index to build it.
BACKEND = '''
import os, zipfile
NAME, VERSION, REQUIRES = {name!r}, {version!r}, {requires!r}

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None, editable=False):
    {before_build}
    stem = NAME.replace("-", "_")
    info = f"{{stem}}-{{VERSION}}.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {{NAME}}\\nVersion: {{VERSION}}\\n"
    metadata += "".join(f"{{line}}\\n" for line in REQUIRES)
    module = {{f"{{stem}}.pth": os.getcwd()}} if editable else {{f"{{stem}}.py": f"version = {{VERSION!r}}\\n"}}
    files = {{
        **module,
        f"{{info}}/METADATA": metadata,
        f"{{info}}/WHEEL": "Wheel-Version: 1.0\\nGenerator: gup\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }}
    record = "".join(f"{{path}},,\\n" for path in [*files, f"{{info}}/RECORD"])
    wheel = f"{{stem}}-{{VERSION}}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w") as archive:
        for path, content in {{**files, f"{{info}}/RECORD": record}}.items():
            archive.writestr(path, content)
    return wheel

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return build_wheel(wheel_directory, editable=True)
'''


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def dependency_lines(requires: tuple[str, ...]) -> list[str]:
    """The lines of METADATA for its dependencies, and for the extras that their markers name."""
    extras = sorted({extra for item in requires for extra in re.findall(r"extra *== *['\"]([^'\"]+)", item)})
    return [*(f"Requires-Dist: {item}" for item in requires), *(f"Provides-Extra: {extra}" for extra in extras)]


def project(name: str, version: str, requires: tuple[str, ...] = (), before_build: str = "pass") -> dict[str, str]:
    """The files of a Python project; its build first executes the statement `before_build`."""
    return {
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
        "backend.py": BACKEND.format(name=name, version=version, requires=dependency_lines(requires), before_build=before_build),
    }


# An editable wheel: one .pth that leads to the project.
EDITABLE = '''

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    import base64
    stem = NAME.replace("-", "_")
    info = f"{stem}-{VERSION}.dist-info"
    files = {
        f"__editable__.{stem}.pth": os.getcwd() + "\\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {NAME}\\nVersion: {VERSION}\\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: gup\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
    }
    record = "".join(f"{path},,\\n" for path in [*files, f"{info}/RECORD"])
    wheel = f"{stem}-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, wheel), "w") as archive:
        for path, content in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(path, content)
    return wheel
'''


def project_with_editable(name: str, version: str) -> dict[str, str]:
    """The same, for an editable installation of the module gup_meter_code."""
    files = project(name, version)
    files["pyproject.toml"] += f'[project]\nname = "{name}"\nversion = "{version}"\n'
    files["backend.py"] += EDITABLE
    files["gup_meter_code.py"] = f"version = {version!r}\n"
    return files


def make_wheel(folder: Path, name: str, version: str, requires: tuple[str, ...] = (),
               extra: dict[str, str] | None = None, record: Callable[[list[str]], list[str]] | None = None) -> Path:
    """A wheel with one module `version = "…"`, and `extra` files; every hash of its RECORD is right. `record` changes its rows."""
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"{line}\n" for line in dependency_lines(requires))
    files = {
        f"{stem}.py": f"version = {version!r}\n", **(extra or {}),
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: gup\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    for path, content in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(content.encode()).digest()).decode().rstrip("=")
        rows.append(f"{path},sha256={digest},{len(content.encode())}\n")
    files[f"{info}/RECORD"] = "".join([*(record(rows) if record else rows), f"{info}/RECORD,,\n"])
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return wheel


def make_sdist(folder: Path, name: str, version: str, before_build: str = "pass") -> Path:
    """A source distribution; with before_build='raise RuntimeError("no compiler")' one that cannot be built."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name}-{version}"
    files = project(name, version, before_build=before_build)
    files["PKG-INFO"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    archive = folder / f"{stem}.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"{stem}/{path}")
            entry.size = len(content.encode())
            tar.addfile(entry, io.BytesIO(content.encode()))
    return archive


class Index:
    """A package index as a folder of static files for any web server."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def _add(self, name: str, make) -> None:
        place = self.folder / normalized(name)
        make(place)
        links = "".join(f'<a href="{html.escape(file.name)}">{html.escape(file.name)}</a><br>\n'
                        for file in sorted(place.iterdir()) if file.name != "index.html")
        (place / "index.html").write_text(f"<!DOCTYPE html><html><body>\n{links}</body></html>\n")

    def add(self, name: str, *versions: str, requires: tuple[str, ...] = (), extra: dict[str, str] | None = None,
            record: Callable[[list[str]], list[str]] | None = None) -> None:
        for version in versions:
            self._add(name, lambda place, version=version: make_wheel(place, name, version, requires, extra, record))

    def add_sdist(self, name: str, version: str, before_build: str = "pass") -> None:
        self._add(name, lambda place: make_sdist(place, name, version, before_build))

    def archive(self, name: str, version: str) -> Path:
        """The wheel of `name` and `version`."""
        return next((self.folder / normalized(name)).glob(f"*-{version}-*.whl"))

    def hash(self, name: str, version: str) -> str:
        """"sha256:…" of the wheel."""
        return "sha256:" + hashlib.sha256(self.archive(name, version).read_bytes()).hexdigest()

    def remove(self, name: str) -> None:
        shutil.rmtree(self.folder / normalized(name))
