# SPDX-License-Identifier: Apache-2.0
"""SIGKILL before each system call of an update of code and pins, with hooks and health check: the pair is the old or the new one."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway import CHANGING, kill_at, remove
from installers import use_quick_installer

pytestmark = pytest.mark.slow

# Normally every third call is tried, to save time; GUP_EVERY_STEP=1 tries all.
STRIDE = 1 if os.environ.get("GUP_EVERY_STEP") else 3
SAMPLED = {"linkat": 3, "write": 7}  # of these calls, which are all alike, always only every third or seventh

GUPFILE = """[connector]
persist = ["settings.ini"]
[dependencies]
gup-one = "{version}"
[hooks]
post-update = "own-hook"
[health]
command = "./check"
within = "1s"
"""


def executable(path: Path, body: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.parent.chmod(0o755)
    path.write_text("#!/bin/sh\n" + body)
    path.chmod(0o755)


@pytest.fixture(params=["in-place", "releases"])
def meter(gateway, request):
    """A connector with a pending update of code and pins, with hooks and a health check."""
    files = {"a": "1\n", "gone": "1\n", "settings.ini": "default\n"}
    made = gateway.connector("meter", GUPFILE.format(version="1.0"), files=files)
    (made.path / "settings.ini").write_text("of this gateway\n")
    made.old = made.head
    made.place = gateway.root / ".pyenv/meter"
    made.virtualenv = gateway.virtualenv("meter", pip=False)
    made.virtualenv.add("gup-one", "1.0")
    script = made.place / "bin/hello"
    script.write_text(f"#!{made.place}/bin/python\n")
    use_quick_installer(gateway)
    for phase in ("pre", "post"):
        executable(gateway.folder / phase / "10-hook", "")
        gateway.configure("hooks", **{f"{phase}_update": str(gateway.folder / phase)})
    executable(made.remote.author / "own-hook", "")
    executable(made.remote.author / "check", 'exec "$VIRTUAL_ENV/bin/python" -c "import gup_one"\n')
    made.layout = request.param
    if made.layout == "releases":
        assert gateway.run("adopt", "meter").code == 0
    made.new = made.push({"gupfile": GUPFILE.format(version="2.0"), "a": "2\n", "gone": None, "new/file": "2\n"})
    gateway.remember()
    return made


def pair(meter) -> tuple[str, str]:
    if meter.layout == "in-place":
        return meter.head, meter.virtualenv.installed()["gup-one"]
    return json.loads(meter.read("generation.json"))["commit"], meter.virtualenv.installed()["gup-one"]


def code_flaws(meter) -> list[str]:
    """Faults in the files of the running code."""
    if meter.layout == "in-place":
        return [] if meter.changes == " M settings.ini" else [f"the work tree: {meter.changes!r}"]
    is_new = pair(meter)[0] == meter.new
    found = {name: (meter.path / name).exists() for name in ("gone", "new/file")}
    whole = meter.read("a") == ("2\n" if is_new else "1\n") and found == {"gone": not is_new, "new/file": is_new}
    return [] if whole and meter.read("settings.ini") == "of this gateway\n" else [f"the release: {found} {meter.read('a')!r}"]


def flaws(gateway, meter) -> list[str]:
    """Faults that a running connector would notice, and leftovers."""
    found = []
    if pair(meter) not in ((meter.old, "1.0"), (meter.new, "2.0")):
        found.append(f"a mixed pair: {pair(meter)}")
    if meter.virtualenv.imported_version("gup_one") != pair(meter)[1]:
        found.append("another version is imported")
    found += code_flaws(meter)
    found += [f"left behind: {path}" for path in gateway.root.rglob(".gup-*-*")]
    repository = meter.path / ".git" if meter.layout == "in-place" else gateway.root / ".gup/meter/repository"
    found += [f"left behind: {path}" for path in repository.rglob("*.lock")]
    found += [f"not whole: {path}" for path in gateway.root.glob(".gup/*/*")
              if path.name not in ("repository", "shared") and not (path / "generation.json").exists()]
    if (gateway.state / "journal/meter").exists():
        found.append("the journal is open")
    return found


def kill_points():
    for call in (*CHANGING, "rmdir", "fchmod", "ftruncate"):
        yield from ((call, number) for number in range(1, 1000, STRIDE))
    for call, step in SAMPLED.items():
        yield from ((call, number) for number in range(1, 1000, step * STRIDE))


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
def test_killed_before_every_change_the_pair_is_the_old_or_the_new_one(gateway, meter):
    killed, seen, broken, done = 0, set(), [], set()
    for call, number in kill_points():
        if call in done:
            continue
        if not kill_at(gateway, call, number, children=False):
            done.add(call)
            gateway.restore()
            continue
        killed += 1
        # A program that starts now, before the agent runs again, has a complete virtualenv.
        if meter.virtualenv.imported_version("gup_one") != meter.virtualenv.installed()["gup-one"]:
            broken.append(f"{call} {number}: the virtualenv is in pieces")
        then = "recover" if killed % 3 else "now"
        run = gateway.run(then)
        seen.add(pair(meter))
        if run.code != 0 or flaws(gateway, meter):
            broken.append(f"{call} {number}, {then}: exit code {run.code}, {flaws(gateway, meter)}: {run.out} {run.err}")
        after = gateway.run("now")
        if after.code != 0 or pair(meter) != (meter.new, "2.0") or flaws(gateway, meter):
            broken.append(f"{call} {number}, the night after: {pair(meter)}, {flaws(gateway, meter)}: {after.out} {after.err}")
        gateway.restore()
    print(f"{meter.layout}: {killed} kill points")
    assert not broken, "\n".join(broken)
    # Agent and worker make the calls, and each of them is killed at its own one of that number.
    assert killed > 60 / STRIDE and len(seen) == 2, (killed, seen)


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
@pytest.mark.parametrize("meter", ["in-place"], indirect=True)
def test_an_owner_who_deletes_the_connector_in_the_middle_leaves_nothing_behind(gateway, meter):
    assert kill_at(gateway, "syncfs", 1, children=False)
    assert list(gateway.root.glob(".gup/meter/*/.venv")), "it was staged"
    remove(meter.path)
    run = gateway.run("recover")
    assert run.code == 0, run
    assert not (gateway.root / ".gup").exists() and not (gateway.state / "journal/meter").exists()
