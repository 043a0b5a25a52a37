# SPDX-License-Identifier: Apache-2.0
"""The verification of a reboot that an update requested: it must happen, and the connector must then be healthy."""
from __future__ import annotations

import json

import pytest

from completed import Has

HEALTH = '[health]\ncommand = "sh check"\nwithin = 1\nevery = 1\n'


@pytest.fixture
def rebooting(gateway):
    """A gateway whose run reboots it, as the agent sees it: `rebooting()` is the next boot."""
    marker = gateway.folder / "rebooted"
    gateway.configure("run", reboot="auto", reboot_delay="0s", reboot_command=["touch", str(marker)])
    request = gateway.state / "reboot.json"

    def reboot() -> None:
        assert marker.exists(), "no reboot was requested"
        marker.unlink()
        request.write_text(json.dumps({**json.loads(request.read_text()), "boot_id": "the-boot-before"}))
    reboot.marker, reboot.request = marker, request
    return reboot


@pytest.fixture
def meter(gateway):
    """A connector without a service that is healthy at first, with a pending update."""
    check = f"read why <{gateway.folder}/ill || exit 0; echo $why >&2; exit 1\n"
    made = gateway.connector("meter", HEALTH, files={"check": check})
    made.old = made.head
    made.new = made.push({"main.py": "2\n"})
    return made


def outcome_of_meter(gateway) -> str:
    """The outcome in the status document. After another run `status` shows unchanged."""
    return json.loads((gateway.state / "status.json").read_text())["connectors"][0]["outcome"]


def test_an_update_that_waits_for_a_reboot_is_updated_once_it_is_seen_healthy_after_it(gateway, rebooting, meter):
    run = gateway.run("run", "--json")
    run.must("meter", code=0, outcome="deferred", reason=Has("reboot"))
    assert meter.head == meter.new
    status = gateway.run("status").out
    assert "the reboot requested at" in status and "waiting: meter" in status
    rebooting()
    assert "the next run checks the connectors: meter" in gateway.run("status").out
    run = gateway.run("run", "--json")
    run.must("meter", code=0, outcome="updated")
    assert outcome_of_meter(gateway) == "updated" and not rebooting.request.exists()
    assert any("the reboot happened, and it is healthy" in line for line in gateway.log_lines())
    assert not rebooting.marker.exists(), "it is not rebooted once more"


@pytest.mark.parametrize("command", ["recover", "now"])
def test_other_commands_verify_the_reboot_too(gateway, rebooting, meter, command):
    gateway.run("run")
    rebooting()
    assert gateway.run(command).code == 0
    assert outcome_of_meter(gateway) == "updated"


def test_an_unhealthy_connector_after_the_reboot_is_rolled_back_quarantined_and_rebooted_once_more(gateway, rebooting, meter):
    gateway.run("run")
    rebooting()
    (gateway.folder / "ill").write_text("no broker\n")
    run = gateway.run("run", "--json")
    run.must("meter", code=1, outcome="rolled_back", reason=Has("after the reboot", "no broker"))
    assert meter.head == meter.old
    assert [entry["commit"] for entry in gateway.status()["meter"]["quarantine"]] == [meter.new]
    rebooting()  # the failed release runs until then
    run = gateway.run("run", "--json")
    run.must("meter", outcome="rolled_back")
    assert meter.head == meter.old, run
    assert not rebooting.marker.exists() and not rebooting.request.exists()


def test_a_reboot_that_did_not_happen_is_reported_and_requested_again(gateway, rebooting, meter):
    gateway.run("run")
    rebooting.marker.unlink()
    run = gateway.run("run", "--json")
    run.must("meter", outcome="deferred", reason=Has("has not happened"))
    assert any("the reboot requested at" in line and "meter waits for it" in line for line in gateway.log_lines())
    gateway.status().must("meter", outcome="deferred")
    gateway.now().must("meter", outcome="deferred")
    rebooting()
    gateway.now()
    assert outcome_of_meter(gateway) == "updated"


def test_a_connector_that_was_changed_since_is_not_judged(gateway, rebooting, meter):
    gateway.run("run")
    assert gateway.run("rollback", "meter").code == 0
    rebooting()
    (gateway.folder / "ill").write_text("no broker\n")
    gateway.now()
    assert meter.head == meter.old
    assert [entry["reason"] for entry in gateway.status()["meter"]["quarantine"]] == ["gup-agent rollback asked for it"]


def test_now_does_not_wait_for_a_reboot_that_it_never_makes(gateway, rebooting, meter):
    gateway.now().must("meter", outcome="updated")
    assert not rebooting.request.exists()


def test_a_reboot_that_fails_is_told_by_the_run_by_status_and_by_doctor(gateway, rebooting, meter):
    gateway.configure("run", reboot_command=["sh", "-c", "echo Access denied >&2; exit 1"])
    for _ in range(2):
        assert gateway.run("run").code == 1
    gateway.now().must("meter", code=0, outcome="deferred", reason=Has("has not happened", "Access denied"))
    assert "Access denied" in gateway.run("status").out
    assert "Access denied" in json.loads(gateway.run("status", "--json").out)["reboot"]["failure"]
    found = [one for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "reboot"]
    assert len(found) == 1 and "Access denied" in found[0]["what"] and "meter" in found[0]["why"], found


def test_doctor_names_a_reboot_that_was_asked_for_and_did_not_happen(gateway, rebooting, meter):
    gateway.run("run")
    rebooting.marker.unlink()
    found = [one for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "reboot"]
    assert len(found) == 1 and "has not happened" in found[0]["what"], found
    request = json.loads(rebooting.request.read_text())
    rebooting.request.write_text(json.dumps({**request, "boot_id": "the-boot-before"}))
    assert not [one for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "reboot"]
