# SPDX-License-Identifier: Apache-2.0
"""doctor: a healthy gateway has no finding, and a broken configuration is the first finding."""
from __future__ import annotations

from gateway import snapshot


def test_a_gateway_on_which_all_is_well_has_no_finding(machine, gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.connector("meter", "six,1.11.0\n", url=web.https)
    gateway.virtualenv("meter").add("six", "1.11.0")
    gateway.connector("plain")
    assert gateway.now().code == 0
    before = snapshot(gateway.folder, without=("machine",))
    run = machine.doctor()
    assert run.code == 0, run
    assert run.document["findings"] == [], run
    assert run.document["notes"] == [], run
    assert run.document["schema"] == 1 and run.document["checks"] > 20, run
    assert snapshot(gateway.folder, without=("machine",)) == before, "doctor changes nothing"
    text = gateway.run("doctor", wrapper=machine.wrapper())
    assert text.code == 0
    assert text.out == f"{run.document['checks']} checks: no problem found\n"


def test_a_gateway_that_has_never_run_gets_a_note_and_no_files(machine, gateway):
    gateway.connector("meter")
    gateway.configure("", state=str(gateway.folder / "new/state"), log=str(gateway.folder / "new/log/gup.log"))
    run = machine.doctor()
    assert run.code == 0, run
    assert run.document["notes"] == ["no run has finished yet"], run
    assert not (gateway.folder / "new").exists()


def test_for_people_each_finding_says_what_why_and_what_to_do(machine, gateway):
    gateway.connector("meter", "pyserial\n")
    run = gateway.run("doctor", wrapper=machine.wrapper())
    assert run.code == 1, run
    lines = run.out.splitlines()
    assert lines[0].startswith("meter/gupfile:1:") and lines[1].startswith("  tonight: ") and lines[2].startswith("  hint: ")
    assert lines[-1].endswith(" checks: 1 finding"), run


def test_names_choose_the_connectors(machine, gateway):
    gateway.connector("one")
    gateway.connector("two", "pyserial\n")
    assert machine.findings("one") == []
    assert machine.only("gupfile", "two")["subject"].startswith("two/gupfile:1")
    run = machine.doctor("tow")
    assert run.code == 2, run
    assert "did you mean two?" in run.err, run


def test_a_broken_configuration_is_reported_first_and_the_rest_is_still_checked(machine, gateway):
    gateway.connector("meter", "pyserial\n")
    gateway.configure("network", retires=3, parallel=0)
    found = machine.findings()
    assert [one["check"] for one in found] == ["configuration", "configuration", "gupfile"], found
    assert "unknown key network.retires" in found[0]["what"] and "network.retries" in found[0]["hint"]
    assert "network.parallel must be a number" in found[1]["what"]
    assert gateway.now().code == 2


def test_a_configuration_that_cannot_be_parsed(machine, gateway):
    gateway.connector("meter", "pyserial\n")
    gateway.config_file.write_text("root = \n")
    found = machine.findings("--root", str(gateway.root))
    assert found[0]["check"] == "configuration" and ":1:" in found[0]["what"], found
    assert "gupfile" in [one["check"] for one in found]


def test_a_root_that_is_gone(machine, gateway):
    gateway.configure("", root=str(gateway.folder / "gone"))
    assert "root is not a folder" in machine.only("configuration")["what"]


def test_a_root_without_connectors_and_a_folder_that_is_passed_over(machine, gateway):
    assert "no connector" in machine.only("root")["what"]
    gateway.connector("meter")
    (gateway.root / "odd/gupfile").mkdir(parents=True)
    assert "odd ignored" in machine.only("root")["what"]
