# SPDX-License-Identifier: Apache-2.0
"""Bad answers of servers, installers that die, clocks that jump, owners who delete: the pair is the old or the new one."""
from __future__ import annotations

import os
import shutil

import pytest

from fake_clock import with_clock
from faults import MOMENTS, NEW, ReferenceUpdate
from completed import Has
from gateway import git

pytestmark = pytest.mark.slow

ADVERTISEMENT = "application/x-git-upload-pack-advertisement"


def answer(body: bytes, length: int, status: str = "200 OK", kind: str = ADVERTISEMENT) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n".encode() + body


REFS = b"001e# service=git-upload-pack\n0000"


@pytest.mark.parametrize("said", [
    answer(REFS, 5000), answer(REFS * 20, 7), answer(os.urandom(3000), 3000), answer(b"", 0), answer(b"0000", 4), b"\xff" * 4000,
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: " + ADVERTISEMENT.encode() + b"\r\n\r\nzz\r\nnot a size\r\n",
], ids=["a length too long", "a length too short", "garbage", "nothing", "no refs", "no HTTP", "broken chunks"])
def test_a_server_that_talks_nonsense_fails_and_the_next_night_goes_on(gateway, web, relay, said):
    bad = relay(web.http_port)
    connector = gateway.connector("meter", url=web.through(bad))
    head, before = connector.head, connector.snapshot()
    new = connector.push({"new": "1\n"})
    gateway.configure("network", retries=0, low_speed_time="2s")
    bad.answers = [said] * 4
    run = gateway.now(timeout=30)
    assert run.code in (1, 4), run
    run.must("meter", outcome="failed")
    assert str(bad.port) in run["meter"]["reason"], run
    assert (connector.head, connector.snapshot()) == (head, before)
    bad.answers = []
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new


@pytest.mark.parametrize("after", [20_000, 200_000, 390_000])
def test_a_byte_that_is_wrong_in_the_middle_of_a_pack_is_found(gateway, web, relay, after):
    bad = relay(web.http_port)
    connector = gateway.connector("meter", url=web.through(bad))
    head, packs = connector.head, sorted((connector.path / ".git/objects/pack").iterdir())
    new = connector.push({"big.bin": os.urandom(400_000)})
    gateway.configure("network", retries=0, low_speed_time="2s")
    bad.flip_at = after
    run = gateway.now(timeout=30)
    run.must("meter", outcome="failed")
    assert run["meter"]["reason"], run
    assert connector.head == head and connector.changes == ""
    assert sorted((connector.path / ".git/objects/pack").iterdir()) == packs
    bad.flip_at = None
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new
    assert connector.git("fsck") == ""


def test_a_server_error_in_the_middle_of_a_fetch(gateway, web, relay):
    """The server names its commit, and then cannot deliver it."""
    bad = relay(web.http_port)
    connector = gateway.connector("meter", url=web.through(bad))
    gateway.now().must("meter", outcome="unchanged")
    head, new = connector.head, connector.push({"new": "1\n"})
    gateway.configure("network", retries=0)
    bad.errors_after = 1
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("500"))
    assert connector.head == head and connector.changes == ""
    bad.errors_after = None
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new


# In the virtualenv of a gateway: pip is killed when it starts to write a file of its second distribution.
KILLER = """
import os, signal, sys
def look(event, arguments):
    if event == "open" and "gup_two" in str(arguments[0]) and "site-packages" in str(arguments[0]) and arguments[2] & os.O_CREAT:
        {act}
if "install" in sys.argv:
    sys.addaudithook(look)
"""


@pytest.mark.parametrize("act, said", [("os.kill(os.getpid(), signal.SIGKILL)", "exit code 137"), ("os._exit(1)", "exit code 1"),
                                       ("raise OSError(5, 'Input/output error')", "Input/output error")],
                         ids=["killed", "ended", "a disk that fails"])
