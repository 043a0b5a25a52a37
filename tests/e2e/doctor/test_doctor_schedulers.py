# SPDX-License-Identifier: Apache-2.0
"""doctor: crontabs, timers and daemons, and update windows that none of them meets."""
from __future__ import annotations

from gateway import PROJECT, wait_for
from machine import CRON_LINE


def test_no_scheduler_and_one_that_cron_ignores(machine, gateway):
    gateway.connector("meter")
    machine.cron_line("# " + CRON_LINE)
    assert "no crontab, no timer and no daemon" in machine.only("scheduler")["what"]
    machine.cron_line(CRON_LINE, "gup-agent.cron")
    assert "cron ignores it" in machine.only("scheduler")["what"]


def test_two_schedulers_at_once(machine, gateway):
    gateway.connector("meter")
    machine.crontab("root", "@daily /srv/connectors/gup-agent/gup-agent run\n")
    found = machine.only("scheduler")
    assert "started 2 times" in found["what"] and "/etc/cron.d/gup-agent:1" in found["what"], found
    (machine.folder / "spool/cron/crontabs/root").unlink()
    link = machine.enable_timer()
    assert "gup-agent.timer" in machine.only("scheduler")["what"]
    machine.cron_line("")
    assert machine.findings() == [], "the timer alone"
    link.unlink()
    link.symlink_to("/nowhere")
    assert "the unit no longer exists" in machine.only("scheduler")["what"]


def test_the_package_s_crontab_and_timer_are_never_both(machine, gateway):
    gateway.connector("meter")
    machine.cron_line((PROJECT / "cron/gup-agent").read_text())
    assert machine.findings() == [], "cron alone"
    machine.enable_timer()
    assert machine.findings() == [], "the line leaves the run to the timer"


def test_a_crontab_still_starts_the_bash_script(machine, gateway):
    gateway.connector("meter")
    machine.crontab("pi", "0 2 * * * /home/pi/client-connector-updater/update.sh\n")
    assert "client-connector-updater" in machine.only("scheduler")["what"]


def test_a_crontab_that_no_daemon_reads(machine, gateway):
    gateway.connector("meter")
    machine.isolated = True
    assert "no cron daemon" in machine.only("scheduler")["what"]


def test_a_daemon_is_a_scheduler(machine, gateway):
    gateway.connector("meter")
    machine.cron_line((PROJECT / "cron/gup-agent").read_text())
    link = machine.folder / "units/multi-user.target.wants/gup-agent-daemon.service"
    link.parent.mkdir()
    unit = machine.folder / "gup-agent-daemon.service"
    unit.write_text("[Service]\nExecStart=/usr/bin/gup-agent daemon\n")
    link.symlink_to(unit)
    assert machine.findings() == [], "the line leaves the run to the daemon"
    machine.enable_timer()
    found = machine.only("scheduler")
    assert "gup-agent.timer and gup-agent-daemon.service" in found["what"] and "gup-agent-daemon" in found["hint"], found


def test_a_daemon_that_was_started_by_hand_is_a_scheduler(machine, gateway):
    gateway.connector("meter")
    daemon = gateway.start("daemon")
    try:
        wait_for(lambda: "daemon started" in "".join(gateway.log_lines()), "the daemon")
        found = machine.only("scheduler")
        assert f"gup-agent daemon (process {daemon.pid})" in found["what"], found
        machine.cron_line("")
        assert machine.findings() == [], "the daemon alone"
    finally:
        daemon.terminate()
        daemon.communicate()


def test_a_window_that_no_run_meets(machine, gateway):
    gateway.environment["TZ"] = "UTC"
    gateway.connector("meter", '[update]\nwindow = "12:00-13:00"\ndays = "sat,sun"\n')
    gateway.connector("heat", '[update]\nwindow = "23:00-02:01"\n')
    found = machine.only("window")
    assert found["subject"] == "meter" and "12:00-13:00, sat,sun" in found["what"], found
    machine.cron_line(CRON_LINE.replace("0 2 * * *", "59 3 1 * sat"))
    assert [one["subject"] for one in machine.findings()] == ["heat", "meter"]
    gateway.configure("run", delay="10s..120s")  # from 12:59 on, it is 12:59 still; from 11:59 on, 12:00
    machine.cron_line(CRON_LINE.replace("0 2 * * *", "59 11,23 * * sat"))
    assert machine.findings() == []
    gateway.configure("schedule", time_zone="Asia/Tokyo")  # of the windows, not of cron
    assert [one["subject"] for one in machine.findings()] == ["heat", "meter"]
    # The operator's window overrides the gupfile's.
    gateway.declare("meter", window="20:00-21:00")
    assert machine.only("window")["subject"] == "heat"


def test_a_window_that_only_the_daemon_s_schedule_of_a_connector_meets(machine, gateway):
    link = machine.folder / "units/multi-user.target.wants/gup-agent-daemon.service"
    link.parent.mkdir()
    unit = machine.folder / "gup-agent-daemon.service"
    unit.write_text("[Service]\nExecStart=/usr/bin/gup-agent daemon\n")
    link.symlink_to(unit)
    machine.cron_line("")
    for name in ("heat", "meter"):
        gateway.connector(name, '[update]\nwindow = "12:00-13:00"\n')
    gateway.declare("meter", schedule="30 12 * * mon")
    gateway.configure("schedule", times="@daily", time_zone="Europe/Berlin")
    assert machine.only("window")["subject"] == "heat"
