# SPDX-License-Identifier: Apache-2.0
"""The reference update of the fault suite: code, pins, hooks and a health check in one night, with one failing system call."""
from __future__ import annotations

import collections
import errno
import os
import re
import subprocess
from typing import Callable, Iterator, NamedTuple

from gateway import Completed, Gateway
from installers import use_quick_installer
from tools import tool

OLD = '[dependencies]\ngup-one = "1.0"\n[health]\ncommand = "true"\nwithin = 5\nevery = 1\n'
NEW = OLD.replace("1.0", "2.0")

# The moments between two steps of an update at which a test can act: ReferenceUpdate.at().
MOMENTS = ("installer", "pre_update", "post_update")

# The last steps of the quick installer.
AT_THE_END = """
happens = os.path.join(os.path.dirname(sys.argv[0]), "at-installer")
if os.path.exists(happens):
    os.system("sh " + happens)
"""

# Calls that change something or flush it to the disk.
PATH_CALLS = ["mkdir", "mkdirat", "symlink", "symlinkat", "link", "linkat", "rename", "renameat", "renameat2", "unlink", "unlinkat",
              "rmdir", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "truncate", "utimensat"]
DATA_CALLS = ["write", "pwrite64", "writev", "ftruncate", "fallocate"]
FLUSH_CALLS = ["fsync", "fdatasync", "syncfs"]
OPEN_CALLS = ["open", "openat", "creat"]  # only if they write
DESCRIPTOR_CALLS = ["pipe2", "epoll_create1", "eventfd2", "socket", "socketpair", "dup", "memfd_create"]
TRACED = PATH_CALLS + DATA_CALLS + FLUSH_CALLS + OPEN_CALLS + DESCRIPTOR_CALLS

# Errors of each kind of call.
FAULTS = {
    "ENOSPC": ["mkdir", "mkdirat", "symlink", "symlinkat", "link", "linkat", "rename", "renameat", "renameat2", *DATA_CALLS, *FLUSH_CALLS,
               *OPEN_CALLS],
    "EIO": [*PATH_CALLS, *DATA_CALLS, *FLUSH_CALLS, *OPEN_CALLS],
    "EROFS": [*PATH_CALLS, *OPEN_CALLS, "ftruncate"],
    "EMFILE": [*OPEN_CALLS, *DESCRIPTOR_CALLS],
}


class Point(NamedTuple):
    call: str
    number: int  # from 1, in one thread
    error: str

    def __str__(self) -> str:
        return f"{self.error} at {self.call} {self.number}"


