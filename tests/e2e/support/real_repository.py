# SPDX-License-Identifier: Apache-2.0
"""A repository of the field, made anew: the kind of its files, and some of its distributions with their real versions, in files of
our own. The tests make every archive, so the hashes are theirs.

The files may hold these words, which `Fixture` replaces:
    <<index>>                  the URL of the index
    <<hashes NAME==VERSION>>   --hash=… of an archive that this index does not have, and of the wheel
    <<wheel NAME==VERSION>>    the URL of the wheel
    <<lock NAME==VERSION>>     the index and the wheel in a [[packages]] of pylock.toml
    <<git NAME>>               git+URL of a repository with a project of that name
    <<commit NAME>>            its commit, in seven digits; it has the tag v1.0
"""
from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable

from gateway import Gateway, write_files
from virtualenvs import Virtualenv
from wheels import Index, normalized, project


@dataclass(frozen=True)
class Real:
    """One repository. `index` has "NAME==VERSION, NAME==VERSION" in a line, or
    "NAME==VERSION: DEPENDENCY | DEPENDENCY"."""

    stands_for: str               # owner/name of the public repository, its file, and what is special in it
    files: dict[str, str]
    index: str
    wanted: str                   # all distributions after an installation: "NAME==VERSION …"
    moved: tuple[str, str]        # the text of a pin, and its next version
    declared_by: str = "requirements.txt"
    repositories: tuple[str, ...] = ()            # projects in git repositories: "NAME==VERSION"
    settings: dict[str, bool] = field(default_factory=dict)  # [python]
    is_complete: bool = True      # the file names all dependencies, too: `uv pip sync` installs the same
    pip_reads_it: bool = True

    def distributions(self) -> dict[str, str]:
        return dict(entry.split("==") for entry in self.wanted.split())


def distributions(virtualenv: Virtualenv) -> dict[str, str]:
    """What is installed, apart from pip."""
    return {name: version for found, version in virtualenv.installed().items() if (name := normalized(found)) != "pip"}


class Fixture:
    """One of REPOSITORIES at a gateway: its index is filled, its git repositories exist."""

    def __init__(self, real: Real, gateway: Gateway, index: Index, git_url: Callable[[Path], str]):
        self.real, self.gateway, self.index = real, gateway, index
        for line in real.index.strip().splitlines():
            self._add(line.strip())
        self.git: dict[str, tuple[str, str]] = {}  # URL and commit of each name
        for entry in real.repositories:
            name, version = entry.split("==")
            remote = gateway.remote(name)
            commit = remote.push(project(name, version))
            remote.tag("v1.0")
            remote.push(project(name, "99"), "What no one asked for")
            self.git[name] = git_url(remote.bare), commit
        gateway.configure("python", **{key.replace("-", "_"): value for key, value in real.settings.items()})

    def _add(self, line: str) -> None:
        one, colon, dependencies = line.partition(": ")
        for entry in [one] if colon else line.split(", "):
            name, version = entry.split("==")
            self.index.add(name, version, requires=tuple(dependencies.split(" | ")) if colon else ())

    def files(self, *changes: tuple[str, str]) -> dict[str, str]:
        """The repository's files, with each text in `changes` replaced by the other one."""
        made = {}
        for path, text in self.real.files.items():
            for old, new in changes:
                text = text.replace(old, new)
                if path == "pylock.toml" and re.fullmatch(r"[\w-]+==[\w.]+", old):  # name and version are in two lines
                    text = text.replace('name = "{}"\nversion = "{}"'.format(*old.split("==")),
                                        'name = "{}"\nversion = "{}"'.format(*new.split("==")))
            made[path] = re.sub(r"<<(\w+) ?([^>]*)>>", self._replacement, text)
        return made

    def _replacement(self, match: re.Match) -> str:
        word, what = match.groups()
        name, _, version = what.partition("==")
        if word == "index":
            return self.index.url
        if word in ("git", "commit"):
            url, commit = self.git[name]
            return f"git+{url}" if word == "git" else commit[:7]
        if word == "hashes":
            other = hashlib.sha256(what.encode()).hexdigest()
            return f"--hash=sha256:{other} \\\n    --hash={self.index.hash(name, version)}"
        url = f"{self.index.url.rstrip('/')}/{self.index.archive(name, version).relative_to(self.index.folder)}"
        if word == "wheel":
            return url
        assert word == "lock", match.group()
        sha256 = self.index.hash(name, version).removeprefix("sha256:")
        size = self.index.archive(name, version).stat().st_size
        return (f'index = "{self.index.url}"\n'
                f'wheels = [{{ url = "{url}", upload-time = 2026-05-20T15:12:23Z, size = {size}, hashes = {{ sha256 = "{sha256}" }} }}]')

    def write(self, folder: Path) -> Path:
        """The repository as a plain folder."""
        write_files(folder, self.files())
        return folder
