# SPDX-License-Identifier: Apache-2.0
"""A root file system on an overlay, as overlayroot makes it: folders of the lower layer cannot be moved, and changes in memory
are gone after the next boot."""
from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import pytest

from completed import Has
from gateway import kill_at, remove, snapshot

only_root = pytest.mark.root("only root can mount an overlay")
GUPFILE = "gup-one,1.0\n"


def mount(lower: Path, layers: Path, at: Path) -> None:
    """`at` is an overlay over `lower` whose changes go to `layers`; skips the test where that is not possible."""
    for name in ("upper", "work"):
        (layers / name).mkdir(parents=True)
    options = f"lowerdir={lower},upperdir={layers}/upper,workdir={layers}/work"
    done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(at)], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no overlay can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def lasting():
    """A folder for layers on a disk."""
    folder = Path(tempfile.mkdtemp(prefix="gup-overlay-", dir="/var/tmp"))
    if subprocess.run(["stat", "-f", "-c", "%T", str(folder)], capture_output=True, text=True).stdout.strip() == "tmpfs":
        pytest.skip("/var/tmp is in memory here")
    yield folder
    remove(folder)


@pytest.fixture
def memory():
    """A folder for layers in memory."""
    folder = Path(tempfile.mkdtemp(prefix="gup-overlay-"))
    done = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(folder)], capture_output=True, text=True)
    if done.returncode != 0:
        folder.rmdir()
        pytest.skip(f"no tmpfs can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


@pytest.fixture
def covered(gateway, index):
    """Makes the gateway's root folder an overlay."""
    mounted: list[Path] = []

    def cover(layers: Path) -> None:
        mount(gateway.root, layers, gateway.root)
        mounted.append(gateway.root)

    yield cover
    for point in mounted:
        subprocess.run(["umount", "-l", str(point)], check=True)


@pytest.fixture
def meter(gateway, index):
    index.add("gup-one", "1.0")
    connector = gateway.connector("meter", GUPFILE)
    connector.virtualenv = gateway.virtualenv("meter")
    return connector


@only_root
def test_a_virtualenv_of_the_lower_layer_is_replaced_by_a_copy(gateway, meter, covered, lasting):
    place = gateway.root / ".pyenv/meter"
    (place / "own").write_text("mine\n")
    (place / "own").chmod(0o640)
    before = snapshot(place)
    covered(lasting)
    gateway.now().must("meter", outcome="updated")
    assert place.is_symlink() and meter.virtualenv.installed()["gup-one"] == "1.0"
    old = [path.parent for path in gateway.root.glob(".gup/meter/*/.venv/own") if "gup_one" not in str(list(path.parent.glob("lib/*/*/*")))]
    assert [snapshot(folder) for folder in old] == [before]
    assert not list(gateway.root.glob("**/.gup-copy-*")) and not list(gateway.root.glob("**/.gup-link-*"))
    gateway.run("rollback", "meter", "--json").must("meter", outcome="updated")
    assert snapshot(place.resolve(), without=("zzz_gup_generation.pth",)) == before


@only_root
def test_adopt_works_over_a_lower_layer(gateway, meter, covered, lasting):
    covered(lasting)
    gateway.run("adopt", "meter", "--json").must("meter", code=0, outcome="updated")
    assert meter.path.is_symlink()
    gateway.now().must("meter", outcome="updated")
    assert meter.virtualenv.installed()["gup-one"] == "1.0"


@only_root
@pytest.mark.slow
@pytest.mark.parametrize("call", ["unlinkat", "renameat2", "symlinkat", "renameat"])
def test_a_kill_at_any_moment_leaves_the_old_virtualenv(gateway, meter, covered, lasting, call):
    place = gateway.root / ".pyenv/meter"
    (place / "own").write_text("mine\n")
    before = snapshot(place)
    covered(lasting)
    number, killed = 1, 0
    while kill_at(gateway, call, number, children=False):
        killed += 1
        gateway.run("recover")
        if place.is_symlink():
            break  # it was committed
        assert snapshot(place) == before, f"{call} {number}"
        number += 1 if call != "unlinkat" else 331
    gateway.now()
    assert killed > 0
    assert meter.virtualenv.installed()["gup-one"] == "1.0"


@only_root
def test_nothing_is_changed_where_the_next_boot_undoes_it(gateway, meter, covered, memory):
    old = meter.head
    quiet = gateway.connector("quiet")
    meter.push({"new": "1\n"})
    covered(memory)
    gateway.configure("run", reboot=True, reboot_command=["/bin/sh", "-c", f"touch {gateway.folder}/rebooted"])
    for command in ("now", "run"):
        run = gateway.run(command, "--json")
        run.must("meter", outcome="failed", reason=Has("the next boot would undo an update", "an overlay that keeps its changes in memory"),
                 hint=Has("overlayroot-chroot"))
        run.must("quiet", outcome="unchanged")
    assert meter.head == old and not (gateway.root / ".pyenv/meter").is_symlink()
    assert not (gateway.folder / "rebooted").exists()
    assert meter.git("rev-parse", "origin/main") == old, "nothing was fetched"
    findings = json.loads(gateway.run("doctor", "--json").out)["findings"]
    assert [one["subject"] for one in findings if one["check"] == "memory"] == [str(gateway.root)], findings
    assert quiet.changes == ""


@only_root
def test_pins_alone_are_not_installed_there_either(gateway, meter, covered, memory):
    covered(memory)
    gateway.now().must("meter", outcome="failed", reason=Has("the next boot would undo an update"))


@only_root
def test_a_state_in_memory_is_no_better(gateway, meter, memory, lasting):
    mount(gateway.state, memory, gateway.state)
    try:
        gateway.now().must("meter", outcome="failed", reason=Has(f"{gateway.state} is on an overlay"))
    finally:
        subprocess.run(["umount", "-l", str(gateway.state)], check=True)


@only_root
def test_code_and_virtualenv_of_the_lower_layer_go_forth_and_back(gateway, index, meter, covered, lasting):
    old = meter.head
    (gateway.root / "common").mkdir()
    (gateway.root / ".pyenv/meter/folder").symlink_to("../../common")
    covered(lasting)
    new = meter.push({"gupfile": GUPFILE, "sub/new": "1\n", "README": "changed\n"})
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.head == new and meter.read("README") == "changed\n" and meter.changes == ""
    assert meter.virtualenv.installed()["gup-one"] == "1.0"
    gateway.run("rollback", "meter", "--json").must("meter", outcome="updated")
    assert meter.head == old and meter.changes == "" and "gup-one" not in meter.virtualenv.installed()
    assert (gateway.root / ".pyenv/meter/folder").resolve() == gateway.root / "common"
    index.add("gup-one", "2.0")
    newest = meter.push({"gupfile": "gup-one,2.0\n"})
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.head == newest and meter.virtualenv.installed()["gup-one"] == "2.0"


@only_root
def test_an_adopted_connector_of_the_lower_layer_goes_forth_and_back(gateway, index, meter, covered, lasting):
    covered(lasting)
    gateway.run("adopt", "meter", "--json").must("meter", code=0, outcome="updated")
    old = meter.path.resolve()
    meter.push({"gupfile": GUPFILE, "new": "1\n"})
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.read("new") == "1\n" and meter.virtualenv.installed()["gup-one"] == "1.0"
    gateway.run("rollback", "meter", "--json").must("meter", outcome="updated")
    assert meter.path.resolve() == old and "gup-one" not in meter.virtualenv.installed()
    gateway.run("adopt", "--back", "meter", "--json").must("meter", code=0, outcome="updated")
    assert not meter.path.is_symlink() and meter.changes == ""


@only_root
def test_a_release_layouts_lower_layer_is_updated(gateway, index, meter, covered, lasting):
    gateway.run("adopt", "meter", "--json").must("meter", code=0, outcome="updated")
    covered(lasting)
    for version in ("1.0", "2.0", "3.0"):
        index.add("gup-one", version)
        meter.push({"gupfile": f"gup-one,{version}\n"})
        gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.installed()["gup-one"] == "3.0"
    gateway.run("rollback", "meter", "--json").must("meter", outcome="updated")
    assert meter.virtualenv.installed()["gup-one"] == "2.0"


@only_root
def test_a_broken_virtualenv_of_the_lower_layer_is_made_anew(gateway, index, meter, covered, lasting):
    meter.virtualenv.pip("gup-one==1.0", index=index.url)
    (meter.virtualenv.path / "bin/python3").unlink()
    (meter.virtualenv.path / "bin/python3").symlink_to("/nonexistent/python3")
    covered(lasting)
    gateway.configure("python", create_venv=True)
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_one") == "1.0"
