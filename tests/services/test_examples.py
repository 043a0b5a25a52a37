# SPDX-License-Identifier: Apache-2.0
"""The stacks of gupfiles-example start. Small images are in the place of the real ones, behind a mirror of their registries."""
from __future__ import annotations

from pathlib import Path

import pytest

from images import REGISTRY, SLEEP
from versions import EVERY

EXAMPLES = Path(__file__).parents[2] / "gupfiles-example/services"
# The health checks of the examples call these.
PROGRAMS = "for one in mosquitto_sub influx; do printf '#!/bin/sh\\n' >/bin/$one; busybox chmod 755 /bin/$one; done\n"
IMAGES = ("docker.io/library/eclipse-mosquitto:2.0.20", "docker.io/library/influxdb:2.7.11", "docker.io/library/telegraf:1.33.1",
          "docker.io/grafana/grafana:11.4.0", "ghcr.io/koenkk/zigbee2mqtt:2.0.0")


@pytest.mark.skipif(not EVERY, reason="GUP_EVERY_STEP=1: it waits for health checks of 30 seconds")
def test_the_examples_start(device, registry):
    tree = device.tree
    mirrors = "".join(f'[[registry]]\nlocation = "{name}"\n[[registry.mirror]]\nlocation = "{REGISTRY}/{name}"\ninsecure = true\n'
                      for name in ("docker.io", "ghcr.io"))
    tree.write("/etc/containers/registries.conf.d/mirrors.conf", mirrors)
    for image in IMAGES:
        registry.push(image, PROGRAMS + SLEEP, entrypoint=["/bin/sh", "/run.sh"])
    tree.must("mknod", "/dev/ttyUSB0", "c", "1", "3")
    device.declare("gw", variables=["ADMIN_PASSWORD=secret", "INFLUX_TOKEN=token"], allow=["device:/dev/ttyUSB0"])
    files = {f"services/{path.relative_to(EXAMPLES)}": path.read_text() for path in EXAMPLES.rglob("*") if path.is_file()}
    device.connector("gw", gupfile='[connector]\nbranch = "main"\n[health]\nwithin = "120s"\n', files=files)
    device.now(timeout=300).must("gw", code=0, outcome="updated")
    running = tree.must("podman", "ps", "--format", "{{.Names}}").split()
    first = "mosquitto-telegraf-influxdb-grafana-"
    assert sorted(running) == sorted([*(first + one for one in ("mosquitto", "influxdb", "telegraf", "grafana")),
                                      "zigbee2mqtt-mqtt", "zigbee2mqtt-zigbee2mqtt"])
    device.now().must("gw", code=0, outcome="unchanged")
