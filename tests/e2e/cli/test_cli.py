# SPDX-License-Identifier: Apache-2.0
"""The command line and the configuration file."""
from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway import AGENT, Completed


def bare(*arguments: str, env: dict[str, str] | None = None, agent: list[str] | None = None) -> Completed:
    """The agent without any configuration of the fixture's."""
    done = subprocess.run([*(agent or AGENT), *arguments], env={"PATH": "/usr/bin:/bin", **(env or {})},
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=30, text=True)
    return Completed(done.returncode, done.stdout, done.stderr, "--json" in arguments)


def test_version_names_itself_its_target_and_its_libraries(base):
    run = bare("version")
    assert run.code == 0, run
    for word in ("gup-agent", "commit", "target", "libgit2", "curl", "mbedtls"):
        assert word in run.out, run
    document = bare("version", "--json").document
    assert document["version"] in run.out


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["now", "--help"], ["status", "-h"]])
def test_help_goes_to_stdout(base, arguments):
    run = bare(*arguments)
    assert run.code == 0, run
    assert run.err == "", run
    assert "--json" in run.out and "--config" in run.out


@pytest.mark.parametrize("arguments", [[], ["nwo"], ["now", "--jsno"], ["--root"], ["version", "extra"]])
def test_bad_usage_is_exit_code_2(base, arguments):
    run = bare(*arguments)
    assert run.code == 2, run
    assert run.err, run
    assert not run.out.startswith("{"), run


def test_without_a_command_the_commands_are_shown_and_a_script_sees_a_failure(base):
    run = bare()
    assert run.code == 2 and "Daily use:" in run.out and "a command is missing" in run.err, run
    assert all(f"\n  {name} " in run.out or f"\n  {name}, " in run.out for name in ("status", "check", "now", "add", "doctor")), run
    assert bare("--json").document["exit_code"] == 2


@pytest.mark.parametrize("arguments", [["statsu"], ["now", "--no-such-option"], ["release", "list"], ["--rot"], ["version", "extra"],
                                       ["schema", "gupfil"], ["help", "statsu"]], ids=" ".join)
def test_a_wrong_line_is_json_with_json(base, arguments):
    run = bare("--json", *arguments)
    error = run.document
    assert run.code == 2 and error["event"] == "error" and error["code"] == "invalid_input" and error["exit_code"] == 2, run
    assert error["message"] and error["hint"], run


def test_the_version_has_three_spellings(base):
    assert bare("--version").out == bare("-V").out == bare("version").out
    assert bare("--version", "--json").document["version"]


def test_help_of_a_command_has_three_spellings(base):
    shown = bare("help", "release", "install")
    assert shown.code == 0 and shown.out == bare("release", "install", "--help").out == bare("--help", "release", "install").out
    assert "Examples:" in shown.out and "Exit codes:" in shown.out and " 5 " not in shown.out, shown


def test_update_is_now_and_a_dry_run_is_check(gateway):
    connector = gateway.connector("meter")
    connector.push({"new": "1\n"})
    assert gateway.run("now", "--dry-run").code == gateway.run("update", "--dry-run").code == gateway.run("check").code == 10
    assert not (connector.path / "new").exists()
    assert gateway.run("update").code == 0 and (connector.path / "new").exists()


def test_options_may_be_before_and_after_the_command(gateway):
    gateway.connector("meter")
    assert gateway.run("--json", "now").code == 0
    assert gateway.run("now", "--json", "--no-color", "-v", "--root", str(gateway.root)).code == 0


def test_an_unknown_key_is_named_with_its_line_and_the_nearest_one(gateway):
    gateway.config_file.write_text(f'root = "{gateway.root}"\n[network]\nretires = 3\n')
    run = gateway.run("now")
    assert run.code == 2, run
    assert "retires" in run.err and "retries" in run.err and f"{gateway.config_file}:3" in run.err, run


