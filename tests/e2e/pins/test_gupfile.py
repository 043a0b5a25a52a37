# SPDX-License-Identifier: Apache-2.0
"""Forms of the gupfile, and the reports about a wrong one. Most cases run `check`, which needs no pip."""
from __future__ import annotations

import re

import pytest

from completed import Has
from gateway import snapshot

FIELD_LINES = """\
Flask,1.0.2
websockets,7.0
rgbxy,0.5
paho-mqtt,1.3.1
pyserial,3.4
six,1.11.0
requests,2.19.1
pytz,2018.5
zeroconf,0.21.3
python-dateutil,2.7.3
PyYAML,3.13
RPi.GPIO,0.6.3
backports.ssl-match-hostname,3.5.0.1
MarkupSafe,1.0
certifi,2018.8.24
setuptools-scm,3.1.0
pymodbus,1.5.2
numpy,1.15.1
zope_interface,4.5.0
SomeTool,2018.7.7
some-lib,3.1.9test
"""
SOURCE_LINE = "client-connector-lib,5.0.0,git+https://github.com/SENERGY-Platform/client-connector-lib.git\n"

MALFORMED = {
    "no version": "pyserial",
    "semicolon and a label": "name; Version: 3.0.3",
    "a label before the version": "name, Version: 3.0.3",
    "a date": "2018.07.07-10:58:52",
    "no name": ",1.0",
    "empty version": "six,",
    "four fields": "six,1.0,git+https://example.org/six.git,more",
    "a source that is none": "six,1.0,six-master",
    "a name that pip would take as an option": "--index-url,1.0",
    "a version with white space": "six,1.0 --pre",
    "invalid UTF-8": b"six,1.0\xff",
    "a NUL byte": b"six,1.0\0",
    "a table that is not closed": b"[dependencies\n",
    "a version that is no text": b'[dependencies]\nsix = 1.0\n',
    "an unknown key": b'[connector]\nbranhc = "main"\n',
}


def test_lines_known_from_the_field_are_pins(gateway):
    gateway.connector("meter", FIELD_LINES + SOURCE_LINE)
    virtualenv = gateway.virtualenv("meter", pip=False)
    pins = {line.split(",")[0]: line.split(",")[1] for line in (FIELD_LINES + SOURCE_LINE).splitlines()}
    check = gateway.check()
    assert check.code == 10, check
    assert check.drift("meter") == pins, check
    source = {"url": "https://github.com/SENERGY-Platform/client-connector-lib.git",
              "vcs_info": {"vcs": "git", "commit_id": "1" * 40, "requested_revision": "v5.0.0"}}
    for name, version in pins.items():
        virtualenv.add(name, version, direct_url=source if name == "client-connector-lib" else None)
    check = gateway.check()
    assert check.code == 0, check
    assert check.steps("meter") == [], check


