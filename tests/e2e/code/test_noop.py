# SPDX-License-Identifier: Apache-2.0
"""A night with nothing to do: no child process, no write, nothing but a line in the log."""
from __future__ import annotations

import resource

import pytest

from gateway import Gateway
from tools import tool
from traces import fingerprints, traced

PINS = {"paho-mqtt": "1.3.1", "pyserial": "3.4", "six": "1.11.0", "Flask": "1.0.2", "websockets": "7.0"}


@pytest.fixture(scope="module")
def satisfied(base, web):
    """Twenty connectors with five pins each, up to date; half of their remotes over HTTP. No case changes them."""
    gateway = Gateway(base / "satisfied")
    gupfile = "".join(f"{name},{version}\n" for name, version in PINS.items())
    for number in range(20):
        gateway.connector(f"meter-{number:02}", gupfile, url=web.http if number % 2 else None)
        virtualenv = gateway.virtualenv(f"meter-{number:02}", pip=False)
        for name, version in PINS.items():
            virtualenv.add(name, version)
    first = gateway.now()
    assert first.code == 0, first
    assert set(first.outcomes().values()) == {"unchanged"}, first
    yield gateway
    gateway.discard()


@pytest.mark.parametrize("command", ["now", "check", "run", "status"])
def test_no_child_process_is_started(satisfied, command):
    calls, code = traced(satisfied, command)
    assert code == 0
    assert len(calls) == 1, calls  # the agent's own


def test_one_process_is_forked_for_one_owner(satisfied):
    trace = satisfied.folder / "trace"
    run = satisfied.run("now", wrapper=[tool("strace"), "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o", str(trace)])
    assert run.code == 0
    calls = [line for line in trace.read_text().splitlines() if "clone" in line or "fork" in line]
    forks = [line for line in calls if "CLONE_THREAD" not in line and "resumed" not in line]
    assert len(forks) == 1, calls


def test_nothing_under_root_is_written(satisfied):
    before = fingerprints(satisfied.root)
    assert satisfied.now().code == 0
    assert fingerprints(satisfied.root) == before


def test_nothing_in_the_state_folder_is_written(satisfied):
    before = fingerprints(satisfied.state)
    assert satisfied.now().code == 0
    assert fingerprints(satisfied.state) == before


def test_nothing_but_the_log_is_written_anywhere(satisfied):
    trace = satisfied.folder / "trace"
    wrapper = [tool("strace"), "-f", "-qq", "-e", "trace=openat,open,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat",
               "-o", str(trace)]
    assert satisfied.run("now", wrapper=wrapper).code == 0
    changing = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", " rename", " unlink", " mkdir")
    written = [line for line in trace.read_text().splitlines()
               if any(word in line for word in changing) and " = -1 " not in line]
    allowed = (str(satisfied.log), str(satisfied.state / "lock"), "/dev/", "/proc/")
    assert [line for line in written if not any(place in line for place in allowed)] == []


def test_check_with_nothing_to_do_writes_not_even_a_log(satisfied):
    before = fingerprints(satisfied.folder)
    assert satisfied.check().code == 0
    assert fingerprints(satisfied.folder) == before


def test_it_needs_little_processor_time(satisfied):
    """Processor time, because the machine may be busy with other work."""
    def used() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    before = used()
    assert satisfied.now().code == 0
    assert used() - before < 5
