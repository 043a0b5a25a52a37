# SPDX-License-Identifier: Apache-2.0
"""Compose files of public repositories. GUP_COMPOSE_CORPUS names a folder of work trees, one a repository: OWNER+NAME; else they are
fetched."""
from __future__ import annotations

import functools
import os
import subprocess
from pathlib import Path

import pytest

# Repository, commit, file, variables.
REAL = [
    ("chirpstack/chirpstack-docker", "91a7826adfc5", "docker-compose.yml", {}),
    ("ucero0/homeAssistant", "49c1a12a5e7d", "docker-compose.yml", {}),
    ("victronenergy/venus-docker-grafana", "2ea13bf75849", "docker-compose.yaml", {}),
    ("Miceuz/docker-compose-mosquitto-influxdb-telegraf-grafana", "1f873f27f16c", "docker-compose.yml", {}),
    ("racksync/frigate-docker", "ada519dbe0e4", "docker-compose.yml", {}),
    ("edgexfoundry/edgex-compose", "02539a4193cb", "docker-compose.yml", {}),
    ("edgexfoundry/edgex-compose", "02539a4193cb", "docker-compose-no-secty-arm64.yml", {}),
    ("koldaman/iot-rpi-docker-compose", "5aef05cd84be", "docker-compose-rpi.yml", {}),
    ("snakuzzo/homeassistant-stack", "b8000532e372", "docker-compose.yaml",
     {"PWD": "/srv/ha", "HOMEASSISTANT_LOCAL_PORT": "8123", "HOMEASSISTANT_EXTERNAL_PORT": "443", "HOMEASSISTANT_CONFIGDIR": "/srv/ha/config",
      "MOSQUITTO_PORT": "1883", "Z2M_DEVICE_PORT": "/dev/ttyACM0", "Z2M_WEB_PORT": "8080", "PORTAINER_PORT": "9000"}),
    ("brian32768/docker-homeassistant", "e00d35aa7134", "compose.yaml", {"PWD": "/srv/ha"}),
    ("influxdata/sandbox", "ce55e5847251", "docker-compose.yml", {"TYPE": "latest", "INFLUXDB_TAG": "1", "TELEGRAF_TAG": "1", "KAPACITOR_TAG": "1",
                                                                  "CHRONOGRAF_TAG": "1"}),
    ("zwave-js/zwave-js-ui", "cd01655a9089", "docker/docker-compose.yml", {}),
    ("openremote/openremote", "2c80a3c183ee", "docker-compose.yml", {}),
    ("thingsboard/thingsboard", "dfe65d5abc3a", "docker/docker-compose.yml",
     {"DOCKER_REPO": "thingsboard", "TB_VERSION": "4", "JAVA_OPTS": "", "LOAD_BALANCER_NAME": "haproxy-certbot"}
     | {f"{name}_DOCKER_NAME": f"tb-{name.lower()}" for name in
        ("JS_EXECUTOR", "TB_NODE", "MQTT_TRANSPORT", "HTTP_TRANSPORT", "COAP_TRANSPORT", "LWM2M_TRANSPORT", "SNMP_TRANSPORT", "WEB_UI",
         "TB_VC_EXECUTOR", "EDQS", "MONITORING")}),
    ("xarionlabs/continuous_deployment_starter", "0e7669b3b1d6", "services/03_nginx-proxy/docker-compose.yml", {"HOST": "10.0.0.1", "RUNTIME_UID": "1000"}),
    ("xarionlabs/continuous_deployment_starter", "0e7669b3b1d6", "services/01_postgres/docker-compose.yml", {}),
    ("xarionlabs/continuous_deployment_starter", "0e7669b3b1d6", "services/06_airflow/docker-compose.yml", {"USERNAME": "u"}),
]
# Ours runs one container of a service.
OVERRIDES = {"thingsboard/thingsboard": "services:\n  tb-js-executor: {deploy: {replicas: 1}}\n"}


@functools.cache
def work_tree(repository: str, commit: str, base: Path) -> Path:
    folder = repository.replace("/", "+")
    if given := os.environ.get("GUP_COMPOSE_CORPUS"):
        if not (Path(given) / folder).is_dir():
            pytest.skip(f"no {folder} in GUP_COMPOSE_CORPUS")
        return Path(given) / folder
    tree = base / folder
    subprocess.run(["git", "init", "-q", tree], check=True)
    # A server answers for full ids only; the short one must be of the newest commit then.
    fetched = subprocess.run(["git", "-C", tree, "fetch", "-q", "--depth", "300", f"https://github.com/{repository}"], capture_output=True)
    found = fetched.returncode == 0 and subprocess.run(["git", "-C", tree, "checkout", "-q", commit], capture_output=True).returncode == 0
    if not found:
        pytest.skip(f"{repository} at {commit} cannot be fetched")
    return tree
