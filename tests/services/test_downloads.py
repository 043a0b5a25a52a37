# SPDX-License-Identifier: Apache-2.0
"""Images over a line that ends in the middle: what was received stays, is counted, and goes on the next night."""
from __future__ import annotations

import hashlib
import json
import os
import time

import pytest

from images import WEB
from slow_registry import NAME, SlowRegistry
from stacks import GUPFILE, RECORD, files
from tree import wait_for

PARTS = ".gup/gw/.images"
KILL = 'for p in /proc/[0-9]*; do [ "$(readlink $p/exe)" = /usr/bin/gup-agent ] && kill -9 ${p#/proc/}; done; true'


@pytest.fixture
def slow(tree, tmp_path):
    registry = SlowRegistry(tree, tmp_path)
    yield registry
    registry.stop()


def at(image, slow_name: str = NAME) -> str:
    return f"{slow_name}/{image.tag.split('/', 1)[1]}"


def largest(slow) -> str:
    """The path of the layer."""
    return max(slow.asked(), key=lambda one: one.sent).path


def test_the_next_run_asks_only_for_the_rest(device, images, slow):
    device.configure("network", retries=0)
    device.connector("gw", gupfile=GUPFILE, files=files(at(images.one)))
    slow.end_after(400_000)
    report = device.now().connectors["gw"]
    assert report["outcome"] == "failed" and "cannot pull " + NAME in report["reason"], report
    layer = largest(slow)
    have = next((device.root / PARTS).rglob(layer.rsplit(":", 1)[1])).stat().st_size
    slow.end_after(None)
    slow.forget()
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"
    asked = slow.asked(layer)
    assert [one.first for one in asked] == [have] and asked[0].sent > 0
    assert len(slow.asked()) == 1, "the configuration is here already"
    assert not (device.root / PARTS).exists()
    record = json.loads(device.tree.read(RECORD))
    local = next(unit["local"] for unit in record["units"] if unit["service"] == "web")
    name = local.rsplit(":", 1)[0]
    assert device.tree.must("podman", "image", "inspect", "--format", "{{.Digest}}", local) == images.one.digest
    device.tree.must("podman", "image", "exists", f"{name}@{images.one.digest}")


@pytest.mark.parametrize("end", ["kill", "power cut"])
def test_a_run_that_ended_in_a_layer_goes_on_with_what_it_had(device, images, slow, end):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(at(images.one)))
    slow.end_after(400_000)
    slow.stall()
    process = device.start("now", "--json")

    def part() -> int:
        return max((one.stat().st_size for one in (device.root / PARTS).rglob("*") if one.is_file()), default=0)

    wait_for(lambda: part() > 300_000, "a part of the layer")
    if end == "kill":
        device.tree.must("sh", "-c", KILL)
    else:
        device.tree.reboot()
        slow.stop()
        slow.start()
    process.wait(30)
    have = part()
    slow.end_after(None)
    slow.forget()
    device.now("--retry", "gw").must("gw", code=0, outcome="updated")
    assert device.page() == "one" and gw.head
    assert [one.first for one in slow.asked()] == [have]
    assert not (device.root / PARTS).exists()


def test_parts_of_an_image_that_nobody_asked_for_in_two_days_are_removed(device, images, registry, slow):
    device.configure("network", retries=0)
    other = registry.web("other", "other", WEB + "# another layer\n")
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    slow.end_after(400_000)
    for image in (other, images.show):
        gw.push(files(at(image)))
        assert device.now().connectors["gw"]["outcome"] == "failed"
    parts = device.root / PARTS
    kept = {image.digest.split(":")[1] for image in (other, images.show)}
    assert {one.name for one in parts.iterdir()} == kept
    for one in parts.iterdir():
        os.utime(one, (time.time() - 3 * 86_400,) * 2)
    assert device.now().connectors["gw"]["outcome"] == "failed"  # the line is still cut
    assert [one.name for one in parts.iterdir()] == [images.show.digest.split(":")[1]]
    gw.push(files(images.two.tag))
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "two" and not parts.exists()


def test_the_days_data_budget_defers_an_image_and_the_next_day_goes_on(device, images, registry, slow):
    other = registry.web("other", "other", WEB + "# another layer\n")
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    before = gw.head
    gw.push(files(at(other)))
    device.configure("network", max_bytes_per_day="300KiB")
    done = device.now()
    done.must("gw", code=0, outcome="deferred")
    assert "of the daily limit of 300.0 KiB" in done["gw"]["reason"], done
    assert gw.head == before and device.page() == "one"
    received = sum(one.stat().st_size for one in (device.root / PARTS).rglob("*") if one.is_file())
    counted = int((device.state / "data").read_text().split()[-1])
    assert 200_000 < received < counted
    device.configure("network", max_bytes_per_day="10MiB", max_rate="100MiB")
    slow.forget()
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "other"
    assert [one.first > 0 for one in slow.asked()] == [True]


