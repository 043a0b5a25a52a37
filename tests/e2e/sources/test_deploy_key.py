# SPDX-License-Identifier: Apache-2.0
"""deploy-key, and add over SSH: the connector's own key, and host keys that are pinned on first contact."""
from __future__ import annotations

import json
import os
import pwd
import subprocess

import pytest

from additions import Untouched, add, another_user, fingerprint, make_remote, owners, use_quick_python
from completed import Has
from gateway import git, snapshot
from servers import Sshd
from tools import tool

needs_root = pytest.mark.root("only root can work as another user")


@pytest.fixture
def quick(gateway):
    use_quick_python(gateway)
    return gateway


@pytest.fixture
def server(sshd):
    """The server without deploy keys, except its own; `accept` adds one."""
    authorized = sshd.folder / "authorized"
    before = authorized.read_text()

    def accept(line: str) -> None:
        authorized.write_text(f'{before}restrict,command="{sshd.folder}/git-only" {line}\n')

    sshd.accept = accept
    yield sshd
    authorized.write_text(before)


def deploy_key(gateway, name: str, *arguments: str, **options) -> dict:
    run = gateway.run("deploy-key", "--json", name, *arguments, **options)
    assert run.code == 0, run
    return run.document


def added(gateway, server, name: str = "meter", *arguments: str):
    """A connector that was added with its own key."""
    remote = make_remote(gateway, name)
    server.accept(deploy_key(gateway, name)["public_key"])
    run = add(gateway, server.url(remote.bare), *arguments)
    assert run.code == 0, run
    return remote, run


def known_hosts(gateway):
    return gateway.state / "known_hosts"


def test_a_key_then_add_then_updates(quick, server):
    remote, run = added(quick, server)
    run.must("meter", outcome="updated")
    assert quick.check().code == 0
    quick.now().must("meter", outcome="unchanged")
    new = remote.push({"main.py": "print(2)\n"})
    assert quick.run("run").code == 0
    assert git("-C", quick.root / "meter", "rev-parse", "HEAD") == new


def test_the_key_is_shown_with_what_to_do_with_it_and_kept(quick):
    first = quick.run("deploy-key", "meter")
    assert first.code == 0, first
    folder = quick.state / "keys/meter"
    public = (folder / "id_ed25519.pub").read_text().strip()
    assert first.out.splitlines()[0] == public and public.startswith("ssh-ed25519 ")
    assert public.split(" ", 2)[2] == f"gup-agent meter@{os.uname().nodename}"
    assert fingerprint(folder / "id_ed25519.pub") in first.out
    for words in ("GitHub", "GitLab", "authorized_keys", "restrict,command=", "gup-agent add", "--name meter"):
        assert words in first.out, words
    assert (folder.stat().st_mode & 0o777, (folder / "id_ed25519").stat().st_mode & 0o777) == (0o700, 0o600)
    before = snapshot(quick.state / "keys")
    again = quick.run("deploy-key", "meter")
    assert again.out == first.out and snapshot(quick.state / "keys") == before
    private = (folder / "id_ed25519").read_text().splitlines()[1]
    assert private not in first.out + first.err + quick.log.read_text()


def test_the_advice_for_an_own_server_is_a_line_that_sshd_takes(quick, server):
    remote = make_remote(quick, "meter")
    shown = quick.run("deploy-key", "meter").out
    line = next(line.strip() for line in shown.splitlines() if "restrict,command=" in line)
    (server.folder / "authorized").write_text(line + "\n")
    run = add(quick, server.url(remote.bare))
    assert run.code == 0, run


def test_an_existing_connector_gets_a_key(quick, server):
    connector = quick.connector("meter", url=server.url)
    key = server.folder / "host.pub"
    known_hosts(quick).write_text(f"[127.0.0.1]:{server.port} {key.read_text()}")
    new = connector.push({"new": "1\n"})
    denied = quick.now()
    denied.must("meter", outcome="failed", reason=Has("Permission denied"))
    server.accept(deploy_key(quick, "meter")["public_key"])
    run = quick.now()
    run.must("meter", outcome="updated")
    assert connector.head == new, run


def test_a_name_that_no_scan_would_take_gets_no_key(quick):
    with Untouched(quick):
        for name in ("../meter", ".meter", "a/b", "", "a b", "-x", "meter\n", "%h", "m" * 300):
            run = quick.run("deploy-key", "--json", "--", name)
            assert run.code == 2, (name, run)


def test_a_connector_has_the_name_of_its_folder(quick, server):
    connector = quick.connector("it's a meter 100%h", url=lambda path: server.url(path).replace("%", "%25").replace(" ", "%20"))
    key = (server.folder / "host.pub").read_text()
    known_hosts(quick).write_text(f"[127.0.0.1]:{server.port} {key}")
    server.accept(deploy_key(quick, "it's a meter 100%h")["public_key"])
    new = connector.push({"new": "1\n"})
    run = quick.now()
    run.must("it's a meter 100%h", outcome="updated")
    assert connector.head == new, run


