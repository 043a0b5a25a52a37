# SPDX-License-Identifier: Apache-2.0
"""A virtualenv that cannot run is never unchanged: it is made anew where all of it is known, else it is a failure."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from completed import Has
from virtualenvs import PYTHON, Virtualenv

GUPFILE = "gup-one,1.0\n"


@pytest.fixture
def meter(gateway, index):
    index.add("gup-one", "1.0")
    connector = gateway.connector("meter", GUPFILE)
    connector.virtualenv = gateway.virtualenv("meter")
    connector.virtualenv.pip("gup-one==1.0", index=index.url)
    gateway.now().must("meter", code=0, outcome="unchanged")
    return connector


def write_program(path: Path, content: bytes, mode: int = 0o755) -> None:
    path.unlink()
    path.write_bytes(content)
    path.chmod(mode)


def is_gone(virtualenv: Virtualenv) -> None:
    (virtualenv.path / "bin/python3").unlink()
    (virtualenv.path / "bin/python3").symlink_to("/nonexistent/python3.9")


def is_another(virtualenv: Virtualenv) -> None:
    config = virtualenv.path / "pyvenv.cfg"
    version = next(line for line in config.read_text().splitlines() if line.startswith("version"))
    config.write_text(config.read_text().replace(version, "version = 3.9.2"))
    (virtualenv.path / "lib" / f"python{version.split()[-1].rsplit('.', 1)[0]}").rename(virtualenv.path / "lib/python3.9")


def is_not_executable(virtualenv: Virtualenv) -> None:
    write_program(virtualenv.path / "bin/python3", Path(PYTHON).resolve().read_bytes(), 0o644)


def is_foreign(virtualenv: Virtualenv) -> None:
    content = bytearray(Path(PYTHON).resolve().read_bytes())
    content[18:20] = b"\x16\x00"  # S/390
    write_program(virtualenv.path / "bin/python3", bytes(content))


def needs_a_loader(virtualenv: Virtualenv) -> None:
    content = Path(PYTHON).resolve().read_bytes()
    loader = content[content.index(b"/lib"):].split(b"\0")[0]
    write_program(virtualenv.path / "bin/python3", content.replace(loader, b"/lix" + loader[4:], 1))


def is_empty(virtualenv: Virtualenv) -> None:
    write_program(virtualenv.path / "bin/python3", b"")


def is_missing(virtualenv: Virtualenv) -> None:
    for program in (virtualenv.path / "bin").glob("python*"):
        program.unlink()


def has_lost_its_home(virtualenv: Virtualenv) -> None:
    write_program(virtualenv.path / "bin/python3", Path(PYTHON).resolve().read_bytes())
    config = virtualenv.path / "pyvenv.cfg"
    config.write_text(config.read_text().replace("home = /usr/bin", "home = /opt/python3.9/bin"))


def is_upgraded_without_its_packages(virtualenv: Virtualenv) -> None:
    """As `python -m venv --upgrade` of another Python leaves it."""
    libraries = next((virtualenv.path / "lib").glob("python3*"))
    libraries.rename(virtualenv.path / "lib/python3.9")


BROKEN = [(is_gone, "the interpreter is gone: bin/python -> /nonexistent/python3.9"), (is_another, "the interpreter is 3."),
          (is_not_executable, "cannot be executed"), (is_foreign, "is for another machine"), (needs_a_loader, "is for another machine"),
          (is_empty, "is not a program"), (is_missing, "the interpreter is gone"), (has_lost_its_home, "/opt/python3.9/bin"),
          (is_upgraded_without_its_packages, "its packages are in python3.9")]


@pytest.mark.parametrize("damage,reason", BROKEN, ids=[damage.__name__ for damage, _ in BROKEN])
def test_without_drift_it_is_failed_everywhere(gateway, meter, damage, reason):
    gateway.configure("python", create_venv=False)
    damage(meter.virtualenv)
    checked = gateway.check()
    assert checked.code == 1 and reason in checked["meter"]["pins_blocked"], checked
    for command in ("now", "run"):
        run = gateway.run(command, "--json")
        run.must("meter", code=1, outcome="failed", reason=Has("cannot be used", reason), hint=Has("python3 -m venv", "create-venv"))
    assert gateway.status()["meter"]["outcome"] == "failed"
    found = json.loads(gateway.run("doctor", "--json").out)["findings"]
    assert [one for one in found if one["check"] == "virtualenv" and reason in one["what"]], found
    assert not meter.virtualenv.path.is_symlink()


@pytest.mark.parametrize("damage", [damage for damage, _ in BROKEN], ids=[damage.__name__ for damage, _ in BROKEN])
def test_where_all_is_known_it_is_made_anew(gateway, meter, damage):
    gateway.configure("python", create_venv=True)
    damage(meter.virtualenv)
    checked = gateway.check()
    assert checked.code == 10 and checked.steps("meter") == ["create_environment", "install_pins"], checked
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.path.is_symlink()
    assert meter.virtualenv.imported_version("gup_one") == "1.0"
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_the_hint_works(gateway, meter):
    gateway.configure("python", create_venv=False)
    is_gone(meter.virtualenv)
    hint = gateway.now()["meter"]["hint"].split(": ", 1)[1].split(", or ")[0]
    subprocess.run(["sh", "-c", hint], check=True, stdout=subprocess.DEVNULL)
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_one") == "1.0"


def test_the_connectors_without_pins_fail_too(gateway):
    gateway.connector("meter", "")
    is_gone(gateway.virtualenv("meter", pip=False))
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("the interpreter is gone"))


def test_a_new_commit_is_deployed_and_the_outcome_is_failed(gateway, meter):
    gateway.configure("python", create_venv=False)
    is_gone(meter.virtualenv)
    new = meter.push({"main.py": "print(2)\n"})
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("the interpreter is gone"))
    assert meter.head == new


def test_what_a_person_installed_is_not_thrown_away(gateway, index, meter):
    index.add("gup-hand", "1.0")
    meter.virtualenv.pip("gup-hand==1.0", index=index.url)
    gateway.configure("python", create_venv=True)
    is_gone(meter.virtualenv)
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("no pin would bring gup-hand 1.0"), hint=Has("add a pin for it"))
    (meter.path / "gupfile").write_text(GUPFILE + "gup-hand,1.0\n")
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_hand") == "1.0"


def test_dependencies_are_known(gateway, index, meter):
    index.add("gup-under", "1.0")
    index.add("gup-two", "1.0", requires=("gup-under",))
    meter.virtualenv.pip("gup-two==1.0", index=index.url)
    (meter.path / "gupfile").write_text(GUPFILE + "gup-two,1.0\n")
    gateway.configure("python", create_venv=True)
    is_gone(meter.virtualenv)
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_under") == "1.0"


def test_what_cannot_be_installed_leaves_the_broken_one(gateway, index, meter):
    gateway.configure("python", create_venv=True)
    is_gone(meter.virtualenv)
    index.remove("gup-one")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("the interpreter is gone", "gup-one"))
    assert not meter.virtualenv.path.is_symlink()
    index.add("gup-one", "1.0")
    gateway.now("meter").must("meter", code=0, outcome="updated")


def test_a_broken_generation_is_made_anew_and_sees_the_system_as_before(gateway, index, meter):
    config = meter.virtualenv.path / "pyvenv.cfg"
    config.write_text(config.read_text().replace("packages = false", "packages = true"))
    gateway.configure("python", create_venv=True)
    is_gone(meter.virtualenv)
    gateway.now().must("meter", code=0, outcome="updated")
    assert "include-system-site-packages = true" in config.read_text()
    first = os.path.realpath(meter.virtualenv.path)
    is_gone(meter.virtualenv)
    gateway.now().must("meter", code=0, outcome="updated")
    assert os.path.realpath(meter.virtualenv.path) != first
    assert meter.virtualenv.imported_version("gup_one") == "1.0"


def test_a_rollback_to_a_broken_one_is_not_silent(gateway, meter):
    gateway.configure("python", create_venv=True)
    is_gone(meter.virtualenv)
    gateway.now().must("meter", code=0, outcome="updated")
    gateway.run("rollback", "meter")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("was rolled back", "the interpreter is gone"))
    gateway.run("now", "--retry", "meter", "--json").must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_one") == "1.0"


def test_in_the_releases_layout_it_is_made_anew_in_a_new_release(gateway, meter):
    gateway.run("adopt", "meter", "--json").must("meter", outcome="updated")
    before = os.readlink(meter.path)
    is_gone(meter.virtualenv)
    gateway.configure("python", create_venv=False)
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("the interpreter is gone"))
    gateway.configure("python", create_venv=True)
    gateway.now().must("meter", code=0, outcome="updated")
    assert os.readlink(meter.path) != before
    assert meter.virtualenv.imported_version("gup_one") == "1.0"


def test_only_python3_in_bin_is_enough(gateway, index, meter):
    (meter.virtualenv.path / "bin/python").unlink()
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    index.add("gup-one", "2.0")
    (meter.path / "gupfile").write_text("gup-one,2.0\n")
    gateway.now().must("meter", code=0, outcome="updated")


def test_a_link_to_a_python_that_moved_with_its_home_still_runs(gateway, meter):
    """Python finds its library by the link's target, too."""
    config = meter.virtualenv.path / "pyvenv.cfg"
    config.write_text(config.read_text().replace("home = /usr/bin", "home = /opt/none/bin"))
    assert meter.virtualenv.imported_version("gup_one") == "1.0"
    assert gateway.now().outcomes() == {"meter": "unchanged"}
