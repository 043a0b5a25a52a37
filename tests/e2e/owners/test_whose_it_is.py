# SPDX-License-Identifier: Apache-2.0
"""Whose something is: nobody becomes root, or another owner, by what the owner of a folder puts there."""
from __future__ import annotations

import ctypes
import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from archives import zipped
from completed import Has
from virtualenvs import Virtualenv

pytestmark = pytest.mark.root("only root can become another user")
ANN, BOB, NOBODY = 4801, 4802, 65534


def give(path: Path, uid: int = ANN) -> None:
    subprocess.run(["chown", "-R", f"{uid}:{uid}", str(path)], check=True)


@pytest.fixture
def proof(gateway):
    """A file in which everything that is executed writes its user."""
    gateway.folder.chmod(0o755)
    gateway.temporary.chmod(0o1777)
    path = gateway.folder / "proof"
    path.touch()
    path.chmod(0o666)
    return path


def plant_virtualenv(gateway, proof: Path, name: str = "meter") -> Path:
    """A virtualenv of Ann's whose Python tells who runs it."""
    place = Virtualenv.bare(gateway.root / ".pyenv" / name)
    place.add("pip", "23.0.1")
    place.python.unlink()
    place.python.write_text(f"#!/bin/sh\nid -u >> {proof}\n")
    place.python.chmod(0o755)
    give(gateway.root / ".pyenv")
    return place.path


def follow(hint: str) -> None:
    """Runs a hint, as an operator would."""
    subprocess.run(hint, shell=True, check=True)


def test_a_virtualenv_planted_beside_a_connector_of_root_s_does_not_run(gateway, proof):
    connector, other = gateway.connector("meter", "gup-one,1.0\n"), gateway.connector("other")
    plant_virtualenv(gateway, proof)
    os.chown(gateway.root, ANN, ANN)
    give(other.path)
    new = other.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("as root", f"uid {ANN} can change {gateway.root}"))
    assert proof.read_text() == "" and other.head == new
    assert run["meter"]["hint"] == f"chown -R {ANN} {connector.path}"
    follow(run["meter"]["hint"])
    gateway.now()
    assert set(proof.read_text().split()) == {str(ANN)}


def test_a_virtualenv_of_another_user_is_not_used(gateway, proof):
    connector = gateway.connector("meter", "gup-one,1.0\n")
    place = plant_virtualenv(gateway, proof)
    os.chown(place.parent, 0, 0)
    give(connector.path, BOB)
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has(f"uid {ANN} can change {place}"))
    assert proof.read_text() == "" and run["meter"]["hint"] == f"chown -R {BOB} {place}"


@pytest.mark.parametrize("root_s", [True, False], ids=["in a root folder of root's", "in its owner's root folder"])
def test_a_declared_connector_that_is_a_link_out_of_root_is_not_root_s(gateway, proof, web, root_s):
    archive = gateway.folder / "served/app.zip"
    archive.parent.mkdir()
    archive.write_bytes(zipped({"main.py": "1\n"}))
    link = gateway.declare("app", source=web.under("files", archive), pins=["gup-one,1.0"])
    plant_virtualenv(gateway, proof, "app")
    link.symlink_to("/etc")
    os.lchown(link, ANN, ANN)
    if not root_s:
        os.chown(gateway.root, ANN, ANN)
    run = gateway.now()
    run.must("app", outcome="failed", reason=Has("a link that leaves", "/etc"))
    assert proof.read_text() == "" and not (gateway.root / ".gup").exists()
    follow(run["app"]["hint"])
    gateway.now()
    assert str(0) not in proof.read_text().split() and Path("/etc/passwd").exists()


def test_a_declared_connector_has_the_configured_owner(gateway, proof, web):
    archive = gateway.folder / "served/app.zip"
    archive.parent.mkdir()
    archive.write_bytes(zipped({"main.py": "1\n"}))
    user = "daemon"
    uid = int(subprocess.run(["id", "-u", user], check=True, stdout=subprocess.PIPE).stdout)
    link = gateway.declare("app", source=web.under("files", archive), owner=user)
    gateway.now().must("app", code=0, outcome="updated")
    assert {path.lstat().st_uid for path in (gateway.root / ".gup/app").rglob("*")} == {uid}
    assert link.lstat().st_uid == uid and gateway.now().code == 0
    gateway.declare("app", owner=None)
    gateway.now().must("app", outcome="failed", hint=Has(f'owner = "{user}"'))
    gateway.declare("app", owner="nobody-of-this-name")
    run = gateway.run("now")
    assert run.code == 2 and "gup-agent.toml:" in run.err and "connector.owner: there is no user" in run.err, run


