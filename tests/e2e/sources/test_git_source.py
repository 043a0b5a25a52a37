# SPDX-License-Identifier: Apache-2.0
"""A connector with a git repository as source in the configuration: a folder of it, a branch, a tag, a commit."""
from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from completed import Has
from gateway import remove, snapshot
from installers import use_quick_installer
from tools import tool


def release(place: Path) -> str:
    """The id of the running release."""
    return Path(os.readlink(place)).name


def record(place: Path) -> dict:
    return json.loads((place / "generation.json").read_text())


def files(place: Path) -> list[str]:
    return sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file() and ".venv" not in path.parts)


@pytest.fixture
def app(gateway):
    """A remote with two folders."""
    remote = gateway.remote("app")
    remote.first = remote.push({"README": "app\n", "deploy/main.py": "1\n", "deploy/gone.py": "1\n", "deploy/.gitignore": "x\n",
                                "other/secret": "1\n"}, "First")
    return remote


def test_the_first_run_deploys_what_the_remotes_head_says_and_the_next_ones_follow_it(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}")
    check = gateway.check()
    assert check.code == 10, check
    assert check.steps("app") == ["deploy"], check
    assert not place.exists() and not (gateway.root / ".gup").exists(), "check changes nothing"
    run = gateway.now()
    run.must("app", code=0, outcome="updated", commit=app.first)
    assert files(place) == ["README", "deploy/gone.py", "deploy/main.py", "generation.json", "gupfile", "other/secret"]
    before = snapshot(gateway.root), snapshot(gateway.state)
    assert gateway.now().outcomes() == {"app": "unchanged"}
    assert gateway.check().code == 0
    assert (snapshot(gateway.root), snapshot(gateway.state)) == before
    old = release(place)
    new = app.push({"deploy/main.py": "2\n", "deploy/gone.py": None})
    run = gateway.now()
    run.must("app", outcome="updated", commit=new)
    assert (place / "deploy/main.py").read_text() == "2\n" and not (place / "deploy/gone.py").exists()
    assert release(place).endswith(f"-{new[:7]}") and release(place) != old
    back = gateway.run("rollback", "app")
    assert back.code == 0, back
    assert release(place) == old, back
    assert gateway.now()["app"]["outcome"] == "skipped" and release(place) == old, "a release that was rolled back by hand stays away"


@pytest.mark.parametrize("form", ["branch", "tag", "annotated", "commit"])
def test_only_the_named_folder_of_the_named_revision_is_deployed(gateway, app, form):
    wanted = app.push({"deploy/main.py": "2\n"}, branch="stable")
    if form in ("tag", "annotated"):
        app.tag("v1", annotated=form == "annotated")
    app.push({"deploy/main.py": "3\n"}, branch="main")
    ref = {"branch": "stable", "commit": wanted}.get(form, "v1")
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}/deploy#{ref}")
    run = gateway.now()
    run.must("app", code=0, commit=wanted)
    assert files(place) == ["generation.json", "gone.py", "gupfile", "main.py"] and (place / "main.py").read_text() == "2\n"
    assert record(place)["source"] == f"{app.bare.as_uri()}/deploy#{ref}"
    assert gateway.now().outcomes() == {"app": "unchanged"}


def test_over_http_a_night_with_nothing_to_do_is_one_request(gateway, app, web):
    repository = web.http(app.bare)
    place = gateway.declare("app", source=f"git+{repository}/deploy")
    assert gateway.now().code == 0 and record(place)["branch"] == "main", "the branch that HEAD names"
    new = app.push({"deploy/main.py": "2\n"})
    gateway.now().must("app", commit=new)
    assert (place / "main.py").read_text() == "2\n"
    assert gateway.now().outcomes() == {"app": "unchanged"}


def test_a_changed_remote_gives_a_new_release(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}")
    assert gateway.now().code == 0
    other = gateway.remote("other")
    unrelated = other.push({"main.py": "of another history\n"})
    gateway.declare("app", source=f"git+{other.bare.as_uri()}")
    run = gateway.now()
    run.must("app", code=0, commit=unrelated)
    assert files(place) == ["generation.json", "gupfile", "main.py"]
    known = subprocess.run([tool("git"), "-C", str(gateway.root / ".gup/app/repository"), "cat-file", "-e", app.first], capture_output=True)
    assert known.returncode != 0, "nothing of the old remote is kept"
    assert gateway.run("rollback", "app").code == 0
    assert (place / "deploy/main.py").read_text() == "1\n"


