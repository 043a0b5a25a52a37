# SPDX-License-Identifier: Apache-2.0
"""doctor: hooks that are refused or passed over, and services without a unit."""
from __future__ import annotations

from pathlib import Path


def hook(path: Path, mode: int = 0o755) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.parent.chmod(0o755)
    path.write_text("#!/bin/sh\n")
    path.chmod(mode)
    return path


def test_hooks_of_the_operator_that_are_refused_or_passed_over(machine, gateway):
    gateway.connector("meter")
    path = hook(gateway.folder / "pre/10-note", 0o644)
    gateway.configure("hooks", pre_update=str(path.parent))
    found = machine.only("hook")
    assert found["subject"] == str(path) and "is ignored" in found["why"] and "chmod +x" in found["hint"], found
    path.chmod(0o777)
    found = machine.only("hook")
    assert "everybody can change it" in found["what"] and found["why"] == "every update is blocked", found
    path.chmod(0o755)
    assert machine.findings() == []


def test_a_hook_of_a_connector_that_cannot_be_run(machine, gateway):
    connector = gateway.connector("meter", '[hooks]\npre-update = "pre.sh"\n', files={"pre.sh": "#!/bin/sh\n"})
    found = machine.only("hook")
    assert found["subject"] == "meter" and "pre.sh is not executable" in found["what"], found
    assert found["why"] == "its next update is blocked" and "chmod=+x" in found["hint"]
    (connector.path / "pre.sh").unlink()
    assert "pre.sh" in machine.only("hook")["what"]


def test_a_missing_service_is_looked_up_once(machine, gateway):
    calls = gateway.folder / "calls"
    systemctl = hook(gateway.folder / "bin/systemctl")
    systemctl.write_text(f'#!/bin/sh\ncase "$*" in *meter.service*) echo "$*" >>{calls};; esac\necho LoadState=not-found\n')
    gateway.environment["PATH"] = f"{systemctl.parent}:{gateway.environment['PATH']}"
    for name in ("heat", "meter"):
        gateway.connector(name, '[connector]\nservice = "meter"\n')
    found = machine.findings()
    assert [one["check"] for one in found] == ["service", "service"], found
    assert "there is no unit meter.service" in found[0]["what"] and "blocked" in found[0]["why"]
    assert len(calls.read_text().splitlines()) == 1
