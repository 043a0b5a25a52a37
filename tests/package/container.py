# SPDX-License-Identifier: Apache-2.0
"""A gateway with systemd: a Debian root folder booted by systemd-nspawn, without network, in its own cgroup.

booted() waits until systemd reports that it has started everything.
"""
from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Callable

from installed import ENVIRONMENT, Completed

REBOOT_EXIT_CODE = 133  # nspawn without --keep-unit would start again by itself


def wait_for(fact: Callable[[], object], what: str, seconds: float = 60.0):
    end = time.monotonic() + seconds
    while True:
        if value := fact():
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for: {what}")
        time.sleep(0.1)


class Container:
    def __init__(self, path: Path, name: str):
        self.path, self.name = path, name
        self.log = path.parent / "console.log"
        self.process: subprocess.Popen | None = None
        self.leader = 0

    def _cgroups(self) -> list[Path]:
        """The parents of the container's cgroups: in the unified hierarchy, and in systemd's own one if the system is a hybrid."""
        top = Path("/sys/fs/cgroup")
        return [folder / self.name for folder in (top, top / "unified", top / "systemd") if (folder / "cgroup.procs").exists()]

    def _enter_cgroups(self) -> None:
        for folder in self._cgroups():
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def start(self) -> None:
        for folder in self._cgroups():
            folder.mkdir(exist_ok=True)
        command = ["systemd-nspawn", "--quiet", f"--directory={self.path}", f"--machine={self.name}", "--register=no",
                   "--keep-unit", "--boot", "--link-journal=no", "--private-network", "--console=pipe"]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT,
                                            preexec_fn=self._enter_cgroups)
        self.leader = wait_for(self._find_leader, "systemd in the container")
        wait_for(lambda: self.run("test", "-S", "/run/systemd/private").code == 0, "systemd's socket")
        state = self.run("systemctl", "is-system-running", "--wait").text.strip()
        assert state in ("running", "degraded"), f"{state}\n{self.log.read_text(errors='replace')[-3000:]}"

    def _find_leader(self) -> int:
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-3000:]
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                try:
                    if os.readlink(f"/proc/{child}/exe").endswith("/lib/systemd/systemd"):
                        return int(child)
                except OSError:
                    pass  # it has ended, or has not started yet
        return 0

    def run(self, *command: object, timeout: float = 180) -> Completed:
        done = subprocess.run(["nsenter", "--target", str(self.leader), "--all", "--", *map(str, command)], env=ENVIRONMENT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=timeout, check=False)
        return Completed(done.returncode, done.stdout)

    def must(self, *command: object) -> str:
        done = self.run(*command)
        assert done.code == 0, f"{command}: {done}"
        return done.text.strip()

    def show(self, unit: str, *properties: str) -> list[str]:
        """The values of a unit's properties, in this order."""
        rows = dict(line.split("=", 1) for line in self.must("systemctl", "show", unit).splitlines() if "=" in line)
        return [rows.get(name, "") for name in properties]

    def ended(self, seconds: float = 90) -> int:
        """Waits until the container has ended by itself; returns nspawn's exit code."""
        code = self.process.wait(seconds)
        self._remove_cgroups()
        return code

    def reboot(self) -> None:
        self.run("systemctl", "reboot")
        assert self.ended() == REBOOT_EXIT_CODE
        self.start()

    def stop(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._remove_cgroups()

    def _remove_cgroups(self) -> None:
        for folder in self._cgroups():
            for place, _, _ in os.walk(folder, topdown=False):
                try:
                    os.rmdir(place)
                except OSError:
                    pass  # a process is still ending; an empty folder does no harm
