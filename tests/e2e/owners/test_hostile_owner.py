# SPDX-License-Identifier: Apache-2.0
"""A hostile owner: an agent that runs as root gives no rights to the owner and cannot be blocked by the owner."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from completed import Has

UID = 4711
only_root = pytest.mark.root("only root can become another user")

# A credential helper that tries several attacks on every thread of its worker and of the agent, and records the successful
# ones. A worker is the owner's own process, so its owner may end it; nothing of its memory is the owner's.
ATTACK = """#!/usr/bin/python3
import ctypes, json, os, signal
libc = ctypes.CDLL(None, use_errno=True)
def parent_of(pid):
    return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1])
worker = parent_of(os.getpid())
while open(f"/proc/{worker}/comm").read().strip() != "gup-agent":
    worker = parent_of(worker)
agent = parent_of(worker)
assert open(f"/proc/{agent}/comm").read().strip() == "gup-agent"
done = []
def attempt(what, act):
    try:
        act()
        done.append(what)
    except OSError:
        pass
for pid in (worker, agent):
    for thread in map(int, os.listdir(f"/proc/{pid}/task")):
        place = f"/proc/{pid}/task/{thread}"
        for name in ("mem", "environ", "maps"):
            attempt(f"read {name}", lambda: open(f"{place}/{name}", "rb").read(1))
        attempt("see descriptors", lambda: [os.readlink(f"{place}/fd/{fd}") for fd in os.listdir(f"{place}/fd")])
        if libc.ptrace(16, thread, 0, 0) == 0:
            done.append("trace")
for thread in map(int, os.listdir(f"/proc/{agent}/task")):
    attempt("signal a thread", lambda: os.kill(thread, signal.SIGKILL))
attempt("signal the agent", lambda: os.kill(agent, signal.SIGKILL))
with open(__file__ + ".told", "w") as told:
    json.dump({"done": done, "environment": dict(os.environ), "descriptors": sorted(os.listdir("/proc/self/fd"))}, told)
"""


def give(path: Path, uid: int = UID) -> None:
    subprocess.run(["chown", "-R", f"{uid}:{uid}", str(path)], check=True)


@pytest.fixture
def attack(gateway, web):
    """A connector of another user with a hostile credential helper; returns the records of that helper."""
    gateway.folder.chmod(0o755)
    gateway.configure("network", ca_file=str(web.authority.ca))
    connector = gateway.connector("meter")
    connector.git("remote", "set-url", "origin", web.private(connector.remote.bare))
    script = gateway.folder / "attack" / "helper"
    script.parent.mkdir()
    script.write_text(ATTACK)
    script.chmod(0o755)
    connector.git("config", "credential.helper", script)
    give(script.parent)
    give(connector.path)

    def run(**options) -> dict:
        completed = gateway.now(**options)
        completed.must("meter", outcome="failed")
        return json.loads(script.with_name("helper.told").read_text())

    return run


@only_root
@pytest.mark.native_only("the process that the attack looks for is the emulator")
def test_an_owner_can_neither_signal_nor_look_into_the_agent(attack):
    assert attack()["done"] == []


@only_root
@pytest.mark.native_only("the process that the attack looks for is the emulator")
def test_an_owner_sees_nothing_of_root_s_environment(attack):
    private = {"AWS_SECRET_ACCESS_KEY": "x", "SSH_AUTH_SOCK": "/run/agent", "XDG_RUNTIME_DIR": "/run/user/0",
               "GUP_LOGGING_LEVEL": "debug", "SUDO_USER": "root"}
    seen = attack(env={**private, "https_proxy": "", "no_proxy": "localhost"})["environment"]
    assert not private.keys() & seen.keys(), seen
    assert seen["no_proxy"] == "localhost" and "PATH" in seen


PIPES = [".git/config", ".git/index", ".git/packed-refs", ".git/refs/heads/main", ".git/refs/remotes/origin/main",
         ".git/objects/info/alternates", ".git/info/attributes", ".git/shallow", ".git/logs/HEAD", "object"]


@pytest.mark.parametrize("place", PIPES)
def test_a_named_pipe_in_a_repository_does_not_block_the_run(gateway, place):
    connector, other = gateway.connector("meter"), gateway.connector("other")
    head = connector.head
    new = other.push({"new": "1\n"})
    connector.push({"new": "1\n"})
    path = connector.path / (f".git/objects/{head[:2]}/{head[2:]}" if place == "object" else place)
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)
    run = gateway.run("now", "--json", timeout=20)
    run.must("other", outcome="updated")
    assert other.head == new


def test_a_named_pipe_as_ca_file_does_not_block_the_run(gateway, web):
    connector, other = gateway.connector("meter", url=web.https), gateway.connector("other", url=web.https)
    gateway.configure("network", ca_file=str(web.authority.ca))
    other.push({"new": "1\n"})
    os.mkfifo(gateway.folder / "ca")
    connector.git("config", "http.sslCAInfo", gateway.folder / "ca")
    run = gateway.run("now", "--json", timeout=20)
    assert run.outcomes() == {"meter": "failed", "other": "updated"}, run
    assert "sslCAInfo" in run["meter"]["hint"], run


@only_root
def test_a_ca_file_that_only_root_may_read_is_not_read_for_the_owner(gateway, web):
    gateway.folder.chmod(0o755)
    connector = gateway.connector("meter", url=web.https)
    secret = gateway.folder / "ca"
    secret.write_bytes(Path(web.authority.ca).read_bytes())
    secret.chmod(0o600)
    connector.git("config", "http.sslCAInfo", secret)
    give(connector.path)
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("ermission"))


@only_root
def test_credentials_of_one_owner_do_not_serve_another_with_the_same_home(gateway, web):
    """Owners that are not in /etc/passwd share the home folder /."""
    gateway.folder.chmod(0o755)
    gateway.configure("network", ca_file=str(web.authority.ca), parallel=1)
    first = gateway.connector("a-first", url=web.private)
    script = gateway.folder / "helper"
    script.write_text(f'#!/bin/sh\ntest "$1" = get && printf "username={web.user}\\npassword={web.password}\\n"\n')
    script.chmod(0o755)
    first.git("config", "credential.helper", script)
    second = gateway.connector("b-second", url=web.private)
    give(first.path)
    give(second.path, UID + 1)
    assert gateway.now().outcomes() == {"a-first": "unchanged", "b-second": "failed"}


@pytest.mark.native_only("the limit is the emulator's, which keeps it from the agent")
@pytest.mark.not_sanitized("AddressSanitizer itself wants more memory than this case allows")
def test_a_file_that_would_fill_the_memory_is_refused(gateway):
    connector, other = gateway.connector("meter"), gateway.connector("other")
    before, new = connector.snapshot(), other.push({"new": "1\n"})
    connector.push({"bomb": bytes(257 << 20)})
    (connector.remote.author / "bomb").unlink()
    run = gateway.now(wrapper=["prlimit", f"--as={1 << 30}"])
    assert run.outcomes() == {"meter": "failed", "other": "updated"}, run
    run.must("meter", reason=Has("bomb"))
    assert connector.snapshot() == before and other.head == new


def test_a_gupfile_that_exhausts_the_stack_is_an_error(gateway):
    connector, other = gateway.connector("meter"), gateway.connector("other")
    connector.push({"gupfile": "[dependencies]\n" + ".".join(["a"] * 300_000) + ' = "1"\n'})
    new = other.push({"new": "1\n"})
    run = gateway.now()
    assert run.outcomes() == {"meter": "failed", "other": "updated"}, run
    assert other.head == new
