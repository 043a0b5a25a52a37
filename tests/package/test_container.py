# SPDX-License-Identifier: Apache-2.0
"""A complete gateway: systemd, cron, a git server over http, and the package, in a booted container. Each case continues where the
case before it ended, like the days of a gateway."""
from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest

import roots
from conftest import NEXT, VERSION
from container import REBOOT_EXIT_CODE, Container, wait_for
from installed import Root, inside

CONFIG = "/etc/gup-agent/gup-agent.toml"
METER = "/srv/connectors/meter"
NGINX = """server {
    listen 127.0.0.1:80 default_server;
    location ~ ^/(.*)$ {
        include fastcgi_params;
        fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
        fastcgi_param GIT_PROJECT_ROOT /srv/git;
        fastcgi_param GIT_HTTP_EXPORT_ALL 1;
        fastcgi_param PATH_INFO /$1;
        fastcgi_pass unix:/run/fcgiwrap.socket;
    }
}
"""
# A usual unit of a connector: it does not name the agent. It records the version that it was started with.
METER_UNIT = f"""[Service]
Type=oneshot
RemainAfterExit=yes
User=meter
ExecStart=/bin/cp {METER}/main.py /home/meter/started-with
[Install]
WantedBy=multi-user.target
"""
# dpkg inside of the agent's own unit, as self-update calls it.
UPGRADE_DROP_IN = """[Service]
ExecStart=
ExecStart=/bin/sh -c 'dpkg --install --force-confold /packages/{name} && touch /run/upgraded'
"""


class Gateway(Container):
    """The container with a connector, its remote, and an author who pushes."""

    def write(self, path: str, text: str) -> None:
        target = inside(self.path, path)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def sh(self, script: str) -> str:
        return self.must("sh", "-ec", script)

    def push(self, content: str, **others: str) -> str:
        """A new commit in the connector's remote, in which main.py is `content`, and files have `others`; returns it."""
        for name, text in {"main.py": content, **others}.items():
            self.write(f"/home/author/work/{name}", text)
        return self.sh("chown -R author: /home/author/work; cd /home/author/work; git='runuser -u author -- git'; "
                       "$git add -A; $git commit -qm Change; $git push -q origin main; $git rev-parse HEAD")

    def head(self) -> str:
        return self.must("runuser", "-u", "meter", "--", "git", "-C", METER, "rev-parse", "HEAD")

    def outcome(self) -> str:
        """The connector's outcome in the agent's status document."""
        document = json.loads((self.path / "var/lib/gup-agent/status.json").read_text())
        return document["connectors"][0]["outcome"]

    def runs(self) -> int:
        """The number of runs that the agent has finished, from its log."""
        log = self.path / "var/log/gup-agent/gup.log"
        return log.read_text().count("run finished") if log.exists() else 0

    def cron_calls(self) -> int:
        """The number of lines with the agent that cron has started."""
        return self._cron_journal().count("/usr/bin/gup-agent run")

    def cron_is_idle(self) -> bool:
        """Each line that cron has started has ended."""
        journal = self._cron_journal()
        return journal.count("session closed for user root") >= journal.count("/usr/bin/gup-agent run")

    def _cron_journal(self) -> str:
        # By the tag of each line: journald does not know the program (_COMM) of a line whose process ended at once.
        return self.must("journalctl", "-q", "--no-pager", "-o", "cat", "-t", "CRON")

    def scheduler_findings(self) -> list[dict]:
        """Doctor's findings about schedulers."""
        document = json.loads(self.run("sh", "-c", "gup-agent doctor --json 2>/dev/null").text)
        return [item for item in document["findings"] if item["check"] == "scheduler"]

    def configure(self, text: str) -> None:
        self.write(CONFIG, f'root = "/srv/connectors"\n{text}')


def prepare(gateway: Gateway) -> None:
    (gateway.path / "etc/nginx/sites-enabled/default").unlink()
    gateway.write("/etc/nginx/sites-enabled/git", NGINX)
    gateway.write("/etc/systemd/system/meter.service", METER_UNIT)
    os.symlink("/dev/null", gateway.path / "etc/systemd/system/systemd-firstboot.service")


def make_connector(gateway: Gateway) -> None:
    gateway.sh("useradd -m meter; useradd -m author; mkdir -p /srv/git /srv/connectors; git config --system "
               "init.defaultBranch main; git config --system user.email author@example.org; git config --system user.name A; "
               "git config --system safe.directory '*'; chown author: /srv/git; chown meter: /srv/connectors; "
               "runuser -u author -- git init -q --bare /srv/git/meter.git; "
               "runuser -u author -- git clone -q /srv/git/meter.git /home/author/work; "
               "touch /home/author/work/gupfile; cd /home/author/work; runuser -u author -- git checkout -q -B main")
    gateway.push("print(1)\n")
    gateway.sh(f"runuser -u meter -- git clone -q http://127.0.0.1/meter.git {METER}; systemctl enable -q meter.service")


