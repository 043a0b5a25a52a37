# SPDX-License-Identifier: Apache-2.0
"""The content of the packages: lintian, copyright, man pages, completions in the shells themselves, equal builds."""
from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from conftest import HAS_ALL, package_of
from installed import PROJECT, field

HERE = PROJECT / "packaging/deb"
ARCHITECTURES = ("amd64", "arm64", "armhf")
COMMANDS = {"run", "now", "check", "status", "recover", "rollback", "daemon", "release", "adopt", "add", "deploy-key", "deploy", "import", "init", "lint", "schema", "self-update", "self-test", "doctor", "version"}


def output_of(*command: object, **options) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, **options).stdout


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_lintian_finds_nothing(architecture):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package_of(architecture)],
                          capture_output=True, text=True)
    said = "\n".join(line for line in done.stdout.splitlines() if line[:2] in ("E:", "W:"))
    assert done.returncode == 0 and said == "", done.stdout + done.stderr


def test_each_override_has_its_reason_above_it():
    previous = ""
    for line in (HERE / "debian/gup-agent.lintian-overrides").read_text().splitlines():
        assert not line.startswith("gup-agent:") or previous.startswith("#"), line
        previous = line


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_linked_library_is_in_the_copyright_file_and_in_the_package_s_field(architecture, tmp_path):
    subprocess.run(["dpkg-deb", "-x", package_of(architecture), tmp_path], check=True)
    copyright_file = (tmp_path / "usr/share/doc/gup-agent/copyright").read_text()
    named = set(re.findall(r"^Files: linked/([^/\s]+)/", copyright_file, re.M))
    used = dict(re.findall(r"(\S+) \(= ([^)]*)\)", field(package_of(architecture), "Static-Built-Using")))
    assert used and set(used) == named, set(used) ^ named
    licences = set(re.findall(r"^License: (.+)\n(?=\n|\Z)", copyright_file, re.M))
    texts = set(re.findall(r"^License: (.+)\n(?= )", copyright_file, re.M))
    assert licences <= texts, licences - texts
    # The program's own names for them.
    binary = tmp_path / "usr/bin/gup-agent"
    if architecture == "amd64":
        libraries = json.loads(output_of(binary, "version", "--json"))["libraries"]
        assert {name: used.get(name) for name in libraries} == libraries


@pytest.mark.parametrize("architecture", ["amd64", "armhf"])
def test_two_builds_on_one_commit_are_equal(architecture, tmp_path):
    package = package_of(architecture)
    subprocess.run([HERE / "build", "--out", tmp_path, *([] if HAS_ALL else ["--from-build"]), architecture], check=True,
                   stdout=subprocess.DEVNULL, preexec_fn=lambda: os.umask(0o077))
    assert (tmp_path / package.name).read_bytes() == package.read_bytes()


@pytest.mark.parametrize("page", sorted((HERE / "man").iterdir()), ids=lambda page: page.name)
def test_a_man_page_is_well_formed(page):
    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", page], capture_output=True, text=True)
    assert done.stdout + done.stderr == "", done.stdout


def words_of_usage(agent: Path, *command: str) -> tuple[set[str], set[str]]:
    """The commands and the options that `agent COMMAND --help` shows, and those of the commands below it."""
    usage = output_of(agent, *command, "--help").split("Options:")[1]
    head, _, listed = usage.partition("Subcommands:")
    options = set(re.findall(r"--[a-z-]+", head))
    commands = set(re.findall(r"^  ([a-z][a-z-]+) ", listed.split("Exit codes")[0], re.M))
    for name in list(commands):
        below = words_of_usage(agent, *command, name)
        commands, options = commands | below[0], options | below[1]
    return commands, options


def test_the_man_page_and_the_completions_know_every_command_and_option(tmp_path):
    subprocess.run(["dpkg-deb", "-x", package_of("amd64"), tmp_path], check=True)
    commands, options = words_of_usage(tmp_path / "usr/bin/gup-agent")
    assert commands >= {"run", "now", "prune"} and options >= {"--json", "--root", "--retry", "--keep"}
    texts = [(HERE / "man/gup-agent.8").read_text().replace("Fl Fl ", "--"),
             *(path.read_text().replace("-l ", "--") for path in (HERE / "completions").rglob("*gup-agent*") if path.is_file())]
    for text in texts:
        assert all(re.search(rf"(?<![a-z-]){word}(?![a-z-])", text) for word in commands | options), text[:60]


