# SPDX-License-Identifier: Apache-2.0
"""gup-agent init: a gupfile from what a folder has. Each one passes lint."""
from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path

import pytest
from authoring import run_author, run_lint, write
from virtualenvs import template

HASH = "sha256:" + "b" * 64


def run_init(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return run_author(folder, "init", *arguments)


def made(folder: Path, *arguments: str) -> tuple[dict, str]:
    """What the new gupfile says, after lint has accepted it; and its text."""
    done = run_init(folder, *arguments)
    assert done.returncode == 0, done.stderr
    text = (folder / "gupfile").read_text(encoding="utf-8")
    assert run_lint(folder, "gupfile").returncode == 0, text
    assert [path.name for path in folder.iterdir() if path.name.startswith(".gupfile")] == []
    return tomllib.loads(text), text


def test_an_empty_folder_gets_a_gupfile_of_comments(tmp_path):
    content, text = made(tmp_path)
    assert content == {"dependencies": {}}
    for words in ["# branch = \"main\"", "# [hooks]", "# pre-update = ", "# within = ", "# at-most = ", "gup-agent lint"]:
        assert words in text
    # With all comments removed it is a whole gupfile; only the files that it names are missing.
    lines = [line.removeprefix("# ") for line in text.splitlines() if " = " in line or line.startswith(("[", "# ["))]
    write(tmp_path / "all.gupfile", "\n".join(lines).replace("[dependencies]\npaho", "[dependencies]\npaho"))
    assert run_lint(tmp_path, "all.gupfile").stdout == "no mistakes in 1 file\n"


def test_it_never_replaces_a_gupfile(tmp_path):
    write(tmp_path / "gupfile", "six,1.0\n")
    done = run_init(tmp_path)
    assert done.returncode == 2 and "gupfile exists already" in done.stderr and "hint: gup-agent lint" in done.stderr
    assert (tmp_path / "gupfile").read_text() == "six,1.0\n"
    (tmp_path / "gupfile").unlink()
    (tmp_path / "gupfile").symlink_to("nowhere")
    assert run_init(tmp_path).returncode == 2 and not (tmp_path / "nowhere").exists()


def test_a_requirements_file_in_the_folder_is_named(tmp_path):
    write(tmp_path / "requirements.txt", "six==1.0\n")
    content, _ = made(tmp_path)
    assert content["connector"] == {"requirements": "requirements.txt"} and content["dependencies"] == {}
    other = tmp_path / "other"
    write(other / "reqs/gateway.txt", "six==1.0\n")
    content, _ = made(other, "--from", "reqs/gateway.txt")
    assert content["connector"] == {"requirements": "reqs/gateway.txt"}


def test_a_requirements_file_elsewhere_is_pinned(tmp_path):
    folder = tmp_path / "connector"
    folder.mkdir()
    write(tmp_path / "requirements.txt", "six==1.0\nRequests[socks]==2.31.0\nflask>=2\nruamel.yaml==0.17 ; python_version < '4'\n"
          "ruamel.base==1.0\nlib @ git+https://h/lib.git@v5\n-r more.txt\n")
    write(tmp_path / "more.txt", "pytz==2024.1\n")
    content, text = made(folder, "--from", "../requirements.txt")
    assert content["dependencies"] == {
        "six": "1.0", "Requests": {"version": "2.31.0", "extras": ["socks"]}, "ruamel.base": "1.0", "pytz": "2024.1",
        "lib": {"version": "v5", "source": "git+https://h/lib.git"}}
    assert "# flask>=2: write one version: flask = \"VERSION\"" in text
    assert "# ruamel.yaml==0.17 ; python_version" in text
    (folder / "gupfile").unlink()
    write(tmp_path / "requirements.txt", f"six==1.0 --hash={HASH}\n")
    content, _ = made(folder, "--from", str(tmp_path / "requirements.txt"))
    assert content["dependencies"] == {"six": {"version": "1.0", "hashes": [HASH]}}


def test_a_pyproject_gives_pins_and_comments(tmp_path):
    write(tmp_path / "pyproject.toml", """[project]
name = "meter"
dependencies = ["six==1.0", "requests[socks] == 2.31.0", "flask>=2,<3", "ruamel.yaml", "pytz===2024.1",
  "lib @ git+ssh://git@h/lib.git@5.0", "zip @ https://h/zip-1.0.zip", "tomli==2.0; python_version<'3.11'", "not a requirement!"]
""")
    content, text = made(tmp_path)
    assert content["dependencies"] == {
        "six": "1.0", "requests": {"version": "2.31.0", "extras": ["socks"]}, "pytz": "2024.1",
        "lib": {"version": "5.0", "source": "git+ssh://git@h/lib.git"}}
    for words in ["# flask>=2,<3: write one version: flask = \"VERSION\"",
                  "# ruamel.yaml: write one version: \"ruamel.yaml\" = \"VERSION\"", "# zip (https://h/zip-1.0.zip)",
                  "# tomli==2.0 ; python_version<'3.11': a gupfile has no markers", "# not a requirement!: this is no requirement"]:
        assert words in text
    (tmp_path / "gupfile").unlink()
    write(tmp_path / "pyproject.toml", "[project\n")
    done = run_init(tmp_path, "--from", "pyproject.toml")
    assert done.returncode == 2 and "pyproject.toml" in done.stderr and not (tmp_path / "gupfile").exists()


def test_a_lock_file_is_named(tmp_path):
    write(tmp_path / "uv.lock", "version = 1\n")
    write(tmp_path / "pyproject.toml", "[project]\nname = \"meter\"\ndependencies = [\"six\"]\n")
    content, _ = made(tmp_path)
    assert content["connector"] == {"requirements": "uv.lock"}
    folder = tmp_path / "other"
    folder.mkdir()
    done = run_init(folder, "--from", "../uv.lock")
    assert done.returncode == 2 and "is not in the folder" in done.stderr and "copy it" in done.stderr


def test_several_sources_are_an_error_that_names_them(tmp_path):
    write(tmp_path / "requirements.txt", "six==1.0\n")
    write(tmp_path / "uv.lock", "version = 1\n")
    done = run_init(tmp_path)
    assert done.returncode == 2
    assert "requirements.txt, uv.lock" in done.stderr and "hint: name one of them: --from requirements.txt" in done.stderr
    assert made(tmp_path, "--from", "uv.lock")[0]["connector"] == {"requirements": "uv.lock"}


def distribution(site: Path, name: str, version: str, *, requested: bool = False, requires: tuple = (), url: dict | None = None) -> None:
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    headers = "".join(f"Requires-Dist: {one}\n" for one in requires)
    write(info / "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{headers}\n")
    write(info / "INSTALLER", "pip\n")
    write(info / "RECORD", f"{info.name}/METADATA,,\n{info.name}/INSTALLER,,\n{info.name}/RECORD,,\n")
    if requested:
        write(info / "REQUESTED", "")
    if url:
        write(info / "direct_url.json", json.dumps(url))


@pytest.fixture
def virtualenv(tmp_path) -> Path:
    """The virtualenv's site-packages; the virtualenv is .venv."""
    venv = tmp_path / ".venv"
    write(venv / "pyvenv.cfg", "home = /usr/bin\nversion = 3.11.2\n")
    (venv / "bin").mkdir()
    (venv / "bin/python").symlink_to("/usr/bin/python3")
    site = venv / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    return site


def test_a_virtualenv_gives_pins_for_what_was_asked_for(tmp_path, virtualenv):
    distribution(virtualenv, "requests", "2.31.0", requested=True, requires=("idna>=2.5",))
    distribution(virtualenv, "idna", "3.4")
    distribution(virtualenv, "ruamel.yaml", "0.17", requested=True)
    distribution(virtualenv, "pip", "24.0", requested=True)
    git = {"vcs": "git", "commit_id": "1" * 40, "requested_revision": "v5.0.0"}
    distribution(virtualenv, "lib", "5.0.0", requested=True, url={"url": "https://h/lib.git", "vcs_info": git})
    distribution(virtualenv, "lib2", "1.0", requested=True,
                 url={"url": "ssh://git@h/lib2.git", "vcs_info": {**git, "requested_revision": "main"}})
    distribution(virtualenv, "own", "0.1", requested=True, url={"url": "file:///src/own", "dir_info": {"editable": True}})
    distribution(virtualenv, "secret", "0.1", requested=True, url={"url": "https://u:hunter2@h/s.git", "vcs_info": git})
    content, text = made(tmp_path)
    assert content["dependencies"] == {
        "requests": "2.31.0", "ruamel.yaml": "0.17",
        "lib": {"version": "5.0.0", "source": "git+https://h/lib.git"},
        "lib2": {"version": "1" * 40, "source": "git+ssh://git@h/lib2.git"}}
    for words in ["# idna = \"3.4\"", "# pip = \"24.0\"", "# own==0.1: it is installed from a folder", "# secret==0.1: the URL"]:
        assert words in text
    assert "hunter2" not in text


def test_a_virtualenv_of_an_old_pip_has_what_nothing_else_requires_pinned(tmp_path, virtualenv):
    distribution(virtualenv, "requests", "2.31.0", requires=("Idna>=2.5",))
    distribution(virtualenv, "idna", "3.4")
    assert made(tmp_path, "--from", ".venv")[0]["dependencies"] == {"requests": "2.31.0"}


def test_a_real_virtualenv_is_read(tmp_path):
    content, text = made(tmp_path, "--from", str(template()))
    assert content["dependencies"] == {} and "# pip = " in text


def test_wrong_sources_are_refused_and_nothing_is_written(tmp_path):
    write(tmp_path / "setup.py", "x\n")
    (tmp_path / "plain").mkdir()
    for source, words in [("missing.txt", "does not exist"), ("plain", "is no virtualenv"), ("setup.py", "does not read packages")]:
        done = run_init(tmp_path, "--from", source)
        assert done.returncode == 2 and words in done.stderr and "hint: " in done.stderr, source
    assert run_init(tmp_path, "missing-folder").returncode == 2
    assert not (tmp_path / "gupfile").exists()
    document = json.loads(run_init(tmp_path, "--json").stdout)
    assert document["file"] == "gupfile" and document["exit_code"] == 0 and document["source"] == ""
