# SPDX-License-Identifier: Apache-2.0
"""What a connector's containers may have: against hostile owners, hostile commits, other connectors and other programs."""
from __future__ import annotations

import json

import pytest
from stacks import GUPFILE, files, web

MOUNT = '    volumes: ["{}:/given:ro"]\n'


def refused(device, *words: str, connector: str = "gw") -> None:
    done = device.now(connector)
    report = done.connectors[connector]
    assert report["outcome"] in ("failed", "skipped") and all(word in report["reason"] for word in words), report
    assert device.page() == ""


@pytest.mark.parametrize("link, source, power", [
    ("/etc", "./data", "mount:/etc"),
    ("/".join([".."] * 20), "./data/etc/shadow", "mount:/etc/shadow"),
    ("conf", "./data/../data", ""),
])
def test_a_link_of_the_repository_is_what_it_leads_to(device, images, link, source, power):
    gw = device.connector("gw", gupfile=GUPFILE, files={"services/gw/conf/a": "text", "services/gw/compose.yaml": "services: {}\n"})
    (gw.remote.author / "services/gw/data").symlink_to(link)
    gw.push({"services/gw/compose.yaml": web(images.one.tag, more=MOUNT.format(source))})
    if power:
        assert f"not allowed: {power}" in json.dumps(device.check().document)
        refused(device, power)
        device.declare("gw", allow=[power])
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"


def test_a_link_that_the_owner_made_on_the_gateway_is_one_too(device, images):
    gw = device.connector_of("pi", "gw", gupfile=GUPFILE, files={"services/gw/compose.yaml": web(images.one.tag, more=MOUNT.format("./late"))})
    (gw.path / "services/gw/late").symlink_to("/etc/ssl")
    refused(device, "mount:/etc/ssl")


def test_root_mounts_for_a_plain_user_what_is_allowed_and_configs_are_copies(device, images):
    device.declare("gw", containers="rootful")
    gw = device.connector_of("pi", "gw", gupfile=GUPFILE, files={
        "services/gw/compose.yaml": web(images.one.tag, more=MOUNT.format("./conf")), "services/gw/conf/a": "text"})
    refused(device, f"mount:{gw.path}/services/gw/conf")
    config = '    configs: [{source: a, target: /given}]\n'
    gw.push({"services/gw/compose.yaml": web(images.one.tag, more=config) + "configs: {a: {file: ./conf/a}}\n"})
    device.tree.must("chown", "-R", "pi:", str(gw.path))
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"
    # The hostile owner exchanges the file for a link, and waits for the next start.
    place = gw.path / "services/gw/conf/a"
    place.unlink()
    place.symlink_to("/etc/shadow")
    device.tree.must("systemctl", "restart", "gw-web.service")
    assert device.tree.must("podman", "exec", "gw-web", "cat", "/given") == "text"
    assert device.tree.must("podman", "exec", "gw-web", "busybox", "stat", "-c", "%a", "/given") == "644"


