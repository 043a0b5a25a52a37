# SPDX-License-Identifier: Apache-2.0
"""`local` of a [[connector]]: a plain folder that mirrors the enabled release."""
from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from gateway import CHANGING, each_kill, snapshot, write_files
from release_commands import enable, install


@pytest.fixture
def local(gateway, code) -> Path:
    """Two installed releases, none of them enabled; the folder does not exist yet."""
    folder = gateway.folder / "deploy/current"
    declare(gateway, str(folder))
    write_files(code, {"main.py": "1\n", "lib/same.py": "same\n" * 5000, "lib/gone.py": "1\n", ".gitignore": "*.pyc\n",
                       "bin/start": "#!/bin/sh\n"})
    (code / "bin/start").chmod(0o755)
    (code / "start").symlink_to("bin/start")
    install(gateway, "--from", str(code), "--version", "1")
    (code / "lib/gone.py").unlink()
    write_files(code, {"main.py": "2\n", "new/deep/er.py": "2\n"})
    install(gateway, "--from", str(code), "--version", "2")
    return folder


def declare(gateway, local: str) -> None:
    gateway.declare("smart-meter", source="https://example.org/app.git", local=local)


FIRST = ["bin", "bin/start", "gupfile", "lib", "lib/gone.py", "lib/same.py", "main.py", "start"]
SECOND = ["bin", "bin/start", "gupfile", "lib", "lib/same.py", "main.py", "new", "new/deep", "new/deep/er.py", "start"]


def content(local: Path) -> list[str]:
    return sorted(snapshot(local))


def only_the_folder(local: Path) -> bool:
    return [path.name for path in local.parent.iterdir()] == [local.name]


def test_it_is_made_kept_and_brought_back(gateway, local):
    enable(gateway, "1")
    assert content(local) == FIRST and os.readlink(local / "start") == "bin/start" and os.access(local / "bin/start", os.X_OK)
    same = (local / "lib/same.py").stat()
    assert same.st_nlink == 1, "no link to the release"
    enable(gateway, "2")
    assert content(local) == SECOND and (local / "main.py").read_text() == "2\n"
    assert (local / "lib/same.py").stat().st_ino == same.st_ino, "what stays is not written again"
    assert gateway.run("rollback", "smart-meter").code == 0
    assert content(local) == FIRST and (local / "main.py").read_text() == "1\n" and only_the_folder(local)
    shutil.rmtree(local)
    enable(gateway, "1")
    assert content(local) == FIRST


def test_foreign_files_are_kept_and_changed_files_are_replaced_with_a_warning(gateway, local):
    write_files(local, {"data/old.db": "before the first time\n", "main.py": "of another program\n"})
    (local / "empty").mkdir(mode=0o700)
    local.chmod(0o775)
    enable(gateway, "1")
    assert content(local) == sorted([*FIRST, "data", "data/old.db", "empty"]) and (local / "main.py").read_text() == "1\n"
    assert any("main.py had local changes" in line for line in gateway.log_lines())
    write_files(local, {"lib/notes.txt": "mine\n", "lib/gone.py": "changed\n", "lib/same.py": "changed\n"})
    database = (local / "data/old.db").stat().st_ino
    enable(gateway, "2")
    assert content(local) == sorted([*SECOND, "data", "data/old.db", "empty", "lib/notes.txt"])
    assert (local / "data/old.db").stat().st_ino == database and (local / "lib/same.py").read_text() == "same\n" * 5000
    assert (local.stat().st_mode & 0o777, (local / "empty").stat().st_mode & 0o777) == (0o775, 0o700)
    assert any("lib/same.py had local changes" in line for line in gateway.log_lines())


def test_persisted_files_are_the_same_from_the_local_folder(gateway, local, code):
    write_files(code, {"gupfile": '[connector]\npersist = ["data"]\n'})
    install(gateway, "--from", str(code), "--version", "3")
    enable(gateway, "3")
    write_files(local, {"data/seen": "1\n"})
    assert (gateway.root / "smart-meter/data/seen").read_text() == "1\n"


def test_a_failed_switch_keeps_the_old_content_and_files_written_meanwhile(gateway, local, code):
    enable(gateway, "1")
    write_files(code, {"gupfile": '[hooks]\npost-update = "no.sh"\n',
                       "no.sh": f"#!/bin/sh\ncat {local}/main.py >> {local}/seen.log\nexit 1\n"})
    (code / "no.sh").chmod(0o755)
    install(gateway, "--from", str(code), "--version", "3")
    run = gateway.run("release", "enable", "smart-meter", "3")
    assert run.code == 1, run
    assert content(local) == sorted([*FIRST, "seen.log"]) and (local / "seen.log").read_text().startswith("2\n")
    assert only_the_folder(local)


