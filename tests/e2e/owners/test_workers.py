# SPDX-License-Identifier: Apache-2.0
"""A worker for each owner: its rights, its end, and what the agent tells of it."""
from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from completed import Has
from gateway import wait_for
from tools import tool

UID = 4711
only_root = pytest.mark.root("only root can become another user")

# Ends the worker that has started this program.
KILLER = """#!/bin/sh
pid=$PPID
until grep -q gup-agent /proc/$pid/comm; do pid=$(cut -d' ' -f4 /proc/$pid/stat); done
echo once >>{told}
kill -KILL $pid
sleep 5
"""
TELLER = "#!/bin/sh\ngrep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/self/status >{told}\nexit 1\n"


def give(path: Path, uid: int = UID) -> None:
    subprocess.run(["chown", "-R", "-h", f"{uid}:{uid}", str(path)], check=True)


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def push_hook(connector, text: str) -> None:
    program(connector.remote.author / "hook", text)
    connector.push({"gupfile": '[hooks]\npost-update = "hook"\n'})


def told_file(gateway, name: str = "told") -> Path:
    told = gateway.folder / name
    told.touch()
    told.chmod(0o666)
    return told


@pytest.fixture
def asking(gateway, web):
    """Makes the remote of a connector ask for credentials, which `text` is to give: a program of its worker."""
    gateway.folder.chmod(0o755)
    gateway.configure("network", ca_file=str(web.authority.ca))

    def ask(connector, text: str) -> None:
        connector.git("remote", "set-url", "origin", web.private(connector.remote.bare))
        connector.git("config", "credential.helper", program(gateway.folder / f"helpers/{connector.name}", text))
        give(connector.path)

    return ask


def status_in(told: Path) -> dict[str, str]:
    return {key: value.strip() for key, value in (line.split(":", 1) for line in told.read_text().splitlines())}


@only_root
@pytest.mark.native_only("the process that the helper looks for is the emulator")
def test_a_connector_that_kills_its_workers_is_failed_and_the_others_are_updated(gateway, asking):
    killer, same, other = gateway.connector("killer"), gateway.connector("same"), gateway.connector("other")
    told = told_file(gateway)
    asking(killer, KILLER.format(told=told))
    new_same, new_other = same.push({"new": "1\n"}), other.push({"new": "1\n"})
    give(same.path)
    give(other.path, UID + 1)
    run = gateway.now()
    assert run.outcomes() == {"killer": "failed", "same": "updated", "other": "updated"}, run
    run.must("killer", reason=Has("its worker ended with signal 9"))
    assert (same.head, other.head) == (new_same, new_other)
    assert told.read_text() == "once\n" * 2, "with the others, and alone"
    assert "run finished: 1 failed, 2 updated" in gateway.log.read_text() or "2 updated, 1 failed" in gateway.log.read_text()
    finding = [one for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "worker"]
    assert [one["subject"] for one in finding] == ["killer"]
    killer.git("config", "credential.helper", "")
    assert gateway.now()["killer"]["reason"] and not (gateway.state / "run.json").exists()


