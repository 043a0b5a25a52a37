# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the package tests: the packages of dist/, Debian root folders, a gateway in a booted container."""
from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "e2e/support"))

import roots  # noqa: E402
from installed import PROJECT, Root, later  # noqa: E402

VERSION = subprocess.run(["sed", "-n", r"s/^project(gup-agent VERSION \([0-9.]*\).*/\1/p", PROJECT / "CMakeLists.txt"],
                         capture_output=True, text=True, check=True).stdout.strip()
NEXT = "99.0"
# If another folder than dist/ has the packages of only some architectures, the tests of the others are skipped.
PACKAGES = PROJECT / os.environ.get("GUP_PACKAGES", "dist")
HAS_ALL = "GUP_PACKAGES" not in os.environ


def package_of(architecture: str) -> Path:
    package = PACKAGES / f"gup-agent_{VERSION}_{architecture}.deb"
    if not package.exists():
        if HAS_ALL:
            pytest.fail(f"{package} is not there: make deb")
        pytest.skip(f"no package of {architecture} in {PACKAGES}")
    return package


@pytest.fixture(scope="session")
def base():
    folder = Path(tempfile.mkdtemp(prefix="gup-package-", dir=roots.roomy_folder()))
    folder.chmod(0o755)
    yield folder
    if not os.environ.get("GUP_E2E_KEEP"):
        subprocess.run(["rm", "-rf", "--one-file-system", "--", folder], check=True)


@pytest.fixture(scope="session")
def packages(base):
    """For each architecture: the package and a later version of it."""
    made: dict[str, tuple[Path, Path]] = {}

    def packages_of(architecture: str) -> tuple[Path, Path]:
        if architecture not in made:
            package = package_of(architecture)
            folder = base / f"packages-{architecture}"
            folder.mkdir()
            made[architecture] = (package, later(package, folder, NEXT))
        return made[architecture]

    return packages_of


@pytest.fixture
def root_of(base, request):
    """Makes a new root folder: of an architecture, or another one of roots.PACKAGES."""
    made: list[Root] = []

    def make(name: str) -> Root:
        if os.geteuid() != 0:
            pytest.skip("needs root, for root folders")
        package_of(roots.architecture_of(name))
        try:
            made.append(Root(name, Path(tempfile.mkdtemp(dir=base))))
        except roots.CannotMake as error:
            # A mirror need not have another release than this machine's.
            (pytest.skip if roots.suite_of(name) != "bookworm" else pytest.fail)(str(error))
        return made[-1]

    yield make
    for root in made:
        subprocess.run(["rm", "-rf", "--one-file-system", "--", root.folder], check=True)
