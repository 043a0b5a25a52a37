# SPDX-License-Identifier: Apache-2.0
"""doctor: code, virtualenvs and pins of a connector."""
from __future__ import annotations

from gateway import Gateway
from virtualenvs import Virtualenv


def test_code_that_cannot_be_followed(machine, gateway):
    gateway.connector("meter").git("checkout", "-q", "--detach")
    found = machine.only("code")
    assert "detached" in found["what"] and "git switch" in found["hint"], found


def test_pins_without_a_virtualenv(machine, gateway):
    gateway.connector("meter", "six,1.11.0\n")
    assert machine.findings() == []
    gateway.configure("python", create_venv=False)
    assert "no virtualenv" in machine.only("virtualenv")["what"]
    gateway.configure("python", create_venv=True)
    gateway.configure("python", interpreter="python-none")
    assert "python-none" in machine.only("virtualenv")["what"]


def pinned(gateway: Gateway, pip: str | None = "23.0.1") -> Virtualenv:
    gateway.connector("meter", "six,1.11.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    virtualenv.add("six", "1.11.0")
    if pip:
        virtualenv.add("pip", pip)
    return virtualenv


def test_an_interpreter_that_is_gone_or_another_one_now(machine, gateway):
    virtualenv = pinned(gateway)
    config = virtualenv.path / "pyvenv.cfg"
    config.write_text(config.read_text().replace("version = 3.", "version = 2."))
    assert "the virtualenv was made for" in machine.only("virtualenv")["what"]
    (virtualenv.path / "bin/python3").unlink()
    (virtualenv.path / "bin/python3").symlink_to("/usr/bin/python3.1")
    found = machine.only("virtualenv")
    assert "/usr/bin/python3.1" in found["what"] and "python3 -m venv" in found["hint"], found


def test_leftovers_of_an_interrupted_pip_and_metadata_that_is_not_utf8(machine, gateway):
    virtualenv = pinned(gateway)
    (virtualenv.site_packages / "~ix").mkdir()
    assert "~ix" in machine.only("virtualenv")["what"]
    (virtualenv.site_packages / "~ix").rmdir()
    broken = virtualenv.site_packages / "odd-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_bytes(b"Metadata-Version: 2.1\nName: odd\nVersion: 1.0\nAuthor: M\xfcller\n")
    found = machine.only("virtualenv")
    assert "not UTF-8" in found["what"] and "every pip command fails" in found["why"], found


def test_a_pip_that_is_missing_or_too_old(machine, gateway):
    virtualenv = pinned(gateway, pip=None)
    assert "no pip" in machine.only("pip")["what"]
    virtualenv.add("pip", "18.1")
    found = machine.only("pip")
    assert "18.1, older than 20.3" in found["what"] and "manylinux" in found["why"], found


def test_a_pin_that_could_not_be_installed(machine, gateway, index):
    gateway.connector("meter", "gup-none,1.0\n")
    gateway.virtualenv("meter")
    assert gateway.now().code == 1
    found = machine.only("held-pin")
    assert "gup-none==1.0" in found["what"] and "gup-agent now meter" in found["hint"], found
