# SPDX-License-Identifier: Apache-2.0
"""One run at a time, unreachable remotes, and many remotes at once: exit codes 3 and 4."""
from __future__ import annotations

import fcntl
import os
import signal

import pytest

from completed import Has
from gateway import finish, wait_for


@pytest.fixture
def held(gateway):
    """The gateway's lock, held by this process."""
    with open(gateway.state / "lock", "a+") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        yield


@pytest.mark.parametrize("command", ["now", "run", "recover"])
def test_a_second_run_ends_with_3_and_names_the_holder(gateway, held, command):
    connector = gateway.connector("meter")
    head = connector.head
    connector.push({"new": "1\n"})
    run = gateway.run(command)
    assert run.code == 3, run
    assert str(os.getpid()) in run.err, run
    assert connector.head == head


def test_check_and_status_work_during_a_run(gateway, held):
    gateway.connector("meter").push({"new": "1\n"})
    assert gateway.check().code == 10
    assert gateway.status().code == 0


def test_of_two_runs_at_once_one_works(gateway, web, relay):
    slow = relay(web.http_port)
    slow.delay = 0.3
    connector = gateway.connector("meter", url=web.through(slow))
    new = connector.push({"new": "1\n"})
    first = gateway.start("now", "--json")
    wait_for(lambda: slow.connections, "the first one's request")
    second = gateway.run("now")
    assert second.code == 3, second
    assert str(first.pid) in second.err, second
    assert finish(first, True).code == 0
    assert connector.head == new


def test_a_killed_run_leaves_no_lock(gateway, web, relay):
    bad = relay(web.http_port)
    bad.stall_after = 0
    connector = gateway.connector("meter", url=web.through(bad))
    new = connector.push({"new": "1\n"})
    process = gateway.start("now")
    wait_for(lambda: bad.connections, "the request")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert (gateway.state / "lock").exists(), "the file stays, the lock does not"
    bad.stall_after = None
    assert gateway.now().code == 0
    assert connector.head == new


def test_a_lock_file_with_anything_in_it_does_not_matter(gateway):
    (gateway.state / "lock").write_text("4711\n")
    gateway.connector("meter")
    assert gateway.now().code == 0


def test_nothing_reachable_is_one_line_and_exit_code_4(gateway, index):
    index.add("gup-one", "1.0")
    for number in range(3):
        gateway.connector(f"meter-{number}", "gup-one,1.0\n", url=lambda path: "http://127.0.0.1:9/x.git")
    spy = gateway.virtualenv("meter-0").spy(gateway.folder / "spy")
    run = gateway.run("now")
    assert run.code == 4, run
    lines = [line for line in gateway.log_lines() if "reach" in line]
    assert len(lines) == 1, gateway.log_lines()
    assert spy.starts() == [], "no pip without a network"
    assert gateway.check().code in (4, 10)


def test_unreachable_connectors_fail_and_the_others_continue(gateway, web):
    gateway.connector("gone", url=lambda path: "http://127.0.0.1:9/x.git").push({"new": "1\n"})
    good = gateway.connector("good", url=web.http)
    new = good.push({"new": "1\n"})
    run = gateway.now()
    assert run.code == 1, run
    assert run.outcomes() == {"gone": "failed", "good": "updated"}, run
    assert good.head == new


def test_an_unknown_host_name_is_unreachable(gateway):
    gateway.connector("meter", url=lambda path: "http://nowhere.invalid/x.git")
    run = gateway.now(timeout=60)
    assert run.code == 4, run
    run.must("meter", reason=Has("nowhere.invalid"))


def test_remotes_are_asked_concurrently(gateway, web, relay):
    slow = relay(web.http_port)
    slow.delay = 0.3
    for number in range(5):
        gateway.connector(f"meter-{number}", url=web.through(slow))
    run = gateway.now()
    assert run.code == 0 and slow.peak >= 4, (slow.peak, run)


def test_no_more_remotes_at_once_than_the_configuration_says(gateway, web, relay):
    slow = relay(web.http_port)
    slow.delay = 0.1
    gateway.configure("network", parallel=2)
    for number in range(5):
        gateway.connector(f"meter-{number}", url=web.through(slow))
    run = gateway.now()
    assert run.code == 0 and slow.peak <= 2, (slow.peak, run)
