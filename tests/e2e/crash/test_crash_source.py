# SPDX-License-Identifier: Apache-2.0
"""SIGKILL before each step of a deployment from a source: the old or the new release runs, and the next run completes the new one."""
from __future__ import annotations

import zipfile

import pytest

from gateway import each_kill

pytestmark = pytest.mark.slow


class GitSource:
    def __init__(self, gateway, web):
        self.remote = gateway.remote("app")
        self.url = f"git+{web.http(self.remote.bare)}/deploy"

    def publish(self, version: str) -> None:
        self.remote.push({"deploy/main.py": version})


class ZipSource:
    def __init__(self, gateway, web):
        self.file = gateway.folder / "app.zip"
        self.url = web.files(self.file).rstrip("/")

    def publish(self, version: str) -> None:
        with zipfile.ZipFile(self.file, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("main.py", version)
            archive.writestr("more", "x\n" * int(version))  # nginx makes the ETag from size and second


def flaws(gateway, place, allowed: tuple[str, ...]) -> list[str]:
    """Faults in the running release, and leftovers."""
    found = []
    if not place.is_symlink():
        found += [] if "" in allowed else ["nothing runs"]
    else:
        version = (place / "main.py").read_text()
        found += [] if version in allowed else [f"runs {version}"]
    found += [f"left: {path}" for path in gateway.root.glob(".gup/app/2*") if not (path / "generation.json").exists()]
    found += [f"left: {path}" for path in gateway.root.rglob(".gup-*")]
    found += [f"open: {path}" for path in (gateway.state / "journal").glob("*")]
    return found


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
@pytest.mark.parametrize("kind", [GitSource, ZipSource])
@pytest.mark.parametrize("before", ["", "1"], ids=["first", "next"])
def test_killed_before_every_change_it_is_complete_and_the_next_run_succeeds(gateway, web, kind, before):
    source = kind(gateway, web)
    place = gateway.declare("app", source=source.url)
    if before:
        source.publish(before)
        assert gateway.run("now").code == 0
        assert flaws(gateway, place, (before,)) == []
    source.publish("2")
    gateway.remember()
    killed, broken = 0, []
    for at in each_kill(gateway, sampled=("fsync", "unlink", "mkdir", "mkdirat")):
        killed += 1
        run = gateway.run("recover")
        if run.code != 0 or flaws(gateway, place, (before, "2")):
            broken.append(f"{at}: exit code {run.code}, {flaws(gateway, place, (before, '2'))}: {run.out} {run.err}")
        after = gateway.run("now")
        left = [str(path) for path in (*gateway.root.rglob("*.lock"), *gateway.root.rglob("archive.part*"))]
        if after.code != 0 or flaws(gateway, place, ("2",)) or left:
            broken.append(f"{at}, the night after: exit code {after.code}, {flaws(gateway, place, ('2',))}, {left}: {after.out} {after.err}")
    print(f"{killed} points")
    assert not broken, "\n".join(broken)
    assert killed > 10
