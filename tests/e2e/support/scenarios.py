# SPDX-License-Identifier: Apache-2.0
"""All kinds of commands that write a journal, each prepared to start. The connector is always `meter`."""
from __future__ import annotations

from pathlib import Path
from typing import Callable

from additions import BARE, make_remote, use_quick_python
from gateway import Connector, Gateway, write_files
from installers import use_quick_installer
from release_commands import enable, install
from servers import Sshd
from systemd import Systemd
from virtualenvs import Virtualenv

GUPFILE = """[connector]
service = "meter"
persist = ["settings.ini", "data"]
[dependencies]
gup-one = "{version}"
[health]
within = 1
every = 1
"""
SERVERS: list[Sshd] = []  # to be stopped after the command
OLD = {"main.py": "1\n", "gone.py": "1\n", "turned": "1\n", "lib/same.py": "same\n", "settings.ini": "default\n"}
NEW = {"main.py": "2\n", "gone.py": None, "turned": None, "new/file.py": "2\n", "gupfile": GUPFILE.format(version="2.0")}


def connector(gateway: Gateway) -> Connector:
    """In place, at gup-one 1.0, with a service and a local file."""
    made = gateway.connector("meter", GUPFILE.format(version="1.0"), files=OLD)
    (made.path / "settings.ini").write_text("of this gateway\n")
    gateway.virtualenv("meter", pip=False).add("gup-one", "1.0")
    use_quick_installer(gateway)
    Systemd(gateway)
    return made


def push(made: Connector) -> None:
    made.push(NEW)
    made.push({"turned/inside.py": "2\n"})


def update_in_place(gateway: Gateway) -> list[str]:
    push(connector(gateway))
    return ["now"]


def next_update_in_place(gateway: Gateway) -> list[str]:
    """The path of the virtualenv is already a link."""
    made = connector(gateway)
    push(made)
    assert gateway.now()["meter"]["outcome"] == "updated"
    made.push({"main.py": "3\n", "gupfile": GUPFILE.format(version="3.0")})
    return ["now"]


def rollback_in_place(gateway: Gateway) -> list[str]:
    push(connector(gateway))
    assert gateway.now()["meter"]["outcome"] == "updated"
    return ["rollback", "meter"]


def first_virtualenv(gateway: Gateway) -> list[str]:
    """Neither the connector nor .pyenv exists."""
    gateway.connector("meter", "gup-one,1.0\n")
    use_quick_installer(gateway)
    use_quick_python(gateway, 'for place; do :; done; set -- -m venv "$place"; ' + BARE)
    gateway.configure("python", create_venv=True)
    return ["now"]


def adopt(gateway: Gateway) -> list[str]:
    connector(gateway)
    return ["adopt", "meter"]


def adopted(gateway: Gateway) -> Connector:
    made = connector(gateway)
    assert gateway.run("adopt", "meter").code == 0
    return made


def adopt_back(gateway: Gateway) -> list[str]:
    adopted(gateway)
    return ["adopt", "--back", "meter"]


def night_in_releases(gateway: Gateway) -> list[str]:
    """The third release, so that the first one is removed."""
    made = adopted(gateway)
    push(made)
    assert gateway.now()["meter"]["outcome"] == "updated"
    made.push({"main.py": "3\n", "gupfile": GUPFILE.format(version="3.0")})
    return ["now"]


def rollback_in_releases(gateway: Gateway) -> list[str]:
    push(adopted(gateway))
    assert gateway.now()["meter"]["outcome"] == "updated"
    return ["rollback", "meter"]


def code_in_a_folder(gateway: Gateway) -> Path:
    """With a bare virtualenv for the connector; the first release gets a copy of it."""
    code, place = gateway.folder / "code", gateway.root / ".pyenv/meter"
    write_files(code, {"gupfile": '[connector]\npersist = ["data", "etc/settings.ini"]\n', "main.py": "1\n", "only-1.py": "1\n"})
    Virtualenv.bare(gateway.folder / "deploy/venv")
    place.parent.mkdir()
    place.symlink_to(gateway.folder / "deploy/venv")
    return code


def install_release(gateway: Gateway) -> list[str]:
    return ["release", "install", "meter", "--from", str(code_in_a_folder(gateway)), "--version", "1"]


def enable_first_release(gateway: Gateway) -> list[str]:
    install(gateway, "--from", str(code_in_a_folder(gateway)), "--version", "1", name="meter")
    return ["release", "enable", "meter", "1"]


def local_folder(gateway: Gateway) -> list[str]:
    """The second release is enabled, and a plain folder mirrors it."""
    code = code_in_a_folder(gateway)
    gateway.declare("meter", source="https://example.org/app.git", local=str(gateway.folder / "deploy/current"))
    install(gateway, "--from", str(code), "--version", "1", name="meter")
    (code / "only-1.py").unlink()
    write_files(code, {"main.py": "2\n", "only-2.py": "2\n"})
    for version in ("2", "3"):
        install(gateway, "--from", str(code), "--version", version, name="meter")
    enable(gateway, "1", name="meter")
    write_files(gateway.folder / "deploy/current", {"notes.txt": "somebody's\n"})
    return ["release", "enable", "meter", "3"]


def add(gateway: Gateway) -> list[str]:
    """With its own key, from a server whose host key is pinned."""
    server = Sshd(gateway.folder)
    SERVERS.append(server)
    use_quick_python(gateway)
    remote = make_remote(gateway, "meter")
    key = gateway.run("deploy-key", "--json", "meter").document["public_key"]
    with open(server.folder / "authorized", "a") as file:
        file.write(f'restrict,command="{server.folder}/git-only" {key}\n')
    return ["add", server.url(remote.bare)]


SCENARIOS: dict[str, Callable[[Gateway], list[str]]] = {
    function.__name__: function for function in (
        update_in_place, next_update_in_place, rollback_in_place, first_virtualenv, adopt, adopt_back, night_in_releases,
        rollback_in_releases, local_folder, install_release, enable_first_release, add)}
