# SPDX-License-Identifier: Apache-2.0
"""Taking over from the bash script, and taking a portable agent away: both edit a crontab and keep everything else."""
from __future__ import annotations

import fcntl
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from gateway import AGENT

pytestmark = pytest.mark.native_only("the agent edits a crontab for its own path, which is the emulator's there")

# crontab(1) with its table in a file: -l and -, messages and exit codes as cron's.
CRONTAB = """#!/bin/sh
table='{folder}/table'
case "$1" in
-l) if [ -e '{folder}/denied' ]; then echo 'You (pi) are not allowed to use this program (crontab)' >&2; exit 1; fi
    if [ -e "$table" ]; then cat "$table"; else echo 'no crontab for pi' >&2; exit 1; fi ;;
-) if [ -e '{folder}/refused' ]; then echo 'errors in crontab file, cannot install.' >&2; exit 1; fi; cat > "$table" ;;
*) exit 2 ;;
esac
"""


class Portable:
    """An agent next to connectors, as README installs it, with a crontab."""

    def __init__(self, folder: Path):
        self.folder, self.root = folder, folder / "field connectors"
        self.agent = self.root / "gup-agent/gup-agent"
        self.agent.parent.mkdir(parents=True)
        shutil.copy(AGENT[-1], self.agent)
        self.programs, self.table, self.home = folder / "bin", folder / "table", folder / "home"
        self.programs.mkdir()
        self.home.mkdir()
        (self.programs / "crontab").write_text(CRONTAB.format(folder=folder))
        (self.programs / "crontab").chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        environment = {"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(self.home)}
        return subprocess.run([self.agent, *arguments], cwd=self.root, env=environment, capture_output=True, text=True, timeout=60)

    def lines(self) -> list[str]:
        return self.table.read_text().splitlines()


@pytest.fixture
def portable(tmp_path):
    return Portable(tmp_path)


SCRIPT_LINES = ["0 2 * * * /home/pi/client-connector-updater/update.sh", "30 3 * * 1-5 cd /srv && ./client-connector-updater.sh >/dev/null 2>&1",
                "@daily bash /opt/client-connector-updater/run", "\t15  4\t*  *  *   /x/client-connector-updater/update.sh"]


@pytest.mark.parametrize("line, times", zip(SCRIPT_LINES, ["0 2 * * * ", "30 3 * * 1-5 ", "@daily ", "\t15  4\t*  *  *   "]))
def test_the_script_s_line_starts_the_agent_at_the_same_time(portable, line, times):
    others = ["# client-connector-updater was here", "MAILTO=pi", "5 5 * * * /usr/bin/true", ""]
    portable.table.write_text("\n".join([*others, line, "# end"]) + "\n")
    before = portable.table.read_text()
    done = portable.run("import", "client-connector-updater")
    assert done.returncode == 0, done
    command = f"'{portable.agent}' run >/dev/null"
    assert portable.lines() == [*others, f"{times}{command}", "# end"]
    backup, = (portable.agent.parent / "state").glob("crontab.before-*")
    assert backup.read_text() == before and stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert f"- {line}".replace("\t", "") in done.stdout.replace("\\t", "").replace("\t", "") and "+ " in done.stdout
    again = portable.run("import", "client-connector-updater")
    assert again.returncode == 1 and "nothing was changed" in again.stdout
    assert portable.lines() == [*others, f"{times}{command}", "# end"]


def test_two_lines_of_the_script_do_not_start_two_runs(portable):
    portable.table.write_text("\n".join(SCRIPT_LINES[:2]) + "\n")
    assert portable.run("import", "client-connector-updater").returncode == 0
    assert portable.lines() == [f"0 2 * * * '{portable.agent}' run >/dev/null"]


def test_a_crontab_that_starts_the_agent_already_loses_the_script_only(portable):
    mine = "7 1 * * * /opt/gup-agent/gup-agent run"
    portable.table.write_text(f"{SCRIPT_LINES[0]}\n{mine}\n")
    done = portable.run("import", "client-connector-updater")
    assert done.returncode == 0, done
    assert mine in portable.lines() and SCRIPT_LINES[0] not in portable.lines()
    assert len(portable.lines()) == 1, "one run a night"


@pytest.mark.parametrize("state", ["none", "empty", "without"])
def test_without_a_line_nothing_is_written(portable, state):
    if state != "none":
        portable.table.write_text("" if state == "empty" else "# client-connector-updater\n1 1 * * * true\n")
    before = portable.table.read_bytes() if portable.table.exists() else None
    done = portable.run("import", "client-connector-updater")
    assert done.returncode == 1 and "nothing was changed" in done.stdout, done
    assert (portable.table.read_bytes() if portable.table.exists() else None) == before


def test_a_crontab_that_cannot_be_read_or_written_stays(portable):
    portable.table.write_text(SCRIPT_LINES[0] + "\n")
    (portable.folder / "denied").touch()
    done = portable.run("import", "client-connector-updater")
    assert done.returncode == 2 and "not allowed" in done.stderr, done
    (portable.folder / "denied").unlink()
    (portable.folder / "refused").touch()
    done = portable.run("import", "client-connector-updater")
    assert done.returncode == 2 and "cannot install" in done.stderr and "crontab.before-" in done.stderr, done
    assert portable.lines() == [SCRIPT_LINES[0]]


def test_uninstalling_shows_first_and_keeps_what_a_new_agent_needs(portable):
    folder = portable.agent.parent
    portable.run("now")
    (folder / "gup-agent.toml").write_text("[run]\ndelay = \"0s\"\n")
    (folder / "gup.1.log").write_text("old\n")
    (folder / "notes.txt").write_text("mine\n")
    (folder / "state/keys").mkdir(parents=True, exist_ok=True)
    (folder / "state/keys/meter").write_text("key\n")
    other = "5 5 * * * /opt/other/gup-agent run"
    portable.table.write_text(f"0 2 * * * '{portable.agent}' run >/dev/null\n{other}\n")
    (portable.root / "meter").mkdir()
    (portable.root / ".gup/meter").mkdir(parents=True)

    shown = portable.run("self-uninstall", "--portable")
    assert shown.returncode == 0 and str(portable.agent) in shown.stdout and "--yes" in shown.stdout, shown
    assert portable.agent.exists() and len(portable.lines()) == 2

    done = portable.run("self-uninstall", "--portable", "--yes")
    assert done.returncode == 0, done
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith("crontab.before")) == ["gup-agent.toml", "notes.txt", "state"]
    assert sorted(path.name for path in (folder / "state").iterdir()) == ["keys"]
    assert portable.lines() == [other]
    assert (portable.root / "meter").is_dir() and (portable.root / ".gup/meter").is_dir()


