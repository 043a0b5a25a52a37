# SPDX-License-Identifier: Apache-2.0
"""The agent's PEP 440, 503 and 508 against pypa/packaging: all vectors of its own tests, and its answers to random questions.

Each sdist comes from the package index with pip. The tests in it run with the packaging in it, and a plugin
(tests/e2e/support/packaging_judge) gives each question to both: to packaging, and as a line of JSON to gup-packaging-answers.
GUP_PACKAGING_SDISTS names a folder of unpacked sdists, packaging-<version>, to use instead.
"""
from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway import AGENT
from random_requirements import questions

JUDGE = Path(__file__).parents[1] / "support/packaging_judge"
ANSWERS = [*AGENT[:-1], str(Path(AGENT[-1]).with_name("gup-packaging-answers"))]
VERSIONS = ["23.2", "24.2", "25.0", "newest"]
TESTS = ["test_version.py", "test_specifiers.py", "test_markers.py", "test_requirements.py", "test_utils.py"]
# What each version of packaging must at least have asked; an import that silently finds another packaging asks nothing.
AT_LEAST = {"version": 400, "compare": 10_000, "specifier": 300, "range": 100, "contains": 400, "filter": 5, "marker": 300,
            "evaluate": 25, "requirement": 30, "name": 20}

pytestmark = [pytest.mark.network, pytest.mark.slow,
              pytest.mark.skipif(not os.access(ANSWERS[-1], os.X_OK), reason="needs gup-packaging-answers, built with the tests")]


def pip(*arguments: str | Path) -> None:
    done = subprocess.run([sys.executable, "-m", "pip", "--disable-pip-version-check", "-q", *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def sdist(base):
    """The folder of an unpacked sdist of packaging: sdist(version)."""
    @functools.cache
    def unpacked(version: str) -> Path:
        if given := os.environ.get("GUP_PACKAGING_SDISTS"):
            folders = sorted(Path(given).glob("packaging-*/"), key=lambda path: [int(part) for part in path.name[10:].split(".")])
            return folders[-1] if version == "newest" else Path(given) / f"packaging-{version}"
        folder = base / f"packaging-{version}"
        wanted = "packaging" if version == "newest" else f"packaging=={version}"
        pip("download", "--no-deps", "--no-binary", "packaging", "--dest", folder, wanted)
        subprocess.run(["tar", "-xzf", next(folder.glob("*.tar.gz")), "-C", folder], check=True)
        return next(folder.glob("packaging-*/"))
    return unpacked


@pytest.fixture(scope="module")
def tools(base):
    """What packaging's tests import, but not its code: a folder for PYTHONPATH."""
    folder = base / "packaging-tools"
    pip("install", "--no-deps", "--target", folder, "pretend")
    return folder


def answers(command: list, asked: list[dict], **environment: str) -> list:
    text = "".join(json.dumps(one) + "\n" for one in asked)
    done = subprocess.run(command, input=text, capture_output=True, text=True, encoding="utf-8", env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def answers_of(packaging: Path, asked: list[dict]) -> list:
    return answers([sys.executable, JUDGE / "answers.py"], asked, PYTHONPATH=str(packaging / "src"))


@pytest.mark.parametrize("version", VERSIONS)
def test_all_vectors_of_packaging(base, sdist, tools, version, record_property):
    source, report = sdist(version), base / f"judged-{version}.json"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", source, "-p", "no:cacheprovider", "-p", "judge_plugin",
         "-W", "ignore", *(source / "tests" / name for name in TESTS)],
        cwd=source, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (source / "src", JUDGE, tools))), "GUP_ANSWERS": " ".join(ANSWERS),
             "GUP_JUDGED": str(report)})
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    judged = json.loads(report.read_text())
    assert not judged["broken"], judged["broken"][:5]
    # An older packaging may answer otherwise where the newest has the agent's answer: the rules have changed since.
    newest = answers_of(sdist("newest"), [one["question"] for one in judged["different"]])
    wrong = [one for one, now in zip(judged["different"], newest) if now != one["found"]]
    counts = {**judged["compared"], "all": sum(judged["compared"].values()), "changed since": len(newest) - len(wrong),
              "wrong": len(wrong)}
    for name, value in (("packaging", judged["version"]), ("compared", counts), ("skipped", judged["skipped"])):
        record_property(name, value)
    print(f"packaging {judged['version']}: {done.stdout.splitlines()[-1]}; compared {counts}; not put: {judged['skipped']}")
    assert not wrong, json.dumps(wrong[:20], indent=1)
    assert version != "newest" or not newest
    assert {ask: count for ask, count in AT_LEAST.items() if judged["compared"].get(ask, 0) < count} == {}


def test_random_questions(sdist):
    # The text of a marker with a backslash is not compared: packaging forgets to write the backslash twice.
    asked = list(questions(seed=15, count=40_000))
    expected, found = answers_of(sdist("newest"), asked), answers(ANSWERS, asked)
    assert len(expected) == len(found) == len(asked)
    wrong = [{"question": question, "expected": one, "found": other} for question, one, other in zip(asked, expected, found)
             if one != other and not (one and other and "\\" in json.dumps(one))]
    print(f"{len(asked)} random questions, {len(wrong)} different answers")
    assert not wrong, json.dumps(wrong[:20], indent=1)
