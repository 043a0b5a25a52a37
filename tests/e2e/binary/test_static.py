# SPDX-License-Identifier: Apache-2.0
"""The binary is hardened, and needs no interpreter, shared library or name service module; the check of this can fail."""
from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import subprocess

import pytest

from gateway import AGENT, PROJECT

CHECK = PROJECT / ".ci/check-static"


def check(*binaries: object) -> subprocess.CompletedProcess:
    return subprocess.run([CHECK, *map(str, binaries)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


@pytest.mark.not_sanitized("AddressSanitizer needs a dynamic glibc")
def test_the_agent_is_static_and_hardened_and_loads_nothing(gateway):
    done = check(AGENT[-1])
    assert done.returncode == 0, done.stderr
    assert "static" in done.stdout


def test_a_dynamic_program_is_refused():
    done = check("/bin/true")
    assert done.returncode == 1
    assert "interpreter" in done.stderr and "libc.so.6" in done.stderr


def test_a_program_with_symbols_is_refused(folder):
    (folder / "main.c").write_text("int main(void) { return 0; }\n")
    subprocess.run(["gcc", "-static", "-g", "-o", folder / "unstripped", folder / "main.c"], check=True)
    done = check(folder / "unstripped")
    assert done.returncode == 1 and "not stripped" in done.stderr, done.stderr


# Compiler options that take one protection away, and the word in the sentence about it.
UNPROTECTED = {
    "a fixed address": (["-static", "-no-pie"], "not DYN"),
    "relocations stay writable": (["-static-pie", "-Wl,-z,norelro"], "GNU_RELRO"),
    "an executable stack": (["-static-pie", "-Wl,-z,execstack"], "GNU_STACK"),
    "symbols bound late": (["-static-pie", "-Wl,-z,lazy"], "-z now"),
    "relocations in code": (["-static-pie", "-Wl,-z,notext", "-DWITH_TEXT_RELOCATION"], "TEXTREL"),
}


@pytest.mark.parametrize("options, word", UNPROTECTED.values(), ids=UNPROTECTED.keys())
def test_a_program_without_a_protection_is_refused(folder, options, word):
    (folder / "main.c").write_text("""
#ifdef WITH_TEXT_RELOCATION
__asm__(".section .text\\n.balign 8\\n.quad main\\n");
#endif
int main(void) { return 0; }
""")
    subprocess.run(["gcc", "-s", *options, "-o", folder / "unprotected", folder / "main.c"], check=True)
    done = check(folder / "unprotected")
    assert done.returncode == 1 and word in done.stderr, done.stderr


def test_files_opened_at_run_time_are_seen(folder):
    """A stand-in that runs the agent, and also opens a name service module."""
    if len(AGENT) > 1:
        pytest.skip("a script that runs the agent cannot be run under emulation")
    module = folder / "libnss_files.so.2"
    module.write_text("")
    stand_in = folder / "stand-in"
    stand_in.write_text(f'#!/bin/sh\nexec 3<"{module}" || exit 9\nexec "{AGENT[0]}" "$@"\n')
    stand_in.chmod(0o755)
    loader = importlib.machinery.SourceFileLoader("check_static", str(CHECK))
    check_static = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_static", loader))
    loader.exec_module(check_static)
    check_static.machine = lambda binary: check_static.NATIVE[os.uname().machine]
    faults = check_static.faults_of_run(stand_in)
    assert any(str(module) in fault for fault in faults), faults
    assert any("executed" in fault for fault in faults), faults
