# SPDX-License-Identifier: Apache-2.0
"""Settings of remotes and branches: git 2.39 and the agent side by side."""
from __future__ import annotations

import re
import subprocess

import pytest

from peers import DEAD, Cases, Peers, ignored_variable

CASES = Cases("Remotes")
case = CASES.add


def test_every_row_has_a_case_and_every_case_a_row():
    assert set(CASES.rows()) == set(CASES.functions)


@pytest.mark.parametrize("name", CASES.rows())
def test_a_row(peers, name):
    CASES.run(name, peers)


def remote_lines(peers: Peers, *lines: str) -> None:
    """[remote "origin"] with these lines only."""
    config = peers.connector.path / ".git/config"
    text = re.sub(r'\[remote "origin"\]\n(\t.*\n)*', "", config.read_text())
    config.write_text(text + '[remote "origin"]\n' + "".join(f"\t{line}\n" for line in lines))


@case("remote.<name>.url")
def _url(peers):
    peers.remote()
    good = "url = " + peers.web.http(peers.connector.remote.bare)
    fetch = "fetch = +refs/heads/*:refs/remotes/origin/*"
    for lines, ok in (((good, f"url = {DEAD}"), True), ((f"url = {DEAD}", good), False)):
        remote_lines(peers, *lines, fetch)
        peers.agree(ok)
    remote_lines(peers, f"url = {DEAD}", "url =", good, fetch)
    assert peers.agent().ok, "as git 2.46"


@case("remote.<name>.fetch")
def _fetch(peers):
    peers.remote()
    url = "url = " + peers.web.http(peers.connector.remote.bare)
    remote_lines(peers, url, "fetch = +refs/heads/main:refs/remotes/up/here")
    new = peers.connector.push({"new": "1\n"})
    copy = peers.copy()
    assert peers.git("fetch", "-q", folder=copy).ok and peers.agent("now").ok
    for place in (copy, peers.connector.path):
        done = subprocess.run(["git", "-C", place, "rev-parse", "refs/remotes/up/here"], capture_output=True, text=True)
        assert done.stdout.strip() == new, place


@case("remote.<name>.pushurl")
def _push_url(peers):
    peers.remote()
    peers.local(f'[remote "origin"]\n\tpushurl = {DEAD}\n')
    peers.agree(True)


@case("remote.<name>.proxy")
def _remote_proxy(peers):
    peers.remote()
    peers.local('[http]\n\tproxy = http://127.0.0.1:9\n')
    peers.agree(False)
    peers.local('[remote "origin"]\n\tproxy =\n')
    peers.agree(True)
    peers.local('[remote "origin"]\n\tproxy = http://127.0.0.1:9\n[http]\n\tproxy =\n')
    peers.agree(False)


@case("remote.<name>.uploadpack")
def _upload_pack(peers):
    peers.remote(peers.sshd.url)
    peers.variables["GIT_SSH_COMMAND"] = peers.sshd.command()
    peers.agree(True)
    peers.local('[remote "origin"]\n\tuploadpack = /nowhere/upload-pack\n')
    git, agent = peers.both()
    assert (git.ok, agent.ok) == (False, True)
    assert peers.is_named_by_doctor("remote.origin.uploadpack")


@case("remote.<name>.prune")
def _prune(peers):
    peers.remote()
    peers.connector.git("update-ref", "refs/remotes/origin/gone", "HEAD")
    peers.local('[remote "origin"]\n\tprune = true\n')
    peers.connector.push({"new": "1\n"})
    copy = peers.copy()
    assert peers.git("fetch", "-q", folder=copy).ok and peers.agent("now").ok
    assert "refs/remotes/origin/gone" in peers.connector.git("for-each-ref")
    assert peers.is_named_by_doctor("remote.origin.prune")


@case("branch.<name>.remote")
def _branch_remote(peers):
    peers.remote(DEAD)
    peers.agree(False)
    good = peers.web.http(peers.connector.remote.bare)
    peers.local(f'[remote "second"]\n\turl = {good}\n\tfetch = +refs/heads/*:refs/remotes/second/*\n'
                '[branch "main"]\n\tremote = second\n')
    peers.agree(True)


@case("branch.<name>.merge")
def _branch_merge(peers):
    peers.remote()
    peers.local('[branch "main"]\n\tmerge = refs/heads/none\n')
    upstream = peers.connector.git("rev-parse", "--abbrev-ref", "main@{upstream}")
    assert upstream == "origin/main" and peers.agent().ok


@case("url.<base>.insteadOf")
def _instead_of(peers):
    peers.remote(DEAD)
    peers.config('[url "http://127.0.0.1:9/other/"]\n\tinsteadOf = http://127.0.0.1:9/\n')
    peers.agree(False)
    peers.local(peers.carrier)  # the longer one
    peers.agree(True)


@case("url.<base>.pushInsteadOf")
def _push_instead_of(peers):
    peers.remote()
    peers.config(f'[url "{DEAD}"]\n\tpushInsteadOf = http://\n')
    peers.agree(True)


@case("protocol.version")
def _protocol(peers):
    peers.record()
    for version, sent in (("2", {"version=2"}), ("0", set())):
        peers.config(f"[protocol]\n\tversion = {version}\n")
        git, agent = peers.both()
        assert git.header("Git-Protocol") == agent.header("Git-Protocol") == sent, (git, agent)


@case("protocol.<name>.allow")
def _allow(peers):
    peers.remote()
    peers.config('[protocol "http"]\n\tallow = never\n')
    git, agent = peers.both()
    assert (git.ok, agent.ok) == (False, True)
    assert peers.is_named_by_doctor("protocol.http.allow")


case("GIT_ALLOW_PROTOCOL")(ignored_variable("GIT_ALLOW_PROTOCOL", lambda p: "ssh", False))