@pytest.mark.parametrize("line", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_line_stops_the_pins_and_not_the_code(gateway, line):
    connector = gateway.connector("meter", "")
    virtualenv = gateway.virtualenv("meter", pip=False)
    line = line if isinstance(line, bytes) else line.encode()
    first = b"" if line.startswith(b"[") else b"paho-mqtt,1.3.1\n"
    new = connector.push({"gupfile": first + line + b"\n", "main.py": "print(2)\n"})
    before = snapshot(virtualenv.path)
    run = gateway.now()
    assert run.code == 1, run
    run.must("meter", outcome="failed")
    assert re.search(r"gupfile:[1-9]\d*:[1-9]\d*", run["meter"]["reason"]), run
    if first:
        run.must("meter", reason=Has("gupfile:2:"))
    assert connector.head == new and connector.changes == ""
    assert snapshot(virtualenv.path) == before


def test_each_malformed_line_is_reported_with_its_line_and_column(gateway):
    gateway.connector("meter", "# pins\nsix,1.11.0\npyserial\n\n  name; Version: 3.0.3\n")
    gateway.virtualenv("meter", pip=False)
    problems = gateway.check()["meter"]["problems"]
    assert [(item["severity"], item["line"]) for item in problems] == [("error", 3), ("error", 5)]
    assert all(item["column"] >= 1 and item["message"] for item in problems), problems


def test_a_malformed_gupfile_never_stops_another_connector(gateway):
    bad, good = gateway.connector("a-bad", "pyserial\n"), gateway.connector("b-good")
    for connector in (bad, good):
        connector.push({"new": "new\n"})
    run = gateway.now()
    assert run.code == 1
    assert run.outcomes() == {"a-bad": "failed", "b-good": "updated"}, run


@pytest.mark.parametrize("text", [
    "six,1.11.0\npaho-mqtt,1.3.1",
    "six,1.11.0\r\npaho-mqtt,1.3.1\r\n",
    "\ufeffsix,1.11.0\npaho-mqtt,1.3.1\n",
    "# pins\n\n  six , 1.11.0  \n\tpaho-mqtt,\t1.3.1\n\n",
    '[dependencies]\nsix = "1.11.0"\npaho-mqtt = { version = "1.3.1" }\n',
    '\ufeff# pins\r\n[dependencies]\r\nsix = "1.11.0"\r\npaho-mqtt = "1.3.1"',
], ids=["no newline at the end", "CRLF", "BOM", "comments and white space", "TOML", "TOML with BOM and CRLF"])
def test_forms_that_mean_the_same(gateway, text):
    gateway.connector("meter", text.encode())
    gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    check = gateway.check()
    assert check.drift("meter") == {"paho-mqtt": "1.3.1"}, check
    assert check["meter"]["problems"] == []


def test_an_empty_gupfile_uninstalls_nothing(gateway):
    gateway.connector("meter", "")
    virtualenv = gateway.virtualenv("meter", pip=False)
    virtualenv.add("six", "1.11.0")
    run = gateway.now()
    assert run.outcomes() == {"meter": "unchanged"}, run
    assert virtualenv.installed() == {"six": "1.11.0"}


def test_an_empty_gupfile_needs_no_virtualenv(gateway):
    gateway.connector("meter", "# nothing\n")
    run = gateway.now()
    assert run.outcomes() == {"meter": "unchanged"}, run


def test_a_package_pinned_twice_differently_is_an_error(gateway):
    gateway.connector("meter", "Paho_MQTT,1.3.1\npaho-mqtt,1.3.0\n")
    gateway.virtualenv("meter", pip=False)
    run = gateway.now()
    assert run.code == 1
    run.must("meter", reason=Has("gupfile:2:"))


def test_a_package_pinned_twice_alike_is_only_a_warning(gateway):
    gateway.connector("meter", "paho-mqtt,1.3.1\npaho-mqtt,1.3.1\n")
    gateway.virtualenv("meter", pip=False).add("paho-mqtt", "1.3.1")
    check = gateway.check()
    assert check.code == 0, check
    assert [item["severity"] for item in check["meter"]["problems"]] == ["warning"]
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_the_gupfile_of_the_new_commit_is_used(gateway):
    connector = gateway.connector("meter", "six,1.11.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    virtualenv.add("six", "1.12.0")
    connector.push({"gupfile": "six,1.12.0\n"})
    check = gateway.check()
    assert check.steps("meter") == ["fast_forward"], check
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert run["meter"]["pins"] == [{"name": "six", "wanted": "1.12.0", "installed": "1.12.0"}]


def test_a_gupfile_mended_by_the_new_commit_is_good_the_same_night(gateway):
    connector = gateway.connector("meter", "six\n")
    gateway.virtualenv("meter", pip=False).add("six", "1.12.0")
    connector.push({"gupfile": "six,1.12.0\n"})
    run = gateway.now()
    assert run.outcomes() == {"meter": "updated"}, run
    assert run.code == 0, run


def test_a_new_commit_without_a_gupfile_leaves_the_pins_alone(gateway):
    connector = gateway.connector("meter", "six,1.11.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    virtualenv.add("six", "1.0.0")
    connector.push({"gupfile": None})
    gateway.now()
    assert not (connector.path / "gupfile").exists()
    assert virtualenv.installed() == {"six": "1.0.0"}
    run = gateway.now()
    assert run.code == 0, run
    assert run.connectors == {}, run


def test_a_gupfile_edited_on_the_gateway_is_used(gateway):
    connector = gateway.connector("meter", "six,1.11.0\n")
    gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    (connector.path / "gupfile").write_text("six,1.12.0\n")
    assert gateway.check().drift("meter") == {"six": "1.12.0"}


def test_an_edited_gupfile_that_the_update_touches_is_a_conflict(gateway):
    connector = gateway.connector("meter", "six,1.11.0\n")
    gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    (connector.path / "gupfile").write_text("# kept\nsix,1.11.0\n")
    connector.push({"gupfile": "six,1.12.0\n"})
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("gupfile"))
    assert connector.read("gupfile") == "# kept\nsix,1.11.0\n"


def test_an_invalid_toml_gupfile_names_its_line_and_column(gateway):
    connector = gateway.connector("meter", '[dependencies]\nsix = "1.11.0\n')
    new = connector.push({"new": "new\n"})
    run = gateway.now()
    assert re.search(r"gupfile:2:\d+", run["meter"]["reason"]), run
    assert connector.head == new
