# SPDX-License-Identifier: Apache-2.0
"""Hostile archives in a complete night: each is refused with its own sentence, and nothing has changed."""
from __future__ import annotations

import os
import re
from pathlib import Path

import hostile_archives
from gateway import snapshot


def publish(archive: Path, content: bytes, time: int) -> None:
    """nginx makes an ETag of time and size."""
    archive.parent.mkdir(exist_ok=True)
    archive.write_bytes(content)
    os.utime(archive, (time, time))


def what_counts(gateway) -> dict:
    """Everything but downloads and their folder, which are kept so that they are not downloaded every night."""
    return {name: it for name, it in snapshot(gateway.root).items() if not re.search(r"/archive\.|^\.gup/app-\d+$", name)}


def test_each_is_refused_and_changes_nothing(gateway, web):
    site = gateway.folder / "site"
    hostile = {f"app-{number}": it for number, it in enumerate(hostile_archives.HOSTILE.values())}
    known = list(hostile)[::10]  # the other connectors have a hostile first archive
    for name in known:
        publish(site / f"{name}.zip", hostile_archives.with_usual(), 1_700_000_000)
        gateway.declare(name, source=web.files(site / f"{name}.zip").rstrip("/"))
    run = gateway.now()
    assert run.outcomes() == dict.fromkeys(known, "updated") and os.access(gateway.root / "app-0/main.py", os.X_OK), run
    before, around = what_counts(gateway), sorted(os.listdir(gateway.folder))
    for name, (make, _) in hostile.items():
        publish(site / f"{name}.zip", make(), 1_700_000_001)
        gateway.declare(name, source=web.files(site / f"{name}.zip").rstrip("/"))
    run = gateway.now()
    assert run.code == 1, run
    assert set(run.outcomes().values()) == {"failed"}, run
    wrong = {sentence: run[name]["reason"] for name, (_, sentence) in hostile.items() if sentence not in run[name]["reason"]}
    assert not wrong
    assert what_counts(gateway) == before and sorted(os.listdir(gateway.folder)) == around and not Path("/tmp/evil").exists()
    publish(site / "app-0.zip", hostile_archives.with_usual(hostile_archives.Entry("new.py", b"1\n")), 1_700_000_002)
    run = gateway.now("app-0")
    assert run.outcomes() == {"app-0": "updated"} and (gateway.root / "app-0/new.py").exists(), run


def test_names_that_differ_in_case_or_form_are_different_files(gateway, web):
    """On a file system that does not distinguish them, the second is refused: see archive_test.cpp."""
    archive = gateway.folder / "site/app.zip"
    alike = [hostile_archives.Entry(name, content) for name, content in hostile_archives.ALIKE.items()]
    publish(archive, hostile_archives.archive(hostile_archives.GUPFILE, *alike), 1_700_000_000)
    gateway.declare("app", source=web.files(archive).rstrip("/"))
    run = gateway.now()
    assert run.outcomes() == {"app": "updated"}, run
    for name, content in hostile_archives.ALIKE.items():
        assert (gateway.root / "app" / name).read_bytes() == content, name
