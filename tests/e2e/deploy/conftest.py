# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several suites of deployments share."""
from __future__ import annotations

import pytest

from release_commands import folder_with_code
from repo_deploy import Deployment
from virtualenvs import Virtualenv


@pytest.fixture
def code(gateway):
    """Code in a folder without pins, and no connector yet; releases start with a copy of a bare virtualenv."""
    return folder_with_code(gateway, "", Virtualenv.bare)


@pytest.fixture
def deployment(gateway):
    return Deployment(gateway)


@pytest.fixture
def app(gateway):
    remote = gateway.remote("app")
    remote.first = remote.push({"README": "app\n", "deploy/main.py": "1\n", "deploy/gone.py": "1\n", "other/secret": "1\n"}, "First")
    return remote
