# SPDX-License-Identifier: Apache-2.0
"""A system call of an update fails: the pair is the old or the new one, a message names file and reason, the next night succeeds.

Normally every 11th call is tried; GUP_EVERY_STEP=1 (make faults) tries all.
"""
from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from faults import FAULTS, MOMENTS, ReferenceUpdate
from gateway import PROJECT, Gateway

sys.path.insert(0, str(PROJECT / "tests/endurance"))
from image import Image  # noqa: E402
from tools import tool  # noqa: E402

STRIDE = 1 if os.environ.get("GUP_EVERY_STEP") else 11

pytestmark = [
    pytest.mark.slow,
    pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own"),
]


@pytest.mark.not_sanitized("the sanitizers' runtime makes its own calls, and ends when one of them fails")
@pytest.mark.parametrize("error", FAULTS)
def test_a_call_that_fails_leaves_the_old_or_the_new_pair(gateway, error):
    update = ReferenceUpdate(gateway)
    points = [point for point in update.points() if point.error == error]
    failed, broken = 0, []
    for point in points[::STRIDE]:
        came, wrong = update.fails_at(point)
        failed += came
        if wrong:
            broken.append(f"{point}: " + "\n".join(wrong))
        update.reset()
    print(f"{error}: {failed} of {len(points)} points")
    assert not broken, f"{len(broken)} of {failed}:\n" + "\n".join(broken)
    assert failed > len(points) / STRIDE / 2 > 1, (failed, len(points))


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_disk_that_fills_up_between_two_steps_truncates_a_file(folder, small, moment):
    gateway = Gateway(small(folder / "disk", "64m"))
    update = ReferenceUpdate(gateway)
    ballast, pages = gateway.folder / "ballast", range(0, 60, 7 if STRIDE > 1 else 1)
    broken, seen = [], set()
    for left in pages:
        update.at(moment, f"head -c $((($(stat -f -c %a {gateway.folder}) - {left}) * 4096)) /dev/zero >{ballast}")
        run = gateway.run("now")
        update.at(moment, "")
        seen.add(run.code)
        wrong = update.judge(run, "ENOSPC", ballast.unlink)
        if wrong:
            broken.append(f"{left} pages left: " + "\n".join(wrong) + str(run))
        update.reset()
    print(f"full after {moment}: {len(pages)} points")
    assert not broken, "\n".join(broken)
    # Behind the hooks the copy of the old code goes away, and what is still to be written is smaller.
    assert seen == ({0} if moment == "post_update" else {0, 1}), "some went through, some did not"


@pytest.fixture
def failing_disk(folder):
    """An ext4 file system that the kernel makes read-only at its first error, as with a failing card."""
    (folder / "image").mkdir()
    try:
        image = Image(folder / "image", 64, "-e", "remount-ro")
    except (OSError, RuntimeError) as error:
        pytest.skip(f"cannot mount an ext4 image here: {error}")
    yield image
    image.stop()


@pytest.fixture
def copy_of_the_mounts(failing_disk):
    """A copy of the mounts, such as another test or a service of this machine makes while the disk is mounted."""
    outside = f"/proc/{os.getppid()}/ns/mnt"  # this process has its own: mounts.py
    copy = subprocess.Popen([tool("nsenter"), f"--mount={outside}", tool("unshare"), "--mount", "sh", "-c", "echo ready; exec sleep 600"],
                            stdout=subprocess.PIPE, text=True)
    assert copy.stdout.readline() == "ready\n"
    yield
    copy.kill()
    copy.communicate()


def test_a_disk_is_mounted_again_after_a_power_loss(failing_disk, copy_of_the_mounts):
    (failing_disk.place / "flushed").write_text("1")
    os.sync()
    (failing_disk.place / "lost").write_text("1")
    failing_disk.cut()
    with pytest.raises(OSError):
        (failing_disk.place / "too-late").write_text("1")
    started = time.monotonic()
    failing_disk.power_on()
    assert time.monotonic() - started < 30, "it waits for a minute where another mount namespace has the disk"
    assert (failing_disk.place / "flushed").read_text() == "1" and not (failing_disk.place / "lost").exists()


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_disk_that_becomes_read_only_between_two_steps(failing_disk, moment):
    update = ReferenceUpdate(Gateway(failing_disk.place / "gateway"))
    os.sync()  # the files so far are on the disk
    trigger = failing_disk.sysfs / "trigger_fs_error"
    update.at(moment, f"echo {moment} >{trigger}")
    run = update.gateway.run("now")

    def mend() -> None:
        failing_disk.power_on()
        update.at(moment, "")

    assert "Read-only file system" in run.out + run.err, run
    assert run.code == 1, run
    assert update.judge(run, "EROFS", mend) == [], run
