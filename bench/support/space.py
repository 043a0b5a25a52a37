# SPDX-License-Identifier: Apache-2.0
"""Own namespaces for a bench: network, processes and a disk that nothing else uses, so that only the bench is measured.

    space.enter()              first line of a bench's main: continues only inside (as root; leaves nothing behind)
    space.disk                 a folder on its own file system: ext4 in a file, mounted without access times
    space.bytes_written()      bytes written to the device of that file system so far, after a sync
    space.bytes_on_the_wire()  bytes on loopback so far, the headers of all layers included
"""
from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from servers import end_with_parent
from tools import tool

BENCH = Path(__file__).resolve().parents[1]
BUILD = BENCH.parent / "build/bench"

disk = Path()
_device = ""


def run(*command: object) -> str:
    done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def enter(megabytes: int = 4000) -> None:
    """Runs this program again in its own namespaces and ends with its exit code; returns only inside."""
    inside = os.environ.get("GUP_BENCH_PLACE")
    if inside is not None:
        _settle(Path(inside))
        return
    if os.geteuid() != 0:
        raise SystemExit("bench: needs root, for its own network and small disk\nhint: sudo make bench")
    BUILD.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the folder is removed
    with tempfile.TemporaryDirectory(dir=BUILD) as place:
        run("truncate", "-s", f"{megabytes}M", f"{place}/image")
        run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", f"{place}/image")
        (Path(place) / "disk").mkdir()
        command = [tool("unshare"), "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, *sys.argv]
        done = subprocess.run(command, env={**os.environ, "GUP_BENCH_PLACE": place}, stdin=subprocess.DEVNULL,
                              preexec_fn=end_with_parent)
    sys.exit(done.returncode)


def _settle(place: Path) -> None:
    global disk
    run("ip", "link", "set", "lo", "up", "mtu", "1500")
    run("ethtool", "-K", "lo", "gso", "off", "tso", "off", "gro", "off")  # so that every packet is sent alone, with its own header
    for name, content in {"resolv.conf": "nameserver 127.0.0.1\n", "nsswitch.conf": "hosts: files dns\n"}.items():
        (place / name).write_text(content)
        run("mount", "--bind", place / name, f"/etc/{name}")
    disk = place / "disk"
    _mount()
    disk.chmod(0o755)
    (disk / "tmp").mkdir()
    tempfile.tempdir = os.environ["TMPDIR"] = str(place)


def _mount() -> None:
    global _device
    run("mount", "-o", "loop,noatime", disk.parent / "image", disk)
    _device = Path(run("findmnt", "-n", "-o", "SOURCE", disk).strip()).name


def forget_disk_cache() -> None:
    """After this, every file of the disk is read from the machine's own disk again."""
    run("umount", disk)
    with open(disk.parent / "image", "rb+") as image:
        os.fsync(image.fileno())
        os.posix_fadvise(image.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    _mount()


def bytes_written() -> int:
    run("sync", "-f", disk)
    return int(Path(f"/sys/block/{_device}/stat").read_text().split()[6]) * 512


def bytes_on_the_wire() -> int:
    line = next(line for line in Path("/proc/net/dev").read_text().splitlines() if line.strip().startswith("lo:"))
    return int(line.split(":")[1].split()[8])
