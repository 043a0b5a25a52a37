# SPDX-License-Identifier: Apache-2.0
"""The trial of a new agent: it tests itself, has three starts to finish a run, and gets only the lock from the old agent."""
from __future__ import annotations

import json
import os

import pytest

from releases import NEXT_AGENT, NEXT_VERSION, of_self_update, real_agents, script, tell_tale


def test_a_release_that_was_withdrawn_is_not_started_again(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    gateway.run("now")
    publisher.release("0.1.0", tell_tale(install))
    assert gateway.now().code == 0
    assert install.mark.read_text() == "start\n"
    assert install.names == ["gup-agent"] and "trial" not in install.state


def test_a_trial_ends_with_the_manifest_that_offered_it(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    gateway.run("now")
    publisher.change(expires="2026-01-01T00:00:00Z")
    assert gateway.now().code == 0
    state = install.state
    state["trial"]["expires"] = 1_700_000_000
    (gateway.state / "self-update.json").write_text(json.dumps(state))
    publisher.manifest.unlink()
    assert gateway.now().code == 0
    assert install.mark.read_text() == "start\n"


SELF_TESTS = {
    "fails": ("echo broken >&2; exit 1", "exit code 1: broken"),
    "is killed": ("kill -SEGV $$", "exit code 139"),
    "is another version": ("echo gup-agent 1.0.1; exit 0", 'it reports "gup-agent 1.0.1"'),
}


@pytest.mark.parametrize("case", SELF_TESTS)
def test_an_agent_that_fails_its_self_test_does_not_run(gateway, install, publisher, meter, case):
    does, message = SELF_TESTS[case]
    publisher.release("1.0.0", script("1.0.0", f"echo executed >>{install.mark}", self_test=does))
    run = gateway.now()
    run.must("meter", code=0, outcome="unchanged")
    assert any("self-test failed" in line and message in line for line in of_self_update(gateway)), gateway.log_lines()
    assert not install.mark.exists() and install.is_original


def test_a_file_that_is_not_a_program_does_not_run(gateway, install, publisher, meter):
    publisher.release("1.0.0", os.urandom(4096))
    assert gateway.now().code == 0
    assert any("self-test failed" in line for line in of_self_update(gateway)), gateway.log_lines()
    assert install.is_original


@pytest.mark.parametrize("does", ["kill -SEGV $$", "exit 127", "exit 1", "exit 0"])
def test_an_agent_that_finishes_no_run_has_three_starts(gateway, install, publisher, meter, does):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; {does}"))
    for _ in range(3):
        gateway.run("now")
        assert install.is_original  # the installed file is still the working agent
    commit = meter.push({"main.py": "print(2)\n"})
    for _ in range(2):
        run = gateway.now()
        assert run.code == 0, run
        assert meter.head == commit, run
    assert install.mark.read_text() == "start\n" * 3
    said = of_self_update(gateway)
    assert len(said) == 2 and all("version 1.0.0 is not tried again: it did not finish a run in 3 starts" in line
                                  for line in said), gateway.log_lines()
    assert install.names == ["gup-agent"]


@real_agents
def test_after_a_bad_one_a_newer_one_is_taken(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", "exit 1"))
    gateway.run("now")
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    assert gateway.now().code == 0
    assert install.version == NEXT_VERSION


def test_no_other_run_gets_the_lock_when_the_new_agent_starts(gateway, install, publisher, meter):
    now = " ".join([*gateway.agent, "--config", str(gateway.config_file), "now"])
    publisher.release("1.0.0", script("1.0.0", f"{now}; echo $? >{install.mark}"))
    gateway.run("now")
    assert install.mark.read_text() == "3\n"


def test_the_new_agent_gets_the_lock_and_no_other_open_file(gateway, install, publisher, meter):
    say = f"import os; print([os.readlink(f'/proc/self/fd/{{n}}') for n in range(3, 100) if os.path.exists(f'/proc/self/fd/{{n}}')])"
    publisher.release("1.0.0", script("1.0.0", f'exec /usr/bin/python3 -c "{say}" >{install.mark}'))
    gateway.run("now")
    assert install.mark.read_text() == f"['{gateway.state}/lock']\n"


def test_a_new_agent_that_hangs_is_ended_and_stops_at_a_signal(gateway, install, publisher, meter):
    say = "import signal; print(signal.alarm(0) > 3600, signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    publisher.release("1.0.0", script("1.0.0", f'exec /usr/bin/python3 -c "{say}" >{install.mark}'))
    gateway.run("now")
    assert install.mark.read_text() == "True set()\n"


def test_a_trial_goes_on_without_a_server(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    gateway.run("now")
    publisher.folder.rename(publisher.folder.with_name("away"))
    gateway.run("now")
    assert install.mark.read_text() == "start\n" * 2


def test_a_run_of_named_connectors_does_not_end_the_trial(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    run = gateway.now("meter")
    assert run.code == 0, run
    assert not install.mark.exists(), run
