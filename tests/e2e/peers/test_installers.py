# SPDX-License-Identifier: Apache-2.0
"""pip, uv and the agent with either of them install the same distributions from the same files."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from additions import COPY, use_quick_python
from real_repository import Fixture, distributions
from real_uv import real_uv
from repositories import REPOSITORIES
from tools import SYSTEM_PATH
from traces import traced
from virtualenvs import Virtualenv

LOCKED = [("aiohttp", "3.14.1", "aiohappyeyeballs>=2.5.0"), ("aiohappyeyeballs", "2.6.2"), ("aiohappyeyeballs", "2.4.0"),
          ("python-dotenv", "1.2.2"), ("ruff", "0.15.0"), ("pywin32", "311")]
PYPROJECT = """[project]
name = "RasPiAPRS"
version = "0.1b10"
requires-python = ">=3.9"
dependencies = ["aiohttp>=3.13.4", "python-dotenv>=1.2.2", "pywin32 ; sys_platform == 'win32'"]
[dependency-groups]
dev = ["ruff"]
"""


@pytest.fixture
def uv():
    return real_uv() or pytest.skip("there is no uv here: GUP_E2E_UV=PATH, or make peers")


@pytest.fixture
def make(gateway, index, web):
    """One of REPOSITORIES, ready to be installed: make(name)."""
    use_quick_python(gateway, COPY)
    return lambda name: Fixture(REPOSITORIES[name], gateway, index, web.http)


def run_uv(uv: str, folder: Path, *arguments: str, index: str) -> str:
    done = subprocess.run([uv, *arguments, "--no-config", "--no-cache", "--default-index", index], cwd=folder, capture_output=True,
                          text=True, env={"HOME": "/nonexistent", "PATH": SYSTEM_PATH, "NO_COLOR": "1"}, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


# `uv pip sync` installs what the file names and nothing else, so it is compared where the file names everything.
def installed_by_uv(uv: str, fixture: Fixture, command: str, *options: str) -> dict[str, str]:
    place = fixture.gateway.folder / f"by-uv-{command}"
    virtualenv: Virtualenv = fixture.gateway.virtualenv(command, where=place)
    folder = fixture.write(fixture.gateway.folder / f"plain-{command}")
    run_uv(uv, folder, "pip", command, "--python", str(virtualenv.python), *options, fixture.real.declared_by, index=fixture.index.url)
    return distributions(virtualenv)


def deploy(fixture: Fixture, **settings: str) -> dict[str, str]:
    """What the agent installs, after a second night that has nothing to do."""
    gateway, remote = fixture.gateway, fixture.gateway.remote("app")
    remote.push(fixture.files())
    gateway.configure("python", **settings)
    gateway.declare("app", source=f"git+{remote.bare.as_uri()}", requirements=fixture.real.declared_by)
    gateway.now(timeout=180).must("app", code=0, outcome="updated")
    assert gateway.now().outcomes() == {"app": "unchanged"}
    return distributions(Virtualenv(gateway.root / ".pyenv/app"))


def installed_by_pip(fixture: Fixture) -> dict[str, str]:
    virtualenv = fixture.gateway.virtualenv("by-pip", where=fixture.gateway.folder / "by-pip")
    virtualenv.pip("-r", fixture.real.declared_by, index=fixture.index.url, folder=fixture.write(fixture.gateway.folder / "plain"))
    return distributions(virtualenv)


@pytest.mark.parametrize("name", REPOSITORIES)
def test_pip_and_the_agent_install_the_same(make, name):
    fixture = make(name)
    if fixture.real.pip_reads_it:
        assert installed_by_pip(fixture) == fixture.real.distributions()
    assert deploy(fixture, installer="pip") == fixture.real.distributions()


@pytest.mark.parametrize("name", REPOSITORIES)
def test_uv_and_the_agent_install_the_same(make, uv, name):
    fixture = make(name)
    assert installed_by_uv(uv, fixture, "install", "-r") == fixture.real.distributions()
    if fixture.real.is_complete:
        assert installed_by_uv(uv, fixture, "sync") == fixture.real.distributions()
    assert deploy(fixture, installer="uv", uv=uv) == fixture.real.distributions()


def test_a_lock_of_uv_is_installed_as_uv_installs_it(gateway, index, uv):
    """HafiziRuslan/RasPiAPRS, uv.lock: here uv itself locks the project, for all platforms and a group for development."""
    for name, version, *requires in LOCKED:
        index.add(name, version, requires=tuple(requires))
    use_quick_python(gateway, COPY)
    remote = gateway.remote("app")
    remote.push({"pyproject.toml": PYPROJECT, "main.py": "print(1)\n"})
    run_uv(uv, remote.author, "lock", index=index.url)
    theirs = gateway.virtualenv("theirs", where=remote.author / ".venv")
    run_uv(uv, remote.author, "sync", "--frozen", "--no-dev", index=index.url)
    remote.push({".gitignore": ".venv\n"})
    gateway.configure("python", uv=uv)
    gateway.declare("app", source=f"git+{remote.bare.as_uri()}")
    gateway.now(timeout=180).must("app", code=0, outcome="updated", requirements="uv.lock")
    installed = distributions(Virtualenv(gateway.root / ".pyenv/app"))
    assert installed == distributions(theirs) == {"aiohttp": "3.14.1", "aiohappyeyeballs": "2.6.2", "python-dotenv": "1.2.2"}
    calls, code = traced(gateway, "now")
    assert code == 0 and len(calls) == 1, calls
