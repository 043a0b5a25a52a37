# SPDX-License-Identifier: Apache-2.0
"""A crash or a power cut at any step of a deployment of stacks: the old set runs, or the new one, and the next run goes on."""
from __future__ import annotations

import json
import subprocess

import pytest

from stacks import GUPFILE, RECORD, files
from tree import wait_for



# Each process of the agent, workers included.
KILL = 'for p in /proc/[0-9]*; do [ "$(readlink $p/exe)" = /usr/bin/gup-agent ] && kill -9 ${p#/proc/}; done; true'


def running(device) -> tuple[str, str]:
    """What the units' folder says, and what is served once systemd has done what was queued."""
    wait_for(lambda: device.tree.must("systemctl", "list-jobs", "--no-legend") == "" and device.page(), "a page", 30)
    record = json.loads(device.tree.read(RECORD))
    return next(unit["digest"] for unit in record["units"] if unit["service"] == "web"), device.page()


def test_a_killed_agent_leaves_one_whole_set(device, images):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    whole = {(images.one.digest, "one"), (images.two.digest, "two")}
    kills = 0
    for i in range(16):
        target = images.one if i % 2 else images.two
        gw.push(files(target.tag))
        process = device.start("now", "--json", "--retry", "gw")
        try:
            process.wait(0.1 + 0.06 * i)
        except subprocess.TimeoutExpired:
            device.tree.must("sh", "-c", KILL)
            process.wait(30)
            kills += 1
        assert device.run("recover").code == 0
        device.tree.run("systemctl", "reset-failed")  # so many starts in ten seconds are more than systemd permits
        device.tree.run("systemctl", "start", "gw-web.service")
        assert running(device) in whole
    assert kills >= 5
    gw.push(files(images.two.tag))
    device.now("--retry", "gw")
    assert running(device) == (images.two.digest, "two")


@pytest.mark.parametrize("delay", [0.2, 0.35, 0.5, 0.7])
def test_a_power_cut_leaves_one_whole_set(device, images, delay):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    gw.push(files(images.two.tag))
    process = device.start("now", "--json")
    try:
        process.wait(delay)
    except subprocess.TimeoutExpired:
        pass
    device.tree.reboot()
    process.wait(30)
    assert device.run("recover").code == 0
    device.tree.run("systemctl", "start", "gw-web.service")
    assert running(device) in {(images.one.digest, "one"), (images.two.digest, "two")}
    device.now("--retry", "gw")
    assert running(device) == (images.two.digest, "two")
