# SPDX-License-Identifier: Apache-2.0
"""Releases by hand: versioned installs, the link to the enabled one, and the change from a git checkout and back."""
from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from completed import Has
from gateway import each_kill, snapshot, write_files
from release_commands import enable, folder_with_code, install, listed, release
from virtualenvs import Virtualenv


@pytest.fixture
def meter(gateway, index):
    """A connector in place, at gup-one 1.0, with its virtualenv."""
    index.add("gup-one", "1.0", "2.0", "3.0")
    files = {"main.py": "print(1)\n", ".gitignore": "__pycache__\n", "data/.gitkeep": "", ".env": "A=1\n",
             "bin/start": "#!/bin/sh\n"}
    made = gateway.connector("smart-meter", "gup-one,1.0\n", files=files)
    made.place = gateway.root / ".pyenv/smart-meter"
    made.releases = gateway.root / ".gup/smart-meter"
    return made


@pytest.fixture
def fresh(gateway, index):
    """The same with a pin, and an index that has it."""
    index.add("gup-one", "1.0", "2.0", "3.0")
    return folder_with_code(gateway, "gup-one,1.0\n", Virtualenv.real)


def expected_id(connector, commit="HEAD", branch="main") -> str:
    stamp = connector.git("log", "-1", "--date=format-local:%Y-%m-%d_%H_%M", "--format=%cd", commit)
    return f"{stamp}-{branch}-{connector.git('rev-parse', commit)[:7]}"


def test_install_makes_a_complete_release_without_touching_the_running_one(gateway, meter):
    before = meter.snapshot()
    run = gateway.run("release", "install", "smart-meter", env={"TZ": "Asia/Tokyo"})
    assert run.code == 0, run
    name = expected_id(meter)
    made = meter.releases / name
    assert listed(gateway) == [name]
    assert sorted(path.name for path in made.iterdir()) == [".env", ".venv", "README", "bin", "data", "generation.json",
                                                            "gupfile", "main.py"]
    assert not list((made / "data").iterdir()), "the folder of a .gitkeep exists, empty"
    assert Virtualenv(made / ".venv").installed()["gup-one"] == "1.0"
    said = subprocess.run([made / ".venv/bin/pip", "--version"], capture_output=True, text=True, check=True).stdout
    assert str(made) in said, "its scripts are its own"
    assert meter.snapshot() == before and meter.changes == "" and not meter.place.exists()
    again = gateway.run("release", "install", "smart-meter")
    assert again.code == 0, again
    assert f"{name} is already installed" in again.out, again
    assert not list((gateway.state / "journal").glob("*"))


def test_install_of_a_tag_a_branch_a_commit_and_with_a_version(gateway, meter):
    first = meter.head
    gateway.virtualenv("smart-meter", pip=False).add("gup-one", "1.0")
    meter.push({"main.py": "print(2)\n"})
    meter.push({"main.py": "print('other')\n"}, branch="feature/x")
    meter.remote.tag("2.1")
    meter.git("fetch", "-q", "--tags", "origin")
    assert install(gateway) == expected_id(meter, "origin/main"), "the followed branch as last fetched"
    assert install(gateway, "--from", "HEAD", "--version", "1.0") == "1.0"
    assert install(gateway, "--from", "feature/x") == expected_id(meter, "origin/feature/x", "feature-x")
    assert install(gateway, "--from", "2.1", "--version", "two") == "two"
    assert install(gateway, "--from", first[:9]) == expected_id(meter, first)
    record = json.loads((meter.releases / "1.0/generation.json").read_text())
    assert record["commit"] == first and record["pins"][0]["version"] == "1.0"
    assert (meter.releases / "two/main.py").read_text() == "print('other')\n"
    wrong = release(gateway, "install", "smart-meter", "--from", "nowhere")
    assert wrong.code == 2, wrong
    assert "nowhere" in wrong.events[-1]["message"], wrong


