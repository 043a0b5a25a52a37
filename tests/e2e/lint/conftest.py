# SPDX-License-Identifier: Apache-2.0
"""What the tests of authors' tools share."""
from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    return tmp_path
