# SPDX-License-Identifier: Apache-2.0
"""Extras of pins: what they need is part of what the pin needs."""
from __future__ import annotations

import subprocess

import pytest

from completed import Has


@pytest.fixture
def meter(gateway, index):
    """A connector whose pin has an extra, with the pin's distribution installed without it."""
    index.add("gup-socks", "1.0", "1.6")
    index.add("gup-app", "1.0", requires=('gup-socks>=1.5; extra == "socks"', 'gup-win; sys_platform == "win32" and extra == "socks"',
                                          'gup-deep[more]; extra == "deep"'))
    index.add("gup-deep", "1.0", requires=('gup-socks<2; extra == "more"',))
    connector = gateway.connector("meter", "gup-app[socks],1.0\n")
    connector.virtualenv = gateway.virtualenv("meter")
    connector.virtualenv.pip("gup-app==1.0", index=index.url)
    return connector


def remove(meter, name: str) -> None:
    subprocess.run([str(meter.virtualenv.python), "-m", "pip", "uninstall", "-q", "-y", name], check=True,
                   env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": "/dev/null"})


def nothing_to_do(gateway, meter) -> None:
    spy = meter.virtualenv.spy(gateway.folder / "spy")
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    assert spy.starts() == []


def test_a_missing_extra_is_installed_and_named(gateway, meter):
    check = gateway.check()
    step = check["meter"]["steps"][0]
    assert step["pins"][0]["installed"] == "1.0, but gup-app[socks] lacks gup-socks>=1.5", check
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert run["meter"]["actions"] == ["installed gup-app 1.0 (before: 1.0, but gup-app[socks] lacks gup-socks>=1.5)"]
    assert meter.virtualenv.installed()["gup-socks"] == "1.6"
    nothing_to_do(gateway, meter)


def test_what_an_extra_needs_is_repaired_and_not_too_old(gateway, index, meter):
    assert gateway.now().code == 0
    remove(meter, "gup-socks")
    gateway.now().must("meter", code=0, outcome="updated")
    meter.virtualenv.pip("gup-socks==1.0", index=index.url)
    assert gateway.now().code == 0
    assert meter.virtualenv.installed()["gup-socks"] == "1.6"
    nothing_to_do(gateway, meter)


def test_an_interrupted_install_of_what_an_extra_needs_is_repaired(gateway, meter):
    assert gateway.now().code == 0
    info = next(meter.virtualenv.site_packages.glob("gup_socks-*.dist-info"))
    (info / "METADATA").unlink()
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_socks") == "1.6"
    nothing_to_do(gateway, meter)


def test_an_extra_of_an_extra(gateway, meter):
    meter.push({"gupfile": "gup-app[deep],1.0\n"})
    assert gateway.now().code == 0
    assert {"gup-deep", "gup-socks"} <= meter.virtualenv.installed().keys()
    remove(meter, "gup-socks")
    assert gateway.check()["meter"]["steps"][0]["pins"][0]["installed"] == "1.0, but gup-deep[more] lacks gup-socks<2"
    gateway.now().must("meter", code=0, outcome="updated")
    nothing_to_do(gateway, meter)


def test_an_extra_that_the_distribution_does_not_have_needs_nothing(gateway, meter):
    meter.push({"gupfile": "gup-app[other],1.0\n"})
    assert gateway.now().code == 0
    nothing_to_do(gateway, meter)


def test_an_extra_that_cannot_be_installed_fails_its_pin(gateway, index, meter):
    index.remove("gup-socks")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("gup-app[socks]==1.0", "gup-socks"))


def test_the_extra_in_a_toml_pin(gateway, meter):
    meter.push({"gupfile": '[dependencies]\ngup-app = { version = "1.0", extras = ["socks"] }\n'})
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.installed()["gup-socks"] == "1.6"
    nothing_to_do(gateway, meter)
