"""The agent updates itself: a new one is verified, tests itself, runs, and takes the name; nothing else is ever executed."""
from __future__ import annotations

import json
import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from releases import NEXT_AGENT, NEXT_VERSION, Install, Key, Publisher, real_agents, script
from traces import fingerprints


@pytest.fixture(scope="module")
def keys(base):
    return [Key(base / "keys", name) for name in ("first", "second")]


@pytest.fixture
def publisher(folder, keys):
    return Publisher(folder / "publisher", keys[0])


@pytest.fixture
def install(gateway, web, publisher, keys):
    publisher.folder.mkdir(parents=True)
    made = Install(gateway, web.files(publisher.folder), keys[0])
    made.mark = gateway.folder / "executed"
    return made


@pytest.fixture
def meter(gateway):
    return gateway.connector("meter")


def tell_tale(install, version: str = "1.0.0") -> bytes:
    """A new agent that says that it was executed, whatever it was executed for."""
    return script(version, "", self_test="true").replace(b"\n", f"\necho executed >>{install.mark}\n".encode(), 1)


def of_self_update(gateway, level: str = "warning") -> list[str]:
    return [line for line in gateway.log_lines() if f"] {level}" in line and ("does not update" in line or "stays" in line)]


@real_agents
@pytest.mark.parametrize("command", ["now", "run"])
def test_a_new_agent_finishes_the_run_and_takes_the_name(gateway, install, publisher, meter, command):
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    commit = meter.push({"main.py": "print(2)\n"})
    install.agent.chmod(0o754)
    run = gateway.run(command)
    assert run.code == 0 and meter.head == commit, run
    assert install.version == NEXT_VERSION
    assert install.agent.stat().st_mode & 0o777 == 0o754
    assert install.names == ["gup-agent", "gup-agent.previous"]
    assert subprocess.run([install.folder / "gup-agent.previous", "version"]).returncode == 0
    assert "trial" not in install.state and install.state["highest_serial"] == publisher.serial
    assert sum("run finished" in line for line in gateway.log_lines()) == 1


@real_agents
def test_it_waits_only_once(gateway, install, publisher, meter):
    gateway.configure("run", delay="1ms..2ms")
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    run = gateway.run("run", "-v")
    assert run.code == 0 and install.version == NEXT_VERSION
    assert run.err.count("waiting") == 1, run


@real_agents
def test_a_night_with_nothing_new_costs_one_small_request_and_no_write(gateway, install, publisher, meter, web):
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    assert gateway.now().code == 0
    assert gateway.now().code == 0  # the new agent's first look
    places = [gateway.state, install.folder]
    before, asked = [fingerprints(place) for place in places], len(web.requests(publisher.folder))
    assert gateway.now().code == 0
    assert [fingerprints(place) for place in places] == before
    requests = web.requests(publisher.folder)[asked:]
    assert len(requests) == 1 and "manifest.json 304 0" in requests[0], requests


