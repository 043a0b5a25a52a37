# SPDX-License-Identifier: Apache-2.0
"""Hooks, the restart of the service, and health checks before and after a connector's activation."""
from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from completed import Has
from gateway import finish, wait_for
from systemd import ACTIVE, Systemd, script, served


@pytest.fixture
def systemd(gateway):
    return Systemd(gateway)


@pytest.fixture
def operators(gateway):
    """Makes a hook of the operator: operators("pre-update", "10-note", "echo $GUP_TO")."""
    def hook(phase: str, name: str, body: str, mode: int = 0o755) -> Path:
        path = gateway.folder / phase / name
        script(path, f"#!/bin/sh\n{body}\n", mode)
        path.parent.chmod(0o755)
        gateway.configure("hooks", **{phase.replace("-", "_"): str(path.parent)})
        return path
    return hook


def ran(gateway) -> list[str]:
    path = gateway.folder / "ran"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


def test_hooks_run_around_the_switch_and_know_what_changes(gateway, operators):
    note = f'echo "$(basename $0) $GUP_CONNECTOR $GUP_FROM $GUP_TO $(cat $CURRENT_CONFIG/main.py)" >>{gateway.folder}/ran'
    operators("pre-update", "10-pre", note)
    operators("post-update", "10-post", note)
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    old, new = connector.head, connector.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="updated")
    assert ran(gateway) == [f"10-pre meter {old} {new} 1", f"10-post meter {old} {new} 2"]
    gateway.now().must("meter", outcome="unchanged")
    assert ran(gateway) == []


def test_a_pre_update_hook_that_fails_blocks_and_the_next_run_tries_again(gateway, operators):
    hook = operators("pre-update", "10-busy", "echo measuring; exit 3")
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    before = connector.snapshot()
    new = connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="blocked", reason=Has("10-busy ended with exit code 3: measuring"))
    assert {k: v for k, v in connector.snapshot().items() if not k.startswith(".git")} == \
           {k: v for k, v in before.items() if not k.startswith(".git")}
    hook.unlink()
    gateway.now().must("meter", outcome="updated")
    assert connector.head == new


def test_a_post_update_hook_that_fails_rolls_back_and_runs_for_the_old_code(gateway, operators):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    old = connector.head
    operators("post-update", "10-post", f"echo $GUP_TO >>{gateway.folder}/ran; [ $GUP_TO = {old} ]")
    new = connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="rolled_back")
    assert connector.head == old and connector.read("main.py") == "1\n" and connector.changes == ""
    assert ran(gateway) == [new, old]
    assert not any("unstable" in line for line in gateway.log_lines())


def test_a_connector_may_be_unstable_when_the_hooks_fail_on_the_way_back_too(gateway, operators):
    operators("post-update", "10-post", "exit 1")
    gateway.connector("meter", files={"main.py": "1\n"}).push({"main.py": "2\n"})
    gateway.now()
    assert any("the connector may be unstable" in line for line in gateway.log_lines())


def test_the_service_is_restarted_once_and_must_stay_active(gateway, systemd):
    connector = gateway.connector("meter", served("meter"))
    connector.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="updated")
    assert systemd.restarts == ["meter.service"]
    gateway.now().must("meter", outcome="unchanged")
    assert systemd.restarts == ["meter.service"]


def test_a_service_that_does_not_come_up_is_rolled_back_restarted_and_quarantined(gateway, systemd):
    connector = gateway.connector("meter", served("meter"))
    old = connector.head
    new = connector.push({"main.py": "2\n"})
    systemd.after_restart(ACTIVE.replace("=active", "=failed"))
    run = gateway.now()
    run.must("meter", code=1, outcome="rolled_back", reason=Has("did not stay active", "KeyError: broker"))
    assert connector.head == old and systemd.restarts == ["meter.service"] * 2
    assert [entry["commit"] for entry in gateway.status()["meter"]["quarantine"]] == [new]
    told = gateway.run("status").out
    assert "in quarantine since" in told and "gup-agent now --retry meter" in told


