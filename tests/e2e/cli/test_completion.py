# SPDX-License-Identifier: Apache-2.0
"""`gup-agent completion bash|zsh|fish`: the candidates that each shell itself offers, with the script of this agent."""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway import AGENT, PROJECT

SUPPORT = Path(__file__).parents[1] / "support"
OLD, NEW = "2026-11-28_02_00-main-1111111", "2026-11-29_02_00-main-2222222"


def printed(shell: str) -> str:
    return subprocess.run([*AGENT, "completion", shell], capture_output=True, text=True, check=True).stdout


class Shell:
    """One shell with its script, in a folder with a gateway of two connectors."""

    def __init__(self, name: str, folder: Path):
        self.name, self.folder, self.root = name, folder, folder / "connectors"
        for connector in ("meter", "gate"):
            (self.root / connector).mkdir(parents=True)
            (self.root / connector / "gupfile").touch()
        (self.root / "no-connector").mkdir()
        for number, is_release in ((OLD, False), (NEW, False), ("2.0", True), ("2.1", True)):
            made = self.root / ".gup/meter" / number
            made.mkdir(parents=True)
            (made / "generation.json").write_text("{}")
            if is_release:
                (made / "gupfile").touch()
        (self.root / ".gup/meter/shared").mkdir()
        self.config = folder / "gup-agent.toml"
        self.config.write_text(f'root = "{self.root}"\n')
        self.agent = folder / "gup-agent"
        self.agent.write_text(f'#!/bin/sh\nexec {shlex.join(AGENT)} "$@"\n')
        self.agent.chmod(0o755)
        self.environment = {"PATH": f"{folder}:{os.defpath}", "HOME": str(folder), "LC_ALL": "C.UTF-8", "TERM": "dumb",
                            "GUP_CONFIG": str(self.config)}
        self.script = folder / {"bash": "gup.bash", "zsh": "_gup-agent", "fish": "gup.fish"}[name]
        self.script.write_text(printed(name))

    def _run(self, *command: object) -> list[str]:
        done = subprocess.run(list(map(str, command)), env=self.environment, cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120)
        assert done.returncode == 0 and done.stderr == "", done
        return [line.strip() for line in done.stdout.splitlines() if line.strip()]

    def ask(self, line: str) -> set[str]:
        return getattr(self, f"_{self.name}")(line)

    def _bash(self, line: str) -> set[str]:
        script = (f'source "{self.script}"; COMP_WORDS=("${{@}}"); COMP_CWORD=$(($# - 1)); _gup_agent; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        # bash makes three words of --root=/srv.
        words = re.sub(r"(--[a-z-]+)=", r"\1 = ", line).split(" ")
        return set(self._run("bash", "-c", script, "bash", *words))

    def _fish(self, line: str) -> set[str]:
        script = f'source "{self.script}"; complete -C {shlex.quote(line)}'
        return {word.split("\t")[0] for word in self._run("fish", "-N", "-c", script)}

    def _zsh(self, line: str) -> set[str]:
        """zsh completes only in a terminal. zpty makes one, and the list of completions is printed. Where no argument is offered, zsh
        offers options, and where no folder is taken, files."""
        words = set(self._run("zsh", "-f", SUPPORT / "complete.zsh", self.folder, line))
        return words if line.split(" ")[-1].startswith("-") else {word for word in words if not word.startswith("-")}


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request, tmp_path):
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not here")
    return Shell(request.param, tmp_path)


def test_a_shell_completes_commands_and_their_words(shell):
    first = shell.ask("gup-agent ")
    assert {"status", "check", "now", "update", "rollback", "add", "release", "run", "import", "completion", "help"} <= first
    assert not first & {"__complete", "meter", "install"}, first
    assert {"schema", "self-update", "self-test", "status"} <= shell.ask("gup-agent s")
    assert shell.ask("gup-agent release ") == {"install", "enable", "list", "prune"}
    assert {"repo-deploy", "install-py"} <= shell.ask("gup-agent import ")
    assert shell.ask("gup-agent completion ") == {"bash", "zsh", "fish"}
    assert shell.ask("gup-agent schema ") == {"gupfile", "gup-agent.toml"}
    assert {"status", "now"} <= shell.ask("gup-agent help ")
    assert shell.ask("gup-agent run ") == set()


def test_a_shell_completes_options_and_their_values(shell):
    assert {"--json", "--root", "--config", "--color"} <= shell.ask("gup-agent status --")
    now = shell.ask("gup-agent now --")
    assert {"--retry", "--dry-run", "--pre-hooks"} <= now and "--fetch" not in now
    assert "--fetch" in shell.ask("gup-agent deploy --") and "--check" in shell.ask("gup-agent self-update --")
    install = shell.ask("gup-agent release install --")
    assert {"--from", "--version", "--replace"} <= install and "--keep" not in install
    assert "--json" not in shell.ask("gup-agent self-test --")
    assert {"--version", "--json"} <= shell.ask("gup-agent --")
    assert shell.ask("gup-agent release list meter --sort ") == {"time", "version"}
    assert shell.ask("gup-agent status --color a") == {"auto", "always"}
    assert "root" in shell.ask("gup-agent add --owner r")


