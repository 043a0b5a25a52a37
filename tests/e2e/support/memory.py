# SPDX-License-Identifier: Apache-2.0
"""A limit on the memory of one program: a memory group of the kernel if this process may make one, otherwise RLIMIT_AS, which
is weaker because it includes neither shared memory nor a file's pages, but also limits what is only mapped."""
from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Iterator

GROUPS = Path("/sys/fs/cgroup")


def own_group() -> tuple[Path, str] | None:
    """The memory group of this process, and the name of its limit."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(","):
            return GROUPS / "memory" / path.lstrip("/"), "memory.limit_in_bytes"
        if not controllers and (GROUPS / "cgroup.controllers").exists():
            return GROUPS / path.lstrip("/"), "memory.max"
    return None


def make_group(limit: int) -> Path | None:
    found = own_group()
    if found is None:
        return None
    parent, name = found
    group = parent / f"gup-test-{os.getpid()}-{time.monotonic_ns()}"
    try:
        group.mkdir()
    except OSError:
        return None
    try:
        (group / name).write_text(str(limit))
    except OSError:  # without the controller there is no such file
        group.rmdir()
        return None
    for swap in ("memory.memsw.limit_in_bytes", "memory.swap.max"):
        with contextlib.suppress(OSError):
            (group / swap).write_text(str(limit if "memsw" in swap else 0))
    return group


@contextlib.contextmanager
def memory_limit(mebibytes: int) -> Iterator[list[str]]:
    """The beginning of a command line that runs the rest of it with at most that much memory."""
    group = make_group(mebibytes << 20)
    if group is None:
        print(f"no memory group can be made: {mebibytes} MiB of RLIMIT_AS instead")
        yield ["prlimit", f"--as={mebibytes << 20}"]
        return
    yield ["/bin/sh", "-c", f'echo $$ >"{group}/cgroup.procs" && exec "$@"', "sh"]
    end = time.monotonic() + 5
    while True:
        try:
            group.rmdir()
            return
        except OSError:  # a process that ended may still be in it for a moment
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
