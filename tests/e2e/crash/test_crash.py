# SPDX-License-Identifier: Apache-2.0
"""SIGKILL at any moment: the next start finishes or undoes the interrupted work."""
from __future__ import annotations

import random
import signal
import subprocess
import time

import pytest

from completed import Has
from gateway import finish, git, snapshot, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture
def connector(gateway):
    """A connector with a big pending update: files are changed, added, removed, and change their kind."""
    files = {f"src/{number % 20}/file{number}.py": f"{number}\n" * 200 for number in range(300)}
    made = gateway.connector("meter", files={**files, "turned": "file\n", "settings.ini": "default\n"})
    (made.path / "settings.ini").write_text("of this gateway\n")
    made.old = made.head
    changed = {name: text.replace("\n", "!\n") for name, text in list(files.items())[:200]}
    gone = {name: None for name in list(files)[250:]}
    added = {f"new/{number % 20}/file{number}.bin": bytes([number % 256]) * 20_000 for number in range(100)}
    made.push({**changed, **gone, **added, "turned": None})
    made.new = made.push({"turned/inside": "folder\n"})
    return made


def state_of(connector) -> tuple[str, list[str]]:
    return connector.head, connector.changes.splitlines()


def kill_after(gateway, seconds: float) -> bool:
    """Starts now and kills it after a while; returns whether it was still alive."""
    process = gateway.start("now")
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def back_to_the_start(connector, pristine):
    """Asserts the work tree, index and branch of before the first attempt; fetched objects may stay."""
    subprocess.run(["rm", "-rf", str(connector.path)], check=True)
    subprocess.run(["cp", "-a", str(pristine), str(connector.path)], check=True)


@pytest.mark.parametrize("then", ["now", "recover"])
def test_killed_at_many_moments_the_next_start_makes_it_whole(gateway, connector, then):
    pristine = gateway.folder / "pristine"
    subprocess.run(["cp", "-a", str(connector.path), str(pristine)], check=True)
    start = time.monotonic()
    assert gateway.now().code == 0
    whole = time.monotonic() - start
    back_to_the_start(connector, pristine)
    dice, killed = random.Random(), 0
    for _ in range(60):
        if killed == 8:
            break
        if kill_after(gateway, dice.uniform(0.0, whole)):
            killed += 1
        else:
            whole *= 0.8  # other work on this machine slowed the first run down
        run = gateway.run(then)
        head, changes = state_of(connector)
        assert changes == [" M settings.ini"], (run, changes[:5])
        assert connector.read("settings.ini") == "of this gateway\n"
        assert head in ((connector.new,) if then == "now" else (connector.old, connector.new)), run
        assert run.code == 0, run
        assert not list((connector.path / ".git").glob("*.lock"))
        assert not (gateway.state / "journal/meter").exists()
        if head == connector.old:
            assert not (connector.path / "new").exists(), "nothing of the new commit is left"
        back_to_the_start(connector, pristine)
    assert killed == 8


def kill_during_checkout(gateway, connector) -> None:
    """Kills now after it has begun to write the work tree and before it is done."""
    for _ in range(20):
        process = gateway.start("now")
        wait_for(lambda: (connector.path / "new").exists() or process.poll() is not None, "the first new file")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if (gateway.state / "journal/meter").exists() and connector.changes != " M settings.ini":
            return
        gateway.run("recover")
        connector.git("stash", "-q")
        connector.git("reset", "-q", "--hard", connector.old)
        connector.git("stash", "pop", "-q")
    raise AssertionError("the checkout was never caught in the middle")


def test_files_written_by_a_person_after_a_crash_are_not_overwritten(gateway, connector):
    kill_during_checkout(gateway, connector)
    (connector.path / "src/0/file0.py").write_text("written after the crash\n")
    run = gateway.now()
    assert connector.read("src/0/file0.py") == "written after the crash\n"
    run.must("meter", code=1, reason=Has("src/0/file0.py"))


def test_recover_says_what_it_did_and_then_has_nothing_to_do(gateway, connector):
    kill_during_checkout(gateway, connector)
    run = gateway.run("recover", "--json")
    assert run.code == 0, run
    assert "meter" in run.out, run
    assert connector.changes == " M settings.ini"
    before = snapshot(gateway.state)
    again = gateway.run("recover", "--json")
    assert again.code == 0, again
    assert again.connectors == {}, again
    assert snapshot(gateway.state) == before


def test_a_checkout_is_recovered_without_a_network(gateway, connector):
    kill_during_checkout(gateway, connector)
    connector.remote.bare.rename(gateway.folder / "away.git")
    assert gateway.run("recover").code == 0
    assert connector.changes == " M settings.ini"


