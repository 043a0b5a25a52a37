# SPDX-License-Identifier: Apache-2.0
"""A file system that loses its power: an ext4 image on a loop device that is shut down without flushing its journal."""
from __future__ import annotations

import fcntl
import os
import struct
import subprocess
import time
from pathlib import Path

EXT4_IOC_SHUTDOWN = 0x8004587D
NO_LOG_FLUSH = 2


def run(*command: object) -> None:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")


class Image:
    """`file` contains the image, `place` is its mount point. The caller of mount() must call stop()."""

    def __init__(self, folder: Path, megabytes: int, *options: str):
        self.file, self.place, self.pristine = folder / "disk.img", folder / "disk", folder / "pristine.img"
        self.place.mkdir()
        with open(self.file, "wb") as file:
            file.truncate(megabytes << 20)
        run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", *options, self.file)
        self.mount()

    @property
    def sysfs(self) -> Path:
        device = subprocess.run(["findmnt", "-no", "SOURCE", str(self.place)], check=True, capture_output=True, text=True).stdout.strip()
        return Path("/sys/fs/ext4") / Path(device).name

    def mount(self) -> None:
        run("mount", "-o", "loop", self.file, self.place)

    def unmount(self) -> None:
        """Waits for the last process that has a file open in it. Without power such a process ends by itself.

        Then checks that no other mount namespace has a copy of the mount (mounts.py). With such a copy, the next mount would get
        the file system that was shut down.
        """
        end = time.monotonic() + 60
        mounted = self.sysfs
        while True:
            try:
                run("umount", self.place)
                break
            except RuntimeError as error:
                if "busy" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.02)
        while mounted.exists():
            if time.monotonic() > end:
                raise RuntimeError(f"{self.place} is unmounted, but {mounted} still exists: another mount namespace has it")
            time.sleep(0.02)

    def keep(self) -> None:
        """Keeps the current content for restore()."""
        self.unmount()
        run("cp", "--sparse=always", self.file, self.pristine)
        self.mount()

    def restore(self) -> None:
        self.unmount()
        run("cp", "--sparse=always", self.pristine, self.file)
        self.mount()

    def cut(self) -> None:
        """From now on no write reaches the disk, and data that was not flushed is lost."""
        folder = os.open(self.place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NO_LOG_FLUSH))
        finally:
            os.close(folder)

    def power_on(self) -> None:
        self.unmount()
        self.mount()

    def stop(self) -> None:
        if os.path.ismount(self.place):
            self.unmount()
