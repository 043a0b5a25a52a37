# SPDX-License-Identifier: Apache-2.0
"""Compose projects against compose-go, the library of docker compose: the same interpolation, merging, extends and include.

The judge (compose_judge) is built from Go modules, once for each user: it needs go and the module proxy. Both programs get a line of JSON
for each project. GUP_COMPOSE_JUDGE names a judge that was built before. The real files come from their repositories; GUP_COMPOSE_CORPUS
names a folder of work trees instead, one a repository: OWNER+NAME.
"""
from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from compose_corpus import OVERRIDES, REAL, work_tree
from compose_projects import VARIABLES, WRITTEN, random_project
from gateway import AGENT

SOURCE = Path(__file__).with_name("compose_judge")
ANSWERS = [*AGENT[:-1], str(Path(AGENT[-1]).with_name("gup-compose-answers"))]
RANDOM = 200

pytestmark = [pytest.mark.network, pytest.mark.slow,
              pytest.mark.skipif(not os.access(ANSWERS[-1], os.X_OK), reason="needs gup-compose-answers, built with the tests"),
              pytest.mark.skipif(not (shutil.which("go") or os.environ.get("GUP_COMPOSE_JUDGE")), reason="needs go")]

# compose-go refuses secrets that are not declared, and services of another stack.
NOT_COMPARED = {"services/01_postgres/docker-compose.yml", "services/06_airflow/docker-compose.yml"}


@pytest.fixture(scope="module")
def judge() -> str:
    """The path of the judge; built where the user's caches are, under the digest of its source."""
    if given := os.environ.get("GUP_COMPOSE_JUDGE"):
        return given
    digest = hashlib.sha256(b"".join((SOURCE / name).read_bytes() for name in ("main.go", "go.mod"))).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gup-agent" / f"compose-judge-{digest}"
    if not (folder / "judge").exists():
        shutil.copytree(SOURCE, folder, dirs_exist_ok=True)
        environment = os.environ | {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
        for command in (["go", "mod", "tidy"], ["go", "build", "-p", "2", "-o", "judge.new", "."]):
            done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        (folder / "judge.new").rename(folder / "judge")
    return str(folder / "judge")


def ask(program: list[str], questions: list[dict]) -> list[dict]:
    lines = "".join(json.dumps(question) + "\n" for question in questions)
    done = subprocess.run(program, input=lines, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def differences(ours, theirs, path: str = "") -> list[str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [line for key in sorted(ours.keys() | theirs.keys()) for line in differences(ours.get(key), theirs.get(key), f"{path}/{key}")]
    return [] if ours == theirs else [f"{path}: ours {ours!r}, theirs {theirs!r}"]


def question(root: Path, files: dict[str, str]) -> dict:
    folder = root / "services/gw"
    folder.mkdir(parents=True)
    (folder / "token").write_text("t")
    for name, text in files.items():
        path = Path(os.path.normpath(folder / name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    named = [f"services/gw/{name}" for name in ("compose.yaml", "compose.override.yaml") if name in files]
    return {"root": str(root), "folder": "services/gw", "files": named, "variables": VARIABLES}


def compare(judge: str, questions: dict[str, dict]) -> None:
    asked = list(questions.values())
    wrong = {}
    for name, ours, theirs in zip(questions, ask(ANSWERS, asked), ask([judge], asked), strict=True):
        if found := differences(ours, theirs):
            wrong[name] = found[:5]
        elif "error" in ours:
            wrong[name] = ours
    assert not wrong, json.dumps(wrong, indent=1)


def test_each_rule_gives_what_compose_go_gives(judge, tmp_path):
    compare(judge, {name: question(tmp_path / str(number), files) for number, (name, files) in enumerate(WRITTEN.items())})


def test_random_projects_give_what_compose_go_gives(judge, tmp_path):
    compare(judge, {f"seed {seed}": question(tmp_path / str(seed), random_project(seed)) for seed in range(RANDOM)})


@pytest.mark.parametrize("repository, commit, file, variables", REAL, ids=[f"{entry[0]}/{entry[2]}" for entry in REAL])
def test_a_real_file_loads_and_gives_what_compose_go_gives(judge, base, tmp_path, repository, commit, file, variables):
    root = work_tree(repository, commit, base)
    folder = str(Path(file).parent) if "/" in file else ""
    asked = {"root": str(root), "folder": folder, "files": [file], "variables": variables, "other_stacks": ["01_postgres", "04_app"]}
    if repository in OVERRIDES:
        shutil.copytree(root / folder, tmp_path / folder, dirs_exist_ok=True)
        (tmp_path / folder / "override.yaml").write_text(OVERRIDES[repository])
        asked |= {"root": str(tmp_path), "files": [file, f"{folder}/override.yaml"]}
    ours = ask(ANSWERS, [asked])[0]
    assert "error" not in ours, ours["error"]
    if file not in NOT_COMPARED:
        assert differences(ours, ask([judge], [asked])[0]) == []