def test_the_owner_s_copy_of_root_s_units_is_not_believed(device, images):
    device.declare("gw", containers="rootful")
    gw = device.connector_of("pi", "gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    gw.push(files(images.two.tag))
    device.tree.must("chown", "-R", "pi:", str(gw.path))
    device.now().must("gw", code=0, outcome="updated")
    changed = 0
    for unit in (device.root / ".gup/gw").glob("*/.gup-units/gw-web.container"):
        unit.write_text(unit.read_text().replace("[Container]\n", "[Container]\nPodmanArgs=--privileged\n"))
        changed += 1
    assert changed
    device.run("rollback", "--json", "gw").must("gw", code=0)
    assert device.page() == "one"
    assert device.tree.must("podman", "inspect", "--format", "{{.HostConfig.Privileged}}", "gw-web") == "false"


def test_two_connectors_cannot_have_one_port(device, images):
    device.connector("a", gupfile=GUPFILE, files={"services/gw/compose.yaml": web(images.one.tag)})
    device.now().must("a", code=0, outcome="updated")
    device.connector("b", gupfile=GUPFILE, files={"services/other/compose.yaml": web(images.one.tag)})
    words = "services/other/compose.yaml:4:13: a has the port 8080/tcp, too (services/gw/compose.yaml:4:13)"
    assert words in json.dumps(device.check().document)
    done = device.now()
    assert words in done.connectors["b"]["reason"], done.connectors["b"]
    done.must("a", outcome="unchanged")
    assert device.page() == "one"


def test_two_new_connectors_of_different_users_clash_before_either_starts_twice(device, images):
    device.tree.must("systemctl", "start", "network-online.target")
    device.connector("a", gupfile=GUPFILE, files={"services/x/compose.yaml": web(images.one.tag)})
    device.connector_of("pi", "b", gupfile=GUPFILE, files={"services/x/compose.yaml": web(images.one.tag)})
    done = device.now()
    outcomes = sorted(report["outcome"] for report in done.connectors.values())
    assert outcomes == ["failed", "updated"], done.connectors
    failed = next(report for report in done.connectors.values() if report["outcome"] == "failed")
    assert "has the port 8080/tcp, too" in failed["reason"] and "unit" not in failed["reason"]


def test_a_port_and_a_container_of_somebody_else_are_left_alone(device, images):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.tree.must("systemd-run", "--unit=other", "busybox", "httpd", "-f", "-p", "8080")
    device.tree.must("bash", "-c", "until curl -s http://127.0.0.1:8080/; do sleep 0.1; done")
    done = device.now()
    assert "something listens on the port 8080/tcp already" in done.connectors["gw"]["reason"]
    device.tree.must("systemctl", "stop", "other")
    device.tree.must("podman", "run", "--detach", "--name=gw-web", images.sleep.tag)
    before = device.tree.must("podman", "inspect", "--format", "{{.Id}}", "gw-web")
    done = device.now()
    assert "there is a container gw-web already" in done.connectors["gw"]["reason"]
    assert device.tree.must("podman", "inspect", "--format", "{{.Id}}", "gw-web") == before
    device.tree.must("podman", "rm", "--force", "gw-web")  # as the hint says
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one" and gw.head


def test_secrets_of_a_connector_whose_name_begins_alike_stay(device, images):
    for name, port in (("gw", 8080), ("gw-a", 8081)):
        more = "    secrets: [token]\n"
        text = web(images.one.tag, port, more) + "secrets: {token: {file: ./token}}\n"
        device.connector(name, gupfile=GUPFILE, files={f"services/{name}/compose.yaml": text, f"services/{name}/token": name})
    device.now().must("gw-a", code=0, outcome="updated")
    names = device.tree.must("podman", "secret", "ls", "--format", "{{.Name}}").split()
    assert len(names) == 2, names
    device.tree.must("systemctl", "restart", "gw-a-web.service")
    assert device.page(8081) == "one"


def test_check_names_the_stacks_of_a_new_revision_of_a_source(device, images):
    app = device.remote("app")
    app.push({"gupfile": GUPFILE, **files(images.one.tag)})
    device.declare("app", source=f"git+{app.bare.as_uri()}")
    assert "update services gw (new)" in json.dumps(device.check().document)
    device.now().must("app", code=0, outcome="updated")
    assert device.page() == "one"
    app.push({"gupfile": GUPFILE, **files(images.two.tag), "services/b/compose.yaml": web(images.one.tag, 8081)})
    before = sorted(str(path) for path in device.root.rglob("*"))
    text = json.dumps(device.check().document)
    assert "update services b (new), gw (services/gw/compose.yaml" in text, text
    assert sorted(str(path) for path in device.root.rglob("*")) == before
    assert device.page() == "one"
    device.now().must("app", code=0, outcome="updated")
    assert device.page() == "two"


def test_doctor_knows_what_keeps_containers_from_being_updated(device, images):
    text = web(images.one.tag, more='    environment: {A: "${NOWHERE}"}\n')
    device.connector("gw", gupfile=GUPFILE, files={"services/gw/compose.yaml": text})
    device.connector("far", gupfile=GUPFILE, files={"services/far/compose.yaml": web("127.0.0.1:9/x:1", 8090)})
    findings = device.run("doctor", "--json").document["findings"]
    told = {(one["check"], one["subject"]): one for one in findings}
    assert "NOWHERE" in told["containers", "gw"]["what"] and told["containers", "gw"]["hint"]
    assert "127.0.0.1:9" in told["registry", "far"]["what"] and told["registry", "far"]["hint"]
