# SPDX-License-Identifier: Apache-2.0
"""The output for a person at a terminal: live lines, what changed, colours. The words for programs are tested elsewhere."""
from __future__ import annotations

import os
import re
import subprocess

import pytest

from terminal import SEQUENCE, Terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def at_a_terminal(gateway, *arguments: str, **options) -> tuple[str, str]:
    """What the terminal shows at the end, and all that was written to it."""
    with Terminal(gateway, *arguments, **options) as terminal:
        return terminal.end(), terminal.raw


@pytest.fixture
def slow(gateway, web, relay):
    """A connector that is about 400 KB behind, over a line that needs a second for them."""
    line = relay(web.http_port)
    connector = gateway.connector("smart-meter", url=web.through(line))
    connector.push({"big.bin": os.urandom(400_000)})
    line.delay = 0.2
    return gateway


@pytest.fixture
def silent(gateway, web, relay):
    """A server that accepts and never answers, and the connector of it."""
    line = relay(web.http_port)
    line.stall_after = 0
    return gateway.connector("silent", url=web.through(line))


def test_a_connector_has_a_live_line(slow):
    with Terminal(slow, "now") as terminal:
        terminal.wait_for(r"smart-meter: asking its remote")
        terminal.wait_for(r"smart-meter: fetching \d+(\.\d+)? (KiB|B)")
        shown = terminal.end()
    assert re.fullmatch(r"smart-meter  updated +code [0-9a-f]{7} → [0-9a-f]{7} \(main, 1 commit\)  \[.* KiB\]\n"
                        r"1 updated  \[.* s, .* KiB\]", shown), shown


def test_unchanged_connectors_are_not_listed(gateway):
    for name in ("boiler", "meter", "solar"):
        gateway.connector(name)
    shown, _ = at_a_terminal(gateway, "now")
    assert shown == "3 unchanged", shown


def test_a_connector_that_was_named_is_listed(gateway):
    meter = gateway.connector("meter")
    gateway.connector("solar")
    shown, _ = at_a_terminal(gateway, "now", "meter")
    assert shown == f"meter  unchanged    main {meter.head[:7]}\n1 unchanged", shown


def test_what_failed_tells_what_was_done_all_the_same(gateway):
    wind = gateway.connector("wind-sensor")
    old = wind.head
    new = wind.push({"gupfile": "pyserial\n"})
    shown, _ = at_a_terminal(gateway, "now", columns=200)
    first, *rest = shown.splitlines()
    assert first.startswith("wind-sensor  failed       gupfile:1:"), shown
    assert f"(code updated {old[:7]} → {new[:7]})" in first, shown
    assert rest[-1].startswith("1 failed"), shown


def test_a_long_step_is_told_although_another_text_came_just_before(gateway, index):
    remote = gateway.remote("boiler")
    remote.push({"gupfile": ""})
    with Terminal(gateway, "add", remote.bare.as_uri(), columns=300) as terminal:
        terminal.wait_for(r"boiler: creating its virtualenv")
        shown = terminal.end()
    assert terminal.code == 0, shown
    assert re.match(r"boiler  added        cloned file://", shown), shown
    assert re.search(r"^1 added", shown, re.MULTILINE), shown


def test_a_health_check_is_told_while_it_runs(gateway):
    meter = gateway.connector("meter", files={"check": ""})
    meter.push({"gupfile": '[health]\ncommand = "false"\nwithin = "3s"\nevery = "1s"\n'})
    with Terminal(gateway, "now", columns=160) as terminal:
        terminal.wait_for(r"meter: checking its health \(2 s\)")
        shown = terminal.end()
    assert shown.startswith('meter  rolled back  the health check "false" still failed after'), shown
    assert "1 rolled back" in shown, shown


def test_a_retry_is_told(gateway, web, relay):
    line = relay(web.http_port)
    line.answers = [b"", b""]
    gateway.connector("meter", url=web.through(line))
    gateway.configure("network", retries=3, retry_delay="2s")
    with Terminal(gateway, "now") as terminal:
        terminal.wait_for(r"meter: no answer, try 2 of 4 in \d s")
        assert terminal.end().startswith("1 unchanged"), terminal.raw


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_commands_that_only_look_tell_who_does_not_answer(gateway, silent, command):
    gateway.connector("meter")
    with open(gateway.folder / "out", "w") as out, Terminal(gateway, command, stdout=out.fileno()) as terminal:
        terminal.wait_for(r"^asking 2 remotes, 1 left \(silent [1-9] s\)$")
        assert terminal.frames[-1].count("\n") == 0
    assert "\x1b" not in (gateway.folder / "out").read_text()


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_a_quick_answer_needs_no_line(gateway, command):
    gateway.connector("meter")
    with open(gateway.folder / "out", "w") as out:
        shown, raw = at_a_terminal(gateway, command, stdout=out.fileno())
    assert "asking" not in raw and shown == "", raw
    assert "meter" in (gateway.folder / "out").read_text() or command == "doctor"


