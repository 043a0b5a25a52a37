# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the tests that compare the agent with another program: git, pip, uv, or pypa/packaging. All have the mark `peers`."""
from __future__ import annotations

from pathlib import Path

import pytest

from peers import Peers


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "peers: compares the agent with another program")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.peers)


@pytest.fixture
def peers(gateway, web, sshd):
    made = Peers(gateway, web, sshd)
    yield made
    made.stop()
