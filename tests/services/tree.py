# SPDX-License-Identifier: Apache-2.0
"""A gateway with podman: a Debian root folder booted by unshare(1), with systemd as its first process and its own network.

It works where systemd-nspawn does not: only namespaces and a cgroup2 hierarchy are needed. Nothing outside of them changes.
"""
from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "package"))

import roots  # noqa: E402
from container import wait_for  # noqa: E402

PROJECT = Path(__file__).parents[2]
ROOT = "services-trixie"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

BOOT = r"""
set -e
mount --make-rprivate /
mount --bind "$R" "$R"
mount -t proc proc "$R/proc"
mount -t sysfs sysfs "$R/sys"
mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
mount -t tmpfs -o mode=755 dev "$R/dev"
for one in 'null 1 3' 'zero 1 5' 'full 1 7' 'random 1 8' 'urandom 1 9' 'tty 5 0' 'fuse 10 229'; do
    set -- $one
    mknod -m 666 "$R/dev/$1" c $2 $3
done
mkdir "$R/dev/net" "$R/dev/pts" "$R/dev/shm"
mknod -m 666 "$R/dev/net/tun" c 10 200
ln -s /proc/self/fd "$R/dev/fd"
ln -s pts/ptmx "$R/dev/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$R/dev/pts"
mount -t tmpfs -o mode=1777 shm "$R/dev/shm"
mount -t tmpfs -o mode=755 run "$R/run"
mount -t tmpfs -o mode=1777 tmp "$R/tmp"
for place in $SHARED; do
    mkdir -p "$R$place"
    mount --bind "$place" "$R$place"
done
chroot "$R" ip link set lo up
cd "$R"
mkdir -p .old
pivot_root . .old
umount -l /.old
export container=other
exec /sbin/init systemd.unified_cgroup_hierarchy=1
"""


@dataclass
class Completed:
    code: int
    text: str  # both outputs

    def __str__(self) -> str:
        return f"exit code {self.code}:\n{self.text}"


class CannotBoot(Exception):
    """This machine cannot boot a root folder; the text says why."""


