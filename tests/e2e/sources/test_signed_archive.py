# SPDX-License-Identifier: Apache-2.0
"""A signed archive is bound to its name and to an order: no other archive of the same key, and no way back to an older one."""
from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import time

import pytest

from archives import zipped
from completed import Has
from gateway import write_files
from tools import tool


class Publisher:
    """Signs archives below `place`, which a server serves."""

    def __init__(self, folder, place):
        self.folder, self.place = folder, place
        place.mkdir(parents=True, exist_ok=True)
        self.public = self.new_key("key")
        self.dates: dict[bytes, int] = {}  # nginx makes ETags of them

    def new_key(self, name: str) -> str:
        command = [tool("minisign"), "-G", "-W", "-p", self.folder / f"{name}.pub", "-s", self.folder / name]
        subprocess.run(command, check=True, capture_output=True)
        return (self.folder / f"{name}.pub").read_text().splitlines()[1]

    def make(self, text: str, comment: str | None = None, name: str = "app.zip", key: str = "key") -> dict[str, bytes]:
        """The files of a signed archive, which are not served yet. Without a comment it is minisign's own."""
        made = self.folder / "made"
        write_files(made, {name: zipped({"main.py": text})})
        words = [] if comment is None else ["-t", comment]
        subprocess.run([tool("minisign"), "-S", "-s", self.folder / key, "-m", made / name, *words], check=True,
                       capture_output=True)
        return {one: (made / one).read_bytes() for one in (name, f"{name}.minisig")}

    def serve(self, files: dict[str, bytes], as_name: str = "app.zip") -> None:
        archive, signature = files.values()
        date = self.dates.setdefault(archive, 1_700_000_000 + 2 * len(self.dates))
        for name, content in ((f"{as_name}.minisig", signature), (as_name, archive)):
            new = self.place / "new"
            new.write_bytes(content)
            os.utime(new, (date, date))
            new.rename(self.place / name)


@pytest.fixture
def publisher(folder):
    return Publisher(folder, folder / "served")


@pytest.fixture
def app(gateway, web, publisher):
    """The connector's folder."""
    return gateway.declare("app", source=web.under("files", publisher.place / "app.zip"), public_keys=[publisher.public])


def running(app) -> str:
    return (app / "main.py").read_text()


def test_an_older_archive_is_refused_and_not_downloaded(gateway, web, publisher, app):
    old, new = publisher.make("1\n", "file:app.zip timestamp:1000"), publisher.make("2\n", "file:app.zip timestamp:1001")
    publisher.serve(old)
    gateway.now().must("app", outcome="updated")
    publisher.serve(new)
    gateway.now().must("app", outcome="updated")
    publisher.serve(old)
    asked = len(web.requests("/app.zip"))
    run = gateway.now()
    run.must("app", code=1, outcome="failed", reason=Has("timestamp 1000 is older than 1001, which was seen already"))
    assert "old archive" in run["app"]["hint"] and running(app) == "2\n"
    whole = [line for line in web.requests("/app.zip")[asked:] if line.split()[2] == "200" and "minisig" not in line]
    assert whole == [], "only its version and its signature are asked for"
    publisher.serve(new)
    assert gateway.now().outcomes() == {"app": "unchanged"}


def test_another_archive_of_the_same_key_is_refused(gateway, publisher, app):
    publisher.serve(publisher.make("1\n"))
    gateway.now().must("app", outcome="updated")
    publisher.serve(publisher.make("door\n", "file:door-opener.zip timestamp:9999999999", name="door-opener.zip"))
    gateway.now().must("app", code=1, outcome="failed", reason=Has("its signature is for door-opener.zip, not for app.zip"))
    assert running(app) == "1\n"


@pytest.mark.parametrize("comment, reason", [
    ("of the publisher", "does not name the file"),
    ("timestamp:1000", "does not name the file"),
    ("file:app.zip", "neither a timestamp nor a serial"),
    ("file:app.zip timestamp:soon", "timestamp:soon"),
    ("file:app.zip serial:1 expires:never", "expires:never"),
    ("file:app.zip serial:1 expires:1000", "its signature expired at 1970-01-01"),
    ("file:app.zip serial:1 expires:2020-01-01T00:00:00Z", "its signature expired at 2020-01-01"),
])
def test_a_comment_that_does_not_bind_is_refused_and_the_command_of_the_hint_mends_it(gateway, publisher, app, comment, reason):
    publisher.serve(publisher.make("1\n", comment))
    run = gateway.now()
    run.must("app", code=1, outcome="failed", reason=Has(reason))
    assert not app.exists(), run
    command = re.search(r"minisign -Sm .*$", run["app"]["hint"])[0].replace("minisign", f"{tool('minisign')} -s {publisher.folder}/key")
    subprocess.run(["sh", "-c", command], cwd=publisher.place, check=True, capture_output=True)
    gateway.now().must("app", outcome="updated")


