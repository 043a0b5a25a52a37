# SPDX-License-Identifier: Apache-2.0
"""A connector's stacks on a gateway with real podman and systemd: deployed, updated, rolled back, removed."""
from __future__ import annotations

import json
from pathlib import Path

from stacks import DEPENDENT, GUPFILE, RECORD, files, web

PROJECT = Path(__file__).parents[2]


def test_the_first_deployment_starts_the_containers_and_a_quiet_night_does_nothing(device, images):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    done = device.now()
    done.must("gw", code=0, outcome="updated")
    assert "updated services gw (new)" in done.connectors["gw"]["actions"]
    assert device.page() == "one"
    assert device.tree.active("gup-gw.target") == "active"
    record = json.loads(device.tree.read(RECORD))
    assert [unit["digest"] for unit in record["units"] if unit["service"] == "web"] == [images.one.digest]
    device.now().must("gw", code=0, outcome="unchanged")
    gw.push({"README": "other\n"})
    started = device.tree.show("gw-web.service", "InvocationID")
    device.now().must("gw", code=0, outcome="updated")
    assert device.tree.show("gw-web.service", "InvocationID") == started  # nothing of it changed
    device.tree.reboot()
    device.tree.must("systemctl", "start", "gw-web.service")
    assert device.page() == "one"


def test_an_update_restarts_what_changed_and_its_dependents(device, images):
    more = DEPENDENT.format(sleep=images.sleep.tag)
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag, more))
    device.now().must("gw", code=0, outcome="updated")
    before = device.tree.show("gw-dep.service", "InvocationID")
    gw.push(files(images.two.tag, more))
    checked = device.check()
    assert checked.code == 10
    assert "update services gw (services/gw/compose.yaml)" in json.dumps(checked.document)
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "two"
    assert device.tree.active("gw-dep.service") == "active"
    assert device.tree.show("gw-dep.service", "InvocationID") != before


def test_a_crashing_and_a_sick_image_are_rolled_back_with_their_dependents(device, images):
    more = DEPENDENT.format(sleep=images.sleep.tag)
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag, more))
    device.now().must("gw", code=0, outcome="updated")
    before = gw.head
    for bad in (images.crash, images.sick):
        gw.push(files(bad.tag, more))
        done = device.now()
        done.must("gw", outcome="rolled_back")
        assert gw.head == before
        assert device.page() == "one"
        assert device.tree.active("gw-dep.service") == "active"
        started = device.tree.show("gw-web.service", "InvocationID")
        assert device.now().connectors["gw"]["actions"] == []  # it is in quarantine
        assert device.tree.show("gw-web.service", "InvocationID") == started


def test_what_is_wrong_is_refused_before_anything_changes(device, images):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    before = gw.head
    for text, reason in (
            ("services:\n  web:\n    image: x\n    imagee: x\n", "services/gw/compose.yaml:4:5"),
            (web("127.0.0.1:5000/web:none"), "127.0.0.1:5000/web:none"),
            (web(images.two.tag, more="    privileged: true\n"), "privileged"),
            (web(images.two.tag, more="    x-quadlet:\n      Container: {Nonsense: 1}\n"), "x-quadlet"),
    ):
        gw.push({"services/gw/compose.yaml": text})
        done = device.now()
        report = done.connectors["gw"]
        assert report["outcome"] in ("failed", "skipped") and reason in report["reason"], report
        assert gw.head == before
        assert device.page() == "one"


def test_the_operator_allows_powers_by_name(device, images):
    device.declare("gw", allow=["privileged"])
    device.connector("gw", gupfile=GUPFILE, files={"services/gw/compose.yaml": web(images.one.tag, more="    privileged: true\n")})
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"


def test_a_removed_stack_stops_and_rollback_brings_it_back_offline(device, images, registry):
    gw = device.connector("gw", gupfile=GUPFILE, files={**files(images.one.tag), "services/other/compose.yaml": web(images.one.tag, 8081)})
    device.now().must("gw", code=0, outcome="updated")
    assert device.page(8081) == "one"
    gw.push({**files(images.two.tag), "services/other/compose.yaml": None})
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "two" and device.page(8081) == ""
    registry.stop()
    device.run("rollback", "--json", "gw").must("gw", code=0)
    assert device.page() == "one" and device.page(8081) == "one"


def test_without_services_everything_is_gone(device, images):
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    gw.push({"services/gw/compose.yaml": None})
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == ""
    assert not device.tree.file("/etc/containers/systemd/gup-gw").exists()
    assert device.tree.run("systemctl", "cat", "gup-gw.target").code != 0
    device.now().must("gw", code=0, outcome="unchanged")


def test_variables_and_secrets_of_the_operator(device, images):
    values = device.folder / "values.json"
    values.write_text(json.dumps({"TAG": "1"}))
    secrets = device.folder / "secrets.json"
    secrets.write_text(json.dumps({"token": "a secret"}))
    secrets.chmod(0o600)
    device.declare("gw", variables_file=values, secrets_file=secrets)
    text = web("127.0.0.1:5000/web:${TAG}", more="    secrets: [token]\n") + "secrets:\n  token: {file: ./none}\n"
    device.connector("gw", gupfile=GUPFILE, files={"services/gw/compose.yaml": text})
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"
    assert device.tree.must("podman", "exec", "gw-web", "cat", "/run/secrets/token") == "a secret"
    values.write_text(json.dumps({"TAG": "2"}))
    checked = device.check()
    assert "variable TAG" in json.dumps(checked.document) and "a secret" not in json.dumps(checked.document)
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "two"
    status = device.status("gw")
    assert any(unit["unit"] == "gw-web.service" and unit["up"] and unit["digest"] == images.two.digest
               for unit in status.connectors["gw"]["stacks"])