@pytest.mark.parametrize("line", [
    'root = 5', '[run]\ndelay = "soon"', '[run]\ndelay = "20s..10s"', '[network]\nretries = -1', '[network]\nretries = "three"',
    '[network]\nconnect-timeout = "10 parsecs"', '[python]\ninstaller = "conda"', '[logging]\nlevel = "loud"',
    '[logging]\nmax-size = "1 MB and a bit"', '[run\n', 'root = "unclosed\n',
])
def test_a_bad_value_is_named_with_its_line(gateway, line):
    gateway.config_file.write_text(line + "\n")
    run = gateway.run("now")
    assert run.code == 2, run
    assert f"{gateway.config_file}:" in run.err, run


def test_a_missing_configuration_file_is_an_error(gateway):
    gateway.config_file.unlink()
    run = gateway.run("now")
    assert run.code == 2, run
    assert str(gateway.config_file) in run.err, run


def test_dashes_and_underscores_mean_the_same(gateway):
    text = gateway.config_file.read_text().replace("retry-delay", "retry_delay")
    gateway.config_file.write_text(text)
    assert gateway.now().code == 0


def test_the_configuration_file_may_come_from_the_environment(gateway):
    gateway.connector("meter")
    run = bare("now", "--json", env={**gateway.environment, "GUP_CONFIG": str(gateway.config_file)})
    assert run.outcomes() == {"meter": "unchanged"}, run


def test_option_over_environment_over_file_over_default(gateway):
    roots = {}
    for name in ("file", "environment", "option"):
        roots[name] = gateway.folder / f"root-{name}"
        gateway.root = roots[name]
        gateway.root.mkdir()
        gateway.connector(name)
    gateway.configure(root=str(roots["file"]))
    env = {"GUP_ROOT": str(roots["environment"])}
    assert list(gateway.now().connectors) == ["file"]
    assert list(gateway.now(env=env).connectors) == ["environment"]
    assert list(gateway.run("now", "--json", "--root", roots["option"], env=env).connectors) == ["option"]


def test_keys_of_sections_may_come_from_the_environment(gateway):
    gateway.connector("meter", url=lambda path: "http://127.0.0.1:9/x.git")
    run = gateway.run("now", env={"GUP_NETWORK_RETRIES": "none"})
    assert run.code == 2, run
    assert "GUP_NETWORK_RETRIES" in run.err, run
    assert gateway.run("now", env={"GUP_LOG": str(gateway.folder / "other.log"), "GUP_NETWORK_RETRIES": "0"}).code == 4
    assert (gateway.folder / "other.log").exists() and not gateway.log.exists()


@pytest.mark.parametrize("command", ["now", "run", "check", "status", "recover", "version"])
def test_every_command_speaks_json(gateway, command):
    gateway.connector("meter").push({"new": "1\n"})
    gateway.connector("failed", "pyserial\n")
    run = gateway.run(command, "--json")
    assert run.code in (0, 1, 10), run
    assert run.events and all(isinstance(event, dict) for event in run.events)
    if command in ("now", "run", "recover"):
        assert run.events[0]["event"] == "start" and run.events[-1]["event"] == "end"
        assert run.events[-1]["exit_code"] == run.code and run.events[-1]["summary"] is not None


def test_an_error_under_json_keeps_stdout_parseable(gateway):
    run = gateway.run("now", "--json", "no-such-name")
    assert run.code == 2, run
    assert "no-such-name" in run.err, run


def test_names_with_odd_bytes_keep_json_whole(gateway):
    name = "caf\udce9 \"quoted\"\t"
    connector = gateway.connector("plain")
    path = os.path.join(os.fsencode(gateway.root), os.fsencode(name))
    os.rename(connector.path, path)
    process = gateway.start("now", "--json")
    out, err = process.communicate(timeout=60)
    events = [json.loads(line) for line in out.decode().splitlines()]
    assert process.returncode == 0 and events[1]["outcome"] == "unchanged", (out, err)


@pytest.mark.parametrize("options", [[], ["--no-color"]])
def test_no_colour_codes_into_a_pipe(gateway, options):
    gateway.connector("meter").push({"new": "1\n"})
    gateway.connector("failed", "pyserial\n")
    for command in ("check", "now", "status"):
        run = gateway.run(command, *options, env={"TERM": "xterm-256color"})
        assert "\x1b" not in run.out + run.err, run


