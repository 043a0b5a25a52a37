# SPDX-License-Identifier: Apache-2.0
"""A separate installation of repo-deploy, which gup-agent deploy takes over."""
from __future__ import annotations

from pathlib import Path

from gateway import Completed, Gateway


class Deployment:
    """A separate installation of repo-deploy: a configuration file, folders of hooks, a cache and the deployed folder."""

    def __init__(self, gateway: Gateway):
        self.gateway, folder = gateway, gateway.folder
        self.file = gateway.config_file = folder / "repo-deploy.cfg"
        self.local, self.cache = folder / "deploy/current", folder / "cache"
        self.pre, self.post = folder / "pre-update.d", folder / "post-update.d"
        for hooks in (self.pre, self.post):
            hooks.mkdir()
        gateway.environment["GUP_LOG"] = str(gateway.log)
        self.place = self.cache / "current"

    def configure(self, **values: object) -> None:
        values = {"local": self.local, **values}
        self.file.write_text("# repo-deploy\n" + "".join(f"{key.replace('_', '-')}={value}\n" for key, value in values.items()))

    @property
    def options(self) -> list[str]:
        return ["--cache", str(self.cache), "--pre-hooks", str(self.pre), "--post-hooks", str(self.post)]

    def fetch(self, *options: str, **others) -> Completed:
        """Returns the run; `.outcome` is that of the one connector."""
        run = self.gateway.run("deploy", "-f", "--json", *self.options, *options, **others)
        run.outcome = run["current"]["outcome"] if "current" in run.connectors else None
        return run

    def hook(self, folder: Path, script: str, name: str = "10-hook") -> None:
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)

    def text(self, name: str = "main.py") -> str:
        return (self.local / name).read_text()

    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.local)) for path in self.local.rglob("*") if path.is_file() and path.name != "gupfile")