def test_install_of_a_folder(gateway, fresh):
    (fresh / ".git").write_text("no repository\n")
    (fresh / ".env").write_text("A=1\n")
    (fresh / "link").symlink_to("main.py")
    refused = release(gateway, "install", "smart-meter", "--from", str(fresh))
    assert refused.code == 2, refused
    assert "--version" in refused.events[-1]["hint"], refused
    run = release(gateway, "install", "smart-meter", "--from", "./code", "--version", "1.0")
    assert run.code == 0, run
    made = gateway.root / ".gup/smart-meter/1.0"
    assert sorted(path.name for path in made.iterdir()) == [".env", ".venv", "generation.json", "gupfile", "link", "main.py"]
    assert os.readlink(made / "link") == "main.py"
    assert Virtualenv(made / ".venv").imported_version("gup_one") == "1.0"


def test_a_clone_as_folder_is_named_by_its_head_and_says_when_it_was_changed(gateway, meter):
    author = meter.remote.author
    gateway.virtualenv("heat-meter", pip=False).add("gup-one", "1.0")
    name = expected_id(meter)
    assert install(gateway, "--from", str(author), name="heat-meter") == name
    (author / "main.py").write_text("print('by hand')\n")
    assert install(gateway, "--from", str(author), name="heat-meter") == name + "-dirty"
    record = json.loads((gateway.root / ".gup/heat-meter" / f"{name}-dirty" / "generation.json").read_text())
    assert record["commit"] == "", "it is no commit"


def test_enable_switches_the_link_and_says_so(gateway, fresh):
    old = install(gateway, "--from", str(fresh), "--version", "1.0")
    (fresh / "gupfile").write_text("gup-one,2.0\n")
    new = install(gateway, "--from", str(fresh), "--version", "2.0")
    link, place = gateway.root / "smart-meter", gateway.root / ".pyenv/smart-meter"
    enable(gateway, old)
    assert os.readlink(link) == f".gup/smart-meter/{old}"
    assert os.readlink(place) == f"{link}/.venv"
    assert Virtualenv(place).imported_version("gup_one") == "1.0"
    run = enable(gateway, new)
    assert f"redirecting smart-meter: {old} --> {new}\n" in run.out, run
    assert any(line.endswith(f"redirecting smart-meter: {old} --> {new}") for line in gateway.log_lines())
    assert Virtualenv(place).imported_version("gup_one") == "2.0"
    assert f"smart-meter is already at {new}" in enable(gateway, new).out
    assert gateway.run("status", "--json")["smart-meter"]["actions"]


def test_enable_refuses_a_release_that_is_not_installed(gateway, code):
    install(gateway, "--from", str(code), "--version", "1.0")
    run = release(gateway, "enable", "smart-meter", "2.0")
    assert run.code == 2, run
    assert "2.0" in run.events[-1]["message"], run
    assert "1.0" in run.events[-1]["hint"], run
    (gateway.root / ".gup/smart-meter/1.0/generation.json").unlink()
    run = release(gateway, "enable", "smart-meter", "1.0")
    assert run.code == 2 and not (gateway.root / "smart-meter").is_symlink(), "it is not complete"


@pytest.mark.parametrize("kind", ["folder", "file", "virtualenv"])
def test_enable_refuses_a_folder_where_the_link_should_be(gateway, code, kind):
    install(gateway, "--from", str(code), "--version", "1.0")
    link = gateway.root / "smart-meter"
    if kind == "folder":
        link.mkdir()
        (link / "precious").write_text("1")
    elif kind == "file":
        link.write_text("precious")
    else:
        (gateway.root / ".pyenv/smart-meter").unlink()
        gateway.virtualenv("smart-meter", pip=False)
    before = snapshot(gateway.root)
    run = release(gateway, "enable", "smart-meter", "1.0")
    assert run.code == 2, run
    assert "is not the link to" in run.events[-1]["message"], run
    assert "gup-agent adopt smart-meter" in run.events[-1]["hint"]
    assert snapshot(gateway.root) == before


