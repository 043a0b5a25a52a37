# SPDX-License-Identifier: Apache-2.0
"""Turning a git checkout into the releases layout and back: nothing in the folder is lost, even after a crash."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from gateway import each_kill, git, snapshot
from tools import tool
from virtualenvs import Virtualenv

GUPFILE = '[connector]\npersist = ["data", "settings.json"]\n\n[dependencies]\ngup-one = "1.0"\n'


@pytest.fixture
def meter(gateway):
    """A checkout with changed files, files that git does not know, and a virtualenv."""
    files = {"main.py": "print(1)\n", ".gitignore": "*.log\n", "settings.json": "{}\n", "sub/.gitignore": "x\n"}
    made = gateway.connector("smart-meter", GUPFILE, files=files)
    made.virtualenv = gateway.virtualenv("smart-meter", pip=False)
    made.virtualenv.add("gup-one", "1.0")
    made.place = gateway.root / ".pyenv/smart-meter"
    made.releases = gateway.root / ".gup/smart-meter"
    (made.path / "settings.json").write_text('{"of": "this gateway"}\n')
    (made.path / "data").mkdir()
    (made.path / "data/readings.db").write_text("precious\n")
    (made.path / "notes.log").write_text("ignored, and kept\n")
    (made.path / "main.py").write_text("print('patched by hand')\n")
    made.before = contents(made)
    made.status = made.changes
    return made


def contents(meter) -> dict[str, str]:
    """The content of the connector's folder, through links."""
    found = {}
    for place, folders, files in os.walk(meter.path, followlinks=True):
        folders[:] = [name for name in folders if name not in (".git", ".venv")]
        for name in files:
            path = Path(place) / name
            if "generation.json" not in name and name != ".venv" and not name.startswith(".gup-"):
                found[str(path.relative_to(meter.path))] = path.read_text()
    return found


def adopt(gateway, *options):
    run = gateway.run("adopt", "smart-meter", *options, "--json")
    run.must("smart-meter", code=0, outcome="updated")
    return run


def test_the_folder_becomes_the_first_release_with_everything_in_it(gateway, meter):
    head = meter.head
    adopt(gateway)
    assert meter.path.is_symlink() and contents(meter) == meter.before
    name = Path(os.readlink(meter.path)).name
    assert os.readlink(meter.path) == f".gup/smart-meter/{name}" and name.endswith(f"-main-{head[:7]}")
    assert sorted(path.name for path in meter.releases.iterdir()) == sorted([name, "repository", "shared"])
    assert not (meter.path / ".git").exists() and (meter.releases / "repository/HEAD").exists()
    assert os.readlink(meter.path / "data") == "../shared/data"
    assert (meter.releases / "shared/data/readings.db").read_text() == "precious\n"
    assert os.readlink(meter.place) == f"{meter.path}/.venv"
    assert Virtualenv(meter.place).installed()["gup-one"] == "1.0"
    record = json.loads((meter.releases / name / "generation.json").read_text())
    assert record["commit"] == head and record["environment"] == str(meter.releases / name / ".venv")
    assert gateway.run("release", "list", "smart-meter").out.startswith(f"* {name} ")
    again = gateway.run("adopt", "smart-meter")
    assert again.code == 0, again
    assert "already in the releases layout" in again.out, again


def test_adopted_back_it_is_as_it_was(gateway, meter):
    adopt(gateway)
    adopt(gateway, "--back")
    assert not meter.path.is_symlink() and contents(meter) == meter.before
    assert meter.changes == meter.status and meter.git("fsck", check=False) == ""
    assert not (meter.path / "data").is_symlink() and not (meter.path / ".venv").exists()
    assert Virtualenv(meter.place).installed()["gup-one"] == "1.0"
    assert "already in place" in gateway.run("adopt", "--back", "smart-meter").out
    assert gateway.check("smart-meter").code in (0, 10)
    adopt(gateway)
    assert contents(meter) == meter.before, "and once more"


def test_a_release_that_was_installed_since_becomes_the_checkout(gateway, meter):
    (meter.path / "main.py").write_text("print(1)\n")
    adopt(gateway)
    new = meter.push({"main.py": "print(2)\n", "sub/.gitignore": "y\n"})
    repository = meter.releases / "repository"
    subprocess.run([tool("git"), "-c", "safe.directory=*", "--git-dir", repository, "fetch", "-q", "origin"], check=True)
    run = gateway.run("release", "install", "smart-meter", "--version", "2")
    assert run.code == 0, run
    assert not (meter.releases / "2/.gitignore").exists()
    gateway.run("release", "enable", "smart-meter", "2")
    assert (meter.path / "settings.json").read_text() == '{"of": "this gateway"}\n'
    (meter.path / "main.py").write_text("print('patched')\n")
    adopt(gateway, "--back")
    assert meter.head == new and (meter.path / "sub/.gitignore").read_text() == "y\n"
    assert meter.changes.split("\n") == [" M main.py", " M settings.json", "?? data/"], meter.changes
    assert Virtualenv(meter.place).installed()["gup-one"] == "1.0"
    gateway.now("smart-meter").must("smart-meter", outcome="unchanged")


def test_the_virtualenv_of_an_earlier_generation_is_adopted_too(gateway, meter):
    before = meter.releases / "2020-01-01_00_00-main-1234567-before"
    before.mkdir(parents=True)
    meter.place.rename(before / ".venv")
    meter.place.symlink_to(before / ".venv")
    adopt(gateway)
    assert (meter.path / ".venv").is_dir() and not (meter.path / ".venv").is_symlink()
    assert Virtualenv(meter.place).installed()["gup-one"] == "1.0"
    assert (before / ".venv").is_dir(), "nothing of it is lost"


