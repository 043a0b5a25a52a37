# SPDX-License-Identifier: Apache-2.0
"""What runs lint in CI: the wheel, the pre-commit hook and the GitHub Action."""
from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import platform
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from authoring import write
from gateway import AGENT

yaml = pytest.importorskip("yaml")

PROJECT = Path(__file__).resolve().parents[3]
TARGET = platform.machine()
pytestmark = [pytest.mark.native_only("pip installs a wheel for this machine"),
              pytest.mark.skipif(TARGET not in ("x86_64", "aarch64"), reason="there is no wheel for this machine")]


def run(*command: object, **options) -> subprocess.CompletedProcess:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300, **options)


@pytest.fixture(scope="module")
def binary(tmp_path_factory) -> Path:
    """The agent without what a debugger needs: less to compress."""
    path = tmp_path_factory.mktemp("binary") / "gup-agent"
    assert run("strip", "-o", path, AGENT[-1]).returncode == 0
    return path


def build_wheel(binary: Path, out: Path) -> Path:
    done = run(PROJECT / "packaging/wheel/build", "--out", out, "--binary", binary, TARGET,
               env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def wheel(binary, tmp_path_factory) -> Path:
    return build_wheel(binary, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """A fresh virtualenv with the wheel."""
    venv = tmp_path_factory.mktemp("venv") / "venv"
    assert run("/usr/bin/python3", "-m", "venv", venv).returncode == 0
    done = run(venv / "bin/pip", "install", "--no-index", "--disable-pip-version-check", wheel)
    assert done.returncode == 0, done.stderr
    return venv


def test_the_wheel_is_whole_and_made_the_same_way_twice(binary, wheel, tmp_path):
    assert build_wheel(binary, tmp_path).read_bytes() == wheel.read_bytes()
    version = re.search(r"^project\(gup-agent VERSION ([0-9.]+)", (PROJECT / "CMakeLists.txt").read_text(), re.M)[1]
    assert wheel.name == f"gup_agent-{version}-py3-none-manylinux2014_{TARGET}.musllinux_1_1_{TARGET}.whl"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        rows = list(csv.reader(io.StringIO(archive.read(f"gup_agent-{version}.dist-info/RECORD").decode())))
        assert sorted(row[0] for row in rows) == sorted(names)
        for name, digest, size in rows:
            content = archive.read(name)
            if digest:
                assert digest == "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
                assert int(size) == len(content)
        tags = re.findall(r"^Tag: (.*)$", archive.read(f"gup_agent-{version}.dist-info/WHEEL").decode(), re.M)
        assert tags == [f"py3-none-manylinux2014_{TARGET}", f"py3-none-musllinux_1_1_{TARGET}"]
        metadata = archive.read(f"gup_agent-{version}.dist-info/METADATA").decode()
        assert f"\nName: gup-agent\nVersion: {version}\n" in metadata
        script = archive.getinfo(f"gup_agent-{version}.data/scripts/gup-agent")
        assert script.external_attr >> 16 == 0o100755


def test_pip_installs_it_and_it_works(installed, tmp_path):
    program = installed / "bin/gup-agent"
    assert run(program, "version").stdout.startswith("gup-agent ")
    write(tmp_path / "gupfile", "six\n")
    assert run(program, "lint", cwd=tmp_path).returncode == 1
    shown = run(installed / "bin/pip", "show", "-f", "gup-agent").stdout
    assert "Name: gup-agent" in shown and "bin/gup-agent" in shown


def steps_of(inputs: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    """The scripts of the action's steps and their environments, with the inputs put in as a runner does."""
    action = yaml.safe_load((PROJECT / "action.yml").read_text())
    assert action["runs"]["using"] == "composite"
    values = {name: one["default"] for name, one in action["inputs"].items()} | inputs
    steps = []
    for step in action["runs"]["steps"]:
        assert step["shell"] == "bash" and "${{" not in step["run"]  # no input becomes code
        put_in = {name: re.sub(r"\$\{\{ inputs\.([a-z]+) \}\}", lambda found: values[found[1]], text)
                  for name, text in step["env"].items()}
        steps.append((step["run"], put_in))
    return steps


def run_action(folder: Path, temporary: Path, **inputs: str) -> subprocess.CompletedProcess:
    done = None
    for script, environment in steps_of(inputs):
        done = run("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script, cwd=folder,
                   env={"PATH": "/usr/bin:/bin", "HOME": str(temporary), "RUNNER_TEMP": str(temporary), "PIP_NO_INDEX": "1",
                        **environment})
        if done.returncode != 0:
            break
    return done


def test_the_action_installs_the_wheel_and_fails_for_a_mistake(wheel, tmp_path):
    folder, temporary = tmp_path / "repository", tmp_path / "runner"
    temporary.mkdir()
    write(folder / "one/gupfile", "six,1.0\n")
    done = run_action(folder, temporary, package=str(wheel))
    assert (done.returncode, done.stdout) == (0, "no mistakes in 1 file\n"), done.stderr
    write(folder / "two $(touch pwned)/gupfile", "six\n")
    write(folder / "three/gupfile", "six\n")
    done = run_action(folder, temporary, package=str(wheel), paths="one three", sarif="report.sarif")
    assert done.returncode == 1 and "three/gupfile:1:4: six has no version" in done.stdout
    assert '"ruleId":"gupfile"' in (folder / "report.sarif").read_text()
    run_action(folder, temporary, package=str(wheel), paths="one; touch pwned")
    assert not (folder / "pwned").exists()


def test_the_hook_names_the_files_that_lint_reads():
    (hook,) = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())
    files = re.compile(hook["files"])
    for path in ["gupfile", "a/gupfile", "gup-agent.toml", "requirements.txt", "a/requirements-dev.txt", "pylock.toml",
                 "pylock.dev.toml", "uv.lock", "poetry.lock", "requirements"]:
        assert files.search(path), path
    for path in ["gupfile.md", "my-gupfile", "README.md", "pylock.txt", "a.lock"]:
        assert not files.search(path), path


@pytest.mark.network
def test_twine_accepts_the_wheel_and_pre_commit_runs_the_hook(wheel, installed, tmp_path):
    venv = tmp_path / "tools"
    assert run("/usr/bin/python3", "-m", "venv", venv).returncode == 0
    done = run(venv / "bin/pip", "install", "--quiet", "twine", "pre-commit")
    assert done.returncode == 0, done.stderr
    done = run(venv / "bin/twine", "check", "--strict", wheel)
    assert done.returncode == 0, done.stdout + done.stderr

    def git(folder: Path, *words: str) -> None:
        done = run("git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-c", "protocol.file.allow=always", *words, cwd=folder)
        assert done.returncode == 0, done.stderr

    hooks = tmp_path / "hooks"
    hooks.mkdir()
    shutil.copy(PROJECT / ".pre-commit-hooks.yaml", hooks)
    git(hooks, "init", "-q")
    git(hooks, "add", ".")
    git(hooks, "commit", "-qm", "hooks")
    commit = run("git", "rev-parse", "HEAD", cwd=hooks).stdout.strip()
    folder = tmp_path / "repository"
    write(folder / ".pre-commit-config.yaml", f"repos:\n  - repo: {hooks}\n    rev: {commit}\n    hooks:\n      - id: gup-agent-lint\n")
    write(folder / "gupfile", "six\n")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    environment = {"PATH": f"{installed}/bin:/usr/bin:/bin", "HOME": str(tmp_path), "PRE_COMMIT_HOME": str(tmp_path / "cache"),
                   "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always"}
    done = run(venv / "bin/pre-commit", "run", "--all-files", cwd=folder, env=environment)
    assert done.returncode == 1 and "gupfile:1:4: six has no version" in done.stdout, done.stdout + done.stderr
    write(folder / "gupfile", "six,1.0\n")
    git(folder, "add", ".")
    assert run(venv / "bin/pre-commit", "run", "--all-files", cwd=folder, env=environment).returncode == 0
