# SPDX-License-Identifier: Apache-2.0
"""Pins from a package index, into real virtualenvs, with real pip."""
from __future__ import annotations

import signal

from completed import Has
from gateway import finish, wait_for


def test_pins_are_installed(gateway, index):
    index.add("gup-one", "1.0", "1.1")
    index.add("gup-two", "2.0")
    gateway.connector("meter", "gup-one,1.0\ngup-two,2.0\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert run["meter"]["pins"] == [{"name": "gup-one", "wanted": "1.0", "installed": "1.0"},
                                    {"name": "gup-two", "wanted": "2.0", "installed": "2.0"}]
    assert "installed gup-one 1.0" in "".join(run["meter"]["actions"])
    assert virtualenv.imported_version("gup_one") == "1.0" and virtualenv.imported_version("gup_two") == "2.0"
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_pins_are_upgraded_and_downgraded_in_one_call_of_pip(gateway, index):
    index.add("gup-one", "1.9", "1.10")
    index.add("gup-two", "2.0", "3.0")
    index.add("gup-three", "1.0")
    gateway.connector("meter", "gup-one,1.10\ngup-two,2.0\ngup-three,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    virtualenv.pip("gup-one==1.9", "gup-two==3.0", index=index.url)
    spy = virtualenv.spy(gateway.folder / "spy")
    run = gateway.now()
    assert run.code == 0, run
    installed = virtualenv.installed()
    assert (installed["gup-one"], installed["gup-two"], installed["gup-three"]) == ("1.10", "2.0", "1.0")
    assert len(spy.installs()) == 1, spy.installs()


def test_only_what_drifted_is_given_to_pip(gateway, index):
    index.add("gup-one", "1.0")
    index.add("gup-two", "2.0")
    gateway.connector("meter", "gup-one,1.0\ngup-two,2.0\n")
    gateway.virtualenv("meter").pip("gup-one==1.0", index=index.url)
    gateway.now().must("meter", outcome="updated")
    names = [line for line in gateway.log_lines() if "gup-two" in line]
    assert names and not any("installed gup-one" in line for line in gateway.log_lines())


def test_1_3_10_does_not_satisfy_1_3_1(gateway, index):
    index.add("gup-one", "1.3.1", "1.3.10")
    gateway.connector("meter", "gup-one,1.3.1\n")
    virtualenv = gateway.virtualenv("meter")
    virtualenv.pip("gup-one==1.3.10", index=index.url)
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert virtualenv.installed()["gup-one"] == "1.3.1"


def test_code_and_pins_move_in_one_night(gateway, index):
    index.add("gup-one", "1.0", "2.0")
    connector = gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    virtualenv.pip("gup-one==1.0", index=index.url)
    new = connector.push({"gupfile": "gup-one,2.0\n"})
    run = gateway.now()
    run.must("meter", outcome="updated")
    assert len(run["meter"]["actions"]) == 2, run
    assert connector.head == new and virtualenv.imported_version("gup_one") == "2.0"


def test_a_version_that_is_not_pep_440_is_a_failure_that_names_it(gateway, index):
    index.add("gup-one", "3.1.9")
    gateway.connector("meter", "gup-one,3.1.9test\n")
    gateway.virtualenv("meter")
    run = gateway.now()
    run.must("meter", code=1, reason=Has("gup-one"))


def test_one_pin_that_is_not_available_does_not_stop_the_others(gateway, index):
    index.add("gup-one", "1.0")
    index.add("gup-two", "2.0")
    gateway.connector("meter", "gup-one,1.0\ngup-missing,9.9\ngup-two,2.0\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("gup-missing"))
    assert "gup-two" not in run["meter"]["reason"], run
    assert virtualenv.installed()["gup-one"] == "1.0" and virtualenv.installed()["gup-two"] == "2.0"
    assert run.pin("meter", "gup-missing") == "" and run.pin("meter", "gup-two") == "2.0"


def test_a_version_that_the_index_does_not_have_is_held_back_and_not_tried_every_night(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,9.9\n")
    spy = gateway.virtualenv("meter").spy(gateway.folder / "spy")
    first = gateway.now()
    assert first.code == 1, first
    assert [(pin["name"], pin["version"]) for pin in first["meter"]["held_back"]] == [("gup-one", "9.9")]
    calls = len(spy.starts())
    again = gateway.now()
    again.must("meter", code=1, outcome="failed", reason=Has("gup-one"))
    assert len(spy.starts()) == calls, "no Python for a pin that is held back"
    assert gateway.status()["meter"]["held_back"][0]["reason"]


def test_a_held_back_pin_is_tried_again_when_the_connector_is_named(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,2.0\n")
    virtualenv = gateway.virtualenv("meter")
    assert gateway.now().code == 1
    index.add("gup-one", "2.0")
    gateway.now().must("meter", outcome="failed")
    run = gateway.now("meter")
    run.must("meter", code=0, outcome="updated")
    assert virtualenv.installed()["gup-one"] == "2.0"
    assert gateway.status()["meter"]["held_back"] == []


def test_a_held_back_pin_is_forgotten_when_it_changes(gateway, index):
    index.add("gup-one", "1.0")
    connector = gateway.connector("meter", "gup-one,2.0\n")
    virtualenv = gateway.virtualenv("meter")
    assert gateway.now().code == 1
    connector.push({"gupfile": "gup-one,1.0\n"})
    run = gateway.now()
    assert run.code == 0, run
    assert virtualenv.installed()["gup-one"] == "1.0", run


def test_an_index_that_is_down_fails_the_pin_and_the_next_night_tries_again(gateway, index, web, relay):
    index.add("gup-one", "1.0")
    down = relay(web.http_port)
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    gateway.use_index("http://127.0.0.1:9/simple/")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed")
    assert run["meter"]["held_back"] == [], "the network is no property of the pin"
    gateway.use_index(index.url.replace(str(web.http_port), str(down.port)))
    run = gateway.now()
    assert run.code == 0, run
    assert virtualenv.installed()["gup-one"] == "1.0", run


def test_a_source_distribution_that_cannot_be_built_fails_with_pips_last_lines_in_the_log(gateway, index):
    index.add("gup-one", "1.0")
    index.add_sdist("gup-bad", "1.0", before_build='raise RuntimeError("no compiler here")')
    gateway.connector("meter", "gup-bad,1.0\ngup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now()
    run.must("meter", code=1, reason=Has("gup-bad"))
    assert virtualenv.installed()["gup-one"] == "1.0"
    assert "no compiler here" in gateway.log.read_text()


def test_a_source_distribution_that_can_be_built_is_installed(gateway, index):
    index.add_sdist("gup-source", "1.0")
    gateway.connector("meter", "gup-source,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    assert gateway.now().code == 0
    assert virtualenv.imported_version("gup_source") == "1.0"


def test_pins_that_contradict_each_other_fail(gateway, index):
    index.add("gup-base", "1.0", "2.0")
    index.add("gup-app", "1.0", requires=("gup-base==2.0",))
    gateway.connector("meter", "gup-app,1.0\ngup-base,1.0\n")
    gateway.virtualenv("meter")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed")
    assert run["meter"]["reason"], run


def test_success_is_judged_by_the_installed_version_and_not_by_pips_output(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    liar = virtualenv.site_packages / "pip/__main__.py"
    liar.write_text("print('Successfully installed gup-one-1.0')\n")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("gup-one"))


def test_dependencies_of_a_pin_are_installed_too(gateway, index):
    index.add("gup-base", "1.0", "1.5")
    index.add("gup-app", "1.0", requires=("gup-base>=1.0",))
    gateway.connector("meter", "gup-app,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    assert gateway.now().code == 0
    assert virtualenv.installed()["gup-base"] == "1.5"


def test_sigterm_during_pip_ends_pip_too(gateway, index):
    marker = gateway.folder / "building"
    index.add_sdist("gup-slow", "1.0", before_build=(
        f"import time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(600)"))
    gateway.connector("meter", "gup-slow,1.0\n")
    gateway.virtualenv("meter")
    process = gateway.start("now", "--json")
    wait_for(lambda: marker.exists() and marker.read_text(), "the build", 60)
    process.send_signal(signal.SIGTERM)
    run = finish(process, json_expected=True, timeout=30)
    assert run.code != 0 and run.events[-1]["interrupted"], run
    pid = marker.read_text()
    wait_for(lambda: not _alive(pid), "the end of pip's child")


def test_an_installer_that_takes_too_long_is_ended(gateway, index):
    marker = gateway.folder / "building"
    index.add_sdist("gup-slow", "1.0", before_build=(
        f"import time; open({str(marker)!r}, 'w').write(str(os.getpid())); time.sleep(600)"))
    gateway.connector("meter", "gup-slow,1.0\n")
    gateway.virtualenv("meter")
    for seconds in (6, 30, 120):  # a busy machine needs longer until pip starts the build
        gateway.configure("python", timeout=f"{seconds}s")
        run = gateway.now(timeout=seconds + 120)
        run.must("meter", code=1, outcome="failed")
        if marker.exists() and marker.read_text():
            break
    wait_for(lambda: not _alive(marker.read_text()), "the end of pip's child")


def _alive(pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_nothing_but_the_virtualenv_is_written_by_an_install(gateway, index):
    index.add("gup-one", "1.0")
    connector = gateway.connector("meter", "gup-one,1.0\n")
    gateway.virtualenv("meter")
    before = connector.snapshot()
    assert gateway.now().code == 0
    assert connector.snapshot() == before and connector.changes == ""
    assert [path.name for path in gateway.temporary.iterdir()] == []
    assert [path.name for path in (gateway.root / ".pyenv").iterdir()] == ["meter"]


def test_a_night_without_a_network_does_not_forget_the_held_pins(gateway, index):
    index.add("gup-one", "1.0")
    connector = gateway.connector("meter", "gup-one,9.9\n")
    spy = gateway.virtualenv("meter").spy(gateway.folder / "spy")
    held = gateway.now()["meter"]["held_back"]
    calls = len(spy.starts())
    url = connector.git("remote", "get-url", "origin")
    connector.git("remote", "set-url", "origin", "http://127.0.0.1:9/x.git")
    offline = gateway.now()
    assert offline.code == 4, offline
    assert offline["meter"]["held_back"] == held, offline
    connector.git("remote", "set-url", "origin", url)
    assert gateway.now()["meter"]["held_back"] == held
    assert len(spy.starts()) == calls, "no Python for a pin that is held back"
