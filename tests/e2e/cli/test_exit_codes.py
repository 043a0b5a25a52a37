# SPDX-License-Identifier: Apache-2.0
"""docs/reference/exit-codes.md: each row of its tables is produced for real, and the tables are those of `gup-agent help`."""
from __future__ import annotations

import contextlib
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from machine import Machine
from gateway import AGENT, PROJECT, Gateway, finish, wait_for, write_files
from release_commands import folder_with_code
from releases import Install, script
from servers import start_server, stop_server
from systemd import ACTIVE, Systemd, script as program
from terminal import Terminal
from virtualenvs import Virtualenv

PAGE = PROJECT / "docs/reference/exit-codes.md"


def rows_of_page() -> list[tuple[str, int, str]]:
    """(command, code, meaning) of each row: below a heading `## gup-agent COMMAND`."""
    rows = []
    for section in PAGE.read_text().split("\n## `gup-agent ")[1:]:
        command = section[:section.index("`")]
        rows += [(command, int(code), meaning) for code, meaning in re.findall(r"^\| (\d+) \| (.*) \|$", section, re.M)]
    return rows


ROWS = rows_of_page()


def help_of(*command: str) -> str:
    return subprocess.run([*AGENT, "help", *command], capture_output=True, text=True, check=True).stdout


def commands_of_help() -> set[str]:
    names = set()
    for title in ("Daily use", "Set up", "Releases", "Containers", "Service", "Other"):
        for line in re.findall(r"^  ([a-z].*?)  ", re.search(rf"^{title}:\n((?:  .*\n)+)", help_of(), re.M)[1], re.M):
            name = line.split(",")[0]
            text = help_of(name)
            below = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.M)
            names |= {f"{name} {one}" for one in re.findall(r"^  ([a-z-]+) ", below[1], re.M)} if below else {name}
    return names


def rows_of_help(command: str) -> list[tuple[str, int, str]]:
    text = re.search(r"^Exit codes:\n((?:  .*\n)+)", help_of(*command.split()), re.M)[1]
    text = re.sub(r"\n {4,}(?=\S)", " ", text)
    return [(command, int(code), meaning) for code, meaning in re.findall(r"^  (\d+) +(.*)$", text, re.M)]


def test_the_page_has_the_tables_of_help():
    from_help = [row for command in commands_of_help() for row in rows_of_help(command)]
    assert sorted(ROWS) == sorted(from_help)


