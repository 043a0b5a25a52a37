# SPDX-License-Identifier: Apache-2.0
"""The line between the gateway and its servers: relay.cpp, compiled if it is missing."""
from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gateway import wait_for
from space import BUILD, run

SOURCE = Path(__file__).with_name("relay.cpp")


@dataclass
class Traffic:
    """The traffic of the line since its counters were reset; `open` is the number of connections that are open now."""

    connections: int
    open: int
    questions: int
    trips: int
    up: int
    down: int


def compile_relay() -> Path:
    program = BUILD / "relay"
    if not program.exists() or program.stat().st_mtime < SOURCE.stat().st_mtime:
        BUILD.mkdir(parents=True, exist_ok=True)
        run("g++", "-std=c++20", "-O2", SOURCE, "-o", program)
    return program


class Line:
    """Forwards 127.0.0.1:443 to a Unix socket, and answers DNS."""

    def __init__(self, socket: Path):
        self._relay = subprocess.Popen([str(compile_relay()), "443", str(socket)], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, text=True)
        assert self._relay.stdout.readline() == "ready\n"

    def _say(self, command: str) -> Traffic:
        print(command, file=self._relay.stdin, flush=True)
        return Traffic(*map(int, self._relay.stdout.readline().split()))

    def delay(self, milliseconds: float) -> None:
        """Delays every chunk by this time in each direction, from now on."""
        self.settle()
        self._say(f"delay {milliseconds}")

    def reset(self) -> None:
        self.settle()
        self._say("reset")

    def settle(self) -> Traffic:
        """The traffic of the line, once all connections are closed."""
        wait_for(lambda: self._say("read").open == 0, "the end of all connections")
        return self._say("read")

    def cpu(self) -> float:
        """Seconds of processor time that the line itself has used."""
        fields = Path(f"/proc/{self._relay.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._relay.terminate()
        self._relay.wait()