@pytest.fixture(scope="module")
def gateway(base, packages):
    if os.geteuid() != 0:
        pytest.skip("needs root, for a container")
    if roots.prefix("amd64"):
        pytest.skip("an emulated systemd does not boot")
    root = Root("amd64", Path(tempfile.mkdtemp(dir=base)))
    for package in packages("amd64"):
        (root / "packages" / package.name).write_bytes(package.read_bytes())
    container = Gateway(root.path, f"gup-test-{os.getpid()}")
    prepare(container)
    try:
        container.start()
        make_connector(container)
        container.must("dpkg", "--install", f"/packages/gup-agent_{VERSION}_amd64.deb")
        yield container
    finally:
        container.stop()


def test_a_fresh_install_is_quiet_and_has_nothing_failed(gateway):
    assert gateway.run("systemctl", "is-enabled", "gup-agent.timer", "gup-agent.service", "gup-agent-recover.service",
                       "gup-agent-verify.service", "gup-agent-daemon.service").text.split() == [
        "disabled", "static", "enabled", "enabled", "disabled"]
    assert gateway.run("systemctl", "is-active", "gup-agent.timer").code != 0
    gateway.reboot()
    assert gateway.must("systemctl", "is-system-running") == "running"
    # Skipped, because there is no root yet; that is not a failure.
    for unit in ("gup-agent-recover.service", "gup-agent-verify.service"):
        condition, result, active = gateway.show(unit, "ExecCondition", "Result", "ActiveState")
        assert "status=1" in condition and result == "exec-condition" and active == "inactive", unit


def test_the_units_are_well_formed(gateway):
    assert gateway.must("systemd-analyze", "verify", "--man=no", "gup-agent.service", "gup-agent.timer",
                        "gup-agent-recover.service", "gup-agent-verify.service", "gup-agent-daemon.service") == ""


@pytest.mark.parametrize("unit", ["gup-agent", "gup-agent-daemon", "gup-agent-recover", "gup-agent-verify"])
def test_the_units_are_hardened(gateway, unit):
    """systemd's own measure; 7.9 before the system calls, address families and capabilities were limited.
    podman needs mount namespaces: 0.1 of it."""
    gateway.must("systemd-analyze", "security", "--threshold=72", "--no-pager", f"{unit}.service")
    filters, families, capabilities = gateway.show(f"{unit}.service", "SystemCallFilter", "RestrictAddressFamilies", "CapabilityBoundingSet")
    # The filter is a list of what is denied, the others of what is allowed.
    assert filters.startswith("~") and "ptrace" in filters and "AF_PACKET" not in families and "cap_bpf" not in capabilities
    # Updates and hooks need these.
    assert "setresuid" not in filters and "AF_NETLINK" in families and "cap_setuid" in capabilities


def test_the_unit_has_a_memory_limit_and_a_time_limit(gateway):
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    high, limit, score, time = gateway.show("gup-agent.service", "MemoryHigh", "MemoryMax", "OOMScoreAdjust", "TimeoutStartUSec")
    assert abs(int(limit) - 0.75 * total) < 0.01 * total and abs(int(high) - 0.5 * total) < 0.01 * total
    assert score == "500" and time == "6h"
    assert gateway.show("gup-agent-recover.service", "TimeoutStartUSec") == ["1min 30s"]


def test_cron_s_line_updates_a_connector_over_http(gateway):
    gateway.configure('[run]\ndelay = "0s"\nreboot = false\n')
    pushed = gateway.push("print(2)\n")
    cron = gateway.path / "etc/cron.d/gup-agent"
    text = cron.read_text()
    assert "\n0 2 * * * root " in text
    cron.write_text(text.replace("\n0 2 * * * root ", "\n* * * * * root "))
    wait_for(lambda: gateway.head() == pushed, "the connector at the new commit", 150)
    status = gateway.must("gup-agent", "status")
    assert "meter" in status and "updated" in status
    assert gateway.scheduler_findings() == []
    # As its owner, not as root.
    assert gateway.must("stat", "-c", "%U", f"{METER}/main.py") == "meter"


def test_while_the_timer_is_active_cron_s_line_does_nothing(gateway):
    gateway.must("systemctl", "enable", "-q", "--now", "gup-agent.timer")
    wait_for(gateway.cron_is_idle, "the end of the call that began without the timer", 150)
    runs, calls = gateway.runs(), gateway.cron_calls()
    wait_for(lambda: gateway.cron_calls() > calls and gateway.cron_is_idle(), "cron, once more", 150)
    assert gateway.runs() == runs
    assert gateway.scheduler_findings() == []


