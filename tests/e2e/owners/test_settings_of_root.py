# SPDX-License-Identifier: Apache-2.0
"""The settings of git in root's environment are root's alone: no other owner's connector gets them, nor what is started for it."""
from __future__ import annotations

import subprocess

import pytest

from recorder import Recorder
from systemd import script

pytestmark = pytest.mark.root("only root can become another user")
UID = 4711


@pytest.fixture
def server():
    made = Recorder(lambda _: (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""))
    yield made
    made.stop()


@pytest.fixture
def connector(gateway, server):
    made = gateway.connector("meter", url=lambda path: server.url(path.name))
    subprocess.run(["chown", "-R", f"{UID}:{UID}", str(made.path)], check=True)
    gateway.folder.chmod(0o755)
    return made


def test_no_setting_of_root_reaches_another_owner(gateway, connector, server):
    asked = gateway.folder / "asked"
    asked.touch()
    asked.chmod(0o666)
    script(gateway.folder / "root-s", f"#!/bin/sh\nenv >>{asked}\necho root\n")
    (gateway.folder / "root-s-config").write_text(
        f"[credential]\n\thelper = {gateway.folder}/root-s\n[http]\n\textraHeader = X-Root: s3cret\n")
    env = {"GIT_ASKPASS": f"{gateway.folder}/root-s", "SSH_ASKPASS": f"{gateway.folder}/root-s", "GIT_HTTP_USER_AGENT": "root/1",
           "GIT_CONFIG_GLOBAL": f"{gateway.folder}/root-s-config", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader",
           "GIT_CONFIG_VALUE_0": "X-Root: s3cret", "GIT_CONFIG_PARAMETERS": "'http.userAgent'='root/2'"}
    gateway.now(env=env).must("meter", outcome="failed")
    assert server.requests and "s3cret" not in server.heard and "root/" not in server.heard and not server.logins()
    assert asked.read_text() == ""


def test_doctor_names_what_only_root_s_connectors_heed(gateway, connector):
    run = gateway.run("doctor", env={"GIT_SSL_CAINFO": "/x", "GIT_DIR": "/y"}, timeout=120)
    assert "used for root's own connectors only" in run.out and "GIT_SSL_CAINFO" in run.out, run
    assert "that the agent ignores" in run.out and "GIT_DIR" in run.out, run


def test_the_owner_s_own_configuration_is_read(gateway, connector, server):
    """Of a home that /etc/passwd names; this owner has none, so the repository's own file stands for it."""
    connector_config = connector.path / ".git/config"
    connector_config.write_text(connector_config.read_text() + "[http]\n\tuserAgent = owner/1\n")
    subprocess.run(["chown", f"{UID}:{UID}", str(connector_config)], check=True)
    gateway.now().must("meter", outcome="failed")
    assert server.values("User-Agent") == {"owner/1"}
