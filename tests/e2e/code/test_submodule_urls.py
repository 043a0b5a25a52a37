# SPDX-License-Identifier: Apache-2.0
"""The URLs of submodules: those that .gitmodules declares are followed, those of the operator stay."""
from __future__ import annotations

import shutil

import pytest

from completed import Has
from gateway import Remote, git


class Site:
    """A connector with a submodule `sub` whose repository moves from remotes/old to remotes/new."""

    def __init__(self, gateway, relative: bool = False):
        self.gateway = gateway
        self.inner = Remote(gateway.folder / "remotes/old/lib.git", gateway.folder / "authors/lib")
        self.inner.push({"lib.py": "1\n"})
        self.outer = Remote(gateway.folder / "remotes/outer.git", gateway.folder / "authors/outer")
        self.outer.push({"gupfile": "", "main.py": "1\n"})
        self.outer.git("submodule", "--quiet", "add", self.inner.bare.as_uri(), "sub")
        self.declare("../old/lib.git" if relative else self.inner.bare.as_uri())
        self.outer.push()
        self.connector = gateway.clone("meter", self.outer)
        self.connector.git("submodule", "--quiet", "update", "--init")
        self.moved = gateway.folder / "remotes/new/lib.git"

    def declare(self, url: str) -> None:
        self.outer.git("config", "-f", ".gitmodules", "submodule.sub.url", url)

    def move(self, url: str | None = None, keep_old: bool = False) -> str:
        """The repository moves, the next commit says so, and names a commit that only the new place has."""
        shutil.copytree(self.inner.bare, self.moved)
        if not keep_old:
            shutil.rmtree(self.inner.bare)
        author = self.outer.author / "sub"
        (author / "lib.py").write_text("2\n")
        git("-C", author, "commit", "-q", "-a", "-m", "Second")
        git("-C", author, "push", "-q", self.moved, "HEAD:refs/heads/main")
        self.declare(url or self.moved.as_uri())
        return self.outer.push()

    def urls(self) -> tuple[str, str]:
        """Those of the outer repository's configuration and of the submodule's remote."""
        return (self.connector.git("config", "submodule.sub.url"), git("-C", self.connector.path / "sub", "config", "remote.origin.url"))


@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("keep_old", [False, True])
def test_a_submodule_that_moved_is_followed(gateway, relative, keep_old):
    site = Site(gateway, relative)
    new = site.move("../new/lib.git" if relative else None, keep_old)
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert site.connector.read("sub/lib.py") == "2\n"
    assert site.urls() == (site.moved.as_uri(), site.moved.as_uri())
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_a_submodule_that_the_agent_itself_has_cloned(gateway):
    site = Site(gateway)
    shutil.rmtree(site.connector.path / "sub")
    shutil.rmtree(site.connector.path / ".git/modules")
    site.connector.git("config", "--remove-section", "submodule.sub")
    gateway.now().must("meter", code=0)
    assert site.connector.read("sub/lib.py") == "1\n"
    new = site.move()
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert site.connector.read("sub/lib.py") == "2\n"


def test_two_moves_in_one_night(gateway):
    site = Site(gateway)
    site.declare("https://between.example/lib.git")
    site.outer.push()
    new = site.move()
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert site.urls() == (site.moved.as_uri(), site.moved.as_uri())


def test_a_pull_by_hand_that_forgot_the_submodule(gateway):
    site = Site(gateway)
    site.move()
    site.connector.git("pull", "-q", "--ff-only", "--no-recurse-submodules")
    gateway.now().must("meter", code=0, outcome="updated")
    assert site.connector.read("sub/lib.py") == "2\n"


@pytest.mark.parametrize("where", ["outer", "inner", "both"])
def test_a_url_that_the_operator_set_stays(gateway, where):
    site = Site(gateway)
    mirror = gateway.folder / "remotes/mirror/lib.git"
    new = site.move("https://unreachable.example/lib.git")
    shutil.copytree(site.moved, mirror)
    shutil.rmtree(site.moved)
    if where != "inner":
        site.connector.git("config", "submodule.sub.url", mirror.as_uri())
    if where != "outer":
        git("-C", site.connector.path / "sub", "config", "remote.origin.url", mirror.as_uri())
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert site.connector.read("sub/lib.py") == "2\n"
    outer, inner = site.urls()
    assert inner == mirror.as_uri()
    assert where == "inner" or outer == mirror.as_uri()


def test_a_url_of_the_operator_that_does_not_work_is_named_with_the_way_out(gateway):
    site = Site(gateway)
    site.connector.git("config", "submodule.sub.url", (gateway.folder / "remotes/gone.git").as_uri())
    site.move()
    before = site.connector.head
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("sub", "gone.git"), hint=Has("submodule sync sub"))
    assert site.connector.head == before and site.urls()[0].endswith("gone.git")


def test_nested_submodules_whose_urls_are_relative_to_the_one_that_moved(gateway):
    nested = Remote(gateway.folder / "remotes/old/nested.git", gateway.folder / "authors/nested")
    nested.push({"deep.py": "1\n"})
    site = Site(gateway)
    site.inner.git("submodule", "--quiet", "add", nested.bare.as_uri(), "nested")
    site.inner.git("config", "-f", ".gitmodules", "submodule.nested.url", "../nested.git")
    site.inner.push()
    git("-C", site.outer.author / "sub", "pull", "-q")
    site.outer.push()
    gateway.now().must("meter", code=0, outcome="updated")
    assert site.connector.read("sub/nested/deep.py") == "1\n"
    # Both move, and the nested one has a new commit there.
    new_home = gateway.folder / "remotes/new"
    shutil.copytree(nested.bare, new_home / "nested.git")
    git("-C", nested.author, "config", "remote.origin.url", new_home / "nested.git")
    wanted = nested.push({"deep.py": "2\n"})
    author = site.outer.author / "sub"
    git("-C", author, "-c", "protocol.file.allow=always", "submodule", "--quiet", "update", "--init")
    git("-C", author / "nested", "fetch", "-q", new_home / "nested.git", "main")
    git("-C", author / "nested", "checkout", "-q", wanted)
    shutil.rmtree(nested.bare)
    git("-C", author, "add", "nested")
    new = site.move()
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert site.connector.read("sub/nested/deep.py") == "2\n"
    assert git("-C", site.connector.path / "sub", "config", "submodule.nested.url") == (new_home / "nested.git").as_uri()


def test_the_mode_of_the_configuration_stays(gateway):
    site = Site(gateway)
    (site.connector.path / ".git/config").chmod(0o600)
    new = site.move()
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert (site.connector.path / ".git/config").stat().st_mode & 0o777 == 0o600
