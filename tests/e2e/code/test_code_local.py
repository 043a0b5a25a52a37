# SPDX-License-Identifier: Apache-2.0
"""Repositories with local settings, flags, half-done work, and unusual clones."""
from __future__ import annotations

import pytest

from completed import Has
from gateway import Connector, git


def test_an_update_that_a_person_has_already_fetched(gateway):
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    connector.git("fetch", "-q")
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.changes == ""


def test_a_tracking_branch_that_is_missing(gateway):
    connector = gateway.connector("meter")
    connector.git("update-ref", "-d", "refs/remotes/origin/main")
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.git("rev-parse", "origin/main") == new


def test_packed_refs_and_objects(gateway):
    connector = gateway.connector("meter")
    connector.git("gc", "-q")
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.changes == "" and connector.git("fsck") == ""


def test_a_merge_and_an_empty_commit_are_fast_forwards_too(gateway):
    connector = gateway.connector("meter")
    remote = connector.remote
    remote.push({"side": "1\n"}, branch="side")
    remote.git("checkout", "-q", "main")
    remote.push({"main": "1\n"})
    remote.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    merged = remote.push()
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == merged and connector.read("side") == "1\n" and connector.changes == ""
    empty = remote.push({}, "Empty")
    gateway.now().must("meter", outcome="updated")
    assert connector.head == empty


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_a_file_hidden_from_git_keeps_its_local_content(gateway, flag):
    connector = gateway.connector("meter", files={"settings.ini": "default\n", "main.py": "1\n"})
    connector.git("update-index", flag, "settings.ini")
    (connector.path / "settings.ini").write_text("of this gateway\n")
    new = connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.read("settings.ini") == "of this gateway\n"
    assert connector.git("ls-files", "-v", "settings.ini")[0] in "Sh", "git still looks away"
    connector.push({"settings.ini": "another default\n"})
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("settings.ini"))
    assert connector.read("settings.ini") == "of this gateway\n" and connector.head == new


def test_a_local_tag_is_not_overwritten(gateway):
    connector = gateway.connector("meter")
    connector.git("tag", "1.0")
    mine = connector.head
    new = connector.push({"new": "1\n"})
    connector.remote.tag("1.0")
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.git("rev-parse", "1.0") == mine


def test_a_url_that_the_user_s_configuration_rewrites(gateway):
    connector = gateway.connector("meter", url=lambda path: f"company:{path.name}")
    (gateway.home / ".gitconfig").write_text(f'[url "{gateway.folder.as_uri()}/remotes/"]\n\tinsteadOf = company:\n')
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_file_modes_do_not_matter_where_git_ignores_them(gateway):
    connector = gateway.connector("meter", files={"run.sh": "1\n"})
    connector.git("config", "core.fileMode", "false")
    (connector.path / "run.sh").chmod(0o755)
    new = connector.push({"run.sh": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.changes == ""


def test_line_endings_follow_core_autocrlf(gateway):
    connector = gateway.connector("meter", files={"a.txt": "1\n", "b.txt": "1\n"})
    connector.git("config", "core.autocrlf", "true")
    connector.push({"a.txt": "2\n", "c.txt": "3\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.read("a.txt") == "2\r\n" and connector.read("c.txt") == "3\r\n"
    assert connector.changes == ""


def test_touching_a_file_without_changing_it_is_no_change(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    (connector.path / "main.py").write_text("1\n")
    new = connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.read("main.py") == "2\n"


def test_a_change_of_the_same_size_in_the_same_second_is_seen(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.push({"main.py": "2\n"})
    gateway.now()
    (connector.path / "main.py").write_text("9\n")
    connector.push({"main.py": "3\n"})
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("main.py"))
    assert connector.read("main.py") == "9\n"


def test_a_stash_survives(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    (connector.path / "main.py").write_text("stashed\n")
    connector.git("stash", "-q")
    connector.push({"other.py": "1\n"})
    gateway.now().must("meter", outcome="updated")
    connector.git("stash", "pop", "-q")
    assert connector.read("main.py") == "stashed\n"


@pytest.mark.parametrize("kind", ["partial", "sha256", "sparse"])
def test_a_clone_of_an_unusual_kind_is_never_broken(gateway, kind):
    name = "meter"
    if kind == "sha256":
        git("init", "-q", "--object-format=sha256", gateway.root / name)
        (gateway.root / name / "gupfile").write_text("")
        run = gateway.now()
        assert run["meter"]["outcome"] in ("failed", "skipped") and run["meter"]["reason"], run
        return
    origin = gateway.connector("origin", files={"main.py": "1\n", "docs/big.txt": "1\n" * 1000})
    git("-C", origin.remote.bare, "config", "uploadpack.allowFilter", "true")
    connector = Connector(name, gateway.root / name, origin.remote)
    options = ["--filter=blob:none"] if kind == "partial" else []
    git("clone", "-q", *options, origin.remote.bare.as_uri(), connector.path)
    if kind == "sparse":
        connector.git("sparse-checkout", "set", "--no-cone", "/*", "!/docs/")
    before, head = connector.snapshot(), connector.head
    new = origin.push({"main.py": "2\n", "docs/big.txt": "2\n" * 1000, "docs/new.txt": "2\n"})
    run = gateway.now(name)
    if run["meter"]["outcome"] == "updated":
        assert connector.head == new and connector.read("main.py") == "2\n" and connector.changes == ""
        assert kind != "sparse" or not (connector.path / "docs").exists(), "what is left out stays out"
    else:
        assert run["meter"]["reason"] and (connector.snapshot(), connector.head) == (before, head), run


def test_hooks_of_the_repository_are_not_run(gateway):
    connector = gateway.connector("meter")
    for hook in ("post-checkout", "post-merge", "reference-transaction", "fsmonitor-watchman"):
        path = connector.path / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {gateway.folder}/ran\n")
        path.chmod(0o755)
    connector.git("config", "core.fsmonitor", connector.path / ".git/hooks/fsmonitor-watchman")
    (gateway.folder / "ran").unlink(missing_ok=True)
    connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert not (gateway.folder / "ran").exists()
