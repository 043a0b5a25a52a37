# SPDX-License-Identifier: Apache-2.0
"""SIGKILL and power cut at each journal step of a deployment of stacks, and before each act between them: the old set runs, or the
new one, as a whole, and the next run goes on.

Normally a part of the moments is tried; GUP_EVERY_STEP=1 tries all.
"""
from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from tree import wait_for
from versions import EVERY, Versions, is_whole, killed_at

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def versions(device, images):
    made = Versions(device, images)
    device.now().must("gw", code=0, outcome="updated")
    return made


def moments(stride: int):
    """Before each line of the journal, after it is written, and before each process that the agent starts."""
    for call in ("write", "fsync", "clone"):
        for number in count(1 if EVERY else stride - 2, 1 if EVERY else stride):
            if (yield call, number) is False:
                break


def try_all(versions, stride: int, after) -> list[str]:
    """At each moment of an update to the other version the agent is killed; `after` says what is wrong then."""
    device, flaws, tries = versions.device, [], 0
    walk = moments(stride)
    point = next(walk)
    while True:
        target = "one" if versions.version() == "two" else "two"
        versions.push(target)
        was_killed = killed_at(device, *point, ("now", "--retry", "gw"))
        tries += was_killed
        flaws += [f"{' '.join(map(str, point))}: {flaw}" for flaw in (after(target) if was_killed else [])]
        done = device.now("--retry", "gw")
        if done.code != 0 or versions.version() != target:
            flaws.append(f"{point}, the next run: {versions.version()} instead of {target}: {done.out} {done.err}")
        try:
            point = walk.send(was_killed)
        except StopIteration:
            break
    print(f"{tries} moments")
    assert tries > 2
    return flaws


def test_a_killed_agent_leaves_one_whole_set(versions):
    assert try_all(versions, 12, lambda target: is_whole(versions, versions.device.run("recover"))) == []


def test_a_power_cut_leaves_one_whole_set(versions):
    """The machine starts with what is on its disk, and recovery comes after the containers: an agent without the package's units."""
    def after(target: str) -> list[str]:
        versions.device.tree.reboot()
        wait_for(lambda: versions.device.tree.active("gup-gw.target") == "active", "the units of the boot", 60)
        return is_whole(versions, versions.device.run("recover"))

    assert try_all(versions, 17, after) == []


def test_a_power_cut_is_recovered_by_the_boot(versions):
    """Before any container starts, as the package has it."""
    tree = versions.device.tree
    unit = (PROJECT / "packaging/systemd/gup-agent-recover.service").read_text()
    tree.write("/etc/systemd/system/gup-agent-recover.service", unit)
    tree.write("/etc/gup-agent/gup-agent.toml", versions.device.config_file.read_text())
    tree.must("systemctl", "enable", "gup-agent-recover.service")

    def after(target: str) -> list[str]:
        tree.reboot()
        assert tree.show("gup-agent-recover.service", "Result") == ["success"], tree.journal("gup-agent-recover.service")
        return is_whole(versions)

    assert try_all(versions, 17, after) == []


def test_a_killed_rollback_leaves_one_whole_set(versions):
    """Offline: what the generation needs is in the storage."""
    device = versions.device
    versions.push("two")
    device.now().must("gw", code=0, outcome="updated")
    flaws, tries = [], 0
    for call, number in [("write", 5), ("fsync", 9), ("clone", 12), ("clone", 20)]:
        tries += killed_at(device, call, number, ("rollback", "gw"))
        flaws += is_whole(versions, device.run("recover"))
        if versions.version() == "two":
            device.run("rollback", "--json", "gw").must("gw", code=0)
        if versions.version() != "one":
            flaws.append(f"{call} {number}: {versions.version()}")
        device.now("--retry", "gw").must("gw", code=0)
    assert flaws == [] and tries > 1


def test_killed_while_it_rolls_a_sick_image_back(versions):
    """The whole set of before is there afterwards: the sick one never stays."""
    device, images = versions.device, versions.images
    sick = versions.files("one")
    sick["services/gw/compose.yaml"] = sick["services/gw/compose.yaml"].replace(images.one.tag, images.crash.tag)
    flaws, tries = [], 0
    for call, number in [("write", 14), ("fsync", 15), ("clone", 34), ("clone", 38), ("clone", 42)]:
        versions.gw.push({**sick, "README": f"{call} {number}\n"})
        tries += killed_at(device, call, number, ("now", "gw"))
        recovered = device.run("recover")
        flaws += [f"{call} {number}: {flaw}" for flaw in is_whole(versions, recovered) or []]
        if versions.version() != "one":
            flaws.append(f"{call} {number}: {versions.version()} runs")
    assert flaws == [] and tries > 1


def test_a_killed_removal_is_finished_or_undone_by_the_next_run(versions):
    device, tree, flaws, tries = versions.device, versions.device.tree, [], 0
    for number in count(3, 1 if EVERY else 5):
        if not killed_at(device, "clone", number, ("remove", "--yes", "gw")) or not versions.gw.path.exists():
            break
        tries += 1
        done = device.now("gw")
        if done.code != 0 or versions.version() != "one":
            flaws.append(f"clone {number}: {versions.version()}: {done.out} {done.err}")
    done = device.run("remove", "--yes", "gw")  # of one that was killed, or that is gone already
    assert flaws == [] and tries > 1 and done.code in (0, 2), done
    assert tree.must("podman", "ps", "--all", "--quiet") == ""
    assert not tree.file("/etc/containers/systemd/gup-gw").exists() and not tree.file("/etc/systemd/system/gup-gw.target").exists()
    assert "gup-gw" not in tree.must("podman", "secret", "ls") and "localhost/gup/" not in tree.must("podman", "images")
    assert "lan" not in tree.must("podman", "network", "ls", "--format", "{{.Name}}").split()
