# SPDX-License-Identifier: Apache-2.0
"""gup-agent services determine-changes: a list of names, and nothing else."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from authoring import run_author, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    write(tmp_path / "services/db/compose.yaml", "services:\n  db:\n    image: postgres:16\n    env_file: [../shared.env]\n")
    write(tmp_path / "services/gw/compose.yml",
          "include: [../../shared/extra.yaml]\nservices:\n  web:\n    extends: {file: ../base.yaml, service: base}\n"
          "    volumes: ['../../shared/conf:/conf']\n")
    write(tmp_path / "services/mqtt/mqtt.compose.yml", "services:\n  mqtt:\n    image: mosquitto\n")
    write(tmp_path / "services/base.yaml", "services:\n  base:\n    image: nginx\n")
    write(tmp_path / "services/shared.env", "A=1\n")
    write(tmp_path / "shared/extra.yaml", "services:\n  extra:\n    image: nginx\n")
    write(tmp_path / "shared/conf/a.conf", "x\n")
    write(tmp_path / "services/notes/readme.md", "no stack\n")
    return tmp_path


def changes(folder: Path, *files: str, more: tuple[str, ...] = ()):
    options = [word for one in files for word in ("--changed-files", one)]
    return run_author(folder, "services", "determine-changes", *options, *more)


@pytest.mark.parametrize("files, expected", [
    (["services/db/compose.yaml"], "db"),
    (["services/db/x services/gw/y"], "db gw"),
    (["services/db/x", "./services/gw/y"], "db gw"),
    (["services/base.yaml"], "gw"),
    (["shared/extra.yaml"], "gw"),
    (["shared/conf/a.conf"], "gw"),
    (["shared/conf/new.conf"], "gw"),
    (["services/shared.env"], "db"),
    (["services/gw", "services/notes", "services/nothing", "services"], "gw"),
    (["services/gw/a file with spaces\nREADME.md\n"], "gw"),
    (["services/notes/readme.md", "README.md", "services"], ""),
    (["services/removed/compose.yaml"], "removed"),
    (["services/notes/compose.yaml"], "notes"),
    ([".github/services/db/x", "xservices/db/x", "servicesx"], ""),
    ([""], ""),
    ([], ""),
])
def test_the_list_is_all_of_the_output(folder, files, expected):
    done = changes(folder, *files)
    assert (done.returncode, done.stdout, done.stderr) == (0, expected + "\n", "")


def test_absolute_paths_and_another_folder(folder):
    assert changes(folder, f"{folder}/services/db/x").stdout == "db\n"
    (folder / "deploy").mkdir()
    (folder / "services").rename(folder / "deploy/stacks")
    (folder / ".git").mkdir()
    more = ("--services-dir", "deploy/stacks")
    assert changes(folder, "deploy/stacks/db/x", more=more).stdout == "db\n"
    assert changes(folder, "stacks/db/x", more=more).stdout == "db\n"
    assert changes(folder, "services/db/x", more=more).stdout == "\n"
    assert changes(folder / "deploy", "deploy/stacks/db/x", more=("--services-dir", "stacks")).stdout == "db\n"


def test_global_files_and_values(folder):
    everything = "db gw mqtt\n"
    assert changes(folder, ".github/workflows/deploy.yml", more=("--global-files", ".github")).stdout == everything
    assert changes(folder, ".github/workflows/deploy.yml", more=("--global-files", "x", "--global-files", ".github/workflows/deploy.yml")).stdout == everything
    assert changes(folder, ".githubx", more=("--global-files", ".github")).stdout == "\n"
    assert changes(folder, more=("--assume-values-changed",)).stdout == everything
    assert changes(folder, "README.md", more=("--assume-values-changed",)).stdout == "\n"


def test_a_broken_compose_file_does_not_hide_the_others(folder):
    write(folder / "services/db/compose.yaml", "services: [\n")
    done = changes(folder, "services/db/compose.yaml services/gw/x")
    assert (done.returncode, done.stdout) == (0, "db gw\n")


def test_json_has_the_reasons(folder):
    document = json.loads(changes(folder, "services/base.yaml services/gone/x", more=("--json",)).stdout)
    assert document == {"schema": 1, "affected": ["gone", "gw"], "removed": ["gone"], "exit_code": 0,
                        "reasons": {"gone": "services/gone/x changed", "gw": "it reads services/base.yaml"}}


def test_a_folder_that_is_not_there(folder):
    done = changes(folder, "x", more=("--services-dir", "nosuch"))
    assert (done.returncode, done.stdout) == (2, "") and "nosuch is not a folder" in done.stderr and "--services-dir" in done.stderr
