# SPDX-License-Identifier: Apache-2.0
"""Trees and commits that git tolerates: modes of old and foreign programs, times that are no times."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway import git, snapshot
from tools import tool

FILE_MODES = ["100664", "100600", "100640", "100755", "100775", "100700", "100711", "100654", "100444"]


def write_object(repository: Path, kind: str, content: bytes) -> str:
    command = [tool("git"), "-C", str(repository), "hash-object", "-w", "-t", kind, "--literally", "--stdin"]
    return subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True).stdout.decode().strip()


def tree(repository: Path, entries: list[tuple[str, str, str]]) -> str:
    """(mode, name, id), as they are written into the object."""
    content = b"".join(f"{mode} {name}".encode() + b"\0" + bytes.fromhex(id) for mode, name, id in entries)
    return write_object(repository, "tree", content)


def blob(repository: Path, text: str) -> str:
    return write_object(repository, "blob", text.encode())


def commit(repository: Path, of: str, parent: str, time: str = "1700000000 +0000") -> str:
    who = f"A <a@example.org> {time}"
    text = f"tree {of}\nparent {parent}\nauthor {who}\ncommitter {who}\n\nOdd\n"
    made = write_object(repository, "commit", text.encode())
    git("-C", repository, "update-ref", "refs/heads/main", made)
    return made


def pulled(gateway, connector):
    """What git itself makes of it, from the commit before."""
    path = gateway.folder / "reference"
    git("clone", "-q", connector.remote.bare, path)
    return path


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_modes_are_those_that_git_makes_of_them(gateway, web, scheme):
    connector = gateway.connector("meter", files={"main.py": "1\n"}, url=web.http if scheme == "http" else None)
    bare, head = connector.remote.bare, connector.head
    inside = tree(bare, [("100664", "inside", blob(bare, "inside\n"))])
    entries = [(mode, f"file-{mode}", blob(bare, f"{mode}\n")) for mode in FILE_MODES]
    entries += [("40755", "folder", inside), ("100664", "gupfile", blob(bare, "")), ("120777", "link", blob(bare, "main.py")),
                ("100600", "main.py", blob(bare, "2\n"))]
    new = commit(bare, tree(bare, sorted(entries, key=lambda one: one[1])), head)
    run = gateway.now()
    run.must("meter", code=0, outcome="updated", commit=new)
    reference = pulled(gateway, connector)
    assert connector.snapshot() == snapshot(reference, without=(".git",))
    assert connector.git("ls-files", "-s") == git("-C", reference, "ls-files", "-s")
    assert connector.changes == ""
    # The same content with other odd modes is no change that hurts.
    entries = [("100775" if mode == "100755" else "100666" if mode == "100664" else mode, name, id) for mode, name, id in entries]
    newer = commit(bare, tree(bare, sorted(entries, key=lambda one: one[1])), new)
    gateway.now().must("meter", code=0, outcome="updated", commit=newer)
    assert connector.changes == ""


def test_odd_modes_in_a_release(gateway):
    remote = gateway.remote("app")
    first = remote.push({"main.py": "1\n"})
    inside = tree(remote.bare, [("100775", "tool", blob(remote.bare, "#!/bin/sh\n"))])
    entries = [("40775", "bin", inside), ("100664", "gupfile", blob(remote.bare, "")), ("120755", "link", blob(remote.bare, "bin/tool"))]
    new = commit(remote.bare, tree(remote.bare, entries), first)
    place = gateway.declare("app", source=f"git+{remote.bare.as_uri()}#main")
    gateway.now().must("app", code=0, outcome="updated", commit=new)
    assert (place / "bin/tool").stat().st_mode & 0o777 == 0o755 and (place / "link").is_symlink()


@pytest.mark.parametrize("time", ["18446744073709551615 +0000", "18446744073709551614 +0000", "9223372036854775808 +0000",
                                  "9223372036854775807 +0000", "99999999999999999999999 +0000", "-1 +0000", "0 +9999", "1700000000",
                                  "1700000000 +0000x", "abc +0000"])
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_times_that_are_no_times(gateway, web, time, scheme):
    connector = gateway.connector("meter", files={"main.py": "1\n"}, url=web.http if scheme == "http" else None)
    bare = connector.remote.bare
    reference = gateway.clone("../reference", connector.remote)
    odd = commit(bare, tree(bare, [("100644", "gupfile", blob(bare, "")), ("100644", "main.py", blob(bare, "2\n"))]),
                 connector.head, time)
    reference.git("pull", "-q", "--ff-only")
    assert reference.head == odd, "git takes it"
    gateway.now().must("meter", code=0, outcome="updated", commit=odd)
    assert connector.read("main.py") == "2\n" and connector.changes == ""
    newer = commit(bare, tree(bare, [("100644", "gupfile", blob(bare, "")), ("100644", "main.py", blob(bare, "3\n"))]), odd)
    gateway.now().must("meter", code=0, outcome="updated", commit=newer)


def test_a_release_of_a_commit_without_a_time(gateway):
    remote = gateway.remote("app")
    first = remote.push({"main.py": "1\n"})
    new = commit(remote.bare, tree(remote.bare, [("100644", "gupfile", blob(remote.bare, ""))]), first, "18446744073709551615 +0000")
    gateway.declare("app", source=f"git+{remote.bare.as_uri()}#main")
    gateway.now().must("app", code=0, outcome="updated", commit=new)
    assert gateway.now().outcomes() == {"app": "unchanged"}
