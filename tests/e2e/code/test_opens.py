# SPDX-License-Identifier: Apache-2.0
"""One night opens a connector's files rarely: each phase opens its repository once, a deployment its archive once."""
from __future__ import annotations

import pytest

from archives import zipped
from traces import opens

GUPFILE = "six,1.11.0\n"


@pytest.fixture(params=["path", "http"])
def meter(gateway, web, request):
    """A connector that is up to date, with its remote on this machine or on a web server."""
    connector = gateway.connector("meter", GUPFILE, url=web.http if request.param == "http" else None)
    gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    gateway.now().must("meter", outcome="unchanged")
    return connector


def test_a_quiet_night_reads_a_repositorys_configuration_twice(gateway, meter):
    """Once by libgit2, to find out the kind of repository, and once with the owner's own configuration."""
    run, opened = opens(gateway, meter.path / ".git/config", "now", "--json")
    assert run.outcomes() == {"meter": "unchanged"}
    assert opened <= 2


def test_a_night_with_a_new_commit_reads_it_six_times(gateway, meter):
    """Two times in each phase: observe, fetch, activate."""
    meter.push({"main.py": "print(2)\n"})
    run, opened = opens(gateway, meter.path / ".git/config", "now", "--json")
    run.must("meter", outcome="updated")
    assert opened <= 6


def test_an_archive_is_opened_once_for_a_deployment(gateway, web, folder):
    archive = folder / "served/app.zip"
    archive.parent.mkdir()
    archive.write_bytes(zipped({"gupfile": "", "main.py": "1\n", "lib/data": "x" * 100_000}))
    connector = gateway.declare("app", source=web.under("files", archive))
    run, opened = opens(gateway, gateway.root / ".gup/app/archive.part", "now", "--json")
    run.must("app", outcome="updated")
    assert (connector / "main.py").read_text() == "1\n"
    assert opened == 1
