# SPDX-License-Identifier: Apache-2.0
"""Fixtures of doctor's suites."""
from __future__ import annotations

import shutil

import pytest

from machine import Machine
from servers import start_server, stop_server


@pytest.fixture(scope="module")
def cron(tmp_path_factory):
    """A process that is called cron."""
    program = tmp_path_factory.mktemp("cron") / "cron"
    shutil.copy("/bin/sleep", program)
    process = start_server([str(program), "3600"])
    yield process
    stop_server(process)


@pytest.fixture
def machine(gateway, cron):
    gateway.folder.chmod(0o755)
    return Machine(gateway)
