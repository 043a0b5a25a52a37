# SPDX-License-Identifier: Apache-2.0
"""Files that a release does not get: `exclude` of the gupfile, and export-ignore of .gitattributes."""
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from archives import zipped
from completed import Has
from gateway import write_files
from release_commands import enable, folder_with_code, install, release
from virtualenvs import Virtualenv

FILES = {"main.py": "print(1)\n", "Makefile": "all:\n", "scripts/install.py": "1\n", "sub/Makefile": "all:\n", "sub/a.py": "1\n",
         "data/sample.csv": "1\n", "docs/a.pdf": "1\n", "docs/deep/b.pdf": "1\n"}
GUPFILE = '[connector]\nexclude = ["Makefile", "scripts/", "/data", "docs/**/*.pdf"]\n'
LEFT = {"main.py", "sub/a.py", "gupfile"}


@pytest.fixture
def fresh(gateway, index):
    index.add("gup-one", "1.0")
    return folder_with_code(gateway, "", Virtualenv.real)


def files(place: Path) -> set[str]:
    return {str(path.relative_to(place)) for path in place.rglob("*")
            if path.is_file() and ".venv" not in path.parts and path.name != "generation.json"}


def test_exclude_of_a_folder(gateway, code):
    write_files(code, {**FILES, "gupfile": GUPFILE})
    (code / "data/out").symlink_to("/etc/passwd")
    install(gateway, "--from", str(code), "--version", "1")
    assert files(gateway.root / ".gup/smart-meter/1") == LEFT
    assert not (gateway.root / ".gup/smart-meter/1/scripts").exists()


def test_exclude_and_attributes_of_a_commit_also_in_the_night(gateway):
    meter = gateway.connector("smart-meter", GUPFILE, files={**FILES, ".gitattributes": "*.csv export-ignore\nsub export-ignore\n"})
    gateway.virtualenv("smart-meter", pip=False)
    made = gateway.root / ".gup/smart-meter" / install(gateway)
    assert files(made) == {"main.py", "gupfile", "README"}
    gateway.run("adopt", "smart-meter", "--json").must("smart-meter", code=0)
    meter.push({"main.py": "print(2)\n", "scripts/more.py": "1\n", "sub/.gitattributes": "x -export-ignore\n", "sub/x": "1\n"})
    gateway.now().must("smart-meter", code=0, outcome="updated")
    assert files(gateway.root / "smart-meter") == {"main.py", "gupfile", "README"}
    gateway.now().must("smart-meter", outcome="unchanged")


def test_attributes_of_a_folder_leave_out_what_git_archive_leaves_out(gateway, code):
    write_files(code, {**FILES, ".gitattributes": "[attr]dev export-ignore\n*.pdf export-ignore\nscripts/ dev\ndocs/a.pdf -export-ignore\n",
                       "sub/.gitattributes": "/Makefile export-ignore\n"})
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "1"]):
        subprocess.run(["git", *command], cwd=code, check=True, capture_output=True)
    listed = subprocess.run("git archive HEAD | tar -t", shell=True, cwd=code, check=True, capture_output=True, text=True).stdout
    expected = {name for name in listed.split() if not name.endswith("/") and ".git" not in name}
    install(gateway, "--from", str(code), "--version", "1")
    assert files(gateway.root / ".gup/smart-meter/1") == expected
    assert "docs/a.pdf" in expected and "docs/deep/b.pdf" not in expected


@pytest.mark.parametrize("kind", ["git", "folder of git", "zip"])
def test_exclude_of_a_source(gateway, web, folder, kind):
    below = "deploy/" if kind == "folder of git" else ""
    content = {**FILES, "gupfile": GUPFILE}
    if kind == "zip":
        (folder / "served").mkdir()
        (folder / "served/app.zip").write_bytes(zipped({**content, ".gitattributes": "main.py export-ignore\n"}))
        source = web.under("files", folder / "served/app.zip")
    else:
        remote = gateway.remote("app")
        remote.push({**{below + name: text for name, text in content.items()}, ".gitattributes": f"{below}sub/*.py export-ignore\n"})
        source = f"git+{remote.bare.as_uri()}" + ("/deploy" if below else "")
    place = gateway.declare("app", source=source)
    gateway.now().must("app", code=0, outcome="updated")
    left = files(place) - {"README"}
    assert left == (LEFT if kind == "zip" else LEFT - {"sub/a.py"}), left


def test_what_another_key_needs_cannot_be_excluded(gateway, code):
    write_files(code, {"gupfile": '[connector]\nexclude = ["scripts/"]\n[hooks]\npre-update = "scripts/pre.sh"\n', "scripts/pre.sh": "1\n"})
    run = release(gateway, "install", "smart-meter", "--from", str(code), "--version", "1")
    assert run.code == 2, run
    assert "gupfile:2:12: 'scripts/' of 'exclude' leaves out scripts/pre.sh, which 'pre-update' names" in run.events[-1]["message"]
    write_files(code, {"gupfile": '[hooks]\npre-update = "scripts/pre.sh"\n', ".gitattributes": "scripts/ export-ignore\n"})
    run = release(gateway, "install", "smart-meter", "--from", str(code), "--version", "1")
    assert run.code == 2, run
    assert run.events[-1]["message"] == Has("pre-update", "scripts/pre.sh", "export-ignore"), run
    assert not (gateway.root / ".gup").exists()


def test_what_declares_the_packages_is_never_left_out(gateway, code):
    write_files(code, {"gupfile": '[connector]\nrequirements = "conf/requirements.txt"\nexclude = ["conf/", "*.txt"]\n',
                       "conf/requirements.txt": "-r base.txt\n", "conf/base.txt": "# none\n", "conf/other.txt": "1\n", "a.txt": "1\n"})
    install(gateway, "--from", str(code), "--version", "1")
    assert files(gateway.root / ".gup/smart-meter/1") == {"main.py", "gupfile", "conf/requirements.txt", "conf/base.txt"}


def test_a_folder_with_a_requirements_file_and_no_gupfile(gateway, fresh):
    (fresh / "gupfile").unlink()
    write_files(fresh, {"requirements": "gup-one==1.0\n", ".gitattributes": "requirements export-ignore\n"})
    install(gateway, "--from", str(fresh), "--version", "1")
    made = gateway.root / ".gup/smart-meter/1"
    assert Virtualenv(made / ".venv").imported_version("gup_one") == "1.0" and (made / "requirements").exists()
    enable(gateway, "1")
    release(gateway, "install", "smart-meter", "--from", str(fresh), "--version", "1").must("smart-meter", code=0, outcome="unchanged")


def test_in_place_exclude_has_no_effect(gateway):
    meter = gateway.connector("smart-meter", GUPFILE, files=FILES)
    meter.push({"scripts/more.py": "1\n"})
    gateway.now().must("smart-meter", code=0, outcome="updated")
    assert (gateway.root / "smart-meter/scripts/more.py").exists() and meter.changes == ""
