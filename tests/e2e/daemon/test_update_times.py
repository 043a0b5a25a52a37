# SPDX-License-Identifier: Apache-2.0
"""The times at which a scheduled run may update a connector: window, busy file, ready program, and at-most."""
from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone

import pytest

from completed import Has
from gateway import Completed, Connector, Gateway, snapshot

# The windows use the hours around now, so they set the time zone: the machine's own zone must not matter.
UTC = {"TZ": "UTC"}


def run(gateway: Gateway, **options) -> Completed:
    """A scheduled run."""
    return gateway.run("run", "--json", env={**UTC, **options.pop("env", {})}, **options)


def window(begins_in_hours: int, hours: int = 1) -> str:
    begin = datetime.now(timezone.utc) + timedelta(hours=begins_in_hours)
    return f"{begin:%H}:00-{begin + timedelta(hours=hours):%H}:00"


CLOSED, OPEN = 5, -1  # begins in five hours; began in the hour before this one, and is three hours long


def with_update(gateway: Gateway, keys: str, files: dict | None = None) -> Connector:
    connector = gateway.connector("meter", f"[connector]\n[update]\n{keys}\n", files)
    connector.push({"new": "1\n"})
    return connector


def age_waiting(gateway: Gateway, days: float) -> None:
    """Makes the update wait since then."""
    file = gateway.state / "status.json"
    document = json.loads(file.read_text())
    waiting = document["connectors"][0]["waiting"]
    longest = waiting["until"] - waiting["since"]
    waiting["since"] = int(time.time() - days * 86400)
    waiting["until"] = waiting["since"] + longest
    file.write_text(json.dumps(document))


def objects(connector: Connector) -> str:
    return connector.git("count-objects", "-v")


def test_an_update_waits_for_its_window_and_status_says_why_since_when_and_until_when(gateway):
    closed = window(CLOSED)
    connector = with_update(gateway, f'window = "{closed}"\nat-most = "3d"')
    before, there = connector.snapshot(), objects(connector)
    first = run(gateway)
    first.must("meter", code=0, outcome="deferred")
    assert closed in first["meter"]["reason"] and "gup-agent now meter" in first["meter"]["hint"]
    assert connector.snapshot() == before
    assert objects(connector) == there, "nothing is fetched"

    shown = gateway.status(env=UTC)["meter"]
    assert shown["outcome"] == "deferred" and shown["reason"].startswith("main ")
    waiting = shown["waiting"]
    assert abs(waiting["since"] - time.time()) < 100 and waiting["until"] == waiting["since"] + 3 * 86400
    opens = datetime.fromtimestamp(waiting["opens"], timezone.utc)
    assert f"{opens:%H:%M}" == closed[:5] and 0 < waiting["opens"] - time.time() <= 86400
    text = gateway.run("status", env=UTC).out
    assert closed in text and f"its window opens at {opens:%Y-%m-%dT%H}:00:00+0000" in text, text

    # The same commit again changes nothing.
    document = (gateway.state / "status.json").stat()
    run(gateway).must("meter", outcome="deferred")
    after = (gateway.state / "status.json").stat()
    assert (after.st_mtime_ns, after.st_ino) == (document.st_mtime_ns, document.st_ino)
    # Another commit changes the status; it waits since the same time as the first.
    connector.push({"new": "2\n"})
    run(gateway)
    assert gateway.status(env=UTC)["meter"]["waiting"]["since"] == waiting["since"]


def test_in_its_window_it_is_updated_and_nothing_waits_any_more(gateway):
    connector = with_update(gateway, f'window = "{window(CLOSED)}, {window(OPEN, 3)}"')
    run(gateway).must("meter", outcome="updated")
    connector.push({"gupfile": f'[connector]\n[update]\nwindow = "{window(CLOSED)}"\n'})
    assert run(gateway)["meter"]["outcome"] == "updated", "the gupfile that was there had it open"
    connector.push({"new": "2\n"})
    run(gateway).must("meter", outcome="deferred")
    run(gateway, env={"GUP_SCHEDULE_TIME_ZONE": "Asia/Tokyo"}).must("meter", outcome="deferred")
    assert gateway.now(env=UTC)["meter"]["outcome"] == "updated", "by hand it happens"
    assert gateway.status(env=UTC)["meter"]["waiting"] is None


def test_days_are_those_of_the_schedule_s_time_zone(gateway):
    yesterday = f"{datetime.now(timezone.utc) - timedelta(days=2):%a}".lower()
    connector = with_update(gateway, f'window = "{window(OPEN, 3)}"')
    gateway.configure("schedule", time_zone="Asia/Tokyo")  # nine hours on
    run(gateway).must("meter", outcome="deferred")
    gateway.configure("schedule", time_zone="UTC")
    run(gateway, env={"TZ": "Asia/Tokyo"}).must("meter", outcome="updated")
    connector.push({"gupfile": f'[update]\ndays = "{yesterday}"\n'})
    run(gateway).must("meter", outcome="updated")
    connector.push({"new": "2\n"})
    run(gateway).must("meter", outcome="deferred")
    opens = gateway.status(env=UTC)["meter"]["waiting"]["opens"]
    assert f"{datetime.fromtimestamp(opens, timezone.utc):%a %H:%M}".lower() == f"{yesterday} 00:00"


