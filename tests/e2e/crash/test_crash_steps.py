# SPDX-License-Identifier: Apache-2.0
"""SIGKILL before each system call that changes something on disk, then the next start."""
from __future__ import annotations

import pytest

from gateway import CHANGING, each_kill

pytestmark = pytest.mark.slow

CALLS = (*CHANGING, "link", "rmdir")


@pytest.fixture
def connector(gateway):
    """A connector with a small pending update of each kind, and a local change that stays."""
    files = {"a": "1\n", "b/c": "1\n", "gone": "1\n", "turned": "1\n", "settings.ini": "default\n"}
    made = gateway.connector("meter", files=files)
    (made.path / "settings.ini").write_text("of this gateway\n")
    made.old = made.head
    (made.remote.author / "link").symlink_to("a")
    made.push({"a": "2\n", "b/c": "2\n", "gone": None, "turned": None, "new/file": "2\n"})
    made.remote.tag("1.0")
    made.new = made.push({"turned/inside": "2\n"})
    gateway.remember()
    return made


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
@pytest.mark.parametrize("then", ["now", "recover"])
def test_killed_before_every_change_the_next_start_makes_it_whole(gateway, connector, then):
    killed, broken = 0, []
    for at in each_kill(gateway, calls=CALLS, sampled=() if then == "now" else CALLS):
        killed += 1
        run = gateway.run(then)
        whole = connector.head == connector.new or (then == "recover" and connector.head == connector.old)
        locks = [str(path) for path in (connector.path / ".git").rglob("*.lock")]
        if run.code != 0 or not whole or locks or connector.changes != " M settings.ini":
            broken.append(f"{at}: exit code {run.code}, {connector.changes!r}, {locks}: "
                          f"{run.out} {run.err}")
        if then == "recover":  # and the next night succeeds
            after = gateway.run("now")
            if after.code != 0 or connector.head != connector.new or connector.changes != " M settings.ini":
                broken.append(f"{at}, the night after: exit code {after.code}, {connector.changes!r}: "
                              f"{after.out} {after.err}")
    assert not broken, "\n".join(broken)
    assert killed > 20