def test_a_night_updates_it_with_the_release_of_the_source(gateway):
    remote, local = gateway.remote("app"), gateway.folder / "deploy/app"
    remote.push({"main.py": "1\n", "gone.py": "1\n", ".gitignore": "x\n"}, "First")
    gateway.declare("app", source=f"git+{remote.bare.as_uri()}", local=local)
    assert gateway.now().outcomes() == {"app": "updated"}
    assert [name for name in content(local) if name != "gupfile"] == ["gone.py", "main.py"]
    write_files(local, {"state.db": "mine\n"})
    remote.push({"main.py": "2\n", "gone.py": None})
    assert gateway.now().outcomes() == {"app": "updated"}
    assert [name for name in content(local) if name != "gupfile"] == ["main.py", "state.db"] and only_the_folder(local)
    assert (local / "main.py").read_text() == "2\n"
    before = snapshot(local.parent)
    assert gateway.now().outcomes() == {"app": "unchanged"} and snapshot(local.parent) == before


def test_too_little_disk_space_changes_nothing(gateway, local, small, code):
    small(local.parent, "1m")
    gateway.configure("update", disk_reserve="0")
    enable(gateway, "1")
    write_files(code, {"large": os.urandom(2 << 20)})
    install(gateway, "--from", str(code), "--version", "3")
    before = snapshot(local.parent)
    run = gateway.run("release", "enable", "smart-meter", "3")
    assert run.code != 0 and "no disk space at" in run.err + run.out, run
    assert snapshot(local.parent) == before and os.readlink(gateway.root / "smart-meter").endswith("/1")
    assert not list((gateway.state / "journal").glob("*"))


def test_a_mount_in_it_is_refused(gateway, local, small):
    enable(gateway, "1")
    write_files(small(local / "data", "1m"), {"old.db": "kept\n"})
    run = gateway.run("release", "enable", "smart-meter", "2")
    assert run.code != 0 and "data is a mount point, which the mirror cannot keep" in run.err + run.out, run
    assert content(local) == sorted([*FIRST, "data", "data/old.db"]) and only_the_folder(local)


@pytest.mark.parametrize("place", ["{root}/x", "{root}", "{folder}"])
def test_a_folder_in_root_or_around_it_is_refused(gateway, local, place):
    declare(gateway, place.format(root=gateway.root, folder=gateway.folder))
    before = snapshot(gateway.root)
    run = gateway.run("release", "enable", "smart-meter", "1")
    assert run.code == 2, run
    assert "is not possible: it overlaps with the root folder" in run.err + run.out, run
    assert snapshot(gateway.root) == before


def test_a_link_instead_of_the_folder_is_refused(gateway, local):
    local.parent.mkdir()
    (gateway.folder / "elsewhere/kept").mkdir(parents=True, exist_ok=True)
    local.symlink_to(gateway.folder / "elsewhere/kept")
    run = gateway.run("release", "enable", "smart-meter", "1")
    assert run.code == 2, run
    assert "is not possible: it is not a folder" in run.err + run.out, run


def restore(gateway, local: Path, kept: Path) -> None:
    gateway.restore()
    shutil.rmtree(local.parent)
    shutil.copytree(kept, local.parent, symlinks=True)


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
def test_killed_before_every_change_it_is_the_old_or_the_new_one(gateway, local):
    local.parent.mkdir()
    write_files(local, {"data/old.db": "kept\n"})
    enable(gateway, "1")
    kept = gateway.folder / "kept"
    gateway.remember()
    shutil.copytree(local.parent, kept, symlinks=True)
    killed, broken = 0, []
    for at in each_kill(gateway, ("release", "enable", "smart-meter", "2"), calls=(*CHANGING, "link", "linkat", "fchmod"),
                        sampled=("fsync", "unlinkat", "linkat"), restore=lambda: restore(gateway, local, kept)):
        killed += 1
        run = gateway.run("recover")
        enabled = Path(os.readlink(gateway.root / "smart-meter")).name
        whole = content(local) == sorted([*(FIRST if enabled == "1" else SECOND), "data", "data/old.db"])
        if run.code != 0 or not whole or not only_the_folder(local):
            broken.append(f"{at}: {run.code}, {enabled}: {content(local)}, {os.listdir(local.parent)}: {run.err}")
    assert not broken, "\n".join(broken)
    assert killed > 20
