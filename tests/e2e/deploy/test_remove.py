# SPDX-License-Identifier: Apache-2.0
"""remove: a connector is taken away, with all that the agent made for it, and nothing else."""
from __future__ import annotations

import fcntl
import os
import subprocess

import pytest

from gateway import kill_at, remove, snapshot

UID = 4711


@pytest.fixture
def meter(gateway):
    """A connector with a virtualenv, a key, a generation, a hold and a status; and another one."""
    connector = gateway.connector("meter", "six,1.11.0\n", files={"main.py": "1\n", ".gitignore": "data\n"})
    gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    gateway.connector("boiler")
    connector.push({"main.py": "2\n"})
    gateway.now()
    gateway.run("deploy-key", "meter")
    gateway.run("hold", "meter")
    (connector.path / "data").mkdir()
    (connector.path / "data/measured").write_text("42\n")
    return connector


def traces_of(gateway, name="meter") -> list[str]:
    """Paths below root and state with the connector's name in them."""
    return sorted(str(path.relative_to(gateway.folder)) for place in (gateway.root, gateway.state)
                  for path in place.rglob("*") if name in path.name)


def test_everything_of_it_goes_and_the_others_stay(gateway, meter):
    others = snapshot(gateway.root / "boiler")
    run = gateway.run("remove", "meter", "--yes")
    assert run.code == 0 and str(meter.path) in run.out and "its deploy key" in run.out, run
    assert traces_of(gateway) == []
    assert snapshot(gateway.root / "boiler") == others
    assert list(gateway.status().connectors) == ["boiler"]
    assert not (gateway.state / "holds.json").exists() and not (gateway.root / ".gup").exists()
    gateway.now().must("boiler", outcome="unchanged")
    told = gateway.run("history", "meter", "--json").document["entries"]
    assert told[0]["reason"] == "removed by a person", told
    again = gateway.run("remove", "meter", "--yes")
    assert again.code == 2 and "no connector is named meter" in again.err, again


def test_without_a_confirmation_nothing_is_removed(gateway, meter):
    before = snapshot(gateway.root)
    for arguments in (["meter"], ["meter", "--json"], ["meter", "--keep-data"]):
        run = gateway.run("remove", *arguments)
        assert run.code == 2 and "gup-agent remove meter --yes" in run.err, run
    assert snapshot(gateway.root) == before


@pytest.mark.parametrize("name, hint", [("metre", "did you mean meter?"), ("nothing-like-it", "hint: "), ("../root", "hint: "),
                                        (".gup", "hint: "), (".", "hint: "), ("", "hint: "), ("meter/data", "hint: ")])
def test_a_wrong_name_removes_nothing(gateway, meter, name, hint):
    before = snapshot(gateway.root)
    run = gateway.run("remove", name, "--yes", "--force")
    assert run.code == 2 and hint in run.err, run
    assert snapshot(gateway.root) == before


def changed(connector):
    (connector.path / "main.py").write_text("local\n")


def new_file(connector):
    (connector.path / "notes.txt").write_text("mine\n")


def committed(connector):
    connector.git("commit", "-q", "--allow-empty", "-m", "local")


def on_a_branch(connector):
    connector.git("checkout", "-q", "-b", "mine")
    committed(connector)
    connector.git("checkout", "-q", "main")


def stashed(connector):
    changed(connector)
    connector.git("stash")


def staged(connector):
    new_file(connector)
    connector.git("add", "notes.txt")


@pytest.mark.parametrize("work", [changed, new_file, committed, on_a_branch, stashed, staged], ids=lambda work: work.__name__)
def test_local_work_is_not_lost_without_force(gateway, meter, work):
    work(meter)
    before = snapshot(gateway.root)
    run = gateway.run("remove", "meter", "--yes")
    assert run.code == 2 and "meter has local work: " in run.err and "--keep-data" in run.err, run
    assert snapshot(gateway.root) == before
    assert gateway.run("remove", "meter", "--yes", "--force").code == 0
    assert traces_of(gateway) == []


def test_caches_of_python_are_no_local_work(gateway, meter):
    (meter.path / "__pycache__").mkdir()
    (meter.path / "__pycache__/main.cpython-311.pyc").write_text("")
    assert gateway.run("remove", "meter", "--yes").code == 0


