# SPDX-License-Identifier: Apache-2.0
"""A fake clock for the agent: the static binary runs under a dynamic qemu-user, whose clock libfaketime changes."""
from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from gateway import AGENT, Gateway


def dynamic_emulator() -> list[str] | None:
    """qemu-user as a dynamic program, so that faketime can change the clock of the static agent that it runs."""
    machine = {62: "x86_64", 183: "aarch64", 40: "arm"}.get(int.from_bytes(Path(AGENT[-1]).read_bytes()[18:20], "little"))
    emulator = shutil.which(f"qemu-{machine}")
    options = AGENT[1:-1] if len(AGENT) > 1 else []
    return [emulator, *options] if emulator and shutil.which("faketime") else None


def with_clock(gateway: Gateway, now: str) -> Gateway:
    """The same gateway with a clock that reads the file `clock` each time: "@2026-11-21 02:00:00" continues from there, without
    the "@" the clock is stopped. The clock for durations is the real one."""
    emulator = dynamic_emulator()
    library = next((path for path in Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), None)
    if emulator is None or library is None:
        pytest.skip("needs qemu-user and faketime: .ci/install-packages arm")
    clock = gateway.folder / "clock"
    clock.write_text(now)
    settings = [f"LD_PRELOAD={library}", f"FAKETIME_TIMESTAMP_FILE={clock}", "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"]
    return Gateway(gateway.folder, agent=["/usr/bin/env", *settings, *emulator, AGENT[-1]])
