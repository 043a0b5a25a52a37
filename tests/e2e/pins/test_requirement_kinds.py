# SPDX-License-Identifier: Apache-2.0
"""What a requirements file may ask for, beyond name==version: satisfied means the same for pip and for the agent."""
from __future__ import annotations

import hashlib
import subprocess

import pytest

from completed import Has

from wheels import project, project_with_editable

GUPFILE = '[connector]\nrequirements = "requirements.txt"\n'
RANGES = {"allow_ranges": True}


@pytest.fixture
def wheels(index):
    index.add("gup-one", "1.0", "2.0")
    index.add("gup-base", "1.0", "1.5", "2.0")
    index.add("gup-app", "1.0", requires=("gup-base>=1.0",))
    return index


class Meter:
    def __init__(self, gateway, text: str, files: dict[str, str] | None = None):
        self.gateway = gateway
        self.connector = gateway.connector("meter", GUPFILE, {"requirements.txt": text, **(files or {})})
        self.virtualenv = gateway.virtualenv("meter")

    def push(self, text: str, **files: str):
        self.connector.push({"requirements.txt": text, **files})

    def pip_agrees(self, index) -> None:
        """`pip install -r` finds nothing to do either."""
        done = subprocess.run([str(self.virtualenv.python), "-m", "pip", "install", "--disable-pip-version-check", "--dry-run",
                               "--index-url", index.url, "-r", "requirements.txt"], cwd=self.connector.path, check=True,
                              stdout=subprocess.PIPE, text=True,
                              env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin", "PIP_CONFIG_FILE": "/dev/null"})
        assert "Would install" not in done.stdout, done.stdout

    def nothing_to_do(self) -> None:
        spy = self.virtualenv.spy(self.gateway.folder / "spy")
        run = self.gateway.now()
        assert run.outcomes() == {"meter": "unchanged"}, run
        assert spy.starts() == [], "no Python for a night with nothing to do"


def test_a_marker_that_excludes(gateway, wheels):
    meter = Meter(gateway, "gup-one==1.0 ; sys_platform == 'win32'\ngup-one==2.0 ; sys_platform == 'linux'\n"
                           "gup-base==1.0 ; python_version < '3'\n")
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert [pin["name"] for pin in run["meter"]["pins"]] == ["gup-one"]
    assert meter.virtualenv.installed().items() >= {"gup-one": "2.0"}.items()
    assert "gup-base" not in meter.virtualenv.installed()
    meter.pip_agrees(wheels)
    meter.nothing_to_do()


def test_a_marker_is_decided_by_a_new_virtualenv(gateway, wheels):
    gateway.configure("python", create_venv=True)
    gateway.connector("meter", GUPFILE, {"requirements.txt": "gup-one==1.0 ; python_version < '3'\ngup-base==1.0\n"})
    run = gateway.now(timeout=300)
    run.must("meter", code=0, outcome="updated")
    assert not any("gup-one" in action for action in run["meter"]["actions"]), run
    assert [pin["name"] for pin in run["meter"]["pins"]] == ["gup-base"]
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_a_range_is_satisfied_by_what_is_installed(gateway, wheels):
    gateway.configure("python", **RANGES)
    meter = Meter(gateway, "gup-base>=1.0,<2\n")
    meter.virtualenv.pip("gup-base==1.0", index=wheels.url)
    meter.nothing_to_do()
    assert meter.virtualenv.installed()["gup-base"] == "1.0"
    meter.push("gup-base>=1.1,<2\n")
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert run["meter"]["actions"][-1] == "installed gup-base 1.5 (before: 1.0)", run
    meter.pip_agrees(wheels)
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_a_constraint_is_kept_by_what_others_bring(gateway, wheels):
    meter = Meter(gateway, "-c constraints.txt\ngup-app==1.0\n", {"constraints.txt": "gup-base==1.5\ngup-one==1.0\n"})
    gateway.now().must("meter", code=0, outcome="updated")
    installed = meter.virtualenv.installed()
    assert installed["gup-base"] == "1.5" and "gup-one" not in installed
    meter.pip_agrees(wheels)
    meter.virtualenv.pip("gup-base==2.0", index=wheels.url)
    step = gateway.check()["meter"]["steps"][0]
    assert step["pins"][0]["installed"] == "1.0, but the constraint gup-base==1.5 excludes gup-base 2.0", step
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.installed()["gup-base"] == "1.5"
    meter.nothing_to_do()


def test_a_direct_reference_to_a_branch(gateway, web, wheels):
    gateway.configure("python", **RANGES)
    library = gateway.remote("library")
    library.push(project("gup-library", "4.0.0"))
    library.tag("stable")
    meter = Meter(gateway, f"gup-library @ git+{web.http(library.bare)}@stable\n")
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_library") == "4.0.0"
    meter.nothing_to_do()
    library.push(project("gup-library", "5.0.0"))
    library.tag("v5")
    meter.push(f"gup-library @ git+{web.http(library.bare)}@v5\n")
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_library") == "5.0.0"


def test_an_archive_with_its_hash(gateway, wheels):
    wheel = wheels.folder / "gup-one/gup_one-1.0-py3-none-any.whl"
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    url = f"{wheels.url}gup-one/{wheel.name}" if wheels.url.endswith("/") else f"{wheels.url}/gup-one/{wheel.name}"
    meter = Meter(gateway, f"gup-one @ {url} --hash=sha256:{'b' * 64}\n")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("gup-one", wheel.name, "b" * 64, digest))
    meter.push(f"gup-one @ {url} --hash=sha256:{digest}\n")
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.installed()["gup-one"] == "1.0"
    meter.nothing_to_do()


