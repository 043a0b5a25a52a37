# SPDX-License-Identifier: Apache-2.0
"""hold and unhold: the operator's word that a connector stays as it is."""
from __future__ import annotations

import json
import os
import time

import pytest

from completed import Has
from gateway import finish, wait_for

HOUR = 3600


@pytest.fixture
def meter(gateway):
    """A connector with an update that waits, and another one."""
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    gateway.connector("boiler")
    gateway.now()
    connector.new = connector.push({"main.py": "2\n"})
    return connector


def test_a_held_connector_is_skipped_by_every_run_and_its_remote_is_not_asked(gateway, meter):
    old = meter.head
    meter.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    held = gateway.run("hold", "meter", "--reason", "the meter is replaced", env={"SUDO_USER": "pi"})
    assert held.code == 0 and "meter: on hold: the meter is replaced; gup-agent unhold meter ends it" in held.out, held
    for command in (["now"], ["now", "meter"], ["run"]):
        run = gateway.run(*command, "--json")
        run.must("meter", code=0, outcome="skipped", reason="on hold: the meter is replaced", hint="gup-agent unhold meter")
        assert run["meter"]["commit"] == old, "its version is still known"
    check = gateway.check("meter")
    assert check.code == 0 and check["meter"]["code_blocked"] == "on hold: the meter is replaced", check
    assert meter.head == old
    held_by = gateway.status()["meter"]["hold"]
    assert held_by["reason"] == "the meter is replaced" and held_by["until"] == 0
    assert held_by["by"] == ("pi" if os.geteuid() == 0 else held_by["by"])


def test_unhold_lets_the_next_run_update_it(gateway, meter):
    gateway.run("hold", "meter")
    gateway.now()
    done = gateway.run("unhold", "meter")
    assert done.code == 0 and "meter is no longer on hold" in done.out, done
    assert "no longer on hold" in gateway.run("status").out
    gateway.now().must("meter", outcome="updated")
    assert "meter was not on hold" in gateway.run("unhold", "meter").out
    assert not (gateway.state / "holds.json").exists()


def test_a_hold_ends_by_itself(gateway, meter):
    assert gateway.run("hold", "meter", "--for", "2w").code == 0
    hold = gateway.status()["meter"]["hold"]
    assert abs(hold["until"] - time.time() - 14 * 24 * HOUR) < 100
    document = json.loads((gateway.state / "holds.json").read_text())
    document["holds"][0]["until"] = int(time.time()) - 1
    (gateway.state / "holds.json").write_text(json.dumps(document))
    assert gateway.status()["meter"]["hold"] is None
    gateway.now().must("meter", outcome="updated")


@pytest.mark.parametrize("arguments, said", [
    (["metre"], "did you mean meter?"),
    (["nothing-like-it"], "no connector is named nothing-like-it"),
    (["meter", "metre"], "did you mean meter?"),
    (["meter", "--for", "soon"], "--for soon is no time span"),
    (["meter", "--for", "0"], "--for 0 is no time span"),
    (["meter", "--until", "24.12.2026"], "--until 24.12.2026 is no date"),
    (["meter", "--until", "2020-01-01"], "--until 2020-01-01 has passed"),
    (["meter", "--for", "1d", "--until", "2999-01-01"], "exclude"),
], ids=["misspelt", "unknown", "one of two", "no span", "none", "no date", "passed", "both"])
def test_a_wrong_hold_is_an_error_and_holds_nothing(gateway, meter, arguments, said):
    run = gateway.run("hold", *arguments)
    assert run.code == 2 and said in run.err, run
    assert not (gateway.state / "holds.json").exists()


def test_a_hold_works_while_a_run_is_active(gateway, meter):
    started, go = gateway.folder / "started", gateway.folder / "go"
    hook = gateway.folder / "hooks/wait"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {started}\nuntil [ -e {go} ]; do sleep 0.05; done\n")
    hook.chmod(0o755)
    gateway.configure("hooks", pre_update=str(hook.parent))
    process = gateway.start("now")
    wait_for(started.exists, "the run's hook")
    try:
        held = gateway.run("hold", "boiler")
        assert held.code == 0 and "a run is active" in held.out, held
        running = gateway.status().document["running"]
        assert running["pid"] > 0 and abs(running["since"] - time.time()) < 100, running
        assert "a run is active since" in gateway.run("status").out
    finally:
        go.touch()
        finish(process)
    gateway.now().must("boiler", outcome="skipped")


def test_what_a_person_asks_for_by_name_still_works_on_a_held_connector(gateway, meter):
    gateway.now()
    new = meter.head
    gateway.run("hold", "meter")
    back = gateway.run("rollback", "meter", "--json")
    back.must("meter", code=0, outcome="updated")
    assert meter.head != new
    gateway.now().must("meter", outcome="skipped", reason=Has("on hold"))


@pytest.mark.parametrize("text", ["", "{", '{"schema": 9, "holds": []}', '{"schema": 1}'])
def test_a_file_of_holds_that_cannot_be_read_stops_the_run_and_is_named(gateway, meter, text):
    (gateway.state / "holds.json").write_text(text)
    old = meter.head
    run = gateway.run("now")
    assert run.code == 2 and "holds.json cannot be read" in run.err and "hint: " in run.err, run
    assert meter.head == old
    found = gateway.run("doctor", "--json").document["findings"]
    assert any("holds.json" in one["subject"] for one in found), found


def test_an_old_hold_without_an_end_is_a_note_of_doctor(gateway, meter):
    gateway.run("hold", "meter")
    assert not any("on hold" in note for note in gateway.run("doctor", "--json").document["notes"])
    document = json.loads((gateway.state / "holds.json").read_text())
    document["holds"][0]["since"] -= 31 * 24 * HOUR
    (gateway.state / "holds.json").write_text(json.dumps(document))
    notes = gateway.run("doctor", "--json").document["notes"]
    assert any("meter has been on hold for 31 days" in note for note in notes), notes


def test_a_reason_cannot_write_to_the_terminal(gateway, meter):
    gateway.run("hold", "meter", "--reason", "a\x1b[2Jb\nc" + "x" * 5000)
    for command in ("status", "list", "check"):
        out = gateway.run(command).out
        assert "\x1b" not in out and "\\x1b[2Jb\\x0ac" in out, out
    assert len(gateway.status()["meter"]["hold"]["reason"]) < 700
