# SPDX-License-Identifier: Apache-2.0
"""Repositories that cannot be followed: each has its own outcome and stays unchanged."""
from __future__ import annotations

import pytest

from completed import Has
from gateway import Connector, git, snapshot


def left_alone(gateway, connector, outcome, *words):
    """Runs now and asserts the outcome and words of the reason, and that the connector is unchanged."""
    before = connector.snapshot()
    head = (connector.path / ".git/HEAD").read_bytes() if (connector.path / ".git/HEAD").exists() else None
    refs = git("-C", connector.path, "for-each-ref", "refs/heads", check=False)
    run = gateway.now(connector.name)
    run.must(connector.name, outcome=outcome)
    assert run.code == (1 if outcome == "failed" else 0), run
    reason = run[connector.name]["reason"]
    for word in words:
        assert word in reason, run
    assert connector.snapshot() == before
    if head is not None:
        assert (connector.path / ".git/HEAD").read_bytes() == head
    assert git("-C", connector.path, "for-each-ref", "refs/heads", check=False) == refs
    run.must(connector.name, actions=[])
    return run[connector.name]


@pytest.fixture
def connector(gateway):
    """A connector that is one commit behind."""
    made = gateway.connector("meter", files={"main.py": "1\n"})
    made.push({"main.py": "2\n"})
    return made


def test_a_diverged_branch_fails(gateway, connector):
    (connector.path / "local").write_text("local\n")
    connector.git("add", "-A")
    connector.git("commit", "-q", "-m", "Local")
    item = left_alone(gateway, connector, "failed", "local commit", connector.head[:7], "origin/main")
    assert item["hint"]


def test_a_rewound_remote_fails(gateway, connector):
    first = connector.head
    gateway.now()
    assert connector.head != first
    connector.remote.rewind(first)
    left_alone(gateway, connector, "failed")
    connector.push({"main.py": "3\n"}, "Rewritten")
    item = left_alone(gateway, connector, "failed")
    assert item["hint"]


def test_local_commits_ahead_of_the_upstream_are_fine(gateway):
    connector = gateway.connector("meter")
    (connector.path / "local").write_text("local\n")
    connector.git("add", "-A")
    connector.git("commit", "-q", "-m", "Local")
    left_alone(gateway, connector, "unchanged")


def test_a_detached_head_is_skipped(gateway, connector):
    connector.git("checkout", "-q", "--detach")
    left_alone(gateway, connector, "skipped", "detached")


def test_a_branch_without_upstream_is_skipped(gateway, connector):
    connector.git("checkout", "-q", "-b", "experiment", "--no-track")
    left_alone(gateway, connector, "skipped", "upstream", "experiment")


def test_a_repository_without_remote_is_skipped(gateway, connector):
    connector.git("remote", "remove", "origin")
    left_alone(gateway, connector, "skipped")


def test_an_unborn_branch_is_skipped(gateway, connector):
    path = gateway.root / "unborn"
    git("init", "-q", path)
    (path / "gupfile").write_text("")
    left_alone(gateway, Connector("unborn", path, connector.remote), "skipped", "commit")


def test_a_bare_repository_fails(gateway, connector):
    path = gateway.root / "bare"
    git("clone", "-q", "--bare", connector.remote.bare, path)
    (path / "gupfile").write_text("")
    left_alone(gateway, Connector("bare", path, connector.remote), "failed", "bare")


def test_a_corrupt_repository_fails_and_the_others_go_on(gateway, connector):
    good = gateway.connector("other")
    good.push({"new": "new\n"})
    (connector.path / ".git/HEAD").write_bytes(b"\0\0\0\0")
    run = gateway.now()
    assert run.code == 1, run
    assert run.outcomes() == {"meter": "failed", "other": "updated"}, run
    assert "corrupt" in run["meter"]["reason"] or "cannot" in run["meter"]["reason"], run


def test_a_repository_that_lost_its_objects_fails(gateway, connector):
    for file in (connector.path / ".git/objects").rglob("*"):
        if file.is_file():
            file.unlink()
    left_alone(gateway, connector, "failed")


