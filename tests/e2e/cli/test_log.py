# SPDX-License-Identifier: Apache-2.0
"""gup.log: one sentence a line, with its time, level and connector."""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from logs import well_formed


def test_a_change_is_a_line_with_its_connector(gateway):
    connector = gateway.connector("smart-meter")
    before = connector.head
    for number in range(3):
        new = connector.push({"file": f"{number}\n"})
    gateway.now()
    lines = well_formed(gateway)
    sentence = f" info (smart-meter) updated code {before[:7]} → {new[:7]} (main, 3 commits)"
    assert [line for line in lines if line.endswith(sentence)], lines


def test_a_run_with_nothing_to_do_adds_exactly_one_line(gateway):
    gateway.connector("meter")
    gateway.now()
    before = len(gateway.log_lines())
    gateway.now()
    added = well_formed(gateway)[before:]
    assert len(added) == 1 and added[0].endswith("info run finished: 1 unchanged"), added


def test_the_time_is_local_with_its_offset(gateway):
    gateway.now(env={"TZ": "Etc/GMT-5"})
    assert "+0500]" in gateway.log_lines()[-1]


def test_every_line_of_a_longer_message_has_its_prefix(gateway, index):
    index.add_sdist("gup-bad", "1.0", before_build='raise RuntimeError("first" + chr(10) + "second" + chr(10) + "third")')
    gateway.connector("meter", "gup-bad,1.0\n")
    gateway.virtualenv("meter")
    gateway.now()
    lines = well_formed(gateway)
    assert any(line.endswith("second") and "(meter)" in line for line in lines), lines


def test_a_control_character_in_a_name_does_not_start_a_new_line(gateway):
    connector = gateway.connector("meter", files={"a\nb\x1b[31m": "1\n"})
    (connector.path / "a\nb\x1b[31m").write_text("local\n")
    connector.push({"a\nb\x1b[31m": "2\n"})
    run = gateway.run("now")
    assert run.code == 1, run
    well_formed(gateway)
    assert "\x1b" not in gateway.log.read_text()
    assert "\x1b" not in run.out + run.err


def test_the_log_is_rotated_by_size(gateway):
    gateway.configure("logging", max_size="4KiB", max_files=3)
    for number in range(12):
        gateway.connector(f"meter-{number}", "pyserial\n" * 10)
    for _ in range(4):
        gateway.now()
    files = sorted(path.name for path in gateway.log.parent.iterdir())
    assert "gup.log" in files and 2 <= len(files) <= 4, files
    assert all(path.stat().st_size <= 8192 for path in gateway.log.parent.iterdir())
    well_formed(gateway)


@pytest.mark.parametrize("obstacle", ["a folder in its place", "a folder that is not there and cannot be made"])
def test_a_log_that_cannot_be_written_does_not_stop_the_run(gateway, obstacle):
    if obstacle == "a folder in its place":
        gateway.log.mkdir()
    else:
        blocked = gateway.folder / "blocked"
        blocked.write_text("a file\n")
        gateway.configure(log=str(blocked / "log/gup.log"))
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    assert run.code == 0, run
    assert connector.head == new, run
    assert "log" in run.err, run


def test_a_full_log_does_not_stop_the_run(gateway):
    gateway.log.symlink_to("/dev/full")
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    assert run.code == 0, run
    assert connector.head == new, run
    assert run.err, "stderr says so"
    assert (os.stat("/dev/full").st_mode & 0o170000) == 0o020000


def test_verbose_says_more(gateway):
    gateway.connector("meter")
    quiet, loud = gateway.run("now"), gateway.run("now", "--verbose")
    assert len(loud.err) > len(quiet.err), loud


def test_output_into_a_closed_pipe_does_not_stop_the_run(gateway):
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    command = " ".join([*gateway.agent, "--config", str(gateway.config_file), "now"])
    subprocess.run(["sh", "-c", f"{command} | true"], env=gateway.environment, cwd=gateway.folder, timeout=60, check=True,
                   stderr=subprocess.DEVNULL)
    assert connector.head == new and connector.changes == ""


def test_a_linked_log_stays_a_link_and_its_target_is_rotated(gateway):
    disk = gateway.folder / "disk"
    disk.mkdir()
    gateway.log.unlink(missing_ok=True)
    gateway.log.parent.mkdir(exist_ok=True)
    gateway.log.symlink_to(disk / "agent.log")
    (disk / "agent.log").write_text("old\n" * 1000)
    gateway.configure("logging", max_size="4KiB", max_files=3)
    gateway.connector("meter", files={"main.py": "1\n"})
    for _ in range(2):
        gateway.now()
        with (disk / "agent.log").open("a") as log:
            log.write("old\n" * 1000)
    gateway.now()
    assert gateway.log.is_symlink()
    assert sorted(path.name for path in disk.iterdir()) == ["agent.1.log", "agent.2.log", "agent.log"]
    assert "last run" in gateway.run("status").out


def test_the_own_output_as_the_log_is_never_renamed(gateway):
    out = gateway.folder / "out"
    out.write_text("old\n" * 1000)
    gateway.configure("logging", max_size="4KiB")
    gateway.connector("meter", files={"main.py": "1\n"})
    gateway.environment["GUP_LOG"] = "/dev/stdout"
    for _ in range(3):
        gateway.run("now", wrapper=["sh", "-c", f'exec "$@" >>{out}', "sh"])
    assert Path("/dev/stdout").is_symlink() and not Path("/dev/stdout.1").exists() and not out.with_name("out.1").exists()
    assert out.read_text().count("run finished") == 3
