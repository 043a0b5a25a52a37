# SPDX-License-Identifier: Apache-2.0
"""A release decides neither how long its health check lasts, nor how often a check that never ends is begun again."""
from __future__ import annotations

import signal

import pytest

from completed import Has
from gateway import finish, wait_for

GUPFILE = '[health]\ncommand = "./check"\nwithin = "24h"\nevery = 1\ntimeout = "24h"\n'


@pytest.fixture
def meter(gateway):
    """A connector whose new release begins a health check that lasts for hours."""
    connector = gateway.connector("meter", GUPFILE)
    push_script(connector, "#!/bin/sh\nexit 0\n")
    gateway.now().must("meter", outcome="updated")
    return connector


def wait_in_check(gateway) -> str:
    return f'#!/bin/sh\necho >>"{gateway.folder}/begun"\nsleep 3600\n'


def push_script(connector, text: str) -> str:
    (connector.remote.author / "check").write_text(text)
    (connector.remote.author / "check").chmod(0o755)
    return connector.push()


def interrupt(gateway, how: signal.Signals) -> None:
    begun = gateway.folder / "begun"
    before = begun.stat().st_size if begun.exists() else 0
    process = gateway.start("now", "--json")
    wait_for(lambda: begun.exists() and begun.stat().st_size > before, "the health check")
    process.send_signal(how)
    finish(process)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_third_interrupted_health_check_quarantines_a_release(gateway, meter, how):
    old, new = meter.head, push_script(meter, wait_in_check(gateway))
    for _ in range(3):
        interrupt(gateway, how)
    begun = (gateway.folder / "begun").read_text()
    run = gateway.now()
    run.must("meter", outcome="rolled_back", reason=Has(new[:7], "its health check was interrupted 3 times"),
             hint=Has("--retry meter"))
    assert meter.head == old
    assert (gateway.folder / "begun").read_text() == begun, "it is not begun again"
    gateway.status().must("meter", outcome="rolled_back")
    newer = push_script(meter, "#!/bin/sh\nexit 0\n")
    gateway.now().must("meter", outcome="updated")
    assert meter.head == newer
    assert not (gateway.state / "health").exists()


def test_a_person_may_try_it_again(gateway, meter):
    push_script(meter, wait_in_check(gateway))
    for _ in range(3):
        interrupt(gateway, signal.SIGKILL)
    gateway.now().must("meter", outcome="rolled_back")
    gateway.configure("update", health_at_most="1s")
    run = gateway.now("--retry", "meter")
    run.must("meter", outcome="rolled_back", reason=Has("./check"))


def test_two_interrupted_health_checks_are_forgotten_after_a_verdict(gateway, meter):
    new = push_script(meter, f'{wait_in_check(gateway)}'.replace("sleep 3600", f'test -e "{gateway.folder}/go" || sleep 3600'))
    for _ in range(2):
        interrupt(gateway, signal.SIGKILL)
    assert (gateway.state / "health/meter.json").exists()
    (gateway.folder / "go").touch()
    gateway.now().must("meter", outcome="updated")
    assert meter.head == new and not (gateway.state / "health").exists()


def test_a_long_window_is_shortened_to_the_operators_limit(gateway, meter):
    gateway.configure("update", health_at_most="1s")
    old = meter.head
    push_script(meter, "#!/bin/sh\nexit 1\n")
    run = gateway.run("now", "--json", timeout=30)
    run.must("meter", outcome="rolled_back", reason=Has("still failed after 1.0 s"))
    assert meter.head == old
    assert any("health window of 1440 min 0 s is shortened to 1.0 s: update.health-at-most" in line for line in gateway.log_lines())
