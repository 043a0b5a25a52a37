# SPDX-License-Identifier: Apache-2.0
"""A gateway whose agent runs in a tree, as root. All of Gateway works: connectors, pushes, kill_at, each_kill."""
from __future__ import annotations

import subprocess
from pathlib import Path

from gateway import Gateway
from tree import Tree


class Device(Gateway):
    def __init__(self, tree: Tree, folder: Path):
        self.tree = tree
        super().__init__(folder, tree.command("/usr/bin/gup-agent"))

    def start(self, *arguments: object, wrapper: list[str] | None = None, **options) -> subprocess.Popen:
        # The tree was perhaps booted again since: it has another first process. A tracer runs in it, as the agent does.
        self.agent = self.tree.command(*(wrapper or []), "/usr/bin/gup-agent")
        return super().start(*arguments, preexec_fn=self.tree.enter, **options)

    def page(self, port: int = 8080) -> str:
        """What a container serves on this port of the gateway; empty if nothing answers."""
        done = self.tree.run("curl", "--silent", "--max-time", "5", f"http://127.0.0.1:{port}/")
        return done.text if done.code == 0 else ""

    def connector_of(self, user: str, name: str, **options):
        """A connector that belongs to another user than root."""
        made = self.connector(name, **options)
        self.tree.must("chown", "-R", f"{user}:", str(made.path))
        return made
