# SPDX-License-Identifier: Apache-2.0
"""The resident agent: real signals, a notify socket, and a lock of another process."""
from __future__ import annotations

import fcntl
import os
import re
import shutil
import signal
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from daemon import Daemon
from gateway import finish, wait_for

pytestmark = pytest.mark.native_only("signals and /proc are those of the emulator")


@pytest.fixture
def daemon(gateway):
    """Starts daemons, and ends those that a test did not end."""
    started: list[Daemon] = []

    def start(*options: str, **environment: str) -> Daemon:
        shutil.rmtree(gateway.temporary)
        gateway.temporary.mkdir()
        started.append(Daemon(gateway, *options, **environment))
        return started[-1]

    gateway.configure("schedule", times="0 2 29 2 *", time_zone="UTC")
    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()
        one.manager.socket.close()


def test_it_says_when_the_next_run_is_and_ends_with_sigterm(gateway, daemon):
    one = daemon()
    year = next(year for year in range(datetime.now(timezone.utc).year, 3000)
                if year % 4 == 0 and (year % 100 or not year % 400)
                and datetime(year, 2, 29, 2, tzinfo=timezone.utc) > datetime.now(timezone.utc))
    assert one.status() == f"STATUS=next run at {year}-02-29T02:00:00+0000"
    done = one.end()
    assert done.code == 0, done
    assert one.manager.count("STOPPING=1") == 1
    assert gateway.log_lines()[-1].endswith("daemon ended")


def test_sigusr1_runs_at_once_and_never_reboots(gateway, daemon):
    meter = gateway.connector("meter")
    marker = gateway.folder / "rebooted"
    gateway.configure("run", reboot=True, reboot_delay="0s", reboot_command=["touch", str(marker)])
    one = daemon()
    for _ in range(2):
        new = meter.push({"new": os.urandom(4).hex()})
        one.signal(signal.SIGUSR1)
        wait_for(lambda: meter.head == new and one.is_idle(), "the run")
    assert one.end().code == 0
    assert one.runs() == 2 and not marker.exists()


def test_a_run_that_is_due_waits_its_delay_and_reboots_as_run_does(gateway, daemon):
    meter = gateway.connector("meter")
    new = meter.push({"new": "1\n"})
    marker = gateway.folder / "rebooted"
    gateway.configure("run", delay="1s", reboot=True, reboot_delay="0s", reboot_command=["touch", str(marker)])
    gateway.state.mkdir(exist_ok=True)
    (gateway.state / "schedule").write_text("86400 \n")  # long ago: a time was missed
    one = daemon()
    wait_for(lambda: meter.head == new and one.is_idle(), "what was missed is made up")
    wait_for(marker.exists, "the reboot")
    assert one.end().code == 0
    assert one.runs() == 1
    assert abs(int((gateway.state / "schedule").read_text().split()[0]) - time.time()) < 300
    # The missed run was made once, not twice.
    again = daemon()
    assert again.is_idle()
    again.end()
    assert again.runs() == 1


def test_each_schedule_runs_its_connectors(gateway, daemon):
    meter, heat = gateway.connector("meter"), gateway.connector("heat")
    heads = {one.name: one.push({"new": "1\n"}) for one in (meter, heat)}
    with gateway.config_file.open("a") as file:
        file.write('[[connector]]\nname = "meter"\nschedule = ["0 1 * * *", "@daily"]\n'
                   '[[connector]]\nname = "gone"\nschedule = "0 1 * * *"\n')
    now = int(time.time())
    (gateway.state / "schedule").write_text(f"{now} \n86400 meter\n86400 gone\n")
    one = daemon()
    wait_for(lambda: meter.head == heads["meter"] and one.is_idle(), "the run of meter")
    one.end()
    assert heat.head != heads["heat"], "it is not heat's time"
    log = gateway.log.read_text()
    assert "names=meter" in log and "has no connector of this name" in log


def test_sigterm_ends_a_run_at_a_safe_point(gateway, daemon, web, relay):
    slow = relay(web.http_port)
    slow.stall_after = 0
    meter = gateway.connector("meter", url=web.through(slow))
    meter.push({"new": "1\n"})
    before = meter.snapshot()
    one = daemon()
    one.signal(signal.SIGUSR1)
    wait_for(lambda: slow.connections, "the run's request")
    done = one.end()
    assert done.code == 0, done
    assert meter.snapshot() == before
    assert any("run interrupted by signal 15" in line for line in gateway.log_lines())
    assert gateway.run("recover").code == 0, "the lock is free"


@pytest.mark.parametrize("phase", ["pre-update", "post-update"])
def test_sigterm_within_a_transaction_leaves_the_old_pair(gateway, daemon, phase):
    # The hook waits only the first time. For the restored old pair it ends at once.
    hook = f"#!/bin/sh\ntest -e {gateway.folder}/begun && exit 0\ntouch {gateway.folder}/begun\nsleep 1000 &\nwait\n"
    meter = gateway.connector("meter", f'[hooks]\n{phase} = "hook"\n', {"hook": hook, "value": "1\n"})
    for place in (meter.remote.author, meter.path):
        (place / "hook").chmod(0o755)
    meter.git("config", "core.fileMode", "false")
    meter.push({"value": "2\n"})
    before, head = meter.snapshot(), meter.head
    one = daemon()
    one.signal(signal.SIGUSR1)
    wait_for((gateway.folder / "begun").exists, "the hook")
    one.signal(signal.SIGTERM)
    one.signal(signal.SIGHUP)  # too late to matter
    done = one.end()
    assert done.code == 0, done
    assert (meter.head, meter.snapshot()) == (head, before)
    assert not list((gateway.state / "journal").glob("*"))
    assert gateway.run("recover").code == 0
    # A stop does not judge the release: the next run tries it again.
    (gateway.folder / "begun").unlink()
    again = gateway.start("now")
    wait_for((gateway.folder / "begun").exists, "the hook, once more")
    again.terminate()
    assert finish(again).code == 1
    assert meter.snapshot() == before


