# SPDX-License-Identifier: Apache-2.0
"""Reading virtualenvs: their paths and installed packages, without starting Python."""
from __future__ import annotations

import os
from pathlib import Path

import pytest

from completed import Has
from gateway import snapshot
from virtualenvs import Virtualenv


def drift(gateway) -> dict[str, str]:
    return gateway.check().drift("meter")


def test_no_virtualenv_is_a_failure_with_the_command_that_makes_one(gateway):
    gateway.configure("python", create_venv=False)
    connector = gateway.connector("meter", "six,1.11.0\n")
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed")
    assert f"python3 -m venv {gateway.root}/.pyenv/meter" in run["meter"]["hint"], run
    assert connector.head == new, "the code is updated all the same"
    assert not (gateway.root / ".pyenv").exists()


def test_a_missing_virtualenv_is_made_and_filled(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    assert gateway.check().steps("meter") == ["create_environment", "install_pins"]
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    place = gateway.root / ".pyenv/meter"
    assert Virtualenv(place).imported_version("gup_one") == "1.0"
    assert place.is_symlink() and (Path(os.readlink(place)).parent / "generation.json").exists(), "a generation at once"
    assert "(meter)" in (place / "bin/activate").read_text()


@pytest.mark.parametrize("place", ["root/.pyenv/meter", "home/.pyenv/meter", "root/meter/.venv"])
def test_a_virtualenv_is_found_at_each_of_its_paths(gateway, place):
    gateway.connector("meter", "six,1.11.0\n", files={".gitignore": ".venv\n"})
    gateway.virtualenv("meter", where=gateway.folder / place, pip=False).add("six", "1.11.0")
    run = gateway.now()
    assert run.outcomes() == {"meter": "unchanged"}, run


def test_the_first_path_wins(gateway):
    gateway.connector("meter", "six,1.11.0\n")
    gateway.virtualenv("meter", pip=False).add("six", "1.0")
    gateway.virtualenv("meter", where=gateway.home / ".pyenv/meter", pip=False).add("six", "1.11.0")
    assert drift(gateway) == {"six": "1.11.0"}


SAME_VERSION = [
    ("1.0", "1.0.0"), ("1.0.0", "1"), ("V1.0", "1.0"), ("1.0-RC.1", "1.0rc1"), ("1.0alpha", "1.0a0"), ("1.0-1", "1.0.post1"),
    ("0!1.0", "1.0"), ("01.002", "1.2"), ("1.0", "1.0+local.7"), ("3.1.9test", "3.1.9test"),
    ("99999999999999999999999.1", "99999999999999999999999.1.0"),
]
OTHER_VERSION = [
    ("1.3.1", "1.3.10"), ("1.3.10", "1.3.1"), ("1.0", "1.0rc1"), ("1.0", "1.0.post1"), ("1.0", "1.0.dev1"), ("1.0", "1!1.0"),
    ("1.0+local.7", "1.0"), ("3.1.9test", "3.1.9"), ("3.1.9", "3.1.9test"), ("1.1", "1.10"),
]


def test_another_version_is_drift_and_another_spelling_is_not(gateway):
    pins = {f"gup-{number}": pair for number, pair in enumerate(SAME_VERSION + OTHER_VERSION)}
    gateway.connector("meter", "".join(f"{name},{pinned}\n" for name, (pinned, _) in pins.items()))
    virtualenv = gateway.virtualenv("meter", pip=False)
    for name, (_, installed) in pins.items():
        virtualenv.add(name, installed)
    drifted = drift(gateway)
    assert [pins[name] for name in drifted] == OTHER_VERSION
    assert list(drifted.values()) == [pinned for pinned, _ in OTHER_VERSION]


def test_spellings_of_one_name_are_not_drift(gateway):
    gateway.connector("meter", "Paho_MQTT,1.0\nruamel-yaml,1.0\nSIX,1.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    for name in ("paho-mqtt", "ruamel.yaml", "six"):
        virtualenv.add(name, "1.0")
    assert drift(gateway) == {}


def test_a_package_with_egg_info_is_installed(gateway):
    gateway.connector("meter", "six,1.11.0\n")
    gateway.virtualenv("meter", pip=False).add("six", "1.11.0", egg_info=True)
    assert drift(gateway) == {}


def test_metadata_that_is_odd_but_readable(gateway):
    gateway.connector("meter", "six,1.11.0\n")
    info = gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    lines = ["\ufeffMetadata-Version: 2.1", "NAME: six", "version:   1.11.0", "Version: 9.9", "Author: J\u00fcrgen", "",
             "Version: 8.8"]
    (info / "METADATA").write_bytes("\r\n".join(lines).encode())
    assert drift(gateway) == {}


def test_a_distribution_without_metadata_is_drift(gateway):
    gateway.connector("meter", "six,1.11.0\n")
    info = gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    (info / "METADATA").unlink()
    assert drift(gateway) == {"six": "1.11.0"}


def test_an_interrupted_install_is_drift_and_is_repaired(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    virtualenv.add("gup-one", "1.0", installer_row=False)
    assert drift(gateway) == {"gup-one": "1.0"}
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_leftovers_of_an_interrupted_pip_are_removed(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    for name in ("~up-one", "~up_one-0.9.dist-info"):
        (virtualenv.site_packages / name).mkdir()
        (virtualenv.site_packages / name / "METADATA").write_text("Name: gup-one\nVersion: 0.9\n")
    run = gateway.now()
    assert run.code == 0, run
    assert list(virtualenv.site_packages.glob("~*")) == []


def test_two_distributions_of_one_name_are_drift_and_become_one(gateway, index):
    index.add("gup-one", "1.0", "2.0")
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    virtualenv.pip("gup-one==1.0", index=index.url)
    virtualenv.add("gup-one", "2.0")
    assert drift(gateway) == {"gup-one": "1.0"}
    run = gateway.now()
    assert run.code == 0, run
    assert len(list(virtualenv.site_packages.glob("gup_one-*"))) == 1
    assert virtualenv.imported_version("gup_one") == "1.0"


def test_system_packages_satisfy_pins_where_the_virtualenv_sees_them(gateway):
    gateway.connector("meter", "gup-system,1.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    system = gateway.folder / "usr"
    other = Virtualenv.bare(system)
    other.add("gup-system", "1.0")
    config = f"home = {system}/bin\nversion = {virtualenv.site_packages.parent.name[6:]}.0\ninclude-system-site-packages = "
    (virtualenv.path / "pyvenv.cfg").write_text(config + "false\n")
    assert drift(gateway) == {"gup-system": "1.0"}
    (virtualenv.path / "pyvenv.cfg").write_text(config + "true\n")
    assert drift(gateway) == {}


def test_a_virtualenv_without_pip_fails_and_says_so(gateway):
    gateway.connector("meter", "six,1.11.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    before = snapshot(virtualenv.path)
    run = gateway.now()
    run.must("meter", code=1, reason=Has("pip"))
    assert snapshot(virtualenv.path) == before


def test_metadata_that_no_pip_can_read_is_named(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    info = virtualenv.add("gup-old", "1.0")
    (info / "METADATA").write_bytes(b"Metadata-Version: 2.1\nName: gup-old\nVersion: 1.0\nAuthor: J\xfcrgen\n")
    run = gateway.now()
    assert run.code == 1, run
    assert "gup_old-1.0.dist-info" in run["meter"]["reason"] + run["meter"]["hint"], run


def test_a_virtualenv_whose_interpreter_is_gone_fails_and_says_so(gateway):
    gateway.configure("python", create_venv=False)
    gateway.connector("meter", "six,1.11.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    (virtualenv.path / "bin/python3").unlink()
    (virtualenv.path / "bin/python3").symlink_to("/usr/bin/python3.99")
    run = gateway.now()
    run.must("meter", code=1, reason=Has("interpreter"))
    assert run["meter"]["hint"], run