def test_a_shell_completes_connectors(shell):
    for command in ("now", "update", "check", "status", "doctor", "deploy-key", "adopt", "rollback", "release install",
                    "release list", "--json now", "now --retry", "release --json enable"):
        offered = shell.ask(f"gup-agent {command} ")
        assert offered & {"meter", "gate", "no-connector", "shared"} == {"meter", "gate"}, command
    assert shell.ask("gup-agent now m") == {"meter"}
    assert shell.ask("gup-agent now meter g") == {"gate"}
    assert not shell.ask("gup-agent run m")


def test_a_shell_completes_ids_of_the_named_connector(shell):
    assert shell.ask("gup-agent rollback meter ") == {OLD, NEW}
    assert shell.ask("gup-agent rollback gate ") == set()
    assert shell.ask("gup-agent rollback --pre-hooks /x meter 2026-11-28") == {OLD}
    assert shell.ask("gup-agent release enable meter ") == {"2.0", "2.1"}
    assert shell.ask("gup-agent release list meter ") == set()
    (shell.root / "gate/gupfile").unlink()
    (shell.root / "gate").rmdir()
    (shell.root / ".gup/gate/3.0").mkdir(parents=True)
    for name in ("generation.json", "gupfile"):
        (shell.root / ".gup/gate/3.0" / name).write_text("")
    (shell.root / "gate").symlink_to(".gup/gate/3.0")
    assert shell.ask("gup-agent rollback gate ") == {"3.0"}


def test_a_shell_completes_files_and_folders(shell):
    (shell.folder / "some-folder").mkdir()
    (shell.folder / "some-file").touch()
    assert {"some-folder", "some-file"} <= {word.rstrip("/") for word in shell.ask("gup-agent lint some-")}
    assert {"some-file"} <= {word.rstrip("/") for word in shell.ask("gup-agent status -c some-")}
    for line in ("gup-agent now --pre-hooks some-", "gup-agent init some-"):
        offered = {word.rstrip("/") for word in shell.ask(line)}
        assert "some-folder" in offered and (shell.name == "zsh" or "some-file" not in offered), line


def test_names_are_those_of_the_agent_that_is_typed(shell, tmp_path_factory):
    """--root, -c, $GUP_ROOT, and a portable agent, which finds its root from its own place. A wrong configuration says nothing."""
    shell.environment["GUP_CONFIG"] = "/nonexistent"
    assert shell.ask("gup-agent now m") == set()
    assert shell.ask(f"gup-agent --root {shell.root} now m") == {"meter"}
    assert shell.ask(f"gup-agent now --root={shell.root} m") == {"meter"}
    assert shell.ask(f"gup-agent -c {shell.config} now m") == {"meter"}
    assert shell.ask(f"gup-agent --root {shell.root} rollback meter 2026-11-28") == {OLD}
    shell.config.write_text('root = "unclosed\n')
    assert shell.ask(f"gup-agent -c {shell.config} now m") == set()
    del shell.environment["GUP_CONFIG"]
    shell.environment["GUP_ROOT"] = str(shell.root)
    assert shell.ask("gup-agent now m") == {"meter"}
    if len(AGENT) > 1:
        return
    del shell.environment["GUP_ROOT"]
    portable = shell.root / "gup-agent/gup-agent"
    portable.parent.mkdir()
    shutil.copy(AGENT[0], portable)
    assert shell.ask(f"{portable} now ") & {"meter", "gate", "gup-agent"} == {"meter", "gate"}
    assert shell.ask("connectors/gup-agent/gup-agent now m") == {"meter"}
    assert shell.ask("~/connectors/gup-agent/gup-agent now m") == {"meter"}


def test_names_that_a_shell_would_read_otherwise_are_safe(shell):
    (shell.root / "two words").mkdir()
    (shell.root / "two words/gupfile").touch()
    (shell.root / "$(touch hacked)").mkdir()
    (shell.root / "$(touch hacked)/gupfile").touch()
    (shell.root / "new\nline").mkdir()
    (shell.root / "new\nline/gupfile").touch()
    assert "meter" in shell.ask("gup-agent now ")
    assert not (shell.folder / "hacked").exists() and "new" not in shell.ask("gup-agent now ")


@pytest.mark.parametrize("shell_name, path", [("bash", "bash/gup-agent"), ("zsh", "zsh/_gup-agent"), ("fish", "fish/gup-agent.fish")])
def test_the_package_has_the_same_scripts(shell_name, path):
    assert (PROJECT / "packaging/deb/completions" / path).read_text() == printed(shell_name), (
        "the table of commands has changed: packaging/deb/make-completions AGENT")