def test_plain_output_is_a_line_per_change_and_a_summary(gateway):
    connector = gateway.connector("smart-meter")
    gateway.connector("quiet")
    before = connector.head
    new = connector.push({"new": "1\n"})
    run = gateway.run("now")
    lines = run.out.splitlines()
    assert lines[0] == f"smart-meter: updated code {before[:7]} → {new[:7]} (main, 1 commit)", run
    assert len(lines) == 2 and "1 updated" in lines[1] and "1 unchanged" in lines[1], run
    assert run.err == ""


def portable(gateway) -> list[str]:
    """Installs the agent like the bash script: in a folder next to the connectors."""
    folder = gateway.root / "gup-agent"
    folder.mkdir()
    shutil.copy(AGENT[-1], folder / "gup-agent")
    return [*AGENT[:-1], str(folder / "gup-agent")]


def test_the_portable_layout_needs_no_configuration(gateway):
    connector = gateway.connector("meter")
    new = connector.push({"new": "1\n"})
    agent = portable(gateway)
    (gateway.root / "gup-agent/gupfile").write_text("six,1.0\n")
    run = bare("now", "--json", env=gateway.environment, agent=agent)
    assert run.outcomes() == {"meter": "updated"}, run
    assert connector.head == new
    inside = sorted(path.name for path in (gateway.root / "gup-agent").iterdir())
    assert inside == ["gup-agent", "gup.log", "gupfile", "state"]


def test_the_portable_layout_has_its_configuration_in_the_executables_folder(gateway):
    gateway.connector("meter")
    agent = portable(gateway)
    (gateway.root / "gup-agent/gup-agent.toml").write_text("[network]\nretires = 1\n")
    run = bare("now", env=gateway.environment, agent=agent)
    assert run.code == 2, run
    assert "gup-agent.toml:2" in run.err, run