def test_recovery_works_as_the_journal_s_user_and_not_as_the_owner_of_a_planted_link(gateway, proof):
    """The former owner has exchanged the connector's folder for a link to a folder of root's in which everybody may write."""
    connector = gateway.connector("meter", files={"cron": "0\n"})
    hooks, target = gateway.folder / "hooks", gateway.folder / "of-root"
    hooks.mkdir()
    (hooks / "kill").write_text("#!/bin/sh\nkill -9 $(cut -d' ' -f4 /proc/$PPID/stat)\n")
    (hooks / "kill").chmod(0o755)
    gateway.configure("hooks", post_update=str(hooks))
    os.chown(gateway.root, ANN, ANN)
    give(connector.path)
    connector.push({"cron": "1\n"})
    gateway.run("now")
    assert (gateway.state / "journal/meter").exists()
    place, etc = gateway.folder / "shared", target / "cron.d"
    place.mkdir()
    place.chmod(0o1777)
    etc.mkdir(parents=True)
    subprocess.run(["cp", "-a", f"{connector.path}/.git", str(place)], check=True)
    subprocess.run(["git", "config", "-f", f"{place}/.git/config", "core.worktree", str(etc)], check=True)
    connector.path.rename(gateway.root / ".aside")
    connector.path.symlink_to(place)
    os.lchown(connector.path, ANN, ANN)
    (hooks / "kill").unlink()
    run = gateway.run("recover", "--json")
    run.must("meter", code=1, outcome="failed", reason=Has("a link that leaves"))
    assert list(etc.iterdir()) == [] and (gateway.state / "journal/meter").exists()
    connector.path.unlink()
    (gateway.root / ".aside").rename(connector.path)
    assert gateway.run("recover").code == 0 and connector.read("cron") == "0\n"


class Swapper:
    """Exchanges each of the connectors and a link of Ann's to a folder of root's, all the time."""

    def __init__(self, root: Path, names: list[str]):
        self.ending = threading.Event()
        self.libc = ctypes.CDLL(None)
        self.pairs = [(str(root / name).encode(), str(root / f".{name}").encode()) for name in names]
        for _, link in self.pairs:
            os.symlink("/etc", link)
            os.lchown(link, ANN, ANN)
        self.thread = threading.Thread(target=self.swap)
        self.thread.start()

    def swap(self) -> None:
        while not self.ending.is_set():
            for folder, link in self.pairs:
                self.libc.renameat2(-100, folder, -100, link, 2)
                end = time.perf_counter_ns() + 25_000
                while time.perf_counter_ns() < end:
                    pass
                self.libc.renameat2(-100, folder, -100, link, 2)

    def end(self) -> None:
        self.ending.set()
        self.thread.join()


def test_an_exchange_of_folders_at_any_moment_makes_nothing_root_s(gateway, proof):
    script = gateway.folder / "ssh"
    script.write_text(f"#!/bin/sh\nid -u >> {proof}\nexit 1\n")
    script.chmod(0o755)
    names = [f"meter-{number}" for number in range(50)]
    first = gateway.connector(names[0])
    first.git("remote", "set-url", "origin", "ssh://git@localhost/nothing.git")
    first.git("config", "core.sshCommand", script)
    for name in names[1:]:
        subprocess.run(["cp", "-a", str(first.path), str(gateway.root / name)], check=True)
    give(gateway.root)
    swapper = Swapper(gateway.root, names)
    try:
        for _ in range(4):
            gateway.run("check")
            if str(0) in proof.read_text().split():
                break
    finally:
        swapper.end()
    gateway.run("check")
    assert set(proof.read_text().split()) == {str(ANN)}


@pytest.mark.parametrize("what", [".git", ".git/config", "gupfile", ".git/objects"])
def test_a_part_of_another_user_s_in_a_folder_of_root_s_is_not_used(gateway, proof, what):
    connector = gateway.connector("meter")
    script = gateway.folder / "ssh"
    script.write_text(f"#!/bin/sh\nid -u >> {proof}\nexit 1\n")
    script.chmod(0o755)
    connector.git("remote", "set-url", "origin", "ssh://git@localhost/nothing.git")
    connector.git("config", "core.sshCommand", script)
    os.chown(connector.path / what, ANN, ANN)
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has(f"uid {ANN} can change {connector.path / what}"))
    assert proof.read_text() == "" and run["meter"]["hint"] == f"chown -R {ANN} {connector.path}"
    follow(run["meter"]["hint"])
    gateway.now()
    assert set(proof.read_text().split()) == {str(ANN)}


@pytest.mark.parametrize("mode, uid, hint", [(0o777, ANN, "chmod -R o-w"), (0o775, 0, "chmod -R g-w"), (0o777, 0, "chmod -R go-w")])
def test_a_folder_in_which_others_may_write_is_refused_and_the_hint_mends_it(gateway, proof, mode, uid, hint):
    connector = gateway.connector("meter")
    give(connector.path, uid)
    connector.path.chmod(mode)
    run = gateway.now()
    run.must("meter", outcome="failed", hint=f"{hint} {connector.path}")
    follow(run["meter"]["hint"])
    gateway.now().must("meter", code=0, outcome="unchanged")


