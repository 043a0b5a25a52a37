# SPDX-License-Identifier: Apache-2.0
"""Recordings of the files and the journal that an older agent left when it was killed.

A recording is a JSON file with the tree before the command (`base`) and the states (`states`). Each state has the last step of its
journal, the moment of the kill (before, in the middle of or after that step), the journal's lines, and the differences from the base.
Trees are numbers of `paths` and `entries`. @FOLDER is the gateway's folder; Recording.journal() fills in the other placeholders.
"""
from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path

from gateway import git

# The folders of a gateway that a transaction changes. The journal is recorded separately.
PARTS = ("root", "state", "deploy")
LEFT_OUT = {"state/journal", "state/lock", "state/status.json", "state/keys"}
REFLOGS = (".git/logs", "/repository/logs")
FOLDER = "@FOLDER"


def walk(folder: Path):
    """The paths of all recorded files, relative to `folder`; a folder is before its content."""
    for part in PARTS:
        if not (folder / part).exists():
            continue
        yield part
        for place, folders, files in os.walk(folder / part):
            names = [(str((Path(place) / name).relative_to(folder)), name) for name in sorted([*folders, *files])]
            names = [(path, name) for path, name in names if path not in LEFT_OUT and not path.endswith(REFLOGS)]
            folders[:] = [name for path, name in names if (folder / path).is_dir() and not (folder / path).is_symlink()]
            yield from (path for path, _ in names)


def entry_of(folder: Path, path: str) -> dict:
    here = folder / path
    if here.is_symlink():
        return {"link": os.readlink(here).replace(str(folder), FOLDER)}
    mode = f"{here.stat().st_mode & 0o7777:04o}"
    if here.is_dir():
        return {"folder": mode}
    content = here.read_bytes()
    try:
        return {"text": content.decode().replace(str(folder), FOLDER), "mode": mode}
    except UnicodeDecodeError:
        assert str(folder).encode() not in content, f"{path} has a path in it"
        return {"base64": base64.b64encode(content).decode(), "mode": mode}


def tree_of(folder: Path) -> dict[str, dict]:
    return {path: entry_of(folder, path) for path in walk(folder)}


def difference(base: dict[str, dict], tree: dict[str, dict]) -> dict[str, dict | None]:
    """The entries of `tree` that differ from `base`; None for a removed one."""
    return {path: tree.get(path) for path in {**base, **tree} if tree.get(path) != base.get(path)}


def put(folder: Path, path: str, entry: dict) -> None:
    here = folder / path
    if "link" in entry:
        here.symlink_to(entry["link"].replace(FOLDER, str(folder)))
        return
    if "folder" in entry:
        here.mkdir(exist_ok=True)
        here.chmod(int(entry["folder"], 8))
        return
    text = entry.get("text")
    here.write_bytes(base64.b64decode(entry["base64"]) if text is None else text.replace(FOLDER, str(folder)).encode())
    here.chmod(int(entry["mode"], 8))


def lay_out(folder: Path, tree: dict[str, dict]) -> None:
    for path in sorted(tree, key=lambda path: path.split("/")):
        put(folder, path, tree[path])


class Table:
    """Numbers for values, so that each value is written once."""

    def __init__(self):
        self.lines: dict[str, int] = {}

    def number(self, thing: object) -> int:
        return self.lines.setdefault(json.dumps(thing), len(self.lines))

    def __str__(self) -> str:
        return "[\n" + ",\n".join(self.lines) + "]"


class Recording:
    def __init__(self, path: Path):
        self.name = path.stem
        document = json.loads(path.read_text())
        self.paths, self.entries = document["paths"], document["entries"]
        self.base, self.states = self.spelled_out(document["base"]), document["states"]

    @staticmethod
    def write(path: Path, base: dict[str, dict], states: list[dict]) -> None:
        """The JSON text with each state on a separate line."""
        paths, entries = Table(), Table()

        def numbers(tree: dict[str, dict | None]) -> dict[int, int | None]:
            return {paths.number(name): None if entry is None else entries.number(entry) for name, entry in tree.items()}

        numbered = json.dumps(numbers(base))
        lines = ",\n".join(json.dumps({**state, "changes": numbers(state["changes"])}) for state in states)
        path.write_text(f'{{"base": {numbered},\n"states": [\n{lines}],\n"paths": {paths},\n"entries": {entries}}}\n')

    def spelled_out(self, tree: dict[str, int | None]) -> dict[str, dict | None]:
        return {self.paths[int(path)]: None if entry is None else self.entries[entry] for path, entry in tree.items()}

    def tree(self, state: dict) -> dict[str, dict]:
        tree = {**self.base, **self.spelled_out(state["changes"])}
        return {path: entry for path, entry in tree.items() if entry is not None}

    @staticmethod
    def journal(state: dict, folder: Path) -> str:
        """The journal's text for this folder, this user and this boot. Call it after the tree was written."""
        def inode(match: re.Match) -> str:
            return str(os.lstat(folder / match[1]).st_ino)

        text = "".join(f"{line}\n" for line in state["journal"])
        text = text.replace(FOLDER, str(folder)).replace("@UID@", str(os.getuid())).replace("@GID@", str(os.getgid()))
        text = text.replace("@BOOT@", Path("/proc/sys/kernel/random/boot_id").read_text().strip())
        return re.sub(r"@INODE:([^@]*)@", inode, text)


# Files that may differ. A fetch may have brought objects and refs of the remote. The index has times of files in it. The next update
# empties its scratch folder. A virtualenv that was adopted keeps the .pth file that lets a process keep its generation, or its beginning.
MAY_DIFFER = re.compile(r"(\.git|/\.gup/[^/]*/repository)/(objects|refs/remotes|index$|FETCH_HEAD$|ORIG_HEAD$|packed-refs$|gup-agent-checkout)"
                        r"|/site-packages/(zzz_gup_generation\.pth$|\.gup-tmp-)")


def set_of(folder: Path) -> dict[str, object]:
    """The running files, byte for byte: all recorded files, and for each work tree the output of git."""
    seen: dict[str, object] = {path: entry_of(folder, path) for path in walk(folder) if not MAY_DIFFER.search(path)}
    for repository in (folder / "root").glob("*/.git"):
        if repository.is_dir():
            place = repository.parent
            seen[f"{place.name}: HEAD"] = git("-C", place, "rev-parse", "HEAD")
            seen[f"{place.name}: changes"] = git("-C", place, "status", "--porcelain")
    return seen
