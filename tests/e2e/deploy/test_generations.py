# SPDX-License-Identifier: Apache-2.0
"""Generations: an update never changes the running virtualenv, and code and virtualenv are activated together."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from completed import Has
from gateway import snapshot, wait_for
from virtualenvs import Virtualenv


@pytest.fixture
def meter(gateway, index):
    """A connector at gup-one 1.0, with a pending update of code and pin."""
    index.add("gup-one", "1.0", "2.0", "3.0", extra={"gup_one_later.py": "version = 'of 1.0'\n"})
    made = gateway.connector("meter", "gup-one,1.0\n", files={"main.py": "print(1)\n"})
    made.virtualenv = gateway.virtualenv("meter")
    made.virtualenv.pip("gup-one==1.0", index=index.url)
    made.old = made.head
    made.place = gateway.root / ".pyenv/meter"
    made.generations = gateway.root / ".gup/meter"
    return made


def update(gateway, meter, version: str) -> dict:
    meter.push({"gupfile": f"gup-one,{version}\n", "main.py": f"print({version!r})\n"})
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    return run["meter"]


def generation(path: Path) -> dict:
    return json.loads((path / "generation.json").read_text())


def ids(meter) -> list[str]:
    return sorted(path.name for path in meter.generations.iterdir())


def test_an_update_leaves_the_old_virtualenv_as_it_was_and_switches_a_link(gateway, meter):
    old = snapshot(meter.place)
    inode = os.stat(meter.place).st_ino
    update(gateway, meter, "2.0")
    assert meter.place.is_symlink()
    new = Path(os.readlink(meter.place))
    assert new.is_absolute() and new.parent.parent == meter.generations and new.name == ".venv", new
    before = next(path for path in meter.generations.iterdir() if path.name.endswith("-before"))
    assert os.stat(before / ".venv").st_ino == inode and snapshot(before / ".venv") == old
    made = generation(new.parent)
    assert made["commit"] == meter.head and made["from"] == meter.old and made["previous"] == before.name
    assert made["virtualenv"] == made["environment"] == str(new) and made["pins"][0]["version"] == "2.0"
    assert generation(before)["commit"] == meter.old
    assert Virtualenv(meter.place).imported_version("gup_one") == "2.0"
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_scripts_of_the_new_virtualenv_run_in_it(gateway, meter):
    script = meter.place / "bin/hello"
    script.write_text(f"#!{meter.place}/bin/python\nimport sys; print(sys.prefix)\n")
    script.chmod(0o755)
    update(gateway, meter, "2.0")
    new = os.readlink(meter.place)
    said = subprocess.run([meter.place / "bin/hello"], capture_output=True, text=True, check=True).stdout.strip()
    assert said == new
    assert f"{meter.place}\n" not in (Path(new) / "bin/activate").read_text()
    version = subprocess.run([meter.place / "bin/pip", "--version"], capture_output=True, text=True, check=True).stdout
    assert new in version, version


def test_files_that_did_not_change_are_shared(gateway, meter):
    update(gateway, meter, "2.0")
    new = Path(os.readlink(meter.place))
    old = next(meter.generations.glob("*-before")) / ".venv"
    files = [path for path in new.rglob("*") if path.is_file() and not path.is_symlink()]
    shared = [path for path in files if (old / path.relative_to(new)).exists()
              and path.samefile(old / path.relative_to(new))]
    assert len(shared) > 0.9 * len(files), (len(shared), len(files))
    assert not [path for path in shared if path.parent.name == "bin" or path.name in ("pyvenv.cfg", "RECORD")]


LAZY = """
import sys, time, pathlib
pathlib.Path(sys.argv[1] + ".ready").write_text("")
while not pathlib.Path(sys.argv[1] + ".go").exists():
    time.sleep(0.01)
