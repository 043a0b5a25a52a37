# SPDX-License-Identifier: Apache-2.0
"""`release install` of an id that is there already: the same code, other code, and --replace."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from completed import Has
from gateway import each_kill, write_files
from release_commands import enable, folder_with_code, install, listed, release
from virtualenvs import Virtualenv
from wheels import project_with_editable


@pytest.fixture
def fresh(gateway, index):
    index.add("gup-one", "1.0", "2.0")
    return folder_with_code(gateway, "gup-one,1.0\n", Virtualenv.real)


def again(gateway, code: Path, *options):
    return release(gateway, "install", "smart-meter", "--from", str(code), "--version", "1", *options)


def place(gateway) -> Path:
    return gateway.root / ".gup/smart-meter/1"


CHANGES = {
    "content": (lambda code: (code / "main.py").write_text("print(2)\n"), "main.py"),
    "same size": (lambda code: (code / "main.py").write_text("print(7)\n"), "main.py"),
    "new": (lambda code: (code / "more.py").write_text("1\n"), "more.py (new)"),
    "removed": (lambda code: (code / "main.py").unlink(), "main.py (removed)"),
    "executable": (lambda code: (code / "main.py").chmod(0o755), "main.py"),
    "link": (lambda code: (code / "link").symlink_to("main.py"), "link (new)"),
    "gupfile": (lambda code: (code / "gupfile").write_text("# changed\n"), "gupfile"),
    "excluded": (lambda code: (code / "gupfile").write_text('[connector]\nexclude = ["main.py"]\n'), "main.py (removed)"),
    "kind": (lambda code: ((code / "main.py").unlink(), (code / "main.py").mkdir()), "main.py"),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_differs_is_named_and_needs_replace(gateway, code, kind):
    install(gateway, "--from", str(code), "--version", "1")
    again(gateway, code).must("smart-meter", code=0, outcome="unchanged", reason="1 is already installed")
    again(gateway, code, "--replace").must("smart-meter", code=0, outcome="unchanged")
    change, named = CHANGES[kind]
    before = place(gateway).lstat().st_ino
    change(code)
    run = again(gateway, code)
    assert run.code == 2 and run.events[-1]["message"] == Has("release 1 of smart-meter is already installed", named), run
    assert "--replace" in run.events[-1]["hint"] and place(gateway).lstat().st_ino == before
    again(gateway, code, "--replace").must("smart-meter", code=0, outcome="updated")
    again(gateway, code).must("smart-meter", code=0, outcome="unchanged")
    assert listed(gateway) == ["1"]
    assert sorted(path.name for path in (gateway.root / ".gup/smart-meter").iterdir()) == ["1"]


def test_what_the_connector_has_written_is_no_difference(gateway, code):
    write_files(code, {"gupfile": '[connector]\npersist = ["data", "settings.json"]\n', "settings.json": "1\n", "pkg/a.py": "1\n"})
    install(gateway, "--from", str(code), "--version", "1")
    enable(gateway, "1")
    write_files(gateway.root / "smart-meter", {"data/x": "1\n", "settings.json": "2\n", "log.txt": "1\n", "pkg/__pycache__/a.pyc": "1\n"})
    write_files(code, {"pkg/__pycache__/a.pyc": "2\n"})
    (code / "pkg/__pycache__/a.pyc").unlink()
    (code / "pkg/__pycache__").rmdir()
    again(gateway, code).must("smart-meter", code=0, outcome="unchanged")
    write_files(code, {f"new{at}.py": "1\n" for at in range(5)})
    run = again(gateway, code)
    assert run.code == 2 and run.events[-1]["message"] == Has("differ", "new0.py (new)", "more"), run


def test_a_release_with_its_own_folder_installed_needs_another_id(gateway, fresh):
    """What installs the folder names its path, so the release cannot be made aside."""
    write_files(fresh, {**project_with_editable("gup-meter", "0.1"), "requirements.txt": "-e .\n",
                        "gupfile": '[connector]\nrequirements = "requirements.txt"\n'})
    again(gateway, fresh).must("smart-meter", code=0, outcome="updated")
    (fresh / "main.py").write_text("print(2)\n")
    run = again(gateway, fresh, "--replace")
    run.must("smart-meter", code=1, outcome="failed", reason=Has("own folder"), hint=Has("--version"))
    assert (place(gateway) / "main.py").read_text() == "print(1)\n"


def test_another_commit_needs_replace_too(gateway):
    meter = gateway.connector("smart-meter", "", files={"main.py": "print(1)\n"})
    gateway.virtualenv("smart-meter", pip=False)
    install(gateway, "--version", "1")
    release(gateway, "install", "smart-meter", "--version", "1").must("smart-meter", code=0, outcome="unchanged")
    meter.push({"main.py": "print(2)\n"})
    meter.git("fetch", "-q", "origin")
    run = release(gateway, "install", "smart-meter", "--version", "1")
    assert run.code == 2 and run.events[-1]["message"] == Has(meter.head[:7], meter.git("rev-parse", "origin/main")[:7]), run
    release(gateway, "install", "smart-meter", "--version", "1", "--replace").must("smart-meter", code=0, outcome="updated")
    assert (place(gateway) / "main.py").read_text() == "print(2)\n"


def test_a_replaced_release_has_a_virtualenv_for_its_own_path(gateway, fresh):
    install(gateway, "--from", str(fresh), "--version", "1")
    (fresh / "gupfile").write_text("gup-one,2.0\n")
    again(gateway, fresh, "--replace").must("smart-meter", code=0, outcome="updated")
    made = Virtualenv(place(gateway) / ".venv")
    assert made.imported_version("gup_one") == "2.0"
    assert not [path for path in (made.path / "bin").iterdir() if path.is_file() and b".again" in path.read_bytes()]
    assert ".again" not in (made.path / "pyvenv.cfg").read_text()
    assert json.loads((place(gateway) / "generation.json").read_text())["virtualenv"] == str(made.path)


def test_the_enabled_release_is_exchanged_and_a_hook_can_refuse_it(gateway, fresh):
    install(gateway, "--from", str(fresh), "--version", "0")
    install(gateway, "--from", str(fresh), "--version", "1")
    enable(gateway, "0")
    enable(gateway, "1")
    before = place(gateway).lstat().st_ino
    write_files(fresh, {"main.py": "print(2)\n", "gupfile": "gup-one,2.0\n"})
    hook = gateway.folder / "post.d/10-no"
    write_files(hook.parent, {hook.name: "#!/bin/sh\nexit 1\n"})
    hook.chmod(0o755)
    gateway.configure("hooks", post_update=str(hook.parent))
    run = again(gateway, fresh, "--replace")
    run.must("smart-meter", code=1, outcome="rolled_back")
    assert place(gateway).lstat().st_ino == before and (gateway.root / "smart-meter/main.py").read_text() == "print(1)\n"
    assert not (place(gateway).parent / ".again-1").exists()
    hook.write_text("#!/bin/sh\nexit 0\n")
    run = again(gateway, fresh, "--replace")
    run.must("smart-meter", code=0, outcome="updated")
    assert "made release 1 again" in run["smart-meter"]["actions"][0], run
    assert (gateway.root / "smart-meter/main.py").read_text() == "print(2)\n"
    assert Virtualenv(gateway.root / ".pyenv/smart-meter").imported_version("gup_one") == "2.0"
    assert gateway.run("rollback", "smart-meter").code == 0
    assert os.readlink(gateway.root / "smart-meter") == ".gup/smart-meter/0", "the one before it is still known"


@pytest.mark.native_only("the emulator makes other system calls than the agent, so that the numbers of the steps are its own")
@pytest.mark.parametrize("is_enabled", [False, True])
def test_killed_before_every_change_it_is_the_old_one_or_the_new_one(gateway, code, is_enabled):
    write_files(code, {"gupfile": '[connector]\npersist = ["data"]\n', "lib/a.py": "old\n"})
    for version in ("0", "1"):
        install(gateway, "--from", str(code), "--version", version)
        enable(gateway, version)
    if not is_enabled:
        enable(gateway, "0")
    write_files(code, {"main.py": "print(2)\n", "lib/a.py": "new\n"})
    command = ("release", "install", "smart-meter", "--from", str(code), "--version", "1", "--replace")
    gateway.remember()
    killed, broken = 0, []
    for at in each_kill(gateway, command, sampled=("fsync", "unlink", "unlinkat", "linkat", "mkdirat", "symlinkat")):
        killed += 1
        run = gateway.run("recover")
        texts = ((place(gateway) / "main.py").read_text(), (place(gateway) / "lib/a.py").read_text())
        names = sorted(path.name for path in place(gateway).parent.iterdir())
        whole = texts in (("print(1)\n", "old\n"), ("print(2)\n", "new\n")) and (place(gateway) / ".venv/pyvenv.cfg").exists()
        if run.code != 0 or list((gateway.state / "journal").glob("*")) or names != ["0", "1", "shared"] or not whole:
            broken.append(f"{at}: {run.code} {texts} {names}: {run.err}")
        if gateway.run(*command).code != 0 or (place(gateway) / "lib/a.py").read_text() != "new\n":
            broken.append(f"{at}: it does not work any more")
        gateway.restore()
    assert not broken, "\n".join(broken)
    assert killed > 5
