# SPDX-License-Identifier: Apache-2.0
"""A connector with a zip in a bucket as source. The server checks signatures with Amazon's own implementation, and refuses like
S3."""
from __future__ import annotations

import os
import subprocess

import pytest

from archives import leftovers, record, release, zipped
from completed import Has
from gateway import snapshot
from tools import tool

# On machines without botocore only these tests are skipped.
pytest.importorskip("botocore")

from s3_server import S3  # noqa: E402

KEY = "releases/app 1+1=ü.zip"
NO_ROLE = {"AWS_EC2_METADATA_DISABLED": "true"}


@pytest.fixture
def s3():
    server = S3()
    server.keys["gate"] = "s3cret/with+signs="
    server.put("code", KEY, zipped({"main.py": "1\n"}))
    yield server
    server.stop()


@pytest.fixture
def connector(gateway, s3):
    gateway.environment.update(NO_ROLE)
    return gateway.declare("app", source=f"s3://code/{KEY}", endpoint=s3.url)


@pytest.fixture
def with_keys(gateway, connector):
    gateway.declare("app", **{"access-key": "gate", "secret-key": "s3cret/with+signs="})
    return connector


def test_an_archive_in_a_bucket_becomes_a_release_and_a_quiet_night_writes_nothing(gateway, s3, with_keys):
    run = gateway.now()
    run.must("app", code=0, outcome="updated")
    assert (with_keys / "main.py").read_text() == "1\n" and leftovers(gateway, "app") == []
    before = snapshot(gateway.root), snapshot(gateway.state)
    asked = len(s3.requests)
    assert gateway.now().outcomes() == {"app": "unchanged"}
    assert (snapshot(gateway.root), snapshot(gateway.state)) == before
    assert [status for _, _, status in s3.requests[asked:]] == [304]
    etag = s3.put("code", KEY, zipped({"main.py": "2\n"}))
    run = gateway.now()
    run.must("app", outcome="updated")
    assert record(with_keys)["commit"] == etag, run
    assert (with_keys / "main.py").read_text() == "2\n"
    everything = "\n".join(gateway.log_lines()) + run.out + (gateway.state / "status.json").read_text()
    assert "s3cret" not in everything


@pytest.mark.parametrize("place", ["account-key", "variables", "credentials", "profile", "container", "instance"])
def test_credentials_are_found_where_amazons_tools_look(gateway, s3, connector, place):
    secret = s3.keys["gate"]
    (gateway.home / ".aws").mkdir()
    (gateway.home / ".amazon").mkdir()
    environment = dict(NO_ROLE)
    if place == "account-key":
        (gateway.home / ".amazon/account-key").write_text(f"accessKey=gate\nsecretKey={secret}\n")
    elif place == "variables":
        s3.tokens["the-token"] = s3.now() + 60
        environment |= {"AWS_ACCESS_KEY_ID": "gate", "AWS_SECRET_ACCESS_KEY": secret, "AWS_SESSION_TOKEN": "the-token"}
    elif place == "credentials":
        (gateway.home / ".aws/credentials").write_text(f"[default]\naws_access_key_id = gate\naws_secret_access_key = {secret}\n")
    elif place == "profile":
        s3.region = "eu-north-1"
        (gateway.home / ".aws/credentials").write_text(f"[work]\naws_access_key_id=gate\naws_secret_access_key={secret}\n")
        (gateway.home / ".aws/config").write_text("[profile work]\nregion = eu-north-1\n")
        environment["AWS_PROFILE"] = "work"
    else:
        s3.give_role("role-key", "role-secret", "role-token")
        environment = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": s3.url}
        if place == "container":
            environment = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{s3.url}/role",
                           "AWS_CONTAINER_AUTHORIZATION_TOKEN": s3.container_token}
    gateway.environment.pop("AWS_EC2_METADATA_DISABLED")
    run = gateway.now(env=environment)
    run.must("app", code=0, outcome="updated")
    assert (connector / "main.py").exists(), run
    assert not [status for _, path, status in s3.requests if path.startswith("/code/") and status >= 400], s3.requests


def test_without_credentials_it_says_where_it_looked(gateway, connector):
    run = gateway.now()
    run.must("app", code=1, reason=Has("there are no credentials for S3"))
    for place in ("gup-agent.toml", "~/.amazon/account-key", "AWS_ACCESS_KEY_ID", "~/.aws/credentials", "container", "instance"):
        assert place in run["app"]["hint"], (place, run)


def test_a_public_bucket_needs_no_credentials(gateway, s3, connector):
    s3.public.add("code")
    gateway.now().must("app", code=0, outcome="updated")
    assert (connector / "main.py").read_text() == "1\n"
    asked = len(s3.requests)
    assert gateway.now().outcomes() == {"app": "unchanged"}
    assert [status for _, _, status in s3.requests[asked:]] == [304]


@pytest.mark.parametrize("key, reason", [("other.zip", "there is no such key"), (KEY, "the bucket code is not public")])
def test_a_bucket_without_credentials_says_what_is_missing(gateway, s3, connector, key, reason):
    if reason.startswith("there"):
        s3.public.add("code")
    gateway.declare("app", source=f"s3://code/{key}")
    run = gateway.now()
    run.must("app", code=1, reason=Has(reason))
    assert (("~/.aws/credentials" in run["app"]["hint"]) == (key == KEY)), run