def test_a_stale_index_lock_fails_and_is_named(gateway, connector):
    (connector.path / ".git/index.lock").touch()
    item = left_alone(gateway, connector, "failed", "index.lock")
    assert item["hint"]
    assert (connector.path / ".git/index.lock").exists(), "a person may be at work"


def test_a_lock_that_the_agent_could_not_remove_is_removed_by_the_next_run(gateway, connector):
    assert gateway.now()["meter"]["outcome"] == "updated"
    lock = connector.path / ".git/index.lock"
    lock.write_text("gup-agent\n")
    gateway.check()
    assert lock.exists(), "a look changes nothing"
    run = gateway.now()
    assert run["meter"]["outcome"] == "unchanged", run
    assert not lock.exists()



def test_a_pending_merge_is_skipped(gateway, connector):
    connector.git("checkout", "-q", "-b", "side")
    (connector.path / "main.py").write_text("side\n")
    connector.git("commit", "-q", "-a", "-m", "Side")
    connector.git("checkout", "-q", "main")
    (connector.path / "main.py").write_text("main\n")
    connector.git("commit", "-q", "-a", "-m", "Main")
    connector.git("merge", "side", check=False)
    assert (connector.path / ".git/MERGE_HEAD").exists()
    left_alone(gateway, connector, "skipped", "merge")


def test_a_pending_rebase_is_skipped(gateway, connector):
    (connector.path / "main.py").write_text("local\n")
    connector.git("commit", "-q", "-a", "-m", "Local")
    connector.git("fetch", "-q")
    connector.git("rebase", "origin/main", check=False)
    assert (connector.path / ".git/rebase-merge").exists()
    left_alone(gateway, connector, "skipped")


def test_a_branch_deleted_on_the_remote_fails(gateway, connector):
    connector.remote.push({"other": "1\n"}, branch="other")
    git("-C", connector.remote.bare, "symbolic-ref", "HEAD", "refs/heads/other")
    connector.remote.git("push", "-q", "origin", ":refs/heads/main")
    left_alone(gateway, connector, "failed", "main")


def test_a_remote_that_is_gone_fails(gateway, connector):
    connector.remote.bare.rename(gateway.folder / "gone.git")
    good = gateway.connector("other")
    good.push({"new": "1\n"})
    run = gateway.now()
    assert run.code == 1, run
    assert run.outcomes() == {"meter": "failed", "other": "updated"}, run


def test_the_branch_of_a_toml_gupfile_is_wanted(gateway):
    connector = gateway.connector("meter", '[connector]\nbranch = "stable"\n')
    connector.push({"new": "1\n"})
    left_alone(gateway, connector, "skipped", "stable", "main")


def test_the_branch_of_a_toml_gupfile_is_followed(gateway):
    connector = gateway.connector("meter", '[connector]\nbranch = "stable"\n')
    connector.remote.push({}, branch="stable")
    connector.git("fetch", "-q")
    connector.git("checkout", "-q", "stable")
    new = connector.push({"new": "1\n"}, branch="stable")
    run = gateway.now()
    run.must("meter", outcome="updated", branch="stable")
    assert connector.head == new


def test_an_upstream_of_another_name_is_followed(gateway):
    connector = gateway.connector("meter")
    connector.remote.push({}, branch="release/2.x")
    connector.git("fetch", "-q")
    connector.git("branch", "-q", "--set-upstream-to", "origin/release/2.x")
    new = connector.push({"new": "1\n"}, branch="release/2.x")
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.git("branch", "--show-current") == "main"


def test_a_remote_of_another_name_is_followed(gateway, connector):
    connector.git("remote", "rename", "origin", "company")
    gateway.now()
    assert connector.read("main.py") == "2\n"


def test_a_shallow_clone_stays_shallow(gateway):
    connector = gateway.connector("meter")
    for number in range(5):
        connector.push({"file": f"{number}\n"})
    git("clone", "-q", "--depth", "1", connector.remote.bare.as_uri(), gateway.root / "shallow")
    shallow = Connector("shallow", gateway.root / "shallow", connector.remote)
    connector.push({"file": "new\n"})
    new = connector.push({"file": "newer\n"})
    run = gateway.now("shallow")
    run.must("shallow", outcome="updated")
    assert shallow.head == new and shallow.changes == ""
    assert shallow.git("rev-parse", "--is-shallow-repository") == "true"
    assert int(shallow.git("rev-list", "--count", "HEAD")) <= 3, "not the whole history"


