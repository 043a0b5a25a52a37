# SPDX-License-Identifier: Apache-2.0
"""The scheduled run: delay, signals, reboot."""
from __future__ import annotations

import json
import signal
import time

import pytest

from gateway import finish, wait_for


@pytest.fixture
def rebooting(gateway):
    """A gateway whose reboot command creates a file; the fixture's value tells whether it exists."""
    marker = gateway.folder / "rebooted"
    gateway.configure("run", reboot=True, reboot_delay="0s", reboot_command=["touch", str(marker)])
    return marker


def test_run_does_what_now_does(gateway):
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    run = gateway.run("run", "--json")
    run.must("meter", code=0, outcome="updated")
    assert connector.head == new


@pytest.mark.parametrize("delay, least, most", [("0s", 0, 8), ("1s..2s", 1, 8)])
def test_the_delay_is_within_its_range(gateway, delay, least, most):
    gateway.configure("run", delay=delay)
    took = []
    for _ in range(3):  # a busy machine may need longer, but not each time
        start = time.monotonic()
        assert gateway.run("run").code == 0
        took.append(time.monotonic() - start)
        if took[-1] < most:
            break
    assert min(took) >= least and min(took) < most, took


def test_now_has_no_delay(gateway):
    gateway.configure("run", delay="60s..120s")
    assert gateway.run("now", timeout=50).code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_ends_the_delay_at_once(gateway, rebooting, number):
    gateway.configure("run", delay="60s..120s")
    connector = gateway.connector("meter")
    head = connector.head
    connector.push({"new": "1\n"})
    process = gateway.start("run")
    wait_for(lambda: _sleeps(process.pid), "the delay")
    start = time.monotonic()
    process.send_signal(number)
    run = finish(process, timeout=50)
    assert time.monotonic() - start < 50
    assert run.code != 0, run
    assert connector.head == head and not rebooting.exists()


def _sleeps(pid: int) -> bool:
    """True if the process waits for a time or a signal and catches SIGTERM."""
    with open(f"/proc/{pid}/status") as file:
        fields = dict(line.split(":\t", 1) for line in file if ":\t" in line)
    return fields["State"].startswith("S") and bool(int(fields["SigCgt"], 16) & (1 << (signal.SIGTERM - 1)))


def test_a_reboot_follows_a_change(gateway, rebooting):
    connector = gateway.connector("meter")
    connector.push({"new": "1\n"})
    run = gateway.run("run")
    assert run.code == 0, run
    assert rebooting.exists()


def test_a_reboot_follows_a_change_of_pins(gateway, rebooting, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    gateway.virtualenv("meter")
    assert gateway.run("run").code == 0
    assert rebooting.exists()


def test_no_reboot_when_nothing_changed(gateway, rebooting):
    gateway.connector("meter")
    assert gateway.run("run").code == 0
    assert not rebooting.exists()


def test_no_reboot_when_connectors_only_failed_or_were_skipped(gateway, rebooting):
    gateway.configure("python", create_venv=False)
    gateway.connector("failed", "pyserial\n")
    gateway.connector("skipped").git("checkout", "-q", "--detach")
    unfilled = gateway.connector("unfilled", "six,1.11.0\n")
    run = gateway.run("run", "--json")
    assert run.outcomes() == {"failed": "failed", "skipped": "skipped", "unfilled": "failed"}, run
    assert unfilled.changes == ""
    assert not rebooting.exists()


def test_a_reboot_follows_when_one_was_updated_and_another_failed(gateway, rebooting):
    gateway.connector("failed", "pyserial\n")
    gateway.connector("meter").push({"new": "1\n"})
    assert gateway.run("run").code == 1
    assert rebooting.exists()


def test_now_never_reboots(gateway, rebooting):
    gateway.connector("meter").push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert not rebooting.exists()


def test_no_reboot_where_the_operator_does_not_want_one(gateway, rebooting):
    gateway.configure("run", reboot=False)
    gateway.connector("meter").push({"new": "1\n"})
    assert gateway.run("run").code == 0
    assert not rebooting.exists()


def test_sigterm_during_the_reboot_delay_calls_it_off(gateway, rebooting):
    gateway.configure("run", reboot_delay="60s")
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    process = gateway.start("run")
    wait_for(lambda: connector.head == new and any("run finished" in line for line in gateway.log_lines()), "the job's end")
    process.send_signal(signal.SIGTERM)
    finish(process, timeout=10)
    assert not rebooting.exists()


def test_a_reboot_command_that_fails_is_reported(gateway):
    gateway.configure("run", reboot=True, reboot_delay="0s", reboot_command=["sh", "-c", "echo no bus here >&2; exit 7"])
    gateway.connector("meter").push({"new": "1\n"})
    run = gateway.run("run")
    assert "no bus here" in run.err + gateway.log.read_text(), run


def test_sigterm_in_the_middle_ends_cleanly(gateway, web, relay):
    slow = relay(web.http_port)
    slow.stall_after = 0
    connector = gateway.connector("meter", url=web.through(slow))
    connector.push({"new": "1\n"})
    process = gateway.start("now", "--json")
    wait_for(lambda: slow.connections, "the request")
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    run = finish(process, timeout=50)
    assert time.monotonic() - start < 28, "a server that says nothing is waited for 30 s"
    assert run.code != 0, run
    assert connector.changes == ""
    assert all(json.loads(line) for line in run.out.splitlines())