def test_a_run_tells_how_long_it_waits(gateway):
    gateway.connector("meter")
    gateway.configure("run", delay="60s")
    with Terminal(gateway, "run") as terminal:
        terminal.wait_for(r'^waiting (\d+ s|\d+ min \d+ s) \(run\.delay\); "gup-agent now" does not wait$')


def test_a_run_without_a_terminal_tells_nothing_while_it_waits(gateway):
    gateway.connector("meter")
    gateway.configure("run", delay="1s")
    done = gateway.run("run")
    assert (done.code, done.out, done.err) == (0, "1 unchanged\n", "")


def test_a_daemon_tells_its_next_run(gateway):
    gateway.connector("meter")
    gateway.configure("schedule", times="0 2 29 2 *", time_zone="UTC")
    with Terminal(gateway, "daemon", env={"TZ": "UTC"}) as terminal:
        terminal.wait_for(r"next run at \d{4}-02-29T02:00:00\+0000; Ctrl-C ends the daemon")
        terminal.press_ctrl_c()
        terminal.end()
    assert terminal.code == 0
    assert any("daemon started: next run at" in line for line in gateway.log_lines())


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_lines_are_no_wider_than_the_terminal(gateway, columns):
    for name in ("boiler", "a-connector-with-a-rather-long-name"):
        connector = gateway.connector(name)
        connector.push({"main.py": "1"})
        (connector.path / "main.py").write_text("2")  # a local change that would be lost
    for command in ("now", "check", "doctor"):
        shown, raw = at_a_terminal(gateway, command, columns=columns)
        written = SEQUENCE.sub("", raw).replace("\r", "")
        assert max(map(len, written.splitlines())) <= columns, written
        # Wrapped at words: what the terminal would break itself continues at its first column.
        assert not any(re.match(r"[a-z,;.]", line) for line in shown.splitlines()
                       if not re.match(r"boiler|a-connector|clock|scheduler|note|configuration|state|disk|\d|host|hook", line)), shown


def test_outcomes_are_coloured(slow):
    _, raw = at_a_terminal(slow, "now")
    assert "\x1b[32mupdated\x1b[0m" in raw, raw


@pytest.mark.parametrize("command", ["check", "doctor", "status"])
def test_findings_are_coloured(gateway, command):
    meter = gateway.connector("meter", "pyserial\n")
    gateway.now()
    _, raw = at_a_terminal(gateway, command)
    assert meter.name in raw and COLOUR.search(raw), raw


def test_errors_are_coloured(gateway):
    gateway.connector("meter")
    shown, raw = at_a_terminal(gateway, "check", "metre")
    assert shown.startswith("gup-agent: ") and COLOUR.search(raw), raw


@pytest.mark.parametrize("command", ["now", "check", "doctor", "status"])
@pytest.mark.parametrize("how", ["--no-color", "NO_COLOR"])
def test_no_colour_where_none_is_wanted(gateway, command, how):
    meter = gateway.connector("meter", "pyserial\n")
    gateway.now()
    meter.push({"a": "1"})
    options, env = (["--no-color"], {}) if how == "--no-color" else ([], {"NO_COLOR": "1"})
    _, raw = at_a_terminal(gateway, command, *options, env=env)
    assert "meter" in raw and not COLOUR.search(raw), raw


def test_json_is_json_on_a_terminal_too(gateway):
    gateway.connector("meter")
    for command in ("now", "check", "doctor"):
        _, raw = at_a_terminal(gateway, command, "--json")
        assert "\x1b" not in raw, raw


def test_a_dumb_terminal_gets_plain_lines(slow):
    shown, raw = at_a_terminal(slow, "now", env={"TERM": "dumb"})
    assert "\x1b" not in raw and "smart-meter: updated" in shown, raw


def test_a_control_sequence_of_a_remote_is_not_obeyed(gateway):
    meter = gateway.connector("meter")
    meter.push({"gupfile": "six,\x1b[31m1\n"})
    for command in ("now", "check"):
        _, raw = at_a_terminal(gateway, command, "--no-color")
        assert "\x1b[31m" not in raw, raw


def test_a_closed_terminal_does_not_end_the_run_in_the_middle(slow):
    done = subprocess.run([*slow.agent, "--config", str(slow.config_file), "now"], stdin=subprocess.DEVNULL,
                          stdout=open("/dev/full", "w"), stderr=subprocess.DEVNULL, env=slow.environment, timeout=60)
    assert done.returncode == 0