def test_killed_while_the_key_is_made_the_key_is_whole_or_missing(quick):
    for call, number in (("mkdir", 3), ("rename", 1), ("openat", 20), ("fsync", 1), ("syncfs", 1)):
        quick.run("deploy-key", "meter", wrapper=[tool("strace"), "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e",
                                                  f"inject={call}:signal=KILL:when={number}"])
        made = sorted(path.name for path in (quick.state / "keys/meter").glob("*"))
        assert made in ([], ["id_ed25519", "id_ed25519.pub"])
    assert deploy_key(quick, "meter")["fingerprint"] == fingerprint(quick.state / "keys/meter/id_ed25519.pub")
    assert sorted(path.name for path in (quick.state / "keys").iterdir()) == [".lock", "meter"]


def test_without_ssh_keygen_it_says_what_to_install(quick):
    with Untouched(quick):
        run = quick.run("deploy-key", "--json", "meter", env={"PATH": str(quick.folder / "empty")})
        assert run.code == 2, run
        assert "openssh-client" in run.document["hint"], run
        subprocess.run(["rm", "-r", str(quick.state / "keys")], check=True)


def test_a_key_that_the_server_refuses_leaves_nothing_behind(quick, server):
    remote = make_remote(quick, "meter")
    deploy_key(quick, "meter")
    with Untouched(quick):
        run = add(quick, server.url(remote.bare))
        run.must("meter", code=1, reason=Has("Permission denied"))
        assert "gup-agent deploy-key meter" in run["meter"]["hint"], run
    assert not known_hosts(quick).exists()


def test_the_first_contact_pins_the_host_key_and_shows_it(quick, server):
    _, run = added(quick, server)
    shown = fingerprint(server.folder / "host.pub")
    assert any(shown in action for action in run["meter"]["actions"]), run
    assert shown in quick.log.read_text()
    kind, key = (server.folder / "host.pub").read_text().split()[:2]
    assert known_hosts(quick).read_text() == f"[127.0.0.1]:{server.port} {kind} {key}\n"
    assert known_hosts(quick).stat().st_mode & 0o777 == 0o644
    _, second = added(quick, server, "second")
    assert shown not in second.out, "a host that is known is not news"
    assert len(known_hosts(quick).read_text().splitlines()) == 1


def test_add_requires_the_given_host_key(quick, server):
    remote = make_remote(quick, "meter")
    server.accept(deploy_key(quick, "meter")["public_key"])
    with Untouched(quick):
        run = add(quick, server.url(remote.bare), "--host-key", "SHA256:" + "A" * 43)
        assert run.code == 1, run
        assert fingerprint(server.folder / "host.pub") in run["meter"]["reason"], run
    run = add(quick, server.url(remote.bare), "--host-key", fingerprint(server.folder / "host.pub"))
    assert run.code == 0, run
    assert known_hosts(quick).exists(), run