def test_a_plain_user_s_containers_are_the_user_s(device, images):
    device.tree.must("systemctl", "start", "network-online.target")  # the user's units wait for it
    gw = device.connector_of("pi", "gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "one"
    assert device.tree.active("gw-web.service", user="pi") == "active"
    assert not device.tree.file("/etc/containers/systemd/gup-gw").exists()
    gw.push(files(images.crash.tag))
    device.now().must("gw", outcome="rolled_back")
    assert device.page() == "one"


def test_a_moved_tag_is_noticed_only_when_the_gupfile_asks_for_it(device, images, registry):
    gw = device.connector("gw", gupfile=GUPFILE + '[services]\nimages = "nightly"\n', files=files("127.0.0.1:5000/web:1"))
    device.now().must("gw", code=0, outcome="updated")
    device.now().must("gw", code=0, outcome="unchanged")
    registry.web("1", "moved")
    device.now().must("gw", code=0, outcome="updated")
    assert device.page() == "moved"
    gw.push({"gupfile": GUPFILE})
    device.now().must("gw", code=0, outcome="updated")
    registry.web("1", "again")
    device.now().must("gw", code=0, outcome="unchanged")
    assert device.page() == "moved"


def test_a_removed_connector_leaves_nothing_but_its_volumes(device, images):
    text = web(images.one.tag, more='    volumes: ["data:/data"]\n') + "volumes: {data: {}}\n"
    device.connector("gw", gupfile=GUPFILE, files={"services/gw/compose.yaml": text})
    device.now().must("gw", code=0, outcome="updated")
    volumes = device.tree.must("podman", "volume", "ls", "--quiet")
    assert volumes
    done = device.run("remove", "--yes", "gw")
    assert done.code == 0 and "volumes" in done.out, done
    assert device.page() == ""
    assert not device.tree.file("/etc/containers/systemd/gup-gw").exists()
    assert device.tree.must("podman", "volume", "ls", "--quiet") == volumes
    assert device.tree.must("podman", "ps", "--all", "--quiet") == ""
    assert "localhost/gup/" not in device.tree.must("podman", "images")


def test_the_packaged_unit_may_run_podman(device, images):
    """The limits of the unit let podman unpack images, for root and for a user."""
    tree = device.tree
    tree.must("systemctl", "start", "network-online.target")
    device.configure("run", delay="0s", reboot=False)
    tree.write("/etc/systemd/system/gup-agent.service", (PROJECT / "packaging/systemd/gup-agent.service").read_text())
    tree.write("/etc/gup-agent/gup-agent.toml", device.config_file.read_text())
    device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.connector_of("pi", "own", gupfile=GUPFILE, files={"services/own/compose.yaml": web(images.two.tag, 8081)})
    tree.must("systemctl", "daemon-reload")
    done = tree.run("systemctl", "start", "gup-agent.service")
    assert (device.page(), device.page(8081)) == ("one", "two"), f"{done}\n{device.log.read_text()}\n{tree.journal()[-3000:]}"


def subnet_of(device, network: str) -> str:
    return json.loads(device.tree.must("podman", "network", "inspect", network))[0]["subnets"][0]["subnet"]


def test_a_network_that_changes_is_really_another_one_and_comes_back(device, images):
    def with_subnet(image: str, subnet: str) -> dict[str, str]:
        more = "    networks: [lan]\n" + f"networks:\n  lan:\n    name: lan\n    ipam: {{config: [{{subnet: {subnet}}}]}}\n"
        return {"services/gw/compose.yaml": web(image, more=more)}

    gw = device.connector("gw", gupfile=GUPFILE, files=with_subnet(images.one.tag, "10.99.1.0/24"))
    device.now().must("gw", code=0, outcome="updated")
    assert subnet_of(device, "lan") == "10.99.1.0/24"
    gw.push(with_subnet(images.one.tag, "10.99.2.0/24"))
    device.now().must("gw", code=0, outcome="updated")
    assert subnet_of(device, "lan") == "10.99.2.0/24" and device.page() == "one"
    gw.push(with_subnet(images.crash.tag, "10.99.3.0/24"))
    device.now().must("gw", outcome="rolled_back")
    assert subnet_of(device, "lan") == "10.99.2.0/24" and device.page() == "one"


def test_the_machine_s_own_quadlet_refuses_a_unit_before_anything_changes(device, images):
    device.declare("gw", allow=["x-quadlet"])
    gw = device.connector("gw", gupfile=GUPFILE, files=files(images.one.tag))
    device.now().must("gw", code=0, outcome="updated")
    started = device.tree.show("gw-web.service", "InvocationID")
    gw.push({"services/gw/compose.yaml": web(images.two.tag, more="    x-quadlet:\n      Container: {Nonsense: 1}\n")})
    report = device.now().connectors["gw"]
    assert report["outcome"] == "failed" and "Nonsense" in report["reason"], report
    assert device.tree.show("gw-web.service", "InvocationID") == started and device.page() == "one"
    assert not device.tree.file("/etc/containers/.gup-gw.next").exists()
