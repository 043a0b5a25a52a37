# SPDX-License-Identifier: Apache-2.0
"""Wheels whose RECORD is not right: pip installs them, and so does the agent, with a warning."""
from __future__ import annotations

import pytest

from logs import warnings
from virtualenvs import Virtualenv

GOOD = "good,1.0\n"


def another_size(rows: list[str]) -> list[str]:
    return [rows[0].rsplit(",", 1)[0] + ",7\n", *rows[1:]]


def missing_file(rows: list[str]) -> list[str]:
    return [*rows, "lib_data.txt,sha256=AAAA,3\n"]


def another_hash(rows: list[str]) -> list[str]:
    return [rows[0].replace("sha256=", "sha256=A"), *rows[1:]]


def missing_row(rows: list[str]) -> list[str]:
    return rows[1:]


def no_sizes(rows: list[str]) -> list[str]:
    return [row.split(",")[0] + ",,\n" for row in rows]


def twice(rows: list[str]) -> list[str]:
    return [rows[0], *another_size(rows)]


BAD = [another_size, missing_file, another_hash, missing_row, no_sizes, twice]
TOLD = [another_size, missing_file, twice]


@pytest.fixture
def meter(gateway, index):
    connector = gateway.connector("meter", "lib,1.0\n" + GOOD)
    connector.virtualenv = gateway.virtualenv("meter")
    index.add("good", "1.0")
    return connector


@pytest.mark.parametrize("record", BAD, ids=[record.__name__ for record in BAD])
def test_it_is_installed_as_pip_does(gateway, index, meter, record):
    index.add("lib", "1.0", record=record)
    gateway.now().must("meter", code=0, outcome="updated")
    assert {"lib": "1.0", "good": "1.0"}.items() <= meter.virtualenv.installed().items()
    peer = Virtualenv.real(gateway.folder / "peer")
    peer.pip("lib==1.0", "good==1.0", index=index.url)
    assert peer.installed() == meter.virtualenv.installed()
    told = [line for line in warnings(gateway) if "lib 1.0 differs from its own RECORD" in line]
    assert len(told) == (1 if record in TOLD else 0), warnings(gateway)
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    index.add("good", "2.0")
    (meter.path / "gupfile").write_text("lib,1.0\ngood,2.0\n")
    gateway.now().must("meter", code=0, outcome="updated")
    assert len([line for line in warnings(gateway) if "lib 1.0" in line]) == len(told), "only what is new is looked at"


def test_a_dependency_like_that_fails_no_pin(gateway, index, meter):
    index.add("lib", "1.0", requires=("under",))
    index.add("under", "1.0", record=missing_file)
    gateway.now().must("meter", code=0, outcome="updated")
    assert {"lib": "1.0", "good": "1.0", "under": "1.0"}.items() <= meter.virtualenv.installed().items()


def test_one_beside_a_pin_that_fails(gateway, index, meter):
    index.add("lib", "1.0", record=another_size)
    index.remove("good")
    run = gateway.now()
    assert run.code == 1 and "good" in run["meter"]["reason"] and "incomplete" not in run["meter"]["reason"], run
    assert meter.virtualenv.installed()["lib"] == "1.0"


SPOIL = """
import atexit, os, sys
def spoil():
    site = os.path.dirname(__file__)
    counter = os.path.join({counter!r})
    count = int(open(counter).read()) if os.path.exists(counter) else 0
    if "install" in sys.argv and count < {times} and os.path.exists(site + "/lib.py") and ".gup" in site:
        os.truncate(site + "/lib.py", count + 1)
        open(counter, "w").write(str(count + 1))
atexit.register(spoil)
"""


@pytest.mark.parametrize("times", [1, 9])
def test_an_install_that_lost_bytes_is_repeated_and_never_activated_broken(gateway, index, meter, times):
    index.add("lib", "1.0")
    spoiler = meter.virtualenv.site_packages / "spoiler.py"
    spoiler.write_text(SPOIL.format(counter=str(gateway.folder / "count"), times=times))
    (meter.virtualenv.site_packages / "spoiler.pth").write_text("import spoiler\n")
    run = gateway.now()
    if times == 1:
        run.must("meter", code=0, outcome="updated")
        assert meter.virtualenv.imported_version("lib") == "1.0"
    else:
        assert run.code == 1 and "is incomplete" in run["meter"]["reason"], run
        assert not meter.virtualenv.path.is_symlink()
