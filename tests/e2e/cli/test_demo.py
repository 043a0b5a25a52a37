# SPDX-License-Identifier: Apache-2.0
"""gup-agent demo: a small gateway without root, server and network, which works afterwards, too."""
from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from gateway import AGENT, git

pytestmark = pytest.mark.native_only("the demo starts its own executable, which is the emulator then")
NOBODY = 65534
WITHOUT_NETWORK = ["/usr/bin/unshare", "--net"]


def run_demo(folder: Path, *arguments: str, path: str = "/usr/bin:/bin", wrapper: list[str] | None = None,
             **options) -> subprocess.CompletedProcess:
    environment = {"PATH": path, "HOME": str(folder), "GUP_ROOT": "/nonexistent", "LC_ALL": "C.UTF-8"}
    return subprocess.run([*(wrapper or []), *AGENT, "demo", *arguments], cwd=folder, env=environment, capture_output=True, text=True,
                          timeout=120, **options)


def run_there(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder.parent), "GUP_STATE": "/nonexistent"}
    return subprocess.run([folder / "gup-agent", *arguments], env=environment, capture_output=True, text=True, timeout=60)


@pytest.mark.root("its own network namespace")
def test_it_needs_no_network_and_its_gateway_can_be_used(tmp_path):
    done = run_demo(tmp_path, wrapper=WITHOUT_NETWORK)
    assert done.returncode == 0, done.stdout + done.stderr
    demo = tmp_path / "gup-agent-demo"
    for text in ["meter-reader 1.0", "meter-reader 1.1", "rolled back", 'grep -q ready self-test.txt']:
        assert text in done.stdout, done.stdout
    assert (demo / "connectors/smart-meter/main.py").read_text() == 'print("smart-meter 2")\n'
    assert (demo / "connectors/solar/main.py").read_text() == 'print("solar 1")\n'
    installed = list((demo / "connectors/.pyenv/heat-meter/lib").glob("python*/site-packages/meter_reader-1.1.dist-info"))
    assert installed, "the package of the second version"

    commands = dict(re.findall(r"^  (gup-agent-demo/gup-agent .*?|git clone .*?|rm -r .*?)   +(.*)$", done.stdout, re.MULTILINE))
    assert len(commands) == 5, done.stdout
    for command in commands:
        if "status" in command:
            assert "in quarantine" in run_there(demo, *shlex.split(command)[1:]).stdout
        elif "rollback" in command:
            assert run_there(demo, *shlex.split(command)[1:]).returncode == 0
            assert (demo / "connectors/smart-meter/main.py").read_text() == 'print("smart-meter 1")\n'
        elif "doctor" in command:
            assert run_there(demo, "doctor", "smart-meter").returncode in (0, 1)
    git("clone", "-q", demo / "remotes/solar.git", tmp_path / "mine")
    (tmp_path / "mine/self-test.txt").write_text("ready again\n")
    git("-C", tmp_path / "mine", "-c", "user.name=me", "-c", "user.email=me@example.org", "commit", "-qam", "Mend it")
    git("-C", tmp_path / "mine", "push", "-q")
    now = run_there(demo, "now", "solar")
    assert now.returncode == 0 and "updated" in now.stdout, now
    assert (demo / "connectors/solar/self-test.txt").read_text() == "ready again\n"


def test_without_python_it_shows_code_only(tmp_path):
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "env", "sed", "grep"):
        (programs / name).symlink_to(f"/usr/bin/{name}")
    done = run_demo(tmp_path, "demo", path=str(programs))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "meter-reader" not in done.stdout and "heat-meter" not in done.stdout
    assert "rolled back" in done.stdout


def test_a_folder_with_blanks_quotes_and_percent_signs(tmp_path):
    name = "it's a 100% \"demo\" #1"
    done = run_demo(tmp_path, name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert run_there(tmp_path / name, "check", "smart-meter").returncode == 0
    assert "meter-reader 1.1" in done.stdout


@pytest.mark.parametrize("there", ["folder", "file", "link"])
def test_what_is_there_stays(tmp_path, there):
    place = tmp_path / "demo"
    {"folder": place.mkdir, "file": lambda: place.write_text("mine"), "link": lambda: place.symlink_to("nowhere")}[there]()
    done = run_demo(tmp_path, "demo/" if there == "folder" else "demo")
    assert done.returncode == 2 and "demo already exists" in done.stderr and "gup-agent demo FOLDER" in done.stderr, done
    assert not (tmp_path / "nowhere").exists() and (not place.is_dir() or list(place.iterdir()) == [])


@pytest.mark.root("gives a folder to another user")
def test_a_plain_user_can_run_it_and_root_not_in_that_user_s_folder(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/") and not folder.stat().st_mode & 0o1000:
            folder.chmod(folder.stat().st_mode | 0o011)
    done = run_demo(home, "of-root")
    assert done.returncode == 2 and "the demo is not made there" in done.stderr and "hint" in done.stderr, done
    assert not (home / "of-root").exists()
    done = run_demo(home, "mine", user=NOBODY, group=NOBODY, extra_groups=[])
    assert done.returncode == 0, done.stdout + done.stderr
    assert (home / "mine").stat().st_uid == NOBODY


def test_a_folder_that_may_not_be_written_is_named(tmp_path):
    blocker = tmp_path / "blocker"
    blocker.write_text("")
    done = run_demo(tmp_path, "blocker/demo")
    assert done.returncode == 2 and "blocker" in done.stderr, done
