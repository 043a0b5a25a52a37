# SPDX-License-Identifier: Apache-2.0
"""Settings of ssh: git 2.39 and the agent side by side."""
from __future__ import annotations

from typing import Callable

import pytest

from peers import Cases, Peers
from systemd import script

CASES = Cases("ssh")
case = CASES.add


def test_every_row_has_a_case_and_every_case_a_row():
    assert set(CASES.rows()) == set(CASES.functions)


@pytest.mark.parametrize("name", CASES.rows())
def test_a_row(peers, name):
    CASES.run(name, peers)


def by_ssh(peers: Peers, give: Callable[[str], None]) -> None:
    peers.remote(peers.sshd.url)
    peers.agree(False)
    give(peers.sshd.command())
    peers.agree(True)


@case("GIT_SSH_COMMAND")
def _ssh_command(peers):
    peers.config("[core]\n\tsshCommand = /nowhere\n")
    by_ssh(peers, lambda command: peers.variables.update(GIT_SSH_COMMAND=command))


@case("core.sshCommand")
def _core_ssh_command(peers):
    peers.variables["GIT_SSH"] = "/nowhere"
    by_ssh(peers, lambda command: peers.config(f"[core]\n\tsshCommand = {command}\n"))


def ssh_wrapper(peers: Peers, name: str, command: str):
    script(peers.gateway.folder / name, f'#!/bin/sh\necho "$@" >>{peers.gateway.folder}/{name}.asked\nexec {command} "$@"\n')
    return peers.gateway.folder / name


@case("GIT_SSH")
def _git_ssh(peers):
    by_ssh(peers, lambda command: peers.variables.update(GIT_SSH=str(ssh_wrapper(peers, "ssh", command))))


@case("ssh.variant")
def _variant(peers):
    peers.remote(peers.sshd.url)
    wrapper = ssh_wrapper(peers, "wrapper", peers.sshd.command())
    peers.variables["GIT_SSH"] = str(wrapper)
    for text, sends in (("", True), ("[ssh]\n\tvariant = simple\n", False)):
        peers.config(text)
        heard = []
        for program in (peers.git, peers.agent):
            program()
            asked = peers.gateway.folder / "wrapper.asked"
            heard.append("SendEnv=GIT_PROTOCOL" in asked.read_text() if asked.exists() else False)
            asked.unlink(missing_ok=True)
        if not sends:
            assert heard == [False, False], (text, heard)