def test_one_connector_s_journal_does_not_stop_another(gateway, connector):
    other = gateway.connector("other")
    new = other.push({"new": "1\n"})
    (gateway.state / "journal").mkdir(exist_ok=True)
    (gateway.state / "journal/meter").write_text("gup-journal 99\nsomething of a later version\n")
    run = gateway.now()
    assert run.code == 1, run
    assert other.head == new
    run.must("meter", outcome="failed", reason=Has("journal"))
    assert connector.head == connector.old, "an unknown version is refused, not restarted"
    assert (gateway.state / "journal/meter").read_text().startswith("gup-journal 99\n")


@pytest.mark.parametrize("text", ["", "gup-jour", "gup-journal 1\n", "gup-journal 1\nbegin 2026-11-21_02"])
def test_a_journal_without_its_first_line_is_ignored(gateway, connector, text):
    (gateway.state / "journal").mkdir()
    (gateway.state / "journal/meter").write_text(text)
    run = gateway.now()
    assert run.code == 0, run
    assert connector.head == connector.new, run


def test_a_journal_of_a_connector_that_is_gone_is_not_fatal(gateway):
    good = gateway.connector("good")
    new = good.push({"new": "1\n"})
    (gateway.state / "journal").mkdir()
    zeros, ones = "0" * 39 + "1", "1" * 40
    (gateway.state / "journal/gone").write_text(
        f"gup-journal 1\nbegin 2026-11-21_02_00 gone\nstep checkout from={zeros} path={gateway.root}/gone to={ones}\n")
    gateway.now()
    assert good.head == new


def test_killed_during_pip_the_next_night_repairs_it(gateway, index):
    modules = {f"gup_big_data/m{number}.py": f"x = {number}\n" * 20 for number in range(1500)}
    index.add("gup-big", "1.0", "2.0", extra=modules)
    connector = gateway.connector("meter", "gup-big,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    assert gateway.now().code == 0
    connector.push({"gupfile": "gup-big,2.0\n"})
    process = gateway.start("now")
    generations = gateway.root / ".gup/meter"
    wait_for(lambda: list(generations.glob("*/.venv/lib/python*/site-packages/~*")), "pip at work", 60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert virtualenv.imported_version("gup_big") == "1.0", "the live one is not touched"
    run = gateway.now()
    assert run.code == 0, run
    assert run.pin("meter", "gup-big") == "2.0", run
    assert virtualenv.imported_version("gup_big") == "2.0"
    assert list(virtualenv.site_packages.glob("~*")) == []
    assert all((path / "generation.json").exists() for path in generations.iterdir())


def test_killed_while_the_virtualenv_is_made_the_next_night_makes_it(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    gateway.configure("python", create_venv=True)
    process = gateway.start("now")
    generations = gateway.root / ".gup"
    wait_for(lambda: list(generations.rglob("pyvenv.cfg")) or process.poll() is not None, "the virtualenv's beginning", 60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    run = gateway.now()
    assert run.code == 0, run
    assert run.pin("meter", "gup-one") == "1.0", run


def test_no_pip_goes_on_after_the_agent_was_killed(gateway, index):
    marker = gateway.folder / "building"
    index.add_sdist("gup-slow", "1.0", before_build=(
        f"import time; open({str(marker)!r}, 'w').write(str(os.getppid())); time.sleep(600)"))
    gateway.connector("meter", "gup-slow,1.0\n")
    gateway.virtualenv("meter")
    process = gateway.start("now")
    wait_for(lambda: marker.exists() and marker.read_text(), "the build", 60)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    pip = marker.read_text()
    wait_for(lambda: not _runs_pip(pip), "the end of pip", 10)


def _runs_pip(pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"pip" in file.read()
    except OSError:
        return False


def test_a_half_written_state_file_does_not_stop_the_run(gateway):
    connector = gateway.connector("meter")
    assert gateway.now().code == 0
    (gateway.state / "status.json").write_text('{"schema": 1, "connec')
    new = connector.push({"new": "1\n"})
    run = gateway.now()
    assert run.code == 0, run
    assert connector.head == new, run
    gateway.status().must("meter", outcome="updated")


def test_sigterm_during_a_checkout_leaves_it_whole(gateway, connector):
    process = gateway.start("now", "--json")
    wait_for(lambda: (connector.path / "new").exists() or process.poll() is not None, "the first new file")
    process.send_signal(signal.SIGTERM)
    finish(process, timeout=20)
    head, changes = state_of(connector)
    assert changes == [" M settings.ini"], changes[:5]
    assert head in (connector.old, connector.new)
    assert git("-C", connector.path, "fsck") == ""
