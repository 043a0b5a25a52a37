# SPDX-License-Identifier: Apache-2.0
"""doctor: whose the root folder, its shared folders, the connectors and their virtualenvs are."""
from __future__ import annotations

import os
import subprocess

import pytest

pytestmark = pytest.mark.root("only root can change owners")
ANN, BOB = 4801, 4802


def give(path, uid: int) -> None:
    subprocess.run(["chown", "-R", f"{uid}:{uid}", str(path)], check=True)


def follow(hint: str) -> None:
    subprocess.run(hint, shell=True, check=True)


@pytest.mark.parametrize("name", [".gup", ".pyenv"])
def test_a_shared_folder_of_one_owner(machine, gateway, name):
    gateway.connector("meter")
    gateway.root.chmod(0o1777)
    place = gateway.root / name
    place.mkdir()
    give(place, ANN)
    found = {(one["check"], one["subject"]): one for one in machine.findings()}
    shared = found["permissions", str(gateway.root)]
    assert f"uid {ANN} can change {place}" in shared["what"] and shared["hint"] == f"chown root: {place}", found
    assert ("connector", "meter") in found
    follow(shared["hint"])
    assert machine.findings() == []


def test_a_root_folder_that_everybody_may_change(machine, gateway):
    gateway.connector("meter")
    gateway.root.chmod(0o777)
    found = {(one["check"], one["subject"]): one for one in machine.findings()}
    assert found["permissions", str(gateway.root)]["hint"] == f"chmod go-w {gateway.root}"
    follow(found["permissions", str(gateway.root)]["hint"])
    assert machine.findings() == []


def test_a_connector_of_root_s_in_another_user_s_root_folder(machine, gateway):
    gateway.connector("meter")
    os.chown(gateway.root, ANN, ANN)
    found = machine.only("connector")
    assert f"uid {ANN} can change {gateway.root}" in found["what"], found
    assert found["hint"] == f"chown -R {ANN} {gateway.root}/meter"


def test_a_virtualenv_of_another_user(machine, gateway):
    connector = gateway.connector("meter")
    place = gateway.virtualenv("meter", pip=False).path
    give(connector.path, ANN)
    give(place, BOB)
    found = machine.only("connector")
    assert f"uid {BOB} can change {place}" in found["what"] and found["hint"] == f"chown -R {ANN} {place}", found


def test_a_group_that_may_write_is_a_note(machine, gateway):
    connector = gateway.connector("meter")
    gateway.temporary.chmod(0o1777)
    give(connector.path, ANN)
    subprocess.run(["chmod", "-R", "g+w", str(connector.path)], check=True)
    run = machine.doctor()
    assert run.document["findings"] == [], run
    assert [note for note in run.document["notes"] if f"may write to {connector.path}: its members can act as uid {ANN}" in note], run
