# SPDX-License-Identifier: Apache-2.0
"""An agent from a Debian package updates itself through dpkg: real packages and the real dpkg, with a separate root folder and
database ($DPKG_ROOT, $DPKG_ADMINDIR)."""
from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway import AGENT
from releases import NEXT_AGENT, NEXT_VERSION, Install
from tools import tool

pytestmark = pytest.mark.skipif(
    len(AGENT) > 1 or not NEXT_AGENT.exists() or os.geteuid() != 0 or not shutil.which("dpkg"),
    reason="needs gup-agent-next, dpkg, root, and no emulator that would be lost by execve")
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine, "armhf")


def make_package(folder: Path, version: str, agent: Path, architecture: str = DEBIAN, name: str = "gup-agent",
                 postinst: str = "") -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "DEBIAN").mkdir(parents=True)
    (folder / "usr/bin").mkdir(parents=True)
    (folder / "etc/gup-agent").mkdir(parents=True)
    shutil.copyfile(agent, folder / "usr/bin/gup-agent")
    (folder / "usr/bin/gup-agent").chmod(0o755)
    (folder / "etc/gup-agent/example").write_text(version)
    (folder / "DEBIAN/conffiles").write_text("/etc/gup-agent/example\n")
    (folder / "DEBIAN/control").write_text(f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
                                           "Maintainer: Test <test@example.org>\nDescription: a test\n")
    if postinst:
        (folder / "DEBIAN/preinst").write_text(f"#!/bin/sh\n{postinst}\n")
        (folder / "DEBIAN/preinst").chmod(0o755)
    package = folder.with_suffix(".deb")
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", str(folder), str(package)], check=True,
                   capture_output=True)
    return package


class Packaged(Install):
    def __init__(self, gateway, url, key):
        super().__init__(gateway, url, key)
        self.root = gateway.folder / "system"
        self.admin = self.root / "var/lib/dpkg"
        for name in ("info", "updates", "triggers"):
            (self.admin / name).mkdir(parents=True)
        (self.admin / "status").touch()
        gateway.environment |= {"DPKG_ROOT": str(self.root), "DPKG_ADMINDIR": str(self.admin)}
        package = make_package(gateway.folder / "old", self.version, Path(AGENT[-1]))
        self.dpkg("--install", package)
        self.agent = self.root / "usr/bin/gup-agent"
        gateway.agent = [str(self.agent)]

    def dpkg(self, *arguments: object) -> str:
        done = subprocess.run(["dpkg", *map(str, arguments)], env={**os.environ, **self.gateway.environment},
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def status(self) -> str:
        done = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "gup-agent"], capture_output=True,
                              text=True, env={**os.environ, **self.gateway.environment})
        return done.stdout


@pytest.fixture
def install(gateway, web, publisher, key):
    publisher.folder.mkdir(parents=True)
    gateway.connector("meter")
    return Packaged(gateway, web.files(publisher.folder), key)


def release(gateway, publisher, **options) -> None:
    package = make_package(gateway.folder / "new", options.pop("version", NEXT_VERSION), NEXT_AGENT, **options)
    publisher.release(NEXT_VERSION, package, target=f"{DEBIAN}.deb")


def problems(gateway) -> list[str]:
    return [line for line in gateway.log_lines() if "] warning" in line or "] error" in line]


def test_dpkg_installs_an_agent_that_has_finished_a_run(gateway, install, publisher):
    release(gateway, publisher, version=f"{NEXT_VERSION}-1")
    (install.root / "etc/gup-agent/example").write_text("edited")
    run = gateway.now()
    assert run.code == 0 and install.version == NEXT_VERSION, (run, gateway.log_lines())
    assert install.status == f"installed {NEXT_VERSION}-1"
    assert (install.root / "etc/gup-agent/example").read_text() == "edited"
    assert not (gateway.state / "self-update").exists() and "trial" not in install.state
    assert gateway.now().code == 0
    assert problems(gateway) == []


@pytest.mark.parametrize("options, message", [
    ({"name": "gup-other"}, "it is the package gup-other"), ({"version": "98.0.0"}, "it is version 98.0.0"),
    ({"architecture": "s390x"}, "it is for s390x")])
def test_another_package_is_refused(gateway, install, publisher, options, message):
    release(gateway, publisher, **options)
    assert gateway.now().code == 0
    assert message in problems(gateway)[0] and install.version != NEXT_VERSION
    assert install.status.startswith("installed ")


def test_while_something_else_installs_packages_it_waits_for_the_next_run(gateway, install, publisher):
    release(gateway, publisher)
    with open(install.admin / "lock", "w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        assert gateway.now().code == 0
        assert "lock" in problems(gateway)[0] and install.version != NEXT_VERSION
    assert install.state["trial"]["proven"]
    assert gateway.now().code == 0
    assert install.version == NEXT_VERSION
    assert install.status == f"installed {NEXT_VERSION}"


def test_a_package_that_dpkg_does_not_want_is_given_up(gateway, install, publisher):
    release(gateway, publisher, postinst="echo no >&2; exit 1")
    for _ in range(4):
        assert gateway.now().code == 0
    assert any("is not tried again: it could not be installed" in line for line in problems(gateway)), gateway.log_lines()
    assert install.version != NEXT_VERSION and "trial" not in install.state


def test_a_power_cut_in_dpkg_is_mended_by_the_next_run(gateway, install, publisher):
    release(gateway, publisher)
    trace = gateway.folder / "trace"
    calls = 0
    for number in (1, 2):
        wrapper = [tool("strace"), "-f", "-qq", "-o", str(trace), "-P", str(install.admin), "-P", str(install.agent),
                   "-P", f"{install.agent}.dpkg-new", "-P", str(install.admin / "status-new"), "-P", str(install.admin / "status"),
                   "-e", f"inject=rename,fsync,link:signal=KILL:when={number}", "-e", "trace=rename,fsync,link"]
        gateway.run("now", wrapper=wrapper)
        calls += "killed by SIGKILL" in trace.read_text()
        assert install.version in ("0.1.0", NEXT_VERSION)
    for _ in range(2):
        run = gateway.run("now")
    assert run.code == 0 and install.version == NEXT_VERSION, gateway.log_lines()
    assert install.status == f"installed {NEXT_VERSION}"
    assert calls > 0
