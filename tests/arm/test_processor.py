# SPDX-License-Identifier: Apache-2.0
"""The armhf binary says so when a processor is too old for it, instead of dying of SIGILL.

GUP_ARMHF names the binary (default: build/armhf/gup-agent); it runs under qemu-arm-static with the processor of a Pi 1 or Zero
(arm1176, ARMv6), of an older one (arm926, ARMv5), and of a Pi 2 (cortex-a7, ARMv7).
"""
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ARMHF = os.environ.get("GUP_ARMHF") or str(Path(__file__).resolve().parents[2] / "build/armhf/gup-agent")


def run(processor: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["qemu-arm-static", "-cpu", processor, ARMHF, *arguments], env={"PATH": "/usr/bin:/bin"},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("processor, name", [("arm1176", "ARMv6"), ("arm926", "ARMv5")])
@pytest.mark.parametrize("arguments", [["version"], ["run", "--json"], []], ids=["version", "run", "none"])
def test_an_older_processor_is_refused_with_a_sentence(processor, name, arguments):
    done = run(processor, *arguments)
    assert done.returncode == 2 and done.stdout == "", done
    assert done.stderr == ("gup-agent: this is the armhf build, for ARMv7 and newer; "
                           f"this processor is {name}: install the armv6 build\n")


@pytest.mark.parametrize("processor", ["cortex-a7", "cortex-a15", "max"])
def test_a_newer_one_is_served_and_sees_arguments_and_environment(processor):
    done = run(processor, "version")
    assert done.returncode == 0 and "arm-linux-gnueabihf" in done.stdout and done.stderr == "", done
    assert run(processor, "--no-such-option").returncode == 2
