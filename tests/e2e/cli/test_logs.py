# SPDX-License-Identifier: Apache-2.0
"""logs: gup.log and the journal of a connector's service."""
from __future__ import annotations

import signal
import subprocess
import threading

import pytest

from gateway import wait_for
from systemd import Systemd, script, served

OLD = "[2026-11-20T02:00:01+0000]"


@pytest.fixture
def logged(gateway):
    gateway.connector("meter").push({"new": "1\n"})
    gateway.connector("boiler").push({"new": "1\n"})
    gateway.now()
    (gateway.log.parent / "gup.1.log").write_text(f"{OLD} info (meter) an old line\n{OLD} info (boiler) of another\n")
    return gateway


def test_of_one_connector_oldest_first_with_rotated_files(logged):
    lines = logged.run("logs", "meter").out.splitlines()
    assert lines[0] == f"{OLD} info (meter) an old line" and len(lines) > 1, lines
    assert all("(meter)" in line for line in lines), lines
    everything = logged.run("logs").out
    assert "(boiler)" in everything and "run finished" in everything


def test_since_and_lines_choose(logged):
    assert logged.run("logs", "meter", "--since", "1d").out.count("an old line") == 0
    assert logged.run("logs", "meter", "--since", "2026-11-01").out.count("an old line") == 1
    assert len(logged.run("logs", "-n", "1").out.splitlines()) == 1
    for wrong in (["--since", "yesterday"], ["metre"]):
        run = logged.run("logs", *wrong)
        assert run.code == 2 and "hint: " in run.err, run


def test_the_journal_of_its_service_is_merged_by_time(gateway):
    systemd = Systemd(gateway)
    script(systemd.folder / "journalctl", "#!/bin/sh\necho \"$*\" >>$0.calls\necho '1000000000.123456 pi meter[42]: KeyError'\n")
    gateway.connector("meter", served("meter")).push({"new": "1\n"})
    gateway.now()
    lines = gateway.run("logs", "meter").out.splitlines()
    assert lines[0].endswith("(meter.service) meter[42]: KeyError") and "(meter)" in lines[-1], lines
    asked = (systemd.folder / "journalctl.calls").read_text().splitlines()[-1]
    assert "--unit=meter.service" in asked and "--lines=100" in asked


def test_without_journalctl_it_says_so(gateway):
    Systemd(gateway)
    gateway.connector("meter", served("meter")).push({"new": "1\n"})
    gateway.now()
    run = gateway.run("logs", "meter", env={"PATH": "/nonexistent"})
    assert run.code == 0 and "journalctl is not installed" in run.err and "(meter)" in run.out, run


def test_a_line_of_an_owner_cannot_write_to_the_terminal(logged):
    with open(logged.log, "a") as log:
        log.write("[2026-11-30T02:00:01+0000] info (meter) a\x1b[2Jb\n")
    out = logged.run("logs", "meter").out
    assert "\x1b" not in out and "\\x1b[2Jb" in out


def test_following_survives_a_rotation_and_ends_with_ctrl_c(logged):
    process = logged.start("logs", "meter", "-f", "-n", "1")
    live: list[str] = []

    def read() -> None:
        for line in process.stdout:
            live.append(line.decode())

    reader = threading.Thread(target=read)
    reader.start()
    try:
        wait_for(lambda: live, "the past")
        with open(logged.log, "a") as log:
            log.write("[2026-11-30T02:00:01+0000] info (meter) before\n[2026-11-30T02:00:01+0000] info (boiler) no\n")
        wait_for(lambda: any("before" in line for line in live), "a new line")
        logged.log.rename(logged.log.parent / "gup.1.log")
        logged.log.write_text("[2026-11-30T02:00:02+0000] info (meter) after\n")
        wait_for(lambda: any("after" in line for line in live), "a line after the rotation")
        logged.log.write_text("")
        logged.log.write_text("[2026-11-30T02:00:03+0000] info (meter) z\n")
        wait_for(lambda: any(" z" in line for line in live), "a line after it was emptied")
    finally:
        process.send_signal(signal.SIGINT)
        try:
            code = process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        reader.join()
        process.stderr.close()
    assert code == 130 and not any("boiler" in line for line in live), live
