# SPDX-License-Identifier: Apache-2.0
"""The nightly update in the releases layout builds a new release next to the running one and switches the link to it."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from completed import Has
from gateway import git, remove, snapshot, write_files
from installers import use_quick_installer
from systemd import ACTIVE, Systemd, script


@pytest.fixture
def meter(gateway):
    """A connector that was adopted, at gup-one 1.0."""
    made = gateway.connector("meter", "gup-one,1.0\n", files={"main.py": "1\n", "gone.py": "1\n"})
    made.virtualenv = gateway.virtualenv("meter", pip=False)
    made.virtualenv.add("gup-one", "1.0")
    use_quick_installer(gateway)
    return adopted(gateway, made)


def adopted(gateway, made):
    made.first = made.head
    made.releases = gateway.root / ".gup" / made.name
    run = gateway.run("adopt", made.name)
    assert run.code == 0, run
    made.adopted = enabled(made)
    return made


def enabled(meter) -> str:
    """The id of the running release."""
    return Path(os.readlink(meter.path)).name


def releases(meter) -> list[str]:
    """The names in the folder of releases: their ids and any other file."""
    return sorted(path.name for path in meter.releases.iterdir() if path.name not in ("repository", "shared"))


def record(meter) -> dict:
    return json.loads((meter.path / "generation.json").read_text())


def sweep(meter) -> dict:
    return snapshot(meter.releases.parent.parent)


def test_code_alone_makes_a_new_release_and_a_quiet_night_nothing(gateway, meter):
    new = meter.push({"main.py": "2\n", "gone.py": None, "new/one.py": "2\n"})
    before = sweep(meter)
    check = gateway.check()
    assert check.code == 10, check
    assert check.steps("meter") == ["fast_forward"], check
    assert sweep(meter) == before, check
    run = gateway.now()
    run.must("meter", code=0, outcome="updated", commit=new)
    run.must("meter", actions=[f"updated code {meter.first[:7]} → {new[:7]} (main, 1 commit)"])
    assert enabled(meter).endswith(f"-main-{new[:7]}") and releases(meter) == sorted([meter.adopted, enabled(meter)])
    assert meter.read("main.py") == "2\n" and meter.read("new/one.py") == "2\n" and not (meter.path / "gone.py").exists()
    assert record(meter)["commit"] == new and record(meter)["previous"] == meter.adopted
    assert meter.virtualenv.installed()["gup-one"] == "1.0" and meter.virtualenv.imported_version("gup_one") == "1.0"
    assert (meter.releases / meter.adopted / "main.py").read_text() == "1\n", "the old one is as it was"
    assert any(f"redirecting meter: {meter.adopted} --> {enabled(meter)}" in line for line in gateway.log_lines())
    before = sweep(meter), snapshot(gateway.state)
    quiet = gateway.now()
    quiet.must("meter", outcome="unchanged", commit=new)
    assert (sweep(meter), snapshot(gateway.state)) == before
    assert gateway.check().code == 0


def test_code_and_pins_are_one_release(gateway, meter):
    new = meter.push({"main.py": "2\n", "gupfile": "gup-one,2.0\n"})
    assert gateway.check().drift("meter") == {"gup-one": "2.0"}
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "2.0", run
    assert meter.virtualenv.imported_version("gup_one") == "2.0" and record(meter)["commit"] == new
    assert record(meter)["pins"][0]["version"] == "2.0"
    old = meter.releases / meter.adopted / ".venv"
    assert list(old.glob("lib/*/site-packages/gup_one-1.0.dist-info")), "its virtualenv is its own"


def test_pins_that_drifted_make_another_release_of_the_same_commit(gateway, meter):
    remove(next((meter.path / ".venv").glob("lib/*/site-packages/gup_one-1.0.dist-info")))
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "1.0", run
    assert enabled(meter) == f"{meter.adopted}-2" and record(meter)["commit"] == meter.first
    (meter.path / "gupfile").write_text("gup-one,3.0\n")
    assert gateway.now().pin("meter", "gup-one") == "3.0"
    assert enabled(meter) == f"{meter.adopted}-3" and meter.read("gupfile") == "gup-one,3.0\n"
    gateway.now().must("meter", outcome="unchanged")


def test_a_pin_that_is_not_available_does_not_stop_the_code(gateway, meter):
    new = meter.push({"main.py": "2\n", "gupfile": "gup-one,1.0\ngup-none,9.9,git+file:///nowhere\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("gup-none==9.9"))
    assert record(meter)["commit"] == new and meter.read("main.py") == "2\n"
    assert meter.virtualenv.installed()["gup-one"] == "1.0"
    at = enabled(meter)
    gateway.now()
    assert enabled(meter) == at and releases(meter) == sorted([meter.adopted, at]), "a pin alone makes no release"


def test_only_update_keep_releases_stay(gateway, meter):
    seen = [meter.adopted]
    for number in "234":
        meter.push({"main.py": number})
        gateway.now().must("meter", outcome="updated")
        seen.append(enabled(meter))
    assert releases(meter) == sorted(seen[-2:])


def test_persisted_files_are_in_every_release(gateway):
    files = {"settings.json": "of the code\n"}
    made = gateway.connector("meter", '[connector]\npersist = ["data", "settings.json"]\n', files=files)
    (made.path / "data").mkdir()
    (made.path / "data/readings").write_text("precious\n")
    (made.path / "settings.json").write_text("of this gateway\n")
    meter = adopted(gateway, made)
    meter.push({"main.py": "2\n", "settings.json": "newer\n"})
    gateway.now().must("meter", outcome="updated")
    assert meter.read("main.py") == "2\n" and meter.read("data/readings") == "precious\n"
    assert meter.read("settings.json") == "of this gateway\n"


def note_hook(gateway, phase: str, body: str) -> None:
    path = gateway.folder / phase / "10-note"
    script(path, f"#!/bin/sh\n{body}\n")
    path.parent.chmod(0o755)
    gateway.configure("hooks", **{phase.replace("-", "_"): str(path.parent)})


def ran(gateway) -> list[str]:
    path = gateway.folder / "ran"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def test_hooks_see_the_new_folder_and_the_old_one(gateway, meter):
    note = (f'echo "$1 $(basename $CURRENT_CONFIG) $(cat $CURRENT_CONFIG/main.py) $(basename $PREVIOUS_CONFIG) '
            f'$(cat $PREVIOUS_CONFIG/main.py) $(cat {meter.path}/main.py) $GUP_GENERATION" >>{gateway.folder}/ran')
    note_hook(gateway, "pre-update", note.replace("$1", "pre"))
    note_hook(gateway, "post-update", note.replace("$1", "post"))
    own = '[hooks]\npre-update = "pre.sh"\n'
    (meter.remote.author / "pre.sh").write_text(f"#!/bin/sh\necho own $PWD >>{gateway.folder}/ran\n")
    (meter.remote.author / "pre.sh").chmod(0o755)
    gateway.configure("update", keep=2)
    meter.push({"main.py": "2\n", "gupfile": own})
    gateway.now().must("meter", outcome="updated")
    old, new = meter.adopted, enabled(meter)
    assert ran(gateway) == [f"pre {new} 2 {old} 1 1 {new}", f"own {meter.releases / new}", f"post {new} 2 {old} 1 2 {new}"]


def test_a_pre_update_hook_that_fails_blocks_and_leaves_nothing(gateway, meter):
    note_hook(gateway, "pre-update", "echo measuring; exit 3")
    meter.push({"main.py": "2\n"})
    gateway.now()  # fetched objects stay
    before = sweep(meter)
    run = gateway.now()
    run.must("meter", code=1, outcome="blocked", reason=Has("measuring"))
    assert sweep(meter) == before and releases(meter) == [meter.adopted]
    note_hook(gateway, "pre-update", "exit 0")
    gateway.now().must("meter", outcome="updated")
    assert meter.read("main.py") == "2\n"


def test_a_service_that_does_not_start_is_rolled_back_restarted_and_quarantined(gateway):
    systemd = Systemd(gateway)
    gupfile = '[connector]\nservice = "meter"\n[health]\nwithin = 1\nevery = 1\n'
    meter = adopted(gateway, gateway.connector("meter", gupfile, files={"main.py": "1\n"}))
    note_hook(gateway, "post-update", f'echo "$GUP_TO $(cat $CURRENT_CONFIG/main.py)" >>{gateway.folder}/ran')
    bad = meter.push({"main.py": "2\n"})
    systemd.after_restart(ACTIVE.replace("=active", "=failed"))
    run = gateway.now()
    run.must("meter", code=1, outcome="rolled_back")
    assert enabled(meter) == meter.adopted and releases(meter) == [meter.adopted]
    assert systemd.restarts == ["meter.service"] * 2
    assert ran(gateway) == [f"{bad} 2", f"{meter.first} 1"]
    assert [entry["commit"] for entry in gateway.status()["meter"]["quarantine"]] == [bad]
    (systemd.folder / "state").write_text(ACTIVE)
    systemd.after_restart(ACTIVE)
    again = gateway.now()
    again.must("meter", outcome="rolled_back")
    assert enabled(meter) == meter.adopted, again
    assert not ran(gateway), again
    good = meter.push({"main.py": "3\n"})
    gateway.now().must("meter", outcome="updated")
    assert record(meter)["commit"] == good


def test_rollback_and_enable_restart_check_health_and_are_not_undone_by_the_night(gateway):
    systemd = Systemd(gateway)
    gupfile = '[connector]\nservice = "meter"\n[health]\nwithin = 1\nevery = 1\n'
    meter = adopted(gateway, gateway.connector("meter", gupfile, files={"main.py": "1\n"}))
    note_hook(gateway, "post-update", f'echo "$(basename $CURRENT_CONFIG) $(basename $PREVIOUS_CONFIG)" >>{gateway.folder}/ran')
    meter.push({"main.py": "2\n"})
    gateway.now()
    new = enabled(meter)
    remote = meter.remote.bare.rename(meter.remote.bare.with_name("unreachable"))
    before = len(systemd.restarts)
    run = gateway.run("rollback", "meter", "--json")
    run.must("meter", code=0, outcome="updated")
    assert enabled(meter) == meter.adopted, run
    assert len(systemd.restarts) == before + 1 and ran(gateway)[-1] == f"{meter.adopted} {new}"
    remote.rename(meter.remote.bare)
    night = gateway.now()
    night.must("meter", outcome="skipped")
    assert enabled(meter) == meter.adopted, night
    run = gateway.run("release", "enable", "meter", new, "--json")
    assert run.code == 0, run
    assert enabled(meter) == new, run
    assert len(systemd.restarts) == before + 2, run
    systemd.after_restart(ACTIVE.replace("=active", "=failed"))
    run = gateway.run("release", "enable", "meter", meter.adopted, "--json")
    run.must("meter", code=1, outcome="rolled_back")
    assert enabled(meter) == new, run


def test_enable_and_rollback_use_the_hooks_of_the_command_line(gateway, meter):
    meter.push({"main.py": "2\n"})
    gateway.now()
    script(gateway.folder / "no/10-no", "#!/bin/sh\nexit 1\n")
    at = enabled(meter)
    for command in (["release", "enable", "meter", meter.adopted], ["rollback", "meter"]):
        run = gateway.run(*command, "--pre-hooks", gateway.folder / "no", "--json")
        run.must("meter", code=1, outcome="blocked")
        assert enabled(meter) == at, run


def test_a_release_of_a_tag_or_of_a_folder_stays(gateway, meter):
    meter.remote.tag("1.0")
    meter.push({"main.py": "2\n"})
    gateway.now()
    run = gateway.run("release", "install", "meter", "--from", "1.0", "--version", "one")
    assert run.code == 0, run
    assert gateway.run("release", "enable", "meter", "one").code == 0
    night = gateway.now()
    night.must("meter", code=0, outcome="skipped")
    assert enabled(meter) == "one", night
    night.must("meter", reason=Has("1.0", "main"))
    write_files(gateway.folder / "code", {"gupfile": "", "main.py": "by hand\n"})
    assert gateway.run("release", "install", "meter", "--from", "./code", "--version", "two").code == 0
    assert gateway.run("release", "enable", "meter", "two").code == 0
    night = gateway.now()
    night.must("meter", outcome="skipped")
    assert enabled(meter) == "two", night
    assert gateway.check().code == 0


def test_without_its_repository_it_stays(gateway, meter):
    meter.push({"main.py": "2\n"})
    remove(meter.releases / "repository")
    run = gateway.now()
    run.must("meter", outcome="skipped")
    assert enabled(meter) == meter.adopted, run


def test_an_unreachable_remote_and_a_rewound_one_are_reported_as_in_place(gateway, meter):
    second = meter.push({"main.py": "2\n"})
    gateway.now()
    meter.remote.rewind(meter.first)
    run = gateway.now()
    run.must("meter", outcome="failed", reason=Has("rewound"))
    assert record(meter)["commit"] == second
    remove(meter.remote.bare)
    gateway.now().must("meter", outcome="failed")


def test_a_gupfile_that_asks_for_releases_in_place_gets_a_hint(gateway):
    meter = gateway.connector("meter", '[connector]\nlayout = "releases"\n', files={"main.py": "1\n"})
    meter.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="updated")
    assert not meter.path.is_symlink()
    assert any("gup-agent adopt meter" in line for line in gateway.log_lines())


@pytest.mark.parametrize("written", ["feature/x", "origin/feature/x", "remotes/origin/feature/x", "refs/remotes/origin/feature/x", "id",
                                     "short id", "tag", "origin/feature/x~0"])
def test_a_release_is_of_the_branch_that_its_commit_is_on(gateway, meter, written):
    other = meter.push({"main.py": "of x\n"}, branch="feature/x")
    meter.remote.tag("v7")
    meter.remote.git("checkout", "-q", "main")
    repository = meter.releases / "repository"
    git("-C", repository, "fetch", "-q", "--tags", meter.remote.bare, "+refs/heads/*:refs/remotes/origin/*")
    wanted = {"id": other, "short id": other[:9], "tag": "v7"}.get(written, written)
    run = gateway.run("release", "install", "meter", "--from", wanted)
    assert run.code == 0, run
    made = next(name for name in releases(meter) if name.endswith(other[:7]))
    branch = "v7" if written == "tag" else "feature/x"
    assert f"-{branch.replace('/', '-')}-" in made
    assert gateway.run("release", "enable", "meter", made).code == 0
    assert record(meter)["branch"] == branch
    meter.push({"main.py": "3\n"})
    run = gateway.now()
    run.must("meter", code=0, outcome="skipped", reason=Has("enabled by a person", branch))
    assert enabled(meter) == made


def test_a_release_of_an_older_commit_of_the_followed_branch_moves_on(gateway, meter):
    second = meter.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="updated", commit=second)
    run = gateway.run("release", "install", "meter", "--from", meter.first, "--version", "old")
    assert run.code == 0, run
    assert gateway.run("release", "enable", "meter", "old").code == 0
    assert record(meter)["branch"] == "main"
    third = meter.push({"main.py": "3\n"})
    gateway.now().must("meter", outcome="updated", commit=third)


def test_a_commit_that_is_on_no_branch_is_of_none(gateway, meter):
    repository = meter.releases / "repository"
    loose = git("-C", repository, "commit-tree", "HEAD^{tree}", "-m", "loose")
    run = gateway.run("release", "install", "meter", "--from", loose, "--version", "loose")
    assert run.code == 0, run
    assert gateway.run("release", "enable", "meter", "loose").code == 0
    assert record(meter)["branch"] == loose[:7]
    meter.push({"main.py": "3\n"})
    gateway.now().must("meter", code=0, outcome="skipped")
