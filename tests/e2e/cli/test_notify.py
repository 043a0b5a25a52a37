# SPDX-License-Identifier: Apache-2.0
"""[notify], the post-run hooks and the message of the day: who is told of a run, and that nothing of it changes an outcome."""
from __future__ import annotations

import json
import stat
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from gateway import Gateway


class Receiver:
    """A server that takes messages, or answers with the status that a test sets."""

    def __init__(self):
        self.status, self.location, self.taken = 200, "", []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.taken.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body.decode()))
                self.send_response(receiver.status)
                if receiver.location:
                    self.send_header("Location", receiver.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/s3cret-topic"

    def take(self) -> list[tuple[str, dict, str]]:
        taken, self.taken = self.taken, []
        return taken


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def broken(gateway: Gateway, name: str = "meter"):
    """A connector whose gupfile is malformed: it fails in each run."""
    return gateway.connector(name, "pyserial\n", {"main.py": "1\n"})


def kept(gateway: Gateway) -> list[Path]:
    return sorted((gateway.state / "notify").glob("*.json"))


def test_the_run_is_sent_as_json_with_the_token(gateway, receiver):
    broken(gateway)
    gateway.connector("other", "", {"main.py": "1\n"}).push({"main.py": "2\n"})
    gateway.configure("notify", url=receiver.url, token="t0ken")
    run = gateway.now()
    (path, headers, body), = receiver.take()
    document = json.loads(body)
    assert path == "/s3cret-topic" and headers["content-type"] == "application/json" and headers["authorization"] == "Bearer t0ken"
    assert document["event"] == "run" and document["schema"] == 1 and document["result"] == "failed" and document["command"] == "now"
    assert document["exit_code"] == run.code == 1 and document["started"] <= document["ended"]
    assert {one["name"]: one["outcome"] for one in document["connectors"]} == run.outcomes() == {"meter": "failed", "other": "updated"}
    assert kept(gateway) == []
    assert "t0ken" not in gateway.log.read_text() and "s3cret" not in gateway.log.read_text()


@pytest.mark.parametrize("on, told", [("failed", ["failed"]), ("changed", ["failed", "changed"]),
                                      ("always", ["failed", "changed", "unchanged"]), (None, ["failed"])])
def test_on_decides_which_runs_are_told(gateway, receiver, on, told):
    connector = broken(gateway)
    gateway.configure("notify", url=receiver.url, **({"on": on} if on else {}))
    gateway.now()
    connector.push({"gupfile": "", "main.py": "2\n"})
    gateway.now()
    gateway.now()
    assert [json.loads(body)["result"] for _, _, body in receiver.take()] == told


@pytest.mark.parametrize("status", [500, 503, 404, 429, 301])
def test_what_is_not_accepted_is_sent_again_by_the_next_run(gateway, receiver, status):
    connector = broken(gateway)
    gateway.configure("notify", url=receiver.url)
    receiver.status, receiver.location = status, f"{receiver.url}/other" if status == 301 else ""
    run = gateway.now()
    assert run.code == 1 and run.outcomes() == {"meter": "failed"}, "the outcome is the connector's"
    assert all(path == "/s3cret-topic" for path, _, _ in receiver.take()), "a redirect would lose the message"
    message, = kept(gateway)
    assert stat.S_IMODE(message.stat().st_mode) == 0o600 and stat.S_IMODE(message.parent.stat().st_mode) == 0o700
    warnings = [line for line in gateway.log_lines() if "was not told" in line]
    assert len(warnings) == 1 and str(status) in warnings[0] and "s3cret" not in warnings[0], warnings
    receiver.status, receiver.location = 200, ""
    connector.push({"gupfile": "", "main.py": "2\n"})
    assert gateway.now().code == 0
    (_, _, body), = receiver.take()
    assert json.loads(body)["result"] == "failed", "the message of the first run"
    assert kept(gateway) == []


def test_a_server_that_is_gone_and_then_back_gets_all_in_order(gateway, receiver):
    broken(gateway)
    gateway.configure("notify", url="http://127.0.0.1:9/topic")
    for _ in range(22):
        gateway.now("--json")
    assert len(kept(gateway)) == 20
    assert any("was dropped" in line for line in gateway.log_lines())
    (gateway.state / "notify/000000000000-0000000000.json").write_text("not json")
    gateway.configure("notify", url=receiver.url)
    gateway.now()
    ended = [json.loads(body)["ended"] for _, _, body in receiver.take()]
    assert len(ended) == 20 and ended == sorted(ended)
    assert kept(gateway) == []


def test_ntfy_gets_a_message_with_title_priority_and_tag(gateway, receiver):
    connector = broken(gateway)
    gateway.configure("notify", url=receiver.url, format="ntfy", on="changed")
    gateway.now()
    connector.push({"gupfile": "", "main.py": "2\n"})
    gateway.now()
    (_, bad, bad_text), (_, good, good_text) = receiver.take()
    assert bad["title"].endswith(": 1 failed") and bad["priority"] == "high" and bad["tags"] == "warning"
    assert bad_text.startswith("meter failed: gupfile:1:") and "pyserial" in bad_text
    assert good["title"].endswith(": 1 updated") and good["priority"] == "default" and good_text.startswith("meter updated: ")


def test_slack_gets_escaped_text(gateway, receiver):
    gateway.connector("meter", "a<b>&c\n")
    gateway.configure("notify", url=receiver.url, format="slack")
    gateway.now()
    (_, headers, body), = receiver.take()
    text = json.loads(body)["text"]
    assert headers["content-type"] == "application/json" and "&lt;b&gt;&amp;c" in text and "<b>" not in text, text


def test_healthchecks_gets_start_success_and_failure_and_nothing_old(gateway, receiver):
    connector = broken(gateway)
    gateway.configure("notify", url=receiver.url + "/?create=1", format="healthchecks")
    gateway.now()
    connector.push({"gupfile": "", "main.py": "2\n"})
    gateway.now()
    gateway.now()
    paths = [path for path, _, _ in receiver.take()]
    assert paths == [f"/s3cret-topic{part}?create=1" for part in ("/start", "/fail", "/start", "/", "/start", "/")], paths
    receiver.status = 500
    gateway.now(), gateway.now()
    assert len(kept(gateway)) == 1
    receiver.take()
    receiver.status = 200
    gateway.now()
    assert [path for path, _, _ in receiver.take()] == ["/s3cret-topic/start?create=1", "/s3cret-topic/?create=1"]


@pytest.mark.parametrize("setting, hint", [({"url": "ftp://x/y"}, "notify.url"), ({"url": "ntfy.sh/topic"}, "notify.url"),
                                           ({"format": "teams"}, "notify.format"), ({"on": "never"}, "notify.on"),
                                           ({"urll": "https://x/"}, "urll")])
def test_a_wrong_setting_names_the_key(gateway, setting, hint):
    gateway.configure("notify", **setting)
    run = gateway.run("check")
    assert run.code == 2 and hint in run.err, run


HOOK = "#!/bin/sh\nenv | grep ^GUP_ | sort > {0}/seen\ncat \"$GUP_RUN_REPORT\" > {0}/report\nexit {1}\n"


@pytest.mark.parametrize("code", [0, 1])
def test_post_run_hooks_get_the_run_and_change_no_outcome(gateway, code):
    folder = gateway.folder / "post-run.d"
    folder.mkdir()
    (folder / "10-first").write_text(HOOK.format(gateway.folder, code))
    (folder / "20-second").write_text(f"#!/bin/sh\necho \"$GUP_RUN_SUMMARY\" > {gateway.folder}/second\n")
    for hook in folder.iterdir():
        hook.chmod(0o755)
    gateway.configure("hooks", post_run=str(folder))
    gateway.connector("meter", "", {"main.py": "1\n"}).push({"main.py": "2\n"})
    assert gateway.now().code == 0
    seen = dict(line.split("=", 1) for line in (gateway.folder / "seen").read_text().splitlines())
    assert seen["GUP_RUN_RESULT"] == "changed" and seen["GUP_RUN_SUMMARY"] == "1 updated" and seen["GUP_RUN_EXIT_CODE"] == "0"
    assert json.loads((gateway.folder / "report").read_text())["connectors"][0]["name"] == "meter"
    assert (gateway.folder / "second").read_text() == "1 updated\n", "also after a hook that failed"
    assert any("post-run hook" in line and "exit code 1" in line for line in gateway.log_lines()) == (code == 1)


def test_the_message_of_the_day_is_there_while_a_connector_needs_attention(gateway):
    connector = broken(gateway)
    gateway.connector("other", "")
    gateway.now()
    motd = gateway.state / "motd"
    assert motd.read_text().startswith("gup-agent: 1 connector needs attention") and "meter" in motd.read_text()
    gateway.now("other")
    assert motd.exists(), "this run did not look at the other one"
    connector.push({"gupfile": "", "main.py": "2\n"})
    gateway.now("meter")
    assert not motd.exists()
