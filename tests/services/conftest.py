# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests with real podman and systemd: booted trees with a registry and images, and gateways in them.

    def test_something(device):
        gw = device.connector("gw", files={"services/web/compose.yaml": "…"})
        run = device.now()
        assert device.tree.active("web-web.service") == "active"
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e/support")]

from device import Device  # noqa: E402
from gateway import AGENT, is_sanitized  # noqa: E402
from images import SLEEP, WEB, Registry  # noqa: E402
from tree import CannotBoot, Tree, check_machine, roots, unpack  # noqa: E402


@pytest.fixture(scope="session")
def machine_can_boot() -> None:
    if len(AGENT) > 1:
        pytest.skip("an emulated agent cannot run in the tree")
    if is_sanitized():
        pytest.skip("the sanitizer's libraries are not in the tree")
    try:
        check_machine()
        roots.tarball("services-trixie")
    except (CannotBoot, roots.CannotMake) as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def base(machine_can_boot):
    folder = Path(tempfile.mkdtemp(prefix="gup-services-", dir=roots.roomy_folder()))
    folder.chmod(0o755)
    yield folder
    if not os.environ.get("GUP_E2E_KEEP"):
        subprocess.run(["rm", "-rf", "--one-file-system", "--", folder], check=True)


class Images:
    """What the registry of each tree has."""

    def __init__(self, registry: Registry):
        self.one = registry.web("1", "one")
        self.two = registry.web("2", "two")
        # Ends at once.
        self.crash = registry.web("crash", "crash", "exit 7\n")
        # Runs, and never serves a page.
        self.sick = registry.web("sick", "sick", SLEEP)
        self.stubborn = registry.web("stubborn", "stubborn", WEB.replace("'exit 0' TERM", "'' TERM"))
        self.sleep = registry.push("sleep:1", SLEEP)
        # Writes its arguments and environment to /out, each ended by a NUL, and sleeps.
        self.show = registry.push("show:1", 'cat /proc/$$/cmdline >/out/arguments\ncat /proc/$$/environ >/out/environment\n' + SLEEP,
                                  entrypoint=["/bin/sh", "/run.sh"])


@pytest.fixture(scope="session")
def template(base):
    """A tree that is off, with images in its registry. Copies of it are booted."""
    folder = base / "template"
    unpack(folder)
    tree = Tree(folder, f"{os.getpid()}-template")
    tree.file("/usr/bin/gup-agent").write_bytes(Path(AGENT[-1]).read_bytes())
    tree.file("/usr/bin/gup-agent").chmod(0o755)
    with tree.popen_before_boot("useradd", "--create-home", "pi") as done:
        assert done.wait() == 0
    tree.write("/var/lib/systemd/linger/pi", "")
    registry = Registry(tree)
    registry.set_up()
    try:
        tree.start()
        registry.wait()
        images = Images(registry)
    finally:
        tree.stop()
    shutil.rmtree(tree.file("/srv/images"), ignore_errors=True)
    return folder, images


class Copies:
    def __init__(self, base: Path, template: Path):
        self.base, self.template, self.number = base, template, 0

    def make(self) -> tuple[Path, Tree]:
        self.number += 1
        folder = self.base / str(self.number)
        (folder / "gateway").mkdir(parents=True)
        subprocess.run(["cp", "-a", "--reflink=auto", self.template / "root", folder / "root"], check=True)
        tree = Tree(folder, f"{os.getpid()}-{self.number}", shared=(folder / "gateway",))
        tree.start()
        Registry(tree).wait()
        return folder, tree

    def remove(self, folder: Path, tree: Tree) -> None:
        tree.stop()
        if not os.environ.get("GUP_E2E_KEEP"):
            subprocess.run(["rm", "-rf", "--one-file-system", "--", folder], check=True)


@pytest.fixture(scope="session")
def copies(base, template):
    return Copies(base, template[0])


@pytest.fixture(scope="session")
def images(template) -> Images:
    return template[1]


@pytest.fixture
def tree(copies):
    """A booted tree for one test."""
    folder, tree = copies.make()
    yield tree
    copies.remove(folder, tree)


@pytest.fixture(scope="module")
def shared_tree(copies):
    """A booted tree for all tests of a file: each has its own names of units and containers."""
    folder, tree = copies.make()
    yield tree
    copies.remove(folder, tree)


@pytest.fixture
def device(tree):
    """A gateway in a tree of its own."""
    return Device(tree, tree.shared[0])


@pytest.fixture
def registry(tree):
    return Registry(tree)
