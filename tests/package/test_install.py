# SPDX-License-Identifier: Apache-2.0
"""The package in Debian root folders of every architecture: installed, upgraded, removed, reinstalled, purged, refused."""
from __future__ import annotations

import stat

import pytest

from conftest import NEXT, VERSION
from installed import Root, shell

ARCHITECTURES = ("amd64", "arm64", "armhf")
MACHINES = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu", "armhf": "arm-linux-gnueabihf"}
CONFIG = "/etc/gup-agent/gup-agent.toml"
INSTALLED = f"install ok installed {VERSION}"
# Connectors and the files that Python leaves in them. A package must not touch them.
CONNECTORS = "./srv"


def install(root: Root, packages) -> str:
    done = root.dpkg("--install", packages(root.architecture)[0])
    assert done.code == 0 and root.status() == INSTALLED, done
    return done.text


def configure(root: Root) -> str:
    """Edits the configuration like a person, and makes connectors; returns the edited text."""
    path = root / CONFIG
    edited = path.read_text().replace('# root = "/srv/connectors"', 'root = "/srv/connectors"').replace(
        '# delay = "10s..120s"', 'delay = "0s"')
    path.write_text(edited)
    for name, content in {"meter/gupfile": "paho-mqtt,1.3.1\n", "meter/main.py": "print(1)\n",
                          ".pyenv/meter/pyvenv.cfg": "home = /usr/bin\n", "gate/gupfile": ""}.items():
        target = root / f"/srv/connectors/{name}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content)
    return edited


def run_once(root: Root) -> None:
    """A scheduled run. Without a git repository connectors are skipped, but state and log are created."""
    done = root.run("gup-agent", "run")
    assert done.code in (0, 1) and "meter" in done.text, done
    assert (root / "/var/log/gup-agent/gup.log").stat().st_size > 0
    assert any((root / "/var/lib/gup-agent").iterdir())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_package_s_life_from_install_to_purge(root_of, packages, architecture):
    root = root_of(architecture)
    before = root.contents(CONNECTORS)

    said = install(root, packages)
    assert "set root" in said
    assert (root / "/usr/bin/gup-agent").stat().st_mode & 0o7777 == 0o755
    version = root.must("gup-agent", "version")
    assert f"gup-agent {VERSION}" in version and f"target {MACHINES[architecture]}" in version
    for name in ("/etc/cron.d/gup-agent", CONFIG):
        status = (root / name).stat()
        assert (stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid) == (0o644, 0, 0)
    refused = root.run("gup-agent", "check")
    assert refused.code == 2 and "root is not set" in refused.text

    edited = configure(root)
    connectors = [part for part in root.contents().items() if part[0].startswith(CONNECTORS)]
    run_once(root)

    # The agent's own way to upgrade; an edited file is kept, another one follows.
    done = root.dpkg("--install", "--force-confold", packages(architecture)[1])
    assert done.code == 0 and root.status() == f"install ok installed {NEXT}", done
    assert (root / CONFIG).read_text() == edited
    assert f"# {NEXT}" in (root / "/etc/cron.d/gup-agent").read_text()
    assert "set root" not in done.text

    done = root.dpkg("--remove", "gup-agent")
    assert done.code == 0 and root.status().startswith("deinstall ok config-files"), done
    assert not (root / "/usr/bin/gup-agent").exists()
    assert (root / CONFIG).read_text() == edited
    assert (root / "/var/log/gup-agent/gup.log").exists() and any((root / "/var/lib/gup-agent").iterdir())

    done = root.dpkg("--install", packages(architecture)[1])
    assert done.code == 0 and root.status().endswith(f"installed {NEXT}") and (root / CONFIG).read_text() == edited, done
    run_once(root)

    done = root.dpkg("--purge", "gup-agent")
    assert done.code == 0 and root.status().split()[:1] != ["install"], done
    assert root.contents(CONNECTORS) == before
    assert [part for part in root.contents().items() if part[0].startswith(CONNECTORS)] == connectors
    left = root.must(*shell("find / -xdev -name '*gup-agent*' -not -path '/packages/*' -not -path '/proc/*'"))
    assert left == ""


