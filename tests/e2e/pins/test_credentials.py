# SPDX-License-Identifier: Apache-2.0
"""Passwords are found in all their sources, and appear nowhere else."""
from __future__ import annotations

import base64

import pytest

from gateway import Completed, Gateway
from tools import tool
from wheels import project


def secrets_of(web) -> list[str]:
    return [web.password, web.basic, base64.b64encode(web.password.encode()).decode()]


def told(gateway: Gateway, *runs: Completed) -> str:
    """Everything that the agent has written: outputs, log, state."""
    texts = [run.out + run.err for run in runs]
    for folder in (gateway.log.parent, gateway.state):
        texts += [path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file()]
    return "\n".join(texts)


@pytest.fixture
def https(gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    return gateway


def helper_script(gateway, web, password: str | None = None):
    """A credential helper that records its questions."""
    script = gateway.folder / "helper"
    script.write_text(f'#!/bin/sh\necho "$1" >> {gateway.folder}/helper.log\ncat >> {gateway.folder}/helper.log\n'
                      f'test "$1" = get && printf "username={web.user}\\npassword={password or web.password}\\n"\n')
    script.chmod(0o755)
    return script


def test_credentials_in_the_url(https, web):
    connector = https.connector("meter", url=lambda path: web.private(path, web.login))
    new = connector.push({"new": "1\n"})
    run = https.now()
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_credentials_in_the_url_may_be_percent_encoded(https, web):
    connector = https.connector("meter", url=lambda path: web.private(path, "gateway:s3cret%2Dp4ss"))
    new = connector.push({"new": "1\n"})
    https.now().must("meter", outcome="updated")
    assert connector.head == new


def test_credentials_of_netrc(https, web):
    connector = https.connector("meter", url=web.private)
    new = connector.push({"new": "1\n"})
    netrc = https.home / ".netrc"
    netrc.write_text(f"machine example.org login x password y\nmachine localhost\nlogin {web.user}\npassword {web.password}\n")
    netrc.chmod(0o600)
    run = https.now()
    run.must("meter", outcome="updated")
    assert connector.head == new


@pytest.mark.parametrize("place", ["user", "repository"])
def test_credentials_of_a_helper(https, web, place):
    connector = https.connector("meter", url=web.private)
    new = connector.push({"new": "1\n"})
    script = helper_script(https, web)
    if place == "user":
        (https.home / ".gitconfig").write_text(f"[credential]\n\thelper = {script}\n")
    else:
        connector.git("config", "credential.helper", script)
    run = https.now()
    run.must("meter", outcome="updated")
    assert connector.head == new
    asked = (https.folder / "helper.log").read_text()
    assert asked.startswith("get\n") and "protocol=https\n" in asked and f"host=localhost:{web.https_port}\n" in asked


def test_credentials_that_git_has_stored(https, web):
    connector = https.connector("meter", url=web.private)
    new = connector.push({"new": "1\n"})
    (https.home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    (https.home / ".git-credentials").write_text(f"https://{web.login}@localhost%3a{web.https_port}\n")
    run = https.now()
    run.must("meter", outcome="updated")
    assert connector.head == new


def test_a_user_name_in_the_url_gets_its_password_from_the_helper(https, web):
    connector = https.connector("meter", url=lambda path: web.private(path, web.user))
    new = connector.push({"new": "1\n"})
    connector.git("config", "credential.helper", helper_script(https, web))
    https.now().must("meter", outcome="updated")
    assert connector.head == new
    assert f"username={web.user}\n" in (https.folder / "helper.log").read_text()


def test_missing_credentials_fail_with_a_hint(https, web):
    https.connector("meter", url=web.private)
    run = https.now(timeout=20)
    run.must("meter", code=1, outcome="failed")
    assert run["meter"]["hint"], run


@pytest.mark.parametrize("source", ["url", "netrc", "helper"])
def test_a_wrong_password_fails_and_is_never_printed(https, web, source):
    wrong = "wr0ng-s3cret"
    connector = https.connector("meter", url=lambda path: web.private(path, f"gateway:{wrong}" if source == "url" else ""))
    if source == "netrc":
        (https.home / ".netrc").write_text(f"machine localhost login gateway password {wrong}\n")
    if source == "helper":
        connector.git("config", "credential.helper", helper_script(https, web, wrong))
    run = https.now("-v", timeout=20)
    run.must("meter", code=1, outcome="failed")
    assert len(web.requests(connector.remote.bare)) <= 4, "a wrong password is not tried again and again"
    assert wrong not in told(https, run)


def test_a_password_does_not_follow_a_redirect_to_another_host(https, web):
    connector = https.connector("meter", url=lambda path: web.under("elsewhere", path).replace("//", f"//{web.login}@"))
    run = https.now(timeout=20)
    run.must("meter", outcome="failed")
    private = [line for line in web.requests(connector.remote.bare) if "/private/" in line]
    assert private and not any(line.endswith(f" {web.user}") for line in private), private


def test_secrets_of_a_remote_appear_nowhere(https, web):
    connector = https.connector("meter", url=lambda path: web.private(path, web.login))
    gone = https.connector("gone", url=lambda path: web.private(path, web.login) + "-gone")
    connector.push({"new": "1\n"})
    executed = https.folder / "execve"
    strace = [tool("strace"), "-f", "-qq", "-s", "4096", "-e", "trace=execve", "-o", str(executed)]
    check = https.run("check", "--json", "-v")
    now = https.run("now", "-v", wrapper=strace)
    status = https.run("status")
    text = told(https, check, now, status) + executed.read_text()
    assert "gone" in text, now
    assert now.code == 1, now
    for secret in secrets_of(web):
        assert secret not in text
    assert gone.head


def test_secrets_of_a_pin_source_appear_nowhere(https, web):
    library = https.remote("library")
    library.push(project("gup-library", "5.0.0"))
    library.tag("5.0.0")
    login = base64.b64encode(web.login.encode()).decode()
    source = "git+" + web.private(library.bare, web.login)
    https.connector("meter", f"gup-library,5.0.0,{source}\n")
    https.connector("other", f"gup-library,7.0.0,{source}\n")
    for name in ("meter", "other"):
        https.virtualenv(name)
    executed = https.folder / "execve"
    strace = [tool("strace"), "-f", "-qq", "-s", "4096", "-e", "trace=execve", "-o", str(executed)]
    run = https.run("now", "--json", "-v", wrapper=strace, env={"GIT_SSL_CAINFO": str(web.authority.ca)})
    assert run.outcomes() == {"meter": "updated", "other": "failed"}, run
    text = told(https, run, https.check(), https.status())
    for secret in (*secrets_of(web), login):
        assert secret not in text
        assert secret not in executed.read_text()



def test_secrets_of_the_package_index_appear_nowhere(https, web, index):
    index.add("gup-one", "1.0")
    https.connector("meter", "gup-one,1.0\ngup-missing,1.0\n")
    virtualenv = https.virtualenv("meter")
    https.use_index(index.url.replace("/files/", "/locked/").replace("//", f"//{web.login}@"))
    executed = https.folder / "execve"
    strace = [tool("strace"), "-f", "-qq", "-s", "4096", "-e", "trace=execve", "-o", str(executed)]
    run = https.run("now", "--json", "-v", wrapper=strace)
    assert run.code == 1, run
    assert virtualenv.installed()["gup-one"] == "1.0", run
    for secret in secrets_of(web):
        assert secret not in told(https, run) + executed.read_text()
