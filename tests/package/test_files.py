# SPDX-License-Identifier: Apache-2.0
"""The content of the packages: lintian, copyright, man pages, completions, equal builds."""
from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import HAS_ALL, package_of
from installed import PROJECT, field

HERE = PROJECT / "packaging/deb"
ARCHITECTURES = ("amd64", "arm64", "armhf")
COMMANDS = {"run", "now", "check", "status", "recover", "rollback", "daemon", "release", "adopt", "add", "deploy-key", "deploy", "import", "init", "lint", "demo", "schema", "reference", "self-update", "self-test", "doctor", "version", "update", "completion", "help", "support", "self-uninstall", "history", "logs", "hold", "unhold", "list", "remove", "services"}


def output_of(*command: object, **options) -> str:
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, **options).stdout


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_lintian_finds_nothing(architecture):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", package_of(architecture)],
                          capture_output=True, text=True)
    said = "\n".join(line for line in done.stdout.splitlines() if line[:2] in ("E:", "W:"))
    assert done.returncode == 0 and said == "", done.stdout + done.stderr


@pytest.mark.parametrize(("architecture", "largest"), [("amd64", 7_674_680), ("armhf", 5_000_000)])
def test_the_program_is_small(architecture, largest, tmp_path):
    """A gateway has little room. A new part of the program may need another limit; a larger one by mistake does not."""
    subprocess.run(["dpkg-deb", "-x", package_of(architecture), tmp_path], check=True)
    assert (tmp_path / "usr/bin/gup-agent").stat().st_size <= largest


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


def words_of_help(agent: Path) -> tuple[set[str], set[str]]:
    """The commands and the options that `help` shows, also those of families."""
    def sections(text: str) -> dict[str, str]:
        return dict(re.findall(r"^(\S[^\n]*):\n((?:  .*\n)+)", text, re.M))

    def names(text: str) -> set[str]:
        return {name for line in re.findall(r"^  ([a-z][a-z, -]*?)(?:  |$)", text, re.M) for name in line.split(", ")}

    lists = sections(output_of(agent, "help"))
    commands = set().union(*(names(lists[title]) for title in ("Daily use", "Set up", "Releases", "Service", "Containers", "Other")))
    options: set[str] = set()
    for command in [[name] for name in sorted(commands)]:
        parts = sections(output_of(agent, "help", *command))
        below = names(parts.get("Commands", ""))
        commands |= below
        for words in [command, *([*command, name] for name in below)]:
            shown = sections(output_of(agent, "help", *words))
            for title, text in shown.items():
                if title in ("Options", "Common options, before or after the command"):
                    options |= set(re.findall(r"(?<![\w-])--[a-z-]+", text))
    return commands, options


def test_the_man_page_and_the_completions_know_every_command_and_option(tmp_path):
    subprocess.run(["dpkg-deb", "-x", package_of("amd64"), tmp_path], check=True)
    commands, options = words_of_help(tmp_path / "usr/bin/gup-agent")
    assert commands >= COMMANDS | {"prune"} and options >= {"--json", "--root", "--retry", "--keep"}
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


@pytest.mark.parametrize("shell, path", [("bash", "bash-completion/completions/gup-agent"), ("zsh", "zsh/vendor-completions/_gup-agent"),
                                         ("fish", "fish/vendor_completions.d/gup-agent.fish")])
def test_the_installed_completions_are_those_of_the_program(shell, path, tmp_path):
    """tests/e2e/cli/test_completion.py tries them in the shells."""
    subprocess.run(["dpkg-deb", "-x", package_of("amd64"), tmp_path], check=True)
    assert (tmp_path / "usr/share" / path).read_text() == output_of(tmp_path / "usr/bin/gup-agent", "completion", shell)