def test_a_host_that_is_not_known_at_night_is_not_trusted(quick, server):
    added(quick, server)
    known_hosts(quick).unlink()
    run = quick.now()
    run.must("meter", outcome="failed", reason=Has(f"127.0.0.1:{server.port}"))
    run.must("meter", reason=Has("not known"))
    assert not known_hosts(quick).exists()
    # The command of the hint, as typed.
    command = run["meter"]["hint"].split(" trusts it")[0]
    shown = subprocess.run(["sh", "-c", command], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert fingerprint(server.folder / "host.pub") in shown.stdout
    quick.now().must("meter", outcome="unchanged")


@pytest.fixture
def changed(quick, server):
    """A connector whose host has another key than the pinned one, which is in line 2."""
    added(quick, server)
    kind, key = (server.folder / "stranger.pub").read_text().split()[:2]
    known_hosts(quick).write_text(f"# pinned\n[127.0.0.1]:{server.port} {kind} {key}\n")
    return quick


def test_a_changed_host_key_is_named_with_its_file_and_fingerprint(changed, server):
    run = changed.now()
    reason = run["meter"]["reason"]
    run.must("meter", outcome="failed")
    assert "has changed" in reason, run
    assert f"{known_hosts(changed)}:2" in reason and fingerprint(server.folder / "host.pub") in reason, run
    assert "ssh-keygen -R" in run["meter"]["hint"], run


def test_add_trusts_no_changed_host_key(changed, server):
    remote = make_remote(changed, "second")
    server.accept(deploy_key(changed, "second")["public_key"])
    with Untouched(changed):
        run = add(changed, server.url(remote.bare))
        run.must("second", code=1, reason=Has("has changed"))


def test_hashed_entries_are_used(quick, server):
    added(quick, server)
    subprocess.run([tool("ssh-keygen"), "-q", "-H", "-f", str(known_hosts(quick))], check=True, stderr=subprocess.DEVNULL)
    known_hosts(quick).with_name("known_hosts.old").unlink()
    assert "127.0.0.1" not in known_hosts(quick).read_text()
    quick.now().must("meter", outcome="unchanged")


def test_each_server_has_its_own_entry(quick, server, base):
    other = Sshd(base)
    try:
        added(quick, server)
        remote = make_remote(quick, "second")
        other_key = deploy_key(quick, "second")["public_key"]
        (other.folder / "authorized").write_text(f'restrict,command="{other.folder}/git-only" {other_key}\n')
        run = add(quick, other.url(remote.bare))
        assert run.code == 0, run
        assert len(known_hosts(quick).read_text().splitlines()) == 2
        assert set(quick.now().outcomes().values()) == {"unchanged"}
    finally:
        other.stop()


def test_an_own_ssh_command_is_used_as_it_is(quick, server):
    remote = make_remote(quick, "meter")
    own = {"GIT_SSH_COMMAND": server.command()}
    shown = quick.run("deploy-key", "meter", env=own)
    assert "GIT_SSH_COMMAND" in shown.out, shown
    run = add(quick, server.url(remote.bare), env=own)
    assert run.code == 0, run
    assert not known_hosts(quick).exists()
    unknown = {"GIT_SSH_COMMAND": server.command(known="known-none")}
    with Untouched(quick):
        run = add(quick, server.url(remote.bare), "--name", "second", env=unknown)
        run.must("second", code=1, reason=Has("GIT_SSH_COMMAND"))


def test_a_crash_after_the_first_contact_forgets_it(quick, server):
    remote = make_remote(quick, "meter")
    server.accept(deploy_key(quick, "meter")["public_key"])
    with Untouched(quick):
        quick.run("add", server.url(remote.bare), wrapper=[tool("strace"), "-f", "-qq", "-o", "/dev/null", "-e", "trace=mkdirat",
                                                           "-e", "inject=mkdirat:signal=KILL:when=1"])
        assert known_hosts(quick).exists()
        run = quick.run("recover", "--json")
        assert run.code == 0, run
        assert "host key" in run.out, run


@needs_root
def test_the_key_belongs_to_its_owner_who_can_use_it(quick, server):
    user = another_user()
    os.chown(quick.root, user.pw_uid, user.pw_gid)
    quick.temporary.chmod(0o1777)
    remote, run = added(quick, server)
    assert owners(quick.state / "keys/meter") == owners(quick.root / "meter") == {user.pw_uid}
    new = remote.push({"new": "1\n"})
    quick.now().must("meter", outcome="updated")
    assert git("-C", quick.root / "meter", "rev-parse", "HEAD") == new
    assert (quick.state / "keys").stat().st_uid == known_hosts(quick).stat().st_uid == 0


@needs_root
def test_a_key_belongs_to_the_owner_given_to_add(quick, server):
    user = another_user()
    remote = make_remote(quick, "meter")
    server.accept(deploy_key(quick, "meter")["public_key"])
    assert owners(quick.state / "keys/meter") == {0}
    run = add(quick, server.url(remote.bare), "--owner", str(user.pw_uid))
    assert run.code == 0, run
    assert owners(quick.state / "keys/meter") == {user.pw_uid}
    assert pwd.getpwuid(user.pw_uid).pw_name in json.dumps(run["meter"]["actions"])


@needs_root
def test_root_gives_away_no_planted_file(quick):
    user = another_user()
    deploy_key(quick, "meter", "--owner", user.pw_name)
    secret, key = quick.folder / "secret", quick.state / "keys/meter/id_ed25519"
    secret.write_text("root's\n")
    key.unlink()
    for plant in (os.symlink, os.link):
        plant(secret, key)
        run = quick.run("deploy-key", "--json", "meter", "--owner", "root")
        assert secret.stat().st_uid == 0 and "root's" not in run.out + run.err, run
        os.chown(key.parent, user.pw_uid, user.pw_gid)
        run = quick.run("deploy-key", "--json", "meter", "--owner", str(user.pw_uid + 1 if user.pw_uid < 10 else 1))
        assert run.code != 0 and secret.stat().st_uid == 0 and "root's" not in run.out + run.err, run
        key.unlink()
        os.chown(key.parent, user.pw_uid, user.pw_gid)


def test_a_name_near_that_of_a_connector_is_told(gateway):
    gateway.connector("smart-meter")
    run = gateway.run("deploy-key", "smart-metr")
    assert run.code == 0 and "did you mean smart-meter?" in run.err and "ssh-ed25519 " in run.out, run
    assert gateway.run("deploy-key", "smart-metr", "--json").document["near"] == "smart-meter"
    for name in ("smart-meter", "wind-sensor"):
        assert gateway.run("deploy-key", name).err == "" and gateway.run("deploy-key", name, "--json").document["near"] == ""
