# SPDX-License-Identifier: Apache-2.0
"""Journals of the previous agent with each of its kinds of step: this agent restores the old state, byte for byte.

old_journals/ contains the files that the previous agent left when it was killed around each step; see record_old_journals.
"""
from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway import Gateway, remove
from recorded import Recording, lay_out, set_of
from systemd import Systemd

# The 22 kinds of the agent that wrote one journal for each kind of change, and the command that writes each.
KINDS = {
    "repository", "checkout", "stage_generation", "make_place", "exchange_environment", "switch_environment", "restart_service",
    "create_environment", "add_connector", "add_environment", "pin_host_key", "publish", "release_folder", "release_file", "release_record",
    "release_repository", "release_around", "release_move", "release_link", "release_exchange", "release_beside", "release_local",
}
RECORDINGS = [Recording(path) for path in sorted(Path(__file__).with_name("old_journals").glob("*.json"))]


def states(kind: str):
    for recording in RECORDINGS:
        for number, state in enumerate(recording.states):
            if state["step"] == kind:
                yield recording, number, state


def test_each_kind_was_recorded_before_and_after_its_step():
    assert {state["step"] for recording in RECORDINGS for state in recording.states} == {*KINDS, "commit"}
    for kind in KINDS:
        assert {"before", "after"} <= {state["when"] for _, _, state in states(kind)}, kind


class Crash:
    """A gateway on which the previous agent was killed. `found` lists the faults after recovery."""

    def __init__(self, folder: Path, recording: Recording, state: dict):
        self.gateway = Gateway(folder)
        self.systemd = Systemd(self.gateway)
        for part in ("root", "state"):
            remove(folder / part)
        lay_out(folder, recording.tree(state))
        journal = self.gateway.state / "journal/meter"
        journal.parent.mkdir()
        journal.write_text(recording.journal(state, folder))
        self.before = set_of(folder)
        run = self.gateway.run("recover")
        self.after = set_of(folder)
        self.found = [] if run.code == 0 else [f"exit code {run.code}: {run}"]
        self.found += ["the journal is open"] if journal.exists() else []


def paths(state: dict, kind: str) -> list[str]:
    """The paths of the steps of that kind, relative to the gateway's folder."""
    steps = [line.split() for line in state["journal"] if line.startswith(f"step {kind} ")]
    return [word.partition("@FOLDER/")[2] for step in steps for word in step if word.startswith("path=")]


def expected(place: Path, recording: Recording, state: dict) -> dict[str, object]:
    """The expected files after recovery: those of before the command, unless its last step was already done."""
    tree = recording.tree(state)
    # The last step of `add` was done: its rename happened, and the new connector is complete.
    is_published = any(path not in tree for path in paths(state, "publish"))
    # A separate journal, after the new release runs: an old release is removed.
    is_removal = all(line.startswith("step release_folder ") for line in state["journal"][2:])
    removed = [path for path in paths(state, "release_folder") if is_removal and path in recording.base]
    place.mkdir()
    lay_out(place, tree if is_published or removed else recording.base)
    for path in removed:
        remove(place / path)
    try:
        return set_of(place)
    finally:
        remove(place)


def flaws(folder: Path, recording: Recording, state: dict) -> list[str]:
    """Differences from the files of before the killed command."""
    before = expected(folder, recording, state)
    crash = Crash(folder, recording, state)
    after, found = crash.after, crash.found
    for path in paths(state, "release_record"):  # may stay: it does not say which release is active
        name = f"{path}/generation.json"
        before[name] = after.get(name) if after.get(name) == crash.before[name] else before[name]
    found += [f"{path}: {after.get(path)} instead of {before.get(path)}" for path in sorted(before | after)
              if after.get(path) != before.get(path)]
    restarts = ["meter.service"] if any(line.startswith("step restart_service") for line in state["journal"]) else []
    return found + ([] if crash.systemd.restarts == restarts else [f"restarted {crash.systemd.restarts}"])


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_recover_brings_the_old_set_back(folder, kind):
    broken = []
    for recording, number, state in states(kind):
        place = folder / f"{recording.name}-{number}"
        broken += [f"{recording.name} {number}, {state['when']}: {flaw}" for flaw in flaws(place, recording, state)[:5]]
        remove(place)
    assert not broken, "\n".join(broken)


# Files that a committed transaction still has to remove: old generations, and the old content of a mirror.
OLD = re.compile(r"^root/\.gup/meter/2|^deploy/\.current\.gup-")


def test_a_committed_transaction_stays_and_is_tidied_up(folder):
    broken, removed = [], set()
    for recording, number, state in states("commit"):
        crash = Crash(folder / f"{recording.name}-{number}", recording, state)
        gone = set(crash.before) - set(crash.after)
        removed |= {path.split("/")[1] for path in gone}
        found = [*crash.found, *(f"{path} is gone" for path in gone if not OLD.search(path))]
        found += [f"{path} has changed" for path in crash.after if crash.after[path] != crash.before.get(path)]
        found += [f"left behind: {path}" for path in (folder / f"{recording.name}-{number}/deploy").glob(".current.gup-*")]
        broken += [f"{recording.name} {number}: {flaw}" for flaw in found]
    assert not broken, "\n".join(broken)
    assert any(name.startswith(".current.gup-") for name in removed), removed
