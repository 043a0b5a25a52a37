# SPDX-License-Identifier: Apache-2.0
"""gup-agent lint: as any user, in a folder that cannot be written, next to a broken configuration."""
from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from authoring import run_lint, write

PROJECT = Path(__file__).resolve().parents[3]


def problems_of(folder: Path, *arguments: str) -> list[tuple[str, int, int, str]]:
    document = json.loads(run_lint(folder, "--json", *arguments).stdout)
    return [(one["file"], one["line"], one["column"], one["severity"]) for one in document["problems"]]


def test_a_clean_connector_is_0_and_every_mistake_is_told_with_line_and_caret(folder):
    write(folder / "gupfile", "paho-mqtt,1.3.1\nrequests[socks],2.31.0\n")
    done = run_lint(folder)
    assert (done.returncode, done.stdout, done.stderr) == (0, "no mistakes in 1 file\n", "")

    write(folder / "gupfile", "[connector]\n\tbranhc = \"main\"\n[dependencies]\nsix = \">=1\"\n")
    done = run_lint(folder)
    assert done.returncode == 1
    assert done.stdout == (
        "gupfile:2:2: unknown key 'branhc' in [connector]\n"
        "    2 | \tbranhc = \"main\"\n"
        "      | \t^\n"
        "hint: did you mean branch?\n"
        "gupfile:4:7: '>=1' is a range of versions, and a pin names exactly one\n"
        "    4 | six = \">=1\"\n"
        "      |       ^\n"
        "hint: write one version: six = \"VERSION\"\n"
        "2 mistakes in 1 file\n")


def test_warnings_leave_the_exit_code_at_0(folder):
    write(folder / "gupfile", "six,1.0\nSix,1.0\n")
    done = run_lint(folder)
    assert done.returncode == 0
    assert "gupfile:2:1: warning: Six is pinned again, as in line 1" in done.stdout
    assert done.stdout.endswith("no mistakes and 1 warning in 1 file\n")


def test_files_of_the_gupfile_must_be_in_the_folder_and_executable(folder):
    write(folder / "gupfile", """[connector]
persist = ["data"]
[hooks]
pre-update = "scripts/pre.sh"
post-update = "scripts/post.sh"
[update]
ready = "bin/ready"
[health]
command = ["data/made-at-run-time", "-q"]
""")
    write(folder / "scripts/pre.sh", "#!/bin/sh\n")
    (folder / "bin/ready").mkdir(parents=True)
    assert problems_of(folder) == [("gupfile", 4, 1, "error"), ("gupfile", 5, 1, "error"), ("gupfile", 7, 1, "error")]
    (folder / "scripts/pre.sh").chmod(0o755)
    write(folder / "scripts/post.sh", "#!/bin/sh\r\nexit 0\r\n", 0o755)
    (folder / "bin/ready").rmdir()
    write(folder / "bin/ready", "#!/bin/sh\n", 0o755)
    done = run_lint(folder)
    assert "gupfile:5:1: 'hooks.post-update' names 'scripts/post.sh', whose lines end as on Windows" in done.stdout
    write(folder / "scripts/post.sh", "#!/bin/sh\nexit 0\n", 0o755)
    assert run_lint(folder).returncode == 0
    # A bare name is a program of the gateway.
    write(folder / "gupfile", "[health]\ncommand = \"python -m meter\"\n")
    assert run_lint(folder).returncode == 0
    write(folder / "gupfile", "[health]\ncommand = \"./check -q\"\n")
    assert problems_of(folder) == [("gupfile", 2, 1, "error")]


def test_requirements_of_the_gupfile_are_checked_and_unpinned_lines_are_listed(folder):
    write(folder / "gupfile", "[connector]\nrequirements = \"reqs/base.txt\"\n")
    done = run_lint(folder)
    assert done.returncode == 1
    assert done.stdout.startswith("gupfile:2:1: requirements of [connector]: there is no file 'reqs/base.txt'")
    write(folder / "reqs/base.txt", "six==1.0\nrequests>=2\nflask\n-r more.txt\n")
    write(folder / "reqs/more.txt", "\n  pytz==2024.*\n")
    assert [(file, line) for file, line, _, _ in problems_of(folder)] == [
        ("reqs/base.txt", 2), ("reqs/base.txt", 3), ("reqs/more.txt", 2)]
    # The operator may allow ranges.
    config = write(folder / "gup-agent.toml", "[python]\nallow-ranges = true\n")
    assert run_lint(folder, "-c", str(config)).returncode == 0
    assert run_lint(folder, "-c", str(folder / "missing.toml")).returncode == 2


def test_a_folder_with_one_requirements_file_needs_no_gupfile(folder):
    write(folder / "requirements.txt", "six==1.0\n")
    done = run_lint(folder.parent, folder.name)
    assert (done.returncode, done.stdout) == (0, "no mistakes in 1 file\n")
    write(folder / "pylock.toml", "lock-version = \"1.0\"\ncreated-by = \"uv\"\npackages = []\n")
    done = run_lint(folder)
    assert done.returncode == 1 and "several files declare packages" in done.stdout


