"""Fixtures of the tests that give the same files to git and to the agent."""
from __future__ import annotations

import pytest

from peers import Peers


@pytest.fixture
def peers(gateway, web, sshd):
    made = Peers(gateway, web, sshd)
    yield made
    made.stop()
