# SPDX-License-Identifier: Apache-2.0
"""Each update adds a pack. At fifty git joins them, after the update, and never against its own settings."""
from __future__ import annotations

from pathlib import Path

import pytest

from gateway import git
from tools import SYSTEM_PATH


def packs(folder: Path) -> int:
    return len(list((folder / "objects/pack").glob("*.pack")))


def pile_up(repository: Path, number: int, commits: str = "HEAD") -> None:
    """Loose objects in `number` packs more."""
    for i in range(number):
        loose = git("-C", repository, "commit-tree", f"{commits}^{{tree}}", "-p", commits, "-m", f"{i}")
        tag = f"refs/heads/pile-{i}"
        git("-C", repository, "update-ref", tag, loose)
        git("-C", repository, "repack", "-q", "-d")


def test_fifty_packs_are_joined_after_an_update(gateway):
    connector = gateway.connector("meter", files={"main.py": "0\n"})
    own = connector.path / ".git"
    pile_up(connector.path, 50)
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    assert packs(own) >= 50, "a night without news writes nothing"
    new = connector.push({"main.py": "1\n"})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert packs(own) < 5
    assert any("joined" in line and "packs" in line for line in gateway.log_lines())
    assert connector.git("fsck", "--strict") == "" and connector.changes == ""
    new = connector.push({"main.py": "2\n"})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)


def test_forty_packs_are_left_alone(gateway):
    connector = gateway.connector("meter", files={"main.py": "0\n"})
    pile_up(connector.path, 40)
    connector.push({"main.py": "1\n"})
    gateway.now().must("meter", outcome="updated")
    assert packs(connector.path / ".git") >= 40


@pytest.mark.parametrize("setting, value, joins", [("gc.auto", "0", False), ("gc.autoPackLimit", "0", False),
                                                   ("gc.autoPackLimit", "5", True), ("gc.autoPackLimit", "100", False)])
def test_git_s_own_settings_are_respected(gateway, setting, value, joins):
    connector = gateway.connector("meter", files={"main.py": "0\n"})
    pile_up(connector.path, 8 if joins else 52)
    connector.git("config", setting, value)
    connector.push({"main.py": "1\n"})
    gateway.now().must("meter", outcome="updated")
    assert (packs(connector.path / ".git") < 5) == joins


def test_kept_packs_stay(gateway):
    connector = gateway.connector("meter", files={"main.py": "0\n"})
    own = connector.path / ".git/objects/pack"
    pile_up(connector.path, 60)
    kept = sorted(own.glob("*.pack"))[:8]
    for pack in kept:
        pack.with_suffix(".keep").write_text("")
    connector.push({"main.py": "1\n"})
    gateway.now().must("meter", outcome="updated")
    assert all(pack.exists() for pack in kept) and packs(connector.path / ".git") < 12


def test_objects_of_an_alternate_are_not_copied_and_not_lost(gateway):
    connector = gateway.connector("meter", files={"main.py": "0\n", "big": "x" * 100_000})
    borrower = gateway.clone("borrower", connector.remote)
    (borrower.path / ".git/objects/info/alternates").write_text(f"{connector.path}/.git/objects\n")
    borrower.git("repack", "-a", "-d", "-l", "-q")
    pile_up(borrower.path, 52)
    connector.push({"main.py": "1\n"})
    run = gateway.now()
    run.must("borrower", outcome="updated")
    assert packs(borrower.path / ".git") < 5
    assert borrower.git("fsck") == "" and connector.git("fsck") == ""


def test_a_shallow_repository_stays_shallow(gateway):
    connector = gateway.connector("meter", files={"main.py": "0\n"})
    for i in range(3):
        connector.push({"main.py": f"0{i}\n"})
    path = gateway.root / "shallow"
    git("clone", "-q", "--depth=1", connector.remote.bare.as_uri(), path)
    pile_up(path, 52)
    roots = (path / ".git/shallow").read_text()
    connector.push({"main.py": "1\n"})
    gateway.now().must("shallow", outcome="updated")
    assert packs(path / ".git") < 5 and (path / ".git/shallow").read_text() == roots
    assert git("-C", path, "fsck") == ""


def test_submodules_and_sources(gateway):
    inner = gateway.remote("inner")
    inner.push({"lib.py": "1\n"})
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.remote.git("submodule", "--quiet", "add", inner.bare.as_uri(), "sub")
    connector.push()
    gateway.declare("app", source=f"git+{connector.remote.bare.as_uri()}#main")
    gateway.now().must("meter", code=0, outcome="updated")
    module, source = connector.path / ".git/modules/sub", gateway.root / ".gup/app/repository"
    pile_up(connector.path / "sub", 52)
    pile_up(source, 52, "refs/gup/source")
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    run.must("app", outcome="updated")
    assert packs(module) < 5 and packs(source) < 5


def test_without_git_the_update_is_the_same_and_doctor_tells(gateway):
    connector = gateway.connector("meter", files={"main.py": "0\n"})
    pile_up(connector.path, 52)
    connector.push({"main.py": "1\n"})
    empty = gateway.folder / "bin"
    empty.mkdir()
    gateway.now(env={"PATH": str(empty)}).must("meter", code=0, outcome="updated")
    assert packs(connector.path / ".git") >= 52
    told = gateway.run("doctor", "--json", env={"PATH": str(empty)})
    assert "packs" in told.out, told
    assert "packs" not in gateway.run("doctor", "--json", env={"PATH": SYSTEM_PATH}).out


@pytest.mark.root("gives the connector to another user")
def test_it_is_the_owner_s_git_that_runs(gateway):
    import subprocess
    connector = gateway.connector("meter", files={"main.py": "0\n"})
    pile_up(connector.path, 52)
    subprocess.run(["chown", "-R", "4321:4321", connector.path], check=True)
    subprocess.run(["chmod", "-R", "a+rX", gateway.folder], check=True)
    connector.push({"main.py": "1\n"})
    gateway.now().must("meter", code=0, outcome="updated")
    own = connector.path / ".git"
    assert packs(own) < 5
    assert {path.stat().st_uid for path in own.rglob("*")} == {4321}
