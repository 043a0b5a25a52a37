# SPDX-License-Identifier: Apache-2.0
"""gup-agent support: the facts of a gateway in one file, without its secrets."""
from __future__ import annotations

import json
import os
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
from gateway import AGENT, Gateway

SECRETS = {
    "notify token": "tk_AgQdq7mVBoFD37zQVN", "notify topic": "my-secret-topic-93h", "proxy password": "pr0xyPassw0rd", "s3 secret": "wJalrXUtnFEMI+K7MDENG/bPxR",
    "s3 access": "AK" + "IAIOSFODNN7EXAMPLE", "remote token": "gh" + "p_16C7e42F292c6912E7", "query token": "q7-query-token", "log password": "hunter2-in-the-log",
    "header": "Bearer-abc-def-ghi",
}


def pieces(path: Path) -> dict[str, str]:
    with tarfile.open(path) as archive:
        members = [member for member in archive.getmembers() if member.isfile()]
        assert all(not member.name.startswith(("/", "..")) for member in members)
        return {Path(member.name).name: archive.extractfile(member).read().decode() for member in members}


@pytest.fixture
def secret_gateway(gateway: Gateway) -> Gateway:
    connector = gateway.connector("meter", "", {"main.py": "1\n"})
    connector.git("remote", "set-url", "origin", f"http://user:{SECRETS['remote token']}@127.0.0.1:9/meter.git?key={SECRETS['query token']}")
    gateway.configure("notify", url=f"http://127.0.0.1:9/{SECRETS['notify topic']}", token=SECRETS["notify token"])
    gateway.configure("network", proxy=f"http://user:{SECRETS['proxy password']}@127.0.0.1:9")
    gateway.declare("bucket", source="s3://bucket/app.zip", access_key=SECRETS["s3 access"], secret_key=SECRETS["s3 secret"],
                    endpoint="http://127.0.0.1:9")
    gateway.now()
    with gateway.log.open("a") as log:
        log.write(f"[2026-11-29T02:00:00+0000] info (meter) post-update 10-hook: password={SECRETS['log password']} was used\n")
        log.write(f"[2026-11-29T02:00:00+0000] info (meter) post-update 10-hook: Authorization: {SECRETS['header']}\n")
        log.write("-----BEGIN OPENSSH PRIVATE " + "KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n-----END OPENSSH PRIVATE KEY-----\n")
    return gateway


def test_it_has_the_facts_and_no_secret(secret_gateway):
    gateway = secret_gateway
    output = gateway.folder / "facts.tar.gz"
    run = gateway.run("support", "-o", str(output))
    assert run.code == 0 and str(output) in run.out and "Look at it" in run.out, run
    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    found = pieces(output)
    assert {"version.json", "status.json", "doctor.json", "gup-agent.toml", "gup.log", "disks.txt", "memory.txt", "files.txt"} <= set(found), set(found)
    assert json.loads(found["version.json"])["version"]
    assert {one["name"] for one in json.loads(found["status.json"])["connectors"]} == {"meter", "bucket"}
    assert "findings" in json.loads(found["doctor.json"])
    assert "meter" in found["gup.log"] and "password=" in found["gup.log"] and "***" in found["gup.log"]
    assert "token" in found["gup-agent.toml"] and str(gateway.root) in found["gup-agent.toml"]
    for name, text in found.items():
        for what, secret in SECRETS.items():
            assert secret not in text, f"{what} is in {name}"
        assert "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ" not in text, name
    for line in found.get("missing.txt", "").splitlines():
        assert ": " in line, "each missing fact has a reason"


def test_the_name_is_made_from_host_and_time_and_nothing_is_replaced(gateway):
    gateway.connector("meter")
    where = gateway.folder / "work"
    where.mkdir()
    arguments = [*AGENT, "-c", str(gateway.config_file), "support"]
    done = subprocess.run(arguments, cwd=where, capture_output=True, text=True, timeout=90, env={**os.environ, "HOME": str(gateway.home)})
    assert done.returncode == 0, done
    made, = where.iterdir()
    assert made.name.startswith("gup-support-") and made.name.endswith(".tar.gz")
    kept = made.read_bytes()
    run = gateway.run("support", "-o", str(made))
    assert run.code == 2 and "already exists" in run.err and made.read_bytes() == kept, run
    run = gateway.run("support", "-o", str(gateway.folder / "none/facts.tar.gz"))
    assert run.code == 2 and "none" in run.err, run


def test_a_wrong_configuration_is_a_fact_too(gateway):
    gateway.connector("meter")
    with gateway.config_file.open("a") as file:
        file.write("\n[python]\ncreate-vnv = true\n")
    output = gateway.folder / "facts.tar.gz"
    assert gateway.run("support", "-o", str(output)).code == 0
    found = pieces(output)
    assert "create-vnv" in found["gup-agent.toml"] and "create-vnv" in found["doctor.json"]
