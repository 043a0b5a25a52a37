# SPDX-License-Identifier: Apache-2.0
"""An agent that runs as root works on each connector as the owner of the connector's folder."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.root("only root can become another user")
UID = 4711
NOBODY = 65534  # the group of a user whom /etc/passwd does not know


def give(path: Path, uid: int = UID) -> None:
    subprocess.run(["chown", "-R", f"{uid}:{uid}", str(path)], check=True)


def owners(path: Path) -> set[int]:
    return {path.lstat().st_uid} | {item.lstat().st_uid for item in path.rglob("*")}


@pytest.fixture
def connector(gateway):
    """A connector of another user; all users can read its remote."""
    made = gateway.connector("meter", files={"src/main.py": "1\n"})
    give(made.path)
    gateway.folder.chmod(0o755)
    return made


def test_everything_written_by_an_update_is_the_owner_s(gateway, connector):
    connector.push({"src/main.py": "2\n", "new/folder/file": "1\n"})
    new = connector.push({"link": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new
    assert owners(connector.path) == {UID}


def test_everything_written_by_pip_is_the_owner_s(gateway, connector, index):
    index.add("gup-one", "1.0")
    connector.push({"gupfile": "gup-one,1.0\n"})
    virtualenv = gateway.virtualenv("meter", where=connector.path / ".venv")
    give(virtualenv.path)
    gateway.temporary.chmod(0o1777)
    run = gateway.now(env={"PIP_INDEX_URL": index.url})
    assert run.code == 0, run
    assert virtualenv.installed()["gup-one"] == "1.0"
    assert owners(connector.path) == {UID}


def test_log_and_state_stay_root_s(gateway, connector):
    connector.push({"new": "1\n"})
    assert gateway.now().code == 0
    assert owners(gateway.state) == {0} and owners(gateway.log.parent) == {0}


def test_a_child_has_nothing_of_root_left(gateway, connector, web):
    connector.git("remote", "set-url", "origin", web.private(connector.remote.bare))
    script, told = gateway.folder / "helper", gateway.folder / "told"
    told.touch()
    told.chmod(0o666)
    script.write_text(f"#!/bin/sh\ngrep -E '^(Uid|Gid|Groups|CapEff|CapPrm)' /proc/self/status >> {told}\n"
                      f"echo HOME=$HOME >> {told}\nexit 1\n")
    script.chmod(0o755)
    connector.git("config", "credential.helper", script)
    give(connector.path)
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.now()
    status = dict(line.split(":\t", 1) for line in told.read_text().splitlines() if ":\t" in line)
    assert status["Uid"].split() == [str(UID)] * 4 and status["Gid"].split() == [str(NOBODY)] * 4, status
    assert int(status["CapEff"], 16) == 0 and int(status["CapPrm"], 16) == 0, status
    assert status["Groups"].split() == []
    assert f"HOME={gateway.home}" not in told.read_text(), "the owner's home, not root's"


def test_a_file_that_only_root_may_read_is_not_read_for_the_owner(gateway, connector):
    connector.push({"new": "1\n"})
    connector.remote.bare.chmod(0o700)
    run = gateway.now()
    run.must("meter", outcome="failed")


def test_a_link_planted_by_the_owner_does_not_lead_root_astray(gateway, connector):
    secret = gateway.folder / "root-only"
    secret.mkdir(mode=0o700)
    (connector.path / "out").symlink_to(secret)
    connector.remote.author.joinpath("plain").write_text("1\n")
    connector.push({"out/planted": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="failed")
    assert list(secret.iterdir()) == []


def test_connectors_of_several_owners_in_one_run(gateway, connector):
    other = gateway.connector("other")
    give(other.path, UID + 1)
    mine = gateway.connector("root-s")
    for one in (connector, other, mine):
        one.push({"new": "1\n"})
    run = gateway.now()
    assert set(run.outcomes().values()) == {"updated"}, run
    assert (owners(connector.path), owners(other.path), owners(mine.path)) == ({UID}, {UID + 1}, {0})


@pytest.fixture
def interrupted(gateway, connector):
    """The connector after an update that was killed once its code was switched."""
    hook = gateway.folder / "hooks/kill"
    hook.parent.mkdir()
    hook.write_text("#!/bin/sh\nkill -9 $(cut -d' ' -f4 /proc/$PPID/stat)\n")
    hook.chmod(0o755)
    gateway.configure("hooks", post_update=str(hook.parent))
    connector.old, new = connector.head, connector.push({"src/main.py": "2\n"})
    gateway.run("now")
    assert (gateway.state / "journal/meter").exists() and connector.head == new
    hook.unlink()
    return connector


def test_an_interrupted_update_of_a_connector_that_was_given_to_another_owner_is_a_conflict_and_the_hint_works(
        gateway, interrupted):
    give(interrupted.path, UID + 1)
    give(gateway.root / ".gup/meter", UID + 1)
    run = gateway.run("recover", "--json")
    run.must("meter", code=1, outcome="failed")
    hint = run["meter"]["hint"]
    assert f"chown -R {UID} {interrupted.path}" in hint and (gateway.state / "journal/meter").exists(), run
    subprocess.run(hint.split(": ", 1)[1].split(", then")[0], shell=True, check=True)
    assert gateway.run("recover").code == 0 and interrupted.head == interrupted.old


def test_what_the_owner_of_before_cannot_undo_any_more_is_not_undone_by_root_and_the_hint_works(gateway, interrupted):
    give(interrupted.path, 0)
    run = gateway.run("recover", "--json")
    run.must("meter", code=1, outcome="failed")
    hint = run["meter"]["hint"]
    assert f"chown -R {UID} {interrupted.path}, then gup-agent recover" in hint, hint
    give(interrupted.path)
    assert gateway.run("recover").code == 0 and interrupted.head == interrupted.old
