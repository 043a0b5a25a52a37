# SPDX-License-Identifier: Apache-2.0
"""A connector with two revisions of stacks, the question which of them each part is of, and kills of the agent on its way."""
from __future__ import annotations

import json
import os

from stacks import GUPFILE, RECORD
from tools import tool
from tree import wait_for

# Normally a part of the moments is tried.
EVERY = bool(os.environ.get("GUP_EVERY_STEP"))
# It tells systemd that it is healthy, so no run waits for a window to pass.
HEALTHY = 'healthcheck: {{test: ["CMD", "true"], interval: 1s}}'
SLEEPER = "services:\n  main:\n    image: {sleep}\n    " + HEALTHY + "\n"


class Versions:
    """Two revisions that differ in image, config, secret, network, and in a stack that only one of them has."""

    def __init__(self, device, images, **options):
        self.device, self.images = device, images
        self.gw = device.connector("gw", gupfile=GUPFILE, files=self.files("one"), **options)
        self.commits = {"one": self.gw.head}

    def files(self, version: str) -> dict[str, str]:
        images = self.images
        web = getattr(images, version)
        subnet = {"one": "10.99.1.0/24", "two": "10.99.2.0/24"}[version]
        compose = f"""services:
  web:
    image: {web.tag}
    ports: ["8080:80"]
    networks: [lan]
    configs: [{{source: setting, target: /setting}}]
    secrets: [token]
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]
      interval: 1s
      timeout: 1s
      retries: 3
  dep:
    image: {images.sleep.tag}
    depends_on: {{web: {{condition: service_healthy}}}}
    healthcheck: {{test: ["CMD", "true"], interval: 1s}}
configs:
  setting: {{content: {version}}}
secrets:
  token: {{file: ./token}}
networks:
  lan: {{name: lan, ipam: {{config: [{{subnet: {subnet}}}]}}}}
"""
        return {"services/gw/compose.yaml": compose, "services/gw/token": version,
                f"services/only-{version}/compose.yaml": SLEEPER.format(sleep=images.sleep.tag)}

    def push(self, version: str) -> None:
        other = {"one": "two", "two": "one"}[version]
        self.commits[version] = self.gw.push({f"services/only-{other}/compose.yaml": None, **self.files(version)})

    def seen(self) -> dict[str, str]:
        """Which version each part is of, once systemd has done what was queued."""
        tree = self.device.tree
        wait_for(lambda: tree.must("systemctl", "list-jobs", "--no-legend") == "", "the end of all jobs", 60)
        there = tree.run("cat", RECORD)
        record = json.loads(there.text) if there.code == 0 else {"units": []}
        digest = next((unit["digest"] for unit in record["units"] if unit["service"] == "web"), "")
        # podman warns of a file of a network that it could not write on a full disk.
        listed = tree.must("podman", "network", "inspect", "lan")
        subnet = json.loads(listed[listed.index("[\n"):])[0]["subnets"][0]["subnet"]
        stacks = [one for one in ("one", "two") if tree.active(f"only-{one}-main.service") == "active"]
        up = [name for name in ("gw-web", "gw-dep") if tree.active(f"{name}.service") == "active"]
        found = {"code": next((name for name, commit in self.commits.items() if commit == self.gw.head), "?"),
                 "record": {self.images.one.digest: "one", self.images.two.digest: "two"}.get(digest, digest),
                 "network": {"10.99.1.0/24": "one", "10.99.2.0/24": "two"}[subnet],
                 "stacks": " ".join(stacks)}
        if up == ["gw-web", "gw-dep"]:
            found |= {"page": self.device.page(), "config": tree.run("podman", "exec", "gw-web", "cat", "/setting").text.strip(),
                      "secret": tree.run("podman", "exec", "gw-web", "cat", "/run/secrets/token").text.strip()}
        else:
            found["up"] = " ".join(up)
        return found

    def version(self) -> str:
        """The version of all parts, or a list of them."""
        seen = self.seen()
        return next(iter(seen.values())) if len(set(seen.values())) == 1 else str(seen)


def is_whole(versions, *runs) -> list[str]:
    found = versions.version()
    fine = found in ("one", "two") and all(run.code == 0 for run in runs)
    return [] if fine else [f"{found}: {' '.join(map(str, runs))}"]


def killed_at(device, call: str, number: int, command: tuple[str, ...]) -> bool:
    """Kills the agent when it enters its call of that number; a write or flush is one of the connector's journal."""
    trace = device.folder / "trace"
    only = [] if call == "clone" else ["-P", str(device.state / "journal/gw")]
    device.run(*command, wrapper=[tool("strace"), "-f", "-b", "execve", "-qq", "-o", str(trace), *only, "-e", f"trace={call}",
                                  "-e", f"inject={call}:signal=KILL:when={number}"])
    return "killed by SIGKILL" in trace.read_text()
