# SPDX-License-Identifier: Apache-2.0
"""A connector with a zip on a web server as source: real nginx, with and without ETag, Range, TLS, redirects and log-ins."""
from __future__ import annotations

import hashlib
import os
import subprocess

import pytest

from archives import leftovers, record, release, zipped
from completed import Has
from gateway import snapshot
from tools import tool


@pytest.fixture
def app(folder):
    """The archive's path on the server, with put() for its content."""
    class Archive:
        path = folder / "served/app.zip"

        def put(self, content: bytes) -> bytes:
            # Not in place: the server may be reading it, and a rename always changes its date.
            self.path.parent.mkdir(exist_ok=True)
            new = self.path.with_suffix(".new")
            new.write_bytes(content)
            time = self.path.stat().st_mtime + 2 if self.path.exists() else 1_700_000_000
            os.utime(new, (time, time))
            new.rename(self.path)
            return content

    archive = Archive()
    archive.put(zipped({"main.py": "1\n", "bin/start": "#!/bin/sh\n"}, executable=("bin/start",)))
    return archive


def big(text: str = "1\n", size: int = 3_000_000) -> bytes:
    return zipped({"main.py": text, "data": os.urandom(size)})


def url(web, app, place: str = "files") -> str:
    return web.under(place, app.path)


@pytest.mark.parametrize("place", ["files", "untagged", "goes"])
def test_an_archive_becomes_a_release_and_a_quiet_night_writes_nothing(gateway, web, app, place):
    connector = gateway.declare("app", source=url(web, app, place))
    check = gateway.check()
    assert check.code == 10, check
    assert check.steps("app") == ["deploy"], check
    assert not connector.exists() and not (gateway.root / ".gup").exists(), "check changes nothing"
    run = gateway.now()
    run.must("app", code=0, outcome="updated")
    assert (connector / "main.py").read_text() == "1\n" and os.access(connector / "bin/start", os.X_OK)
    assert leftovers(gateway, "app") == [], "the archive is not needed any more"
    run.must("app", commit=record(connector)["commit"])
    before = snapshot(gateway.root), snapshot(gateway.state)
    asked = len(web.requests(app.path))
    assert gateway.now().outcomes() == {"app": "unchanged"}
    assert gateway.check().code == 0
    assert (snapshot(gateway.root), snapshot(gateway.state)) == before
    again = web.requests(app.path)[asked:]
    statuses = [line.split()[2] for line in again]
    assert statuses == (["302", "304"] * 2 if place == "goes" else ["304"] * 2), again
    gateway.status().must("app", commit=run["app"]["commit"])


def test_a_new_archive_replaces_the_old_one_and_a_rollback_needs_no_network(gateway, web, app):
    connector = gateway.declare("app", source=url(web, app))
    first = gateway.now()["app"]["commit"]
    old = release(connector)
    app.put(zipped({"main.py": "2\n"}))
    run = gateway.now()
    run.must("app", outcome="updated")
    assert run["app"]["commit"] != first, run
    assert (connector / "main.py").read_text() == "2\n" and not (connector / "bin").exists()
    assert gateway.run("rollback", "app").code == 0
    assert release(connector) == old
    sizes = len(web.requests(app.path))
    assert gateway.now()["app"]["outcome"] == "skipped" and release(connector) == old, "a release that was rolled back by hand stays away"
    assert [line.split()[2] for line in web.requests(app.path)[sizes:]] == ["206"], "one byte, and no download"
    assert gateway.check().steps("app") == [] and len(web.requests(app.path)) == sizes + 2, "nor does check download it"


