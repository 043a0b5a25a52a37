# SPDX-License-Identifier: Apache-2.0
"""The hostile-owner matrix: each file that the agent reads below an owner's folder, replaced by each kind of hostile thing, under
each command, with 300 MB of memory. The other connectors are updated, nothing runs as another user, and nothing hangs.

Normally one command is tried for each file and kind; GUP_EVERY_STEP=1 (make hostile) tries all.
"""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from hostile_files import KINDS, title
from hostile_gateway import GOOD, LIMIT, OWNER, SECRET, HostileGateway
from memory import memory_limit

COMMANDS = ["check", "now", "run", "status", "doctor", "rollback", "adopt", "recover"]
# A sample tries the commands for one connector less often, because each place needs a command of its own.
TURNS = [*(["check", "now", "run", "status", "doctor", "recover"] * 2), "rollback", "adopt"]
LEASE_BREAK = Path("/proc/sys/fs/lease-break-time")
EVERY = bool(os.environ.get("GUP_EVERY_STEP"))
MEBIBYTES = 300

pytestmark = [
    pytest.mark.slow,
    pytest.mark.root("only root can become another user"),
    pytest.mark.native_only("the limit is the emulator's, which keeps it from the agent"),
    pytest.mark.not_sanitized("AddressSanitizer itself wants more memory than this case allows"),
]


@pytest.fixture(scope="module")
def hostile(base, web):
    made = HostileGateway(base / "hostile", web)
    made.tried, made.deaths = 0, []
    yield made
    made.discard()


@pytest.fixture
def limited():
    with memory_limit(MEBIBYTES) as wrapper:
        yield wrapper


def chosen(hostile, kind: str, command: str) -> list:
    """All places, or those whose turn it is. ssh waits until the kernel ends a lease, which is too long for a sample."""
    if EVERY:
        return hostile.places
    turn = list(KINDS).index(kind) * 3
    return [place for number, place in enumerate(hostile.places)
            if TURNS[(number + turn) % len(TURNS)] == command and not (kind == "leased" and place.remote == "ssh")]


def limit_of(kind: str) -> float:
    """Seconds of a command. The kernel starts a leased program, and ssh opens a leased file, when it has ended the lease."""
    return LIMIT + (int(LEASE_BREAK.read_text()) if kind == "leased" else 0)


class Judge:
    """Collects what is wrong, so that one place does not hide the others."""

    def __init__(self, hostile, wrapper, kind, limit):
        self.hostile, self.wrapper, self.kind, self.limit, self.wrong = hostile, wrapper, kind, limit, []

    def run(self, *arguments: str, subject: str = ""):
        try:
            run = self.hostile.run(*arguments, "--json", wrapper=self.wrapper, limit=self.limit)
        except (AssertionError, ValueError) as error:
            self.wrong.append(f"{subject or arguments}: {error}")
            return None
        if run.code < 0:
            self.wrong.append(f"{subject or arguments}: ended with signal {-run.code}")
        if SECRET in run.out + run.err:
            self.wrong.append(f"{subject or arguments}: tells root's secret")
        for name, item in run.connectors.items():
            if "worker ended" in str(item) or "used more than" in str(item):
                self.hostile.deaths.append(f"{self.kind}: {arguments}: {name}: {item.get('reason') or item.get('error')}")
        return run

    def must(self, fact: object, what: str) -> None:
        if not fact:
            self.wrong.append(what)


def each_is_at(hostile, version: str) -> list[str]:
    texts = {name: (hostile.root / name / "main.py").read_text() for name in GOOD}
    return [f"{name} has {text!r}, not version {version}" for name, text in texts.items() if text != f"print({version})\n"]


def try_run(judge, hostile, command, _) -> None:
    run = judge.run(command)
    judge.wrong += each_is_at(hostile, "3")
    log = hostile.gateway.log.read_text()
    judge.must("run finished: " in log, f"the end of the run is not in the log\n{log}")
    if run is not None:
        judge.must(all(run[name]["outcome"] == "updated" for name in GOOD), f"a good connector is not updated{run}")


def try_question(judge, hostile, command, _) -> None:
    run = judge.run(command)
    if run is None:
        return
    if command == "check":
        judge.must(all(run.steps(name) == ["fast_forward"] and not run[name]["error"] for name in GOOD), f"good ones have no plan{run}")
    elif command == "status":
        judge.must(run.connectors.keys() >= GOOD.keys(), f"good ones have no status{run}")
    else:
        named = [one for one in run.document["findings"] if one["subject"] in GOOD]
        judge.must(not named, f"doctor found {named}")


def try_one_by_one(judge, hostile, command, places) -> None:
    for place in places:
        judge.run(command, place.name, subject=title(place))
    for name in GOOD:
        run = judge.run(command, name)
        judge.must(run is not None and run[name]["outcome"] == "updated", f"{command} of {name}{run}")


def try_recover(judge, hostile, command, _) -> None:
    judge.run(command)
    judge.wrong += each_is_at(hostile, "2")
    left = [name for name in GOOD if (hostile.gateway.state / "journal" / name).exists()]
    judge.must(not left, f"journals of {left} are left")


TRIES = {"check": try_question, "status": try_question, "doctor": try_question, "now": try_run, "run": try_run,
         "rollback": try_one_by_one, "adopt": try_one_by_one, "recover": try_recover}


def users_of_programs(hostile) -> set[int]:
    return {int(line.split()[0]) for line in hostile.told.read_text().splitlines()}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_owner_stops_nobody_and_becomes_nobody(hostile, limited, kind, command):
    places = chosen(hostile, kind, command)
    judge = Judge(hostile, limited, kind, limit_of(kind))
    try_places(judge, kind, command, places)
    hostile.tried += len(places)
    assert not judge.wrong, f"{len(judge.wrong)} of {len(places)} places:\n" + "\n".join(judge.wrong)


def try_places(judge, kind: str, command: str, places: list) -> None:
    hostile, scene = judge.hostile, judge.hostile.scene
    hostile.restore("interrupted" if command == "recover" else "before", places)
    hostile.plant(kind, places)
    try:
        TRIES[command](judge, hostile, command, places)
    finally:
        hostile.stop_helpers()
    users = users_of_programs(hostile)
    judge.must(users <= {*GOOD.values(), *map(hostile.owner_of, places)}, f"programs ran as {users}")
    judge.must(scene.secret.read_text() == SECRET and scene.secret.stat().st_uid == 0, "root's secret was changed")
    judge.must([path.name for path in scene.outside.iterdir()] == ["file"], "a folder of root's was changed")
    judge.must(SECRET not in "\n".join(hostile.gateway.log_lines()), "the log tells root's secret")


def test_programs_of_the_owner_ran_at_all(hostile, limited):
    """Otherwise the matrix would see no user."""
    places = [place for place in hostile.places if place.of in ("folder", "virtualenv")]
    hostile.restore("before", places)
    hostile.run("now", wrapper=limited)
    told = set(hostile.told.read_text().splitlines())
    assert told == {f"{OWNER} {what}" for what in ("helper", "hook", "python", "ssh")} | {f"{GOOD['good-other']} hook"}, told
    print(f"{hostile.tried} combinations of {len(hostile.places)} files, {len(KINDS)} kinds and {len(COMMANDS)} commands")
    print("\n".join(["worker deaths:", *hostile.deaths] if hostile.deaths else ["no worker died"]))