def test_a_folder_s_group_gives_its_owner_nothing(gateway, proof):
    connector = gateway.connector("meter")
    secret = gateway.folder / "secret"
    secret.write_text("root's\n")
    secret.chmod(0o640)
    script = gateway.folder / "ssh"
    script.write_text(f"#!/bin/sh\n(id -u; id -g; id -G; cat {secret}) >> {proof} 2>&1\nexit 1\n")
    script.chmod(0o755)
    connector.git("remote", "set-url", "origin", "ssh://git@localhost/nothing.git")
    connector.git("config", "core.sshCommand", script)
    subprocess.run(["chown", "-R", str(ANN), str(connector.path)], check=True)  # the group stays root
    gateway.now()
    assert proof.read_text().split("\n")[:3] == [str(ANN), str(NOBODY), str(NOBODY)], proof.read_text()
    assert "root's" not in proof.read_text()


def test_releases_in_a_root_folder_of_several_owners_are_nobody_else_s(gateway, proof):
    """In a sticky root folder, the first owner does not get the folder with the releases and virtualenvs of all."""
    gateway.root.chmod(0o1777)
    connectors = {ANN: gateway.connector("a-first"), BOB: gateway.connector("b-second"), 0: gateway.connector("c-third")}
    for uid, connector in connectors.items():
        give(connector.path, uid)
        give(gateway.virtualenv(connector.name, where=connector.path / ".venv", pip=False).path, uid)
        assert gateway.run("adopt", connector.name).code == 0
    for name in (".gup", ".pyenv"):
        status = (gateway.root / name).stat()
        assert (status.st_uid, status.st_mode & 0o7777) == (0, 0o755), name
    for uid, connector in connectors.items():
        new = connector.push({"new": "1\n"})
        gateway.now(connector.name).must(connector.name, code=0, outcome="updated", commit=new)
        assert {path.lstat().st_uid for path in (gateway.root / ".gup" / connector.name).rglob("*")} == {uid}
    assert gateway.now().code == 0


@pytest.mark.parametrize("name", [".gup", ".pyenv"])
def test_a_folder_of_the_first_owner_s_is_refused_for_the_others_and_the_hint_mends_it(gateway, proof, name):
    gateway.root.chmod(0o1777)
    first, second = gateway.connector("a-first"), gateway.connector("b-second")
    give(first.path)
    give(second.path, BOB)
    (gateway.root / name).mkdir()
    give(gateway.root / name)
    run = gateway.now()
    assert run.outcomes() == {"a-first": "unchanged", "b-second": "failed"}
    run.must("b-second", reason=Has(f"uid {ANN} can change {gateway.root / name}"))
    follow(run["b-second"]["hint"])
    assert gateway.now().code == 0


def test_files_of_an_owner_are_not_everybody_s_whatever_the_umask_of_the_agent_is(gateway, proof):
    connector = gateway.connector("meter")
    give(connector.path)
    connector.push({"new/file": "1\n"})
    run = gateway.run("now", wrapper=["sh", "-c", 'umask 000; exec "$@"', "sh"])
    assert run.code == 0, run
    assert not [path for path in connector.path.rglob("*") if path.lstat().st_mode & 0o022 and not path.is_symlink()]
    gateway.now().must("meter", code=0, outcome="unchanged")


@pytest.mark.parametrize("where", ["", "inside"])
def test_a_work_tree_elsewhere_is_refused(gateway, proof, where):
    connector, target = gateway.connector("meter"), gateway.folder / "elsewhere"
    target.mkdir()
    connector.push({"new": "1\n"})
    if where:
        (connector.path / "out").symlink_to(target)
    connector.git("config", "core.worktree", connector.path / "out" if where else target)
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("core.worktree", str(target)))
    assert list(target.iterdir()) == []
    follow(run["meter"]["hint"])
    gateway.now().must("meter", code=0, outcome="updated")


def test_sudo_s_caller_is_not_the_owner_of_root_s_repositories(gateway, proof):
    connector = gateway.connector("meter")
    give(connector.path / ".git")
    gateway.now(env={"SUDO_UID": str(ANN)}).must("meter", outcome="failed", reason=Has(f"uid {ANN} can change"))


def test_a_linked_work_tree_of_another_owner_s_repository_is_refused(gateway, proof):
    connector, other = gateway.connector("meter"), gateway.connector("other")
    other.git("worktree", "add", "-q", "-b", "second", gateway.root / "linked", "origin/main")
    give(gateway.root / "linked", BOB)
    give(other.path)
    run = gateway.now()
    run.must("linked", outcome="failed", reason=Has(f"uid {ANN} can change {other.path}"))
    run.must("meter", outcome="unchanged")
    assert connector.changes == ""