def test_without_etag_and_date_the_content_decides(gateway, web, app):
    connector = gateway.declare("app", source=url(web, app, "undated"))
    run = gateway.now()
    content = hashlib.sha256(app.path.read_bytes()).hexdigest()
    run.must("app", outcome="updated")
    assert record(connector)["commit"] == content[:32], run
    assert any("neither an ETag nor a date" in line for line in gateway.log_lines())
    old = release(connector)
    assert gateway.now().outcomes() == {"app": "unchanged"} and release(connector) == old
    assert leftovers(gateway, "app") == []
    app.put(zipped({"main.py": "2\n"}))
    assert gateway.now().outcomes() == {"app": "updated"} and (connector / "main.py").read_text() == "2\n"


def test_a_download_that_is_cut_goes_on_where_it_was_the_next_night(gateway, web, app, relay):
    content = app.put(big())
    middle = relay(web.http_port)
    middle.cut_after, middle.cuts = 1_000_000, 1 << 30
    gateway.configure("network", retries=0)
    connector = gateway.declare("app", source=url(web, app).replace(f":{web.http_port}/", f":{middle.port}/"))
    run = gateway.now()
    assert run.code != 0 and not connector.exists(), run
    part = gateway.root / ".gup/app/archive.part"
    have = part.stat().st_size
    assert 0 < have < len(content), "what came stays"
    middle.cut_after = None
    assert gateway.now().outcomes() == {"app": "updated"} and (connector / "main.py").read_text() == "1\n"
    last = [line.split() for line in web.requests(app.path) if line.split()[2] == "206"][-1]
    assert int(last[3]) == len(content) - have, "only the rest was asked for"
    assert leftovers(gateway, "app") == []


def test_an_archive_that_changes_while_it_is_cut_is_never_mixed_of_both(gateway, web, app, relay):
    app.put(big("1\n"))
    middle = relay(web.http_port)
    middle.cut_after = 1_000_000
    gateway.configure("network", retries=0)
    connector = gateway.declare("app", source=url(web, app).replace(f":{web.http_port}/", f":{middle.port}/"))
    assert gateway.now().code != 0
    app.put(big("2\n"))
    middle.cut_after = None
    assert gateway.now().outcomes() == {"app": "updated"} and (connector / "main.py").read_text() == "2\n"


def test_tls_is_checked_against_the_authority_and_a_log_in_comes_from_url_or_netrc(gateway, web, app):
    locked = f"https://localhost:{web.https_port}/locked/" + url(web, app).split("/files/")[1]
    connector = gateway.declare("app", source=locked)
    untrusted = gateway.now()
    untrusted.must("app", outcome="failed")
    assert "certificate" in untrusted["app"]["reason"].lower(), untrusted
    gateway.configure("network", ca_file=str(web.authority.ca))
    nobody = gateway.now()
    nobody.must("app", reason=Has("answered 401"))
    assert "~/.netrc" in nobody["app"]["hint"], nobody
    gateway.declare("app", source=locked.replace("https://", "https://gateway:wr0ng-p4ss@"))
    wrong = gateway.now()
    assert "were refused" in wrong["app"]["hint"], wrong
    gateway.declare("app", source=locked.replace("https://", f"https://{web.login}@"))
    run = gateway.now()
    run.must("app", outcome="updated")
    assert (connector / "main.py").exists(), run
    gateway.declare("app", source=locked)
    (gateway.home / ".netrc").write_text(f"machine localhost login {web.user} password {web.password}\n")
    assert gateway.now().outcomes() == {"app": "unchanged"}, "the same source with other credentials"
    everything = "\n".join(gateway.log_lines()) + "".join(
        path.read_text(errors="replace") for path in gateway.root.rglob("generation.json"))
    for secret in (web.password, "wr0ng-p4ss", web.basic):
        assert secret not in everything


