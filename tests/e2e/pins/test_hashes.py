# SPDX-License-Identifier: Apache-2.0
"""Pins with hashes: the installer checks every archive, pip and (where it is there) uv alike."""
from __future__ import annotations

import hashlib
import os
import shutil

import pytest

from completed import Has

WRONG = "sha256:" + "a" * 64


def hash_of(index, name: str, version: str) -> str:
    place = index.folder / name
    archive = next(file for file in place.iterdir() if f"-{version}" in file.name)
    return "sha256:" + hashlib.sha256(archive.read_bytes()).hexdigest()


def gupfile(**pins: tuple[str, str | None]) -> str:
    """gupfile(gup_one=("1.0", hash))"""
    lines = ["[dependencies]"]
    for name, (version, hash_) in pins.items():
        hashes = f', hashes = ["{hash_}"]' if hash_ else ""
        lines.append(f'{name.replace("_", "-")} = {{ version = "{version}"{hashes} }}')
    return "\n".join(lines) + "\n"


@pytest.fixture(params=["pip", "uv"])
def installer(request, gateway):
    """Makes it the gateway's installer."""
    if request.param == "uv":
        uv = os.environ.get("GUP_E2E_UV") or shutil.which("uv")
        if uv is None:
            pytest.skip("no uv here: put one into PATH, or name it in GUP_E2E_UV")
        gateway.configure("python", installer="uv", uv=uv)
    return request.param


@pytest.fixture
def wheels(index):
    index.add("gup-one", "1.0", "2.0")
    index.add("gup-base", "1.0", "1.5")
    index.add("gup-app", "1.0", requires=("gup-base>=1.0",))
    return {name: hash_of(index, name, version)
            for name, version in (("gup-one", "1.0"), ("gup-base", "1.0"), ("gup-app", "1.0"))}


@pytest.fixture
def update(gateway, installer, wheels):
    """update(gupfile) → the run; update.virtualenv"""
    connector = gateway.connector("meter", "")

    def run(text: str):
        connector.push({"gupfile": text})
        return gateway.now()

    run.virtualenv = gateway.virtualenv("meter")
    return run


def second_night(gateway, update):
    spy = update.virtualenv.spy(gateway.folder / "spy")
    run = gateway.now()
    assert spy.starts() == [], run
    return run


def test_the_right_archive_is_installed(gateway, update, wheels):
    update(gupfile(gup_one=("1.0", wheels["gup-one"]))).must("meter", code=0, outcome="updated")
    assert update.virtualenv.imported_version("gup_one") == "1.0"
    assert second_night(gateway, update).outcomes() == {"meter": "unchanged"}


def test_one_of_several_hashes_is_enough(update, wheels):
    text = gupfile(gup_one=("1.0", f'{WRONG}", "{wheels["gup-one"]}'))
    update(text).must("meter", code=0, outcome="updated")


def test_a_wrong_hash_names_the_file_and_both_hashes_and_is_held_back(gateway, update, wheels, installer):
    run = update(gupfile(gup_one=("1.0", WRONG)))
    file = "gup_one-1.0-py3-none-any.whl" if installer == "pip" else "the archive of gup-one==1.0"
    run.must("meter", code=1, outcome="failed", reason=Has("gup-one==1.0", file, WRONG, wheels["gup-one"]))
    assert "gup-one" not in update.virtualenv.installed()
    assert [pin["name"] for pin in run["meter"]["held_back"]] == ["gup-one"]
    second_night(gateway, update).must("meter", code=1, outcome="failed", reason=Has(wheels["gup-one"]))
    update(gupfile(gup_one=("1.0", wheels["gup-one"]))).must("meter", code=0, outcome="updated")


def test_a_wrong_hash_does_not_stop_the_others(update, wheels):
    run = update(gupfile(gup_one=("1.0", WRONG), gup_app=("1.0", wheels["gup-app"]), gup_base=("1.0", wheels["gup-base"])))
    run.must("meter", code=1, reason=Has("gup-one==1.0", WRONG))
    assert "gup-app" not in run["meter"]["reason"], run
    installed = update.virtualenv.installed()
    assert installed["gup-app"] == "1.0" and installed["gup-base"] == "1.0" and "gup-one" not in installed


def test_a_version_that_is_missing_does_not_stop_the_others(update, wheels):
    run = update(gupfile(gup_one=("9.0", wheels["gup-one"]), gup_app=("1.0", wheels["gup-app"]),
                         gup_base=("1.0", wheels["gup-base"])))
    run.must("meter", code=1, reason=Has("gup-one==9.0"))
    assert [pin["name"] for pin in run["meter"]["held_back"]] == ["gup-one"]
    assert update.virtualenv.installed()["gup-app"] == "1.0"


def test_a_dependency_has_the_hash_of_its_own_pin(gateway, update, wheels):
    text = gupfile(gup_app=("1.0", wheels["gup-app"]), gup_base=("1.0", wheels["gup-base"]))
    update(text).must("meter", code=0, outcome="updated")
    assert update.virtualenv.installed()["gup-base"] == "1.0", "not 1.5, which is the newest"
    assert second_night(gateway, update).outcomes() == {"meter": "unchanged"}


def test_a_pin_that_comes_later_is_checked_with_the_others(update, wheels):
    update(gupfile(gup_base=("1.0", wheels["gup-base"]))).must("meter", code=0, outcome="updated")
    text = gupfile(gup_base=("1.0", wheels["gup-base"]), gup_app=("1.0", wheels["gup-app"]))
    update(text).must("meter", code=0, outcome="updated")
    assert update.virtualenv.installed()["gup-base"] == "1.0"


def test_a_dependency_without_a_hash_fails_the_pin_that_needs_it(update, wheels):
    run = update(gupfile(gup_app=("1.0", wheels["gup-app"]), gup_one=("1.0", wheels["gup-one"])))
    run.must("meter", code=1, outcome="failed", reason=Has("gup-app==1.0: it needs gup-base", "hash"))
    assert update.virtualenv.installed().keys() & {"gup-app", "gup-base", "gup-one"} == {"gup-one"}


def test_what_is_broken_is_installed_again_with_its_hash(gateway, update, index, wheels):
    update(gupfile(gup_one=("1.0", wheels["gup-one"]))).must("meter", code=0, outcome="updated")
    next(update.virtualenv.site_packages.glob("gup_one-*.dist-info/METADATA")).unlink()
    index.remove("gup-one")
    index.add("gup-one", "1.0", extra={"tampered.py": ""})
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("gup-one==1.0", wheels["gup-one"]))
    assert not (update.virtualenv.site_packages / "tampered.py").exists()