REFUSED = {
    "unsigned": (lambda p, k: p.signature.unlink(), "the manifest is not signed"),
    "no signature": (lambda p, k: p.signature.write_text("<html>no</html>"), "not a minisign signature"),
    "another key": (lambda p, k: p.change(key=k[1]), "signed by somebody else"),
    "changed": (lambda p, k: p.manifest.write_text(p.manifest.read_text().replace("1.0.0", "1.0.1")), "does not match"),
    "another comment": (lambda p, k: p.signature.write_text(p.signature.read_text().replace("serial", "SERIAL")),
                        "does not match"),
    "expired": (lambda p, k: p.change(expires="2026-01-01T00:00:00Z"), "the manifest expired at 2026-01-01T00:00:00Z"),
    "older version": (lambda p, k: p.change(version="0.0.1"), "older than this agent"),
    "another target": (lambda p, k: p.change(targets={}), "but not for"),
    "larger": (lambda p, k: p.change_file(size=7), "bytes instead of 7"),
    "another hash": (lambda p, k: p.change_file(sha256="0" * 64), "has the wrong hash"),
    "no serial": (lambda p, k: p.change(serial=None), "the manifest has no serial"),
    "another schema": (lambda p, k: p.change(schema=2), "schema must be 1"),
    "a path": (lambda p, k: p.change_file(file="../x"), "a file name without folders"),
    "not there": (lambda p, k: p.change_file(file="x"), "answered 404"),
    "no manifest": (lambda p, k: p.manifest.unlink(), "manifest.json answered 404"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_said_and_never_executed(gateway, install, publisher, meter, keys, case):
    publisher.release("1.0.0", tell_tale(install))
    change, message = REFUSED[case]
    change(publisher, keys)
    commit = meter.push({"main.py": "print(2)\n"})
    run = gateway.now()
    assert run.code == 0 and meter.head == commit, run  # the run goes on with the agent that is there
    said = of_self_update(gateway)
    assert len(said) == 1 and message in said[0], gateway.log_lines()
    assert not install.mark.exists() and install.is_original
    assert "gup-agent.previous" not in install.names and ".gup-agent.new" not in install.names


def test_a_manifest_from_before_is_refused(gateway, install, publisher, meter):
    publisher.release("0.1.0", tell_tale(install), serial=2_000_000_000)
    assert gateway.now().code == 0 and install.state["highest_serial"] == 2_000_000_000
    publisher.release("1.0.0", tell_tale(install), serial=1_999_999_999)
    for _ in range(2):
        assert gateway.now().code == 0
    said = of_self_update(gateway)
    assert len(said) == 2 and all("serial 1999999999 is older than 2000000000" in line for line in said), said
    assert not install.mark.exists() and install.is_original


def test_a_clock_that_is_behind_what_has_passed_judges_nothing(gateway, install, publisher, meter):
    publisher.release("1.0.0", tell_tale(install))
    (gateway.state / "self-update.json").write_text(json.dumps(
        {"schema": 1, "highest_serial": 1, "newest_created": 4102444800, "refused": []}))
    assert gateway.now().code == 0
    said = of_self_update(gateway)
    assert len(said) == 1 and "2100-01-01T00:00:00Z has passed: nobody can tell whether the manifest has expired" in said[0]
    assert not install.mark.exists() and install.is_original


def test_a_release_that_was_withdrawn_is_not_started_again(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    gateway.run("now")
    publisher.release("0.1.0", tell_tale(install))
    assert gateway.now().code == 0 and install.mark.read_text() == "start\n"
    assert install.names == ["gup-agent"] and "trial" not in install.state


def test_a_trial_ends_with_the_manifest_that_offered_it(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    gateway.run("now")
    publisher.change(expires="2026-01-01T00:00:00Z")
    assert gateway.now().code == 0
    state = install.state
    state["trial"]["expires"] = 1_700_000_000
    (gateway.state / "self-update.json").write_text(json.dumps(state))
    publisher.manifest.unlink()
    assert gateway.now().code == 0 and install.mark.read_text() == "start\n"


SELF_TESTS = {
    "fails": ("echo broken >&2; exit 1", "exit code 1: broken"),
    "is killed": ("kill -SEGV $$", "exit code 139"),
    "is another version": ("echo gup-agent 1.0.1; exit 0", 'it says that it is "gup-agent 1.0.1"'),
}


@pytest.mark.parametrize("case", SELF_TESTS)
def test_what_fails_its_self_test_does_not_run(gateway, install, publisher, meter, case):
    does, message = SELF_TESTS[case]
    publisher.release("1.0.0", script("1.0.0", f"echo executed >>{install.mark}", self_test=does))
    run = gateway.now()
    assert run.code == 0 and run["meter"]["outcome"] == "unchanged", run
    assert any("self-test failed" in line and message in line for line in of_self_update(gateway)), gateway.log_lines()
    assert not install.mark.exists() and install.is_original


def test_what_is_no_program_does_not_run(gateway, install, publisher, meter):
    publisher.release("1.0.0", os.urandom(4096))
    assert gateway.now().code == 0
    assert any("self-test failed" in line for line in of_self_update(gateway)), gateway.log_lines()
    assert install.is_original


@pytest.mark.parametrize("does", ["kill -SEGV $$", "exit 127", "exit 1", "exit 0"])
def test_an_agent_that_finishes_no_run_has_three_starts(gateway, install, publisher, meter, does):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; {does}"))
    for _ in range(3):
        gateway.run("now")
        assert install.is_original  # whatever happens now, the name is that of an agent that works
    commit = meter.push({"main.py": "print(2)\n"})
    for _ in range(2):
        run = gateway.now()
        assert run.code == 0 and meter.head == commit, run
    assert install.mark.read_text() == "start\n" * 3
    said = of_self_update(gateway)
    assert len(said) == 2 and all("version 1.0.0 is not tried again: it did not finish a run in 3 starts" in line
                                  for line in said), gateway.log_lines()
    assert install.names == ["gup-agent"]


@real_agents
def test_after_a_bad_one_a_newer_one_is_taken(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", "exit 1"))
    gateway.run("now")
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    assert gateway.now().code == 0
    assert install.version == NEXT_VERSION


def test_nobody_else_gets_the_lock_when_the_new_agent_starts(gateway, install, publisher, meter):
    now = " ".join([*gateway.agent, "--config", str(gateway.config_file), "now"])
    publisher.release("1.0.0", script("1.0.0", f"{now}; echo $? >{install.mark}"))
    gateway.run("now")
    assert install.mark.read_text() == "3\n"


def test_the_new_agent_gets_the_lock_and_no_other_open_file(gateway, install, publisher, meter):
    say = f"import os; print([os.readlink(f'/proc/self/fd/{{n}}') for n in range(3, 100) if os.path.exists(f'/proc/self/fd/{{n}}')])"
    publisher.release("1.0.0", script("1.0.0", f'exec /usr/bin/python3 -c "{say}" >{install.mark}'))
    gateway.run("now")
    assert install.mark.read_text() == f"['{gateway.state}/lock']\n"


def test_a_new_agent_that_hangs_is_ended_and_stops_at_a_signal(gateway, install, publisher, meter):
    say = "import signal; print(signal.alarm(0) > 3600, signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    publisher.release("1.0.0", script("1.0.0", f'exec /usr/bin/python3 -c "{say}" >{install.mark}'))
    gateway.run("now")
    assert install.mark.read_text() == "True set()\n"


def test_a_trial_goes_on_without_a_server(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    gateway.run("now")
    publisher.folder.rename(publisher.folder.with_name("away"))
    gateway.run("now")
    assert install.mark.read_text() == "start\n" * 2


def test_names_are_no_run_that_proves_anything(gateway, install, publisher, meter):
    publisher.release("1.0.0", script("1.0.0", f"echo start >>{install.mark}; exit 1"))
    run = gateway.now("meter")
    assert run.code == 0 and not install.mark.exists(), run


def test_a_server_that_cannot_be_reached_costs_a_warning(gateway, install, meter):
    gateway.configure("self-update", url="http://127.0.0.1:9/manifest.json")
    run = gateway.now()
    assert run.code == 0 and run["meter"]["outcome"] == "unchanged", run
    assert len(of_self_update(gateway)) == 1


@real_agents
def test_a_download_that_was_cut_goes_on_the_next_night(gateway, install, publisher, meter, web, relay):
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    slow = relay(web.http_port)
    slow.cut_after = 1_000_000
    gateway.configure("network", retries=0)
    gateway.configure("self-update", url=web.files(publisher.folder).replace(str(web.http_port), str(slow.port)) + "manifest.json")
    run = gateway.now()
    assert run.code == 0 and install.is_original, run
    there = (install.folder / ".gup-agent.part").stat().st_size
    assert there > 0  # what a cut connection still delivers is up to the kernel
    slow.cut_after = None
    assert gateway.now().code == 0 and install.version == NEXT_VERSION
    last = [line for line in web.requests(publisher.folder) if "gup-agent-" in line][-1]
    assert " 206 " in last and f" {NEXT_AGENT.stat().st_size - there} " in last, last


@real_agents
def test_keys_are_rotated_from_end_to_end(gateway, install, publisher, meter, keys):
    first, second = keys
    publisher.release("0.1.0", NEXT_AGENT)
    assert gateway.now().code == 0 and of_self_update(gateway) == []
    install.trust(first, second)                       # 1. every gateway learns the new key
    publisher.release("0.1.0", NEXT_AGENT, key=second)  # 2. releases are signed with it
    assert gateway.now().code == 0 and of_self_update(gateway) == []
    install.trust(second)                              # 3. the old key is forgotten
    publisher.release(NEXT_VERSION, NEXT_AGENT, key=first)
    assert gateway.now().code == 0 and install.is_original
    assert "signed by somebody else" in of_self_update(gateway)[0]
    publisher.release(NEXT_VERSION, NEXT_AGENT, key=second)
    assert gateway.now().code == 0 and install.version == NEXT_VERSION


@real_agents
def test_a_lost_key_is_replaced_by_the_spare_one(gateway, install, publisher, meter, keys):
    lost, spare = keys
    install.trust(lost, spare)
    publisher.release(NEXT_VERSION, NEXT_AGENT, key=spare)
    assert gateway.now().code == 0 and install.version == NEXT_VERSION
    # Whoever found it is shut out once the configuration does not name it any more.
    install.trust(spare)
    publisher.release("100.0.0", tell_tale(install), key=lost)
    assert gateway.now().code == 0 and install.version == NEXT_VERSION
    assert not install.mark.exists()


def test_check_says_what_there_is_and_changes_nothing(gateway, install, publisher, meter):
    publisher.release("1.0.0", tell_tale(install))
    before = fingerprints(gateway.folder)
    check = gateway.run("self-update", "--check", "--json")
    assert check.code == 10 and check.document["offered"] == "1.0.0" and check.document["result"] == "available"
    publisher.release("0.1.0", tell_tale(install))
    assert gateway.run("self-update", "--check").code == 0
    publisher.signature.unlink()
    refused = gateway.run("self-update", "--check")
    assert refused.code == 1 and "not signed" in refused.out
    after = fingerprints(gateway.folder)
    assert {path: seen for path, seen in after.items() if "publisher" not in path} == \
           {path: seen for path, seen in before.items() if "publisher" not in path}


@real_agents
def test_a_person_can_ask_for_it(gateway, install, publisher, meter):
    behind = meter.head
    meter.push({"main.py": "print(2)\n"})
    publisher.release(NEXT_VERSION, NEXT_AGENT)
    run = gateway.run("self-update")
    assert run.code == 0 and install.version == NEXT_VERSION, run
    assert meter.head == behind  # connectors are for now and run
    assert gateway.run("self-update", "--json").document["result"] == "up_to_date"


def test_self_test_names_the_version_and_changes_nothing(gateway, install, meter):
    before = fingerprints(gateway.folder)
    run = gateway.run("self-test")
    assert run.code == 0 and run.out.splitlines()[0] == f"gup-agent {install.version}", run
    assert fingerprints(gateway.folder) == before


def test_self_test_needs_a_ca_file(gateway, install):
    gateway.configure("network", ca_file=str(gateway.folder / "nothing"))
    run = gateway.run("self-test")
    assert run.code == 1 and "TLS" in run.err, run


@pytest.mark.parametrize("settings, message", [
    ({"public_keys": []}, "public-keys is empty"), ({"public_keys": ["RWnonsense"]}, "minisign public keys"),
    ({"url": "ftp://example.org/manifest.json"}, "http or https URL"), ({"url": "https://example.org/m?x=1"}, "http or https")])
def test_settings_that_make_no_sense_are_refused(gateway, install, settings, message):
    gateway.configure("self-update", **settings)
    run = gateway.run("now")
    assert run.code == 2 and message in run.err, run


def test_self_update_without_a_url_says_what_is_missing(gateway, install):
    gateway.configure("self-update", url=None)
    run = gateway.run("self-update")
    assert run.code == 2 and "self-update.url is not set" in run.err, run


def test_a_memory_that_is_damaged_is_begun_anew(gateway, install, publisher, meter):
    publisher.release("0.1.0", tell_tale(install))
    (gateway.state / "self-update.json").write_text("{")
    assert gateway.now().code == 0
    assert install.state["highest_serial"] == publisher.serial


def test_a_server_cannot_make_the_memory_too_long_to_be_read_again(gateway, install, publisher, meter):
    class Chatty(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = (publisher.folder / self.path.strip("/")).read_bytes()
            self.send_response(200)
            for name, value in {"Content-Length": len(body), "ETag": "\x01" * 90_000, "Last-Modified": "\x01" * 90_000}.items():
                self.send_header(name, str(value))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    publisher.release(install.version, b"the same")
    with ThreadingHTTPServer(("127.0.0.1", 0), Chatty) as server:
        threading.Thread(target=server.serve_forever).start()
        gateway.configure("self-update", url=f"http://127.0.0.1:{server.server_port}/manifest.json")
        for _ in range(2):
            assert gateway.now().code == 0
        server.shutdown()
    assert install.state["highest_serial"] == publisher.serial
    assert not [line for line in gateway.log_lines() if "begun anew" in line]