def lock_of(index, *packages: tuple[str, str], vcs: str = "") -> str:
    lines = ['lock-version = "1.0"', 'created-by = "test"']
    for name, version in packages:
        wheel = next((index.folder / name).glob(f"*-{version}-*.whl"))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines += ["[[packages]]", f'name = "{name}"', f'version = "{version}"', f'index = "{index.url}"',
                  f'wheels = [{{ name = "{wheel.name}", url = "{index.url.rstrip("/")}/{name}/{wheel.name}", '
                  f'hashes = {{ sha256 = "{digest}" }} }}]']
    return "\n".join(lines) + "\n"


@pytest.fixture
def locked(gateway, wheels):
    """A connector with a pylock.toml, and a package that it does not name."""
    connector = gateway.connector("meter", GUPFILE.replace("requirements.txt", "pylock.toml"), {"pylock.toml": lock_of(wheels, ("gup-app", "1.0"))})
    connector.virtualenv = gateway.virtualenv("meter")
    connector.virtualenv.pip("gup-one==1.0", index=wheels.url)
    return connector


def test_a_lock_file_brings_nothing_that_it_does_not_name(gateway, locked, wheels):
    gateway.now().must("meter", code=0, outcome="updated")
    installed = locked.virtualenv.installed()
    assert installed["gup-app"] == "1.0" and "gup-base" not in installed, "as uv pip sync and pip's pylock do"
    assert installed["gup-one"] == "1.0", "without prune what is there stays"
    locked.push({"pylock.toml": lock_of(wheels, ("gup-app", "1.0"), ("gup-base", "1.5"))})
    gateway.now().must("meter", code=0, outcome="updated")
    assert locked.virtualenv.installed()["gup-base"] == "1.5"
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_prune_removes_what_the_lock_file_does_not_name_from_the_new_generation(gateway, locked):
    before = locked.virtualenv.path.resolve()
    assert gateway.now().code == 0
    old = locked.virtualenv.path.resolve()
    gateway.configure("python", prune=True)
    step = gateway.check()["meter"]["steps"][0]
    assert step["text"] == "remove gup-one 1.0: the lock file does not name it", step
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert run["meter"]["actions"] == ["removed gup-one 1.0"], run
    assert "gup-one" not in locked.virtualenv.installed() and "pip" in locked.virtualenv.installed()
    assert old != locked.virtualenv.path.resolve()
    assert (old / locked.virtualenv.site_packages.relative_to(locked.virtualenv.path) / "gup_one.py").exists(), before
    spy = locked.virtualenv.spy(gateway.folder / "spy")
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    assert spy.starts() == []
    gateway.run("rollback", "meter")
    assert locked.virtualenv.installed()["gup-one"] == "1.0"


def test_prune_keeps_everything_while_a_package_fails(gateway, locked, wheels):
    gateway.configure("python", prune=True)
    wheels.remove("gup-app")
    gateway.now().must("meter", code=1, outcome="failed")
    assert locked.virtualenv.installed()["gup-one"] == "1.0"


def test_the_connectors_own_folder_in_place(gateway, index):
    meter = Meter(gateway, "-e .\n", project_with_editable("gup-meter", "0.1"))
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_meter_code") == "0.1"
    meter.nothing_to_do()
    meter.push("-e .\n", **{"gup_meter_code.py": "version = '0.2'\n"})
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_meter_code") == "0.2"


def test_the_connectors_own_folder_is_that_of_its_release(gateway, index):
    meter = Meter(gateway, "-e .\n", {**project_with_editable("gup-meter", "0.1")})
    assert gateway.run("adopt", "meter").code == 0
    run = gateway.now()
    assert run.code == 0, run
    assert meter.virtualenv.imported_version("gup_meter_code") == "0.1"
    meter.connector.remote.push({"gup_meter_code.py": "version = '0.2'\n"})
    gateway.now().must("meter", code=0, outcome="updated")
    assert meter.virtualenv.imported_version("gup_meter_code") == "0.2"
    assert gateway.now().outcomes() == {"meter": "unchanged"}
    gateway.run("rollback", "meter")
    assert meter.virtualenv.imported_version("gup_meter_code") == "0.1"


def test_a_release_whose_own_folder_cannot_be_installed_is_not_enabled(gateway, index):
    meter = Meter(gateway, "-e .\n", {**project_with_editable("gup-meter", "0.1")})
    assert gateway.run("adopt", "meter").code == 0
    gateway.now().must("meter", code=0)
    enabled = (gateway.root / "meter").readlink()
    meter.connector.remote.push({"backend.py": "raise SystemExit('no backend')\n",
                                 "gup_meter_code.py": "version = '0.2'\n"})
    gateway.now().must("meter", code=1, outcome="failed", hint=Has("pyproject.toml"))
    assert (gateway.root / "meter").readlink() == enabled
    assert meter.virtualenv.imported_version("gup_meter_code") == "0.1"