def test_a_rolled_back_release_waits_for_something_newer_or_for_retry(gateway, systemd):
    connector = gateway.connector("meter", served("meter"))
    old = connector.head
    bad = connector.push({"main.py": "2\n"})
    systemd.after_restart(ACTIVE.replace("=active", "=failed"))
    gateway.now()
    before = len(systemd.restarts)
    run = gateway.now()
    run.must("meter", outcome="rolled_back")
    assert bad[:7] in run["meter"]["reason"], run
    assert "--retry meter" in run["meter"]["hint"] and len(systemd.restarts) == before and connector.head == old
    systemd.after_restart(ACTIVE)
    assert gateway.run("now", "--retry").code == 2
    gateway.now("--retry", "meter").must("meter", outcome="updated")
    assert connector.head == bad
    assert gateway.status()["meter"]["quarantine"] == []
    newer = connector.push({"main.py": "3\n"})
    gateway.now().must("meter", outcome="updated")
    assert connector.head == newer


def test_services_of_all_connectors_are_restarted_once_in_one_restart_in_the_order_of_their_needs(gateway, systemd):
    systemd.unit("a-meter.service", "After=broker.service\n")
    for name, service in (("meter", "a-meter"), ("heat", "broker"), ("water", "broker")):
        gateway.connector(name, served(service)).push({"main.py": "2\n"})
    run = gateway.now()
    assert all(run[name]["outcome"] == "updated" for name in ("meter", "heat", "water")), run
    assert [run[name]["restarted"] for name in ("meter", "heat")] == ["a-meter.service", "broker.service"]
    assert systemd.restarts == ["broker.service a-meter.service"]


@pytest.mark.parametrize("health", ['http = "http://127.0.0.1:9/up?token=t0ken-in-query"',
                                    'command = "false http://bob:t0ken-in-query@127.0.0.1:9/up?token=t0ken-in-query"'])
def test_a_token_in_the_url_of_a_health_check_is_written_nowhere(gateway, health):
    gateway.configure("logging", level="debug")
    connector = gateway.connector("meter", f"[health]\nwithin = 1\nevery = 1\n{health}\n")
    connector.push({"main.py": "2\n"})
    run = gateway.now("-v")
    run.must("meter", code=1, outcome="rolled_back", reason=Has("127.0.0.1:9/up?***"))
    shown = gateway.run("status").out + gateway.run("history", "meter").out + (gateway.state / "status.json").read_text()
    assert "t0ken-in-query" not in run.out + run.err + gateway.log.read_text() + shown


def test_only_the_connector_whose_service_fails_is_rolled_back_and_restarted(gateway, systemd):
    good, bad = gateway.connector("good", served("good")), gateway.connector("bad", served("bad"))
    new, old = good.push({"main.py": "2\n"}), bad.head
    bad.push({"main.py": "2\n"})
    systemd.after_restart(ACTIVE.replace("=active", "=failed"), "bad.service")
    run = gateway.now()
    assert (run["good"]["outcome"], run["bad"]["outcome"]) == ("updated", "rolled_back"), run
    assert (good.head, bad.head) == (new, old)
    assert systemd.restarts == ["bad.service good.service", "bad.service"]
    assert not (gateway.state / "journal/bad").exists() and not (gateway.state / "journal/good").exists()


def test_connectors_with_a_health_check_are_activated_once_all_others_are_staged(gateway, systemd, operators):
    """Otherwise its old process would have new code while another connector's packages are installed."""
    operators("pre-update", "10-pre", f"ls {gateway.state}/journal | wc -l >>{gateway.folder}/ran")
    for name in ("heat", "meter"):
        gateway.connector(name, served(name)).push({"main.py": "2\n"})
    run = gateway.now()
    assert run["meter"]["outcome"] == run["heat"]["outcome"] == "updated", run
    assert ran(gateway) == ["2", "2"]