def test_all_six_exit_codes(gateway):
    connector = gateway.connector("meter")
    assert gateway.run("now").code == 0
    connector.push({"new": "1\n"})
    assert gateway.run("check").code == 10
    (connector.path / "new").write_text("in the way\n")
    assert gateway.run("now").code == 1
    assert gateway.run("now", "--no-such-option").code == 2
    connector.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    assert gateway.run("now").code == 4
    hold = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    holder = subprocess.Popen(["/usr/bin/python3", "-c", hold, str(gateway.state / "lock")],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    run = gateway.run("now")
    holder.communicate(b"")
    assert run.code == 3, run
    assert str(holder.pid) in run.err, run


@pytest.mark.parametrize("arguments, said, hint", [
    (["bogus"], "there is no command bogus", "gup-agent --help"), (["stauts"], "there is no command stauts", "did you mean status?"),
    (["Now"], "there is no command Now", "did you mean now?"), (["release", "instal", "x"], "there is no command instal", "did you mean install?"),
    (["--verbos"], "there is no option --verbos", "did you mean --verbose?"), (["release", "bogus"], "there is no command bogus", "gup-agent release --help"),
], ids=["bogus", "misspelt", "upper case", "of release", "option", "of release, bogus"])
def test_an_unknown_command_is_named_with_the_nearest_one(gateway, arguments, said, hint):
    run = gateway.run(*arguments)
    assert run.code == 2 and said in run.err and hint in run.err, run


def test_release_list_says_that_there_is_none(gateway):
    gateway.connector("meter", files={"main.py": "1\n"})
    run = gateway.run("release", "list", "meter")
    assert run.code == 0 and "meter has no releases: gup-agent adopt meter makes one" in run.out, run


def test_a_release_of_a_checkout_says_what_enables_it(gateway):
    gateway.connector("meter", files={"main.py": "1\n"})
    run = gateway.run("release", "install", "meter")
    assert run.code == 0 and "meter is not in the releases layout: gup-agent adopt meter, then gup-agent release enable meter " in run.out, run
    enable = run.out.split(", then gup-agent ")[1].split("\n")[0].split(" ")
    assert gateway.run("adopt", "meter").code == 0 and gateway.run(*enable).code == 0
    assert "hint" not in gateway.run("release", "install", "meter", "--version", "next").out


@pytest.mark.parametrize("words", [["now"], ["check"], ["doctor"], ["rollback"], ["adopt"], ["adopt", "--back"], ["release", "list"],
                                   ["release", "enable"], ["release", "prune"], ["release", "install"]], ids=" ".join)
def test_a_misspelt_connector_is_named_with_the_nearest_one(gateway, words):
    gateway.connector("smart-meter")
    run = gateway.run(*words, "smart-metr")
    assert run.code == 2 and "smart-metr" in run.err and "did you mean smart-meter?" in run.err, run
    assert gateway.run(*words, "smart-metr", "--json").events[-1]["hint"] == "did you mean smart-meter?"


def test_all_errors_of_a_configuration_are_told_at_once_in_their_order(gateway):
    gateway.config_file.write_text(f'root = "{gateway.root}"\n[run]\nreboot = 7\ndelay = "x"\n[network]\nretires = 3\n[bogus]\n')
    run = gateway.run("check")
    assert run.code == 2, run
    lines = [int(line.split(":")[2]) for line in run.err.splitlines() if line.startswith(f"gup-agent: {gateway.config_file}:")]
    assert lines == [3, 4, 6, 7], run
    error = gateway.run("check", "--json").events[-1]
    assert [one["line"] for one in error["problems"]] == lines and error["message"] == error["problems"][0]["message"]
    found = [one["what"] for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "configuration"]
    assert [int(what.split(":")[1]) for what in found] == lines


def test_an_unknown_variable_is_told_with_the_nearest_one(gateway):
    gateway.connector("meter")
    run = gateway.run("check", env={"GUP_RUN_DELEY": "0s"})
    assert run.code == 0 and "unknown variable $GUP_RUN_DELEY" in run.err and "did you mean $GUP_RUN_DELAY?" in run.err, run
    assert "GUP_" not in gateway.run("check", env={"GUP_RUN_DELAY": "0s", "GUP_CONNECTOR": "meter"}).err
    found = gateway.run("doctor", "--json", env={"GUP_RUN_DELEY": "0s"}).document["findings"]
    assert any("GUP_RUN_DELEY" in one["what"] and "GUP_RUN_DELAY" in one["hint"] for one in found), found


@pytest.mark.root("only root can write to /")
@pytest.mark.native_only("its place would be that of the emulator")
def test_the_root_of_the_file_system_is_no_default_root():
    agent = Path("/gup-e2e-agent")
    shutil.copy(AGENT[0], agent)
    try:
        run = bare("check", agent=[str(agent)])
        assert run.code == 2 and "root is not set, and the folder above the agent's is /" in run.err, run
    finally:
        agent.unlink()


def test_a_url_is_told_once(gateway):
    gateway.connector("meter", url=lambda path: "http://127.0.0.1:9/x.git")
    for command in ("check", "now"):
        assert gateway.run(command).out.count("http://127.0.0.1:9/x.git") == 1


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_configuration_in_utf16_is_named(gateway, encoding):
    gateway.config_file.write_bytes(gateway.config_file.read_text().encode(encoding))
    run = gateway.run("status")
    assert run.code == 2 and "the file is UTF-16" in run.err and "save it as UTF-8" in run.err, run


@pytest.mark.parametrize("text, line, caret", [
    ('[run]\ndelay = 20s\n', "    2 | delay = 20s", "      |           ^"), ('[run]\n  delai = "20s"\n', '    2 |   delai = "20s"', "      |   ^"),
    ('[notify]\ntoken = 12345\n', "    2 | token = ***", "      | ^"), ('root = "/x\n', '    1 | root = "/x', "      |           ^"),
], ids=["syntax", "unknown key", "secret", "open quote"])
def test_a_wrong_configuration_is_shown_with_a_caret(gateway, text, line, caret):
    gateway.config_file.write_text(text)
    run = gateway.run("status")
    assert run.code == 2 and f"{line}\n{caret}\n" in run.err and "12345" not in run.err, run
