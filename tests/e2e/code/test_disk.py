# SPDX-License-Identifier: Apache-2.0
"""A full disk: the connector keeps its complete old work tree."""
from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from completed import Has
from gateway import Gateway, git, snapshot
from tools import tool


def small_connector(gateway: Gateway, small, size: str, reserve: str = "0", url=None):
    """A connector on its own small disk, with `reserve` as update.disk-reserve."""
    gateway.configure("update", disk_reserve=reserve)
    connector = gateway.connector("meter", files={f"src/file{number}": "old\n" * 500 for number in range(20)}, url=url)
    aside = gateway.folder / "aside"
    connector.path.rename(aside)
    small(connector.path, size)
    shutil.copytree(aside, connector.path, symlinks=True, dirs_exist_ok=True)
    return connector


@pytest.mark.parametrize("compressible", [True, False], ids=["in the work tree", "in the pack"])
def test_a_disk_that_fills_up_leaves_the_old_work_tree(gateway, small, compressible):
    connector = small_connector(gateway, small, "2m")
    head = connector.head
    before = connector.snapshot()
    changed = {f"src/file{number}": "new\n" * 500 for number in range(20)}
    size = 4_000_000
    connector.push({**changed, "zzz/big": bytes(size) if compressible else os.urandom(size)})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("space"))
    assert connector.snapshot() == before
    assert connector.head == head and connector.changes == ""
    assert not (gateway.state / "journal/meter").exists()
    packs = [path.name for path in (connector.path / ".git/objects/pack").iterdir()]
    assert all(name.startswith("pack-") for name in packs), packs


@pytest.mark.parametrize("way", ["file", "http"])
def test_a_fetch_does_not_begin_where_less_than_the_reserve_is_free(gateway, small, web, way):
    connector = small_connector(gateway, small, "4m", reserve="8MiB", url=web.http if way == "http" else None)
    connector.push({"big": os.urandom(1000)})
    before = snapshot(connector.path)
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("8.0 MiB must stay free (update.disk-reserve), but 3."))
    run.must("meter", reason=Has(".git"))
    assert "free some space" in run["meter"]["hint"], run
    assert snapshot(connector.path) == before


@pytest.mark.parametrize("way", ["file", "http"])
def test_a_fetch_ends_when_the_reserve_is_reached_and_goes_on_another_night(gateway, small, web, way):
    connector = small_connector(gateway, small, "12m", reserve="4MiB", url=web.http if way == "http" else None)
    ballast = connector.path / "ballast"
    ballast.write_bytes(bytes(2 << 20))
    before, head = snapshot(connector.path / ".git/objects"), connector.head
    new = connector.push({"big": os.urandom(7 << 20)})
    trace = gateway.folder / "trace"
    run = gateway.now(wrapper=[tool("strace"), "-f", "-qq", "-o", str(trace), "-e", "trace=statfs"])
    run.must("meter", code=1, outcome="failed", reason=Has("4.0 MiB must stay free (update.disk-reserve), but "))
    run.must("meter", reason=Has("MiB were written"))
    assert connector.head == head and not (gateway.state / "journal/meter").exists()
    assert snapshot(connector.path / ".git/objects") == before, "the partial pack is gone"
    assert 3 <= trace.read_text().count("statfs(") < 20, "not for every chunk"
    ballast.unlink()
    gateway.configure("update", disk_reserve="1KiB")
    # There is only enough space for the pack.
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("7.0 MiB are needed"))
    assert connector.head == head and connector.changes == "" and snapshot(connector.path / ".git/objects") != before
    subprocess.run(["mount", "-o", "remount,size=32m", str(connector.path)], check=True)
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new and connector.git("fsck") == ""


def test_a_checkout_without_room_is_refused_before_anything_is_written(gateway, small):
    connector = small_connector(gateway, small, "16m", reserve="2MiB")
    new = connector.push({"folder/big": bytes(14 << 20), "small": "1\n"})
    before, head = connector.snapshot(), connector.head
    trace = gateway.folder / "trace"
    run = gateway.now(wrapper=[tool("strace"), "-f", "-qq", "-o", str(trace), "-e", "trace=open,openat,mkdir,mkdirat"])
    run.must("meter", code=1, outcome="failed", reason=Has("14.0 MiB are needed and 2.0 MiB must stay free, but 15."))
    assert (connector.snapshot(), connector.head) == (before, head)
    assert "gup-agent-checkout" not in trace.read_text() and not (gateway.root / ".gup").exists()
    gateway.configure("update", disk_reserve="1MiB")
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new and connector.changes == ""


