# SPDX-License-Identifier: Apache-2.0
"""A resident agent under a service manager that collects its messages."""
from __future__ import annotations

import signal
import socket
from pathlib import Path

from gateway import Completed, Gateway, finish, wait_for


class Manager:
    """A stand-in for systemd: a datagram socket that collects the messages of the service."""

    def __init__(self, folder: Path):
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.setblocking(False)
        self.messages: list[str] = []

    @property
    def told(self) -> list[str]:
        while True:
            try:
                self.messages += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.messages

    def count(self, line: str) -> int:
        return sum(said.startswith(line) for said in self.told)


class Daemon:
    def __init__(self, gateway: Gateway, *options: str, **environment: str):
        self.gateway, self.manager = gateway, Manager(gateway.temporary)
        self.process = gateway.start("daemon", *options, env={"NOTIFY_SOCKET": str(self.manager.path), "TZ": "UTC", **environment})
        wait_for(lambda: self.manager.count("READY=1") or self.process.poll() is not None, "READY=1")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def runs(self) -> int:
        return sum("run finished: " in line for line in self.gateway.log_lines())

    def status(self) -> str:
        return [line for line in self.manager.told if line.startswith("STATUS=")][-1]

    def is_idle(self) -> bool:
        return self.status().startswith("STATUS=next run at ")

    def end(self) -> Completed:
        self.signal(signal.SIGTERM)
        return finish(self.process)
