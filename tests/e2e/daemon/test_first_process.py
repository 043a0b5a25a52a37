# SPDX-License-Identifier: Apache-2.0
"""The daemon as process 1 of a container: nobody else reaps what hooks leave behind."""
from __future__ import annotations

import os
import signal
import subprocess

import pytest

from gateway import wait_for
from systemd import script

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="makes a namespace of processes")


def zombies(first: int) -> list[str]:
    """The dead children of that process."""
    table = subprocess.run(["ps", "--ppid", str(first), "-o", "stat="], capture_output=True, text=True).stdout
    return [state for state in table.split() if state.startswith("Z")]


def test_strangers_are_reaped_and_the_runs_are_not_disturbed(gateway):
    orphan = 'setsid sh -c "sleep 0.1" >/dev/null 2>&1 </dev/null & setsid sh -c "sleep 0.2" >/dev/null 2>&1 </dev/null &'
    script(gateway.folder / "pre-update.d/10-orphans", f"#!/bin/sh\n{orphan}\necho x >>{gateway.folder}/ran\n")
    (gateway.folder / "pre-update.d").chmod(0o755)
    gateway.configure("hooks", pre_update=str(gateway.folder / "pre-update.d"))
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    new = connector.push({"main.py": "2\n"})
    daemon = gateway.start("daemon", wrapper=["unshare", "--pid", "--fork", "--kill-child"])
    try:
        first = int(wait_for(lambda: subprocess.run(["pgrep", "-P", str(daemon.pid)], capture_output=True,
                                                    text=True).stdout.strip(), "process 1"))
        wait_for(lambda: "daemon started" in "\n".join(gateway.log_lines()), "its start")
        os.kill(first, signal.SIGUSR1)
        wait_for(lambda: connector.head == new, "the update")
        wait_for(lambda: any("run finished: 1 updated" in line for line in gateway.log_lines()), "its end")
        wait_for(lambda: zombies(first) == [], "the end of the orphans")
        os.kill(first, signal.SIGUSR1)  # the daemon still knows its own runs
        wait_for(lambda: any("run finished: 1 unchanged" in line for line in gateway.log_lines()), "another run")
    finally:
        daemon.kill()
        daemon.communicate()