def test_sha256_pins_one_archive_and_a_wrong_one_is_downloaded_once(gateway, web, app):
    content = app.put(big())
    connector = gateway.declare("app", source=url(web, app), sha256="0" * 64)
    for expected in (len(content), 0):
        before = len(web.requests(app.path))
        run = gateway.now()
        run.must("app", code=1, reason=Has("has the wrong hash"))
        assert not connector.exists() and "archive.part" not in leftovers(gateway, "app")
        if expected:
            assert [int(line.split()[3]) for line in web.requests(app.path)[before:]] == [expected]
    gateway.declare("app", sha256=hashlib.sha256(content).hexdigest())
    assert gateway.now().outcomes() == {"app": "updated"} and (connector / "main.py").exists()
    before = len(web.requests(app.path))
    app.put(zipped({"main.py": "2\n"}))
    assert gateway.now().outcomes() == {"app": "unchanged"} and len(web.requests(app.path)) == before, "no server is asked"


def test_only_an_archive_that_one_of_the_keys_signed_is_deployed(gateway, web, app, folder):
    subprocess.run([tool("minisign"), "-G", "-W", "-p", folder / "key.pub", "-s", folder / "key"], check=True, capture_output=True)
    public = (folder / "key.pub").read_text().splitlines()[1]

    def sign():
        subprocess.run([tool("minisign"), "-S", "-s", folder / "key", "-m", app.path], check=True, capture_output=True)

    connector = gateway.declare("app", source=url(web, app), **{"public-keys": [public]})
    run = gateway.now()
    run.must("app", outcome="failed", reason=Has("is not signed"))
    sign()
    assert gateway.now().outcomes() == {"app": "updated"}
    app.put(zipped({"main.py": "evil\n"}))
    run = gateway.now()
    run.must("app", reason=Has("has no good signature"))
    assert (connector / "main.py").read_text() == "1\n", run
    sign()
    assert gateway.now().outcomes() == {"app": "updated"} and (connector / "main.py").read_text() == "evil\n"


@pytest.mark.parametrize("case", ["page", "empty", "too large", "missing", "broken", "no zip"])
def test_a_file_that_is_not_an_archive_is_reported_and_changes_nothing(gateway, web, app, case):
    connector = gateway.declare("app", source=url(web, app))
    assert gateway.now().outcomes() == {"app": "updated"}
    before = snapshot(connector.parent, without=(".gup",)), release(connector)
    words = {"page": "a web page (text/html)", "empty": "is empty", "too large": "more than the limit of 1.0 GiB",
             "missing": "answered 404", "broken": "answered 500", "no zip": "zip"}
    if case == "empty":
        app.put(b"")
    elif case == "no zip":
        app.put(b"<html>Please log in to the network</html>" * 50)
    elif case == "missing":
        app.path.unlink()
    elif case == "too large":
        app.put(b"")
        os.truncate(app.path, 5 << 30)
    else:
        gateway.declare("app", source=url(web, app, case))
    run = gateway.now()
    run.must("app", outcome="failed")
    assert words[case] in run["app"]["reason"], run
    assert (snapshot(connector.parent, without=(".gup",)), release(connector)) == before
    doctor = gateway.run("doctor", "--json")
    assert case == "no zip" or words[case] in doctor.out, doctor


def test_doctor_asks_the_source_of_a_connector_without_a_folder(gateway, web, app):
    gateway.declare("app", source=url(web, app), sha256=hashlib.sha256(app.path.read_bytes()).hexdigest())

    def about() -> list[str]:
        return [one["what"] for one in gateway.run("doctor", "--json").document["findings"] if "app" in one["subject"]]

    assert about() == []
    gateway.declare("app", source=url(web, app, "broken"))
    assert len(about()) == 1 and "answered 500" in about()[0], "a run asks for a pinned archive only to download it"


def test_the_days_data_budget_defers_an_archive_and_includes_its_bytes(gateway, web, app):
    content = app.put(big())
    gateway.configure("network", max_bytes_per_day=str(1_000_000))
    connector = gateway.declare("app", source=url(web, app))
    run = gateway.run("run", "--json")
    run.must("app", code=0, outcome="deferred")
    have = (gateway.root / ".gup/app/archive.part").stat().st_size
    assert 0 < have < len(content) and not connector.exists()
    named = gateway.now("app")
    named.must("app", outcome="updated")
    assert connector.exists(), named