class World:
    """A gateway, and the situations in which commands end with their codes."""

    def __init__(self, gateway: Gateway, request: pytest.FixtureRequest):
        self.gateway, self.request, self.folder = gateway, request, gateway.folder

    def fixture(self, name: str):
        return self.request.getfixturevalue(name)

    def meter(self, **options):
        return self.gateway.connector("meter", files={"main.py": "1\n"}, **options)

    def behind(self):
        """A connector with a newer commit."""
        meter = self.meter()
        meter.push({"main.py": "2\n"})
        return meter

    def in_the_way(self):
        """A connector that cannot be updated, because local work is in the way."""
        meter = self.behind()
        (meter.path / "main.py").write_text("mine\n")
        return meter

    def gone(self):
        return self.meter(url=lambda path: "http://127.0.0.1:9/x.git")

    def updated(self):
        meter = self.behind()
        assert self.gateway.run("now").code == 0
        return meter

    def released(self):
        """A connector in the releases layout, with two releases."""
        self.updated()
        for words in (("adopt", "meter"), ("release", "install", "meter", "--from", str(self.code()), "--version", "2.0")):
            assert self.gateway.run(*words).code == 0

    def code(self) -> Path:
        write_files(self.folder / "code", {"gupfile": "", "main.py": "9\n"})
        return self.folder / "code"

    def hooks(self, *, fails_in: str) -> list[str]:
        hooks = self.folder / "hooks"
        hooks.mkdir(exist_ok=True)
        (hooks / "10-no").write_text("#!/bin/sh\nexit 1\n")
        (hooks / "10-no").chmod(0o755)
        return [f"--{fails_in}-hooks", str(hooks)]

    @contextlib.contextmanager
    def locked(self, name: str = "lock"):
        """Another process has the lock."""
        self.gateway.state.mkdir(exist_ok=True)
        hold = "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
        holder = subprocess.Popen(["/usr/bin/python3", "-c", hold, str(self.gateway.state / name)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        holder.stdout.readline()
        yield
        holder.communicate(b"")

    def run_while_locked(self, *words: str):
        with self.locked():
            return self.gateway.run(*words)

    def interrupted(self, *words: str):
        """Ctrl-C while a server accepts and does not answer. `URL` is its address."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}/x.git"
            if "URL" not in words:
                self.meter(url=lambda path: url)
            process = self.gateway.start(*(url if word == "URL" else word for word in words))
            server.settimeout(60)
            asked, _ = server.accept()
            process.send_signal(signal.SIGINT)
            done = finish(process)
            asked.close()
            return done

    def agent_of(self, release: str, reachable: bool = True):
        """An installed agent with a publisher of its successor."""
        publisher, key = self.fixture("publisher"), self.fixture("key")
        publisher.folder.mkdir(parents=True)
        url = self.fixture("web").files(publisher.folder) if reachable else "http://127.0.0.1:9/"
        made = Install(self.gateway, url, key)
        if release:
            publisher.release(release, script("99.0.0", "exit 0"))
        return made, publisher

    def deployment(self):
        remote = self.gateway.remote("app")
        remote.push({"main.py": "1\n"}, "First")
        self.gateway.config_file = self.folder / "repo-deploy.cfg"
        self.gateway.config_file.write_text(f"remote={remote.bare.as_uri()}\nlocal={self.folder}/deploy/current\n")
        self.gateway.environment["GUP_LOG"] = str(self.gateway.log)
        return remote

    def deploy(self, *options: str):
        return self.gateway.run("deploy", "-f", "--cache", str(self.folder / "cache"), *options)


def run(*words: str, after=None):
    """A scenario: `after` prepares the world, then the command runs."""
    def scenario(world: World):
        if after is not None:
            after(world)
        return world.gateway.run(*words)
    return scenario


def locked(*words: str, after=None):
    def scenario(world: World):
        if after is not None:
            after(world)
        return world.run_while_locked(*words)
    return scenario


def interrupted(*words: str):
    return lambda world: world.interrupted(*words)


def wrong_configuration(world: World) -> None:
    world.gateway.config_file.write_text("root = 5\n")


def deploying(*options: str):
    def scenario(world: World):
        remote = world.deployment()
        return world.deploy(*(word if word != "#bogus" else f"{remote.bare.as_uri()}#bogus" for word in options))
    return scenario


def deploy_rolled_back(world: World):
    remote = world.deployment()
    assert world.deploy().code == 0
    remote.push({"main.py": "2\n"})
    return world.deploy(*world.hooks(fails_in="post"))


def deploy_blocked(world: World):
    remote = world.deployment()
    assert world.deploy().code == 0
    remote.push({"main.py": "2\n"})
    return world.deploy(*world.hooks(fails_in="pre"))


def deploy_locked(world: World):
    world.deployment()
    assert world.deploy().code == 0
    lock = next(world.folder.rglob("lock"))
    world.gateway.state = lock.parent
    with world.locked():
        return world.deploy()


def deploy_interrupted(world: World):
    world.deployment()
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x.git"
        process = world.gateway.start("deploy", "-f", "-r", url, "--cache", str(world.folder / "cache"))
        server.settimeout(60)
        asked, _ = server.accept()
        process.send_signal(signal.SIGINT)
        done = finish(process)
        asked.close()
        return done


def demo_interrupted(world: World):
    process = world.gateway.start("demo", str(world.folder / "demo"))
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    return finish(process)


def install_interrupted(world: World):
    """Ctrl-C while the package index accepts and does not answer."""
    folder_with_code(world.gateway, "no-such-package,1.0\n", Virtualenv.real)
    with socket.create_server(("127.0.0.1", 0)) as server:
        world.gateway.use_index(f"http://127.0.0.1:{server.getsockname()[1]}/")
        process = world.gateway.start("release", "install", "smart-meter", "--from", str(world.folder / "code"), "--version", "1.0")
        server.settimeout(60)
        asked, _ = server.accept()
        process.send_signal(signal.SIGINT)
        done = finish(process)
        asked.close()
        return done


def daemon_ended(world: World):
    process = world.gateway.start("daemon", "-v")
    for line in process.stderr:
        if b"daemon" in line or b"next run" in line:
            break
    process.send_signal(signal.SIGTERM)
    return finish(process)


def daemon_twice(world: World):
    with world.locked("daemon"):
        return world.gateway.run("daemon")


def healthy(world: World):
    """A machine without findings."""
    world.meter()
    world.gateway.folder.chmod(0o755)
    program = world.folder / "cron"
    shutil.copy("/bin/sleep", program)
    process = start_server([str(program), "3600"])
    try:
        return Machine(world.gateway).doctor()
    finally:
        stop_server(process)


def broken_journal(world: World) -> None:
    world.meter()
    (world.gateway.state / "journal").mkdir(parents=True, exist_ok=True)
    (world.gateway.state / "journal/meter.journal").write_text("no journal\n")


def reboot_fails(world: World) -> None:
    world.behind()
    world.gateway.configure("run", reboot=True, reboot_delay="0s", reboot_command=["sh", "-c", "exit 7"])


def no_authorities(world: World) -> None:
    world.gateway.configure("network", ca_file="/nonexistent")


def self_update(*, release="", reachable=True, unsigned=False, check=False, is_locked=False):
    def scenario(world: World):
        install, publisher = world.agent_of(release, reachable)
        if unsigned:
            publisher.signature.unlink()
        words = ["self-update", *(["--check"] if check else [])]
        return world.run_while_locked(*words) if is_locked else world.gateway.run(*words)
    return scenario


def uninstall(*options: str, lock: str = "no"):
    """`lock`: the one that another process has."""
    def scenario(world: World):
        world.agent_of("")
        with world.locked(lock):
            return world.gateway.run("self-uninstall", "--portable", *options)
    return scenario


def from_script(line: str):
    """The user's crontab has this line; without one, the user may have none."""
    def scenario(world: World):
        program = world.folder / "bin/crontab"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\n[ -n '{line}' ] || {{ echo 'not allowed' >&2; exit 1; }}\n"
                           f"case $1 in -l) echo '{line}' ;; *) cat >/dev/null ;; esac\n")
        program.chmod(0o755)
        world.gateway.environment["PATH"] = f"{program.parent}:{world.gateway.environment['PATH']}"
        return world.gateway.run("import", "client-connector-updater")
    return scenario


def lint_file(text: str):
    def scenario(world: World):
        write_files(world.folder / "mine", {"gupfile": text})
        return world.gateway.run("lint", str(world.folder / "mine/gupfile"))
    return scenario


FAILED = ACTIVE.replace("ActiveState=active", "ActiveState=failed")


def containers(*words: str, state: str = ACTIVE, podman: str = "case $1 in ps) echo '[]';; pull) echo abc;; esac"):
    """On a machine with one unit of a container, whose systemd and podman answer so."""
    def scenario(world: World):
        systemd = Systemd(world.gateway)
        (systemd.folder / "state").write_text(state)
        systemd.after_restart(state)
        program(systemd.folder / "podman", f"#!/bin/sh\n{podman}\n")
        write_files(world.folder, {"units/web.container": "[Container]\nImage=r.example/web:1\n"})
        return world.gateway.run("services", *words, "--units-dir", str(world.folder / "units"))
    return scenario


GENERATE = ("generate-units", "--affected-services", "gw", "--output-dir", "units")


def services(*words: str, image: str = "nginx:1.27"):
    """In a folder with one stack."""
    def scenario(world: World):
        write_files(world.folder, {"services/gw/compose.yaml": f"services:\n  web:\n    image: {image}\n"})
        end = [str(world.folder / "services/gw")] if words[0] == "convert" else ["--services-dir", str(world.folder / "services")]
        return world.gateway.run("services", *(str(world.folder / "units") if word == "units" else word for word in words), *end)
    return scenario


def install_py(*, link: bool, is_locked: bool = False):
    def scenario(world: World):
        workdir = world.folder / "bot"
        write_files(workdir / "2023-03-08_13_14-main-81d8233", {"start.py": "1\n", "requirements": ""})
        Virtualenv.bare(workdir / "2023-03-08_13_14-main-81d8233/.venv")
        if link:
            (workdir / "bot").symlink_to(workdir / "2023-03-08_13_14-main-81d8233")
        else:
            (workdir / "bot").write_text("no link\n")
        words = ["import", "install-py", "--workdir", str(workdir), "--link", "bot"]
        return world.run_while_locked(*words) if is_locked else world.gateway.run(*words)
    return scenario


def install_release(pin: str):
    def scenario(world: World):
        folder_with_code(world.gateway, pin, Virtualenv.real if pin else Virtualenv.bare)
        world.gateway.use_index("http://127.0.0.1:9/")
        return world.gateway.run("release", "install", "smart-meter", "--from", str(world.folder / "code"), "--version", "1.0")
    return scenario


def enable_blocked(world: World):
    world.released()
    return world.gateway.run("release", "enable", "meter", "2.0", *world.hooks(fails_in="pre"))


def rollback_blocked(world: World):
    world.updated()
    return world.gateway.run("rollback", "meter", *world.hooks(fails_in="pre"))


def in_a_hook(*words: str, after):
    """Ctrl-C while a hook works."""
    def scenario(world: World):
        after(world)
        options = world.hooks(fails_in="pre")
        begun = world.folder / "begun"
        (world.folder / "hooks/10-no").write_text(f"#!/bin/sh\ntouch {begun}\nsleep 60\n")
        process = world.gateway.start(*words, *options)
        wait_for(begun.exists, "the hook")
        process.send_signal(signal.SIGINT)
        done = finish(process)
        assert "nothing half-changed" in done.out, done
        return done
    return scenario


def unprunable(world: World):
    world.released()
    for number in ("3.0", "4.0", "5.0"):
        assert world.gateway.run("release", "install", "meter", "--from", str(world.code()), "--version", number).code == 0
    return world.gateway.run("release", "prune", "meter", "--keep", "1")


def add_from(world: World, *options: str):
    remote = world.gateway.remote("new")
    remote.push({"gupfile": "", "main.py": "1\n"}, "First")
    return world.gateway.run("add", remote.bare.as_uri(), *options)


def add_locked(world: World):
    with world.locked():
        return add_from(world)


def seen_by_a_run(*words: str, state):
    def scenario(world: World):
        state(world)
        world.gateway.run("now")
        return world.gateway.run(*words)
    return scenario


def logs_interrupted(world: World):
    world.updated()
    process = world.gateway.start("logs", "meter", "-f")
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    return finish(process)


def not_removed(world: World):
    """A person who answers the question with no."""
    meter = world.updated()
    with Terminal(world.gateway, "remove", "meter") as terminal:
        terminal.wait_for(r"Remove meter\? ")
        terminal.type("n\n")
        terminal.end()
        assert (meter.path / "main.py").exists()
        return SimpleNamespace(code=terminal.code)


SCENARIOS = {
    "status": {0: run("status", after=World.in_the_way), 1: seen_by_a_run("status", "--exit-code", state=World.in_the_way),
               2: run("status", "nobody", after=World.meter), 4: seen_by_a_run("status", "--exit-code", state=World.gone)},
    "history": {0: run("history", "meter", after=World.updated), 2: run("history", "nobody", after=World.meter)},
    "logs": {0: run("logs", "meter", after=World.updated), 2: run("logs", "nobody", after=World.meter), 130: logs_interrupted},
    "hold": {0: run("hold", "meter", "--for", "7d", after=World.meter), 2: run("hold", "nobody", after=World.meter)},
    "unhold": {0: run("unhold", "meter", after=World.meter), 2: run("unhold", "nobody", after=World.meter)},
    "list": {0: run("list", after=World.meter), 2: run("list", "--bogus")},
    "remove": {0: run("remove", "meter", "--yes", after=World.updated), 1: not_removed, 2: run("remove", "nobody", "--yes", after=World.meter),
               3: locked("remove", "meter", "--yes", after=World.meter)},
    "check": {0: run("check", after=World.meter), 1: run("check", after=World.in_the_way), 2: run("check", "nobody", after=World.meter),
              4: run("check", after=World.gone), 10: run("check", after=World.behind), 130: interrupted("check")},
    "now": {0: run("now", after=World.behind), 1: run("now", after=World.in_the_way), 2: run("now", "--retyr"),
            3: locked("now", after=World.meter), 4: run("now", after=World.gone), 10: run("now", "--dry-run", after=World.behind),
            130: interrupted("now")},
    "rollback": {0: run("rollback", "meter", after=World.updated), 1: rollback_blocked,
                 2: run("rollback", "meter", "bogus", after=World.updated), 3: locked("rollback", "meter", after=World.updated),
                 130: in_a_hook("rollback", "meter", after=World.updated)},
    "add": {0: add_from, 1: lambda world: add_from(world, "--branch", "bogus"), 2: run("add"), 3: add_locked,
            4: run("add", "http://127.0.0.1:9/x.git"), 130: interrupted("add", "URL")},
    "deploy-key": {0: run("deploy-key", "meter"), 2: run("deploy-key", "../meter")},
    "adopt": {0: run("adopt", "meter", after=World.meter), 2: run("adopt", "nobody"),
              3: locked("adopt", "meter", after=World.meter)},
    "doctor": {0: healthy, 1: run("doctor", after=wrong_configuration), 2: run("doctor", "--bogus"), 130: interrupted("doctor")},
    "init": {0: lambda world: world.gateway.run("init", str(world.code().parent)), 2: lambda world: world.gateway.run("init", str(world.code()))},
    "release install": {0: install_release(""), 1: install_release("no-such-package,1.0\n"), 2: run("release", "install"), 3: locked("release", "install", "meter", after=World.meter), 130: install_interrupted},
    "release enable": {0: run("release", "enable", "meter", "2.0", after=World.released), 1: enable_blocked,
                       2: run("release", "enable"), 3: locked("release", "enable", "meter", after=World.meter),
                       130: in_a_hook("release", "enable", "meter", "2.0", after=World.released)},
    "release list": {0: run("release", "list", "meter", after=World.released), 2: run("release", "list")},
    "release prune": {0: unprunable, 2: run("release", "prune", "meter", "--keep", "some"), 3: locked("release", "prune", "meter", after=World.released)},
    "run": {0: run("run", after=World.behind), 1: run("run", after=reboot_fails), 2: run("run", after=wrong_configuration),
            3: locked("run", after=World.meter), 4: run("run", after=World.gone), 130: interrupted("run")},
    "daemon": {0: daemon_ended, 2: run("daemon", after=wrong_configuration), 3: daemon_twice},
    "recover": {0: run("recover", after=World.meter), 1: run("recover", after=broken_journal), 2: run("recover", after=wrong_configuration), 3: locked("recover")},
    "self-update": {0: self_update(release="0.1.0"), 1: self_update(release="99.0.0", unsigned=True), 2: run("self-update"),
                    3: self_update(release="99.0.0", is_locked=True), 4: self_update(reachable=False),
                    10: self_update(release="99.0.0", check=True)},
    "self-test": {0: run("self-test"), 1: run("self-test", after=no_authorities), 2: run("self-test", after=wrong_configuration)},
    "deploy": {0: deploying(), 1: deploying("-r", "#bogus"), 2: run("deploy", "--bogus"), 3: deploy_locked,
               4: deploying("-r", "http://127.0.0.1:9/x.git"), 5: deploy_blocked, 6: deploy_rolled_back, 130: deploy_interrupted},
    "import repo-deploy": {0: lambda world: (world.deployment(), world.gateway.run("import", "repo-deploy"))[1], 2: run("import", "repo-deploy", "--bogus")},
    "import install-py": {0: install_py(link=True), 2: install_py(link=False), 3: install_py(link=True, is_locked=True)},
    "lint": {0: lint_file("six,1.16.0\n"), 1: lint_file("six==1.16.0\n"), 2: run("lint", "/nonexistent")},
    "demo": {0: lambda world: world.gateway.run("demo", str(world.folder / "demo")),
             2: lambda world: world.gateway.run("demo", str(world.code())), 130: demo_interrupted},
    "reference": {0: run("reference", "commands"), 2: run("reference", "bogus")},
    "support": {0: lambda world: world.gateway.run("support", "-o", str(world.folder / "facts.tar")),
                2: lambda world: world.gateway.run("support", "-o", str(world.folder)), 130: interrupted("support")},
    "self-uninstall": {0: uninstall(), 2: uninstall("--yes", lock="daemon"), 3: uninstall("--yes", lock="lock")},
    "import client-connector-updater": {0: from_script("0 2 * * * /home/pi/client-connector-updater/update.sh"),
                                        1: from_script("0 2 * * * /bin/true"), 2: from_script("")},
    "services convert": {0: services("convert"), 1: services("convert", image="a b"), 2: run("services", "convert", "/nonexistent")},
    "services determine-changes": {0: services("determine-changes", "--changed-files", "services/gw/x"),
                                   2: run("services", "determine-changes", "--services-dir", "/nonexistent")},
    "services generate-units": {0: services(*GENERATE), 1: services(*GENERATE, image="a b"), 2: run("services", "generate-units", "--bogus"),
                                10: services(*GENERATE, "--check")},
    "services pull-images": {0: containers("pull-images", "--affected-services", "web"),
                             1: containers("pull-images", "--affected-services", "web", podman="echo 'Error: manifest unknown' >&2; exit 125"),
                             2: run("services", "pull-images", "--bogus")},
    "services restart": {0: containers("restart", "--affected-services", "web"),
                         1: containers("restart", "--affected-services", "web", state=FAILED), 2: run("services", "restart", "--within", "soon")},
    "services status": {0: containers("status", "--services-to-check", "web"),
                        1: containers("status", "--services-to-check", "web", state=FAILED), 2: run("services", "status", "extra")},
    "services manage-services": {0: containers("manage-services", "restart", "--affected-services", "web"),
                                 1: containers("manage-services", "status", "--services-to-check", "web", state=FAILED),
                                 2: run("services", "manage-services", "start")},
    "schema": {0: run("schema", "gupfile"), 2: run("schema", "bogus")},
    "completion": {0: run("completion", "bash"), 2: run("completion", "tcsh")},
    "help": {0: run("help", "now"), 2: run("help", "bogus")},
    "version": {0: run("version"), 2: run("version", "extra")},
}


@pytest.mark.parametrize("command, code", [pytest.param(command, code, id=f"{command} {code}") for command, code, _ in ROWS])
def test_each_row_is_produced(gateway, request, command, code):
    assert code in SCENARIOS.get(command, {}), f"give {command} a scenario for exit code {code} in SCENARIOS"
    done = SCENARIOS[command][code](World(gateway, request))
    assert done.code == code, done


def test_no_scenario_is_left_over():
    assert {(command, code) for command, codes in SCENARIOS.items() for code in codes} <= {row[:2] for row in ROWS}


def detached(world: World) -> None:
    world.behind().git("checkout", "-q", "--detach")


def rolled_back_by_hand(world: World) -> None:
    world.updated()
    assert world.gateway.run("rollback", "meter").code == 0


def unhealthy(world: World) -> None:
    """A release that was rolled back, because its health check fails."""
    meter = world.meter()
    meter.push({"gupfile": '[health]\ncommand = ["false"]\nwithin = "1s"\n'})
    assert world.gateway.run("now").code == 1


def without_virtualenv(world: World) -> None:
    world.gateway.configure("python", create_virtualenv=False)
    world.gateway.connector("meter", "no-such-package,1.0\n")


def wrong_gupfile(world: World) -> None:
    world.gateway.connector("meter", "six==1.16.0\n")


STATES = {"fine": World.meter, "behind": World.behind, "local work in the way": World.in_the_way, "unreachable": World.gone,
          "detached HEAD": detached, "rolled back by hand": rolled_back_by_hand, "rolled back as unhealthy": unhealthy,
          "wrong gupfile": wrong_gupfile}


@pytest.mark.parametrize("state", STATES)
def test_check_and_now_agree_on_a_state(gateway, request, state):
    STATES[state](World(gateway, request))
    looked, dry, done = gateway.run("check"), gateway.run("now", "--dry-run"), gateway.run("now")
    assert looked.code == dry.code, (looked, dry)
    assert (0 if looked.code == 10 else looked.code) == done.code, (looked, done)
    after = gateway.run("check")
    assert after.code == done.code, (done, after)
