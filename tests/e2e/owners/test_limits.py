# SPDX-License-Identifier: Apache-2.0
"""An owner's files may be as long as the disk, and as deep as a text can be. The others are updated within 300 MB."""
from __future__ import annotations

import os
import time

import pytest

from completed import Has
from gateway import git
from memory import memory_limit

LONG = 6 << 30
OWN_FILES = ["config", "config.worktree", "HEAD", "index", "packed-refs", "refs/heads/main", "refs/remotes/origin/main",
             "refs/tags/never-asked", "shallow", "objects/info/alternates", "info/attributes"]


@pytest.fixture
def limited():
    with memory_limit(300) as wrapper:
        yield wrapper


def make_long(path) -> None:
    """Keeps what the file has, and adds a hole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab"):
        os.truncate(path, LONG)


@pytest.fixture
def pair(gateway):
    """A connector for the attack, and one that has something to update."""
    meter, other = gateway.connector("meter"), gateway.connector("other")
    new = other.push({"new": "1\n"})
    meter.push({"new": "1\n"})

    def must_be_updated(run):
        run.must("other", outcome="updated")
        assert other.head == new

    return meter, must_be_updated


@pytest.mark.parametrize("name", OWN_FILES)
@pytest.mark.parametrize("command", ["now", "check", "status"])
def test_a_long_file_of_a_repository_is_refused(gateway, pair, limited, name, command):
    meter, must_be_updated = pair
    if name == "config.worktree":
        meter.git("config", "core.repositoryFormatVersion", "1")
        meter.git("config", "extensions.worktreeConfig", "true")
    make_long(meter.path / ".git" / name)
    if command != "now":
        run = gateway.run(command, "--json", wrapper=limited, timeout=20)
        assert run.code in (0, 1, 10), run
        return
    run = gateway.run("now", "--json", wrapper=limited, timeout=20)
    must_be_updated(run)
    run.must("meter", outcome="failed", reason=Has(f"{meter.path}/.git/{name} has {LONG} bytes, and at most "))
    assert run["meter"]["hint"], run


@pytest.mark.parametrize("size,said", [(40 << 20, "a hole"), (65 << 20, "and at most 67108864 are read")])
def test_an_index_with_a_hole_is_refused_until_git_writes_it_again(gateway, pair, size, said):
    """And the hint works."""
    meter, _ = pair
    index = meter.path / ".git/index"
    os.truncate(index, size)
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has(said), hint=Has("git reset"))
    index.unlink()
    meter.git("reset", "-q")
    gateway.now().must("meter", outcome="updated")


def test_what_a_configuration_includes_has_the_same_limit(gateway, pair, limited):
    meter, must_be_updated = pair
    make_long(meter.path / "long")
    (meter.path / "short").write_text("[include]\n\tpath = long\n")
    meter.git("config", "include.path", "../short")
    run = gateway.run("now", "--json", wrapper=limited, timeout=20)
    must_be_updated(run)
    run.must("meter", outcome="failed", reason=Has(f"{meter.path}/.git/../long has {LONG} bytes"))


def test_a_configuration_that_includes_itself_a_hundred_times_does_not_stop_the_run(gateway, pair):
    meter, must_be_updated = pair
    with open(meter.path / ".git/config", "a") as config:
        config.write("[include]\n" + "\tpath = config\n" * 100)
    run = gateway.run("now", "--json", timeout=20)
    must_be_updated(run)
    run.must("meter", outcome="failed", reason=Has("include too many files"))


@pytest.mark.parametrize("name", [".gitconfig", ".config/git/config"])
def test_a_long_configuration_of_the_user_is_refused(gateway, pair, limited, name):
    make_long(gateway.home / name)
    run = gateway.run("now", "--json", wrapper=limited, timeout=20)
    run.must("meter", outcome="failed", reason=Has(f"{gateway.home}/{name} has {LONG} bytes"), hint=Has("move it away"))


@pytest.mark.parametrize("name", ["config", "index", "refs/heads/main"])
def test_a_long_file_of_a_submodule_is_refused(gateway, pair, limited, name):
    meter, must_be_updated = pair
    library = gateway.remote("library")
    library.push({"lib.py": "1\n"})
    meter.remote.git("submodule", "add", "-q", library.bare, "lib")
    meter.push({"more": "1\n"})
    assert gateway.now("meter").outcomes() == {"meter": "updated"}
    make_long(meter.path / ".git/modules/lib" / name)
    meter.push({"more": "2\n"})
    run = gateway.run("now", "--json", wrapper=limited, timeout=20)
    must_be_updated(run)
    run.must("meter", outcome="failed", reason=Has(f".git/modules/lib/{name} has {LONG} bytes"))


def test_a_long_file_of_a_remote_on_this_machine_is_refused(gateway, pair, limited):
    meter, must_be_updated = pair
    make_long(meter.remote.bare / "packed-refs")
    run = gateway.run("now", "--json", wrapper=limited, timeout=20)
    must_be_updated(run)
    run.must("meter", outcome="failed", reason=Has(f"{meter.remote.bare}/packed-refs has {LONG} bytes"))


def test_a_long_attributes_file_is_refused(gateway, pair, limited):
    meter, must_be_updated = pair
    make_long(meter.path / "long")
    meter.git("config", "core.attributesFile", meter.path / "long")
    run = gateway.run("now", "--json", wrapper=limited, timeout=20)
    must_be_updated(run)
    run.must("meter", outcome="failed", reason=Has(f"{meter.path}/long has {LONG} bytes"))


@pytest.mark.parametrize("name", ["RECORD", "METADATA", "INSTALLER", "direct_url.json"])
def test_a_long_file_of_a_package_is_not_read_to_its_end(gateway, pair, limited, name):
    """Reading 6 GB takes ten seconds."""
    meter, must_be_updated = pair
    meter.push({"gupfile": "six,1.11.0\n"})
    virtualenv = gateway.virtualenv("meter", pip=False)
    make_long(virtualenv.add("six", "1.11.0", installer_row=False) / name)
    started = time.monotonic()
    must_be_updated(gateway.run("now", "--json", wrapper=limited, timeout=20))
    assert time.monotonic() - started < 8


@pytest.mark.parametrize("command", [["now", "--json"], ["rollback", "meter", "--json"], ["status", "--json"],
                                     ["doctor", "--json"], ["check", "--json"]])
def test_a_record_of_a_generation_that_is_nested_deeply_ends_no_command(gateway, pair, limited, command):
    meter, must_be_updated = pair
    folder = gateway.root / ".gup/meter/2026-11-29_02_30-main-1234567"
    folder.mkdir(parents=True)
    (folder / "generation.json").write_text('{"schema": 1, "pins": ' + "[" * 400_000 + "]" * 400_000 + "}")
    run = gateway.run(*command, wrapper=limited, timeout=20)
    assert run.code >= 0, run
    if command[0] == "now":
        must_be_updated(run)


def test_a_work_tree_of_git_worktree_is_still_read(gateway):
    """Its .git is a file, and HEAD and index are not where the refs are."""
    meter = gateway.connector("meter")
    meter.path.rename(gateway.folder / "main")
    git("-C", gateway.folder / "main", "checkout", "-q", "--detach")
    git("-C", gateway.folder / "main", "worktree", "add", "-q", meter.path, "main")
    gateway.now().must("meter", outcome="unchanged")
    meter.push({"new": "1\n"})
    gateway.now().must("meter", outcome="updated")
    make_long(gateway.folder / "main/.git/worktrees/meter/index")
    meter.push({"new": "2\n"})
    gateway.now().must("meter", outcome="failed", reason=Has("worktrees/meter/index has"))
