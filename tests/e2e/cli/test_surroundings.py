# SPDX-License-Identifier: Apache-2.0
"""Surroundings that cron, systemd and people give the program: no HOME, closed descriptors, odd roots, not root."""
from __future__ import annotations

import os
import shlex
import subprocess

import pytest

from gateway import finish
from logs import well_formed


@pytest.fixture
def connector(gateway):
    made = gateway.connector("meter")
    made.new = made.push({"new": "1\n"})
    return made


def test_without_home(gateway, connector):
    del gateway.environment["HOME"]
    run = gateway.now()
    assert run.code == 0, run
    assert connector.head == connector.new, run


def test_without_any_environment(gateway, connector):
    gateway.environment = {}
    run = gateway.now()
    assert run.code == 0, run
    assert connector.head == connector.new, run


@pytest.mark.parametrize("closed", ["<&- >&- 2>&-", "<&-", "2>&-"])
def test_with_closed_descriptors(gateway, connector, closed):
    command = shlex.join([*gateway.agent, "--config", str(gateway.config_file), "now"])
    done = subprocess.run(["sh", "-c", f"exec {command} {closed}"], env=gateway.environment, timeout=60, capture_output=True)
    assert done.returncode == 0
    assert connector.head == connector.new and connector.changes == "" and connector.git("fsck") == ""
    well_formed(gateway)


def test_a_root_that_is_a_link(gateway, connector):
    (gateway.folder / "by-link").symlink_to(gateway.root)
    run = gateway.run("now", "--json", "--root", gateway.folder / "by-link")
    assert run.outcomes() == {"meter": "updated"}, run
    assert connector.head == connector.new


def test_a_root_given_relatively(gateway, connector):
    run = gateway.run("now", "--json", "--root", "root/../root/")
    assert run.outcomes() == {"meter": "updated"}, run
    assert connector.head == connector.new


def test_a_missing_temporary_folder(gateway, connector):
    run = gateway.check(env={"TMPDIR": "/nonexistent"})
    assert run.code == 10, run
    assert run.steps("meter") == ["fast_forward"], run


def test_check_leaves_nothing_in_the_temporary_folder(gateway, connector):
    assert gateway.check().code == 10
    assert list(gateway.temporary.iterdir()) == []


def test_a_missing_state_folder_is_made(gateway, connector):
    gateway.configure(state=str(gateway.folder / "new/state"), log=str(gateway.folder / "new/log/gup.log"))
    run = gateway.now()
    assert run.code == 0, run
    assert (gateway.folder / "new/state/status.json").exists() and (gateway.folder / "new/log/gup.log").exists()


def test_a_state_folder_that_cannot_be_written_is_an_error_that_names_it(gateway, connector):
    (gateway.folder / "blocked").write_text("a file\n")
    gateway.configure(state=str(gateway.folder / "blocked/state"))
    run = gateway.run("now")
    assert run.code in (1, 2) and str(gateway.folder / "blocked") in run.err + run.out, run
    assert connector.head != connector.new and connector.changes == ""


def test_a_small_umask_is_honoured(gateway, connector):
    run = finish(gateway.start("now", "--json", preexec_fn=lambda: os.umask(0o077)), True)
    assert run.code == 0, run
    assert (connector.path / "new").stat().st_mode & 0o777 == 0o600


@pytest.mark.root("only root can start it as another user")
def test_an_agent_that_is_not_root_works_as_itself(gateway, connector):
    subprocess.run(["chown", "-R", "4711:4711", str(gateway.folder)], check=True)
    run = gateway.run("now", "--json", wrapper=["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups"])
    assert run.code == 0, run
    assert connector.head == connector.new
    assert {path.lstat().st_uid for path in gateway.folder.rglob("*")} == {4711}


@pytest.mark.root("only root can start it as another user")
def test_an_agent_that_may_not_write_a_connector_fails_it(gateway, connector):
    for place in (gateway.state, gateway.log.parent, gateway.home, gateway.temporary):
        subprocess.run(["chown", "-R", "4711:4711", str(place)], check=True)
    before = connector.snapshot()
    run = gateway.run("now", "--json", wrapper=["setpriv", "--reuid=4711", "--regid=4711", "--clear-groups"])
    run.must("meter", code=1, outcome="failed")
    assert run["meter"]["reason"], run
    assert connector.snapshot() == before


def test_a_missing_working_folder_does_not_matter(gateway):
    gone = gateway.folder / "gone"
    wrapper = ["sh", "-c", f'mkdir {gone} && cd {gone} && rmdir {gone} && exec "$@"', "sh"]
    assert gateway.run("now", wrapper=wrapper).code == 0
