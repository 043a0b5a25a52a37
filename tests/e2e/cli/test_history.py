# SPDX-License-Identifier: Apache-2.0
"""history, rollback --list and list: what happened, what one can go back to, and what is there."""
from __future__ import annotations

import json
import time

import pytest


@pytest.fixture
def meter(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.old = connector.head
    connector.new = connector.push({"main.py": "2\n"})
    gateway.run("run", "--json")
    return connector


def entries(gateway, *names):
    run = gateway.run("history", "--json", *names)
    assert run.code == 0, run
    return run.document["entries"]


def test_an_update_a_failure_and_a_rollback_are_told_with_who_started_them(gateway, meter):
    (meter.path / "main.py").write_text("local\n")
    meter.push({"main.py": "3\n"})
    gateway.now()
    gateway.now()
    meter.git("checkout", "main.py")
    gateway.run("rollback", "meter", env={"SUDO_USER": "pi"})
    told = entries(gateway)
    assert [one["outcome"] for one in told] == ["updated", "failed", "updated"], told
    assert told[2]["by"] == "schedule" and (told[2]["from"], told[2]["commit"]) == (meter.old, meter.new), told[2]
    assert "main.py" in told[1]["reason"]
    assert told[0]["commit"] == meter.old and told[0]["by"], told[0]
    text = gateway.run("history", "meter").out
    assert f"{meter.old[:7]} → {meter.new[:7]}" in text and "schedule" in text and "failed" in text, text


def test_a_night_without_news_adds_nothing(gateway, meter):
    file = gateway.state / "history.jsonl"
    before = file.read_bytes(), file.stat().st_mtime_ns
    gateway.now()
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before


def test_generations_of_before_the_file_are_told_too(gateway, meter):
    (gateway.state / "history.jsonl").unlink()
    told = entries(gateway, "meter")
    assert [(one["outcome"], one["commit"]) for one in told] == [("updated", meter.new)], told


@pytest.mark.parametrize("content", [b"", b"\x00\xff\n", b'{"torn', b"[]\n{}\n"], ids=["empty", "no text", "torn", "others"])
def test_a_damaged_file_does_not_matter(gateway, meter, content):
    (gateway.state / "history.jsonl").write_bytes(content)
    assert [one["commit"] for one in entries(gateway)] == [meter.new]
    newest = meter.push({"main.py": "3\n"})
    gateway.now().must("meter", outcome="updated")
    assert entries(gateway)[0]["commit"] == newest


def test_names_and_a_limit_choose_entries(gateway, meter):
    gateway.connector("boiler").push({"new": "1\n"})
    gateway.now()
    assert {one["connector"] for one in entries(gateway)} == {"meter", "boiler"}
    assert {one["connector"] for one in entries(gateway, "boiler")} == {"boiler"}
    assert len(entries(gateway, "-n", "1")) == 1
    wrong = gateway.run("history", "metre")
    assert wrong.code == 2 and "did you mean meter?" in wrong.err, wrong


def test_before_the_first_run_there_is_nothing(gateway):
    gateway.connector("meter")
    run = gateway.run("history")
    assert run.code == 0 and "nothing has happened yet" in run.out, run


def test_rollback_list_shows_what_runs_and_what_is_in_quarantine(gateway, meter):
    run = gateway.run("rollback", "meter", "--list", "--json")
    generations = run.document["generations"]
    assert [one["commit"] for one in generations if one["running"]] == [meter.new], generations
    assert meter.old in [one["commit"] for one in generations]
    gateway.run("rollback", "meter")
    generations = gateway.run("rollback", "meter", "--list", "--json").document["generations"]
    assert [one["commit"] for one in generations if one["running"]] == [meter.old], generations
    assert [one["commit"] for one in generations if one["quarantined"]] == [meter.new], generations
    text = gateway.run("rollback", "meter", "--list").out
    assert "runs" in text and "in quarantine" in text and meter.new[:7] in text, text
    assert meter.head == meter.old, "it only lists"


def test_rollback_list_of_a_fresh_or_an_unknown_connector(gateway):
    gateway.connector("meter")
    run = gateway.run("rollback", "meter", "--list")
    assert run.code == 0 and "no generation to go back to" in run.out, run
    wrong = gateway.run("rollback", "metre", "--list")
    assert wrong.code == 2 and "did you mean meter?" in wrong.err, wrong


def test_list_names_kind_layout_owner_and_source_without_secrets(gateway, meter):
    meter.git("remote", "set-url", "origin", "https://pi:hidden@example.org/meter.git")
    gateway.declare("shop", source="https://example.org/shop.zip")
    run = gateway.run("list", "--json")
    assert run.code == 0, run
    found = {one["name"]: one for one in run.document["connectors"]}
    assert (found["meter"]["kind"], found["meter"]["layout"], found["meter"]["branch"]) == ("git", "in place", "main")
    assert found["meter"]["source"].endswith("@example.org/meter.git") and found["shop"]["kind"] == "archive", found
    text = gateway.run("list").out
    assert "hidden" not in run.out + text and "shop.zip" in text, text
    assert gateway.run("list", "metre").code == 2


def test_list_without_connectors_says_where_it_looked(gateway):
    run = gateway.run("list")
    assert run.code == 0 and str(gateway.root) in run.out, run


def sick(meter) -> str:
    return meter.push({"gupfile": '[health]\ncommand = ["false"]\nwithin = "1s"\nevery = "1s"\n'})


def by_hand(gateway, meter) -> None:
    assert gateway.run("rollback", "meter").code == 0


def rolled_back(gateway, meter) -> None:
    sick(meter)
    gateway.now().must("meter", outcome="rolled_back")


def of_releases(gateway, meter) -> None:
    assert gateway.run("adopt", "meter").code == 0
    meter.push({"main.py": "3\n"})
    gateway.now().must("meter", outcome="updated")
    by_hand(gateway, meter)


@pytest.mark.parametrize("roll_back", [rolled_back, by_hand, of_releases])
def test_the_nights_after_a_rollback_add_nothing_and_status_still_says_it(gateway, meter, roll_back):
    roll_back(gateway, meter)
    told, since = entries(gateway), state_of(gateway)["since"]
    assert gateway.run("status", "--exit-code").code == 1, "a rollback is the last word"
    for _ in range(2):
        wait_for_another_second()
        gateway.now()
        assert entries(gateway) == told
        assert state_of(gateway)["since"] == since
        assert gateway.run("status", "--exit-code").code == 1
    meter.push({"gupfile": "", "main.py": "newer\n"})
    gateway.now().must("meter", outcome="updated")
    assert len(entries(gateway)) == len(told) + 1
    assert gateway.run("status", "--exit-code").code == 0


def test_a_release_that_is_rolled_back_again_is_told_again(gateway, meter):
    rolled_back(gateway, meter)
    told = entries(gateway)
    wait_for_another_second()
    gateway.run("now", "--retry", "meter")
    assert len(entries(gateway)) == len(told) + 1, "it was tried, which is news"


def test_a_hold_says_that_a_rollback_is_known(gateway, meter):
    by_hand(gateway, meter)
    gateway.run("hold", "meter")
    assert gateway.run("status", "--exit-code").code == 0


def state_of(gateway) -> dict:
    return gateway.run("status", "--json").document["connectors"][0]


def wait_for_another_second() -> None:
    begun = int(time.time())
    while int(time.time()) == begun:
        time.sleep(0.05)
