# SPDX-License-Identifier: Apache-2.0
"""SARIF 2.1.0 of lint: the rules of the standard (OASIS, sections 3.13 to 3.30) that its consumers check."""
from __future__ import annotations

import json
import urllib.parse
from pathlib import Path

import pytest
from authoring import run_lint, write

LEVELS = {"none", "note", "warning", "error"}


def check_region(region: dict) -> None:
    assert isinstance(region["startLine"], int) and region["startLine"] >= 1
    if "startColumn" in region:
        assert isinstance(region["startColumn"], int) and region["startColumn"] >= 1


def check_uri(uri: str) -> None:
    parts = urllib.parse.urlsplit(uri)
    assert parts.scheme in {"", "file"}
    assert urllib.parse.quote(urllib.parse.unquote(parts.path), safe="/-._~") == parts.path  # RFC 3986: only ASCII
    assert "\\" not in uri and (parts.scheme or not uri.startswith("/"))


def check_sarif(log: dict) -> list[dict]:
    """Fails unless the log keeps the rules; its results."""
    assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] and driver["version"]
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules))
    assert all(rule["shortDescription"]["text"].endswith(".") for rule in driver["rules"])
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    assert all(isinstance(one["executionSuccessful"], bool) for one in run["invocations"])
    for result in run["results"]:
        assert result["level"] in LEVELS and result["message"]["text"]
        assert rules[result["ruleIndex"]] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        check_uri(place["artifactLocation"]["uri"])
        if "region" in place:
            check_region(place["region"])
    return run["results"]


def sarif_of(folder: Path, *arguments: str) -> list[dict]:
    done = run_lint(folder, "--sarif", *arguments)
    assert done.returncode in {0, 1}
    return check_sarif(json.loads(done.stdout))


@pytest.mark.parametrize("text", ["six,1.0\n", "", "six\n", "six,1\nsix,1\n", "[connector]\nx = 1\n", "[hooks]\npre-update = \"x\"\n",
                                  "\xff\x00", "[dependencies]\n\"ä\" = 1\n", "six,1,https://u:secret@h/x\n"])
def test_every_report_keeps_the_rules_of_sarif(tmp_path, text):
    write(tmp_path / "gupfile", text)
    results = sarif_of(tmp_path)
    assert "secret" not in json.dumps(results)
    assert sarif_of(tmp_path, "gupfile") == results
    absolute = sarif_of(tmp_path, str(tmp_path))
    assert all(one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("file:///") for one in absolute)


def test_places_are_lines_and_code_points_of_relative_uris(tmp_path):
    write(tmp_path / "ein zähler" / "gupfile", "[dependencies]\n\"ä\" = \"1\"\nb = { \"ä\" = 1, x = 2 }\n")
    results = sarif_of(tmp_path, "ein zähler")
    places = [one["locations"][0]["physicalLocation"] for one in results]
    assert {place["artifactLocation"]["uri"] for place in places} == {"ein%20z%C3%A4hler/gupfile"}
    assert [(one["region"]["startLine"], one["region"]["startColumn"]) for one in places] == [(2, 1), (3, 7), (3, 16)]


def test_what_cannot_be_read_is_an_unsuccessful_invocation(tmp_path):
    done = run_lint(tmp_path, "--format", "sarif", "missing")
    log = json.loads(done.stdout)
    assert done.returncode == 2 and check_sarif(log) == []
    (invocation,) = log["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False and "missing" in json.dumps(invocation)
