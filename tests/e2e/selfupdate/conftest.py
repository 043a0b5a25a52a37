# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the self-update suites: an installed agent, and the publisher of the next one."""
from __future__ import annotations

import pytest

from releases import Install, Key


@pytest.fixture(scope="session")
def keys(base):
    return [Key(base / "keys", name) for name in ("first", "second")]


@pytest.fixture(scope="session")
def key(keys):
    return keys[0]


@pytest.fixture
def install(gateway, web, publisher, key):
    publisher.folder.mkdir(parents=True)
    made = Install(gateway, web.files(publisher.folder), key)
    made.mark = gateway.folder / "executed"
    return made


@pytest.fixture
def meter(gateway):
    return gateway.connector("meter")
