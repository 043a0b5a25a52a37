# SPDX-License-Identifier: Apache-2.0
"""The operator's settings for containers: a wrong one is rolled back and another one is tried; containers that may not be are gone."""
from __future__ import annotations

import json

import pytest

from stacks import GUPFILE, files, web

TAGGED = {"services/gw/compose.yaml": web("127.0.0.1:5000/web:${TAG}")}
VOLUME = web("127.0.0.1:5000/web:1", more='    volumes: ["data:/data"]\n') + "volumes: {data: {}}\n"
ROOTS = "/etc/containers/systemd/gup-gw"


def generations(device) -> list[dict]:
    return device.run("rollback", "--list", "--json", "gw").document["generations"]


def test_a_corrected_setting_is_tried_by_the_next_run(device, images):
    device.declare("gw", variables=["TAG=1"])
    gw = device.connector("gw", gupfile=GUPFILE, files=TAGGED)
    device.now().must("gw", code=0, outcome="updated")
    device.declare("gw", variables=["TAG=crash"])
    device.now().must("gw", outcome="rolled_back")
    assert device.page() == "one"
    started = device.tree.show("gw-web.service", "InvocationID")
    again = device.now()
    again.must("gw", outcome="rolled_back")
    assert "another state of its containers was rolled back" in again.connectors["gw"]["reason"]
    assert "until a setting, an image or the release changes" in again.connectors["gw"]["hint"]
    assert device.tree.show("gw-web.service", "InvocationID") == started, "the same settings are not tried again"
    assert not any(one["quarantined"] for one in generations(device)), "the commit itself is not bad"
    device.declare("gw", variables=["TAG=2"])
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "two"
    device.declare("gw", variables=["TAG=sick"])
    device.now().must("gw", outcome="rolled_back")
    device.declare("gw", variables=["TAG=2"])
    device.now().must("gw", code=0, outcome="unchanged")
    # A commit that failed with one setting is tried with another one.
    device.declare("gw", variables=["TAG=2", "OTHER=crash"])
    gw.push({"services/gw/compose.yaml": web("127.0.0.1:5000/web:${OTHER:-1}")})
    device.now().must("gw", outcome="rolled_back")
    device.now().must("gw", outcome="rolled_back")
    assert device.page() == "two"
    device.declare("gw", variables=["TAG=2", "OTHER=1"])
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"


def test_a_bad_image_at_a_tag_is_skipped_until_there_is_another_one(device, images, registry):
    device.connector("gw", gupfile=GUPFILE + '[services]\nimages = "nightly"\n', files=files("127.0.0.1:5000/web:1"))
    device.now().must("gw", code=0, outcome="updated")
    registry.web("1", "bad", "exit 7\n")
    device.now().must("gw", outcome="rolled_back")
    started = device.tree.show("gw-web.service", "InvocationID")
    device.now().must("gw", outcome="rolled_back")
    assert device.tree.show("gw-web.service", "InvocationID") == started
    registry.web("1", "mended")
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "mended"


def is_gone(device) -> bool:
    tree = device.tree
    return (device.page() == "" and not tree.file(ROOTS).exists() and tree.run("systemctl", "cat", "gup-gw.target").code != 0
            and tree.must("podman", "ps", "--all", "--quiet") == "")


def test_containers_that_are_switched_off_stop_and_keep_their_volumes(device, images):
    device.connector("gw", gupfile=GUPFILE, files={"services/gw/compose.yaml": VOLUME})
    device.now().must("gw", code=0, outcome="updated")
    volumes = device.tree.must("podman", "volume", "ls", "--quiet")
    device.declare("gw", containers="off")
    checked = device.check()
    assert checked.code == 10 and f"{ROOTS} (removed: containers in gup-agent.toml)" in json.dumps(checked.document)
    assert device.page() == "one", "check changes nothing"
    device.now().must("gw", code=0, outcome="updated")
    assert is_gone(device)
    assert device.tree.must("podman", "volume", "ls", "--quiet") == volumes != ""
    device.now().must("gw", code=0, outcome="unchanged")
    device.declare("gw", containers="auto")
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"


def test_containers_move_from_root_to_the_owner_and_back(device, images):
    tree = device.tree
    tree.must("systemctl", "start", "network-online.target")
    device.declare("gw", containers="rootful")
    device.connector_of("pi", "gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    assert tree.active("gw-web.service") == "active"
    device.declare("gw", containers="rootless")
    device.now().must("gw", code=0, outcome="updated")
    assert tree.active("gw-web.service") != "active" and not tree.file(ROOTS).exists()
    assert tree.active("gw-web.service", user="pi") == "active" and device.page() == "one"
    device.declare("gw", containers="rootful")
    device.now().must("gw", code=0, outcome="updated")
    assert tree.active("gw-web.service") == "active" and device.page() == "one"
    assert not tree.file("/home/pi/.config/containers/systemd/gup-gw").exists()
    device.declare("gw", containers="off")
    device.now().must("gw", code=0, outcome="updated")
    assert is_gone(device)


def test_a_rollback_to_the_owner_s_containers_makes_them_root_s(device, images):
    """The kept units of the generation have other paths."""
    tree = device.tree
    tree.must("systemctl", "start", "network-online.target")
    device.declare("gw", containers="rootless")
    config = "configs: {setting: {content: a}}\n"
    text = web(images.one.tag, more="    configs: [setting]\n") + config
    gw = device.connector_of("pi", "gw", gupfile=GUPFILE, files={"services/gw/compose.yaml": text})
    device.now().must("gw", code=0, outcome="updated")
    device.declare("gw", containers="rootful")
    gw.push({"services/gw/compose.yaml": text.replace(images.one.tag, images.two.tag)})
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "two"
    device.run("rollback", "--json", "gw").must("gw", code=0)
    assert device.page() == "one" and tree.active("gw-web.service") == "active"
    assert tree.must("podman", "exec", "gw-web", "cat", "/setting") == "a"
    assert not tree.file("/home/pi/.config/containers/systemd/gup-gw").exists()


@pytest.mark.parametrize("how", ["switched off", "taken away"])
def test_remove_finds_containers_that_the_settings_do_not_have(device, images, how):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    if how == "switched off":
        device.declare("gw", containers="off")
    else:
        device.tree.must("rm", "-r", gw.path)
        assert device.page() == "one", "an agent does not guess why a folder is gone"
        found = device.run("doctor", "--json")
        assert ROOTS in found.out and "gup-agent remove gw" in found.out
    done = device.run("remove", "--yes", "gw")
    assert done.code == 0, done
    assert is_gone(device)
