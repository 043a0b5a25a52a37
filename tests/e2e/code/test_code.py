# SPDX-License-Identifier: Apache-2.0
"""The code follows the upstream by fast-forward, with the same result as `git pull`."""
from __future__ import annotations

from completed import Has
from gateway import git, snapshot


def pulled(gateway, connector, name="reference"):
    """The tree that git itself makes of the connector's remote."""
    path = gateway.folder / name
    git("clone", "-q", connector.remote.bare, path)
    return snapshot(path, without=(".git",))


def test_fast_forward_over_file(gateway):
    connector = gateway.connector("smart-meter", files={"main.py": "print(1)\n"})
    before = connector.head
    connector.push({"main.py": "print(2)\n"}, "Second")
    connector.push({"lib/util.py": "x = 1\n"}, "Third")
    new = connector.push({"main.py": None}, "Fourth")
    run = gateway.now()
    run.must("smart-meter", code=0, outcome="updated")
    assert run["smart-meter"]["from"] == before
    run.must("smart-meter", commit=new, branch="main", actions=[f"updated code {before[:7]} → {new[:7]} (main, 3 commits)"])
    assert connector.head == new and connector.changes == ""
    assert connector.git("branch", "--show-current") == "main"
    assert connector.git("rev-parse", "origin/main") == new
    assert connector.snapshot() == pulled(gateway, connector)
    again = gateway.now()
    assert again.code == 0, again
    assert again.outcomes() == {"smart-meter": "unchanged"}, again


def test_a_remote_given_as_a_path_works_too(gateway):
    connector = gateway.connector("meter", url=str)
    new = connector.push({"new": "new\n"})
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new


def test_git_sees_a_healthy_repository_afterwards(gateway):
    connector = gateway.connector("meter")
    new = connector.push({"new": "new\n"})
    gateway.now()
    assert connector.git("fsck", "--strict") == ""
    assert "gup-agent" in connector.git("reflog", "-1", "--format=%gs")
    assert not list((connector.path / ".git").rglob("*.lock"))
    newer = connector.push({"newer": "newer\n"})
    connector.git("pull", "-q", "--ff-only")
    assert connector.head == newer != new


def test_tags_are_fetched_too(gateway):
    connector = gateway.connector("meter")
    connector.push({"new": "1\n"})
    connector.remote.tag("1.0")
    connector.push({"new": "2\n"})
    connector.remote.tag("v2.0", annotated=True)
    gateway.now()
    assert connector.git("tag").split() == ["1.0", "v2.0"]
    assert connector.git("describe") == "v2.0"


def test_other_branches_are_not_fetched(gateway):
    connector = gateway.connector("meter")
    new = connector.push({"new": "new\n"})
    other = connector.push({"big": "big\n"}, branch="other")
    gateway.now()
    assert connector.head == new
    assert git("-C", connector.path, "cat-file", "-t", other, check=False) == ""


def test_executable_bits_and_links_come_out_as_git_makes_them(gateway):
    connector = gateway.connector("meter", files={"run.sh": "#!/bin/sh\n", "old.sh": "#!/bin/sh\n", "data": "1\n"})
    author = connector.remote.author
    (author / "run.sh").chmod(0o755)
    (author / "link").symlink_to("data")
    (author / "dangling").symlink_to("../nowhere/at all")
    connector.push()
    gateway.now()
    assert connector.snapshot() == pulled(gateway, connector, "first")
    (author / "run.sh").chmod(0o644)
    (author / "link").unlink()
    (author / "link").symlink_to("run.sh")
    connector.push()
    gateway.now()
    assert connector.changes == ""
    assert connector.snapshot() == pulled(gateway, connector, "second")


def test_line_endings_follow_gitattributes(gateway):
    attributes = "*.bat text eol=crlf\n*.sh text eol=lf\n*.bin -text\n"
    connector = gateway.connector("meter", files={".gitattributes": attributes, "a.bat": "rem 1\r\n"})
    connector.push({"a.bat": "rem 2\r\nrem 3\r\n", "new.bat": "rem\r\n", "a.sh": "echo\n", "a.bin": b"\r\n\0\n"})
    gateway.now()
    assert connector.snapshot() == pulled(gateway, connector)
    assert connector.read("a.bat") == "rem 2\r\nrem 3\r\n"
    assert connector.changes == ""


def test_new_attributes_of_the_same_update_are_used(gateway):
    connector = gateway.connector("meter", files={"a.txt": "1\n"})
    connector.push({".gitattributes": "*.txt text eol=crlf\n", "b.txt": "1\n"})
    gateway.now()
    assert (connector.path / "b.txt").read_bytes() == b"1\r\n"


def test_files_folders_and_links_replace_each_other(gateway):
    connector = gateway.connector("meter", files={"a/one": "1\n", "a/two": "2\n", "b": "file\n", "c": "file\n"})
    author = connector.remote.author
    connector.remote.git("rm", "-q", "-r", "a", "b", "c")
    connector.push({"a": "now a file\n", "b/inside": "now a folder\n"})
    (author / "c").symlink_to("a")
    connector.push()
    gateway.now()
    assert connector.changes == ""
    assert connector.snapshot() == pulled(gateway, connector)


def test_names_of_any_bytes(gateway):
    connector = gateway.connector("meter")
    connector.push({"with space": "1\n", "zähler/ß.txt": "2\n", "new\nline": "3\n", "-rf": "4\n", '"quoted"': "5\n"})
    gateway.now()
    assert connector.changes == ""
    assert connector.snapshot() == pulled(gateway, connector)


