# SPDX-License-Identifier: Apache-2.0
"""The host script of docs/migrate/release-tool.md, as it is on the page. A person's shell is in the place of ssh."""
from __future__ import annotations

import json
import re
from pathlib import Path

from stacks import web

PAGE = Path(__file__).parents[2] / "docs/migrate/release-tool.md"
DATABASE = """services:
  db:
    image: 127.0.0.1:5000/sleep:1
    secrets:
      - {source: POSTGRES_PASSWORD, x-gup: {type: env, target: POSTGRES_PASSWORD}}
secrets:
  POSTGRES_PASSWORD: {external: true}
"""


def test_the_script_deploys_what_changed(device, images):
    tree = device.tree
    tree.must("systemctl", "start", "network-online.target")
    script = re.search(r"The script as a whole:\n\n```\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
    tree.write("/usr/local/bin/deploy-on-host", script, 0o755)
    remote = device.remote("my-repository")
    before = remote.push({"services/db/compose.yaml": DATABASE, "services/web/compose.yaml": web("127.0.0.1:5000/web:${TAG}")}, "First")
    tree.write("/home/pi/.gitconfig", "[safe]\n\tdirectory = *\n")  # the remote is another user's
    assert tree.as_user("pi", "git", "clone", "-q", "-b", "main", remote.bare, "/home/pi/runtime/my-repository").code == 0

    def deploy(affected: str, tag: str) -> None:
        values = [json.dumps({"TAG": tag}), json.dumps({"POSTGRES_PASSWORD": "a $ecret 'word'"})]
        tree.write("/home/pi/input", "\n".join(values) + "\n")
        done = tree.as_user("pi", "sh", "-c", f"deploy-on-host '{affected}' </home/pi/input")
        assert done.code == 0 and "ecret" not in done.text, done

    deploy("db web", "1")
    assert device.page() == "one"
    environment = tree.as_user("pi", "podman", "exec", "db", "env").text
    assert "POSTGRES_PASSWORD=a $ecret 'word'" in environment
    started = tree.show("db.service", "InvocationID", user="pi")
    after = remote.push({"services/web/README": "changed\n"}, "Second")
    asked = tree.as_user("pi", "sh", "-c", "cd ~/runtime/my-repository && git fetch -q && git merge -q --ff-only FETCH_HEAD && "
                         f'gup-agent services determine-changes --changed-files "$(git diff --name-only {before} {after})"')
    assert asked.text == "web\n"
    deploy(asked.text.strip(), "2")
    assert device.page() == "two"
    assert tree.show("db.service", "InvocationID", user="pi") == started, "only what changed is restarted"
