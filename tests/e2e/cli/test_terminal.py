# SPDX-License-Identifier: Apache-2.0
"""The output for a person at a terminal."""
from __future__ import annotations

import os
import pty
import re
import subprocess
import threading

import pytest

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def at_a_terminal(gateway, *arguments: str, env: dict[str, str] | None = None) -> str:
    """Runs the agent with a pseudo-terminal for stdout and stderr; returns all that it wrote there."""
    leader, terminal = pty.openpty()
    process = subprocess.Popen([*gateway.agent, "--config", str(gateway.config_file), *arguments], stdin=subprocess.DEVNULL,
                               stdout=terminal, stderr=terminal,
                               env={**gateway.environment, "TERM": "xterm-256color", **(env or {})})
    os.close(terminal)
    seen = bytearray()

    def read() -> None:
        try:
            while chunk := os.read(leader, 65536):
                seen.extend(chunk)
        except OSError:  # the last one has closed the terminal
            pass

    reader = threading.Thread(target=read)
    reader.start()
    process.wait(60)
    reader.join(10)
    os.close(leader)
    return seen.decode()


@pytest.fixture
def slow(gateway, web, relay):
    """A connector that is about 400 KB behind, over a line that needs a second for them."""
    line = relay(web.http_port)
    connector = gateway.connector("smart-meter", url=web.through(line))
    connector.push({"big.bin": os.urandom(400_000)})
    line.delay = 0.2
    return gateway


def test_a_connector_has_a_live_line(slow):
    text = at_a_terminal(slow, "now")
    assert re.search(r"\x1b\[\d*A", text), "lines are drawn over"
    assert re.search(r"smart-meter: .*\d+(\.\d+)? ?(KiB|MiB|B|kB|MB)", SEQUENCE.sub("", text)), text
    last = SEQUENCE.sub("", text).splitlines()[-2:]
    assert last[0].startswith("smart-meter: updated code") and "1 updated" in last[1], text


def test_outcomes_are_coloured(slow):
    assert COLOUR.search(at_a_terminal(slow, "now"))


@pytest.mark.parametrize("how", ["--no-color", "NO_COLOR"])
def test_no_colour_where_none_is_wanted(slow, how):
    options, env = (["--no-color"], {}) if how == "--no-color" else ([], {"NO_COLOR": "1"})
    text = at_a_terminal(slow, "now", *options, env=env)
    assert "smart-meter" in text and not COLOUR.search(text), text


def test_json_is_json_on_a_terminal_too(gateway):
    gateway.connector("meter")
    assert "\x1b" not in at_a_terminal(gateway, "now", "--json")


def test_a_dumb_terminal_gets_plain_lines(slow):
    text = at_a_terminal(slow, "now", env={"TERM": "dumb"})
    assert "\x1b" not in text and "smart-meter: updated" in text, text
