# SPDX-License-Identifier: Apache-2.0
"""Quadlet's generators of several releases of podman, built from Go modules once for each user. GUP_QUADLETS names a folder with
generators that were built before: quadlet-VERSION."""
from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

VERSIONS = ("4.4.4", "4.9.5", "5.0.3", "5.2.5", "5.5.2", "5.6.2", "5.7.1")
TAGS = "containers_image_openpgp,exclude_graphdriver_btrfs,remote"


def build(version: str, into: Path) -> None:
    """As podman's own Makefile builds it, without podman."""
    module = f"github.com/containers/podman/v{version[0]}"
    into.mkdir(parents=True, exist_ok=True)
    (into / "go.mod").write_text(f"module q\ngo 1.20\nrequire {module} v{version}\n")
    (into / "main.go").write_text(f"package main\n\nimport _ \"{module}/pkg/systemd/quadlet\"\n\nfunc main() {{}}\n")
    environment = os.environ | {"GOFLAGS": "-mod=mod", "CGO_ENABLED": "0"}
    for command in (["go", "mod", "tidy"],
                    ["go", "build", "-p", "2", "-tags", TAGS, "-ldflags", "-s -w", "-o", "quadlet.new", f"{module}/cmd/quadlet"]):
        done = subprocess.run(command, cwd=into, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    (into / "quadlet.new").rename(into / "quadlet")


def quadlet(version: str) -> str:
    """The path of that release's generator."""
    if given := os.environ.get("GUP_QUADLETS"):
        if not (Path(given) / f"quadlet-{version}").exists():
            pytest.skip(f"no quadlet-{version} in GUP_QUADLETS")
        return str(Path(given) / f"quadlet-{version}")
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gup-agent" / f"quadlet-{version}"
    if not (folder / "quadlet").exists():
        build(version, folder)
    return str(folder / "quadlet")


def unit_of(name: str) -> str:
    base, _, kind = name.rpartition(".")
    return f"{base}.service" if kind == "container" else f"{base}-{kind}.service"


def accepted_units(version: str, files: list[dict], folder: Path) -> dict[str, str]:
    """The units that the real Quadlet makes: one for each file, and no complaint. 4.4 ends with 0 when it refused a file."""
    folder.mkdir()
    for one in files:
        (folder / one["name"]).write_text(one["text"])
    done = subprocess.run([quadlet(version), "--dryrun"], env={"QUADLET_UNIT_DIRS": str(folder)}, capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if "Loading source unit" not in line]
    assert (done.returncode, complaints) == (0, [])
    units = {found[1]: found[2] for found in re.finditer(r"^---(\S+)---\n(.*?)(?=^---\S+---$|\Z)", done.stdout, re.M | re.S)}
    assert units.keys() == {unit_of(one["name"]) for one in files}
    return units