@pytest.mark.parametrize("case, reason, hint", [
    ("wrong key", "is not known there (InvalidAccessKeyId)", "deleted"),
    ("wrong secret", "does not belong to its access key (SignatureDoesNotMatch)", "copy both"),
    ("denied", "may not read it (AccessDenied)", "s3:GetObject"),
    ("no bucket", "there is no bucket code (NoSuchBucket)", "endpoint"),
    ("no key", "there is no such key in the bucket code (NoSuchKey)", "case sensitive"),
    ("clock ahead", "the clock of this machine is 30 min behind", "timedatectl"),
    ("clock behind", "the clock of this machine is 30 min ahead", "timedatectl"),
    ("expired", "has expired (ExpiredToken)", "log in again"),
    ("strange token", "is not one of this server (InvalidToken)", "same log-in"),
])
def test_each_refusal_names_its_cause_and_changes_nothing(gateway, s3, with_keys, case, reason, hint):
    assert gateway.now().outcomes() == {"app": "updated"}
    before = snapshot(gateway.root)
    environment = {}
    if case == "wrong key":
        s3.keys.clear()
    elif case == "wrong secret":
        s3.keys["gate"] = "another"
    elif case == "denied":
        s3.denied.add("gate")
    elif case == "no bucket":
        s3.objects.clear()
    elif case == "no key":
        s3.objects["code"].clear()
    elif case.startswith("clock"):
        s3.clock_ahead = 1800 if case == "clock ahead" else -1800
    else:
        gateway.declare("app", **{"access-key": None, "secret-key": None})
        environment = {"AWS_ACCESS_KEY_ID": "gate", "AWS_SECRET_ACCESS_KEY": s3.keys["gate"], "AWS_SESSION_TOKEN": "a-token"}
        if case == "expired":
            s3.tokens["a-token"] = s3.now() - 1
    run = gateway.now(env=environment)
    assert run.code == 1, run
    assert reason in run["app"]["reason"], run
    assert hint in run["app"]["hint"], run
    assert run["app"]["reason"].startswith("s3://code/releases/app 1+1=ü.zip: "), run
    assert snapshot(gateway.root) == before
    shown = "\n".join(gateway.log_lines()) + run.out + run.err
    assert "s3cret" not in shown and "a-token" not in shown


def test_a_bucket_in_another_region_is_asked_there(gateway, s3, with_keys):
    s3.regions["code"] = "eu-north-1"
    assert gateway.now().outcomes() == {"app": "updated"}
    gateway.declare("app", region="eu-north-1")
    asked = len(s3.requests)
    assert gateway.now().outcomes() == {"app": "unchanged"}
    assert [status for _, _, status in s3.requests[asked:]] == [304], "who says the region is not sent around"


def test_a_download_that_is_cut_goes_on_where_it_was(gateway, s3, with_keys):
    content = zipped({"main.py": "big\n", "data": os.urandom(500_000)})
    s3.put("code", KEY, content)
    s3.cuts = [200_000]
    run = gateway.now()
    assert run.code == 0, run
    assert (with_keys / "main.py").read_text() == "big\n", run
    assert [status for _, _, status in s3.requests] == [206, 200, 206], s3.requests


def test_an_expired_role_is_asked_for_new_credentials_once(gateway, s3, connector):
    s3.give_role("role-key", "role-secret", "old-token", seconds=-5)
    gateway.environment.pop("AWS_EC2_METADATA_DISABLED")
    run = gateway.now(env={"AWS_EC2_METADATA_SERVICE_ENDPOINT": s3.url})
    run.must("app", code=1, reason=Has("ExpiredToken"))
    assert [path for _, path, _ in s3.requests if path.endswith("/gateway-role")] == \
        ["/latest/meta-data/iam/security-credentials/gateway-role"] * 2
    assert not connector.exists()


def test_rollback_of_a_bucket_needs_no_server(gateway, s3, with_keys):
    gateway.now()
    old = release(with_keys)
    s3.put("code", KEY, zipped({"main.py": "2\n"}))
    gateway.now()
    s3.stop()
    assert gateway.run("rollback", "app").code == 0
    assert release(with_keys) == old


def test_a_signed_archive_is_bound_to_the_last_part_of_its_key(gateway, s3, with_keys, folder):
    secret, public, archive = folder / "key", folder / "key.pub", folder / "app 1+1=ü.zip"
    subprocess.run([tool("minisign"), "-G", "-W", "-p", public, "-s", secret], check=True, capture_output=True)
    gateway.declare("app", public_keys=[public.read_text().splitlines()[1]])
    archive.write_bytes(s3.objects["code"][KEY])
    for comment, outcome in (["-t", "file:other.zip timestamp:1"], "failed"), ([], "updated"):
        subprocess.run([tool("minisign"), "-S", "-s", secret, "-m", archive, *comment], check=True, capture_output=True)
        s3.put("code", f"{KEY}.minisig", archive.with_name(f"{archive.name}.minisig").read_bytes())
        gateway.now().must("app", outcome=outcome)
