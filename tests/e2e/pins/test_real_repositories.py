# SPDX-License-Identifier: Apache-2.0
"""Repositories of the field, made anew (support/written_by_*.py): from nothing to satisfied, and what may happen afterwards."""
from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from additions import COPY, use_quick_python
from completed import Has
from real_repository import Fixture, distributions
from repositories import REPOSITORIES
from traces import fingerprints, traced
from virtualenvs import Virtualenv
from wheels import normalized

IN_PLACE = ["searxng", "certbot", "klipper", "warehouse", "mitmproxy"]


class Deployed:
    """A fixture's repository as the connector `app`: a [[connector]] with a source, or a checkout that the operator made."""

    def __init__(self, fixture: Fixture, in_place: bool = False):
        self.fixture, self.real, self.gateway = fixture, fixture.real, fixture.gateway
        self.remote = self.gateway.remote("app")
        self.push()
        if in_place:
            self.gateway.clone("app", self.remote)
            self.gateway.virtualenv("app")
        source = {} if in_place else {"source": f"git+{self.remote.bare.as_uri()}"}
        self.gateway.declare("app", requirements=self.real.declared_by, **source)
        self.place = self.gateway.root / ".pyenv/app"

    def push(self, *changes: tuple[str, str]) -> None:
        self.remote.push({"main.py": "print(1)\n", **self.fixture.files(*changes)})

    @property
    def virtualenv(self) -> Virtualenv:
        return Virtualenv(self.place)

    def installed(self) -> dict[str, str]:
        return distributions(self.virtualenv)

    def read(self, name: str) -> str:
        return (self.gateway.root / "app" / name).read_bytes().decode()

    def update(self):
        run = self.gateway.now(timeout=180)
        run.must("app", code=0, outcome="updated", requirements=self.real.declared_by)
        return run

    def must_be_at_rest(self) -> None:
        """The next night has nothing to do: no program is started, nothing changes."""
        before = fingerprints(self.place.resolve())
        calls, code = traced(self.gateway, "now")
        assert code == 0 and len(calls) == 1, calls
        assert fingerprints(self.place.resolve()) == before
        assert self.gateway.check().code == 0
        installed = self.installed()
        for pin in self.gateway.status()["app"]["pins"]:
            assert pin["installed"] == installed[normalized(pin["name"])], pin


@pytest.fixture
def deploy(gateway, index, web):
    """Deploys one of REPOSITORIES: deploy(name)."""
    use_quick_python(gateway, COPY)
    return lambda name, **options: Deployed(Fixture(REPOSITORIES[name], gateway, index, web.http), **options)


def moved(real) -> dict[str, str]:
    """What is installed once the pin has moved."""
    name, version = real.moved[1].replace(" ", "").lower().split("==")
    return {**real.distributions(), name.replace("_", "-"): version}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_from_nothing_to_satisfied(deploy, name):
    app = deploy(name)
    app.update()
    assert app.installed() == app.real.distributions()
    app.must_be_at_rest()


@pytest.mark.parametrize("name", IN_PLACE)
def test_from_nothing_to_satisfied_in_place(deploy, name):
    app = deploy(name, in_place=True)
    app.update()
    assert app.installed() == app.real.distributions()
    app.must_be_at_rest()


@pytest.mark.parametrize("name", REPOSITORIES)
def test_a_moved_version_is_the_only_change_and_can_be_rolled_back(deploy, name):
    app = deploy(name)
    app.update()
    app.push(app.real.moved)
    assert list(app.gateway.check().drift("app").values()) == [app.real.moved[1].split("==")[1].strip()]
    run = app.update()
    own = ["mitmproxy"] if name == "mitmproxy" else []  # each release installs its own folder
    done = [action.split()[1] for action in run["app"]["actions"] if action.startswith("installed ")]
    assert sorted(done) == sorted([*own, re.split("[ =]", app.real.moved[0])[0]]), run
    assert app.installed() == moved(app.real)
    assert app.gateway.now().outcomes() == {"app": "unchanged"}
    app.gateway.run("rollback", "app", "--json").must("app", code=0, outcome="updated")
    assert app.installed() == app.real.distributions()


def test_a_moved_version_in_place_can_be_rolled_back(deploy):
    app = deploy("certbot", in_place=True)
    app.update()
    app.push(app.real.moved)
    app.update()
    assert app.installed() == moved(app.real)
    app.gateway.run("rollback", "app", "--json").must("app", code=0, outcome="updated")
    assert app.installed() == app.real.distributions()


