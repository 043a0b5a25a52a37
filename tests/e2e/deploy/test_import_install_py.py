# SPDX-License-Identifier: Apache-2.0
"""Taking over the versions that install.py has made: a workdir with `<version>/.venv`, and a link to the enabled version."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from completed import Has
from gateway import each_kill, snapshot, write_files
from release_commands import enable, install, listed, release
from virtualenvs import Virtualenv

OLD, MIDDLE, NEW = ("2023-03-08_13_14-deploy_script_test-81d8233", "2023-08-30_08_02-deploy_script_upgrade-e9b167f",
                    "2023-08-31_08_28-deploy_script_upgrade-9e95155")


def fill(workdir: Path, make=Virtualenv.bare) -> Path:
    """As `make deploy` leaves it, with MIDDLE enabled."""
    for at, version in enumerate((OLD, MIDDLE, NEW), 1):
        write_files(workdir / version, {"start_bot.py": f"print({at})\n", "requirements": "six==1.16.0\n", "commands/start/__init__.py": "",
                                        ".hidden": "1\n"})
        make(workdir / version / ".venv")
    write_files(workdir / "notes", {"a.txt": "no version\n"})
    (workdir / "bot").symlink_to(workdir / MIDDLE)
    return workdir


@pytest.fixture
def workdir(gateway):
    return fill(gateway.folder / "important_info_bot")


def take_over(gateway, workdir, *options):
    return gateway.run("import", "install-py", "--workdir", str(workdir), "--link", "bot", *options, "--json")


def started(link: Path) -> str:
    return subprocess.run(["/usr/bin/python3", str(link / "start_bot.py")], check=True, capture_output=True, text=True).stdout


def inodes(workdir: Path) -> dict[str, tuple[int, int]]:
    return {str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns) for path in workdir.rglob("*")
            if path != workdir / "bot" and "__pycache__" not in path.parts}


def test_versions_become_releases_and_nothing_is_moved_or_copied(gateway, workdir):
    before = inodes(workdir)
    sleeper = subprocess.Popen(["/usr/bin/python3", "-c", "import sys; sys.stdin.read(); print(open('start_bot.py').read())"],
                               cwd=workdir / "bot", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        run = take_over(gateway, workdir)
        run.must("bot", code=0, outcome="updated")
        assert f"took over {OLD} as a release" in run["bot"]["actions"] and f"release {MIDDLE} is enabled" in run["bot"]["actions"][-1]
        assert inodes(workdir) == before
        assert sleeper.communicate("go\n")[0] == "print(2)\n\n", "what runs keeps its folder"
    finally:
        sleeper.kill()
    assert listed(gateway, "bot") == [NEW, MIDDLE, OLD]
    lines = gateway.run("release", "list", "bot", "--sort=version").out.splitlines()
    assert [line[:2] for line in lines] == ["  ", "* ", "  "] and lines[1].split()[1] == MIDDLE
    assert started(workdir / "bot") == started(gateway.root / "bot") == "2\n"
    assert (workdir / "bot/.venv/pyvenv.cfg").exists() and (workdir / "bot/.hidden").exists()
    assert os.readlink(gateway.root / ".pyenv/bot") == str(gateway.root / "bot/.venv")
    assert not list((gateway.state / "journal").glob("*"))
    gateway.run("status", "--json")
    assert gateway.now().code == 0
    again = take_over(gateway, workdir)
    again.must("bot", code=0, outcome="unchanged", reason=Has("already"))


def test_enable_rollback_install_and_prune_work_afterwards(gateway, workdir, code):
    take_over(gateway, workdir).must("bot", code=0)
    before = inodes(workdir)
    run = enable(gateway, OLD, name="bot")
    assert f"redirecting bot: {MIDDLE} --> {OLD}\n" in run.out, run
    assert started(workdir / "bot") == "1\n", "the unit's path follows"
    assert gateway.run("rollback", "bot").code == 0
    assert started(workdir / "bot") == "2\n"
    write_files(code, {"start_bot.py": "print(4)\n"})
    install(gateway, "--from", str(code), "--version", "4", name="bot")
    enable(gateway, "4", name="bot")
    assert started(workdir / "bot") == "4\n" and not (gateway.root / ".gup/bot/4/start_bot.py").is_symlink()
    run = release(gateway, "prune", "bot", "--keep", "2")
    assert run.code == 0 and sorted(listed(gateway, "bot")) == [MIDDLE, "4"], run
    assert inodes(workdir) == before, "versions of install.py are only forgotten"
    assert gateway.run("rollback", "bot").code == 0
    assert started(workdir / "bot") == "2\n"


def test_the_link_may_be_in_root_itself(gateway):
    fill(gateway.root)
    before = inodes(gateway.root)
    take_over(gateway, gateway.root).must("bot", code=0, outcome="updated")
    assert {path: value for path, value in inodes(gateway.root).items() if path in before} == before
    assert os.readlink(gateway.root / "bot") == f".gup/bot/{MIDDLE}"
    assert set(gateway.check().connectors) == {"bot"}, "versions are no connectors"
    enable(gateway, NEW, name="bot")
    assert started(gateway.root / "bot") == "3\n"
    take_over(gateway, gateway.root).must("bot", code=0, outcome="unchanged")


def test_another_name_no_link_and_a_version_more(gateway, workdir):
    (workdir / "bot").unlink()
    run = take_over(gateway, workdir, "--name", "info-bot")
    run.must("info-bot", code=0, outcome="updated")
    assert "no release is enabled" in run["info-bot"]["actions"][-1]
    assert not (gateway.root / "info-bot").exists() and not (workdir / "bot").exists()
    write_files(workdir / "2.0", {"start_bot.py": "print(5)\n"})
    Virtualenv.bare(workdir / "2.0/.venv")
    (workdir / "bot").symlink_to("2.0")
    take_over(gateway, workdir, "--name", "info-bot").must("info-bot", code=0, outcome="updated")
    assert listed(gateway, "info-bot") == ["2.0", NEW, MIDDLE, OLD]
    assert started(workdir / "bot") == started(gateway.root / "info-bot") == "5\n"
    enable(gateway, OLD, name="info-bot")
    take_over(gateway, workdir, "--name", "info-bot").must("info-bot", outcome="unchanged")
    assert started(workdir / "bot") == "1\n"


def test_a_night_leaves_it_as_it_is_and_its_gupfile_is_known(gateway, workdir):
    write_files(workdir / MIDDLE, {"gupfile": "gup-one,1.0\n"})
    take_over(gateway, workdir).must("bot", code=0)
    assert (gateway.root / "bot/gupfile").read_text() == "gup-one,1.0\n"
    before = inodes(workdir), snapshot(gateway.root)
    assert gateway.now().outcomes() == {"bot": "skipped"}
    assert (inodes(workdir), snapshot(gateway.root)) == before
    assert gateway.run("doctor").code in (0, 1)


@pytest.mark.parametrize("case", ["no folder", "file", "empty", "link", "leads away", "root", "virtualenv", "name", "broken"])
def test_wrong_requests_change_nothing(gateway, workdir, case):
    arguments = ["--workdir", str(workdir), "--link", "bot"]
    if case == "no folder":
        arguments[1] = str(workdir / "nowhere")
    elif case == "file":
        arguments[1] = str(workdir / OLD / "start_bot.py")
    elif case == "empty":
        arguments[1] = str(workdir / "notes")
    elif case == "link":
        arguments[3] = "notes"
    elif case == "leads away":
        (workdir / "bot").unlink()
        (workdir / "bot").symlink_to("notes")
    elif case == "root":
        write_files(gateway.root / "bot", {"precious": "1\n"})
    elif case == "virtualenv":
        gateway.virtualenv("bot", pip=False)
    elif case == "name":
        arguments += ["--name", "../x"]
    else:
        (workdir / "bot").unlink()
        (workdir / "bot").symlink_to(workdir / "gone")
    before = snapshot(gateway.folder, without=("log", "state"))
    run = gateway.run("import", "install-py", *arguments, "--json")
    assert run.code == 2 and run.events[-1]["message"], run
    assert snapshot(gateway.folder, without=("log", "state")) == before


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
def test_killed_before_every_change_all_is_taken_over_or_nothing(gateway):
    workdir = fill(gateway.root / "work")
    command = ("import", "install-py", "--workdir", str(workdir), "--link", "bot")
    gateway.remember()
    killed, broken = 0, []
    for at in each_kill(gateway, command, sampled=("fsync", "symlink", "symlinkat")):
        killed += 1
        if started(workdir / "bot") != "2\n":
            broken.append(f"{at}: the link leads nowhere")
        run = gateway.run("recover")
        state = (os.readlink(workdir / "bot"), sorted(listed(gateway, "bot")), (gateway.root / "bot").is_symlink())
        whole = (str(gateway.root / "bot"), sorted([OLD, MIDDLE, NEW]), True)
        if run.code != 0 or list((gateway.state / "journal").glob("*")) or state not in (whole, (str(workdir / MIDDLE), [], False)):
            broken.append(f"{at}: {run.code} {state}: {run.err}")
        if started(workdir / "bot") != "2\n" or gateway.run(*command).code != 0 or len(listed(gateway, "bot")) != 3:
            broken.append(f"{at}: it does not work any more")
        gateway.restore()
    assert not broken, "\n".join(broken)
    assert killed > 5
