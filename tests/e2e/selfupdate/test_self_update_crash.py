# SPDX-License-Identifier: Apache-2.0
"""Full and read-only disks, and power cuts at each step of a self-update: a working agent is always installed."""
from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from gateway import kill_at, remove
from releases import NEXT_AGENT, NEXT_VERSION, real_agents, script
from tools import tool

pytestmark = pytest.mark.slow


@pytest.fixture
def small_disk(gateway, install):
    """The agent's folder on a separate disk that is too small for a second agent."""
    folder = install.folder
    aside = gateway.folder / "aside"
    folder.rename(aside)
    folder.mkdir()
    size = (aside / "gup-agent").stat().st_size + (10 << 20)
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "gup-e2e", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"cannot mount a tmpfs here: {done.stderr.strip()}")
    shutil.copy2(aside / "gup-agent", folder / "gup-agent")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def warnings(gateway) -> list[str]:
    return [line for line in gateway.log_lines() if "] warning" in line]


def test_without_room_it_says_how_much_is_missing(gateway, install, publisher, small_disk):
    publisher.release("1.0.0", script("1.0.0", "exit 1") + bytes(5_000_000))
    meter = gateway.connector("meter")
    run = gateway.now()
    run.must("meter", code=0, outcome="unchanged")
    said = warnings(gateway)
    assert any("no disk space" in line and "4.8 MiB are needed" in line and "are free" in line for line in said), said
    assert install.is_original and install.names == ["gup-agent"], meter


def test_a_disk_that_fills_up_meanwhile_leaves_the_old_agent(gateway, install, publisher, small_disk):
    """As if another program used the space: the reserve is free at the check, and used up when the agent writes."""
    subprocess.run(["mount", "-o", "remount,size=50%", str(small_disk)], check=True)
    publisher.release("1.0.0", script("1.0.0", "exit 1") + bytes(100_000))
    gateway.connector("meter")
    wrapper = [tool("strace"), "-f", "-qq", "-o", "/dev/null", "-P", str(install.folder / ".gup-agent.part"), "-e", "trace=write",
               "-e", "inject=write:error=ENOSPC"]
    run = gateway.run("now", wrapper=wrapper)
    assert run.code == 0, run
    assert any("No space left on device" in line for line in warnings(gateway)), run
    assert install.is_original


def test_on_a_read_only_disk_it_says_so(gateway, install, publisher, small_disk):
    publisher.release("1.0.0", script("1.0.0", "exit 1"))
    gateway.connector("meter")
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    run = gateway.now()
    assert run.code == 0, run
    assert any("Read-only file system" in line for line in warnings(gateway)), gateway.log_lines()


# Calls that change something on the disk, and the start of a program.
CALLS = ["rename", "link", "unlink", "mkdir", "fsync", "ftruncate", "fchmod", "fchown", "execve"]


@real_agents
def test_killed_before_every_change_a_working_agent_is_installed(gateway, install, publisher):
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    (gateway.root / "empty").mkdir()
    old, new = install.agent.read_bytes(), NEXT_AGENT.read_bytes()

    def begin_anew() -> None:
        remove(gateway.state)
        remove(install.folder)
        install.folder.mkdir()
        install.agent.write_bytes(old)
        install.agent.chmod(0o755)

    killed = 0
    for call in CALLS:
        number = 2 if call == "execve" else 1  # the first is strace's own
        while kill_at(gateway, call, number):
            killed += 1
            assert install.agent.read_bytes() in (old, new) and os.access(install.agent, os.X_OK), f"{call} {number}"
            for _ in range(2):  # a killed run is one of the three starts; the next run is complete
                after = gateway.run("now")
            assert after.code == 0 and install.agent.read_bytes() == new, f"{call} {number}: {after}"
            assert set(install.names) <= {"gup-agent", "gup-agent.previous"}, f"{call} {number}: {install.names}"
            assert "trial" not in install.state, f"{call} {number}: {install.state}"
            begin_anew()
            number += 2 if call in ("fsync", "fchmod") else 1  # these calls are in pairs, one before and one after a rename
        begin_anew()
    assert killed > 20
