# SPDX-License-Identifier: Apache-2.0
"""Files below an owner's folder that the agent reads, and the kinds of hostile things that an owner can put in their places."""
from __future__ import annotations

import ctypes
import fcntl
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Callable, NamedTuple

PYTHON = "/usr/bin/python3"
LONG = 6 << 30
NESTED = 400_000


class Place(NamedTuple):
    """A file of the connector `name`. `of` says where: its folder, its virtualenv, the generation that runs, or its owner's home."""
    name: str
    of: str
    file: str
    layout: str = "in place"  # or release
    remote: str = "plain"     # or drift (the next pin is not installed), ssh, ssh command


GIT = ["config", "config.worktree", "HEAD", "index", "packed-refs", "refs", "refs/heads/main", "refs/remotes/origin/main", "shallow",
       "objects", "objects/info/alternates", "objects/pack", "pack", "pack index", "loose object", "info/attributes", "info/exclude",
       "logs/HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD", "commondir", "modules", "index.lock"]
WORK_TREE = ["", ".git", "gupfile", ".gitattributes", ".gitmodules", ".gitignore", "main.py", "hook.sh", ".venv", "package/module.py"]
VIRTUALENV = ["", "pyvenv.cfg", "bin", "bin/python", "bin/pip", "pip.conf", "lib", "site", "site/gup_one-1.0.dist-info",
              "site/gup_one-1.0.dist-info/METADATA", "site/gup_one-1.0.dist-info/RECORD", "site/gup_one-1.0.dist-info/INSTALLER",
              "site/gup_one-1.0.dist-info/direct_url.json", "site/gup_one.py", "site/gup_one.pth"]
GENERATION = ["", "generation.json"]
RELEASE = ["generation.json", ".venv", ".venv/pyvenv.cfg", "gupfile", "main.py"]
HOME = [".gitconfig", ".config/git/config", ".config/git/attributes", ".netrc", ".config/pip/pip.conf", ".pip/pip.conf",
        ".git-credentials", ".config"]
SSH_HOME = [".ssh", ".ssh/config", ".ssh/known_hosts", ".ssh/id_ed25519"]


def all_places() -> list[Place]:
    rows: list[tuple] = [("folder", f".git/{file}") for file in GIT] + [("folder", file) for file in WORK_TREE]
    rows += [("folder", ".git/config", "in place", "ssh command")]
    rows += [("virtualenv", file, "in place", "drift") for file in VIRTUALENV]
    rows += [("generation", file) for file in GENERATION] + [("generations", "")]
    rows += [("folder", file, "release") for file in RELEASE] + [("repository", "", "release"), ("repository", "config", "release")]
    rows += [("home", file) for file in HOME] + [("home", file, "in place", "ssh") for file in SSH_HOME]
    return [Place(f"h{number:02}", *row) for number, row in enumerate(rows)]


def title(place: Place) -> str:
    return f"{place.of}/{place.file}" + ("" if place.layout == "in place" else " of a release")


class Scene(NamedTuple):
    """What the kinds need besides the path."""
    owner: int      # of the connector
    stranger: int   # another user
    secret: Path    # a file that only root may read
    outside: Path   # a folder of root's that all may read


def clear(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_parents(path: Path, owner: int) -> None:
    missing = [parent for parent in path.parents if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir()
        os.lchown(parent, owner, owner)


def renew(path: Path) -> None:
    """The path becomes a regular file of its own with the content that it had."""
    content, mode = b"", 0o644
    if path.is_file():
        content, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
    clear(path)
    path.write_bytes(content)
    path.chmod(mode)


def is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def pipe(path: Path, _: Scene) -> None:
    clear(path)
    os.mkfifo(path)


def device(path: Path, _: Scene) -> None:
    clear(path)
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))


def endless(path: Path, _: Scene) -> None:
    clear(path)
    path.symlink_to("/dev/zero")


def folder(path: Path, _: Scene) -> None:
    clear(path)
    (path / "inside").mkdir(parents=True)


def link_out(path: Path, scene: Scene) -> None:
    target = scene.outside if is_folder(path) else scene.secret
    clear(path)
    path.symlink_to(target)


