# SPDX-License-Identifier: Apache-2.0
"""Checkouts of an unusual kind: what the agent refuses it says in one sentence, and what git does it does."""
from __future__ import annotations

import pytest

from completed import Has
from gateway import Connector, git, snapshot


def follow(hint_commands: list[str], connector) -> None:
    for command in hint_commands:
        connector.git(*command.split()[1:])


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
@pytest.mark.parametrize("path", ["other/b", "main.py", "other/new"])
def test_a_sparse_checkout_is_the_reason_that_is_told(gateway, cone, path):
    connector = gateway.connector("meter", files={"main.py": "1\n", "lib/a": "1\n", "other/b": "1\n"})
    connector.git("sparse-checkout", "set", cone, *(["lib"] if cone == "--cone" else ["/*", "!/other/"]))
    before = connector.head
    new = connector.push({path: "2\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("sparse checkout"), hint=Has("git sparse-checkout disable"))
    assert "local changes" not in run["meter"]["reason"]
    assert connector.head == before
    connector.git("sparse-checkout", "disable")
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert connector.changes == ""


def test_a_sparse_index(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n", "lib/a": "1\n", "other/b": "1\n"})
    connector.git("sparse-checkout", "set", "--cone", "--sparse-index", "lib")
    new = connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("sparse"), hint=Has("git sparse-checkout disable"))
    connector.git("sparse-checkout", "disable")
    gateway.now().must("meter", code=0, outcome="updated", commit=new)


def test_a_split_index(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.git("config", "core.splitIndex", "true")
    connector.git("update-index", "--split-index")
    new = connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("index is a split one"))
    hint = run["meter"]["hint"]
    assert "git config core.splitIndex false" in hint and "git update-index --no-split-index" in hint
    follow(hint.split("; "), connector)
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert connector.changes == ""


@pytest.fixture
def partial(gateway, web):
    """A partial clone whose next commit brings back a content that only the remote has."""
    origin = gateway.connector("origin", files={"main.py": "1\n"}, url=web.http)
    origin.push({"main.py": "2\n"})
    git("-C", origin.remote.bare, "config", "uploadpack.allowFilter", "true")
    connector = Connector("meter", gateway.root / "meter", origin.remote)
    git("clone", "-q", "--filter=blob:none", web.http(origin.remote.bare), connector.path)
    return connector


def test_a_partial_clone_is_updated_with_what_the_remote_sends(gateway, partial):
    new = partial.push({"main.py": "3\n", "lib.py": "3\n"})
    gateway.now("meter").must("meter", code=0, outcome="updated", commit=new)
    assert partial.read("main.py") == "3\n" and partial.changes == ""


def test_a_partial_clone_that_lacks_a_content(gateway, web):
    origin = gateway.connector("origin", files={"main.py": "1\n", "big": "x\n" * 1000}, url=web.http)
    git("-C", origin.remote.bare, "config", "uploadpack.allowFilter", "true")
    connector = Connector("meter", gateway.root / "meter", origin.remote)
    git("clone", "-q", "--filter=blob:none", "--no-checkout", web.http(origin.remote.bare), connector.path)
    connector.git("reset", "-q")
    connector.git("checkout", "-q", "HEAD", "--", "main.py", "gupfile", "README")
    origin.remote.git("mv", "big", "renamed")
    new = origin.push()
    before = connector.head
    run = gateway.now("meter")
    run.must("meter", code=1, outcome="failed", reason=Has("partial clone", "renamed"), hint=Has("git pull"))
    assert connector.head == before and not (connector.path / "renamed").exists()
    connector.git("checkout", "-q", ".")
    connector.git("pull", "-q", "--ff-only")
    assert connector.head == new
    assert gateway.now("meter").outcomes() == {"meter": "unchanged"}


@pytest.mark.parametrize("extension", ["refStorage", "compatObjectFormat", "unknown"])
def test_an_extension_that_nobody_knows(gateway, extension):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.git("config", "core.repositoryFormatVersion", "1")
    with open(connector.path / ".git/config", "a") as config:
        config.write(f"[extensions]\n\t{extension} = x\n")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("extension"), hint=Has("extensions"))
    assert "corrupt" not in run["meter"]["reason"]


def test_another_object_format(gateway):
    git("init", "-q", "--object-format=sha256", gateway.root / "meter")
    (gateway.root / "meter/gupfile").write_text("")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("SHA-1"))