def test_an_untouched_configuration_follows_the_package(root_of, packages):
    root = root_of("amd64")
    install(root, packages)
    assert root.dpkg("--install", packages("amd64")[1]).code == 0
    assert f"# {NEXT}" in (root / CONFIG).read_text()


def test_purge_leaves_connectors_in_the_agent_s_own_folder(root_of, packages):
    root = root_of("amd64")
    install(root, packages)
    connector = root / "/var/lib/gup-agent/connectors/meter/gupfile"
    connector.parent.mkdir(parents=True)
    connector.write_text("")
    done = root.dpkg("--purge", "gup-agent")
    assert done.code == 0 and connector.exists() and "because it contains connectors" in done.text, done
    assert not (root / "/etc/gup-agent").exists()


def test_purge_does_not_follow_a_link_to_another_disk(root_of, packages):
    root = root_of("amd64")
    install(root, packages)
    (root / "/srv/disk").mkdir(parents=True)
    (root / "/srv/disk/somebody's").write_text("")
    (root / "/var/lib/gup-agent").rmdir()
    (root / "/var/lib").joinpath("gup-agent").symlink_to("/srv/disk")
    assert root.dpkg("--purge", "gup-agent").code == 0
    assert (root / "/srv/disk/somebody's").exists() and not (root / "/var/lib").joinpath("gup-agent").is_symlink()


def test_the_crontab_line_does_nothing_once_the_package_is_removed(root_of, packages):
    root = root_of("amd64")
    install(root, packages)
    assert root.dpkg("--remove", "gup-agent").code == 0
    line = (root / "/etc/cron.d/gup-agent").read_text().splitlines()[-1].split(None, 6)[-1]
    done = root.run(*shell(line))
    assert done.code == 0 and done.text == "", done


@pytest.mark.parametrize("machine, served", [("armv6l", False), ("armv5tel", False), ("armv7l", True), ("aarch64", True)])
def test_the_armhf_package_refuses_processors_that_it_cannot_serve(root_of, packages, machine, served):
    root = root_of("armhf")
    (root / "/usr/local/bin/uname").write_text(f"#!/bin/sh\necho {machine}\n")
    (root / "/usr/local/bin/uname").chmod(0o755)
    done = root.dpkg("--install", packages("armhf")[0])
    if served:
        assert done.code == 0, done
        return
    assert done.code != 0 and f"needs an ARMv7 processor or a later one, but this one is {machine}" in done.text, done
    assert not (root / "/usr/bin/gup-agent").exists() and not (root / "/etc/gup-agent").exists()


FULL = 'mount -t tmpfs -o size=8k,mode=755 tmpfs "$1/usr/share/man"'
READ_ONLY = 'mount --bind "$1/etc" "$1/etc"; mount -o remount,bind,ro "$1/etc"'


@pytest.mark.parametrize("setup, reason", [(FULL, "No space left on device"), (READ_ONLY, "Read-only file system")],
                         ids=["full disk", "read-only /etc"])
def test_a_disk_that_cannot_be_written_keeps_the_installed_agent(root_of, packages, setup, reason):
    root = root_of("amd64")
    (root / "/usr/share/man/man8").mkdir(parents=True, exist_ok=True)
    done = root.dpkg("--install", packages("amd64")[0], setup=setup)
    assert done.code != 0 and reason in done.text, done
    assert not (root / "/usr/bin/gup-agent").exists()

    install(root, packages)
    configure(root)
    done = root.dpkg("--install", "--force-confold", packages("amd64")[1], setup=setup)
    assert done.code != 0 and reason in done.text, done
    # On a full disk dpkg restores its own records, too. If it cannot write at all, the records ask for another try.
    assert root.status() == INSTALLED or setup == READ_ONLY
    assert f"gup-agent {VERSION}" in root.must("gup-agent", "version")
    assert root.run("gup-agent", "check").code in (0, 1, 10)
    # Once the disk can be written again, dpkg continues from there.
    done = root.dpkg("--install", "--force-confold", packages("amd64")[1])
    assert done.code == 0 and root.status() == f"install ok installed {NEXT}", done
