# SPDX-License-Identifier: Apache-2.0
"""SIGKILL in the middle of a recovery: the one after it goes on where that one was, and the old set is there."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gateway import Gateway, each_kill, kill_at, remove
from recorded import PARTS, set_of
from scenarios import SCENARIOS

pytestmark = pytest.mark.slow

CALLS = ("rename", "renameat", "renameat2", "symlinkat", "unlink", "unlinkat")


def keep(gateway: Gateway) -> Path:
    kept = gateway.folder / "kept"
    kept.mkdir()
    subprocess.run(["cp", "-a", *(part for part in PARTS if (gateway.folder / part).exists()), kept], cwd=gateway.folder, check=True)
    return kept


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
@pytest.mark.parametrize("scenario, flush", [("adopt_back", 1), ("adopt", 1), ("night_in_releases", 2)])
def test_a_recovery_that_was_killed_is_finished_by_the_next_one(gateway, scenario, flush):
    command = SCENARIOS[scenario](gateway)
    before = set_of(gateway.folder)
    assert kill_at(gateway, "syncfs", flush, tuple(command)), "the commit flushes what was done"
    assert "commit" not in (gateway.state / "journal/meter").read_text().split()
    kept = keep(gateway)

    def restore() -> None:
        for part in PARTS:
            remove(gateway.folder / part)
        subprocess.run(["cp", "-a", f"{kept}/.", gateway.folder], check=True)

    killed, broken = 0, []
    for at in each_kill(gateway, ("recover",), CALLS, sampled=("unlink", "unlinkat"), restore=restore):
        killed += 1
        run = gateway.run("recover")
        after = set_of(gateway.folder)
        # The next run tells of the one that was killed. What happened is remembered, and a login is told.
        paths = sorted((before | after).keys() - {"state/run.json", "state/history.jsonl", "state/motd"})
        differs = [path for path in paths if after.get(path) != before.get(path)]
        if run.code != 0 or differs or (gateway.state / "journal/meter").exists():
            broken.append(f"{at}: exit code {run.code}, {differs[:5]}: {run.out} {run.err}")
    assert not broken, "\n".join(broken)
    assert killed > 5
