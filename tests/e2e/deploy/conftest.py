"""Fixtures that several suites of deployments share."""
from __future__ import annotations

import pytest

from release_commands import folder_with_code
from virtualenvs import Virtualenv


@pytest.fixture
def code(gateway):
    """Code in a folder without pins, and no connector yet; releases start with a copy of a bare virtualenv."""
    return folder_with_code(gateway, "", Virtualenv.bare)