def test_an_unknown_time_zone_is_reported(gateway):
    connector = with_update(gateway, f'window = "{window(OPEN, 3)}"')
    gateway.configure("schedule", time_zone="Europe/Berlinn")
    done = run(gateway)
    done.must("meter", code=1, outcome="failed", reason=Has("Europe/Berlinn"))
    assert gateway.check(env=UTC).code == 10
    gateway.configure("schedule", time_zone="UTC")
    run(gateway).must("meter", outcome="updated")
    assert connector.read("new") == "1\n"


def test_pins_wait_too_and_a_quiet_night_runs_no_condition(gateway):
    program = "#!/bin/sh\necho asked >> asked\n"
    connector = gateway.connector("meter", f'[update]\nready = "may"\nwindow = "{window(OPEN, 3)}"\n', {"may": program, ".gitignore": "asked\n"})
    (connector.path / "may").chmod(0o755)
    connector.git("config", "core.fileMode", "false")
    run(gateway).must("meter", outcome="unchanged")
    # Local commits that are not pushed yet need no update.
    (connector.path / "own").write_text("1\n")
    connector.git("add", "own")
    connector.git("commit", "-q", "-m", "Own")
    run(gateway).must("meter", outcome="unchanged")
    assert not (connector.path / "asked").exists()

    gateway.virtualenv("meter", pip=False)
    (connector.path / "gupfile").write_text(f'[update]\nwindow = "{window(CLOSED)}"\n[dependencies]\npaho-mqtt = "1.3.1"\n')
    done = run(gateway)
    done.must("meter", outcome="deferred")
    assert done["meter"]["reason"].startswith("an update waits"), done


@pytest.mark.parametrize("where", ["in its folder", "elsewhere"])
def test_a_busy_connector_waits_and_goes_on_when_it_is_done(gateway, where):
    busy = gateway.root / "meter/run/busy" if where == "in its folder" else gateway.folder / "run/busy"
    connector = with_update(gateway, f'busy = "{"run/busy" if where == "in its folder" else busy}"')
    busy.parent.mkdir()
    busy.symlink_to("pid 4711")  # leads nowhere, as some locks do
    done = run(gateway)
    done.must("meter", code=0, outcome="deferred", reason=Has("run/busy exists"))
    text = gateway.run("status", env=UTC).out
    assert "waits since" in text and "at the latest" in text, text
    busy.unlink()
    run(gateway).must("meter", outcome="updated")
    assert connector.read("new") == "1\n"


def test_a_connector_s_own_program_decides_when(gateway):
    program = '#!/bin/sh\ntest -e go || { echo "measuring $GUP_CONNECTOR"; exit 7; }\n'
    connector = with_update(gateway, 'ready = "bin/may-update"', {"bin/may-update": program, ".gitignore": "go\n"})
    (connector.path / "bin/may-update").chmod(0o755)
    connector.git("config", "core.fileMode", "false")
    there = objects(connector)
    done = run(gateway)
    done.must("meter", outcome="deferred", reason=Has("bin/may-update ended with exit code 7: measuring meter"))
    assert objects(connector) == there
    assert gateway.log.read_text().count("ready may-update: measuring meter") == 1, "it is asked once"
    (connector.path / "go").touch()
    run(gateway).must("meter", outcome="updated")


def test_a_condition_that_hangs_or_is_missing_defers_the_update(gateway):
    connector = with_update(gateway, 'ready = "may"\nat-most = "2d"', {"may": "#!/bin/sh\nsleep 1000 & sleep 1000\n"})
    gateway.configure("hooks", timeout="1s")
    run(gateway).must("meter", reason=Has("not executable"))
    (connector.path / "may").chmod(0o755)
    connector.git("config", "core.fileMode", "false")
    done = run(gateway)
    done.must("meter", outcome="deferred", reason=Has("did not end within"))
    age_waiting(gateway, 2.1)
    done = run(gateway)
    done.must("meter", outcome="updated")
    assert "busy and ready are ignored from now on" in gateway.log.read_text()


def test_busy_and_ready_are_ignored_after_at_most(gateway):
    connector = with_update(gateway, 'busy = "busy"\nat-most = "48h"')
    (connector.path / "busy").touch()
    run(gateway).must("meter", outcome="deferred")
    age_waiting(gateway, 1.9)
    run(gateway).must("meter", outcome="deferred")
    # A night without a network forgets nothing.
    bare = connector.remote.bare
    bare.rename(bare.with_suffix(".away"))
    run(gateway).must("meter", outcome="failed")
    bare.with_suffix(".away").rename(bare)
    age_waiting(gateway, 2.1)
    run(gateway).must("meter", outcome="updated")
    assert "busy and ready are ignored from now on" in gateway.log.read_text()


