# SPDX-License-Identifier: Apache-2.0
"""Where git's configuration comes from, and mistakes in it: git 2.39 and the agent side by side."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Callable

import pytest

from peers import DEAD, HEADINGS, Cases, Peers, ignored_variable, with_own_etc

CASES = Cases("Where the configuration comes from")
case = CASES.add


def test_every_row_has_a_case_and_every_case_a_row():
    assert set(CASES.rows()) == set(CASES.functions)


@pytest.mark.parametrize("name", CASES.rows())
def test_a_row(peers, name):
    CASES.run(name, peers)


def test_every_table_has_a_module():
    modules = "".join(file.read_text() for file in Path(__file__).parent.glob("test_*.py"))
    assert all(f'Cases("{heading}")' in modules for heading in HEADINGS), HEADINGS


# Each carries the one setting without which the remote is dead.


def carried(peers: Peers, write: Callable[[str], None]) -> None:
    peers.remote(DEAD)
    peers.agree(False)
    write(peers.carrier)
    peers.agree(True)


@case("/etc/gitconfig")
def _system(peers):
    if os.geteuid() != 0:
        pytest.skip("a mount needs root")

    def write(text):
        peers.wrapper = with_own_etc(peers.gateway.folder, "gitconfig", text)
    carried(peers, write)


@case("~/.config/git/config")
def _xdg_default(peers):
    carried(peers, lambda text: peers.config(text, ".config/git/config"))


@case("~/.gitconfig")
def _home(peers):
    carried(peers, peers.config)


@case(".git/config")
def _repository(peers):
    carried(peers, peers.local)


@case(".git/config.worktree")
def _work_tree(peers):
    def write(text):
        peers.local("[core]\n\trepositoryFormatVersion = 1\n[extensions]\n\tworktreeConfig = true\n")
        (peers.connector.path / ".git/config.worktree").write_text(text)
    carried(peers, write)


def file_by_variable(name: str, folder: str = ""):
    def write_with(peers):
        def write(text):
            file = peers.config(text, "named" + folder)
            peers.variables[name] = str(file if not folder else peers.gateway.home / "named")
        carried(peers, write)
    return write_with


case("GIT_CONFIG_GLOBAL")(file_by_variable("GIT_CONFIG_GLOBAL"))
case("GIT_CONFIG_SYSTEM")(file_by_variable("GIT_CONFIG_SYSTEM"))
case("XDG_CONFIG_HOME")(file_by_variable("XDG_CONFIG_HOME", "/git/config"))


@case("GIT_CONFIG_NOSYSTEM")
def _no_system(peers):
    peers.remote(DEAD)
    peers.variables["GIT_CONFIG_SYSTEM"] = str(peers.config(peers.carrier, "system"))
    peers.agree(True)
    peers.variables["GIT_CONFIG_NOSYSTEM"] = "1"
    peers.agree(False)


@case("GIT_CONFIG_COUNT")
def _count(peers):
    peers.remote(DEAD)
    good = peers.web.http(peers.connector.remote.bare)
    peers.variables.update(GIT_CONFIG_COUNT="1", GIT_CONFIG_KEY_0=f"url.{good}.insteadOf", GIT_CONFIG_VALUE_0=DEAD)
    peers.agree(True)
    del peers.variables["GIT_CONFIG_VALUE_0"]
    peers.agree(False)


@case("GIT_CONFIG_PARAMETERS")
def _parameters(peers):
    peers.remote(DEAD)
    good = peers.web.http(peers.connector.remote.bare)
    for value in (f"'url.{good}.insteadOf={DEAD}'", f"'url.{good}.insteadOf'='{DEAD}'"):
        peers.variables["GIT_CONFIG_PARAMETERS"] = value
        peers.agree(True)


@case("include.path")
def _include(peers):
    def write(text):
        peers.config(text, "more")
        peers.config("[include]\n\tpath = more\n\tpath = ~/missing\n")
    carried(peers, write)


def conditional(condition: Callable[[Peers], str], other: Callable[[Peers], str]):
    def run(peers):
        peers.remote(DEAD)
        peers.config(peers.carrier, "more")
        for name, ok in ((other, False), (condition, True)):
            peers.config(f'[includeIf "{name(peers)}"]\n\tpath = more\n')
            peers.agree(ok)
    return run


case("includeIf.gitdir")(conditional(lambda p: f"gitdir:{p.gateway.root}/", lambda p: "gitdir:/nowhere/"))
case("includeIf.gitdir/i")(conditional(lambda p: "gitdir/i:METER/", lambda p: "gitdir:METER/"))
case("includeIf.onbranch")(conditional(lambda p: "onbranch:ma*", lambda p: "onbranch:other"))
@case("includeIf.hasconfig:remote.*.url")
def _has_config(peers):
    here, elsewhere = "hasconfig:remote.*.url:http://127.0.0.1:*/**", "hasconfig:remote.*.url:https://**"
    conditional(lambda _: here, lambda _: elsewhere)(peers)
    peers.config("")
    peers.agree(False)
    more = peers.config(peers.carrier, "more")
    peers.local(f'[includeIf "{here}"]\n\tpath = {more}\n')
    peers.agree(True)
    peers.config('[remote "another"]\n\turl = https://example.org/\n' + peers.carrier, "more")
    peers.agree(False)  # such a file may not name a remote


@case("a mistake in a file")
def _mistake(peers):
    peers.remote()
    peers.agree(True)
    mistakes = {"[user\n": "line 1", "[user]\n\tname = x\n= nonsense\n": "line 3", "[include]\n\tpath = .gitconfig\n": "line 2",
                "[core]\n\tsshCommand = \"ssh\n": "line 2"}
    for text, place in mistakes.items():
        file = peers.config(text)
        git, agent = peers.both()
        assert (git.ok, agent.ok) == (False, False), (text, git, agent)
        assert f"{file}, {place}" in agent.reason and "corrupt" not in agent.reason, agent
        assert "clone" not in agent.hint and str(file) in agent.hint, agent
    peers.config("")
    peers.local("[user\n")
    git, agent = peers.both()
    assert not git.ok and not agent.ok and ".git/config" in agent.reason and "corrupt" not in agent.reason, agent


@case("a bad boolean")
def _boolean(peers):
    peers.remote()
    for text in ("[http]\n\tsslVerify = maybe\n", "[core]\n\tfileMode = perhaps\n", "[http]\n\tfollowRedirects = sometimes\n"):
        file = peers.config(text)
        git, agent = peers.both()
        assert (git.ok, agent.ok) == (False, False), (text, git, agent)
        assert f"{file}, line 2" in agent.reason and "neither true nor false" in agent.reason, agent
    peers.config("[http]\n\tsslVerify\n[core]\n\tfileMode = 1\n")
    peers.agree(True)


case("GIT_DIR")(ignored_variable("GIT_DIR", lambda p: "/nowhere", False))
case("GIT_WORK_TREE")(ignored_variable("GIT_WORK_TREE", lambda p: "/tmp", True))
case("GIT_INDEX_FILE")(ignored_variable("GIT_INDEX_FILE", lambda p: str(p.gateway.folder / "index"), True))