def test_serials_are_in_order_and_one_serial_is_for_one_content(gateway, publisher, app):
    two = publisher.make("2\n", "file:app.zip serial:2 expires:2099-01-01T00:00:00Z")
    publisher.serve(two)
    gateway.now().must("app", outcome="updated")
    for text, comment, reason in (("1\n", "file:app.zip serial:1", "serial 1 is older than 2"),
                                  ("x\n", "file:app.zip serial:2", "for other content"),
                                  ("y\n", f"file:app.zip timestamp:{int(time.time()) + 60}", "has no serial")):
        publisher.serve(publisher.make(text, comment))
        gateway.now().must("app", code=1, outcome="failed", reason=Has(reason))
    publisher.serve(publisher.make("3\n", "file:app.zip serial:3"))
    gateway.now().must("app", outcome="updated")
    assert running(app) == "3\n"


def test_what_was_seen_is_root_s_and_not_the_owner_s(gateway, publisher, app):
    publisher.serve(publisher.make("1\n", "file:app.zip serial:7"))
    gateway.now().must("app", outcome="updated")
    file = gateway.state / "signatures/app.json"
    keys = json.loads(file.read_text())["keys"]
    assert [entry["serial"] for entry in keys.values()] == [7]
    assert not file.stat().st_mode & 0o022 and not file.parent.stat().st_mode & 0o022
    subprocess.run(["rm", "-rf", gateway.root / ".gup", app], check=True)
    publisher.serve(publisher.make("0\n", "file:app.zip serial:6"))
    gateway.now().must("app", code=1, outcome="failed", reason=Has("serial 6 is older than 7"))
    file.unlink()
    gateway.now().must("app", outcome="updated")


def test_the_order_is_of_each_key_and_stays_when_the_source_moves(gateway, web, publisher, app):
    publisher.serve(publisher.make("2\n", "file:app.zip serial:2"))
    gateway.now().must("app", outcome="updated")
    gateway.declare("app", source=web.under("files", publisher.place / "renamed.zip"))
    publisher.serve(publisher.make("3\n", "file:app.zip serial:3"), as_name="renamed.zip")
    gateway.now().must("app", code=1, outcome="failed", reason=Has("for app.zip, not for renamed.zip"))
    publisher.serve(publisher.make("1\n", "file:renamed.zip serial:1", name="renamed.zip"), as_name="renamed.zip")
    gateway.now().must("app", code=1, outcome="failed", reason=Has("serial 1 is older than 2"))
    other = publisher.new_key("other")
    gateway.declare("app", public_keys=[publisher.public, other])
    made = publisher.make("4\n", "file:renamed.zip serial:1", name="renamed.zip", key="other")
    publisher.serve(made, as_name="renamed.zip")
    gateway.now().must("app", outcome="updated")
    assert running(app) == "4\n"


def test_a_person_may_go_back_to_a_release_that_is_installed(gateway, publisher, app):
    for number in (1, 2):
        publisher.serve(publisher.make(f"{number}\n", f"file:app.zip serial:{number}"))
        gateway.now().must("app", outcome="updated")
    run = gateway.run("rollback", "app", "--json")
    assert run.code == 0 and running(app) == "1\n", run


def test_an_operator_may_name_an_old_archive_by_its_hash(gateway, publisher, app):
    old = publisher.make("1\n", "file:app.zip serial:1")
    publisher.serve(publisher.make("2\n", "file:app.zip serial:2"))
    gateway.now().must("app", outcome="updated")
    publisher.serve(old)
    gateway.now().must("app", outcome="failed", reason=Has("serial 1 is older than 2"))
    gateway.declare("app", sha256=hashlib.sha256(old["app.zip"]).hexdigest())
    gateway.now().must("app", outcome="updated")
    assert running(app) == "1\n"


def test_a_check_writes_nothing(gateway, publisher, app):
    publisher.serve(publisher.make("1\n"))
    assert gateway.check().code == 10
    assert not (gateway.state / "signatures").exists()
    gateway.now().must("app", outcome="updated")
    publisher.serve(publisher.make("0\n", "file:app.zip timestamp:1"))
    gateway.check().must("app", code=1, error=Has("timestamp 1 is older than"))