def test_a_root_folder_has_all_its_connectors_checked(folder):
    for name, text in [("one", "six,1.0\n"), ("two", "six\n"), ("three", "[hooks]\nx = 1\n")]:
        write(folder / name / "gupfile", text)
    write(folder / ".pyenv/one/gupfile", "not,a,connector,at,all\n")
    write(folder / "gup-agent/gup-agent.toml", "rot = \"x\"\n[network]\nparallel = 0\n")
    write(folder / "notes/README", "nothing\n")
    assert [(file, line) for file, line, _, _ in problems_of(folder)] == [
        ("gup-agent/gup-agent.toml", 1), ("gup-agent/gup-agent.toml", 3), ("three/gupfile", 2), ("two/gupfile", 1)]
    assert problems_of(folder.parent, folder.name)[0][0] == f"{folder.name}/gup-agent/gup-agent.toml"


def test_a_configuration_is_checked_without_this_machine(folder):
    write(folder / "gup-agent.toml", """root = "/no/such/folder"
[run]
dealy = "1s"
  delay = "soon"
[[connector]]
name = "a"
source = "https://h/a.zip"
owner = "nobody-has-this-name"
pins = ["six"]
""")
    assert problems_of(folder, "gup-agent.toml") == [
        ("gup-agent.toml", 3, 1, "error"), ("gup-agent.toml", 4, 3, "error"), ("gup-agent.toml", 8, 1, "warning"),
        ("gup-agent.toml", 9, 1, "error")]
    write(folder / "gup-agent.toml", "root = \"/srv\n")
    done = run_lint(folder, "gup-agent.toml")
    assert done.returncode == 1 and "gup-agent.toml:1:13:" in done.stdout
    write(folder / "gup-agent.toml", "root = \"/srv\"\n[self-update]\nurl = \"https://h/m.json\"\n")
    assert "self-update.public-keys is empty" in run_lint(folder).stdout


def test_the_files_of_this_project_are_clean():
    done = run_lint(PROJECT, "gupfiles-example/full.gupfile", "gupfiles-example/legacy.gupfile",
                    "packaging/deb/gup-agent.toml")
    assert (done.returncode, done.stdout) == (0, "no mistakes in 3 files\n")


def test_files_are_known_by_their_names(folder):
    write(folder / "a/gupfile", "six\n")
    write(folder / "b/pins.gupfile", "six\n")
    write(folder / "c/requirements-dev.txt", "six>=1\n")
    write(folder / "d/pylock.dev.toml", "lock-version = \"9.0\"\n")
    write(folder / "e/gup-agent.toml", "x = 1\n")
    names = ["a/gupfile", "b/pins.gupfile", "c/requirements-dev.txt", "d/pylock.dev.toml", "e/gup-agent.toml"]
    found = problems_of(folder, *names)
    assert sorted({file for file, _, _, _ in found}) == names
    # Once is enough.
    assert problems_of(folder, *names, *names, "a", "./a/gupfile", str(folder / "a")) == found


def test_what_cannot_be_read_is_2_and_the_rest_is_still_checked(folder):
    write(folder / "gupfile", "six\n")
    write(folder / "README.md", "text\n")
    (folder / "empty").mkdir()
    for wrong, text in [("missing", "does not exist"), ("README.md", "is not a file that lint knows"),
                        ("empty", "has nothing to check")]:
        done = run_lint(folder, wrong, "gupfile")
        assert done.returncode == 2, wrong
        assert text in done.stderr and "hint: " in done.stderr
        assert "gupfile:1:4: six has no version" in done.stdout
    assert run_lint(folder, "--format=xml").returncode == 2
    assert run_lint(folder, "--no-such-option").returncode == 2
    (folder / "gupfile").unlink()
    (folder / "gupfile").symlink_to("/etc/passwd")
    done = run_lint(folder)
    assert done.returncode == 2 and "leads out of the folder" in done.stderr


@pytest.mark.root("only root can be another user, and write below /etc")
def test_it_needs_no_rights_no_configuration_and_no_place_to_write(folder):
    write(folder / "gupfile", "six,1.0\n")
    folder.chmod(0o555)
    broken = write(folder.parent / "broken.toml", "= nonsense\n")
    for path in [folder.parent, *folder.parents][:3]:
        path.chmod(path.stat().st_mode | 0o055)
    done = run_lint(folder, user="nobody", environment={"GUP_CONFIG": str(broken), "GUP_ROOT": "/nonexistent"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "no mistakes in 1 file\n", "")
    assert sorted(os.listdir(folder)) == ["gupfile"]


def test_json_has_every_problem_and_the_exit_code(folder):
    write(folder / "gupfile", "six,https://u:secret@h/x\n")
    for option in ["--json", "--format=json"]:
        done = run_lint(folder, option)
        document = json.loads(done.stdout)
        assert document["schema"] == 1 and document["exit_code"] == done.returncode == 1
        assert document["files"] == ["gupfile"] and document["unreadable"] == []
        assert set(document["problems"][0]) == {"file", "line", "column", "rule", "severity", "message", "hint"}
        assert "secret" not in done.stdout
    document = json.loads(run_lint(folder, "--json", "missing").stdout)
    assert document["unreadable"][0]["message"].endswith("missing does not exist")
