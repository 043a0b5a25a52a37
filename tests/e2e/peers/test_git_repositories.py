# SPDX-License-Identifier: Apache-2.0
"""Settings of repositories: git 2.39 and the agent side by side."""
from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from peers import Cases, Peers

CASES = Cases("Repositories")
case = CASES.add


def test_every_row_has_a_case_and_every_case_a_row():
    assert set(CASES.rows()) == set(CASES.functions)


@pytest.mark.parametrize("name", CASES.rows())
def test_a_row(peers, name):
    CASES.run(name, peers)


def pull(peers: Peers) -> tuple[Path, Path]:
    """Both update: git a copy of the connector, the agent the connector. Returns the two folders."""
    copy = peers.copy()
    git, agent = peers.git("pull", "-q", "--ff-only", folder=copy), peers.agent("now")
    assert git.ok and agent.ok, (git, agent)
    return copy, peers.connector.path


def said(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True).stdout


@case("core.sharedRepository")
def _shared(peers):
    peers.remote()
    peers.local("[core]\n\tsharedRepository = group\n")
    peers.connector.push({"new": "1\n"})
    for folder in pull(peers):
        mode = stat.S_IMODE((folder / ".git/refs/remotes/origin/main").stat().st_mode)
        assert mode & stat.S_IWGRP, (folder, oct(mode))


@case("remote.<name>.tagOpt")
def _tag_option(peers):
    peers.remote()
    peers.local('[remote "origin"]\n\ttagOpt = --no-tags\n')
    peers.connector.push({"new": "1\n"})
    peers.connector.remote.tag("v1")
    for folder in pull(peers):
        assert said(folder, "tag") == "", folder


@case("core.fileMode")
def _file_mode(peers):
    peers.remote()
    peers.local("[core]\n\tfileMode = false\n")
    (peers.connector.path / "README").chmod(0o755)
    peers.connector.push({"README": "2\n"})
    for folder in pull(peers):
        assert (folder / "README").read_text() == "2\n", folder


@case("core.ignoreCase")
def _ignore_case(peers):
    peers.remote()
    peers.local("[core]\n\tignoreCase = true\n")
    peers.connector.remote.git("mv", "README", "Readme")
    peers.connector.push()
    git, agent = (sorted(os.listdir(folder)) for folder in pull(peers))
    assert git == agent


@case("core.symlinks")
def _links(peers):
    peers.remote()
    peers.local("[core]\n\tsymlinks = false\n")
    (peers.connector.remote.author / "link").symlink_to("README")
    peers.connector.push()
    for folder in pull(peers):
        assert not (folder / "link").is_symlink() and (folder / "link").read_text() == "README", folder


@case("core.autocrlf")
def _line_ends(peers):
    peers.remote()
    peers.config("[core]\n\tautocrlf = true\n")
    peers.connector.push({"new": "1\n2\n"})
    for folder in pull(peers):
        assert (folder / "new").read_bytes() == b"1\r\n2\r\n", folder


@case("core.sparseCheckout")
def _sparse(peers):
    peers.remote()
    subprocess.run(["git", "-C", peers.connector.path, "sparse-checkout", "set", "docs"], check=True, capture_output=True)
    peers.connector.push({"new/file": "1\n"})
    copy = peers.copy()
    git, agent = peers.git("pull", "-q", "--ff-only", folder=copy), peers.agent("now")
    assert (git.ok, agent.ok) == (True, False) and "sparse" in agent.reason and agent.hint, (git, agent)


@case("core.hooksPath")
def _hooks(peers):
    peers.remote()
    hooks = peers.gateway.folder / "hooks"
    hooks.mkdir()
    (hooks / "post-merge").write_text(f"#!/bin/sh\ntouch {peers.gateway.folder}/ran\n")
    (hooks / "post-merge").chmod(0o755)
    peers.config(f"[core]\n\thooksPath = {hooks}\n")
    peers.connector.push({"new": "1\n"})
    assert peers.agent("now").ok and not (peers.gateway.folder / "ran").exists()
    assert peers.is_named_by_doctor("core.hooksPath")


@case("pull.rebase")
def _rebase(peers):
    peers.remote()
    peers.config("[pull]\n\trebase = true\n[user]\n\tname = x\n\temail = x@example.org\n")
    (peers.connector.path / "own").write_text("1\n")
    peers.connector.git("add", "own")
    peers.connector.git("commit", "-qm", "Own")
    peers.connector.push({"new": "1\n"})
    copy = peers.copy()
    git, agent = peers.git("pull", "-q", folder=copy), peers.agent("now")
    assert (git.ok, agent.ok) == (True, False) and "cannot fast-forward" in agent.reason, (git, agent)


@case("gc.auto")
def _garbage(peers):
    peers.remote()
    peers.local("[gc]\n\tauto = 0\n\tautoPackLimit = 2\n")
    for number in range(4):
        peers.connector.push({"new": f"{number}\n"})
        assert peers.agent("now").ok
    packs = len(list((peers.connector.path / ".git/objects/pack").glob("*.pack")))
    assert packs >= 3, "nothing was joined"
    copy = peers.copy()
    assert peers.git("gc", "--auto", folder=copy).ok and len(list((copy / ".git/objects/pack").glob("*.pack"))) == packs