def test_list_is_the_newest_first_with_a_star_on_the_enabled_one(gateway, code):
    for version in ("9.0", "10.0", "1.0"):
        install(gateway, "--from", str(code), "--version", version)
    out = lambda *options: "".join(line[:2] + line[2:].split()[0] + "\n" for line in  # noqa: E731
                                   gateway.run("release", "list", "smart-meter", *options).out.splitlines())
    assert out() == "  1.0\n  10.0\n  9.0\n", "none is enabled"
    enable(gateway, "10.0")
    assert out() == "  1.0\n* 10.0\n  9.0\n" == out("--sort=time")
    assert out("--sort", "version") == "* 10.0\n  9.0\n  1.0\n"
    assert listed(gateway) == ["1.0", "10.0", "9.0"]
    assert gateway.run("release", "list", "smart-meter", "--sort=size").code == 2
    link = gateway.root / "smart-meter"
    link.unlink()
    assert "*" not in out()
    link.symlink_to(gateway.folder)
    assert "*" not in out()
    link.unlink()
    link.symlink_to(f"{gateway.root}/.gup/smart-meter/9.0")
    assert out() == "  1.0\n  10.0\n* 9.0\n", "a link with a whole path is one too"
    assert gateway.run("release", "list", "nothing-here").code == 2


def test_list_has_dates_and_commits(gateway, meter):
    gateway.virtualenv("smart-meter", pip=False).add("gup-one", "1.0")
    code = gateway.folder / "code"
    write_files(code, {"gupfile": ""})
    name = install(gateway)
    install(gateway, "--from", str(code), "--version", "by-hand")
    lines = gateway.run("release", "list", "smart-meter", env={"TZ": "UTC"}).out.splitlines()
    assert [line.split()[0] for line in lines] == ["by-hand", name]
    assert [line.split()[2] for line in lines] == ["-", meter.head[:7]]
    for line in lines:
        time.strptime(line.split()[1], "%Y-%m-%dT%H:%M:%S%z")
    assert len({line.index(line.split()[1]) for line in lines}) == 1, "they are columns"
    for one in release(gateway, "list", "smart-meter").document["releases"]:
        assert one["installed"] > 0 and one["commit"] == (meter.head if one["id"] == name else "")


def test_enable_without_an_id_takes_the_current_commit(gateway, meter):
    gateway.virtualenv("smart-meter", pip=False).add("gup-one", "1.0")
    author = str(meter.remote.author)
    run = release(gateway, "enable", "smart-meter")
    assert run.code == 2 and "gup-agent release install smart-meter makes it" in run.events[-1]["hint"], run
    old = install(gateway)
    meter.push({"main.py": "print(2)\n"})
    meter.git("fetch", "-q", "origin")
    run = release(gateway, "enable", "smart-meter")
    assert run.code == 2 and meter.git("rev-parse", "origin/main")[:7] in run.events[-1]["message"], run
    new = install(gateway)
    install(gateway, "--from", old[-7:], "--version", "again")
    gateway.run("adopt", "smart-meter", "--json").must("smart-meter", code=0)
    assert f"--> {new}\n" in gateway.run("release", "enable", "smart-meter").out
    assert "is already at" in gateway.run("release", "enable", "smart-meter").out
    run = gateway.run("release", "enable", "smart-meter", "--from", old[-7:])
    assert f"--> {old}-2\n" in run.out, "the latest of that commit, which adopt has made"
    assert f"--> {new}\n" in gateway.run("release", "enable", "smart-meter", "--from", author).out
    assert gateway.run("release", "enable", "smart-meter", old, "--from", author).code == 2
    wrong = release(gateway, "enable", "smart-meter", "--from", "nowhere")
    assert wrong.code == 2 and "nowhere" in wrong.events[-1]["message"], wrong


def test_enable_without_an_id_takes_the_folder_of_the_last_install(gateway, code):
    run = release(gateway, "enable", "smart-meter")
    assert run.code == 2, run
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "1"]):
        subprocess.run(["git", *command], cwd=code, check=True, capture_output=True)
    name = install(gateway, "--from", str(code))
    assert f"nothing --> {name}\n" in gateway.run("release", "enable", "smart-meter").out
    (code / "main.py").write_text("print(2)\n")
    dirty = release(gateway, "enable", "smart-meter")
    assert dirty.code == 2 and f"gup-agent release install smart-meter --from {code}" in dirty.events[-1]["hint"], dirty
    assert install(gateway, "--from", str(code)) == name + "-dirty"
    assert f"{name} --> {name}-dirty\n" in gateway.run("release", "enable", "smart-meter").out