@pytest.mark.parametrize("text", ["packaging/deb/man/gup-agent.8", "docs/concepts.md", "docs/json.md"])
def test_every_outcome_is_explained(text):
    source = (PROJECT / "agent/core/report.cpp").read_text()
    table = re.search(r"names\{([^}]*)\}", source)[1]
    outcomes = set(re.findall(r'"(\w+)"', table))
    assert outcomes >= {"unchanged", "rolled_back"} and len(outcomes) == 7
    explained = set(re.findall(r"^\.It (\w+)$|`(\w+)`", (PROJECT / text).read_text(), re.M))
    assert outcomes <= {name for pair in explained for name in pair}, text


def test_the_configuration_s_man_page_knows_every_key():
    page = (HERE / "man/gup-agent.toml.5").read_text()
    for name in re.findall(r"^# ?([a-z-]+) = ", (HERE / "gup-agent.toml").read_text(), re.M):
        assert f".It Ic {name}\n" in page, name


class Shells:
    """The completions that each shell itself offers for a command line, with the project's completion files."""

    def __init__(self, folder: Path):
        self.folder = folder
        root = folder / "connectors"
        for name in ("meter", "gate"):
            (root / name).mkdir(parents=True)
            (root / name / "gupfile").touch()
        (root / "no-connector").mkdir()
        config = folder / "gup-agent.toml"
        config.write_text(f'root = "{root}"\n')
        self.environment = {"PATH": f"{folder}:{os.defpath}", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb",
                            "GUP_CONFIG": str(config)}
        (folder / "gup-agent").write_text("#!/bin/sh\n")
        (folder / "gup-agent").chmod(0o755)

    def _ask(self, *command: object) -> set[str]:
        done = subprocess.run(list(map(str, command)), env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and "error" not in done.stderr.lower(), done
        return {line.strip() for line in done.stdout.splitlines() if line.strip()}

    def bash(self, line: str) -> set[str]:
        script = (f'source "{HERE}/completions/bash/gup-agent"; COMP_WORDS=("${{@}}"); COMP_CWORD=$(($# - 1)); _gup_agent; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        words = line.split(" ")
        return self._ask("bash", "-c", script, "bash", *words)

    def fish(self, line: str) -> set[str]:
        script = f'source "{HERE}/completions/fish/gup-agent.fish"; complete -C "{line}"'
        return {word.split("\t")[0] for word in self._ask("fish", "-N", "-c", script)}

    def zsh(self, line: str) -> set[str]:
        """zsh completes only in a terminal. zpty makes one, and the list of completions is printed."""
        script = Path(__file__).with_name("complete.zsh")
        return self._ask("zsh", "-f", script, HERE / "completions/zsh", line)


@pytest.fixture
def shells(tmp_path):
    return Shells(tmp_path)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_options_and_connectors(shells, shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not here")
    ask = getattr(shells, shell)
    assert COMMANDS <= ask("gup-agent ")
    assert {"schema", "self-update", "self-test", "status"} == {word for word in ask("gup-agent s")}
    for command in ("now", "check", "status", "doctor", "deploy-key", "adopt"):
        assert ask(f"gup-agent {command} ") & {"meter", "gate", "no-connector"} == {"meter", "gate"}
    assert ask("gup-agent now m") == {"meter"}
    assert {"--json", "--root", "--config"} <= ask("gup-agent status --")
    assert "--check" in ask("gup-agent self-update --") and "--owner" in ask("gup-agent deploy-key --")
    assert {"--name", "--branch", "--host-key", "--owner"} <= ask("gup-agent add --")
    assert "meter" not in ask("gup-agent run ")
    shells.environment["GUP_CONFIG"] = "/nonexistent"
    root = shells.folder / "connectors"
    assert ask("gup-agent now m") == set()
    assert ask(f"gup-agent --root {root} now m") == {"meter"}
