# SPDX-License-Identifier: Apache-2.0
"""Ctrl-C and SIGTERM: the truth about what was done, exit code 130 after Ctrl-C, and nothing half-changed."""
from __future__ import annotations

import json
import signal

import pytest

from gateway import finish, wait_for
from terminal import Terminal


@pytest.fixture
def silent(gateway, web, relay):
    """The relay of a connector whose server accepts and never answers."""
    line = relay(web.http_port)
    line.stall_after = 0
    gateway.connector("silent", url=web.through(line))
    return line


def test_now_tells_how_many_connectors_are_done(gateway, silent):
    meter = gateway.connector("meter")
    before = meter.head
    with Terminal(gateway, "now") as terminal:
        terminal.wait_for("silent: asking its remote")
        terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130
    assert "\ninterrupted: 0 of 2 connectors done, nothing half-changed" in "\n" + shown, shown
    assert "no connectors" not in shown and "failed" not in shown, shown
    assert meter.head == before and not list((gateway.state / "journal").glob("*"))


def test_a_connector_that_was_done_before_is_counted(gateway):
    gateway.connector("meter").push({"gupfile": '[health]\ncommand = "false"\nwithin = "1h"\nevery = 1\n'})
    done = gateway.connector("boiler")
    new = done.push({"a": "1"})
    with Terminal(gateway, "now") as terminal:
        terminal.wait_for("boiler .*updated")
        terminal.wait_for("meter: checking its health")
        terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130 and done.head == new
    assert "connectors done, nothing half-changed" in shown, shown
    assert not list((gateway.state / "journal").glob("*"))


def test_a_second_ctrl_c_breaks_no_promise(gateway):
    meter = gateway.connector("meter")
    before = meter.head
    meter.push({"gupfile": '[health]\ncommand = "false"\nwithin = "1h"\nevery = 1\n'})
    with Terminal(gateway, "now") as terminal:
        terminal.wait_for("meter: checking its health")
        for _ in range(5):
            terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130 and "nothing half-changed" in shown, shown
    assert meter.head == before and not meter.changes
    assert not list((gateway.state / "journal").glob("*"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 1), (signal.SIGHUP, 1)])
def test_ctrl_c_has_its_own_exit_code(gateway, silent, number, code):
    process = gateway.start("now", "--json")
    wait_for(lambda: silent.connections, "the question")
    process.send_signal(number)
    done = finish(process, True)
    assert done.code == code
    end = json.loads(done.out.splitlines()[-1])
    assert (end["event"], end["interrupted"], end["exit_code"]) == ("end", True, code)
    assert any(f"run interrupted by signal {int(number)}: 0 of 1 connectors done" in line for line in gateway.log_lines())


def test_an_interrupted_connector_keeps_its_known_state(gateway, silent):
    silent.stall_after = None
    gateway.now()
    before = gateway.status("silent").document
    silent.stall_after = 0
    process = gateway.start("now")
    wait_for(lambda: silent.connections > 1, "the question")
    process.send_signal(signal.SIGINT)
    done = finish(process)
    assert done.out == "interrupted: 0 of 1 connector done, nothing half-changed\n" and done.code == 130, done
    assert gateway.status("silent").document["connectors"] == before["connectors"]


def test_check_tells_no_findings_about_what_it_did_not_see(gateway, silent):
    gateway.connector("meter")
    with Terminal(gateway, "check") as terminal:
        terminal.wait_for(r"asking 2 remotes, 1 left")
        terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130
    assert shown.endswith("interrupted: 0 connectors checked, the others were not looked at"), shown
    assert "silent:" not in shown and "no connectors" not in shown, shown


def test_doctor_tells_no_false_findings(gateway, silent):
    gateway.connector("meter")
    with Terminal(gateway, "doctor") as terminal:
        terminal.wait_for(r"asking 2 remotes, 1 left")
        terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130
    assert "ended by" not in shown and "silent" not in shown, shown
    assert "interrupted after" in shown.splitlines()[-1], shown


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_documents_tell_that_they_are_not_complete(gateway, silent, command):
    process = gateway.start(command, "--json")
    wait_for(lambda: silent.connections, "the question")
    process.send_signal(signal.SIGINT)
    done = finish(process, True)
    document = json.loads(done.out)
    assert done.code == document["exit_code"] == 130 and document["interrupted"] is True, done
    assert "silent" not in done.out, done


def test_add_leaves_nothing(gateway, web, relay):
    line = relay(web.http_port)
    line.stall_after = 0
    remote = gateway.remote("boiler")
    remote.push({"gupfile": ""})
    with Terminal(gateway, "add", web.through(line)(remote.bare)) as terminal:
        terminal.wait_for("boiler: asking its remote")
        terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130
    assert "\ninterrupted: 0 of 1 connector done, nothing half-changed" in "\n" + shown, shown
    assert "failed" not in shown and not list(gateway.root.iterdir()), shown


def test_a_run_in_its_delay_says_that_nothing_was_started(gateway):
    gateway.connector("meter")
    gateway.configure("run", delay="1h")
    with Terminal(gateway, "run") as terminal:
        terminal.wait_for("waiting")
        terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130
    assert shown.endswith("gup-agent: interrupted: the run was not started, nothing was changed"), shown


def test_a_run_that_waits_for_another_one_can_be_stopped(gateway, silent):
    first = gateway.start("now")
    wait_for(lambda: silent.connections, "the question")
    try:
        done = gateway.run("now")
        assert done.code == 3, done
    finally:
        first.send_signal(signal.SIGTERM)
        finish(first)


def test_release_install_leaves_nothing(gateway, web, relay):
    line = relay(web.http_port)
    line.stall_after = 0
    gateway.use_index(f"http://127.0.0.1:{line.port}/simple")
    gateway.configure("python", create_venv=True)
    meter = gateway.connector("meter", "six,1.0\n")
    with Terminal(gateway, "release", "install", "meter", "--version", "one") as terminal:
        terminal.wait_for("meter: (looking up its pins|installing: )")
        terminal.press_ctrl_c()
        shown = terminal.end()
    assert terminal.code == 130, shown
    assert "\ninterrupted: 0 of 1 connector done, nothing half-changed" in "\n" + shown, shown
    assert not list((gateway.state / "journal").glob("*")) and not meter.changes
    assert gateway.run("release", "list", "meter", "--json").document["releases"] == []
