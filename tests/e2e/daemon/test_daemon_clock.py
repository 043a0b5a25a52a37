# SPDX-License-Identifier: Apache-2.0
"""Days of a daemon's schedule with a fake clock, including days on which clocks change."""
from __future__ import annotations

import importlib.machinery
import importlib.util
import json
import re
import signal
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from daemon import Daemon
from fake_clock import with_clock
from gateway import PROJECT, Gateway, finish, wait_for

pytestmark = [pytest.mark.native_only("it runs under an emulator already"),
              pytest.mark.not_sanitized("AddressSanitizer's runtime cannot stand behind faketime's library")]

ZONE = "Europe/Berlin"
SCHEDULES = {"": ["30 2 * * *"], "heat": ["0 */8 * * *", "0 3 * * *"], "meter": ["15 1-3 * * *", "*/30 2 * * *"]}


def cases():
    """The program that makes the table of the unit tests: it goes through time minute by minute and shares nothing with the agent."""
    loader = importlib.machinery.SourceFileLoader("make_schedule_cases", str(PROJECT / "tests/make-schedule-cases"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


def wanted(begin: datetime, end: datetime) -> dict[datetime, set[str]]:
    """The schedules that have a time, minute by minute."""
    module, zone = cases(), ZoneInfo(ZONE)
    expressions = {name: [module.Expression(text) for text in texts] for name, texts in SCHEDULES.items()}
    found: dict[datetime, set[str]] = {}
    now, minute = begin + timedelta(minutes=1), timedelta(minutes=1)
    while now < end:
        before, here = ((now - minute).astimezone(zone), now.astimezone(zone))
        for name, several in expressions.items():
            if any(module.happens(one, before, here) for one in several):
                found.setdefault(now, set()).add(name)
        now += minute
    return found


class Days:
    """A daemon whose clock is stopped until the test puts it forward."""

    def __init__(self, gateway: Gateway, begin: datetime):
        self.clock = gateway.folder / "clock"
        self.gateway = with_clock(gateway, self.text(begin))
        self.gateway.configure("schedule", times=SCHEDULES[""], time_zone=ZONE)
        with gateway.config_file.open("a") as file:
            for name, times in SCHEDULES.items():
                file.write(f"[[connector]]\nname = {json.dumps(name)}\nschedule = {json.dumps(times)}\n" if name else "")
        self.daemon = Daemon(self.gateway)

    @staticmethod
    def text(time: datetime) -> str:
        return time.strftime("%Y-%m-%d %H:%M:%S")

    def next_run(self) -> datetime:
        return datetime.strptime(self.daemon.status(), "STATUS=next run at %Y-%m-%dT%H:%M:%S%z")

    def go_to(self, time: datetime) -> None:
        """The emulator's timer does not notice the jump, so the test must wake the daemon."""
        self.clock.write_text(self.text(time))
        begun = self.daemon.manager.count("STATUS=a run is active")
        self.daemon.signal(signal.SIGCHLD)
        wait_for(lambda: self.daemon.manager.count("STATUS=a run is active") > begun and self.daemon.is_idle(), f"the run of {time}")

    def runs(self) -> list[tuple[str, set[str]]]:
        """Time and connectors of each run in the log; {""} is a run of all."""
        lines = [line for line in self.gateway.log_lines() if "run finished: " in line]
        names = [re.search(r" names=(\S+)", line) for line in lines]
        return [(line[1:20], set(found[1].split(",")) if found else {""}) for line, found in zip(lines, names)]


@pytest.mark.parametrize("begin", ["2026-03-28 12:00", "2026-10-24 12:00"])
def test_the_days_on_which_clocks_change(gateway, shared_memory, begin):
    """Each step is the time that the daemon has announced. Its runs are the times that passed on the clocks of the zone."""
    for name in filter(None, SCHEDULES):
        gateway.connector(name)
    start = datetime.strptime(begin, "%Y-%m-%d %H:%M").replace(tzinfo=timezone.utc)
    end = start + timedelta(days=1)
    days = Days(gateway, start)
    while (time := days.next_run()) < end:
        days.go_to(time)
    days.daemon.signal(signal.SIGTERM)
    assert finish(days.daemon.process).code == 0
    days.daemon.manager.socket.close()
    assert days.runs() == [(f"{time:%Y-%m-%dT%H:%M:%S}", {""} if "" in names else names) for time, names in wanted(start, end).items()]
