# SPDX-License-Identifier: Apache-2.0
"""A night with nothing to do, on a gateway with ten stacks and thirty images: which programs start, and what registries are asked."""
from __future__ import annotations

import json

from stacks import GUPFILE, NIGHTLY, ten_stacks
from traces import programs, traced


def test_no_program_starts_and_one_small_question_for_each_image_is_asked(device, images, registry):
    names = registry.tag(images.sleep, [f"n{number}" for number in range(30)])
    gw = device.connector("gw", gupfile=GUPFILE, files=ten_stacks(names))
    device.now().must("gw", code=0, outcome="updated")
    record = json.loads(device.tree.read("/etc/containers/systemd/gup-gw/stacks.json"))
    assert len({unit["image"] for unit in record["units"] if unit.get("image")}) == 30, record["units"]

    def night() -> list[str]:
        """The questions of one night, in which no other program than the agent starts."""
        before = len(registry.requests())
        calls, code = traced(device, "now")
        assert code == 0
        assert [name.rsplit("/", 1)[1] for name in programs(calls)] == ["gup-agent"]
        return registry.requests()[before:]

    assert night() == [], "pinned asks no registry"
    gw.push({"gupfile": NIGHTLY})
    device.now().must("gw", code=0, outcome="updated")
    assert sorted(night()) == sorted(f"HEAD /v2/sleep/manifests/n{number}" for number in range(30))
    device.now().must("gw", code=0, outcome="unchanged")