def test_sighup_takes_a_good_configuration_and_refuses_a_bad_one(gateway, daemon):
    meter = gateway.connector("meter")
    one = daemon()
    gateway.configure("schedule", times=["0 0 1 1 *"])
    one.signal(signal.SIGHUP)
    wait_for(lambda: "-01-01T00:00:00+0000" in one.status(), "the new schedule")
    assert one.manager.count("RELOADING=1") == 1 and one.manager.count("READY=1") == 2

    gateway.configure("schedule", times="0 25 * * *")
    one.signal(signal.SIGHUP)
    wait_for(lambda: one.manager.count("STATUS=the configuration is wrong"), "the refusal")
    refusal = one.status()
    assert "hour: 25 is not from 0 to 23" in refusal and "schedule.times" in refusal
    # It keeps the previous configuration: a run with this file would end with 2.
    new = meter.push({"new": "1\n"})
    one.signal(signal.SIGUSR1)
    wait_for(lambda: meter.head == new and one.is_idle(), "a run with the old configuration")
    assert "-01-01T00:00:00+0000" in one.status()
    assert gateway.run("now").code == 2
    assert one.end().code == 0


@pytest.mark.parametrize("times, words", [("0 2 30 2 *", "no year has such a day"), ("@reboot", "the daemon makes up a run"), ([], "there is no schedule")])
def test_an_impossible_schedule_is_refused_at_the_start(gateway, daemon, times, words):
    gateway.configure("schedule", times=times)
    refused = gateway.run("daemon")
    assert refused.code == 2, refused
    assert words in refused.err, refused


def test_an_unknown_time_zone_is_refused(gateway, daemon):
    gateway.configure("schedule", time_zone="Europe/Berlinn")
    refused = gateway.run("daemon")
    assert refused.code == 2, refused
    assert "Europe/Berlinn" in refused.err, refused
    assert "tzdata" in refused.err, refused


def test_there_is_one_daemon(gateway, daemon):
    one = daemon()
    second = gateway.run("daemon")
    assert second.code == 3, second
    assert str(one.process.pid) in second.err, second
    assert one.end().code == 0


def test_now_waits_for_the_run_of_a_daemon(gateway, daemon):
    meter = gateway.connector("meter")
    one = daemon()
    with open(gateway.state / "lock", "a+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        one.signal(signal.SIGUSR1)
        wait_for(lambda: "a run is active" in one.status(), "the daemon's run, which waits for the lock")
        new = meter.push({"new": "1\n"})
        asked = gateway.start("now", "--json", "meter")
        assert asked.stderr.readline().decode().endswith("waiting for its end\n")
        assert one.process.poll() is None and asked.poll() is None
    done = finish(asked, True)
    assert done.code == 0, done
    assert done["meter"]["outcome"] in ("updated", "unchanged"), done
    wait_for(one.is_idle, "the end of the daemon's run")
    assert meter.head == new
    assert one.end().code == 0


def test_the_daemon_and_not_its_children_notifies_the_watchdog(gateway, daemon):
    one = daemon(WATCHDOG_USEC="200000")
    wait_for(lambda: one.manager.count("WATCHDOG=1") >= 3, "signs of life")
    environment = Path(f"/proc/{one.process.pid}/environ").read_text()
    assert "NOTIFY_SOCKET" in environment, "the first one's block stays; what it hands on does not"
    assert one.end().code == 0


def test_nothing_wakes_it_between_two_times(gateway, daemon):
    one = daemon()

    def switches() -> int:
        status = Path(f"/proc/{one.process.pid}/status").read_text()
        return sum(int(number) for number in re.findall(r"ctxt_switches:\s+(\d+)", status))

    def is_asleep() -> bool:
        return Path(f"/proc/{one.process.pid}/wchan").read_text() not in ("", "0") or "State:\tS" in Path(
            f"/proc/{one.process.pid}/status").read_text()

    wait_for(is_asleep, "sleep")
    before = switches()
    time.sleep(1.5)  # the time in which nothing may happen
    assert switches() == before
    assert len(os.listdir(f"/proc/{one.process.pid}/task")) == 1
    assert one.end().code == 0


def test_it_goes_on_as_the_agent_that_took_its_name(gateway, daemon, tmp_path):
    """As after a self-update: the name is another file now."""
    program = tmp_path / "gup-agent"
    shutil.copy(gateway.agent[-1], program)
    gateway.agent = [str(program)]
    one = daemon()
    new = tmp_path / "new"
    shutil.copy(program, new)
    new.rename(program)
    one.signal(signal.SIGUSR1)
    wait_for(lambda: one.manager.count("READY=1") == 2, "the new one")
    assert os.readlink(f"/proc/{one.process.pid}/exe") == str(program)
    assert gateway.run("daemon").code == 3, "it still has the lock"
    one.signal(signal.SIGUSR1)
    wait_for(lambda: one.runs() == 2 and one.is_idle(), "a run of the new one")
    done = one.end()
    assert done.code == 0, done


def test_a_killed_daemon_ends_its_run_too(gateway, daemon, web, relay):
    slow = relay(web.http_port)
    slow.stall_after = 0
    gateway.connector("meter", url=web.through(slow)).push({"new": "1\n"})
    one = daemon()
    one.signal(signal.SIGUSR1)
    wait_for(lambda: slow.connections, "the run's request")
    one.signal(signal.SIGKILL)
    one.process.communicate()
    wait_for(lambda: gateway.run("recover").code == 0, "the end of the run, which held the lock")