def test_what_the_storage_has_is_not_downloaded_again(device, images, slow):
    """The same image in two stacks, and one that shares its layer."""
    device.connector("gw", gupfile=GUPFILE, files={**files(at(images.one)), "services/other/compose.yaml": files(at(images.one))[
        "services/gw/compose.yaml"].replace("8080", "8081")})
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one" and device.page(8081) == "one"
    assert len(slow.asked()) == 2  # a configuration and a layer
    slow.forget()
    gw = device.connector("more", gupfile=GUPFILE, files={"services/more/compose.yaml": files(at(images.two))["services/gw/compose.yaml"].replace(
        "8080", "8082")})
    device.now().must("more", code=0, outcome="updated")
    assert device.page(8082) == "two" and gw.head
    assert len(slow.asked()) == 1, "its layer is that of the other image"


def test_a_plain_user_s_image_goes_on_too(device, images, slow):
    device.tree.must("systemctl", "start", "network-online.target")
    device.configure("network", retries=0)
    device.connector_of("pi", "gw", gupfile=GUPFILE, files=files(at(images.one)))
    slow.end_after(400_000)
    assert device.now().connectors["gw"]["outcome"] == "failed"
    slow.end_after(None)
    slow.forget()
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"
    assert [one.first > 0 for one in slow.asked()] == [True]
    assert not (device.root / PARTS).exists()


def test_a_policy_for_signatures_leaves_the_pull_to_podman(device, images, slow):
    """The rules of a registry are not those of a folder."""
    device.tree.write("/etc/containers/policy.json", json.dumps({
        "default": [{"type": "insecureAcceptAnything"}], "transports": {"docker": {NAME: [{"type": "reject"}]}}}))
    device.connector("gw", gupfile=GUPFILE, files=files(at(images.one)))
    report = device.now().connectors["gw"]
    assert report["outcome"] == "failed" and "rejected by policy" in report["reason"], report
    assert not (device.root / PARTS).exists()


OCI = ("application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json", "oci")
DOCKER = ("application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json", "v2s2")


@pytest.mark.parametrize("index, manifest, form", [OCI, DOCKER])
def test_an_image_for_several_platforms_is_known_by_the_digest_of_its_index(device, images, slow, index, manifest, form):
    tree = device.tree
    tree.must("skopeo", "copy", "--quiet", f"--format={form}", "--src-tls-verify=false", "--dest-tls-verify=false",
              f"docker://{images.one.tag}", f"docker://{images.one.tag.rsplit(':', 1)[0]}:form")
    url = "http://127.0.0.1:5000/v2/web/manifests"
    tree.must("curl", "-sf", "-H", f"Accept: {manifest}", "-o", "/srv/manifest", f"{url}/form")
    text = tree.file("/srv/manifest").read_bytes()
    part = {"mediaType": manifest, "size": len(text), "digest": "sha256:" + hashlib.sha256(text).hexdigest()}
    machine = tree.must("podman", "info", "--format", "{{.Host.Arch}}")
    platforms = [{"os": "linux", "architecture": "s390x"}, {"os": "linux", "architecture": machine}]
    body = json.dumps({"schemaVersion": 2, "mediaType": index, "manifests": [{**part, "platform": one} for one in platforms]})
    tree.write("/srv/index", body)
    tree.must("curl", "-sf", "-X", "PUT", "-H", f"Content-Type: {index}", "--data-binary", "@/srv/index", f"{url}/many")
    digest = "sha256:" + hashlib.sha256(body.encode()).hexdigest()
    device.connector("gw", gupfile=GUPFILE, files=files(f"{NAME}/web:many"))
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"
    assert len(slow.asked()) == 2, "the agent downloaded it, each part once"
    unit = next(one for one in device.status("gw").connectors["gw"]["stacks"] if one["unit"] == "gw-web.service")
    assert unit["digest"] == digest
    tree.must("podman", "image", "exists", f"localhost/gup/gw/gw@{digest}")


def test_root_s_containers_of_another_user_s_connector_are_pulled_by_podman(device, images, slow):
    device.declare("gw", containers="rootful")
    device.connector_of("pi", "gw", gupfile=GUPFILE, files=files(at(images.one)))
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one" and device.tree.active("gw-web.service") == "active"
    assert not (device.root / PARTS).exists()