@only_root
def test_a_worker_has_the_rights_of_its_owner_and_no_others(gateway, asking):
    connector, told = gateway.connector("meter"), told_file(gateway)
    asking(connector, TELLER.format(told=told))
    gateway.now()
    status = status_in(told)
    assert status["Uid"].split() == [str(UID)] * 4
    assert status["Gid"].split() == ["65534"] * 4 and status["Groups"] == "", "of a user whom /etc/passwd does not know"
    assert {int(status[name], 16) for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


@only_root
@pytest.mark.parametrize("allowed", [False, True])
def test_a_hook_of_the_connector_may_gain_privileges_only_if_the_operator_allows_it(gateway, allowed):
    gateway.folder.chmod(0o755)
    gateway.configure("hooks", allow_privileges=allowed)
    told = told_file(gateway)
    connector = gateway.connector("meter")
    push_hook(connector, TELLER.format(told=told).replace("exit 1", "exit 0"))
    give(connector.path)
    gateway.now().must("meter", outcome="updated")
    status = status_in(told)
    assert status["Uid"].split() == [str(UID)] * 4
    assert (status["NoNewPrivs"] == "0") == allowed and (int(status["CapBnd"], 16) > 0) == allowed, status


@only_root
def test_a_worker_writes_nowhere_else_but_a_hook_does(gateway, asking):
    if any("landlock" in note for note in gateway.run("doctor", "--json").document["notes"]):
        pytest.skip("this kernel has no Landlock")
    elsewhere = Path(f"/srv/gup-agent-test-{os.getpid()}")
    elsewhere.mkdir(parents=True)
    elsewhere.chmod(0o777)
    try:
        asked, hooked = gateway.connector("asked"), gateway.connector("hooked")
        asking(asked, f"#!/bin/sh\ntouch {elsewhere}/helper\nexit 1\n")
        push_hook(hooked, f"#!/bin/sh\ntouch {elsewhere}/hook\n")
        give(hooked.path)
        gateway.now().must("hooked", outcome="updated")
        assert sorted(path.name for path in elsewhere.iterdir()) == ["hook"]
        gateway.configure("workers", writable=[str(elsewhere)])
        gateway.now()
        assert sorted(path.name for path in elsewhere.iterdir()) == ["helper", "hook"]
    finally:
        subprocess.run(["rm", "-rf", str(elsewhere)], check=True)


@only_root
def test_three_owners_share_a_root(gateway):
    gateway.folder.chmod(0o755)
    connectors = [gateway.connector(name) for name in ("a", "b", "c")]
    news = [connector.push({"new": "1\n"}) for connector in connectors]
    for uid, connector in enumerate(connectors, UID):
        give(connector.path, uid)
    trace = gateway.folder / "trace"
    run = gateway.now(wrapper=[tool("strace"), "-f", "-qq", "-e", "trace=execve,fork,vfork,clone,clone3", "-o", str(trace)])
    assert set(run.outcomes().values()) == {"updated"}, run
    assert [connector.head for connector in connectors] == news
    calls = trace.read_text().splitlines()
    forks = [line for line in calls if "clone" in line and "CLONE_THREAD" not in line and "resumed" not in line]
    assert len(forks) >= 3 and {connector.path.stat().st_uid for connector in connectors} == {UID, UID + 1, UID + 2}


class LateServer:
    """Takes connections, and answers nothing."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/late.git"
        self.taken: list[socket.socket] = []
        threading.Thread(target=self.take, daemon=True).start()

    def take(self) -> None:
        try:
            while True:
                self.taken.append(self.socket.accept()[0])
        except OSError:
            pass

    def close(self) -> None:
        for one in [self.socket, *self.taken]:
            one.close()


def test_a_late_server_does_not_hold_up_the_others(gateway):
    server = LateServer()
    late, other = gateway.connector("late"), gateway.connector("other")
    late.git("remote", "set-url", "origin", server.url)
    new = other.push({"new": "1\n"})
    gateway.configure("network", patience="1s")
    agent = gateway.start("now", "--json")
    try:
        wait_for(lambda: other.head == new, "the update of the other connector")
        assert agent.poll() is None, "it still waits for the late server"
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait(20)
        server.close()
    assert late.head != new


def test_a_run_that_was_killed_is_told(gateway):
    connector = gateway.connector("meter")
    program(gateway.folder / "hooks/wait", f"#!/bin/sh\ntouch {gateway.folder}/begun\nsleep 60\n")
    gateway.configure("hooks", post_update=str(gateway.folder / "hooks"))
    connector.push({"new": "1\n"})
    agent = gateway.start("now")
    wait_for((gateway.folder / "begun").exists, "the hook")
    agent.send_signal(signal.SIGKILL)
    agent.wait(10)
    (gateway.folder / "hooks/wait").unlink()
    lost = "ended without its end, while it worked on meter"
    assert lost in gateway.run("status").out
    assert lost in gateway.run("status", "--json").document["lost_run"]
    findings = gateway.run("doctor", "--json").document["findings"]
    assert [one for one in findings if one["check"] == "run" and lost in one["what"]], findings
    assert lost in gateway.run("now").err
    assert "ended without" not in gateway.run("status").out and not (gateway.state / "run.json").exists()


@only_root
def test_an_agent_of_a_plain_user_has_workers_too(gateway):
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    give(gateway.folder)
    gateway.folder.chmod(0o755)
    run = gateway.now(wrapper=["setpriv", f"--reuid={UID}", f"--regid={UID}", "--clear-groups"])
    run.must("meter", code=0, outcome="updated")
    assert connector.head == new and connector.path.stat().st_uid == UID
