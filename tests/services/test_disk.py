# SPDX-License-Identifier: Apache-2.0
"""A disk that is full, or that fails, below the folder of units: the old set runs on as a whole, and the next run goes on."""
from __future__ import annotations

import pytest

from tools import tool
from versions import EVERY, Versions, is_whole

PLACE = "/etc/containers"


@pytest.fixture
def versions(device, images):
    """The folder of units is a small file system."""
    tree = device.tree
    tree.must("sh", "-c", f"cp -a {PLACE} /etc/copy && mount -t tmpfs -o size=256k,mode=755 units {PLACE} && cp -a /etc/copy/. {PLACE}/")
    made = Versions(device, images)
    device.now().must("gw", code=0, outcome="updated")
    return made


def other_of(versions) -> str:
    target = "one" if versions.version() == "two" else "two"
    versions.push(target)
    return target


def test_a_full_disk_leaves_the_old_set(versions):
    device, tree, flaws, codes = versions.device, versions.device.tree, [], set()
    for left in range(0, 20, 1 if EVERY else 6):
        before, target = versions.version(), other_of(versions)
        tree.must("sh", "-c", f"head -c $((($(stat -f -c %a {PLACE}) - {left}) * 4096)) /dev/zero >{PLACE}/ballast")
        run = device.now("--retry", "gw")
        codes.add(run.code)
        found = versions.version()
        if found != (target if run.code == 0 else before):
            flaws.append(f"{left} pages left: {found} instead of {before}: {run.out} {run.err}")
        if run.code != 0 and "no space left on device" not in run.connectors["gw"]["reason"].lower():  # podman's or the agent's
            flaws.append(f"{left} pages left: {run.connectors['gw']['reason']}")
        tree.must("rm", f"{PLACE}/ballast")
        device.now("--retry", "gw").must("gw", code=0)
        if versions.version() != target:
            flaws.append(f"{left} pages left, the next run: {versions.version()}")
    assert flaws == [] and codes == {0, 1}


@pytest.mark.parametrize("call", ["renameat2", "mkdir", "syncfs", "symlink", "unlinkat", "rmdir"])
def test_a_call_that_fails_leaves_one_whole_set(versions, call):
    device, flaws, failed = versions.device, [], 0
    trace = device.folder / "trace"
    for number in range(1, 30 if EVERY else 3):
        target = other_of(versions)
        run = device.now("--retry", "gw", wrapper=[
            tool("strace"), "-f", "-b", "execve", "-qq", "-o", str(trace), "-e", f"trace={call}",
            "-e", f"inject={call}:error=EIO:when={number}"])
        if "(INJECTED)" not in trace.read_text():
            break
        failed += 1
        if run.code not in (0, 1):
            flaws.append(f"{call} {number}: {run}")
        flaws += [f"{call} {number}: {flaw}" for flaw in is_whole(versions, device.run("recover"))]
        done = device.now("--retry", "gw")
        if done.code != 0 or versions.version() != target:
            flaws.append(f"{call} {number}, the next run: {versions.version()}: {done.out} {done.err}")
    assert flaws == [] and failed > 0
