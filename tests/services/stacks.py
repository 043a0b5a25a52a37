# SPDX-License-Identifier: Apache-2.0
"""Compose files and gupfiles of connectors with containers."""
from __future__ import annotations

GUPFILE = '[connector]\nbranch = "main"\n[health]\nwithin = "20s"\n'
RECORD = "/etc/containers/systemd/gup-gw/stacks.json"


def web(image: str, port: int = 8080, more: str = "") -> str:
    return f"""services:
  web:
    image: {image}
    ports: ["{port}:80"]
    healthcheck:
      test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1/"]
      interval: 1s
      timeout: 1s
      retries: 3
{more}"""


DEPENDENT = """  dep:
    image: {sleep}
    depends_on:
      web: {{condition: service_healthy}}
"""


def files(image: str, more: str = "") -> dict[str, str]:
    return {"services/gw/compose.yaml": web(image, more=more)}