def test_a_folder_that_became_empty_goes_away_and_one_with_local_files_stays(gateway):
    connector = gateway.connector("meter", files={"gone/file": "1\n", "kept/file": "1\n"})
    (connector.path / "kept/local.db").write_text("data")
    connector.push({"gone/file": None, "kept/file": None})
    gateway.now()
    assert not (connector.path / "gone").exists()
    assert connector.read("kept/local.db") == "data"


def test_local_changes_that_the_update_does_not_touch_are_kept(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n", "settings.ini": "default\n", ".gitignore": "*.db\n"})
    (connector.path / "settings.ini").write_text("of this gateway\n")
    (connector.path / "values.db").write_text("values")
    (connector.path / "notes").write_text("notes")
    (connector.path / "staged").write_text("staged")
    connector.git("add", "staged")
    new = connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.read("main.py") == "2\n"
    assert connector.read("settings.ini") == "of this gateway\n" and connector.read("values.db") == "values"
    assert sorted(connector.changes.splitlines()) == [" M settings.ini", "?? notes", "A  staged"]


def test_a_local_change_of_a_file_that_the_update_touches_is_a_conflict(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n", "other.py": "1\n"})
    (connector.path / "main.py").write_text("local work\n")
    before, head, status = connector.snapshot(), connector.head, connector.changes
    connector.push({"main.py": "2\n", "other.py": "2\n", "new.py": "2\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("main.py"))
    assert "other.py" not in run["meter"]["reason"], run
    assert run["meter"]["hint"], "a conflict comes with a hint"
    assert (connector.snapshot(), connector.head, connector.changes) == (before, head, status)


def test_a_staged_change_of_a_file_that_the_update_touches_is_a_conflict(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    (connector.path / "main.py").write_text("local work\n")
    connector.git("add", "main.py")
    before, status = connector.snapshot(), connector.changes
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("main.py"))
    assert (connector.snapshot(), connector.changes) == (before, status)


def test_an_untracked_file_in_the_way_is_a_conflict(gateway):
    connector = gateway.connector("meter")
    (connector.path / "config.ini").write_text("of this gateway\n")
    (connector.path / "data").write_text("in the way of a folder\n")
    before = connector.snapshot()
    connector.push({"config.ini": "default\n", "data/file": "1\n", "other": "1\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("config.ini"))
    assert connector.snapshot() == before


def test_a_folder_with_local_files_in_the_way_of_a_file_is_a_conflict(gateway):
    connector = gateway.connector("meter")
    (connector.path / "data").mkdir()
    (connector.path / "data/values.db").write_text("values")
    before = connector.snapshot()
    connector.push({"data": "a file\n"})
    run = gateway.now()
    run.must("meter", outcome="failed")
    assert connector.snapshot() == before


def test_a_link_out_of_the_work_tree_is_not_followed(gateway):
    connector = gateway.connector("meter", files={"data/file": "1\n"})
    outside = gateway.folder / "outside"
    (connector.path / "data").rename(outside)
    (connector.path / "data").symlink_to(outside)
    connector.push({"data/file": "2\n", "data/new": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="failed")
    assert snapshot(outside) == {"file": ("file", (outside / "file").stat().st_mode, b"1\n")}


def test_a_deleted_tracked_file_that_the_update_changes_is_a_conflict(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    (connector.path / "main.py").unlink()
    head = connector.head
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    assert run["meter"]["outcome"] in ("failed", "updated"), run
    if run["meter"]["outcome"] == "failed":
        assert connector.head == head and not (connector.path / "main.py").exists()
    else:
        assert connector.read("main.py") == "2\n"


def test_a_conflict_in_the_code_still_reconciles_the_current_pins(gateway):
    connector = gateway.connector("meter", "six,1.11.0\n", files={"main.py": "1\n"})
    gateway.virtualenv("meter", pip=False)
    (connector.path / "main.py").write_text("local work\n")
    connector.push({"main.py": "2\n", "gupfile": "six,1.12.0\n"})
    check = gateway.check()
    assert check["meter"]["code_blocked"], check
    assert check.drift("meter") == {"six": "1.11.0"}, check


def test_check_shows_the_steps_and_changes_nothing_on_disk(gateway):
    connector = gateway.connector("meter", "six,1.11.0\n", files={"main.py": "1\n"})
    gateway.virtualenv("meter", pip=False).add("six", "1.10.0")
    before = connector.head
    new = connector.push({"main.py": "2\n", "gupfile": "six,1.12.0\n"})
    was = snapshot(gateway.root), snapshot(gateway.state)
    check = gateway.check()
    assert check.code == 10, check
    move, install = check["meter"]["steps"]
    assert move.items() >= {"kind": "fast_forward", "branch": "main", "from": before, "to": new, "commits": 1}.items()
    assert install["kind"] == "install_pins" and check.drift("meter") == {"six": "1.12.0"}
    assert install["pins"][0]["installed"] == "1.10.0"
    assert (snapshot(gateway.root), snapshot(gateway.state)) == was
    plain = gateway.run("check")
    assert plain.code == 10, plain
    assert f"{before[:7]} → {new[:7]}" in plain.out, plain
    assert "six==1.12.0" in plain.out, plain