def test_a_window_that_no_run_meets_is_reported_and_kept(gateway):
    connector = with_update(gateway, f'window = "{window(CLOSED)}"\nat-most = "48h"')
    run(gateway)
    age_waiting(gateway, 3)
    done = run(gateway)
    done.must("meter", code=1, outcome="failed", reason=Has("no run has started in it since"))
    assert "[schedule]" in done["meter"]["hint"] and not (connector.path / "new").exists()
    # It still waits since then.
    assert gateway.status(env=UTC)["meter"]["waiting"]["since"] < time.time() - 2 * 86400


def test_a_clock_that_was_ahead_makes_no_wait_longer(gateway):
    connector = with_update(gateway, 'busy = "busy"\nat-most = "48h"')
    (connector.path / "busy").touch()
    run(gateway)
    age_waiting(gateway, -400)
    run(gateway).must("meter", outcome="deferred")
    assert abs(gateway.status()["meter"]["waiting"]["since"] - time.time()) < 100


def test_a_connector_that_is_busy_after_staging_is_not_activated(gateway):
    busy = gateway.folder / "busy"
    connector = gateway.connector("meter", f'[update]\nbusy = "{busy}"\n[health]\ncommand = "true"\n')
    connector.push({"new": "1\n"})
    # The check after meter was staged, before anything is activated.
    other = gateway.connector("other", '[update]\nready = "may"\n[dependencies]\npaho-mqtt = "1.3.1"\n',
                              {"may": f"#!/bin/sh\ntouch {busy}\nexit 1\n"})
    (other.path / "may").chmod(0o755)
    other.git("config", "core.fileMode", "false")
    gateway.virtualenv("other", pip=False)
    before = connector.snapshot()
    done = run(gateway)
    assert done.outcomes() == {"meter": "deferred", "other": "deferred"}, done
    done.must("meter", reason=Has("busy exists"))
    assert connector.snapshot() == before
    assert not list((gateway.root / ".gup/meter").glob("*/generation.json")) and not list((gateway.state / "journal").glob("*"))
    (other.path / "may").write_text("#!/bin/sh\nexit 1\n")
    busy.unlink()
    run(gateway).must("meter", outcome="updated")


def test_the_operators_window_wins_over_the_gupfiles(gateway):
    connector = with_update(gateway, f'window = "{window(OPEN, 3)}"\nbusy = "busy"')
    gateway.declare("meter", window=window(CLOSED))
    assert window(CLOSED) in run(gateway)["meter"]["reason"]
    gateway.declare("meter", window="00:00-24:00")
    (connector.path / "busy").touch()
    assert "busy exists" in run(gateway)["meter"]["reason"], "what the connector says of itself stays"
    (connector.path / "busy").unlink()
    run(gateway).must("meter", outcome="updated")
    for key, value in (("window", "2-5"), ("days", "someday"), ("window", 2)):
        gateway.declare("meter", **{"window": None, "days": None, key: value})
        refused = run(gateway)
        assert refused.code == 2, refused
        assert f"connector.{key}" in refused.err, refused


def test_a_connector_with_a_source_waits_too(gateway):
    remote = gateway.remote("app")
    busy = gateway.folder / "busy"
    remote.push({"gupfile": f'[update]\nbusy = "{busy}"\n', "main.py": "1\n"})
    place = gateway.declare("app", source=f"git+{remote.bare.as_uri()}")
    run(gateway).must("app", outcome="updated")
    busy.touch()
    new = remote.push({"main.py": "2\n"})
    before = snapshot(gateway.root)
    done = run(gateway)
    done.must("app", code=0, outcome="deferred")
    assert done["app"]["reason"].startswith(f"main {new[:7]} waits: busy file")
    assert snapshot(gateway.root) == before, "nothing is fetched"
    busy.unlink()
    run(gateway).must("app", outcome="updated")
    assert (place / "main.py").read_text() == "2\n"


def test_check_says_what_a_run_would_wait_for(gateway):
    connector = with_update(gateway, f'window = "{window(CLOSED)}"')
    seen = gateway.check(env=UTC)
    assert seen.code == 10, seen
    assert seen.steps("meter") == ["fast_forward"], seen
    assert any("gup-agent run would defer it now" in note and "window" in note for note in seen["meter"]["notes"]), seen
    (connector.path / "gupfile").write_text('[update]\nready = "may"\n')
    assert "gup-agent run asks may first" in gateway.check(env=UTC)["meter"]["notes"]


@pytest.mark.parametrize("keys, words", [('window = "2-5"', "is not a time window"), ('days = "someday"', "neither a number, a name"),
                                         ('at-most = "2w"', "one year"), ('busy = "../busy"', "is outside of"), ('win = "x"', "unknown key")])
def test_a_mistake_is_reported_with_its_line_and_the_next_commit_can_correct_it(gateway, keys, words):
    connector = with_update(gateway, keys)
    done = run(gateway)
    done.must("meter", outcome="failed")
    assert words in done["meter"]["reason"], done
    assert "gupfile:3:" in gateway.log.read_text()
    assert connector.read("new") == "1\n"
