# SPDX-License-Identifier: Apache-2.0
"""Releases from packaging/release for the self-update of agents: keys, a folder that a server serves, and new agents that work,
crash or are false.
"""
from __future__ import annotations

import functools
import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from gateway import AGENT, PROJECT, Gateway, agent_can_be_executed
from tools import tool

PLATFORMS = {"x86_64-linux-gnu": "x86_64", "aarch64-linux-gnu": "aarch64", "arm-linux-gnueabihf": "armhf",
             "arm-linux-gnueabi": "armv6"}
# The same program as the one under test, but a later version.
NEXT_AGENT = Path(AGENT[-1]).with_name("gup-agent-next")
NEXT_VERSION = "99.0.0"
real_agents = pytest.mark.skipif(not NEXT_AGENT.exists() or not agent_can_be_executed(),
                                 reason="needs gup-agent-next, and a kernel that can execute the agent (binfmt_misc)")


@functools.cache
def platform() -> str:
    """The name of the processor of the agent under test, as in releases."""
    done = subprocess.run([*AGENT, "version", "--json"], check=True, capture_output=True, text=True)
    return PLATFORMS[json.loads(done.stdout)["target"].split()[0]]


class Key:
    """A key pair of minisign, without a password."""

    def __init__(self, folder: Path, name: str = "key"):
        self.secret, public = folder / name, folder / f"{name}.pub"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([tool("minisign"), "-G", "-W", "-p", str(public), "-s", str(self.secret)], check=True, capture_output=True)
        self.public = public.read_text().splitlines()[1]


def script(version: str, then: str, self_test: str = "") -> bytes:
    """A new agent that is a shell script: it passes (or does) its self-test, then does `then`."""
    return f"""#!/bin/sh
case "$*" in self-test*) {self_test or f'echo "gup-agent {version}"; exit 0'};; esac
{then}
""".encode()


class Publisher:
    """Publishes new agents in `folder`, which a server serves."""

    def __init__(self, base: Path, key: Key):
        self.folder, self.key, self._base, self._time = base / "release", key, base, 1_700_000_000
        self.manifest, self.signature = self.folder / "manifest.json", self.folder / "manifest.json.minisig"

    def release(self, version: str, agent: bytes | Path, target: str = "", days: float = 90, serial: int | None = None,
                key: Key | None = None) -> None:
        """Runs packaging/release for a dist folder with that file; the default of `target` is this agent's."""
        target = target or platform()
        dist = self._base / "dist"
        shutil.rmtree(dist, ignore_errors=True)
        dist.mkdir(parents=True)
        name = f"gup-agent_{version}_{target.removesuffix('.deb')}.deb" if target.endswith(".deb") else f"gup-agent-{version}-{target}"
        if isinstance(agent, Path):
            shutil.copyfile(agent, dist / name)
        else:
            (dist / name).write_bytes(agent)
        command = [str(PROJECT / "packaging/release"), "--key", str((key or self.key).secret), "--dist", str(dist),
                   "--out", str(self.folder), "--expires-days", str(days)]
        done = subprocess.run([*command, *(["--serial", str(serial)] if serial else [])], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        self._touch()

    def _touch(self) -> None:
        """Gives each manifest of a test another second, because nginx makes an ETag from time and size."""
        self._time += 1
        os.utime(self.manifest, (self._time, self._time))

    def change(self, key: Key | None = None, **changes: object) -> None:
        """Changes keys of the manifest and signs it again."""
        manifest = json.loads(self.manifest.read_text())
        manifest.update(changes)
        self.sign({name: value for name, value in manifest.items() if value is not None}, key)

    def change_file(self, key: Key | None = None, **changes: object) -> None:
        manifest = json.loads(self.manifest.read_text())
        manifest["targets"][platform()].update(changes)
        self.sign(manifest, key)

    def sign(self, manifest: dict, key: Key | None = None) -> None:
        self.manifest.write_text(json.dumps(manifest))
        subprocess.run([tool("minisign"), "-S", "-s", str((key or self.key).secret), "-m", str(self.manifest)], check=True,
                       capture_output=True)
        self._touch()

    @property
    def serial(self) -> int:
        return json.loads(self.manifest.read_text())["serial"]


class Install:
    """A portable install on a gateway: <root>/gup-agent/gup-agent, and its self-update state."""

    def __init__(self, gateway: Gateway, url: str, *keys: Key):
        self.gateway, self.folder = gateway, gateway.root / "gup-agent"
        self.agent = self.folder / "gup-agent"
        self.folder.mkdir(exist_ok=True)
        shutil.copyfile(AGENT[-1], self.agent)
        self.agent.chmod(0o755)
        gateway.agent = [*AGENT[:-1], str(self.agent)]
        gateway.configure("self-update", url=url + "manifest.json")
        self.trust(*keys)

    def trust(self, *keys: Key) -> None:
        self.gateway.configure("self-update", public_keys=[key.public for key in keys])

    @property
    def version(self) -> str:
        done = subprocess.run([*self.gateway.agent, "version"], capture_output=True, text=True)
        assert done.returncode == 0, done
        return done.stdout.splitlines()[0].removeprefix("gup-agent ")

    @property
    def state(self) -> dict:
        return json.loads((self.gateway.state / "self-update.json").read_text())

    @property
    def names(self) -> list[str]:
        """The files in the agent's folder."""
        return sorted(path.name for path in self.folder.iterdir())

    @property
    def is_original(self) -> bool:
        return self.agent.read_bytes() == Path(AGENT[-1]).read_bytes() and bool(self.agent.stat().st_mode & stat.S_IXUSR)


def tell_tale(install: Install, version: str = "1.0.0") -> bytes:
    """A new agent that records every execution."""
    return script(version, "", self_test="true").replace(b"\n", f"\necho executed >>{install.mark}\n".encode(), 1)


def of_self_update(gateway: Gateway, level: str = "warning") -> list[str]:
    """The lines of gup.log about a refused update of the agent, or about one that was dropped."""
    return [line for line in gateway.log_lines() if f"] {level}" in line and ("does not update" in line or "stays" in line)]
