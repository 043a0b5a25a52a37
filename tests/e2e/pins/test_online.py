# SPDX-License-Identifier: Apache-2.0
"""The README's own gupfile against the public package index, with this machine's own pip settings. make online runs it."""
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools import tool
from traces import fingerprints, traced
from wheels import project

pytestmark = pytest.mark.network
GIT_SOURCE = "git+https://github.com/benjaminp/six.git"


@pytest.fixture
def online(gateway):
    """A gateway with this machine's settings for pip, proxies and certificates."""
    for key, value in os.environ.items():
        if key.startswith(("PIP_", "SSL_", "GIT_SSL")) or key.lower().endswith("_proxy"):
            gateway.environment[key] = value
    for place in (".config/pip/pip.conf", ".pip/pip.conf", ".gitconfig", ".netrc"):
        own = Path.home() / place
        if own.exists():
            (gateway.home / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(own, gateway.home / place)
    return gateway


def satisfied_from_empty(gateway, gupfile: str, installed: dict[str, str]) -> None:
    gateway.connector("smart-meter", gupfile)
    virtualenv = gateway.virtualenv("smart-meter")
    run = gateway.now(timeout=300)
    run.must("smart-meter", code=0, outcome="updated")
    assert installed.items() <= virtualenv.installed().items()
    before = fingerprints(gateway.root)
    calls, code = traced(gateway, "now")
    assert code == 0 and len(calls) == 1, calls
    assert fingerprints(gateway.root) == before


def test_the_readme_s_gupfile_and_a_git_source_from_empty_to_satisfied(online, web):
    library = online.remote("library")
    library.push(project("client-connector-lib", "5.0.0"))
    library.tag("5.0.0")
    satisfied_from_empty(
        online,
        f"client-connector-lib,5.0.0,git+{web.http(library.bare)}\npaho-mqtt,1.3.1\npyserial,3.4\nsix,1.11.0\n",
        {"client-connector-lib": "5.0.0", "paho-mqtt": "1.3.1", "pyserial": "3.4", "six": "1.11.0"})


def test_a_public_git_source_from_empty_to_satisfied(online):
    asked = subprocess.run([tool("git"), "ls-remote", GIT_SOURCE.removeprefix("git+"), "HEAD"], env=online.environment,
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    if asked.returncode != 0:
        pytest.skip(f"no way to the public git server from here: {asked.stderr.strip()}")
    satisfied_from_empty(online, f"paho-mqtt,1.3.1\npyserial,3.4\nsix,1.16.0,{GIT_SOURCE}\n",
                         {"paho-mqtt": "1.3.1", "pyserial": "3.4", "six": "1.16.0"})