def test_purging_leaves_only_what_is_not_the_agent_s(portable):
    folder = portable.agent.parent
    portable.run("now")
    (folder / "state/keys").mkdir(parents=True, exist_ok=True)
    assert portable.run("self-uninstall", "--portable", "--purge", "--yes").returncode == 0
    assert not folder.exists() and portable.root.is_dir()


def test_a_state_that_is_elsewhere_stays(portable):
    elsewhere = portable.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "important").write_text("mine\n")
    (portable.agent.parent / "gup-agent.toml").write_text(f"state = \"{elsewhere}\"\nlog = \"{elsewhere}/gup.log\"\n")
    portable.run("now")
    done = portable.run("self-uninstall", "--portable", "--purge", "--yes")
    assert done.returncode == 0 and str(elsewhere) in done.stdout, done
    assert (elsewhere / "important").exists() and not portable.agent.exists()


def test_it_refuses_while_a_run_or_a_journal_is_open(portable):
    state = portable.agent.parent / "state"
    portable.run("now")
    with (state / "lock").open("a") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        done = portable.run("self-uninstall", "--portable", "--yes")
        assert done.returncode == 3, done
    (state / "journal").mkdir(exist_ok=True)
    (state / "journal/meter").write_text("")
    done = portable.run("self-uninstall", "--portable", "--yes")
    assert done.returncode == 2 and "gup-agent recover" in done.stderr, done
    assert portable.agent.exists()