def test_prune_never_takes_the_enabled_one_and_the_one_before_it(gateway, code):
    for version in ("1", "2", "3", "4", "5"):
        install(gateway, "--from", str(code), "--version", version)
    enable(gateway, "1")
    enable(gateway, "2")
    run = release(gateway, "prune", "smart-meter", "--keep", "1")
    assert run.code == 0, run
    assert sorted(listed(gateway)) == ["1", "2"], run
    assert sorted(path.name for path in (gateway.root / ".gup/smart-meter").iterdir()) == ["1", "2"]
    for version in ("3", "4"):
        install(gateway, "--from", str(code), "--version", version)
    release(gateway, "prune", "smart-meter", "--keep", "3")
    assert sorted(listed(gateway)) == ["1", "2", "4"]


def test_rollback_goes_to_the_release_before_without_a_network(gateway, fresh, index):
    install(gateway, "--from", str(fresh), "--version", "1.0")
    (fresh / "gupfile").write_text("gup-one,2.0\n")
    install(gateway, "--from", str(fresh), "--version", "2.0")
    install(gateway, "--from", str(fresh), "--version", "3.0")
    enable(gateway, "1.0")
    enable(gateway, "3.0")
    gateway.use_index("http://127.0.0.1:9/")
    run = gateway.run("rollback", "smart-meter")
    assert run.code == 0, run
    assert "redirecting smart-meter: 3.0 --> 1.0" in run.out, run
    assert Virtualenv(gateway.root / ".pyenv/smart-meter").imported_version("gup_one") == "1.0"
    assert gateway.run("rollback", "smart-meter", "2.0").code == 0
    assert os.readlink(gateway.root / "smart-meter") == ".gup/smart-meter/2.0"
    wrong = gateway.run("rollback", "--json", "smart-meter", "7")
    assert wrong.code == 2, wrong
    assert "1.0" in wrong.events[-1]["hint"], wrong


def test_a_pin_that_is_not_available_leaves_nothing(gateway, fresh):
    (fresh / "gupfile").write_text("gup-one,1.0\ngup-none,9.9\n")
    run = release(gateway, "install", "smart-meter", "--from", str(fresh), "--version", "1.0")
    run.must("smart-meter", code=1, reason=Has("gup-none==9.9"))
    assert not (gateway.root / ".gup").exists() and not list((gateway.state / "journal").glob("*"))


def test_too_little_space_is_refused_with_both_numbers(gateway, code):
    gateway.configure("update", disk_reserve="9000000GiB")
    run = release(gateway, "install", "smart-meter", "--from", str(code), "--version", "1.0")
    run.must("smart-meter", code=1, reason=Has("no space", "free"))
    assert not (gateway.root / ".gup").exists()


@pytest.mark.parametrize("name", ["../x", ".", "..", "a/b", "", "-x", ".hidden", "a b"])
def test_names_that_lead_elsewhere_are_refused(gateway, code, name):
    for arguments in (["install", "--from", str(code), "--version", "1", "--", name], ["list", "--", name],
                      ["enable", "--", name, "1"], ["prune", "--", name]):
        before = snapshot(gateway.folder, without=("log", "state"))
        run = gateway.run("release", *arguments)
        assert run.code == 2 and run.err, (arguments, run)
        assert snapshot(gateway.folder, without=("log", "state")) == before


@pytest.mark.parametrize("name", ["../x", ".", "a/b", "shared", "repository", ".venv", "", "x" * 300, "a\nb"])
def test_ids_that_lead_elsewhere_are_refused(gateway, code, name):
    if name:
        run = release(gateway, "install", "smart-meter", "--from", str(code), "--version", name)
        assert run.code == 2, run
        assert "id" in run.events[-1]["message"], run
    for command in (["enable", "smart-meter", name], ["enable", "smart-meter", "--", name]):
        assert gateway.run("release", *command).code == 2
    assert not (gateway.root / ".gup").exists() and not (gateway.root / "smart-meter").exists()