def test_windows_of_health_pass_at_the_same_time(gateway, systemd):
    """Each health check waits until the other connector's check has started."""
    look = "#!/bin/sh\ntouch ../$GUP_CONNECTOR.seen; [ -e ../heat.seen ] && [ -e ../meter.seen ]\n"
    for name in ("heat", "meter"):
        connector = gateway.connector(name, '[health]\ncommand = "./look"\nwithin = 20\nevery = 1\n')
        (connector.remote.author / "look").write_text(look)
        (connector.remote.author / "look").chmod(0o755)
        connector.push({"main.py": "2\n"})
    run = gateway.now()
    assert run["meter"]["outcome"] == run["heat"]["outcome"] == "updated", run


def test_a_stop_during_the_health_check_rolls_back_without_quarantine(gateway, systemd):
    old = {}
    for name in ("heat", "meter"):
        connector = gateway.connector(name, f'[connector]\nservice = "{name}"\n[health]\nwithin = 600\nevery = 1\n')
        old[name] = connector.head
        connector.push({"main.py": "2\n"})
    run = gateway.start("now")
    wait_for(lambda: systemd.restarts and "show" in (systemd.folder / "calls").read_text().split("restart --")[1],
             "a look at the services after their restart")
    run.send_signal(signal.SIGTERM)
    finish(run)
    assert systemd.restarts == ["heat.service meter.service"] * 2
    status = gateway.status()
    for name, commit in old.items():
        status.must(name, outcome="rolled_back")
        assert status[name]["quarantine"] == [], status
        status.must(name, commit=commit)


def killed_after_the_restart(gateway, systemd):
    """The agent is killed while it checks the health of a service that it has restarted with the new code."""
    connector = gateway.connector("meter", '[connector]\nservice = "meter"\n[health]\nwithin = 600\nevery = 1\n')
    old = connector.head
    connector.push({"main.py": "2\n"})
    run = gateway.start("now")
    wait_for(lambda: systemd.restarts, "the restart")
    run.kill()
    run.communicate()
    assert connector.head != old
    return connector, old


def test_killed_between_the_restart_and_the_commit_recovery_restarts_what_runs_the_new_code(gateway, systemd):
    connector, old = killed_after_the_restart(gateway, systemd)
    run = gateway.run("recover")
    assert run.code == 0, run
    assert connector.head == old, run
    assert systemd.restarts == ["meter.service"] * 2
    assert "--no-block restart -- meter.service" in (systemd.folder / "calls").read_text(), "recovery may be a part of the boot"
    assert gateway.run("recover").code == 0
    assert len(systemd.restarts) == 2


def test_after_a_power_cut_nothing_runs_the_new_code_and_nothing_is_restarted(gateway, systemd):
    connector, old = killed_after_the_restart(gateway, systemd)
    journal = gateway.state / "journal/meter"
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    text = journal.read_text()
    assert boot in text
    journal.write_text(text.replace(boot, "the-boot-before"))
    assert gateway.run("recover").code == 0
    assert connector.head == old
    assert systemd.restarts == ["meter.service"]


def test_a_kill_in_the_middle_of_a_rollback_still_restarts_the_service(gateway, systemd, operators):
    connector = gateway.connector("meter", served("meter"))
    old = connector.head
    connector.push({"main.py": "2\n"})
    systemd.after_restart(ACTIVE.replace("=active", "=failed"))
    operators("post-update", "10-post", f"[ $GUP_TO != {old} ] || kill -KILL $(cut -d' ' -f4 /proc/$PPID/stat)")
    gateway.run("now")
    assert connector.head == old and systemd.restarts == ["meter.service"]
    gateway.run("recover")
    assert connector.head == old and systemd.restarts == ["meter.service"] * 2


