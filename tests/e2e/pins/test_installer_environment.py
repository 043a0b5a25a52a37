# SPDX-License-Identifier: Apache-2.0
"""What the environment and the files of pip and uv say that is not meant for virtualenvs."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from completed import Has
from gateway import git
from logs import warnings
from virtualenvs import Virtualenv
from wheels import project

GUPFILE = "gup-one,1.0\n"


@pytest.fixture
def meter(gateway, index):
    index.add("gup-one", "1.0", requires=("gup-under",))
    index.add("gup-under", "1.0")
    connector = gateway.connector("meter", GUPFILE)
    connector.virtualenv = gateway.virtualenv("meter")
    return connector


def add_to_pip_conf(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a") as file:
        file.write(text)


def is_installed(meter) -> bool:
    have = meter.virtualenv.installed()
    return have.get("gup-one") == "1.0" and have.get("gup-under") == "1.0"


@pytest.mark.parametrize("section", ["install", "global"])
@pytest.mark.parametrize("line", ["user = true", "ignore-installed = yes", "dry-run = true", "no-deps = true", "report = report.json",
                                  "require-virtualenv = false", "force-reinstall = 1", "upgrade: true", "quiet = 3", "verbose = 2",
                                  "python = /usr/bin/python3"])
def test_settings_that_are_not_for_virtualenvs_do_no_harm(gateway, meter, section, line):
    add_to_pip_conf(gateway.home / ".config/pip/pip.conf", f"[{section}]\n{line}\n" if section != "global" else f"{line}\n")
    gateway.now().must("meter", code=0, outcome="updated")
    assert is_installed(meter)
    assert gateway.now().outcomes() == {"meter": "unchanged"}


CONF = ".config/pip/pip.conf"


@pytest.mark.parametrize("place", [CONF, ".pip/pip.conf", "chosen", "xdg"])
@pytest.mark.parametrize("key", ["target", "prefix", "root"])
def test_one_that_leads_out_of_the_virtualenv_is_named(gateway, index, meter, place, key):
    env = {}
    file = gateway.home / place
    if place == "chosen":
        file = gateway.folder / "chosen.conf"
        file.write_text(f"[global]\nindex-url = {index.url}\n")
        env = {"PIP_CONFIG_FILE": str(file)}
    elif place == "xdg":
        file = gateway.folder / "xdg/pip/pip.conf"
        env = {"XDG_CONFIG_HOME": str(gateway.folder / "xdg")}
    add_to_pip_conf(file, f"[install]\n{key} = {gateway.folder}/elsewhere\n")
    run = gateway.now(env=env)
    run.must("meter", code=1, outcome="failed", reason=Has(f"{file} sets {key} in [install]", "outside of the virtualenv"),
             hint=Has("remove that line"))
    assert not (gateway.folder / "elsewhere").exists() and not meter.virtualenv.path.is_symlink()


@pytest.mark.parametrize("name,value", [("PIP_USER", "1"), ("PIP_TARGET", "/nonexistent/t"), ("PIP_PREFIX", "/nonexistent/p"),
                                        ("PIP_ROOT", "/nonexistent/r"), ("PIP_DRY_RUN", "1"), ("PIP_NO_DEPS", "1"),
                                        ("PIP_IGNORE_INSTALLED", "1"), ("PIP_REPORT", "/nonexistent/x"), ("PYTHONHOME", "/nonexistent"),
                                        ("PYTHONPATH", "{bad}"), ("PYTHONSTARTUP", "{bad}/x"), ("VIRTUAL_ENV", "/nonexistent"),
                                        ("__PYVENV_LAUNCHER__", "/nonexistent"), ("CONDA_PREFIX", "/nonexistent"),
                                        ("PYTHONWARNINGS", "error"), ("PYTHONPYCACHEPREFIX", "{bad}/cache"), ("PYTHONUSERBASE", "{bad}"),
                                        ("PYTHONINSPECT", "1"), ("PYTHONPLATLIBDIR", "lib32")])
def test_a_variable_that_misleads_does_no_harm(gateway, meter, name, value):
    bad = gateway.folder / "bad"
    bad.mkdir()
    (bad / "pip.py").write_text("raise SystemExit('another pip')\n")
    gateway.now(env={name: value.format(bad=bad)}).must("meter", code=0, outcome="updated")
    assert is_installed(meter)
    assert not (bad / "cache").exists()


def test_hashes_that_are_required_are_the_reason(gateway, meter):
    gateway.now(env={"PIP_REQUIRE_HASHES": "1"}).must("meter", code=1, outcome="failed", reason=Has("PIP_REQUIRE_HASHES", "no hashes"),
                                                      hint=Has("unset PIP_REQUIRE_HASHES"))
    add_to_pip_conf(gateway.home / CONF, "require-hashes = true\n")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("pip.conf sets require-hashes", "no hashes"))
    gateway.now(env={"PIP_REQUIRE_HASHES": "0"}).must("meter", code=0, outcome="updated")


LOCAL = git("rev-parse", "--local-env-vars").split() + ["GIT_QUARANTINE_PATH"]


@pytest.fixture
def git_pin(gateway):
    """A connector with a pin of a git repository, and another repository with staged work, whose hook starts the agent."""
    lib = gateway.remote("lib")
    lib.push(project("gup-lib", "1.0"), "First")
    lib.tag("1.0")
    connector = gateway.connector("meter", f"gup-lib,1.0,git+file://{lib.bare}\n")
    connector.virtualenv = gateway.virtualenv("meter")
    other = gateway.folder / "other"
    git("init", "-q", other)
    (other / "staged").write_text("work\n")
    git("-C", other, "add", "staged")
    return connector, other


def test_the_repository_of_a_git_that_starts_the_agent_is_left_alone(gateway, git_pin):
    connector, other = git_pin
    index = (other / ".git/index").read_bytes()
    values = {"GIT_INDEX_FILE": other / ".git/index", "GIT_DIR": other / ".git", "GIT_WORK_TREE": other, "GIT_PREFIX": "sub/",
              "GIT_COMMON_DIR": other / ".git", "GIT_OBJECT_DIRECTORY": other / ".git/objects",
              "GIT_QUARANTINE_PATH": other / ".git/objects/quarantine", "GIT_CONFIG_COUNT": "1",
              "GIT_CONFIG_KEY_0": "user.name", "GIT_CONFIG_VALUE_0": "somebody", "GIT_CONFIG_PARAMETERS": "'user.name=somebody'",
              "GIT_SHALLOW_FILE": other / "none", "GIT_GRAFT_FILE": other / "none"}
    gateway.now(env={name: str(value) for name, value in values.items()}).must("meter", code=0, outcome="updated")
    assert connector.virtualenv.installed()["gup-lib"] == "1.0"
    assert (other / ".git/index").read_bytes() == index
    assert git("-C", other, "diff", "--cached", "--name-only") == "staged"


def test_no_hook_sees_such_a_variable(gateway):
    connector = gateway.connector("meter", "")
    hook = gateway.folder / "hooks/show"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\nenv > {gateway.folder}/seen\n")
    hook.chmod(0o755)
    gateway.configure("hooks", post_update=str(hook.parent))
    connector.push({"new": "1\n"})
    harmless = {name: "1" for name in LOCAL if name not in ("GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS")}
    gateway.now(env={**harmless, "GIT_CONFIG_COUNT": "0", "GIT_CONFIG_PARAMETERS": "", "GIT_TRACE_KEPT": "1"}).must(
        "meter", outcome="updated")
    seen = {line.split("=")[0] for line in (gateway.folder / "seen").read_text().splitlines()}
    assert not seen & set(LOCAL) and "GIT_TRACE_KEPT" in seen


@pytest.fixture
def user_site(gateway):
    """lib 2.0 in ~/.local, as `pip install --user` left it."""
    version = next((gateway.root / ".pyenv/meter/lib").glob("python*")).name
    home = Virtualenv(gateway.home / ".local")
    (gateway.home / ".local/lib" / version / "site-packages").mkdir(parents=True)
    return home


def python(gateway, meter, code: str) -> str:
    return subprocess.run([str(meter.virtualenv.python), "-c", code], check=True, stdout=subprocess.PIPE, text=True,
                          env={"HOME": str(gateway.home)}).stdout.strip()


@pytest.mark.parametrize("theirs", ["1.0", "2.0"])
def test_a_pin_beside_the_users_own_packages_is_satisfied(gateway, index, meter, user_site, theirs):
    index.add("gup-lib", "2.0")
    user_site.add("gup-lib", theirs)
    config = meter.virtualenv.path / "pyvenv.cfg"
    config.write_text(config.read_text().replace("packages = false", "packages = true"))
    (meter.path / "gupfile").write_text("gup-lib,2.0\n")
    run = gateway.now()
    assert run.code == 0, run
    assert run.pin("meter", "gup-lib") == "2.0"
    assert python(gateway, meter, "import gup_lib; print(gup_lib.version)") == "2.0"
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_a_yanked_release_is_a_warning(gateway, index, meter):
    page = index.folder / "gup-under/index.html"
    page.write_text(page.read_text().replace("<a ", '<a data-yanked="has a hole" '))
    (meter.path / "gupfile").write_text("gup-under,1.0\n")
    gateway.now().must("meter", code=0, outcome="updated")
    assert [line for line in warnings(gateway) if "yanked" in line and "has a hole" in line], gateway.log_lines()


def test_pins_that_exclude_each_other_are_failed_with_pips_reason(gateway, index, meter):
    index.add("gup-under", "2.0")
    index.add("gup-strict", "1.0", requires=("gup-under<2",))
    (meter.path / "gupfile").write_text("gup-strict,1.0\ngup-under,2.0\n")
    gateway.now().must("meter", code=1, outcome="failed", reason=Has("conflict", "gup-strict"))