class ReferenceUpdate:
    """The connector `meter` of a gateway, whose next night changes code, pins and hooks."""

    def __init__(self, gateway: Gateway):
        self.gateway = gateway
        self.meter = gateway.connector("meter", OLD, files={"a": "1\n" * 4000, "gone": "1\n", "settings.ini": "default\n"})
        (self.meter.path / "settings.ini").write_text("of this gateway\n")
        self.old = self.meter.head
        self.virtualenv = gateway.virtualenv("meter", pip=False)
        self.virtualenv.add("gup-one", "1.0")
        self.hooks = gateway.folder / "hooks"
        for phase in MOMENTS[1:]:
            hook = self.hooks / phase / "10-note"
            hook.parent.mkdir(parents=True)
            happens = gateway.folder / f"at-{phase}"
            hook.write_text(f"#!/bin/sh\n[ ! -e {happens} ] || sh {happens}\n")
            hook.chmod(0o755)
            gateway.configure("hooks", **{phase: str(hook.parent)})
        use_quick_installer(gateway)
        with open(gateway.folder / "uv", "a") as installer:
            installer.write(AT_THE_END)
        gateway.configure("update", disk_reserve="0")
        self.new = self.meter.push({"gupfile": NEW, "a": "2\n" * 4000, "gone": None, "new/file": "2\n"})
        self.pristine = gateway.folder / "pristine"
        subprocess.run(["cp", "-a", str(gateway.root), str(self.pristine)], check=True)

    def reset(self) -> None:
        for place in (self.gateway.root, self.gateway.state, self.gateway.log.parent):
            subprocess.run(["find", str(place), "-mindepth", "1", "-delete"], check=True)
        subprocess.run(["cp", "-a", f"{self.pristine}/.", str(self.gateway.root)], check=True)

    def at(self, moment: str, command: str) -> None:
        """From now on the installer or a hook runs `command` at its end; "": no command."""
        place = self.gateway.folder / f"at-{moment}"
        place.write_text(command) if command else place.unlink(missing_ok=True)

    # ---- the calls that can fail

    def count_calls(self) -> dict[str, list[int]]:
        """For each call the numbers, in its thread, of those that change something."""
        trace = self.gateway.folder / "trace"
        run = self.gateway.now(wrapper=[tool("strace"), "-f", "-b", "execve", "-qq", "-o", str(trace), "-e", f"trace={','.join(TRACED)}"])
        assert run.code == 0, run
        assert self.pair() == (self.new, "2.0"), run
        seen: collections.Counter = collections.Counter()
        numbers: dict[str, set[int]] = collections.defaultdict(set)
        for line in trace.read_text(errors="replace").splitlines():
            match = re.match(r"(\d+) +(\w+)\((.*)", line)
            if not match or match[2] not in TRACED:
                continue
            seen[match[1], match[2]] += 1
            if match[2] not in OPEN_CALLS or re.search(r"O_(WRONLY|RDWR|CREAT)", match[3]):
                numbers[match[2]].add(seen[match[1], match[2]])
        self.reset()
        return {call: sorted(found) for call, found in numbers.items()}

    def points(self) -> Iterator[Point]:
        calls = self.count_calls()
        for error, affected in FAULTS.items():
            for call in affected:
                yield from (Point(call, number, error) for number in calls.get(call, []))

    # ---- the result

    def pair(self) -> tuple[str, str]:
        return self.meter.head, self.virtualenv.installed().get("gup-one", "none")

    def flaws(self) -> list[str]:
        """Faults that a running connector would notice, and leftovers."""
        found, gateway = [], self.gateway
        if self.pair() not in ((self.old, "1.0"), (self.new, "2.0")):
            found.append(f"a mixed pair: {self.pair()}")
        if (self.virtualenv.site_packages / "gup_one.py").read_text() != f"version = '{self.pair()[1]}'\n":
            found.append("another version is imported")
        if self.meter.changes != " M settings.ini":
            found.append(f"the work tree: {self.meter.changes!r}")
        found += [f"left behind: {path}" for path in gateway.root.rglob(".gup-link-*")]
        found += [f"left behind: {path}" for path in gateway.root.rglob("*.gup-*")]
        found += [f"left behind: {path}" for path in gateway.state.rglob(".*")]
        found += [f"left behind: {path}" for path in gateway.temporary.iterdir()]
        found += [f"left behind: {path}" for path in (self.meter.path / ".git").rglob("*.lock")]
        found += [f"left behind: {path}" for path in (self.meter.path / ".git").glob("gup-agent-*")]
        found += [f"left behind: {path}" for path in (self.meter.path / ".git/objects/pack").glob("pack_*")]
        found += [f"not whole: {path}" for path in gateway.root.glob(".gup/*/*") if not (path / "generation.json").exists()]
        return found

    def is_journal_open(self) -> bool:
        return (self.gateway.state / "journal/meter").exists()

    def judge(self, run: Completed, error: str, mend: Callable[[], None] = lambda: None) -> list[str]:
        """Faults in the result and files of a run with `error`, and, after `mend`, of the next night."""
        found = []
        said = run.out + run.err + "\n".join(self.gateway.log_lines())
        reason = os.strerror(getattr(errno, error)) + ("|no (disk )?space" if error == "ENOSPC" else "")
        has_begun = run.code != 2 or "state/lock" not in run.err
        if run.code not in (0, 1, 4) and has_begun:
            found.append(f"it ended with {run.code}")
        reasons = [line for line in said.splitlines() if re.search(reason, line)]
        # A socket pair and a pipe have no file: the line names the connector.
        named = [line for line in reasons if str(self.gateway.folder) in line or re.search("meter.*(socket pair|pipe)", line)]
        if run.code != 0 and not named:
            found.append(f"no line has a file and why: {reason!r}")
        if run.code == 0 and self.pair() != (self.new, "2.0"):
            found.append("it says that all is well")
        if self.pair() not in ((self.old, "1.0"), (self.new, "2.0")) and not self.is_journal_open():
            found.append(f"a mixed pair without a journal: {self.pair()}")
        mend()
        after = self.gateway.now()
        if after.code != 0 or self.pair() != (self.new, "2.0"):
            found.append(f"the night after: {self.pair()}: {after}")
        if self.is_journal_open():
            found.append("the journal stays open")
        return found + [f"after the night after, {flaw}" for flaw in self.flaws()]

    @staticmethod
    def _without(flaws: list[str], call: str, line: str) -> list[str]:
        """Only a file that could not be removed may stay."""
        if call not in ("unlink", "unlinkat", "rmdir"):
            return flaws
        kept = re.findall(r'"([^"]+)"', line)
        return [flaw for flaw in flaws if not any(name.split("/")[-1] in flaw and "left behind" in flaw for name in kept)]

    def fails_at(self, point: Point) -> tuple[bool, list[str]]:
        """Whether the agent made that call, and the faults after it."""
        trace = self.gateway.folder / "trace"
        run = self.gateway.run("now", wrapper=[tool("strace"), "-f", "-b", "execve", "-qq", "-o", str(trace), "-e", f"trace={point.call}",
                                               "-e", f"inject={point.call}:error={point.error}:when={point.number}"])
        if "(INJECTED)" not in trace.read_text(errors="replace"):
            return False, []
        line = next(line for line in trace.read_text(errors="replace").splitlines() if "(INJECTED)" in line)
        wrong = self._without(self.judge(run, point.error), point.call, line)
        if wrong:
            wrong.append(f"{line}\n{run}")
        return True, wrong
