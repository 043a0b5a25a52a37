# SPDX-License-Identifier: Apache-2.0
"""What kind of unit a connector's service is decides what its restart and its end mean."""
from __future__ import annotations

import pytest

from completed import Has
from systemd import ACTIVE, Systemd, served

ENDED = "LoadState=loaded\nActiveState=inactive\nSubState=dead\nResult=success\nExecMainStatus=0\nNRestarts=0\nInvocationID=2\n"
WORKING = "LoadState=loaded\nActiveState=activating\nSubState=start\nResult=success\nNRestarts=0\nInvocationID=2\n"
FAILED = "LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=1\nNRestarts=0\nInvocationID=2\n"
JOB = "Type=oneshot\nRemainAfterExit=no\n"


@pytest.fixture
def systemd(gateway):
    return Systemd(gateway)


@pytest.fixture
def updated(gateway, systemd):
    """Runs an update of a connector whose service has these states before and after its restart."""
    def run(before: str, after: str):
        (systemd.folder / "state").write_text(before)
        systemd.after_restart(after)
        gateway.connector("meter", served("job")).push({"main.py": "2\n"})
        return gateway.now()
    return run


@pytest.mark.parametrize("after, outcome", [
    (JOB + ENDED, "updated"), (JOB + WORKING, "updated"), (JOB + FAILED, "rolled_back"),
    ("Type=simple\nTriggeredBy=job.timer\n" + ENDED, "updated"), ("Type=simple\n" + ENDED, "rolled_back"),
    ("Type=oneshot\nRemainAfterExit=yes\n" + ACTIVE, "updated"),
    (JOB + ENDED + "ConditionResult=no\nConditionTimestampMonotonic=7\n", "updated"),
], ids=["done", "working", "failed", "of a timer", "simple", "remains", "skipped"])
def test_a_job_may_end(updated, systemd, after, outcome):
    run = updated(JOB + ENDED, after)
    run.must("meter", outcome=outcome)
    assert systemd.restarts[0] == "job.service"


def test_a_unit_that_was_stopped_and_disabled_is_not_started(updated, systemd, gateway):
    off = "LoadState=loaded\nActiveState=inactive\nSubState=dead\nUnitFileState=disabled\nType=simple\n"
    updated(off, ACTIVE).must("meter", outcome="updated")
    assert systemd.restarts == []
    assert any("job.service is stopped and disabled" in line for line in gateway.log_lines())


def test_a_unit_that_is_stopped_but_enabled_is_started(updated, systemd):
    stopped = "LoadState=loaded\nActiveState=inactive\nSubState=dead\nUnitFileState=enabled\nType=simple\n"
    updated(stopped, ACTIVE).must("meter", outcome="updated")
    assert systemd.restarts == ["job.service"]


def test_a_condition_that_the_update_breaks_is_rolled_back(updated):
    skipped = "Type=simple\n" + ENDED + "ConditionResult=no\nConditionTimestampMonotonic=7\n"
    updated(ACTIVE, skipped).must("meter", code=1, outcome="rolled_back", reason=Has("a condition of the unit is not met"))


def test_a_condition_that_was_not_met_before_does_not_hold_up_the_update(updated):
    skipped = "Type=simple\n" + ENDED + "ConditionResult=no\nConditionTimestampMonotonic=7\n"
    updated(skipped, skipped).must("meter", outcome="updated")


def test_a_masked_unit_blocks_with_the_command_that_helps(updated):
    masked = "LoadState=masked\nActiveState=inactive\nSubState=dead\n"
    updated(masked, masked).must("meter", code=1, reason=Has("it is masked"), hint="systemctl unmask job.service")