def cgroup_hierarchy() -> Path:
    """A writable cgroup2 hierarchy of this machine."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" and "rw" in options.split(","):
            return Path(place)
    raise CannotBoot("this machine has no writable cgroup2 hierarchy")


def check_machine() -> None:
    if os.geteuid() != 0:
        raise CannotBoot("needs root, for namespaces and root folders")
    cgroup_hierarchy()
    for program in ("unshare", "nsenter", "mmdebstrap"):
        if not shutil.which(program):
            raise CannotBoot(f"{program} is not installed: .ci/install-packages test-services")
    done = subprocess.run(["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "true"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotBoot(f"this machine permits no namespaces: {done.stderr.strip()}")


class Tree:
    """One booted root folder. `path` is its folder as the test sees it; the folders /run, /tmp and /dev are only inside. The folders
    `shared` have the same path and content inside and outside."""

    def __init__(self, folder: Path, name: str, shared: tuple[Path, ...] = ()):
        self.path, self.name, self.shared = folder / "root", name, shared
        self.console = folder / "console.log"
        self.process: subprocess.Popen | None = None
        self.leader = 0
        self._cgroup = cgroup_hierarchy() / f"gup-test-{name}"

    # The machine.

    def start(self) -> None:
        """Boots it, and waits until systemd has started everything."""
        self._cgroup.mkdir(parents=True, exist_ok=True)
        with open(self.console, "ab") as log:
            self.process = subprocess.Popen(
                ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork", "--kill-child=SIGKILL",
                 "bash", "-c", BOOT], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": PATH, "R": str(self.path), "SHARED": " ".join(map(str, self.shared))},
                preexec_fn=lambda: self._enter("."), start_new_session=True)
        self.leader = wait_for(self._find_leader, "systemd as the first process")
        (self._cgroup / "test").mkdir(exist_ok=True)
        wait_for(lambda: self.run("test", "-S", "/run/systemd/private").code == 0, "systemd's socket")
        state = self.run("systemctl", "is-system-running", "--wait").text.strip()
        assert state in ("running", "degraded"), f"{state}\n{self.console.read_text(errors='replace')[-3000:]}"

    def cut_power(self) -> None:
        """Kills every process of the machine at once. start() boots it again, with the same files."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.leader, signal.SIGKILL)
        self.process.wait(30)
        self._remove_cgroups()

    def reboot(self) -> None:
        self.cut_power()
        self.start()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.cut_power()

    def _enter(self, part: str) -> None:
        (self._cgroup / part / "cgroup.procs").write_text(str(os.getpid()))

    def _find_leader(self) -> int:
        assert self.process.poll() is None, self.console.read_text(errors="replace")[-3000:]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{child}/exe").endswith("/lib/systemd/systemd"):
                    return int(child)
        return 0

    def _remove_cgroups(self) -> None:
        for _ in range(50):
            for place, _, _ in os.walk(self._cgroup, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(place)
            if not self._cgroup.exists():
                return
            time.sleep(0.05)

    # Programs in it.

    def command(self, *command: object) -> list[str]:
        """The command line that runs `command` in it, from outside. Its cgroup is the caller's: see enter()."""
        return ["nsenter", f"--target={self.leader}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd", "--",
                *map(str, command)]

    def enter(self) -> None:
        """Puts this process into the machine's cgroup: for preexec_fn."""
        self._enter("test")

    def popen(self, *command: object, env: dict[str, str] | None = None, **more) -> subprocess.Popen:
        """A program of root's."""
        variables = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8", **(env or {})}
        return subprocess.Popen(self.command(*command), env=variables, stdin=more.pop("stdin", subprocess.DEVNULL), text=True,
                                errors="replace", preexec_fn=self.enter, **more)

    def run(self, *command: object, env: dict[str, str] | None = None, timeout: float = 120, text: str | None = None) -> Completed:
        program = self.popen(*command, env=env, stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            out, _ = program.communicate(text, timeout)
        except subprocess.TimeoutExpired:
            program.kill()
            raise
        return Completed(program.returncode, out)

    def must(self, *command: object, **more) -> str:
        done = self.run(*command, **more)
        assert done.code == 0, f"{command}: {done}"
        return done.text.strip()

    def shell(self, script: str, **more) -> str:
        return self.must("bash", "-euc", script, **more)

    def as_user(self, user: str, *command: object) -> Completed:
        number = self.must("id", "-u", user)
        return self.run("setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--reset-env", "--", "env",
                        f"XDG_RUNTIME_DIR=/run/user/{number}", f"DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/{number}/bus", *command)

    def popen_before_boot(self, *command: object) -> subprocess.Popen:
        return subprocess.Popen(["chroot", self.path, *map(str, command)], env={"PATH": PATH}, stdin=subprocess.DEVNULL)

    # Files in it, also while it is off.

    def file(self, path: str) -> Path:
        return self.path / path.lstrip("/")

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        place = self.file(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)
        return place

    def read(self, path: str) -> str:
        return self.file(path).read_text()

    # Units.

    def show(self, unit: str, *properties: str, user: str = "") -> list[str]:
        """The values of a unit's properties, in this order."""
        command = ["systemctl", *(["--user"] if user else []), "show", unit]
        done = self.as_user(user, *command) if user else self.run(*command)
        rows = dict(line.split("=", 1) for line in done.text.splitlines() if "=" in line)
        return [rows.get(name, "") for name in properties]

    def active(self, unit: str, user: str = "") -> str:
        return self.show(unit, "ActiveState", user=user)[0]

    def journal(self, unit: str = "") -> str:
        return self.run("journalctl", "--no-pager", "--output=short", *([f"--unit={unit}"] if unit else [])).text


def unpack(folder: Path) -> Path:
    """A new root folder below `folder`, prepared for a boot without hardware."""
    root = folder / "root"
    root.mkdir(parents=True)
    subprocess.run(["tar", "-xf", roots.tarball(ROOT), "-C", root, "--numeric-owner", "--exclude=./dev/*"], check=True)

    def write(path: str, text: str) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)

    # The machine's cgroup2 hierarchy may have no controllers.
    write("etc/containers/containers.conf", "[containers]\npids_limit = 0\n")
    write("etc/containers/policy.json", '{"default": [{"type": "insecureAcceptAnything"}]}\n')
    write("etc/hostname", "gateway\n")
    write("etc/hosts", "127.0.0.1 localhost gateway\n")
    write("etc/resolv.conf", "")  # not the test machine's name server
    for unit in ("systemd-modules-load.service", "systemd-networkd-wait-online.service", "e2scrub_reap.service", "apt-daily.timer",
                 "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "systemd-udevd.service", "podman-auto-update.timer",
                 "podman.socket"):
        (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
    # Units of users wait for it, and nothing else here does.
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    (wants / "network-online.target").symlink_to("/usr/lib/systemd/system/network-online.target")
    return root


if __name__ == "__main__":
    # A shell in a new tree, for a person: tests/services/tree.py [COMMAND…]
    with tempfile.TemporaryDirectory(prefix="gup-tree-", dir=roots.roomy_folder()) as place:
        unpack(Path(place))
        machine = Tree(Path(place), str(os.getpid()))
        try:
            machine.start()
            machine.popen(*(sys.argv[1:] or ["bash"]), stdin=None).wait()
        finally:
            machine.stop()
