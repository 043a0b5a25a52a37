"""doctor: every finding is provoked for real, and a gateway on which all is well has none."""
from __future__ import annotations

import base64
import http.server
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from email.utils import formatdate
from pathlib import Path

import pytest

from gateway import AGENT, PROJECT, Gateway, git, snapshot, wait_for
from servers import free_port, openssl, start_server, stop_server
from virtualenvs import Virtualenv

CRON_LINE = "0 2 * * * root /usr/bin/gup-agent run >/dev/null\n"
ROOT = os.geteuid() == 0
root_only = pytest.mark.root("only root can mount and change owners")
UID = 4711


@pytest.fixture(scope="module")
def cron(tmp_path_factory):
    """A process that is called cron."""
    program = tmp_path_factory.mktemp("cron") / "cron"
    shutil.copy("/bin/sleep", program)
    process = start_server([str(program), "3600"])
    yield process
    stop_server(process)


class Machine:
    """The gateway's surroundings as its agent sees them: crontabs, units, /run and the resolver of its own."""

    def __init__(self, gateway: Gateway):
        self.gateway, self.folder = gateway, gateway.folder / "machine"
        self.isolated = False  # sees no process of this machine
        self.user: int | None = None
        for name in ("cron.d", "spool/cron/crontabs", "units/timers.target.wants", "run/systemd/system"):
            (self.folder / name).mkdir(parents=True)
        (self.folder / "resolv.conf").write_text("# nobody\n")
        self.cron_line(CRON_LINE)

    def cron_line(self, text: str, name: str = "gup-agent") -> None:
        (self.folder / "cron.d" / name).write_text(text)

    def crontab(self, user: str, text: str) -> None:
        (self.folder / "spool/cron/crontabs" / user).write_text(text)

    def enable_timer(self) -> Path:
        link = self.folder / "units/timers.target.wants/gup-agent.timer"
        unit = self.folder / "gup-agent.timer"
        unit.write_text("[Timer]\nOnCalendar=02:00\n")
        link.symlink_to(unit)
        return link

    def wrapper(self) -> list[str]:
        mounts = [("cron.d", "/etc/cron.d"), ("spool", "/var/spool"), ("units", "/etc/systemd/system"), ("run", "/run"),
                  ("resolv.conf", "/etc/resolv.conf")]
        script = "".join(f"mount --bind '{self.folder / source}' {target} && " for source, target in mounts)
        who = f"setpriv --reuid={self.user} --regid={self.user} --clear-groups " if self.user else ""
        spaces = ["--mount"] if ROOT else ["--mount", "--map-root-user"]
        if self.isolated:
            spaces += ["--pid", "--fork", "--mount-proc"]
        return ["unshare", *spaces, "sh", "-c", f'{script} exec {who}"$@"', "sh"]

    def doctor(self, *arguments: str, **options):
        return self.gateway.run("doctor", "--json", *arguments, wrapper=self.wrapper(), **options)

    def findings(self, *arguments: str, **options) -> list[dict]:
        run = self.doctor(*arguments, **options)
        found = run.document["findings"]
        assert run.code == (1 if found else 0) == run.document["exit_code"], run
        assert all(one[key] for one in found for key in ("check", "subject", "what", "why", "hint")), run
        return found

    def only(self, check: str, *arguments: str, **options) -> dict:
        """The one finding that there is; it must be of that check."""
        found = self.findings(*arguments, **options)
        assert [one["check"] for one in found] == [check], found
        return found[0]


@pytest.fixture
def machine(gateway, cron):
    gateway.folder.chmod(0o755)
    return Machine(gateway)


class Answering(http.server.BaseHTTPRequestHandler):
    """Whatever is asked: 404 and a date that is `behind` seconds behind."""
    behind = 0

    def do_GET(self):
        self.send_response_only(404)
        self.send_header("Date", formatdate(time.time() - self.behind, usegmt=True))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_GET

    def log_message(self, *arguments):
        pass


