# SPDX-License-Identifier: Apache-2.0
"""doctor: the journal, the status document, the log, the lock, and the settings for reboot and self-update."""
from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

from gateway import wait_for


def test_an_update_that_was_interrupted(machine, gateway):
    connector = gateway.connector("meter")
    journal = gateway.state / "journal/meter"
    journal.parent.mkdir()
    journal.write_text(f"gup-journal 1\nbegin 2026-11-21_02_00-main-e9b167f meter\nstep repository path={connector.path}\n")
    assert "recover" in machine.only("journal")["hint"]
    journal.write_text("gup-journal 99\n")
    assert "skips this connector" in machine.only("journal")["why"]


def test_a_status_document_that_is_damaged(machine, gateway):
    gateway.connector("meter")
    (gateway.state / "status.json").write_text("{")
    assert machine.only("state")["subject"].endswith("status.json")


def test_nights_that_were_missed_and_a_run_in_the_future(machine, gateway):
    gateway.connector("meter")
    assert gateway.now().code == 0
    line = gateway.log.read_text()
    today = line[1:11]
    for days, words in ((-5, "nights were missed"), (5, "in the future")):
        date = time.strftime("%Y-%m-%d", time.localtime(time.time() + days * 86400))
        gateway.log.write_text(line.replace(today, date))
        assert words in machine.only("last-run")["what"]


HOLDER = "import fcntl, sys; file = open(sys.argv[1], 'a+'); fcntl.lockf(file, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"


def test_an_active_run_is_a_note_and_a_stopped_one_a_finding(machine, gateway):
    gateway.connector("meter")
    holder = subprocess.Popen(["/usr/bin/python3", "-c", HOLDER, str(gateway.state / "lock")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()
        run = machine.doctor()
        assert run.code == 0, run
        assert any(str(holder.pid) in note for note in run.document["notes"]), run
        holder.send_signal(signal.SIGSTOP)
        stat = Path(f"/proc/{holder.pid}/stat")
        wait_for(lambda: ") T " in stat.read_text(), "the stop")
        found = machine.only("lock")
        assert str(holder.pid) in found["what"] and "-CONT" in found["hint"], found
    finally:
        holder.kill()
        holder.communicate()


def test_a_missing_reboot_command(machine, gateway):
    gateway.connector("meter")
    gateway.configure("run", reboot=True, reboot_command=["reboot-none"])
    assert "reboot-none" in machine.only("reboot")["what"]
    gateway.configure("run", reboot=False)
    assert machine.findings() == []


def test_a_self_update_without_public_keys(machine, gateway):
    gateway.connector("meter")
    gateway.configure("self-update", url="https://updates.invalid/manifest")
    assert "public-keys" in machine.only("configuration")["what"]
