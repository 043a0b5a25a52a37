# SPDX-License-Identifier: Apache-2.0
"""status: the running versions, and the last outcomes with their times."""
from __future__ import annotations

import time

from gateway import wait_for
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
