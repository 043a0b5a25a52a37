"""SIGKILL before each single system call of an update of code and pins, with hooks and health: the pair is the old or the new one."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway import CHANGING, kill_at, remove

# Every third takes long enough for every day; GUP_EVERY_STEP=1 means all of them.
STRIDE = 1 if os.environ.get("GUP_EVERY_STEP") else 3
SAMPLED = {"linkat": 3, "write": 7}  # of these only so many, whatever is wanted: one is like the other

# An installer that is quick, and replaces what it installs as pip does: by renaming and unlinking.
UV = """#!/usr/bin/python3 -IS
import os, sys
if "--python" not in sys.argv:
    sys.exit(0)
venv = os.path.dirname(os.path.dirname(sys.argv[sys.argv.index("--python") + 1]))
site = next(os.path.join(venv, "lib", name, "site-packages") for name in os.listdir(os.path.join(venv, "lib")))
def put(name, text):
    with open(os.path.join(site, name + ".new"), "w") as file:
        file.write(text)
    os.rename(os.path.join(site, name + ".new"), os.path.join(site, name))
old, new = "gup_one-1.0.dist-info", "gup_one-2.0.dist-info"
for name in os.listdir(os.path.join(site, old)):
    os.unlink(os.path.join(site, old, name))
os.rmdir(os.path.join(site, old))
os.mkdir(os.path.join(site, new))
put("gup_one.py", "version = '2.0'\\n")
put(new + "/METADATA", "Metadata-Version: 2.1\\nName: gup-one\\nVersion: 2.0\\n")
put(new + "/INSTALLER", "uv")
put(new + "/RECORD", f"gup_one.py,,16\\n{new}/METADATA,,\\n{new}/INSTALLER,,2\\n{new}/RECORD,,\\n")
"""


GUPFILE = """[dependencies]
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


@pytest.fixture
def meter(gateway):
    """A connector with an update of code and pins ahead, with hooks and a health check."""
    files = {"a": "1\n", "gone": "1\n", "settings.ini": "default\n"}
    made = gateway.connector("meter", GUPFILE.format(version="1.0"), files=files)
    (made.path / "settings.ini").write_text("of this gateway\n")
    made.old = made.head
    made.place = gateway.root / ".pyenv/meter"
    made.virtualenv = gateway.virtualenv("meter", pip=False)
    made.virtualenv.add("gup-one", "1.0")
    script = made.place / "bin/hello"
    script.write_text(f"#!{made.place}/bin/python\n")
    uv = gateway.folder / "uv"
    uv.write_text(UV)
    uv.chmod(0o755)
    gateway.configure("python", installer="uv", uv=str(uv))
    for phase in ("pre", "post"):
        executable(gateway.folder / phase / "10-hook", "")
        gateway.configure("hooks", **{f"{phase}_update": str(gateway.folder / phase)})
    executable(made.remote.author / "own-hook", "")
    executable(made.remote.author / "check", 'exec "$VIRTUAL_ENV/bin/python" -c "import gup_one"\n')
    made.new = made.push({"gupfile": GUPFILE.format(version="2.0"), "a": "2\n", "gone": None, "new/file": "2\n"})
    gateway.remember()
    return made


def pair(meter) -> tuple[str, str]:
    return meter.head, meter.virtualenv.installed()["gup-one"]


def flaws(gateway, meter) -> list[str]:
    """What a connector that runs would stumble over, or that should not be there any more."""
    found = []
    if pair(meter) not in ((meter.old, "1.0"), (meter.new, "2.0")):
        found.append(f"a mixed pair: {pair(meter)}")
    if meter.virtualenv.imported_version("gup_one") != pair(meter)[1]:
        found.append("another version is imported")
    if meter.changes != " M settings.ini":
        found.append(f"the work tree: {meter.changes!r}")
    found += [f"left behind: {path}" for path in gateway.root.rglob(".gup-link-*")]
    found += [f"left behind: {path}" for path in (meter.path / ".git").rglob("*.lock")]
    found += [f"not whole: {path}" for path in gateway.root.glob(".gup/*/*") if not (path / "generation.json").exists()]
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
        # Whatever starts now, before anything of ours runs, starts with a virtualenv that is whole.
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
    print(f"{killed} kill points")
    assert not broken, "\n".join(broken)
    assert killed > 90 / STRIDE and len(seen) == 2, (killed, seen)


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
def test_an_owner_who_deletes_the_connector_in_the_middle_leaves_nothing_behind(gateway, meter):
    assert kill_at(gateway, "syncfs", 1, children=False)
    assert list(gateway.root.glob(".gup/meter/*/.venv")), "it was staged"
    remove(meter.path)
    run = gateway.run("recover")
    assert run.code == 0, run
    assert not (gateway.root / ".gup").exists() and not (gateway.state / "journal/meter").exists()