def test_persisted_files_are_kept_apart_from_the_releases(gateway, code):
    (code / "gupfile").write_text('[connector]\npersist = ["data", "settings.json", "var/cache"]\n')
    (code / "settings.json").write_text("first")
    first = gateway.root / ".gup/smart-meter/1"
    shared = gateway.root / ".gup/smart-meter/shared"
    install(gateway, "--from", str(code), "--version", "1")
    enable(gateway, "1")
    assert os.readlink(first / "data") == "../shared/data" and (shared / "data").is_dir()
    assert os.readlink(first / "var/cache") == "../../shared/var/cache" and (shared / "var/cache").is_dir()
    assert (shared / "settings.json").read_text() == "first" == (first / "settings.json").read_text()
    (gateway.root / "smart-meter/data/seen").write_text("1")
    (gateway.root / "smart-meter/settings.json").write_text("by the connector")
    (code / "settings.json").write_text("second")
    install(gateway, "--from", str(code), "--version", "2")
    enable(gateway, "2")
    assert (gateway.root / "smart-meter/data/seen").read_text() == "1"
    assert (gateway.root / "smart-meter/settings.json").read_text() == "by the connector"


@pytest.mark.parametrize("path", [".", "gupfile", ".venv/lib", "a/../.."])
def test_invalid_persist_paths_are_refused(gateway, code, path):
    (code / "gupfile").write_text(f'[connector]\npersist = ["{path}"]\n')
    run = release(gateway, "install", "smart-meter", "--from", str(code), "--version", "1")
    assert run.code != 0 and not (gateway.root / ".gup").exists(), run


def test_a_link_out_of_the_code_is_refused(gateway, meter):
    meter.remote.author.joinpath("out").symlink_to("../../etc")
    meter.push()
    meter.git("fetch", "-q", "origin")
    run = release(gateway, "install", "smart-meter")
    run.must("smart-meter", code=1, reason=Has("out is a link that leaves"))
    assert not meter.releases.exists()


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
@pytest.mark.parametrize("act", ["install", "enable", "rollback", "prune"])
def test_killed_before_every_change_a_release_is_complete_or_missing(gateway, code, act):
    write_files(code, {"gupfile": '[connector]\npersist = ["data", "settings.json"]\n', "settings.json": "{}\n"})
    for version in ("1", "2", "3"):
        install(gateway, "--from", str(code), "--version", version)
    enable(gateway, "1")
    enable(gateway, "2")
    command = {"install": ("release", "install", "smart-meter", "--from", str(code), "--version", "4"),
               "enable": ("release", "enable", "smart-meter", "3"), "rollback": ("rollback", "smart-meter"),
               "prune": ("release", "prune", "smart-meter", "--keep", "1")}[act]
    gateway.remember()
    killed, broken = 0, []
    for at in each_kill(gateway, command, sampled=("fsync", "unlink")):
        killed += 1
        before = Path(os.readlink(gateway.root / "smart-meter")).name, (gateway.root / "smart-meter/main.py").exists()
        run = gateway.run("recover")
        found = sorted(path.name for path in (gateway.root / ".gup/smart-meter").iterdir())
        strange = [str(path) for path in gateway.root.rglob("*") if ".gup-" in path.name]
        dead = [str(path) for path in gateway.root.rglob("*") if path.is_symlink() and not path.exists()
                and not path.name.startswith("python")]
        whole = sorted(listed(gateway)) + ["shared"] == found and (gateway.root / "smart-meter/.venv/pyvenv.cfg").exists()
        if run.code != 0 or list((gateway.state / "journal").glob("*")) or strange or dead or not whole or not before[1]:
            broken.append(f"{at}: {run.code} {before} {found} {strange} {dead}: {run.err}")
        done = act == "rollback" and before[0] == "1"
        if not done and gateway.run(*command).code != 0:
            broken.append(f"{at}: it does not work any more")
        gateway.restore()
    assert not broken, "\n".join(broken)
    assert killed > 5
