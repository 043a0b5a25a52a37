# SPDX-License-Identifier: Apache-2.0
"""Runs a command and measures its cost.

`measure` measures an undisturbed run. `profile` runs the command again under strace and /usr/bin/time, for the values that need
them. CPU is the time of the command and of all children that it waited for.
"""
from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import space
from tools import tool


@dataclass
class Cost:
    wall: float = 0.0
    cpu: float = 0.0
    trips: float = 0.0
    connections: float = 0.0
    wire: float = 0.0   # bytes, headers included
    disk: float = 0.0   # bytes written to the device, those of the file system itself included

    def times(self, factor: float) -> Cost:
        return Cost(*(value * factor for value in vars(self).values()))


@dataclass
class Profile:
    programs: int      # number of started programs, the command itself included
    largest: int       # bytes: peak resident memory of its largest process
    sum: int           # bytes: peak of all of its processes together, shared pages counted once (sampled)


class Failed(Exception):
    pass


def _run(command: list[str], environment: dict[str, str], codes: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run(command, env=environment, cwd=space.disk, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE)
    if done.returncode not in codes:
        raise Failed(f"{command[0]}: exit code {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")


def once(command: list[str], environment: dict[str, str], line=None, codes: tuple[int, ...] = (0,)) -> Cost:
    if line:
        line.reset()
    disk, wire = space.bytes_written(), space.bytes_on_the_wire()
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    _run(command, environment, codes)
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    traffic = line.settle() if line else None
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                traffic.trips if traffic else 0, traffic.connections if traffic else 0,
                space.bytes_on_the_wire() - wire, space.bytes_written() - disk)


def measure(command: list[str], environment: dict[str, str], line=None, runs: int = 1,
            codes: tuple[int, ...] = (0,)) -> Cost:
    """The median of each figure over `runs` runs."""
    return median_of([once(command, environment, line, codes) for _ in range(runs)])


def median_of(costs: list[Cost]) -> Cost:
    return Cost(*(median(getattr(cost, name) for cost in costs) for name in vars(costs[0])))


class _Watch(threading.Thread):
    """Samples the memory of all descendants of a process, without its own, until `stop`."""

    def __init__(self, leader: int, file: str, field: str, combine=sum):
        super().__init__(daemon=True)
        self.leader, self.file, self.field, self.combine, self.peak = leader, file, field, combine, 0
        self._stopped = threading.Event()
        self.start()

    def run(self) -> None:
        while not self._stopped.wait(0.005):
            self.peak = max(self.peak, self.combine([0, *map(self._memory, self._below(self.leader))]))

    def _below(self, process: int) -> list[int]:
        found, new = [], [process]
        while new:
            children = []
            for parent in new:
                try:
                    children += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
                except OSError:
                    pass
            found += children
            new = children
        return found

    def _memory(self, process: int) -> int:
        try:
            if Path(f"/proc/{process}/comm").read_text().strip() in ("strace", "time"):
                return 0
            text = Path(f"/proc/{process}/{self.file}").read_text()
            return next(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith(self.field))
        except (OSError, StopIteration):
            return 0

    def stop(self) -> int:
        self._stopped.set()
        self.join()
        return self.peak


def profile(command: list[str], environment: dict[str, str], codes: tuple[int, ...] = (0,)) -> Profile:
    with tempfile.TemporaryDirectory() as name:
        trace, memory = f"{name}/trace", f"{name}/memory"
        wrapped = [tool("strace"), "-f", "--seccomp-bpf", "-qq", "-e", "trace=execve,execveat", "-e", "signal=none", "-o", trace,
                   "/usr/bin/time", "-q", "-f", "%M", "-o", memory, *command]
        process = subprocess.Popen(wrapped, env=environment, cwd=space.disk, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        watch = _Watch(process.pid, "smaps_rollup", "Pss:")
        code = process.wait()
        total = watch.stop()
        if code not in codes:
            raise Failed(f"{command[0]} under strace: exit code {code}")
        started = [line for line in Path(trace).read_text().splitlines() if line.endswith("= 0")]
        largest = int(Path(memory).read_text().split()[-1]) * 1024
        return Profile(len(started) - 1, largest, max(total, largest))


@dataclass
class Memory:
    peak: int       # bytes, resident, of the largest process
    anonymous: int  # bytes of the largest that are not of a file
    wall: float
    cpu: float


def memory(command: list[str], environment: dict[str, str], codes: tuple[int, ...] = (0,)) -> Memory:
    with tempfile.NamedTemporaryFile("r") as found:
        before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
        process = subprocess.Popen(["/usr/bin/time", "-q", "-f", "%M", "-o", found.name, *command], env=environment,
                                   cwd=space.disk, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        watch = _Watch(process.pid, "status", "RssAnon:", max)
        _, errors = process.communicate()
        wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
        anonymous = watch.stop()
        if process.returncode not in codes:
            raise Failed(f"{command[0]}: exit code {process.returncode}: {errors.decode(errors='replace')[-2000:]}")
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Memory(int(found.read().split()[-1]) * 1024, anonymous, wall, cpu)