@pytest.mark.parametrize("attributes", ["*.bin filter=lfs diff=lfs merge=lfs -text\n", "*.bin filter=secret\n"])
def test_filters_that_run_programs_are_refused(gateway, attributes):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.git("config", "filter.secret.smudge", "tr a b")
    before = connector.head
    connector.push({".gitattributes": attributes, "data.bin": "version https://git-lfs.github.com/spec/v1\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("data.bin", "filter"), hint=Has("git pull"))
    assert connector.head == before and not (connector.path / "data.bin").exists()


@pytest.mark.parametrize("mark", ["skip-worktree", "assume-unchanged"])
def test_a_local_change_that_a_mark_hides(gateway, mark):
    connector = gateway.connector("meter", files={"settings.ini": "default\n"})
    connector.git("update-index", f"--{mark}", "settings.ini")
    (connector.path / "settings.ini").write_text("of this gateway\n")
    new = connector.push({"settings.ini": "another default\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("settings.ini", mark), hint=Has(f"git update-index --no-{mark} settings.ini"))
    assert connector.read("settings.ini") == "of this gateway\n"
    connector.git("update-index", f"--no-{mark}", "settings.ini")
    connector.git("stash", "-q")
    gateway.now().must("meter", code=0, outcome="updated", commit=new)


@pytest.mark.parametrize("mark", ["skip-worktree", "assume-unchanged"])
@pytest.mark.parametrize("state", ["same", "missing"])
@pytest.mark.parametrize("change", ["2\n", None])
def test_a_marked_file_without_a_local_change_is_updated(gateway, mark, state, change):
    connector = gateway.connector("meter", files={"settings.ini": "1\n"})
    connector.git("update-index", f"--{mark}", "settings.ini")
    if state == "missing":
        (connector.path / "settings.ini").unlink()
    new = connector.push({"settings.ini": change})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    there = (connector.path / "settings.ini").read_text() if (connector.path / "settings.ini").exists() else None
    assert there == change
    if mark == "skip-worktree" and change:
        assert connector.git("ls-files", "-t", "settings.ini").startswith("S")


@pytest.mark.parametrize("content", ["1\n", "2\n"])
@pytest.mark.parametrize("old, new", [("README.md", "Readme.md"), ("Lib/a.py", "lib/a.py"), ("a/B", "a/b")])
def test_a_rename_that_changes_only_the_case(gateway, old, new, content):
    connector = gateway.connector("meter", files={old: "1\n"})
    connector.git("config", "core.ignoreCase", "true")
    commit = connector.push({old: None, new: content})
    gateway.now().must("meter", code=0, outcome="updated", commit=commit)
    assert connector.read(new) == content and not (connector.path / old).exists()
    assert connector.git("ls-files") == connector.remote.git("ls-files")
    connector.git("config", "core.ignoreCase", "false")
    assert connector.changes == ""


def test_files_whose_names_differ_in_case_only(gateway):
    connector = gateway.connector("meter", files={"Makefile": "1\n"})
    connector.git("config", "core.ignoreCase", "true")
    new = connector.push({"makefile": "2\n"})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert connector.read("Makefile") == "1\n" and connector.read("makefile") == "2\n"


def test_links_are_files_where_core_symlinks_says_so(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    reference = gateway.clone("../reference", connector.remote)
    for one in (connector, reference):
        one.git("config", "core.symlinks", "false")
    author = connector.remote.author
    for target in ("main.py", "gupfile"):
        (author / "link").unlink(missing_ok=True)
        (author / "link").symlink_to(target)
        new = connector.push()
        gateway.now().must("meter", code=0, outcome="updated", commit=new)
        reference.git("pull", "-q", "--ff-only")
        assert connector.snapshot() == reference.snapshot()
        assert not (connector.path / "link").is_symlink() and connector.read("link") == target
        assert connector.changes == ""
    (connector.path / "link").write_text("of this gateway")
    (author / "link").unlink()
    (author / "link").symlink_to("main.py")
    connector.push()
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("link"))
    assert connector.read("link") == "of this gateway"


def test_the_executable_bit_where_core_filemode_is_off(gateway):
    connector = gateway.connector("meter", files={"run.sh": "1\n"})
    connector.git("config", "core.fileMode", "false")
    (connector.path / "run.sh").chmod(0o755)
    (connector.remote.author / "tool").write_text("1\n")
    (connector.remote.author / "tool").chmod(0o755)
    new = connector.push({"run.sh": "2\n"})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
    assert (connector.path / "tool").stat().st_mode & 0o111 and connector.changes == ""