def test_the_timer_starts_the_service(gateway):
    (gateway.path / "etc/cron.d/gup-agent").unlink()
    calendar, persistent = gateway.show("gup-agent.timer", "TimersCalendar", "Persistent")
    assert "OnCalendar=*-*-* 02:00:00" in calendar and persistent == "yes"
    runs = gateway.runs()
    pushed = gateway.push("print(3)\n")
    gateway.write("/etc/systemd/system/gup-agent.timer.d/often.conf", "[Timer]\nOnCalendar=\nOnCalendar=*:*:0/5\n")
    gateway.sh("systemctl daemon-reload; systemctl restart gup-agent.timer")
    wait_for(lambda: gateway.head() == pushed and gateway.runs() > runs, "the connector at the new commit")
    gateway.sh("rm -r /etc/systemd/system/gup-agent.timer.d; systemctl daemon-reload; systemctl restart gup-agent.timer")
    wait_for(lambda: gateway.show("gup-agent.service", "ActiveState") == ["inactive"], "the end of the run")
    assert gateway.show("gup-agent.service", "Result") == ["success"]


def test_the_timer_makes_up_for_a_missed_night(gateway):
    gateway.must("systemctl", "stop", "gup-agent.timer")
    gateway.must("touch", "-d", "2 days ago", "/var/lib/systemd/timers/stamp-gup-agent.timer")
    runs = gateway.runs()
    gateway.reboot()
    wait_for(lambda: gateway.runs() > runs, "the run that was missed")
    gateway.must("systemctl", "disable", "-q", "--now", "gup-agent.timer")


def test_recover_runs_at_boot_before_a_connector_s_service(gateway):
    old = gateway.head()
    new = gateway.push("print(4)\n")
    # The state after a power cut in the middle of a checkout.
    gateway.sh(f"runuser -u meter -- git -C {METER} fetch -q")
    gateway.write(f"{METER}/main.py", "print(4)\n")
    gateway.write("/var/lib/gup-agent/journal/meter",
                  f"gup-journal 1\nbegin 2026-11-21_02_00 meter\nstep checkout from={old} path={METER} to={new}\n")
    gateway.reboot()
    assert gateway.must("cat", "/home/meter/started-with") == "print(3)"
    assert not (gateway.path / "var/lib/gup-agent/journal/meter").exists()
    ended, result = gateway.show("gup-agent-recover.service", "ExecMainExitTimestampMonotonic", "Result")
    started, = gateway.show("meter.service", "ExecMainStartTimestampMonotonic")
    assert result == "success" and 0 < int(ended) < int(started)


def test_a_reboot_request_reaches_systemd(gateway):
    gateway.configure('[run]\ndelay = "0s"\nreboot = true\nreboot-delay = "0s"\n')
    gateway.must("systemctl", "start", "--no-block", "gup-agent.service")
    assert gateway.ended() == REBOOT_EXIT_CODE
    gateway.start()
    assert gateway.must("cat", "/home/meter/started-with") == "print(4)"
    # The test does not start the agent from here on. A unit of the boot has seen that the update is healthy.
    assert gateway.outcome() == "updated" and not (gateway.path / "var/lib/gup-agent/reboot.json").exists()
    assert "updated" in gateway.must("gup-agent", "status")
    assert gateway.show("gup-agent-verify.service", "Result") == ["success"]
    assert gateway.must("systemctl", "is-system-running") == "running"


def test_an_update_that_is_not_healthy_after_its_reboot_is_rolled_back_in_that_boot(gateway):
    old = gateway.head()
    gateway.push("print(5)\n", gupfile='[health]\ncommand = "sh check"\nwithin = 1\nevery = 1\n',
                 check="test -e /run/broker || { echo no broker >&2; exit 1; }\n")
    gateway.must("touch", "/run/broker")  # gone after the reboot
    gateway.must("systemctl", "start", "--no-block", "gup-agent.service")
    assert gateway.ended() == REBOOT_EXIT_CODE
    gateway.start()
    assert gateway.outcome() == "rolled_back" and gateway.head() == old
    assert "no broker" in gateway.must("gup-agent", "status")
    assert gateway.must("systemctl", "is-system-running") == "running"


def test_an_upgrade_does_not_end_the_run_that_started_it(gateway):
    gateway.write("/etc/systemd/system/gup-agent.service.d/upgrade.conf",
                  UPGRADE_DROP_IN.format(name=f"gup-agent_{NEXT}_amd64.deb"))
    gateway.must("systemctl", "daemon-reload")
    edited = (gateway.path / CONFIG.lstrip("/")).read_text()
    gateway.must("systemctl", "start", "gup-agent.service")
    assert (gateway.path / "run").exists() and gateway.run("test", "-e", "/run/upgraded").code == 0
    assert gateway.show("gup-agent.service", "Result") == ["success"]
    assert gateway.must("dpkg-query", "-W", "-f", "${Status} ${Version}", "gup-agent") == f"install ok installed {NEXT}"
    assert (gateway.path / CONFIG.lstrip("/")).read_text() == edited


def test_removal_stops_the_timer_and_purge_leaves_the_connector(gateway):
    gateway.must("systemctl", "enable", "-q", "--now", "gup-agent.timer")
    gateway.must("dpkg", "--remove", "gup-agent")
    assert gateway.run("systemctl", "is-active", "gup-agent.timer").code != 0
    head = gateway.head()
    gateway.must("dpkg", "--purge", "gup-agent")
    assert gateway.head() == head
    gateway.reboot()
    assert gateway.must("systemctl", "is-system-running") == "running"
