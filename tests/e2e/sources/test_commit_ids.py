# SPDX-License-Identifier: Apache-2.0
"""A full commit id as the source: on servers that by default send only what a ref names."""
from __future__ import annotations

import json

import pytest

from completed import Has
from gateway import git, remove, wait_for
from servers import free_port, start_server, stop_server
from tools import SYSTEM_PATH, tool


@pytest.fixture
def app(gateway):
    """A remote with an old commit on main, one that only a tag names, and one that nothing names any more."""
    remote = gateway.remote("app")
    remote.old = remote.push({"main.py": "1\n", "gupfile": ""}, "First")
    remote.push({"main.py": "2\n"}, "Second")
    remote.tip = remote.push({"main.py": "3\n"}, "Third")
    remote.tagged = remote.push({"main.py": "of a tag\n"}, branch="side")
    remote.tag("v9", annotated=True)
    remote.git("push", "-q", "origin", ":refs/heads/side")
    return remote


def urls(web) -> dict:
    return {"http": web.http, "old server": lambda path: web.under("old", path), "file": lambda path: path.as_uri()}


@pytest.mark.parametrize("server", ["http", "old server", "file"])
@pytest.mark.parametrize("allowed", ["", "allowTipSHA1InWant", "allowReachableSHA1InWant", "allowAnySHA1InWant"])
@pytest.mark.parametrize("which", ["old", "tip", "tagged"])
def test_any_commit_of_the_remote_can_be_the_source(gateway, web, app, server, which, allowed):
    if allowed:
        git("-C", app.bare, "config", f"uploadpack.{allowed}", "true")
    commit = getattr(app, which)
    place = gateway.declare("app", source=f"git+{urls(web)[server](app.bare)}#{commit}")
    run = gateway.now()
    run.must("app", code=0, outcome="updated", commit=commit)
    assert json.loads((place / "generation.json").read_text())["commit"] == commit
    assert gateway.now().outcomes() == {"app": "unchanged"}


def test_over_ssh(gateway, sshd, app):
    gateway.declare("app", source=f"git+{sshd.url(app.bare)}#{app.old}")
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    run.must("app", code=0, outcome="updated", commit=app.old)


def test_over_git_daemon(gateway, app):
    port = free_port()
    daemon = start_server([tool("git"), "daemon", f"--port={port}", "--listen=127.0.0.1", "--export-all", "--reuseaddr",
                           f"--base-path={app.bare.parent}", str(app.bare.parent)],
                          env={"PATH": SYSTEM_PATH, "HOME": "/nonexistent", "GIT_CONFIG_COUNT": "1",
                               "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"})
    try:
        url = f"git://127.0.0.1:{port}/{app.bare.name}"
        wait_for(lambda: git("ls-remote", url, check=False), "git daemon")
        gateway.declare("app", source=f"{url}#{app.old}")
        gateway.now().must("app", code=0, outcome="updated", commit=app.old)
    finally:
        stop_server(daemon)


def test_an_older_commit_than_the_shallow_one_that_is_here(gateway, web, app):
    gateway.declare("app", source=f"git+{web.http(app.bare)}#main")
    gateway.now().must("app", code=0, commit=app.tip)
    gateway.declare("app", source=f"git+{web.http(app.bare)}#{app.old}")
    gateway.now().must("app", code=0, outcome="updated", commit=app.old)
    gateway.declare("app", source=f"git+{web.http(app.bare)}#{app.tagged}")
    gateway.now().must("app", code=0, outcome="updated", commit=app.tagged)
    assert git("-C", gateway.root / ".gup/app/repository", "fsck") == ""


def test_a_commit_that_the_remote_does_not_have(gateway, web, app):
    gateway.declare("app", source=f"git+{web.http(app.bare)}#{'12' * 20}")
    run = gateway.now()
    run.must("app", code=1, outcome="failed", reason=Has("no commit", "12" * 20))


def test_deploy_takes_a_commit_id(gateway, web, app):
    local = gateway.folder / "live"
    gateway.config_file = gateway.folder / "repo-deploy.cfg"
    gateway.config_file.write_text(f"remote=git+{web.http(app.bare)}#{app.old}\nlocal={local}\n")
    run = gateway.run("deploy", "-f", "--cache", gateway.folder / "cache")
    assert run.code == 0, run
    assert (local / "main.py").read_text() == "1\n"


def test_a_submodule_at_a_commit_that_only_a_tag_names(gateway, web):
    inner = gateway.remote("inner")
    inner.push({"lib.py": "1\n"})
    connector = gateway.connector("meter", files={"main.py": "1\n"}, url=web.http)
    connector.remote.git("submodule", "--quiet", "add", web.http(inner.bare), "sub")
    wanted = inner.push({"lib.py": "2\n"}, branch="side")
    inner.tag("v2")
    inner.git("push", "-q", "origin", ":refs/heads/side")
    git("-C", connector.remote.author / "sub", "fetch", "-q", inner.bare, "refs/tags/v2")
    git("-C", connector.remote.author / "sub", "checkout", "-q", wanted)
    connector.push()
    gateway.now().must("meter", code=0, outcome="updated")
    assert (connector.path / "sub/lib.py").read_text() == "2\n"


def test_a_damaged_repository_of_a_source_is_replaced(gateway, web, app):
    gateway.declare("app", source=f"git+{web.http(app.bare)}#{app.old}")
    gateway.now().must("app", code=0)
    remove(gateway.root / ".gup/app/repository/objects")
    gateway.declare("app", source=f"git+{web.http(app.bare)}#{app.tip}")
    gateway.now().must("app", code=0, commit=app.tip)