def test_its_data_can_stay(gateway, meter):
    changed(meter)
    run = gateway.run("remove", "meter", "--keep-data", "--yes")
    assert run.code == 0 and "gupfile.removed" in run.out, run
    assert meter.read("data/measured") == "42\n" and meter.read("main.py") == "local\n"
    assert (meter.path / "gupfile.removed").exists() and not (gateway.root / ".pyenv/meter").exists()
    assert list(gateway.status().connectors) == ["boiler"], "it is no connector any more"
    (meter.path / "gupfile.removed").rename(meter.path / "gupfile")
    assert gateway.status()["meter"]["state"] == "new"


def test_links_are_removed_and_never_followed(gateway, meter):
    outside = gateway.folder / "outside"
    outside.mkdir()
    (outside / "precious").write_text("1\n")
    (meter.path / "data/out").symlink_to(outside)
    (gateway.root / ".gup/meter/out").symlink_to(outside)
    place = gateway.root / ".pyenv/meter"
    remove(place)
    place.symlink_to(outside)
    assert gateway.run("remove", "meter", "--yes", "--force").code == 0
    assert (outside / "precious").read_text() == "1\n" and traces_of(gateway) == []


def test_releases_go_and_their_data_can_stay(gateway, meter):
    gateway.run("unhold", "meter")
    meter.push({"gupfile": '[connector]\npersist = ["data"]\n[pins]\nsix = "1.11.0"\n'})
    gateway.now()
    assert gateway.run("adopt", "meter").code == 0
    assert (gateway.root / "meter").is_symlink() and (gateway.root / "meter/data/measured").exists()
    gateway.run("remove", "meter", "--keep-data", "--yes")
    assert not (gateway.root / "meter").is_symlink() and not (gateway.root / ".pyenv/meter").is_symlink()
    assert (gateway.root / ".gup/meter/shared/data/measured").read_text() == "42\n"
    assert [path.name for path in (gateway.root / ".gup/meter").iterdir()] == ["shared"]
    assert gateway.run("remove", "meter", "--yes").code == 0, "what is left is known"
    assert traces_of(gateway) == []


def test_a_declared_connector_is_named_with_its_line(gateway, meter):
    gateway.declare("meter", window="02:00-04:00")
    line = 1 + gateway.config_file.read_text().splitlines().index("[[connector]]")
    run = gateway.run("remove", "meter", "--yes")
    assert run.code == 0 and f"gup-agent.toml:{line} has settings for it" in run.out, run


def test_a_declared_connector_that_is_not_installed_is_said_to_be_none(gateway):
    gateway.declare("shop", source="https://example.org/shop.zip")
    run = gateway.run("remove", "shop", "--yes")
    assert run.code == 2 and "shop is not installed" in run.err and "declares it: take its [[connector]] out" in run.err, run


def test_a_service_is_not_stopped_but_named(gateway):
    gateway.connector("meter", '[connector]\nservice = "meter.service"\n')
    run = gateway.run("remove", "meter", "--yes")
    assert run.code == 0 and "systemctl disable --now meter.service" in run.out, run


def test_an_active_run_is_not_disturbed(gateway, meter):
    with open(gateway.state / "lock", "w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        assert gateway.run("remove", "meter", "--yes").code == 3
    assert meter.path.is_dir()


@pytest.mark.parametrize("call", ["renameat2", "unlinkat", "fsync", "unlink"])
def test_a_second_call_finishes_what_a_kill_left(gateway, meter, call):
    gateway.remember()
    saved = gateway.folder / "saved-state"
    subprocess.run(["cp", "-a", str(gateway.state), str(saved)], check=True)
    killed = 0
    for number in (1, 2, 5):
        if not kill_at(gateway, call, number, ("remove", "meter", "--yes")):
            break
        killed += 1
        assert not meter.path.exists() or (meter.path / "gupfile").exists(), f"{call} {number}: half a connector is left"
        again = gateway.run("remove", "meter", "--yes")
        assert again.code in (0, 2), again
        assert traces_of(gateway) == [], f"{call} {number}"
        gateway.now().must("boiler", outcome="unchanged")
        gateway.restore()
        subprocess.run(["cp", "-a", f"{saved}/.", str(gateway.state)], check=True)
    assert killed, f"remove never calls {call}"


@pytest.mark.root("only root can become another user")
def test_an_owner_s_connector_in_a_folder_of_root_s(gateway, meter):
    gateway.folder.chmod(0o755)
    for place in (meter.path, gateway.root / ".pyenv/meter", gateway.root / ".gup/meter"):
        subprocess.run(["chown", "-R", "-h", f"{UID}:{UID}", str(place)], check=True)
    run = gateway.run("remove", "meter", "--yes")
    assert run.code == 0, run
    assert traces_of(gateway) == [] and os.stat(gateway.root).st_uid == 0
