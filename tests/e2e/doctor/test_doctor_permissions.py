# SPDX-License-Identifier: Apache-2.0
"""doctor: full disks, files of the wrong owner, and files that others can change."""
from __future__ import annotations

import base64
import os
import shutil
import subprocess

import pytest

from gateway import AGENT

root_only = pytest.mark.root("only root can mount and change owners")
UID = 4711


@root_only
@pytest.mark.parametrize("options, words", [("size=4m", "are free, an update may need"), ("nr_inodes=300", "inodes are free")])
def test_a_disk_without_room_for_an_update(machine, gateway, options, words):
    meter = gateway.connector("meter")
    aside = gateway.folder / "aside"
    meter.path.rename(aside)
    meter.path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "gup-e2e", str(meter.path)], check=True)
    try:
        shutil.copytree(aside, meter.path, symlinks=True, dirs_exist_ok=True)
        found = machine.only("disk")
        assert words in found["what"] and "repositories" in found["what"], found
        subprocess.run(["mount", "-o", "remount,ro", str(meter.path)], check=True)
        assert "read-only" in machine.only("disk")["what"]
    finally:
        subprocess.run(["umount", str(meter.path)], check=True)


@root_only
def test_files_of_root_in_the_connector_of_another_user(machine, gateway):
    meter = gateway.connector("meter")
    subprocess.run(["chown", "-R", f"{UID}:{UID}", str(meter.path)], check=True)
    assert f"chmod 1777 {gateway.temporary}" in machine.only("permissions")["hint"]
    gateway.temporary.chmod(0o1777)
    assert machine.findings() == []
    os.chown(meter.path / ".git/objects", 0, 0)
    found = machine.only("permissions")
    assert f"{meter.path}/.git/objects" in found["what"] and f"chown -R {UID} " in found["hint"], found


@root_only
def test_an_agent_that_may_not_do_its_work(machine, gateway):
    gateway.connector("meter")
    machine.user = UID
    key = base64.b64encode(b"Ed" + os.urandom(40)).decode()
    gateway.configure("self-update", url="https://updates.invalid/manifest", public_keys=[key])
    found = {one["check"]: one for one in machine.findings()}
    assert {"state", "log", "permissions", "self-update"} <= set(found), found
    assert "belongs to root" in found["permissions"]["what"]


@root_only
def test_a_gupfile_that_its_owner_cannot_read(machine, gateway):
    meter = gateway.connector("meter")
    subprocess.run(["chown", "-R", f"{UID}:{UID}", str(meter.path)], check=True)
    gateway.temporary.chmod(0o1777)
    os.chown(meter.path / "gupfile", 0, 0)
    (meter.path / "gupfile").chmod(0o600)
    assert "gupfile" in machine.only("connector")["what"]


def test_a_configuration_that_others_can_change_or_that_shows_a_password(machine, gateway):
    gateway.connector("meter")
    gateway.config_file.chmod(0o666)
    assert "everybody may change it" in machine.only("permissions")["what"]
    gateway.config_file.chmod(0o644)
    gateway.configure("network", proxy="http://user:s3cret@127.0.0.1:9/")
    run = machine.doctor()
    assert "password" in run.document["findings"][0]["what"] and "s3cret" not in run.out + run.err, run
    gateway.config_file.chmod(0o600)
    assert machine.findings() == []


@pytest.mark.skipif(len(AGENT) != 1, reason="under an emulator the executable is the emulator's")
def test_an_executable_in_a_folder_that_others_can_change(machine, gateway):
    gateway.connector("meter")
    place = gateway.folder / "bin"
    place.mkdir()
    shutil.copy(AGENT[0], place / "gup-agent")
    place.chmod(0o777)
    gateway.agent = [str(place / "gup-agent")]
    assert machine.only("permissions")["subject"] == str(place)
