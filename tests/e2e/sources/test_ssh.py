# SPDX-License-Identifier: Apache-2.0
"""git over SSH, through the system's ssh and the user's own settings."""
from __future__ import annotations

import pytest

from completed import Has


def test_a_deploy_key_given_by_git_ssh_command(gateway, sshd):
    connector = gateway.connector("meter", url=sshd.url)
    new = connector.push({"new": "1\n"})
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.changes == ""


@pytest.mark.parametrize("place", ["repository", "user"])
def test_a_deploy_key_given_by_core_ssh_command(gateway, sshd, place):
    connector = gateway.connector("meter", url=sshd.url)
    new = connector.push({"new": "1\n"})
    if place == "repository":
        connector.git("config", "core.sshCommand", sshd.command())
    else:
        (gateway.home / ".gitconfig").write_text(f"[core]\n\tsshCommand = {sshd.command()}\n")
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_a_program_given_by_git_ssh(gateway, sshd):
    connector = gateway.connector("meter", url=sshd.url)
    new = connector.push({"new": "1\n"})
    script = gateway.folder / "my-ssh"
    script.write_text(f'#!/bin/sh\nexec {sshd.command()} "$@"\n')
    script.chmod(0o755)
    run = gateway.now(env={"GIT_SSH": str(script)})
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_the_scp_like_form(gateway, sshd):
    connector = gateway.connector("meter", url=sshd.scp_like)
    new = connector.push({"new": "1\n"})
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_a_path_with_a_space_and_a_quote(gateway, sshd):
    connector = gateway.connector("it's a meter", url=lambda path: sshd.url(path).replace(" ", "%20"))
    new = connector.push({"new": "1\n"})
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    run.must("it's a meter", outcome="updated")
    assert connector.head == new


def test_a_night_with_nothing_to_do_is_one_session_a_repository(gateway, sshd):
    gateway.connector("meter", url=sshd.url)
    before = sshd.sessions()
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    assert run.outcomes() == {"meter": "unchanged"}, run
    assert sshd.sessions() == before + 1


def test_a_key_that_the_server_refuses_fails_with_what_ssh_said(gateway, sshd):
    connector = gateway.connector("meter", url=sshd.url)
    connector.push({"new": "1\n"})
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command(key="stranger")})
    run.must("meter", code=1, outcome="failed", reason=Has("Permission denied"))
    assert run["meter"]["hint"], run
    assert not (connector.path / "new").exists()


def test_an_unknown_host_key_fails_with_what_ssh_said(gateway, sshd):
    gateway.connector("meter", url=sshd.url)
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command(known="known-none")})
    run.must("meter", outcome="failed", reason=Has("ost key"))
    assert run["meter"]["hint"], run


def test_a_missing_repository_fails(gateway, sshd):
    gateway.connector("meter", url=lambda path: sshd.url(path) + "-missing")
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    run.must("meter", code=1, outcome="failed")


def test_an_sshd_that_is_down_is_unreachable(gateway, sshd):
    gateway.connector("meter", url=lambda path: f"ssh://{sshd.login}@127.0.0.1:9{path}")
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    run.must("meter", code=4, outcome="failed")


def test_a_server_that_stalls_does_not_block_the_night(gateway, sshd, relay):
    bad = relay(sshd.port)
    bad.stall_after = 0
    gateway.configure("network", retries=0, connect_timeout="2s", low_speed_time="2s")
    gateway.connector("meter", url=lambda path: sshd.url(path).replace(f":{sshd.port}", f":{bad.port}"))
    good = gateway.connector("other")
    new = good.push({"new": "1\n"})
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()}, timeout=30)
    assert run.outcomes() == {"meter": "failed", "other": "updated"}, run
    assert good.head == new


def test_no_ssh_is_left_running(gateway, sshd, relay):
    slow = relay(sshd.port)
    slow.delay = 0.02
    connector = gateway.connector("meter", url=lambda path: sshd.url(path).replace(f":{sshd.port}", f":{slow.port}"))
    connector.push({"new": "1\n"})
    script = gateway.folder / "my-ssh"
    script.write_text(f'#!/bin/sh\necho $$ >> {gateway.folder}/pids\nexec {sshd.command()} -o StrictHostKeyChecking=no "$@"\n')
    script.chmod(0o755)
    run = gateway.now(env={"GIT_SSH": str(script)})
    run.must("meter", outcome="updated")
    pids = (gateway.folder / "pids").read_text().split()
    assert pids
    for pid in pids:
        assert not _is_ssh(pid)


def _is_ssh(pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"ssh" in file.read()
    except OSError:
        return False
