# SPDX-License-Identifier: Apache-2.0
"""status: the running versions, and the last outcomes with their times."""
from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
import time

import pytest

from gateway import finish, wait_for
from systemd import Systemd, served
from tools import tool


def test_before_any_run_status_is_short(gateway):
    gateway.connector("meter")
    run = gateway.status()
    assert run.code == 0, run
    assert run.document["schema"] == 1, run
    assert gateway.run("status").code == 0


def test_the_document_tells_commit_branch_pins_outcome_and_times(gateway):
    connector = gateway.connector("meter", "six,1.11.0\n")
    gateway.virtualenv("meter", pip=False).add("six", "1.11.0")
    new = connector.push({"new": "1\n"})
    before = int(time.time())
    gateway.now()
    item = gateway.status()["meter"]
    assert item["outcome"] == "updated" and item["commit"] == new and item["branch"] == "main", item
    assert item["pins"] == [{"name": "six", "wanted": "1.11.0", "installed": "1.11.0"}]
    assert before <= item["time"] <= time.time() and item["last_success"] == item["time"]
    assert item["held_back"] == []
    last = gateway.status().document["last_run"]
    assert before <= last["time"] <= time.time() and last["summary"] == "1 updated", last


def in_the_next_second() -> None:
    """The times of a run are whole seconds."""
    start = int(time.time())
    wait_for(lambda: int(time.time()) > start, "the next second")


def test_a_night_with_nothing_to_do_is_seen_too(gateway):
    gateway.connector("meter").push({"new": "1\n"})
    gateway.now()
    first = gateway.status()["meter"]
    in_the_next_second()
    gateway.now()
    item = gateway.status()["meter"]
    assert item["outcome"] == "unchanged" and item["time"] > first["time"] and item["last_success"] == item["time"], item


def test_an_update_on_a_slow_card_is_recorded_too(gateway):
    gateway.connector("meter").push({"new": "1\n"})
    gateway.state.mkdir(exist_ok=True)
    slow = [tool("strace"), "-f", "-qq", "-o", "/dev/null", "-P", str(gateway.state), "-e", "trace=fsync",
            "-e", "inject=fsync:delay_enter=1100000"]
    gateway.now(wrapper=slow)
    item = gateway.status()["meter"]
    assert item["outcome"] == "updated" and item["last_success"] == item["time"], item