def test_a_shallow_clone_follows_over_http(gateway, web):
    connector = gateway.connector("meter", url=web.http)
    for number in range(5):
        connector.push({"file": f"{number}\n"})
    path = gateway.root / "shallow"
    git("clone", "-q", "--depth", "1", web.http(connector.remote.bare), path)
    new = connector.push({"file": "new\n"})
    run = gateway.now("shallow")
    run.must("shallow", outcome="updated")
    assert git("-C", path, "rev-parse", "HEAD") == new and git("-C", path, "status", "--porcelain") == ""
    assert git("-C", path, "rev-parse", "--is-shallow-repository") == "true"
    assert git("-C", path, "fsck") == ""


def test_a_linked_work_tree_is_a_connector_too(gateway, connector):
    path = gateway.root / "linked"
    connector.git("worktree", "add", "-q", "-b", "second", path, "origin/main")
    new = connector.push({"main.py": "3\n"})
    run = gateway.now("linked")
    run.must("linked", outcome="updated")
    assert git("-C", path, "rev-parse", "HEAD") == new and git("-C", path, "status", "--porcelain") == ""
    assert connector.head != new


def submodules(gateway, web):
    """A connector with a submodule that has a submodule; returns the connector and the two remotes."""
    inner, outer = gateway.remote("inner"), gateway.remote("outer")
    inner.push({"inner.py": "1\n"})
    outer.push({"outer.py": "1\n"})
    outer.git("submodule", "add", "-q", web.http(inner.bare), "inner")
    outer.push()
    connector = gateway.connector("meter", url=web.http)
    connector.remote.git("submodule", "add", "-q", web.http(outer.bare), "libs/outer")
    connector.push()
    return connector, outer, inner


def advance(remote, folder, source):
    """Moves the submodule in an author's clone to the newest commit of `source`."""
    git("-C", remote.author / folder, "fetch", "-q")
    git("-C", remote.author / folder, "checkout", "-q", source.git("rev-parse", "HEAD"))
    remote.push()


def test_submodules_follow_recursively(gateway, web):
    connector, outer, inner = submodules(gateway, web)
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.read("libs/outer/inner/inner.py") == "1\n", "missing submodules are cloned"
    inner.push({"inner.py": "2\n"})
    advance(outer, "inner", inner)
    advance(connector.remote, "libs/outer", outer)
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.read("libs/outer/inner/inner.py") == "2\n"
    assert connector.changes == ""
    states = connector.git("submodule", "status", "--recursive").splitlines()
    assert len(states) == 2 and not any(line.startswith(("-", "+", "U")) for line in states), states
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_local_work_in_a_submodule_is_kept(gateway, web):
    connector, outer, _ = submodules(gateway, web)
    gateway.now()
    (connector.path / "libs/outer/outer.py").write_text("local work\n")
    outer.push({"outer.py": "2\n"})
    advance(connector.remote, "libs/outer", outer)
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("outer"))
    assert connector.read("libs/outer/outer.py") == "local work\n"


def test_a_submodule_that_cannot_be_reached_is_tried_again(gateway, web):
    connector, outer, _ = submodules(gateway, web)
    outer.bare.rename(gateway.folder / "away.git")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed")
    (gateway.folder / "away.git").rename(outer.bare)
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert connector.read("libs/outer/inner/inner.py") == "1\n"
    assert snapshot(connector.path / "libs/outer/inner", without=(".git",))


def test_check_treats_a_state_that_a_person_chose_as_now_does(gateway, connector):
    connector.git("checkout", "-q", "--detach")
    check = gateway.check()
    assert check.code == gateway.now().code == 0, check
    assert "detached" in check["meter"]["code_blocked"]
    assert "detached" in gateway.run("check").out
    other = gateway.connector("other")
    other.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    assert gateway.check().code == gateway.now().code == 4


def test_check_names_a_missing_virtualenv_and_a_warning(gateway):
    gateway.configure("python", create_venv=False)
    gateway.connector("meter", "six,1.11.0\nsix,1.11.0\n")
    out = gateway.run("check").out
    assert "pinned again" in out and "no virtualenv" in out, out
