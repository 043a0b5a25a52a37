# SPDX-License-Identifier: Apache-2.0
"""A gupfile may restart only services that run as the connector's owner, and units that the operator lists."""
from __future__ import annotations

import json
import re
import subprocess
import tomllib

import pytest

from completed import Has
from gateway import wait_for
from systemd import ACTIVE, Systemd

pytestmark = pytest.mark.root("only root can become another user")
UID = 4711


@pytest.fixture
def systemd(gateway):
    gateway.folder.chmod(0o755)
    return Systemd(gateway)


def owned(gateway, service: str, name: str = "meter", uid: int = UID):
    """A connector of that owner with a new commit, and a service that its gupfile names."""
    connector = gateway.connector(name, f'[connector]\nservice = "{service}"\n[health]\nwithin = 1\nevery = 1\n')
    subprocess.run(["chown", "-R", f"{uid}:{uid}", str(connector.path)], check=True)
    connector.push({"main.py": "2\n"})
    return connector


def test_a_service_that_runs_as_the_owner_is_restarted(gateway, systemd):
    systemd.unit("meter.service", f"User={UID}\n")
    owned(gateway, "meter")
    gateway.now().must("meter", outcome="updated")
    assert systemd.restarts == ["meter.service"]


@pytest.mark.parametrize("properties", ["User=\n", "User=root\n", "User=0\n", "User=4712\n", f"User={UID}\nDynamicUser=yes\n",
                                        "Id=ssh.service\nNames=ssh.service meter.service\nUser=\n"])
def test_a_service_of_somebody_else_fails_the_connector_before_anything_changes(gateway, systemd, properties):
    systemd.unit("meter.service", properties)
    connector = owned(gateway, "meter")
    old = connector.head
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("may not restart meter.service"))
    assert connector.head == old and systemd.restarts == []
    assert "KeyError: broker" not in gateway.log.read_text(), "the log lines of a foreign unit"
    assert "KeyError: broker" not in (gateway.state / "status.json").read_text()


@pytest.mark.parametrize("unit", ["poweroff.target", "meter.timer", "meter.socket", "meter.path"])
def test_other_kinds_of_units_are_refused_also_with_the_owner_s_user(gateway, systemd, unit):
    systemd.unit(unit, f"User={UID}\n")
    connector = owned(gateway, unit)
    old = connector.head
    gateway.now().must("meter", code=1, outcome="failed")
    assert connector.head == old and systemd.restarts == []


def lines_of(hint: str) -> str:
    """The lines for gup-agent.toml that a hint names."""
    return "\n".join(re.search(pattern, hint)[0] for pattern in (r"\[\[connector\]\]", r'name = "[^"]*"', r"services = \[[^]]*\]"))


@pytest.mark.parametrize("unit", ["ssh.service", "meter.timer", "dev-disk\\x2da.service", "meter@1.service"])
def test_the_lines_of_the_hint_work_when_pasted(gateway, systemd, unit):
    systemd.unit(unit, "")
    owned(gateway, unit.replace("\\", "\\\\"))
    hint = gateway.now()["meter"]["hint"]
    gateway.config_file.write_text(f"{gateway.config_file.read_text()}\n{lines_of(hint)}\n")
    gateway.now().must("meter", outcome="updated")
    assert systemd.restarts == [unit]


def test_the_hint_extends_the_table_that_is_there(gateway, systemd):
    gateway.declare("meter", schedule="@daily", services=["other"])
    owned(gateway, "ssh")
    hint = gateway.now()["meter"]["hint"]
    services = tomllib.loads(re.search(r"services = \[[^]]*\]", hint)[0])["services"]
    assert services == ["other.service", "ssh.service"], hint
    gateway.declare("meter", services=services)
    gateway.now().must("meter", outcome="updated")


def test_the_operator_lists_units_for_all_connectors(gateway, systemd):
    gateway.configure("services", allow=["broker", "meter.socket"])
    for name, unit in (("heat", "broker.service"), ("water", "meter.socket")):
        owned(gateway, unit, name)
    gateway.now().must("heat", outcome="updated")
    assert sorted(systemd.restarts[0].split()) == ["broker.service", "meter.socket"]


def test_a_list_for_one_connector_is_not_for_another_one(gateway, systemd):
    gateway.declare("heat", services=["ssh"])
    for name in ("heat", "meter"):
        owned(gateway, "ssh", name)
    run = gateway.now()
    assert (run["heat"]["outcome"], run["meter"]["outcome"]) == ("updated", "failed"), run


def test_root_s_own_connector_restarts_what_it_wants_except_targets(gateway, systemd):
    owned(gateway, "ssh", "free", uid=0)
    owned(gateway, "poweroff.target", "off", uid=0)
    run = gateway.now()
    assert (run["free"]["outcome"], run["off"]["outcome"]) == ("updated", "failed"), run
    assert systemd.restarts == ["ssh.service"]


@pytest.mark.parametrize("section, key, value, what", [
    ("services", "allow", ["poweroff.target"], "poweroff.target is a target"),
    ("services", "allow", ["*"], '"*" is not the name of a unit'),
    ("services", "allow", 3, "services.allow must be an array of units"),
    ("connector", "services", ["poweroff.target"], "poweroff.target is a target"),
    ("connector", "services", [""], '"" is not the name of a unit'),
])
def test_a_wrong_list_is_an_error_with_file_and_line(gateway, section, key, value, what):
    if section == "connector":
        gateway.declare("meter", **{key: value})
    else:
        gateway.configure(section, **{key: value})
    line = 1 + gateway.config_file.read_text().splitlines().index(f"{key} = {json.dumps(value)}")
    run = gateway.run("status")
    assert run.code == 2 and f"gup-agent.toml:{line}: " in run.err and what in run.err, run


def test_doctor_says_that_the_next_update_fails(gateway, systemd):
    owned(gateway, "ssh")
    found = [one for one in gateway.run("doctor", "--json").document["findings"] if one["check"] == "service"]
    assert len(found) == 1 and "may not restart ssh.service: it runs as root" in found[0]["what"], found
    assert 'services = ["ssh.service"]' in found[0]["hint"], found


def test_a_foreign_unit_in_a_journal_is_not_restarted(gateway, systemd):
    """The unit was the owner's when the update began, and is root's at the recovery."""
    systemd.unit("meter.service", f"User={UID}\n")
    (systemd.folder / "meter.service.after-restart").write_text(ACTIVE + "User=root\n")
    connector = owned(gateway, "meter")
    connector.push({"gupfile": '[connector]\nservice = "meter"\n[health]\nwithin = 60\nevery = 1\ncommand = ["false"]\n'})
    process = gateway.start("now")
    try:
        wait_for(lambda: systemd.restarts, "the restart")
    finally:
        process.kill()
        process.communicate()
    run = gateway.run("recover")
    assert run.code == 0 and systemd.restarts == ["meter.service"], run
    assert any("may not restart meter.service" in line for line in gateway.log_lines())
