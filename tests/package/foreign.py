# SPDX-License-Identifier: Apache-2.0
"""Run a command as root with programs of other architectures: in its own user namespace, with its own binfmt_misc (Linux 6.7
and later), in which qemu-user-static is registered. The machine's own registrations stay unchanged.

    python3 foreign.py COMMAND…

All user ids are mapped onto themselves, so files keep their owners. Exits with the command's exit code, or with 125 and the
reason if the machine cannot do it.
"""
from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID = 0x00020000, 0x10000000, 0x20000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
BINFMT = Path("/proc/sys/fs/binfmt_misc")
EMULATORS = ("aarch64", "arm")
IMPOSSIBLE = 125

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> None:
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def mount(kind: bytes, target: bytes, flags: int = 0) -> None:
    call("mount", kind, target, kind, ctypes.c_ulong(flags), None)


def register(emulator: str) -> None:
    """The registration of Debian's qemu-user-static. F opens the emulator now, so that it also works in a root folder without it."""
    row = Path(f"/usr/lib/binfmt.d/qemu-{emulator}.conf").read_text().strip()
    (BINFMT / "register").write_text(re.sub(r":[A-Z]*$", ":OPF", row))


def inside(command: list[str]) -> None:
    mount(b"none", b"/", MS_REC | MS_PRIVATE)
    mount(b"proc", b"/proc")
    mount(b"binfmt_misc", bytes(BINFMT))
    for emulator in EMULATORS:
        register(emulator)
    os.execvp(command[0], command)


def in_new_process(act) -> int:
    """The exit code of a child that does `act`. An exception is printed and gives 125."""
    pid = os.fork()
    if pid != 0:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        os._exit(act() or 0)
    except OSError as error:
        print(f"foreign: {error}", file=sys.stderr)
        os._exit(IMPOSSIBLE)


def run(command: list[str]) -> int:
    ready, mapped = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(mapped[1])

        def isolated() -> int:
            call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID)
            os.write(ready[1], b".")
            if os.read(mapped[0], 1) != b".":
                raise OSError("the user ids could not be mapped")
            return in_new_process(lambda: inside(command))

        try:
            os._exit(isolated() & 0xFF)
        except OSError as error:
            print(f"foreign: {error}", file=sys.stderr)
            os._exit(IMPOSSIBLE)
    os.close(ready[1])
    os.close(mapped[0])
    if os.read(ready[0], 1) == b".":
        try:
            for ids in ("uid_map", "gid_map"):
                Path(f"/proc/{pid}/{ids}").write_text("0 0 4294967295")
            os.write(mapped[1], b".")
        except OSError as error:
            print(f"foreign: {error}", file=sys.stderr)
    os.close(mapped[1])
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