def link_loop(path: Path, _: Scene) -> None:
    clear(path)
    path.symlink_to(path.name)


def empty(path: Path, _: Scene) -> None:
    was_folder = is_folder(path)
    clear(path)
    path.mkdir() if was_folder else path.write_bytes(b"")


def sparse(path: Path, _: Scene) -> None:
    """Keeps what the file has, and adds a hole."""
    renew(path)
    os.truncate(path, LONG)


def deep(path: Path, _: Scene) -> None:
    """Nested as deeply as its format can be; a folder has folders until the longest path."""
    if is_folder(path):
        at = path
        while len(str(at)) < 3900:
            at /= "d" * 100
        at.mkdir(parents=True)
        return
    renew(path)
    texts = {"generation.json": '{"schema": 1, "pins": ' + "[" * NESTED + "]" * NESTED + "}",
             "direct_url.json": "[" * NESTED + "]" * NESTED, "gupfile": "[dependencies]\na = " + "[" * NESTED,
             "config": "[include]\n" + "\tpath = config\n" * 100, ".gitconfig": "[include]\n" + "\tpath = .gitconfig\n" * 100,
             "HEAD": "ref: HEAD\n", "main": "ref: refs/heads/main\n", ".gitattributes": "a/" * NESTED + " text\n",
             ".gitignore": "**/a" * 20_000 + "\n", "exclude": "**/a" * 20_000 + "\n", "attributes": "**/a" * 20_000 + " text\n"}
    path.write_text(texts.get(path.name, "[" * NESTED))


def leased(path: Path, _: Scene) -> None:
    if not is_folder(path):
        renew(path)


def other_owner(path: Path, _: Scene) -> None:
    if not is_folder(path):
        renew(path)


def unreadable(path: Path, _: Scene) -> None:
    if not is_folder(path):
        renew(path)
    path.chmod(0)


def swapped(path: Path, _: Scene) -> None:
    if not os.path.lexists(path):
        path.write_bytes(b"")


KINDS: dict[str, Callable[[Path, Scene], None]] = {
    "pipe": pipe, "device": device, "endless": endless, "folder": folder, "link out": link_out, "link loop": link_loop, "empty": empty,
    "sparse": sparse, "deep": deep, "leased": leased, "other owner": other_owner, "unreadable": unreadable, "swapped": swapped}


def give(path: Path, owner: int) -> None:
    subprocess.run(["chown", "-hR", f"{owner}:{owner}", str(path)], check=True)


def plant(kind: str, path: Path, scene: Scene) -> None:
    make_parents(path, scene.owner)
    KINDS[kind](path, scene)
    if kind == "other owner":
        os.lchown(path, scene.stranger, scene.stranger)
    elif is_folder(path):
        give(path, scene.owner)
    else:
        os.lchown(path, scene.owner, scene.owner)


def swap_forever(pairs: list[list[str]]) -> None:
    """In its own process, as the owner: each path and its partner change places."""
    libc = ctypes.CDLL(None, use_errno=True)
    exchange, here = 2, -100
    print("ready", flush=True)
    while True:
        for path, partner in pairs:
            libc.renameat2(here, path.encode(), here, partner.encode(), exchange)
        time.sleep(0.0002)


def hold_leases(paths: list[str]) -> None:
    """In its own process, as the owner: a lease on each regular file, which is not given back."""
    signal.signal(signal.SIGIO, signal.SIG_IGN)
    held = []
    for path in paths:
        try:
            file = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW)
            fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
            held.append(path)
        except OSError:
            pass  # a folder, or a program that runs
    print(len(held), flush=True)
    signal.pause()


def start_as(owner: int, act: str, arguments: str) -> tuple[subprocess.Popen, str]:
    """Starts `act` of this module as that user; returns it with its first line."""
    process = subprocess.Popen([PYTHON, __file__, act, arguments], stdout=subprocess.PIPE, text=True, user=owner, group=owner,
                               extra_groups=[])
    return process, process.stdout.readline().strip()


if __name__ == "__main__":
    import json
    {"swap": swap_forever, "lease": hold_leases}[sys.argv[1]](json.loads(sys.argv[2]))
