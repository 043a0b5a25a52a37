# SPDX-License-Identifier: Apache-2.0
"""uv.lock: exported by uv once for each content, and never again. A stand-in for uv prints the lock as it is."""
from __future__ import annotations

import pytest

from additions import COPY, add, make_remote, use_quick_python
from completed import Has

PROJECT = '[project]\nname = "meter"\nversion = "1"\n'


class Uv:
    def __init__(self, gateway):
        self.path, self.log = gateway.folder / "tools/uv", gateway.folder / "uv.log"
        self.path.parent.mkdir(exist_ok=True)
        self.path.write_text(f'#!/bin/sh\necho "$@" >>{self.log}\n'
                             'grep -q broken uv.lock && { echo "error: the lock is broken" >&2; exit 2; }\n'
                             'test -f pyproject.toml && cat uv.lock\n')
        self.path.chmod(0o755)

    def calls(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0


@pytest.fixture
def uv(gateway, index):
    index.add("gup-one", "1.0", "1.1")
    use_quick_python(gateway, COPY)
    made = Uv(gateway)
    gateway.configure("python", uv=str(made.path), installer="pip")
    return made


def lock(version: str) -> dict[str, str]:
    return {"pyproject.toml": PROJECT, "uv.lock": f"gup-one=={version}\n"}


def test_a_lock_is_exported_once_for_each_content(gateway, uv):
    remote = make_remote(gateway, "meter", gupfile=None)
    remote.push(lock("1.0"), "Lock")
    run = add(gateway, remote.bare.as_uri())
    run.must("meter", code=0, outcome="updated", requirements="uv.lock")
    assert run.pin("meter", "gup-one") == "1.0" and "--frozen" in uv.log.read_text()
    gateway.now().must("meter", outcome="unchanged")
    calls = uv.calls()
    gateway.now().must("meter", outcome="unchanged")
    assert uv.calls() == calls, "a night with nothing to do starts no program"
    remote.push({"main.py": "print(2)\n"}, "Code")
    gateway.now().must("meter", outcome="updated")
    assert uv.calls() == calls
    remote.push(lock("1.1"), "Next")
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "1.1" and uv.calls() == calls + 1
    gateway.now().must("meter", outcome="unchanged")
    assert uv.calls() == calls + 1
    kept = list((gateway.root / ".gup/meter/exported").iterdir())
    assert len(kept) == 1, kept


def test_check_changes_nothing(gateway, uv):
    remote = make_remote(gateway, "meter", gupfile=None)
    remote.push(lock("1.0"), "Lock")
    add(gateway, remote.bare.as_uri()).must("meter", code=0)
    gateway.now()
    remote.push(lock("1.1"), "Next")
    before = sorted(path.name for path in (gateway.root / ".gup/meter/exported").iterdir())
    assert gateway.check().drift("meter") == {"gup-one": "1.1"}
    assert sorted(path.name for path in (gateway.root / ".gup/meter/exported").iterdir()) == before


@pytest.mark.parametrize("files, words, hint", [
    ({"uv.lock": "gup-one==1.0\n"}, ["no pyproject.toml"], "commit both"),
    ({"pyproject.toml": PROJECT, "uv.lock": "broken\n"}, ["uv cannot read uv.lock", "the lock is broken"], "uv lock"),
])
def test_a_lock_that_uv_refuses_is_named(gateway, uv, files, words, hint):
    gateway.connector("meter", '[connector]\nrequirements = "uv.lock"\n', files)
    gateway.virtualenv("meter")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has(*words), hint=Has(hint))


def test_without_uv_the_hint_says_what_to_commit(gateway, index):
    gateway.connector("meter", '[connector]\nrequirements = "uv.lock"\n', lock("1.0"))
    gateway.virtualenv("meter")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("uv.lock", "not installed"),
                       hint=Has("uv export --frozen"))


def test_the_lock_of_another_tool_is_refused_with_its_export(gateway, index):
    gateway.connector("meter", '[connector]\nrequirements = "poetry.lock"\n', {"poetry.lock": "", "pyproject.toml": PROJECT})
    gateway.virtualenv("meter")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("poetry.lock"), hint=Has("poetry export"))
