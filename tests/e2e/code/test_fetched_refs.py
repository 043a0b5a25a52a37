# SPDX-License-Identifier: Apache-2.0
"""The refs that a fetch sets: renamed tags and branches whose names are in each other's way, remote.<name>.tagOpt."""
from __future__ import annotations

import pytest

from gateway import git


def log_of(gateway) -> str:
    return "\n".join(gateway.log_lines())


def rename_tag(remote, old: str, new: str) -> None:
    remote.git("tag", "-d", old)
    remote.git("push", "-q", "origin", f":refs/tags/{old}")
    remote.tag(new)


@pytest.mark.parametrize("packed", ["loose", "packed"])
@pytest.mark.parametrize("scheme", ["file", "http"])
@pytest.mark.parametrize("old, new", [("v1", "v1/rc"), ("v1/rc", "v1"), ("a/b/c", "a"), ("a", "a/b/c")])
def test_a_renamed_tag_does_not_stop_updates(gateway, web, old, new, scheme, packed):
    connector = gateway.connector("meter", files={"main.py": "1\n"}, url=web.http if scheme == "http" else None)
    connector.remote.tag(old)
    connector.push({"main.py": "2\n"})
    connector.git("fetch", "-q", "--tags", connector.remote.bare)
    if packed == "packed":
        connector.git("pack-refs", "--all")
    mine = connector.git("rev-parse", old)
    rename_tag(connector.remote, old, new)
    commit = connector.push({"main.py": "3\n"})
    connector.remote.tag("another")
    run = gateway.now()
    run.must("meter", code=0, outcome="updated", commit=commit)
    assert connector.git("rev-parse", old) == mine, "a tag of a person is not removed"
    assert connector.git("rev-parse", "another") == commit, "the other tags come"
    said = log_of(gateway)
    assert f"the tag {old} is here" in said and f"tag -d {old}" in said, said
    # The hint works when it is followed.
    connector.git("tag", "-d", old)
    commit = connector.push({"main.py": "4\n"})
    gateway.now().must("meter", outcome="updated")
    assert connector.git("tag", "--list", new) == new
    assert connector.git("fsck", "--strict") == ""


@pytest.mark.parametrize("packed", ["loose", "packed"])
@pytest.mark.parametrize("scheme", ["file", "http"])
@pytest.mark.parametrize("old, new", [("feature", "feature/x"), ("feature/x", "feature"), ("feature/x/y", "feature")])
def test_a_renamed_branch_of_the_remote_is_followed(gateway, web, old, new, scheme, packed):
    connector = gateway.connector("meter", files={"main.py": "1\n"}, url=web.http if scheme == "http" else None)
    remote = connector.remote
    remote.git("push", "-q", "origin", f"HEAD:refs/heads/{old}")
    connector.git("fetch", "-q", remote.bare, "+refs/heads/*:refs/remotes/origin/*")
    if packed == "packed":
        connector.git("pack-refs", "--all", "--prune")
    remote.git("push", "-q", "origin", f":refs/heads/{old}")
    remote.git("push", "-q", "origin", f"HEAD:refs/heads/{new}")
    connector.git("config", "branch.main.merge", f"refs/heads/{new}")
    (remote.author / "main.py").write_text("2\n")
    remote.git("commit", "-q", "-a", "-m", "Second")
    remote.git("push", "-q", "origin", f"HEAD:refs/heads/{new}")
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert connector.read("main.py") == "2\n"
    assert connector.git("rev-parse", f"refs/remotes/origin/{new}") == connector.head
    assert git("-C", connector.path, "rev-parse", "-q", "--verify", f"refs/remotes/origin/{old}", check=False) == ""
    assert f"removed refs/remotes/origin/{old}" in log_of(gateway)
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_a_renamed_branch_of_a_submodule_is_followed(gateway):
    inner = gateway.remote("inner")
    inner.push({"lib.py": "1\n"})
    inner.git("push", "-q", "origin", "HEAD:refs/heads/feature")
    connector = gateway.connector("meter")
    connector.remote.git("submodule", "--quiet", "add", inner.bare.as_uri(), "sub")
    connector.push()
    gateway.now().must("meter", code=0, outcome="updated")
    inner.git("push", "-q", "origin", ":refs/heads/feature")
    new = inner.push({"lib.py": "2\n"}, branch="feature/x")
    git("-C", connector.remote.author / "sub", "fetch", "-q", "--prune")
    git("-C", connector.remote.author / "sub", "checkout", "-q", new)
    connector.push()
    gateway.now().must("meter", code=0, outcome="updated")
    assert connector.read("sub/lib.py") == "2\n"


def test_empty_folders_of_old_refs_are_no_obstacle(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    for folder in ("refs/tags/v1/rc", "refs/remotes/origin/main/old", "logs/refs/remotes/origin/main/old"):
        place = connector.path / ".git" / folder
        for taken in (place.parent,):
            if taken.is_file():
                taken.unlink()
        place.mkdir(parents=True)
    connector.push({"main.py": "2\n"})
    connector.remote.tag("v1")
    gateway.now().must("meter", code=0, outcome="updated")
    assert connector.git("tag") == "v1" and connector.git("rev-parse", "origin/main") == connector.head


def test_check_tells_the_update_that_renamed_refs_allow(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.git("tag", "v1")
    connector.push({"main.py": "2\n"})
    connector.remote.tag("v1/rc")
    assert gateway.check().code == 10


@pytest.mark.parametrize("scheme", ["file", "http"])
@pytest.mark.parametrize("option", ["--no-tags", "--tags", "nonsense", ""])
def test_tag_opt_is_that_of_git(gateway, web, option, scheme):
    connector = gateway.connector("meter", files={"main.py": "1\n"}, url=web.http if scheme == "http" else None)
    remote = connector.remote
    reference = gateway.clone("../reference", remote, url=lambda path: path.as_uri())
    remote.push({"side": "1\n"}, branch="side")
    remote.tag("on-side", annotated=True)
    remote.git("checkout", "-q", "main")
    connector.push({"main.py": "2\n"})
    remote.tag("light")
    remote.tag("heavy", annotated=True)
    reference.git("config", "remote.origin.fetch", "+refs/heads/main:refs/remotes/origin/main")
    for one in (connector, reference):
        one.git("config", "remote.origin.tagOpt", option)
    gateway.now().must("meter", outcome="updated")
    reference.git("pull", "-q", "--ff-only")
    assert connector.git("tag").split() == reference.git("tag").split()


def test_tag_opt_of_another_remote_does_not_matter(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.git("config", "remote.other.tagOpt", "--no-tags")
    connector.push({"main.py": "2\n"})
    connector.remote.tag("v1")
    gateway.now().must("meter", outcome="updated")
    assert connector.git("tag") == "v1"