import gup_one, gup_one_later
print(gup_one.version, sys.prefix)
"""


def test_a_process_that_imports_lazily_stays_with_its_own_virtualenv(gateway, meter):
    update(gateway, meter, "2.0")
    own = os.readlink(meter.place)
    marker = gateway.folder / "marker"
    process = subprocess.Popen([meter.place / "bin/python", "-c", LAZY, str(marker)], stdout=subprocess.PIPE, text=True)
    wait_for(lambda: Path(f"{marker}.ready").exists(), "the start of the process")
    update(gateway, meter, "3.0")
    assert os.readlink(meter.place) != own
    Path(f"{marker}.go").touch()
    out, _ = process.communicate(timeout=30)
    assert out.split() == ["2.0", own], out
    assert Virtualenv(meter.place).imported_version("gup_one") == "3.0", "and the next one has the new"


def test_generations_are_pruned_but_never_the_previous_one(gateway, meter):
    for version in ["2.0", "3.0"]:
        before = os.readlink(meter.place) if meter.place.is_symlink() else None
        update(gateway, meter, version)
        assert len(ids(meter)) == 2, ids(meter)
        assert Path(os.readlink(meter.place)).parent.name in ids(meter)
    assert Path(before).is_dir()


def test_code_alone_shares_the_virtualenv_which_is_not_pruned(gateway, meter):
    update(gateway, meter, "2.0")
    environment = os.readlink(meter.place)
    for number in range(4):
        meter.push({"main.py": f"print('code {number}')\n"})
        gateway.now().must("meter", outcome="updated")
    assert os.readlink(meter.place) == environment and Path(environment).is_dir()
    assert Virtualenv(meter.place).imported_version("gup_one") == "2.0"
    made = [generation(meter.generations / one) for one in ids(meter)]
    assert all(one["environment"] == environment for one in made), made


def test_rollback_restores_the_previous_pair_without_a_network(gateway, meter, web):
    update(gateway, meter, "2.0")
    update(gateway, meter, "3.0")
    new = meter.head
    meter.remote.bare.rename(gateway.folder / "away.git")
    run = gateway.run("rollback", "--json", "meter")
    run.must("meter", code=0, outcome="updated")
    assert meter.changes == "" and meter.read("gupfile") == "gup-one,2.0\n"
    assert Virtualenv(meter.place).imported_version("gup_one") == "2.0"
    assert run.pin("meter", "gup-one") == "2.0"
    (gateway.folder / "away.git").rename(meter.remote.bare)
    night = gateway.now()
    night.must("meter", outcome="skipped", reason=Has("rolled back"))
    assert meter.head != new and Virtualenv(meter.place).imported_version("gup_one") == "2.0"
    newer = meter.push({"gupfile": "gup-one,1.0\n", "main.py": "print('newer')\n"})
    gateway.now().must("meter", outcome="updated")
    assert meter.head == newer and Virtualenv(meter.place).imported_version("gup_one") == "1.0"


def test_rollback_to_the_set_from_before_the_agent(gateway, meter):
    update(gateway, meter, "2.0")
    run = gateway.run("rollback", "--json", "meter")
    assert run.code == 0, run
    assert meter.head == meter.old and meter.changes == ""
    assert Virtualenv(meter.place).imported_version("gup_one") == "1.0"
    prefix = subprocess.run([meter.place / "bin/python", "-c", "import sys; print(sys.prefix)"], capture_output=True,
                            text=True, check=True).stdout.strip()
    assert prefix == os.readlink(meter.place), "it keeps to itself from now on"
    said = subprocess.run([meter.place / "bin/pip", "--version"], capture_output=True, text=True, check=True).stdout
    assert prefix in said


def test_rollback_to_a_named_generation_and_to_a_missing_one(gateway, meter):
    gateway.configure("update", keep=5)
    update(gateway, meter, "2.0")
    first = Path(os.readlink(meter.place)).parent.name
    update(gateway, meter, "3.0")
    assert len(ids(meter)) == 3, "more are kept when that is wanted"
    run = gateway.run("rollback", "--json", "meter", first)
    assert run.code == 0, run
    assert Virtualenv(meter.place).imported_version("gup_one") == "2.0", run
    gateway.run("rollback", "--json", "meter", first).must("meter", outcome="unchanged")
    wrong = gateway.run("rollback", "--json", "meter", "2020-01-01_00_00-main-1234567")
    assert wrong.code == 2, wrong
    assert first in wrong.events[-1]["hint"], wrong


def test_rollback_does_not_overwrite_local_work(gateway, meter):
    update(gateway, meter, "2.0")
    new = meter.head
    (meter.path / "main.py").write_text("somebody's\n")
    run = gateway.run("rollback", "--json", "meter")
    run.must("meter", code=1, outcome="failed", reason=Has("main.py"))
    assert meter.head == new and meter.read("main.py") == "somebody's\n"
    assert Virtualenv(meter.place).imported_version("gup_one") == "2.0"


def test_without_a_recorded_generation_rollback_is_refused(gateway):
    gateway.connector("meter")
    run = gateway.run("rollback", "meter")
    assert run.code == 2, run
    assert "no generation" in run.err, run


def test_too_little_space_is_refused_with_both_numbers_and_nothing_changes(gateway, meter):
    gateway.configure("update", disk_reserve="900000GiB")
    before = snapshot(gateway.root, without=("objects",))
    meter.push({"gupfile": "gup-one,2.0\n"})
    meter.git("fetch", "-q")  # so that there is enough space for the pack
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("are needed", "are free"))
    assert meter.head == meter.old and not meter.place.is_symlink()
    after = snapshot(gateway.root, without=("objects",))
    assert {name for name in after if ".git/" not in name} == {name for name in before if ".git/" not in name}
    assert not (gateway.state / "journal/meter").exists()


def test_an_incomplete_wheel_is_not_activated(gateway, meter, index):
    wheel = next((index.folder / "gup-one").glob("gup_one-2.0*.whl"))
    script = ("import sys, zipfile, shutil\n"
              "source = zipfile.ZipFile(sys.argv[1]); target = zipfile.ZipFile(sys.argv[1] + '.new', 'w')\n"
              "for name in source.namelist():\n"
              "    target.writestr(name, b'' if name == 'gup_one_later.py' else source.read(name))\n"
              "target.close(); shutil.move(sys.argv[1] + '.new', sys.argv[1])\n")
    subprocess.run(["/usr/bin/python3", "-c", script, str(wheel)], check=True)
    new = meter.push({"gupfile": "gup-one,2.0\n"})
    run = gateway.now()
    run.must("meter", code=1, reason=Has("gup_one_later.py"))
    assert str(meter.place) in run["meter"]["reason"], "the place that people know"
    assert meter.head == new, "the code is updated all the same"
    assert not meter.place.is_symlink() and Virtualenv(meter.place).imported_version("gup_one") == "1.0"


def test_a_pin_that_is_not_available_leaves_no_copy(gateway, meter):
    meter.push({"gupfile": "gup-one,9.9\n"})
    gateway.now().must("meter", outcome="failed")
    assert not meter.place.is_symlink()
    assert not list(meter.generations.rglob(".venv"))


def test_a_link_of_the_operator_is_followed_and_its_folder_stays(gateway, meter):
    elsewhere = gateway.folder / "elsewhere"
    Virtualenv.real(elsewhere).pip("gup-one==1.0", index=f"file://{gateway.folder}/index")
    meter.place.rename(gateway.folder / "unused")
    meter.place.symlink_to(elsewhere)
    before = snapshot(elsewhere)
    update(gateway, meter, "2.0")
    assert snapshot(elsewhere) == before
    assert Virtualenv(meter.place).imported_version("gup_one") == "2.0"
    assert gateway.run("rollback", "meter").code == 0
    assert Virtualenv(meter.place).imported_version("gup_one") == "1.0"
    assert Path(os.readlink(meter.place)) == elsewhere


def test_a_virtualenv_in_the_work_tree_leaves_the_work_tree_clean(gateway, index):
    index.add("gup-one", "1.0", "2.0")
    connector = gateway.connector("meter", "gup-one,1.0\n", files={".gitignore": ".venv/\n"})
    virtualenv = gateway.virtualenv("meter", where=connector.path / ".venv")
    virtualenv.pip("gup-one==1.0", index=index.url)
    connector.push({"gupfile": "gup-one,2.0\n"})
    gateway.now().must("meter", outcome="updated")
    assert (connector.path / ".venv").is_symlink() and connector.changes == ""
    assert virtualenv.imported_version("gup_one") == "2.0"


def test_the_next_update_removes_the_remains_of_a_crash(gateway, meter):
    update(gateway, meter, "2.0")
    left = meter.generations / "2026-01-01_00_00-main-1234567"
    (left / ".venv/bin").mkdir(parents=True)
    strange = meter.generations / "shared"
    strange.mkdir()
    update(gateway, meter, "3.0")
    assert not left.exists() and strange.exists()


@pytest.mark.root("only root can become another user")
def test_in_a_root_folder_that_is_root_s_everything_is_the_owner_s(gateway, meter):
    gateway.folder.chmod(0o755)
    uid = 4711
    for path in (meter.path, meter.place):
        subprocess.run(["chown", "-R", f"{uid}:{uid}", str(path)], check=True)
    (gateway.home / ".config/pip/pip.conf").rename(gateway.folder / "pip.conf")
    gateway.environment["PIP_CONFIG_FILE"] = str(gateway.folder / "pip.conf")
    gateway.temporary.chmod(0o1777)
    update(gateway, meter, "2.0")
    assert os.lstat(meter.place).st_uid == uid
    assert os.stat(meter.generations).st_uid == uid and os.stat(meter.generations.parent).st_uid == 0
    assert {os.lstat(path).st_uid for path in meter.generations.rglob("*")} == {uid}


@pytest.mark.root("only root can become another user")
def test_a_link_that_an_owner_put_in_the_way_makes_root_write_nowhere(gateway, meter):
    gateway.folder.chmod(0o755)
    gateway.temporary.chmod(0o1777)
    uid = 4711
    for path in (meter.path, meter.place):
        subprocess.run(["chown", "-R", f"{uid}:{uid}", str(path)], check=True)
    target = gateway.folder / "private"
    target.mkdir(mode=0o755)
    meter.generations.parent.mkdir()
    meter.generations.symlink_to(target)
    meter.push({"gupfile": "gup-one,2.0\n"})
    gateway.now().must("meter", outcome="failed")
    assert list(target.iterdir()) == [] and meter.head == meter.old


@pytest.mark.root("only root can mount")
def test_generations_are_on_the_file_system_of_the_virtualenv(gateway, index):
    index.add("gup-one", "1.0", "2.0")
    pyenv = gateway.root / ".pyenv"
    pyenv.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "gup-e2e", str(pyenv)]).returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        connector = gateway.connector("meter", "gup-one,1.0\n")
        virtualenv = gateway.virtualenv("meter")
        virtualenv.pip("gup-one==1.0", index=index.url)
        connector.push({"gupfile": "gup-one,2.0\n"})
        gateway.now().must("meter", outcome="updated")
        assert Path(os.readlink(pyenv / "meter")).is_relative_to(pyenv / ".gup/meter")
        assert virtualenv.imported_version("gup_one") == "2.0"
        assert gateway.run("rollback", "meter").code == 0
        assert virtualenv.imported_version("gup_one") == "1.0"
    finally:
        subprocess.run(["umount", str(pyenv)], check=True)