def test_another_folder_of_the_same_commit_is_another_release(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}/deploy")
    assert gateway.now().code == 0
    gateway.declare("app", source=f"git+{app.bare.as_uri()}/other")
    run = gateway.now()
    run.must("app", outcome="updated")
    assert files(place) == ["generation.json", "gupfile", "secret"], run


def test_a_rewritten_history_is_deployed(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}")
    app.push({"deploy/main.py": "2\n"})
    assert gateway.now().code == 0
    app.rewind(app.first)
    new = app.push({"deploy/main.py": "other\n"})
    gateway.now().must("app", commit=new)
    assert (place / "deploy/main.py").read_text() == "other\n"


def test_a_pin_of_the_configuration_replaces_the_gupfiles(gateway, app):
    use_quick_installer(gateway)
    app.push({"deploy/gupfile": "gup-one,1.0\n"})
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}/deploy", pins=["gup-one,2.0"])
    run = gateway.now()
    assert run.code == 0, run
    assert run.pin("app", "gup-one") == "2.0", run
    assert os.readlink(gateway.root / ".pyenv/app") == str(place / ".venv")
    gateway.declare("app", pins=["gup-one,2.1"])
    before = release(place)
    run = gateway.now()
    assert run.pin("app", "gup-one") == "2.1" and release(place) == f"{before}-2", run
    assert (place / "main.py").read_text() == "1\n" and gateway.now().outcomes() == {"app": "unchanged"}


@pytest.mark.parametrize("source, said", [
    ("deploy#nowhere", "has neither a branch nor a tag nowhere"),
    ("nowhere", "has no folder nowhere"),
])
def test_a_missing_branch_or_folder_is_reported_and_leaves_nothing(gateway, app, source, said):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}/{source}")
    run = gateway.now()
    run.must("app", code=1, outcome="failed")
    assert said in run["app"]["reason"], run
    assert not place.exists() and list((gateway.root / ".gup").glob("app/2*")) == []


def test_a_folder_in_the_way_is_left_alone(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}")
    place.mkdir()
    (place / "work").write_text("of somebody\n")
    run = gateway.now()
    run.must("app", code=1, reason=Has("is not the link to its releases"))
    assert (place / "work").read_text() == "of somebody\n"


def test_an_unhealthy_release_is_rolled_back_and_its_commit_is_not_tried_again(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}/deploy")
    assert gateway.now().code == 0
    good = release(place)
    app.push({"deploy/gupfile": '[health]\ncommand = "false"\nwithin = "1s"\n'})
    run = gateway.now()
    run.must("app", outcome="rolled_back")
    assert release(place) == good, run
    run = gateway.now()
    run.must("app", outcome="rolled_back")
    assert "is skipped until a newer release appears" in run["app"]["reason"] + run["app"]["hint"], run


def test_no_checkout_is_made_of_it(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}")
    assert gateway.now().code == 0
    before = snapshot(gateway.root)
    run = gateway.run("adopt", "--back", "app")
    assert run.code == 2, run
    assert f"app is deployed from {app.bare.as_uri()}" in run.err, run
    assert snapshot(gateway.root) == before and place.is_symlink()


def test_a_damaged_repository_is_made_again(gateway, app):
    place = gateway.declare("app", source=f"git+{app.bare.as_uri()}")
    assert gateway.now().code == 0
    remove(gateway.root / ".gup/app/repository/objects")
    new = app.push({"deploy/main.py": "2\n"})
    run = gateway.now()
    run.must("app", code=0, commit=new)
    assert (place / "deploy/main.py").read_text() == "2\n", run


def test_status_and_doctor_know_it(gateway, app):
    gateway.declare("app", source=f"git+{app.bare.as_uri()}/deploy")
    assert gateway.now().code == 0
    status = gateway.status()
    status.must("app", commit=app.first)
    doctor = gateway.run("doctor")
    assert "app" not in [line.split(":")[0] for line in doctor.out.splitlines()], doctor
