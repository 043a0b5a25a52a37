# SPDX-License-Identifier: Apache-2.0
"""Dates past 2038 and files past 4 GiB: nothing is 32 bits wide, on a 32-bit gateway either."""
from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest

from completed import Has

from fake_clock import with_clock
from logs import well_formed

IN_2100 = int(datetime.datetime(2100, 6, 1, 12, tzinfo=datetime.timezone.utc).timestamp())
HUGE = 5 << 30  # more than 32 bits; the files are sparse and use no disk space


def date_everything(folder: Path, when: int = IN_2100) -> None:
    """Dates all files and folders below `folder`, the deepest first."""
    for place, folders, files in os.walk(folder, topdown=False):
        for name in [*files, *folders, "."]:
            os.utime(os.path.join(place, name), (when, when), follow_symlinks=False)


def make_huge(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        file.truncate(HUGE)
    assert path.stat().st_blocks * 512 < 1 << 20, "the file system here knows no sparse files"


@pytest.fixture
def satisfied(gateway):
    """A connector with a satisfied pin, after a first night."""
    connector = gateway.connector("meter", "gup-one,1.0\n", {"main.py": "1\n", "settings.ini": "default\n"})
    connector.virtualenv = gateway.virtualenv("meter", pip=False)
    connector.virtualenv.add("gup-one", "1.0")
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    return connector


def test_dates_of_2100_work_like_those_of_today(gateway, satisfied):
    """Work tree, gupfile, .git and its configuration, METADATA, log, state and lock file."""
    date_everything(gateway.folder)
    run = gateway.now()
    assert run.code == 0, run
    assert run.outcomes() == {"meter": "unchanged"}, run
    assert run.err == "", run
    assert run.pin("meter", "gup-one") == "1.0", run
    gateway.status().must("meter", outcome="unchanged")
    well_formed(gateway)


def test_an_index_with_dates_of_2100_still_shows_changes(gateway, satisfied):
    date_everything(satisfied.path)
    satisfied.git("update-index", "--refresh")  # the dates of the work tree are in the index now
    new = satisfied.push({"main.py": "2\n"})
    run = gateway.now()
    assert run.outcomes() == {"meter": "updated"} and satisfied.head == new and satisfied.changes == "", run
    date_everything(satisfied.path)
    satisfied.git("update-index", "--refresh")
    settings = satisfied.path / "settings.ini"
    settings.write_text("changed\n")  # same length and date, other content
    os.utime(settings, (IN_2100, IN_2100))
    satisfied.push({"settings.ini": "other\n"})
    run = gateway.now()
    assert run["meter"]["outcome"] != "updated" or satisfied.read("settings.ini") == "changed\n", run
    assert satisfied.read("settings.ini") == "changed\n", run


def test_a_log_of_2100_is_continued(gateway, satisfied):
    os.utime(gateway.log, (IN_2100, IN_2100))
    before = gateway.log_lines()
    assert gateway.now().code == 0
    assert gateway.log_lines()[:len(before)] == before and len(gateway.log_lines()) > len(before)


def test_a_huge_file_in_the_work_tree_is_left_alone(gateway, satisfied):
    huge = satisfied.path / "recordings/huge.bin"
    make_huge(huge)
    new = satisfied.push({"main.py": "2\n"})
    run = gateway.now()
    assert run.outcomes() == {"meter": "updated"} and satisfied.head == new, run
    assert huge.stat().st_size == HUGE


def test_a_tracked_file_that_grew_huge_is_a_local_change(gateway, satisfied):
    make_huge(satisfied.path / "settings.ini")
    new = satisfied.push({"main.py": "2\n"})
    run = gateway.now()
    assert run.outcomes() == {"meter": "updated"} and satisfied.head == new, run
    assert (satisfied.path / "settings.ini").stat().st_size == HUGE
    assert satisfied.changes == " M settings.ini"


def test_a_huge_file_in_the_virtualenv_does_not_matter(gateway, satisfied):
    site = satisfied.virtualenv.site_packages
    make_huge(site / "gup_one/model.bin")
    make_huge(site / "stray.dist-info/METADATA")
    run = gateway.now()
    assert run["meter"]["outcome"] in ("unchanged", "failed") and run.pin("meter", "gup-one") == "1.0", run


def test_a_huge_log_is_continued(gateway, satisfied):
    make_huge(gateway.log)
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    assert any(path.stat().st_size == HUGE for path in gateway.log.parent.iterdir()) or gateway.log.stat().st_size < HUGE


def test_a_huge_gupfile_is_refused(gateway, satisfied):
    make_huge(satisfied.path / "gupfile")
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("gupfile"))


@pytest.mark.not_sanitized("AddressSanitizer's runtime cannot stand behind faketime's library")
@pytest.mark.parametrize("year", [2039, 2100])
def test_a_clock_past_2038(gateway, satisfied, shared_memory, year):
    new = satisfied.push({"main.py": "2\n"})
    later = with_clock(gateway, f"@{year}-06-01 12:00:00")
    run = later.now()
    assert run.outcomes() == {"meter": "updated"} and satisfied.head == new, run
    assert f"{year}-06-01" in gateway.log_lines()[-1], gateway.log_lines()
    assert satisfied.git("status", "--porcelain") == ""
    status = later.status()
    seen = datetime.datetime.fromtimestamp(status.document["last_run"]["time"], datetime.timezone.utc)
    status.must("meter", outcome="updated")
    assert seen.year == year, status
    # And back again: the clock was corrected.
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    assert gateway.status().code == 0