def test_rollback_restarts_the_service(gateway, systemd):
    connector = gateway.connector("meter", served("meter"))
    old = connector.head
    connector.push({"main.py": "2\n"})
    gateway.now()
    run = gateway.run("rollback", "meter", "--json")
    run.must("meter", code=0, outcome="updated")
    assert connector.head == old, run
    assert systemd.restarts == ["meter.service"] * 2


def test_rollback_runs_hooks_and_is_undone_when_the_service_fails(gateway, systemd, operators):
    gupfile = '[connector]\nservice = "meter"\n[health]\nwithin = 1\nevery = 1\n'
    connector = gateway.connector("meter", gupfile)
    old, new = connector.head, connector.push({"main.py": "2\n"})
    gateway.now()
    hook = operators("pre-update", "10-no", f"echo $GUP_TO >>{gateway.folder}/ran; exit 3")
    run = gateway.run("rollback", "meter", "--json")
    run.must("meter", code=1, outcome="blocked")
    assert connector.head == new, run
    assert ran(gateway) == [old]
    hook.unlink()
    systemd.after_restart(ACTIVE.replace("=active", "=failed"))
    run = gateway.run("rollback", "meter", "--json")
    run.must("meter", code=1, outcome="rolled_back")
    assert connector.head == new, run
    assert connector.read("main.py") == "2\n" and run["meter"]["quarantine"] == [], run


def test_folders_of_hooks_can_be_named_on_the_command_line(gateway, operators):
    hook = operators("pre-update", "10-no", "exit 1")
    gateway.configure("hooks", pre_update=None)
    connector = gateway.connector("meter")
    old = connector.head
    connector.push({"main.py": "2\n"})
    run = gateway.now("--pre-hooks", str(hook.parent))
    run.must("meter", outcome="blocked")
    assert connector.head == old, run


def test_a_health_command_and_a_probe_decide(gateway, web):
    gupfile = '[health]\ncommand = "./check"\nwithin = 1\nevery = 1\n'
    connector = gateway.connector("meter", gupfile)
    (connector.remote.author / "check").write_text("#!/bin/sh\necho no broker >&2; exit 1\n")
    (connector.remote.author / "check").chmod(0o755)
    old = connector.head
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="rolled_back", reason=Has("no broker"))
    assert connector.head == old


@pytest.mark.root("only root can give files away")
def test_a_hook_that_others_could_change_blocks(gateway, operators):
    os.chown(operators("pre-update", "10-evil", "exit 0"), 54321, 54321)
    connector = gateway.connector("meter")
    old = connector.head
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", outcome="blocked", reason=Has("10-evil is not run"))
    assert connector.head == old


def test_in_place_hooks_can_compare_the_old_code_with_the_new(gateway, operators):
    compare = f'diff -r --exclude=.git --exclude=data.db "$PREVIOUS_CONFIG" "$CURRENT_CONFIG" >>{gateway.folder}/ran; true'
    operators("pre-update", "10-pre", f'cat "$PREVIOUS_CONFIG/main.py" >>{gateway.folder}/ran')
    operators("post-update", "10-post", f'{compare}; rm -rf "$PREVIOUS_CONFIG/tmp"; echo "$PREVIOUS_CONFIG" >>{gateway.folder}/place')
    connector = gateway.connector("meter", files={"main.py": "1\n", "lib/same.py": "same\n", "gone.py": "x\n", "tmp/keep": "x\n"})
    (connector.path / "data.db").write_text("data")
    connector.push({"main.py": "2\n", "gone.py": None, "new.py": "n\n"})
    gateway.now().must("meter", outcome="updated")
    place = Path((gateway.folder / "place").read_text().strip())
    text = "\n".join(ran(gateway))
    assert text.startswith("1\n") and "< 1" in text and "> 2" in text, text
    assert f"Only in {place}: gone.py" in text and f"Only in {connector.path}: new.py" in text and "same.py" not in text
    assert not place.exists() and connector.read("tmp/keep") == "x\n" and connector.changes == "?? data.db"


