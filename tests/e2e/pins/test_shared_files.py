# SPDX-License-Identifier: Apache-2.0
"""Files that two distributions own: an installer that replaces one of them takes away or overwrites the other's."""
from __future__ import annotations

import os
import subprocess

import pytest

from logs import warnings

ENTRY = "[console_scripts]\ntool = {module}:main\n"


@pytest.fixture
def meter(gateway):
    connector = gateway.connector("meter", "bar,1.0\nfoo,1.0\n")
    connector.virtualenv = gateway.virtualenv("meter")
    return connector


def install_first(meter, index, *pins: str) -> None:
    for pin in pins:
        meter.virtualenv.pip(pin, index=index.url)


def update(gateway, meter, gupfile: str):
    meter.push({"gupfile": gupfile})
    return gateway.now()


def imports(meter, statement: str) -> None:
    subprocess.run([str(meter.virtualenv.python), "-c", statement], check=True)


def test_what_the_other_one_lost_is_there_again(gateway, index, meter):
    shared = {"shared/__init__.py": "V = 1\n"}
    index.add("bar", "1.0", extra=shared)
    index.add("foo", "1.0", extra=shared)
    index.add("foo", "2.0")
    install_first(meter, index, "bar==1.0", "foo==1.0")
    update(gateway, meter, "bar,1.0\nfoo,2.0\n").must("meter", code=0, outcome="updated")
    imports(meter, "from shared import V; assert V == 1")
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_it_is_installed_again_where_the_other_content_was_there(gateway, index, meter):
    """The file that was there was foo's: only bar's wheel has bar's."""
    index.add("bar", "1.0", extra={"shared/__init__.py": "V = 'bar'\n"})
    index.add("foo", "1.0", extra={"shared/__init__.py": "V = 'foo 1.0'\n"})
    index.add("foo", "2.0")
    install_first(meter, index, "bar==1.0", "foo==1.0")
    update(gateway, meter, "bar,1.0\nfoo,2.0\n").must("meter", code=0, outcome="updated")
    imports(meter, "from shared import V; assert V == 'bar'")


def test_without_the_index_it_fails_and_names_both(gateway, index, meter):
    index.add("bar", "1.0", extra={"shared/__init__.py": "V = 'bar'\n"})
    index.add("foo", "1.0", extra={"shared/__init__.py": "V = 'foo 1.0'\n"})
    index.add("foo", "2.0")
    install_first(meter, index, "bar==1.0", "foo==1.0")
    index.remove("bar")
    run = update(gateway, meter, "bar,1.0\nfoo,2.0\n")
    run.must("meter", code=1, outcome="failed")
    assert "bar 1.0 lost " in run["meter"]["reason"] and "shared/__init__.py" in run["meter"]["reason"], run
    assert run["meter"]["hint"].startswith("make bar 1.0 available to the installer again"), run
    imports(meter, "import foo; assert foo.version == '1.0'; import shared")


def test_doctor_says_what_is_lost_already(gateway, index, meter):
    index.add("bar", "1.0", extra={"shared/__init__.py": ""})
    index.add("foo", "1.0")
    install_first(meter, index, "bar==1.0", "foo==1.0")
    (meter.virtualenv.site_packages / "shared/__init__.py").unlink()
    out = gateway.run("doctor").out
    assert "a file of bar 1.0 is missing: " in out and "shared/__init__.py" in out, out
    command = out.split("This installs it again: ")[1].splitlines()[0].split()
    subprocess.run([*command, "-q", "--index-url", index.url], check=True, env={"PATH": "/usr/bin", "HOME": str(gateway.home)})
    imports(meter, "import shared")
    assert "is missing" not in gateway.run("doctor").out


def test_a_script_of_both_comes_back(gateway, index, meter):
    index.add("bar", "1.0", extra={"bar-1.0.dist-info/entry_points.txt": ENTRY.format(module="bar")})
    index.add("foo", "1.0", extra={"foo-1.0.dist-info/entry_points.txt": ENTRY.format(module="bar")})
    index.add("foo", "2.0")
    install_first(meter, index, "bar==1.0", "foo==1.0")
    update(gateway, meter, "bar,1.0\nfoo,2.0\n").must("meter", code=0, outcome="updated")
    script = meter.virtualenv.path / "bin/tool"
    assert "import main" in script.read_text()
    assert script.read_text().startswith(f"#!{os.path.realpath(meter.virtualenv.path)}/bin/python")


def test_a_namespace_with_the_same_file_in_both_is_nothing_to_tell(gateway, index, meter):
    same = {"google/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"}
    index.add("bar", "1.0", extra={**same, "google/bar.py": ""})
    index.add("foo", "1.0", "2.0", extra={**same, "google/foo.py": ""})
    install_first(meter, index, "bar==1.0", "foo==1.0")
    update(gateway, meter, "bar,1.0\nfoo,2.0\n").must("meter", code=0, outcome="updated")
    imports(meter, "import google.bar, google.foo")
    assert warnings(gateway) == []


def test_a_new_package_that_overwrites_an_old_ones_file_is_a_warning(gateway, index, meter):
    index.add("bar", "1.0", extra={"cv/__init__.py": "V = 'bar'\n"})
    index.add("foo", "1.0", extra={"cv/__init__.py": "V = 'foo, longer'\n"})
    install_first(meter, index, "bar==1.0")
    gateway.now().must("meter", code=0, outcome="updated")
    told = [line for line in warnings(gateway) if "foo 1.0 has overwritten files of bar 1.0" in line]
    assert len(told) == 1 and "cv/__init__.py" in told[0] and "/.gup/" not in told[0], warnings(gateway)
    assert gateway.now().outcomes() == {"meter": "unchanged"}