def test_work_tree_and_virtualenv_are_counted_together(gateway, folder, small):
    small(gateway.root, "24m")
    connector = gateway.connector("meter")
    gateway.virtualenv("meter", pip=False)
    gateway.configure("update", disk_reserve="1MiB")
    uv = gateway.folder / "uv"
    uv.write_text("#!/bin/sh\n")
    uv.chmod(0o755)
    gateway.configure("python", installer="uv", uv=str(uv))
    connector.push({"gupfile": "gup-one,1.0\n", "big": bytes(20 << 20)})
    run = gateway.now()
    run.must("meter", reason=Has("24.0 MiB are needed"))
    assert connector.changes == "" and not (gateway.root / ".gup/meter").exists()


def test_a_rollback_may_use_the_reserve(gateway, small):
    connector = small_connector(gateway, small, "16m", reserve="2MiB")
    connector.push({"new": "1\n"})
    old = connector.head
    gateway.now().must("meter", outcome="updated")
    (connector.path / "ballast").write_bytes(bytes(14 << 20))
    run = gateway.run("rollback", "meter")
    assert run.code == 0, run
    assert connector.head == old, run


def test_the_update_succeeds_once_there_is_space_again(gateway, small):
    connector = small_connector(gateway, small, "3m")
    (connector.path / "ballast").write_bytes(bytes(2_000_000))
    new = connector.push({"big": bytes(1_500_000)})
    gateway.now().must("meter", outcome="failed")
    (connector.path / "ballast").unlink()
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert connector.head == new and connector.changes == "" and connector.git("fsck") == ""


def test_a_full_disk_of_one_connector_does_not_stop_another(gateway, small):
    connector = small_connector(gateway, small, "2m")
    connector.push({"big": os.urandom(4_000_000)})
    other = gateway.connector("other")
    new = other.push({"new": "1\n"})
    run = gateway.now()
    assert run.outcomes() == {"meter": "failed", "other": "updated"}, run
    assert other.head == new


def test_a_state_folder_without_space_moves_no_work_tree(gateway, small):
    connector = gateway.connector("meter")
    head = connector.head
    connector.push({"new": "1\n"})
    small(gateway.state, "16k")
    with open(gateway.state / "ballast", "wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(bytes(1024))
    run = gateway.run("now")
    assert run.code != 0, run
    assert connector.head == head and connector.changes == "", "no move without a journal"


@pytest.mark.parametrize("number", range(2, 8))
def test_a_journal_that_cannot_be_flushed_moves_all_or_nothing(gateway, number):
    connector = gateway.connector("meter", "gup-old,1.0\n")
    old, before = connector.head, connector.snapshot()
    new = connector.push({"gupfile": "gup-new,1.0\n", "new": "1\n"})
    journal = gateway.state / "journal/meter"
    journal.parent.mkdir()
    item = gateway.now(wrapper=[tool("strace"), "-f", "-qq", "-o", str(gateway.folder / "trace"), "-P", str(journal),
                                "-e", "trace=fsync", "-e", f"inject=fsync:error=ENOSPC:when={number}"])["meter"]
    pins = [pin["name"] for pin in item["pins"]]
    if connector.head == new:
        assert item["actions"] and pins == ["gup-new"] and connector.changes == "", item
    else:
        assert connector.head == old and connector.snapshot() == before
        assert item["outcome"] == "failed" and item["actions"] == [] and pins == ["gup-old"], item
    gateway.now()
    assert connector.head == new and connector.changes == ""


def test_a_full_temporary_folder_fails_check_and_nothing_else(gateway, small):
    connector = gateway.connector("meter")
    connector.push({"big": os.urandom(300_000)})
    small(gateway.temporary, "64k")
    before = snapshot(gateway.root)
    check = gateway.check()
    assert check.code in (1, 10), check
    assert snapshot(gateway.root) == before
    assert list(gateway.temporary.iterdir()) == []
    gateway.now().must("meter", outcome="updated")
    assert git("-C", connector.path, "status", "--porcelain") == ""