def test_without_a_hook_no_copy_of_the_old_code_is_made(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="updated")
    assert not list((gateway.root / ".gup/meter").glob("*code-before*"))


def test_after_a_rollback_in_place_both_folders_of_a_hook_are_the_old_code(gateway, operators):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    operators("post-update", "10-post",
              f'cat "$CURRENT_CONFIG/main.py" "$PREVIOUS_CONFIG/main.py" >>{gateway.folder}/ran; grep -q 1 "$CURRENT_CONFIG/main.py"')
    connector.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="rolled_back")
    assert ran(gateway) == ["2", "1", "1", "1"]
    assert not list((gateway.root / ".gup/meter").glob("*code-before*"))


@pytest.mark.parametrize("first_line, said", [
    ("#!/bin/sh\r", "its lines end with CRLF"), ("#!/usr/bin/env sh\r", "its lines end with CRLF"),
    ("#!/no/such/python", "its interpreter /no/such/python is missing"),
    ("#!/usr/bin/env no-such-python", "its interpreter no-such-python is missing"),
    ("\ufeff#!/bin/sh", "a byte order mark is in front of its #!"),
], ids=["crlf", "crlf of env", "missing", "missing for env", "byte order mark"])
def test_the_hint_names_what_is_wrong_with_a_hook(gateway, operators, first_line, said):
    hook = operators("pre-update", "10-hook", "true")
    hook.write_bytes(f"{first_line}\ntrue\n".encode())
    gateway.connector("meter", files={"main.py": "1\n"}).push({"main.py": "2\n"})
    gateway.now().must("meter", code=1, outcome="blocked", hint=Has(said))


def test_check_and_now_agree_on_a_release_that_a_person_rolled_back(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.push({"main.py": "2\n"})
    gateway.now()
    assert gateway.run("rollback", "meter").code == 0
    gateway.now().must("meter", code=0, outcome="skipped")
    assert gateway.run("check").code == 0


def test_check_and_now_agree_on_a_release_that_failed(gateway, systemd):
    gateway.connector("meter", served("meter")).push({"main.py": "2\n"})
    systemd.after_restart("LoadState=loaded\nActiveState=failed\n")
    for _ in range(2):
        gateway.now().must("meter", code=1, outcome="rolled_back")
    assert gateway.run("check").code == 1


def test_doctor_knows_the_last_outcome_of_each_connector(gateway):
    changed = gateway.connector("changed", files={"main.py": "1\n"})
    changed.push({"main.py": "2\n"})
    (changed.path / "main.py").write_text("mine\n")
    gateway.connector("fine", files={"main.py": "1\n"})
    assert gateway.now().code == 1
    found = [one for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "last-outcome"]
    assert [one["subject"] for one in found] == ["changed"], found
    assert "local changes would be lost: main.py" in found[0]["what"] and "git stash" in found[0]["hint"]
    (changed.path / "main.py").write_text("1\n")
    gateway.now().must("changed", outcome="updated")
    assert not [one for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "last-outcome"]


def test_hooks_can_compare_where_the_virtualenv_is_on_another_disk(gateway, operators):
    operators("post-update", "10-post", f'cat "$PREVIOUS_CONFIG/main.py" >>{gateway.folder}/ran')
    pyenv = gateway.root / ".pyenv"
    pyenv.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=50m", "gup-e2e", str(pyenv)]).returncode != 0:
        pytest.skip("cannot mount a tmpfs here")
    try:
        connector = gateway.connector("meter", files={"main.py": "1\n"})
        gateway.virtualenv("meter")
        connector.push({"main.py": "2\n"})
        gateway.now().must("meter", outcome="updated")
        assert ran(gateway) == ["1"]
        assert not (gateway.root / ".gup/meter").exists()
    finally:
        subprocess.run(["umount", "-l", str(pyenv)], check=True)