def test_a_connector_that_cannot_be_adopted_is_not_changed(gateway, meter):
    (meter.path / ".venv").mkdir()
    before = snapshot(gateway.root)
    run = gateway.run("adopt", "smart-meter")
    assert run.code == 2, run
    assert "both" in run.err, run
    (meter.path / ".venv").rmdir()
    (meter.path / ".git/MERGE_HEAD").write_text(meter.head + "\n")
    run = gateway.run("adopt", "smart-meter")
    assert run.code == 2, run
    assert "merge" in run.err, run
    (meter.path / ".git/MERGE_HEAD").unlink()
    (meter.path / ".venv").mkdir()
    assert snapshot(gateway.root) == before
    for name in ("../x", ".", "a/b", "nothing-here"):
        assert gateway.run("adopt", name).code == 2
        assert gateway.run("adopt", "--back", name).code == 2


def test_back_in_place_that_fails_at_its_last_step_is_rolled_back(gateway):
    meter = gateway.connector("smart-meter")
    adopt(gateway)
    repository = gateway.root / ".gup/smart-meter/repository"
    other = git("-C", repository, "commit-tree", "-m", "of another history", f"{meter.remote.git('rev-parse', 'HEAD^{tree}')}")
    git("-C", repository, "update-ref", "refs/heads/main", other)
    before = snapshot(gateway.root)
    run = gateway.run("adopt", "--back", "smart-meter")
    assert run.code == 1, run
    assert "is not in the history of" in run.out, run
    assert "the rollback is not complete" not in run.out, run
    assert snapshot(gateway.root) == before and list((gateway.state / "journal").glob("*")) == []


def test_the_nightly_run_continues_from_there_and_names_leftovers(gateway, meter):
    adopt(gateway)
    adopted = Path(os.readlink(meter.path)).name
    meter.push({"main.py": "print(2)\n"})
    night = gateway.now()
    night.must("smart-meter", code=0, outcome="updated")
    assert contents(meter) == {name: text for name, text in {**meter.before, "main.py": "print(2)\n"}.items()
                               if not name.endswith((".gitignore", "notes.log"))}
    assert any(f"left in release {adopted}" in line and "notes.log" in line for line in gateway.log_lines())
    assert (meter.releases / adopted / "notes.log").read_text() == "ignored, and kept\n"


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
@pytest.mark.parametrize("direction", ["there", "back"])
def test_killed_before_every_change_one_of_the_layouts_is_complete(gateway, meter, direction):
    if direction == "back":
        adopt(gateway)
    command = ("adopt", "smart-meter") if direction == "there" else ("adopt", "--back", "smart-meter")
    gateway.remember()
    killed, broken = 0, []
    for at in each_kill(gateway, command, sampled=("fsync", "unlink")):
        killed += 1
        seen = meter.path.exists() and contents(meter) == meter.before
        run = gateway.run("recover")
        left = list((gateway.state / "journal").glob("*"))
        links = [path for path in gateway.root.rglob("*") if path.is_symlink() and not path.exists()]
        strange = [path for path in (*gateway.root.glob("*"), *meter.releases.glob("*/.gup-link*"))
                   if path.name not in (".gup", ".pyenv", "smart-meter")]
        whole = contents(meter) == meter.before and Virtualenv(meter.place).installed()["gup-one"] == "1.0"
        if run.code != 0 or left or links or strange or not whole or not seen:
            broken.append(f"{at}: {run.code} {left} {links} {strange} {whole} {seen}: {run.err}")
        done = gateway.run(*command)
        if done.code != 0 or contents(meter) != meter.before:
            broken.append(f"{at}, once more: {done}")
        gateway.restore()
    assert not broken, "\n".join(broken)
    assert killed > 15


OWNER = 4711


def give(path: Path) -> None:
    subprocess.run(["chown", "-R", f"{OWNER}:{OWNER}", str(path)], check=True)


@pytest.mark.root("only root can become another user")
def test_below_a_root_folder_that_is_root_s_all_of_it_is_the_owner_s(gateway, meter):
    gateway.folder.chmod(0o755)
    gateway.root.chmod(0o755)
    give(meter.path)
    give(meter.place)
    adopt(gateway)
    assert contents(meter) == meter.before
    assert {path.lstat().st_uid for path in (meter.releases, *meter.releases.rglob("*"))} == {OWNER}
    run = gateway.run("release", "install", "smart-meter", "--version", "2")
    assert run.code == 0, run
    assert gateway.run("release", "enable", "smart-meter", "2").code == 0
    assert gateway.run("rollback", "smart-meter").code == 0
    assert {path.lstat().st_uid for path in meter.releases.rglob("*")} == {OWNER}
    adopt(gateway, "--back")
    assert contents(meter) == meter.before and {path.lstat().st_uid for path in meter.path.rglob("*")} == {OWNER}
    assert os.stat(gateway.root).st_uid == 0


@pytest.mark.root("only root can become another user")
def test_root_makes_nothing_through_a_link_of_the_owner(gateway, meter):
    gateway.folder.chmod(0o755)
    target = gateway.folder / "of-root"
    (target / "deep").mkdir(parents=True)
    (meter.path / "gupfile").write_text('[connector]\npersist = ["var/deep/file.conf", "var/deep/folder"]\n')
    (meter.path / "var").symlink_to(target)
    give(meter.path)
    give(meter.place)
    before = snapshot(target)
    run = gateway.run("adopt", "smart-meter")
    assert run.code == 1, run
    assert snapshot(target) == before and not meter.path.is_symlink()