def test_an_installer_that_breaks_half_way_leaves_only_whole_distributions(gateway, index, act, said):
    index.add("gup-one", "1.0", "2.0")
    index.add("gup-two", "1.0", "2.0")
    connector = gateway.connector("meter", "gup-one,1.0\ngup-two,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    assert gateway.now().code == 0
    head, site = connector.head, virtualenv.site_packages
    (site / "killer.py").write_text(KILLER.format(act=act))
    (site / "killer.pth").write_text("import killer\n")
    connector.push({"gupfile": "gup-one,2.0\ngup-two,2.0\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed")
    assert said in run["meter"]["reason"], run
    installed = virtualenv.installed()
    assert installed["gup-two"] == virtualenv.imported_version("gup_two") == "1.0"
    assert installed["gup-one"] == virtualenv.imported_version("gup_one")
    if "output" in said:  # the other cases are not tried on this machine
        assert installed["gup-one"] == "1.0" and connector.head == head
    for name in ("killer.pth", "killer.py"):
        (virtualenv.site_packages / name).unlink()
    run = gateway.now()
    assert run.code == 0, run
    assert (run.pin("meter", "gup-one"), run.pin("meter", "gup-two")) == ("2.0", "2.0"), run
    assert virtualenv.imported_version("gup_two") == "2.0"


@pytest.mark.not_sanitized("AddressSanitizer's runtime cannot stand behind faketime's library")
def test_a_clock_that_jumps_by_years_between_and_during_runs(gateway, shared_memory):
    update = ReferenceUpdate(gateway)
    clock = gateway.folder / "clock"
    commits = [update.old]
    for number, (before, after) in enumerate([("2026-11-21 02:00:00", "2044-01-01 00:00:00"), ("2044-01-01 02:00:00", "1999-01-01 00:00:00"),
                                              ("1999-01-02 02:00:00", "2026-11-22 00:00:00"), ("2031-01-01 02:00:00", "1971-01-01 00:00:00")]):
        later = with_clock(gateway, "@" + before)
        later.settings = gateway.settings
        later.configure()
        commits.append(update.meter.push({"gupfile": NEW, "a": f"{number}\n"}))
        for moment in MOMENTS:
            update.at(moment, f"echo '@{after}' >{clock}")
        run = later.now()
        assert run.outcomes() == {"meter": "updated"} and update.meter.head == commits[-1], run
        assert after[:4] in gateway.log_lines()[-1], gateway.log_lines()
        later.status().must("meter", outcome="updated")
        assert later.now().outcomes() == {"meter": "unchanged"}
    kept = sorted(path.name[-7:] for path in (gateway.root / ".gup/meter").iterdir())
    # The first run created the virtualenv.
    assert kept == sorted(commit[:7] for commit in (commits[1], commits[-2], commits[-1])), "the latest, whatever their dates"
    clock.write_text("@1985-01-01 00:00:00")
    assert later.run("rollback", "meter").code == 0
    assert update.meter.head == commits[-2] and update.meter.changes == " M settings.ini"


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_owner_who_deletes_the_folder_in_the_middle(gateway, moment):
    update = ReferenceUpdate(gateway)
    other = gateway.connector("other")
    new = other.push({"new": "1\n"})
    update.at(moment, f"rm -rf {update.meter.path}")
    run = gateway.now()
    assert run.code == 1, run
    assert run["meter"]["outcome"] in ("failed", "rolled_back"), run
    assert str(update.meter.path) in run["meter"]["reason"], run
    run.must("other", outcome="updated")
    assert other.head == new
    update.at(moment, "")
    after = gateway.now()
    assert after.code == 0, after
    assert after.outcomes() == {"other": "unchanged"}, after
    assert not update.is_journal_open()
    left = [path for path in gateway.root.glob(".gup/*/*") if not (path / "generation.json").exists()]
    assert left == [] and not list(gateway.root.rglob(".gup-link-*"))
    assert shutil.which("git") and git("-C", other.path, "status", "--porcelain") == ""