@pytest.fixture
def dated():
    """Makes a web server whose clock is so many seconds behind; returns its URL."""
    made = []

    def make(behind: int) -> str:
        handler = type("Handler", (Answering,), {"behind": behind})
        made.append(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=made[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{made[-1].server_port}/"

    yield make
    for server in made:
        server.shutdown()
        server.server_close()


# Nothing to find


def test_a_gateway_on_which_all_is_well_has_no_finding(machine, gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.connector("meter", "six,1.11.0\n", url=web.https)
    gateway.virtualenv("meter").add("six", "1.11.0")
    gateway.connector("plain")
    assert gateway.now().code == 0
    before = snapshot(gateway.folder, without=("machine",))
    run = machine.doctor()
    assert run.code == 0 and run.document["findings"] == [] and run.document["notes"] == [], run
    assert run.document["schema"] == 1 and run.document["checks"] > 20, run
    assert snapshot(gateway.folder, without=("machine",)) == before, "doctor changes nothing"
    text = gateway.run("doctor", wrapper=machine.wrapper())
    assert text.code == 0 and text.out == f"{run.document['checks']} checks: nothing found that would go wrong tonight\n"


def test_a_gateway_that_has_never_run_is_told_so_and_nothing_is_made(machine, gateway):
    gateway.connector("meter")
    gateway.configure("", state=str(gateway.folder / "new/state"), log=str(gateway.folder / "new/log/gup.log"))
    run = machine.doctor()
    assert run.code == 0 and run.document["notes"] == ["no run has finished yet"], run
    assert not (gateway.folder / "new").exists()


def test_for_people_each_finding_says_what_why_and_what_to_do(machine, gateway):
    gateway.connector("meter", "pyserial\n")
    run = gateway.run("doctor", wrapper=machine.wrapper())
    assert run.code == 1, run
    lines = run.out.splitlines()
    assert lines[0].startswith("meter/gupfile:1:") and lines[1].startswith("  tonight: ") and lines[2].startswith("  hint: ")
    assert lines[-1].endswith(" checks: 1 finding"), run


def test_names_choose_the_connectors(machine, gateway):
    gateway.connector("one")
    gateway.connector("two", "pyserial\n")
    assert machine.findings("one") == []
    assert machine.only("gupfile", "two")["subject"].startswith("two/gupfile:1")
    run = machine.doctor("tow")
    assert run.code == 2 and "did you mean two?" in run.err, run


# The configuration


def test_a_broken_configuration_is_said_first_and_the_rest_is_looked_at_all_the_same(machine, gateway):
    gateway.connector("meter", "pyserial\n")
    gateway.configure("network", retires=3, parallel=0)
    found = machine.findings()
    assert [one["check"] for one in found] == ["configuration", "configuration", "gupfile"], found
    assert "network.parallel must be a number" in found[0]["what"]
    assert "unknown key network.retires" in found[1]["what"] and "network.retries" in found[1]["hint"]
    assert gateway.now().code == 2


def test_a_configuration_that_cannot_be_parsed(machine, gateway):
    gateway.connector("meter", "pyserial\n")
    gateway.config_file.write_text("root = \n")
    found = machine.findings("--root", str(gateway.root))
    assert found[0]["check"] == "configuration" and ":1:" in found[0]["what"], found
    assert "gupfile" in [one["check"] for one in found]


def test_a_root_that_is_gone(machine, gateway):
    gateway.configure("", root=str(gateway.folder / "gone"))
    assert "root is not a folder" in machine.only("configuration")["what"]


def test_a_root_without_connectors_and_a_folder_that_is_passed_over(machine, gateway):
    assert "no connector" in machine.only("root")["what"]
    gateway.connector("meter")
    (gateway.root / "odd/gupfile").mkdir(parents=True)
    assert "odd passed over" in machine.only("root")["what"]


# Clock, names, remotes


@pytest.mark.parametrize("behind, words", [(7200, "ahead of"), (-7200, "behind")])
def test_a_clock_that_differs_from_a_remote_s(machine, gateway, dated, behind, words):
    url = dated(behind)
    gateway.connector("meter", url=lambda path: url + "meter.git")
    found = {one["check"]: one for one in machine.findings()}
    assert set(found) == {"clock", "remote"}, found
    assert words in found["clock"]["what"] and "h " in found["clock"]["what"] and url in found["clock"]["what"]


def test_a_clock_that_was_never_set_and_nobody_to_ask(machine, gateway):
    gateway.connector("meter")
    (machine.folder / "run/systemd/timesync").mkdir()
    assert "timesyncd" in machine.only("clock")["what"]
    (machine.folder / "run/systemd/timesync/synchronized").touch()
    assert machine.findings() == []


def test_a_name_that_leads_nowhere_is_one_finding_for_all_who_use_it(machine, gateway):
    for name in ("one", "two"):
        gateway.connector(name, url=lambda path: f"https://git.invalid{path}")
    found = {one["check"]: one for one in machine.findings()}
    assert found["dns"]["subject"] == "git.invalid (one and two)", found
    assert "/etc/resolv.conf names no name server" in found["dns"]["hint"]


def test_a_local_name_needs_an_entry_in_etc_hosts(machine, gateway):
    gateway.connector("meter", url=lambda path: f"http://nas.local{path}")
    found = machine.only("dns")
    assert found["subject"] == "meter" and "/etc/hosts" in found["hint"], found


def test_a_remote_that_does_not_answer(machine, gateway):
    gateway.connector("meter", url=lambda path: f"http://127.0.0.1:{free_port()}{path}")
    assert "127.0.0.1" in machine.only("remote")["what"]


def test_a_remote_that_says_nothing_does_not_hold_it_up(machine, gateway):
    gateway.configure("network", low_speed_time="1s")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        gateway.connector("meter", url=lambda path: f"http://127.0.0.1:{silent.getsockname()[1]}{path}")
        assert machine.only("remote", timeout=30)["subject"] == "meter"


def test_a_certificate_that_nobody_vouches_for(machine, gateway, web):
    gateway.connector("meter", url=web.https)
    found = machine.only("tls")
    assert "certificate" in found["what"] and "ca-file" in found["hint"], found


def test_credentials_that_are_missing_or_refused(machine, gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.connector("none", url=web.private)
    gateway.connector("wrong", url=lambda path: web.private(path, "gateway:wr0ng"))
    run = machine.doctor()
    assert [one["check"] for one in run.document["findings"]] == ["credentials", "credentials"], run
    assert "wr0ng" not in run.out + run.err


def test_a_repository_and_a_branch_that_are_gone(machine, gateway, web):
    meter = gateway.connector("meter", url=web.http)
    meter.remote.push({"x": "1\n"}, branch="other")
    git("-C", meter.remote.bare, "symbolic-ref", "HEAD", "refs/heads/other")
    git("-C", meter.remote.bare, "branch", "-D", "main")
    assert "refs/heads/main" in machine.only("branch")["what"]
    shutil.rmtree(meter.remote.bare)
    assert machine.only("remote")["subject"] == "meter"


def test_a_host_key_that_nobody_knows_and_a_key_that_is_refused(machine, gateway, sshd):
    gateway.connector("meter", url=sshd.url)
    assert "known_hosts" in machine.only("host-key", env={"GIT_SSH_COMMAND": sshd.command(known="known-none")})["hint"]
    assert machine.only("credentials", env={"GIT_SSH_COMMAND": sshd.command(key="stranger")})["subject"] == "meter"


# The CA bundle


def expired_certificate(folder: Path) -> str:
    key, request, made = folder / "old.key", folder / "old.csr", folder / "old.pem"
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", request,
            "-subj", "/CN=old")
    openssl("x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", made)
    return made.read_text()


def test_a_ca_bundle_that_is_missing_empty_damaged_or_expired(machine, gateway):
    gateway.connector("meter")
    bundle = gateway.folder / "ca.pem"
    gateway.configure("network", ca_file=str(bundle))
    assert "ca.pem" in machine.only("ca-bundle")["what"]
    bundle.write_text("nothing\n")
    assert "no certificate" in machine.only("ca-bundle")["what"]
    old = expired_certificate(gateway.folder)
    bundle.write_text(old.replace("M", "N"))
    assert "can be parsed" in machine.only("ca-bundle")["what"]
    bundle.write_text(old)
    assert "all of its 1 certificates are expired" in machine.only("ca-bundle")["what"]


# Connectors and virtualenvs


def test_code_that_cannot_be_followed(machine, gateway):
    gateway.connector("meter").git("checkout", "-q", "--detach")
    found = machine.only("code")
    assert "detached" in found["what"] and "git switch" in found["hint"], found


def test_pins_without_a_virtualenv(machine, gateway):
    gateway.connector("meter", "six,1.11.0\n")
    assert "no virtualenv" in machine.only("virtualenv")["what"]
    gateway.configure("python", create_venv=True)
    assert machine.findings() == []
    gateway.configure("python", interpreter="python-none")
    assert "python-none" in machine.only("virtualenv")["what"]


def pinned(gateway: Gateway, pip: str | None = "23.0.1") -> Virtualenv:
    gateway.connector("meter", "six,1.11.0\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    virtualenv.add("six", "1.11.0")
    if pip:
        virtualenv.add("pip", pip)
    return virtualenv


def test_an_interpreter_that_is_gone_or_another_one_now(machine, gateway):
    virtualenv = pinned(gateway)
    config = virtualenv.path / "pyvenv.cfg"
    config.write_text(config.read_text().replace("version = 3.", "version = 2."))
    assert "the virtualenv was made for" in machine.only("virtualenv")["what"]
    (virtualenv.path / "bin/python3").unlink()
    (virtualenv.path / "bin/python3").symlink_to("/usr/bin/python3.1")
    found = machine.only("virtualenv")
    assert "/usr/bin/python3.1" in found["what"] and "python3 -m venv" in found["hint"], found


def test_leftovers_of_an_interrupted_pip_and_metadata_that_is_not_utf8(machine, gateway):
    virtualenv = pinned(gateway)
    (virtualenv.site_packages / "~ix").mkdir()
    assert "~ix" in machine.only("virtualenv")["what"]
    (virtualenv.site_packages / "~ix").rmdir()
    broken = virtualenv.site_packages / "odd-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_bytes(b"Metadata-Version: 2.1\nName: odd\nVersion: 1.0\nAuthor: M\xfcller\n")
    found = machine.only("virtualenv")
    assert "not UTF-8" in found["what"] and "every pip command fails" in found["why"], found


def test_a_pip_that_is_missing_or_too_old(machine, gateway):
    virtualenv = pinned(gateway, pip=None)
    assert "no pip" in machine.only("pip")["what"]
    virtualenv.add("pip", "18.1")
    found = machine.only("pip")
    assert "18.1, older than 20.3" in found["what"] and "manylinux" in found["why"], found


def test_a_pin_that_could_not_be_had(machine, gateway, index):
    gateway.connector("meter", "gup-none,1.0\n")
    gateway.virtualenv("meter")
    assert gateway.now().code == 1
    found = machine.only("held-pin")
    assert "gup-none==1.0" in found["what"] and "gup-agent now meter" in found["hint"], found


# What the agent works in


def test_an_update_that_was_interrupted(machine, gateway):
    connector = gateway.connector("meter")
    journal = gateway.state / "journal/meter"
    journal.parent.mkdir()
    journal.write_text(f"gup-journal 1\nbegin 2026-11-21_02_00-main-e9b167f meter\nstep repository path={connector.path}\n")
    assert "recover" in machine.only("journal")["hint"]
    journal.write_text("gup-journal 99\n")
    assert "leaves this connector alone" in machine.only("journal")["why"]


def test_a_status_document_that_is_damaged(machine, gateway):
    gateway.connector("meter")
    (gateway.state / "status.json").write_text("{")
    assert machine.only("state")["subject"].endswith("status.json")


def test_nights_that_were_missed_and_a_run_in_the_future(machine, gateway):
    gateway.connector("meter")
    assert gateway.now().code == 0
    line = gateway.log.read_text()
    today = line[1:11]
    for days, words in ((-5, "nights were missed"), (5, "in the future")):
        date = time.strftime("%Y-%m-%d", time.localtime(time.time() + days * 86400))
        gateway.log.write_text(line.replace(today, date))
        assert words in machine.only("last-run")["what"]


HOLDER = "import fcntl, sys; file = open(sys.argv[1], 'a+'); fcntl.lockf(file, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"


def test_a_run_that_is_on_is_a_note_and_one_that_is_stopped_a_finding(machine, gateway):
    gateway.connector("meter")
    holder = subprocess.Popen(["/usr/bin/python3", "-c", HOLDER, str(gateway.state / "lock")], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    try:
        holder.stdout.readline()
        run = machine.doctor()
        assert run.code == 0 and any(str(holder.pid) in note for note in run.document["notes"]), run
        holder.send_signal(signal.SIGSTOP)
        stat = Path(f"/proc/{holder.pid}/stat")
        wait_for(lambda: ") T " in stat.read_text(), "the stop")
        found = machine.only("lock")
        assert str(holder.pid) in found["what"] and "-CONT" in found["hint"], found
    finally:
        holder.kill()
        holder.communicate()


def test_a_reboot_command_that_is_not_there(machine, gateway):
    gateway.connector("meter")
    gateway.configure("run", reboot=True, reboot_command=["reboot-none"])
    assert "reboot-none" in machine.only("reboot")["what"]
    gateway.configure("run", reboot=False)
    assert machine.findings() == []


def test_a_self_update_that_nobody_can_sign(machine, gateway):
    gateway.connector("meter")
    gateway.configure("self-update", url="https://updates.invalid/manifest")
    assert "public-keys" in machine.only("configuration")["what"]


# Schedulers


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
    assert "the unit is gone" in machine.only("scheduler")["what"]


def test_the_package_s_crontab_and_timer_are_never_both(machine, gateway):
    gateway.connector("meter")
    machine.cron_line((PROJECT / "cron/gup-agent").read_text())
    assert machine.findings() == [], "cron alone"
    machine.enable_timer()
    assert machine.findings() == [], "the line leaves the run to the timer"


def test_the_bash_script_is_still_there(machine, gateway):
    gateway.connector("meter")
    machine.crontab("pi", "0 2 * * * /home/pi/client-connector-updater/update.sh\n")
    assert "client-connector-updater" in machine.only("scheduler")["what"]


def test_a_crontab_that_no_daemon_reads(machine, gateway):
    gateway.connector("meter")
    machine.isolated = True
    assert "no cron daemon" in machine.only("scheduler")["what"]


# Disks and permissions


@root_only
@pytest.mark.parametrize("options, words", [("size=4m", "are free, an update may need"), ("nr_inodes=300", "inodes are free")])
def test_a_disk_without_room_for_an_update(machine, gateway, options, words):
    meter = gateway.connector("meter")
    aside = gateway.folder / "aside"
    meter.path.rename(aside)
    meter.path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "gup-e2e", str(meter.path)], check=True)
    try:
        shutil.copytree(aside, meter.path, symlinks=True, dirs_exist_ok=True)
        found = machine.only("disk")
        assert words in found["what"] and "repositories" in found["what"], found
        subprocess.run(["mount", "-o", "remount,ro", str(meter.path)], check=True)
        assert "read-only" in machine.only("disk")["what"]
    finally:
        subprocess.run(["umount", str(meter.path)], check=True)


@root_only
def test_files_of_root_in_the_connector_of_somebody_else(machine, gateway):
    meter = gateway.connector("meter")
    subprocess.run(["chown", "-R", f"{UID}:{UID}", str(meter.path)], check=True)
    assert f"chmod 1777 {gateway.temporary}" in machine.only("permissions")["hint"]
    gateway.temporary.chmod(0o1777)
    assert machine.findings() == []
    os.chown(meter.path / ".git/objects", 0, 0)
    found = machine.only("permissions")
    assert f"{meter.path}/.git/objects" in found["what"] and f"chown -R {UID} " in found["hint"], found


@root_only
def test_an_agent_that_may_not_do_its_work(machine, gateway):
    gateway.connector("meter")
    machine.user = UID
    key = base64.b64encode(b"Ed" + os.urandom(40)).decode()
    gateway.configure("self-update", url="https://updates.invalid/manifest", public_keys=[key])
    found = {one["check"]: one for one in machine.findings()}
    assert {"state", "log", "permissions", "self-update"} <= set(found), found
    assert "belongs to root" in found["permissions"]["what"]


@root_only
def test_a_gupfile_that_its_owner_cannot_read(machine, gateway):
    meter = gateway.connector("meter")
    subprocess.run(["chown", "-R", f"{UID}:{UID}", str(meter.path)], check=True)
    gateway.temporary.chmod(0o1777)
    os.chown(meter.path / "gupfile", 0, 0)
    (meter.path / "gupfile").chmod(0o600)
    assert "gupfile" in machine.only("connector")["what"]


def test_a_configuration_that_others_can_change_or_that_shows_a_password(machine, gateway):
    gateway.connector("meter")
    gateway.config_file.chmod(0o666)
    assert "everybody may change it" in machine.only("permissions")["what"]
    gateway.config_file.chmod(0o644)
    gateway.configure("network", proxy="http://user:s3cret@127.0.0.1:9/")
    run = machine.doctor()
    assert "password" in run.document["findings"][0]["what"] and "s3cret" not in run.out + run.err, run
    gateway.config_file.chmod(0o600)
    assert machine.findings() == []


@pytest.mark.skipif(len(AGENT) != 1, reason="under an emulator the executable is the emulator's")
def test_an_executable_in_a_folder_that_others_can_change(machine, gateway):
    gateway.connector("meter")
    place = gateway.folder / "bin"
    place.mkdir()
    shutil.copy(AGENT[0], place / "gup-agent")
    place.chmod(0o777)
    gateway.agent = [str(place / "gup-agent")]
    assert machine.only("permissions")["subject"] == str(place)


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
    # The operator's word counts more than the gupfile's.
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


def test_a_daemon_that_somebody_started_is_a_scheduler(machine, gateway):
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


# Hooks and services

def hook(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_hooks_of_the_operator_that_are_refused_or_passed_over(machine, gateway):
    gateway.connector("meter")
    path = hook(gateway.folder / "pre/10-note", 0o644)
    gateway.configure("hooks", pre_update=str(path.parent))
    found = machine.only("hook")
    assert found["subject"] == str(path) and "passed over" in found["why"] and "chmod +x" in found["hint"], found
    path.chmod(0o777)
    found = machine.only("hook")
    assert "everybody can change it" in found["what"] and found["why"] == "every update is blocked", found
    path.chmod(0o755)
    assert machine.findings() == []


def test_a_hook_of_a_connector_that_cannot_be_run(machine, gateway):
    connector = gateway.connector("meter", '[hooks]\npre-update = "pre.sh"\n', files={"pre.sh": "#!/bin/sh\n"})
    found = machine.only("hook")
    assert found["subject"] == "meter" and "pre.sh is not executable" in found["what"], found
    assert found["why"] == "its next update is blocked" and "chmod=+x" in found["hint"]
    (connector.path / "pre.sh").unlink()
    assert "pre.sh" in machine.only("hook")["what"]


def test_a_service_that_is_not_there_is_asked_for_once(machine, gateway):
    calls = gateway.folder / "calls"
    systemctl = hook(gateway.folder / "bin/systemctl")
    systemctl.write_text(f'#!/bin/sh\ncase "$*" in *meter.service*) echo "$*" >>{calls};; esac\necho LoadState=not-found\n')
    gateway.environment["PATH"] = f"{systemctl.parent}:{gateway.environment['PATH']}"
    for name in ("heat", "meter"):
        gateway.connector(name, '[connector]\nservice = "meter"\n')
    found = machine.findings()
    assert [one["check"] for one in found] == ["service", "service"], found
    assert "there is no unit meter.service" in found[0]["what"] and "blocked" in found[0]["why"]
    assert len(calls.read_text().splitlines()) == 1
