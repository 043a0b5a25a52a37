# SPDX-License-Identifier: Apache-2.0
"""What the other tests here rely on: the tree boots, containers run, and power cuts end all of it."""
from __future__ import annotations


def container(image: str, port: int = 8080) -> str:
    return (f"[Container]\nContainerName=web\nImage={image}\nPublishPort={port}:80\nNotify=healthy\n"
            "HealthCmd=wget -q -O /dev/null http://127.0.0.1/\nHealthInterval=1s\n[Install]\nWantedBy=multi-user.target\n")


def test_a_container_serves_also_after_a_power_cut(device, images):
    tree = device.tree
    tree.write("/etc/containers/systemd/web.container", container(images.one.by_digest))
    tree.must("systemctl", "daemon-reload")
    tree.must("systemctl", "start", "web")
    assert device.page() == "one"
    tree.reboot()
    assert tree.active("web.service") in ("active", "activating")
    tree.must("systemctl", "start", "web")
    assert device.page() == "one"


def test_the_agent_runs_in_the_tree_and_sees_its_gateway(device):
    made = device.connector("gw")
    pushed = made.push({"file": "1\n"})
    run = device.now()
    run.must("gw", code=0, outcome="updated")
    assert made.head == pushed
    device.tree.reboot()
    assert device.now().code == 0
