# SPDX-License-Identifier: Apache-2.0
"""Submodules whose folder moves, or is away while their repository is still in .git/modules."""
from __future__ import annotations

import shutil

import pytest

from gateway import git


@pytest.fixture
def site(gateway):
    """A connector with the submodule `sub`, as git clone --recurse-submodules makes it."""
    inner = gateway.remote("lib")
    inner.push({"lib.py": "1\n"})
    connector = gateway.connector("meter")
    connector.remote.git("submodule", "--quiet", "add", inner.bare.as_uri(), "sub")
    connector.push()
    connector.git("pull", "-q", connector.remote.bare)
    connector.git("submodule", "--quiet", "update", "--init")
    connector.inner = inner
    return connector


@pytest.mark.parametrize("to", ["moved", "vendor/deep/sub"])
def test_a_submodule_that_git_mv_has_moved(gateway, site, to):
    (site.remote.author / to).parent.mkdir(parents=True, exist_ok=True)
    site.remote.git("mv", "sub", to)
    new = site.push()
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert site.read(f"{to}/lib.py") == "1\n"
    assert git("-C", site.path / to, "status", "--porcelain") == ""
    site.inner.push({"lib.py": "2\n"})
    git("-C", site.remote.author / to, "pull", "-q", site.inner.bare, "main")
    new = site.push()
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert site.read(f"{to}/lib.py") == "2\n"


def removed(connector) -> None:
    shutil.rmtree(connector.path / "sub")


def emptied(connector) -> None:
    removed(connector)
    (connector.path / "sub").mkdir()


def deinitialized(connector) -> None:
    connector.git("submodule", "--quiet", "deinit", "--force", "sub")


@pytest.mark.parametrize("damage", [removed, emptied, deinitialized])
def test_a_submodule_whose_folder_is_away_comes_back(gateway, site, damage):
    """Its commits that are on no branch are kept."""
    git("-C", site.path / "sub", "commit", "-q", "--allow-empty", "-m", "By a person")
    mine = git("-C", site.path / "sub", "rev-parse", "HEAD")
    damage(site)
    gateway.now().must("meter", code=0)
    assert site.read("sub/lib.py") == "1\n"
    assert site.changes == ""
    assert mine in git("-C", site.path / "sub", "for-each-ref")
