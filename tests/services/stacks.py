# SPDX-License-Identifier: Apache-2.0
"""Compose files and gupfiles of connectors with containers."""
from __future__ import annotations

GUPFILE = '[connector]\nbranch = "main"\n[health]\nwithin = "20s"\n'
NIGHTLY = GUPFILE + '[services]\nimages = "nightly"\n'
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


def ten_stacks(images: list[str]) -> dict[str, str]:
    """Ten stacks with three of thirty images each. The last compose service of each has the same image as the first."""
    found = {}
    for number in range(10):
        three = images[3 * number:3 * number + 3]
        services = "".join(f"  s{index}:\n    image: {image}\n" for index, image in enumerate([*three, three[0]]))
        found[f"services/stack{number}/compose.yaml"] = f"services:\n{services}"
    return found