@pytest.mark.parametrize("name", ["certbot", "bedrock", "raspiaprs"])
@pytest.mark.parametrize("in_place", [False, True], ids=["source", "in-place"])
def test_an_archive_with_another_hash_is_not_installed(deploy, name, in_place):
    app = deploy(name, in_place=in_place)
    app.update()
    new, version = app.real.moved[1].split("==")
    hashed = app.fixture.index.hash(new, version)[len("sha256:"):]
    files = {path: text.replace(hashed, "0" * 64) for path, text in app.fixture.files(app.real.moved).items()}
    app.remote.push(files)
    archive = app.fixture.index.archive(new, version).name
    app.gateway.now(timeout=180).must("app", code=1, outcome="failed", reason=Has(new, archive, "hash"))
    assert app.installed() == app.real.distributions()
    assert app.virtualenv.imported_version(new.replace("-", "_")) != version
    app.gateway.now(timeout=180).must("app", code=1, outcome="failed", reason=Has(archive))
    app.push(app.real.moved)
    app.update()
    assert app.installed() == moved(app.real)


def test_a_package_without_hash_among_others_is_named_with_its_line(deploy):
    app = deploy("bedrock")
    files = app.fixture.files()
    path = app.real.declared_by
    app.remote.push({path: files[path] + "six==1.16.0\n"})
    line = files[path].count("\n") + 1
    app.gateway.now().must("app", code=1, outcome="failed", reason=Has(f"{path}:{line}", "six"))
    assert not app.place.exists()


@pytest.mark.parametrize("name, removed", [("searxng", "h2"), ("searxng", "async-timeout"), ("bedrock", "tinycss2"),
                                           ("mitmproxy", "pytest"), ("raspiaprs", "aiohappyeyeballs")])
def test_what_a_person_removes_is_installed_again(deploy, name, removed):
    app = deploy(name)
    app.update()
    subprocess.run([app.virtualenv.python, "-m", "pip", "uninstall", "-q", "-y", removed], check=True)
    assert removed not in app.installed()
    assert app.gateway.check().code == 10
    app.update()
    assert app.installed() == app.real.distributions()
    app.must_be_at_rest()


def test_a_constraint_alone_moves_a_package_that_no_line_names(deploy):
    app = deploy("home-assistant")
    app.update()
    app.push(("h11==0.14.0", "h11==0.16.0"))
    assert app.gateway.check().code == 10
    app.update()
    assert app.installed() == {**app.real.distributions(), "h11": "0.16.0"}
    app.must_be_at_rest()


def test_a_constraint_of_a_named_package_must_be_its_pin(deploy):
    app = deploy("home-assistant")
    app.update()
    app.remote.push({"homeassistant/package_constraints.txt": "astral==3.2\n"})
    run = app.gateway.now()
    run.must("app", code=1, outcome="failed", reason=Has("astral", "requirements.txt", "package_constraints.txt"))
    assert app.installed() == app.real.distributions()


@pytest.mark.parametrize("name, setting, words", [
    ("home-assistant", "allow_ranges", ["requirements.txt:7", "certifi>=2021.5.30"]),
    ("frigate", "allow_ranges", ["requirements-wheels.txt:1", "click"]),
    ("anomaly-detector", "allow_ranges", ["requirements.txt:3", "kazoo<3"]),
    ("piscsi", "allow_index_options", ["requirements.txt:1", "-i"]),
])
def test_what_the_operator_has_not_allowed_is_named(deploy, name, setting, words):
    app = deploy(name)
    app.gateway.configure("python", **{setting: False})
    run = app.gateway.now()
    run.must("app", code=1, outcome="failed", reason=Has(*words), hint=Has(setting.replace("_", "-")))
    assert not app.place.exists()
    app.gateway.configure("python", **{setting: True})
    app.update()


def test_a_range_stays_at_what_satisfies_it(deploy):
    app = deploy("frigate")
    app.update()
    app.fixture.index.add("click", "8.1.9")
    app.must_be_at_rest()
    app.push(("click == 8.1.*", "click == 8.2.*"))
    app.update()
    assert app.installed() == {**app.real.distributions(), "click": "8.2.0"}


def test_several_files_wait_for_the_operators_choice(deploy):
    app = deploy("raspiaprs")
    app.gateway.declare("app", requirements=None)
    app.gateway.now().must("app", code=1, outcome="failed", reason=Has("pylock.toml", "requirements.txt"))
    app.gateway.declare("app", requirements="pylock.toml")
    app.update()


def test_a_repository_without_its_name_gets_it_from_the_hint(deploy):
    """The real file of the anomaly detector."""
    app = deploy("anomaly-detector")
    app.push(("analytics-operator-lib @ ", ""))
    run = app.gateway.now()
    run.must("app", code=1, outcome="failed", reason=Has("requirements.txt:1", "does not name"), hint=Has("NAME @ git+http"))
    app.push()
    app.update()


def test_the_editable_repository_is_that_of_the_current_release(deploy):
    app = deploy("mitmproxy")
    app.update()
    app.remote.push({"main.py": "print(2)\n"})
    app.update()
    assert app.installed() == app.real.distributions()
    code = (app.virtualenv.site_packages / "mitmproxy.pth").read_text().strip()
    assert (Path(code) / "main.py").read_text() == "print(2)\n", "the virtualenv imports the release before"
    app.must_be_at_rest()