def test_the_last_success_is_kept_after_a_failure(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.push({"main.py": "2\n"})
    gateway.now()
    success = gateway.status()["meter"]["last_success"]
    (connector.path / "main.py").write_text("local\n")
    connector.push({"main.py": "3\n"})
    in_the_next_second()
    gateway.now()
    item = gateway.status()["meter"]
    assert item["outcome"] == "failed" and "main.py" in item["reason"] and item["hint"], item
    assert item["last_success"] == success and item["time"] > success


def test_a_run_for_one_connector_keeps_the_status_of_the_others(gateway):
    for name in ("one", "two"):
        gateway.connector(name).push({"new": "1\n"})
    gateway.now()
    in_the_next_second()
    gateway.now("one")
    connectors = gateway.status().connectors
    assert list(connectors) == ["one", "two"]
    assert connectors["two"]["outcome"] == "updated" and connectors["one"]["outcome"] == "unchanged"


def test_names_choose_the_connectors(gateway):
    for name in ("one", "two"):
        gateway.connector(name)
    gateway.now()
    assert list(gateway.status("two").connectors) == ["two"]
    text = gateway.run("status", "two")
    assert "two" in text.out and "one" not in text.out, text


def test_a_connector_that_is_gone_is_forgotten(gateway):
    gateway.connector("stays")
    gone = gateway.connector("gone")
    gateway.now()
    gone.path.rename(gateway.folder / "gone")
    gateway.now()
    assert list(gateway.status().connectors) == ["stays"]


def test_for_people_it_names_the_reason_and_the_hint(gateway):
    gateway.configure("python", create_venv=False)
    gateway.connector("meter", "six,1.11.0\n")
    gateway.now()
    run = gateway.run("status")
    assert run.code == 0, run
    assert "meter" in run.out and "failed" in run.out and "python3 -m venv" in run.out, run


def test_a_later_schema_is_not_mistaken_for_ours(gateway):
    gateway.connector("meter")
    (gateway.state / "status.json").write_text('{"schema": 99, "connectors": "something else"}')
    run = gateway.run("status")
    assert run.code in (0, 1, 2) and "Traceback" not in run.err and run.code >= 0, run
    assert gateway.now().code == 0


def test_the_last_success_may_be_a_night_without_news(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    gateway.now()
    in_the_next_second()
    gateway.now()
    success = gateway.status()["meter"]["last_success"]
    (connector.path / "main.py").write_text("local\n")
    connector.push({"main.py": "2\n"})
    in_the_next_second()
    gateway.now()
    item = gateway.status()["meter"]
    assert item["outcome"] == "failed" and item["last_success"] == success, item


def test_an_unreachable_remote_is_no_news_every_night(gateway):
    connector = gateway.connector("meter")
    connector.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    gateway.now()
    first = (gateway.state / "status.json").read_bytes()
    in_the_next_second()
    gateway.now()
    assert (gateway.state / "status.json").read_bytes() == first


def test_the_table_has_a_line_for_each_connector_and_the_gateway_around_it(gateway):
    gateway.connector("fine")
    gateway.connector("bad", files={"main.py": "1\n"})
    gone = gateway.connector("gone")
    broken = gateway.connector("broken")
    gateway.now()
    broken.push({"gupfile": "no version\n"})
    gateway.now()
    gateway.connector("fresh")
    gateway.run("hold", "bad", "--reason", "because")
    gone.path.rename(gateway.folder / "gone")
    lines = gateway.run("status").out.splitlines()
    assert str(gateway.root) in lines[0] and "gup-agent " in lines[0] and "next run" in lines[0], lines
    assert lines[1].split() == ["CONNECTOR", "STATE", "VERSION", "CHANGED", "DETAIL"]
    rows = {line.split()[0]: line for line in lines[2:7]}
    assert {name: row.split()[1] for name, row in rows.items()} == {
        "bad": "held", "broken": "failed", "fine": "ok", "fresh": "new", "gone": "removed"}
    assert "on hold: because" in rows["bad"] and "gupfile:1" in rows["broken"] and "forgets it" in rows["gone"]
    assert lines[7].startswith("5 connectors: 1 ok, 1 failed, 1 held, 1 new, 1 removed · last run "), lines[7]
    assert {one["name"]: one["state"] for one in gateway.status().connectors.values()} == {
        "bad": "held", "broken": "failed", "fine": "ok", "fresh": "new", "gone": "removed"}
    gateway.now()
    assert "gone" not in gateway.status().connectors
    assert any("(gone) it is no longer in root" in line for line in gateway.log_lines())


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_line_is_wider_than_the_terminal(gateway, columns):
    gateway.connector("a-connector-with-a-long-name", "six,1.11.0\n", url=lambda path: f"file://{path}-gone")
    gateway.connector("meter")
    gateway.now()
    for command in (["status"], ["status", "meter"], ["history"], ["list"], ["check"]):
        shown = on_a_terminal(gateway, columns, *command)
        assert "a-connector" in shown or "meter" in shown, shown
        assert "\x1b" not in shown
        if command != ["check"]:
            assert max(map(len, shown.splitlines())) <= columns, shown


def on_a_terminal(gateway, columns: int, *arguments: str) -> str:
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen([*gateway.agent, "--config", str(gateway.config_file), *arguments], stdin=subprocess.DEVNULL,
                               env={**gateway.environment, "TERM": "dumb", "NO_COLOR": "1"}, stdout=slave, stderr=slave)
    os.close(slave)
    shown = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(master)
    assert process.wait(30) in (0, 1, 4, 10)
    return shown.decode().replace("\r", "")


def test_with_exit_code_it_judges_as_a_run_does(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    assert gateway.run("status", "--exit-code").code == 0, "a new connector is no failure"
    gateway.now()
    assert gateway.run("status", "--exit-code").code == 0
    (connector.path / "main.py").write_text("local\n")
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    assert run.code == 1 and gateway.run("status").code == 0
    assert gateway.run("status", "--exit-code").code == 1 and gateway.run("status", "--exit-code", "meter").code == 1
    gateway.run("hold", "meter")
    assert gateway.run("status", "--exit-code").code == 0
    gateway.run("unhold", "meter")
    connector.git("checkout", "main.py")
    connector.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    assert gateway.now().code == 4 and gateway.run("status", "--exit-code").code == 4


def test_one_connector_is_shown_with_its_generations_service_and_log(gateway):
    Systemd(gateway)
    connector = gateway.connector("meter", served("meter"))
    new = connector.push({"new": "1\n"})
    gateway.now()
    out = gateway.run("status", "meter").out
    assert "service meter.service: active" in out and "generations" in out and "log (" in out, out
    assert f"main {new[:7]}" in out and "runs" in out and "source file://" in out, out
    item = gateway.status("meter")["meter"]
    assert item["service"] == {"unit": "meter.service", "active": "active", "sub": "running"}, item
    assert [one["commit"] for one in item["generations"] if one["running"]] == [new] and item["log"], item


def test_a_mistyped_name_is_answered_with_the_right_one(gateway):
    gateway.connector("smart-meter")
    run = gateway.run("status", "smart-metr")
    assert run.code == 2 and "did you mean smart-meter?" in run.err, run


@pytest.mark.root("only root can become another user")
def test_a_plain_user_sees_what_is_readable_and_is_told_what_is_not(gateway):
    gateway.connector("meter")
    gateway.now()
    gateway.folder.chmod(0o755)
    as_user = {"user": 4711, "group": 4711, "extra_groups": []}
    run = gateway.run("status", **as_user)
    assert run.code == 0 and "meter" in run.out and "only root can see whether a run is active" in run.out, run
    (gateway.state / "status.json").chmod(0o600)
    run = gateway.run("status", **as_user)
    assert run.code == 2 and "sudo gup-agent status" in run.err, run
    held = gateway.run("hold", "meter", **as_user)
    assert held.code == 2 and "as root" in held.err, held


def test_the_daemon_s_next_run_is_in_the_header(gateway):
    gateway.connector("meter")
    gateway.configure("schedule", times="17 2 * * *")
    daemon = gateway.start("daemon", env={"TZ": "UTC"})
    try:
        wait_for(lambda: "(daemon)" in gateway.run("status", env={"TZ": "UTC"}).out, "the daemon's next run")
        document = gateway.status(env={"TZ": "UTC"}).document
        assert document["next_run"]["by"] == "daemon" and document["next_run"]["time"] % 86400 == 2 * 3600 + 17 * 60
        assert ":17 (daemon)" in gateway.run("status", env={"TZ": "UTC"}).out
    finally:
        daemon.terminate()
        finish(daemon)
