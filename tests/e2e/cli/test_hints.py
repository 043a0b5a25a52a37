# SPDX-License-Identifier: Apache-2.0
"""Each hint is followed as it is written, and leads out: afterwards the connector is as it should be.

A row makes the trouble, names the command of the hint by a pattern, and runs what the agent printed in a shell, in the folder in
which a person would be.
"""
from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import pytest
from gateway import AGENT, Connector, Gateway, wait_for

NEW = {"main.py": "2\n"}


@dataclass
class Row:
    name: str
    trouble: Callable[[Gateway, Connector], object]
    command: str  # a pattern; its first group is the command, in the hint that the agent prints
    asks: tuple[str, ...] = ("now",)
    outcomes: tuple[str, ...] = ("updated", "unchanged")


def both_change(_, connector: Connector) -> None:
    connector.push(NEW)
    (connector.path / "main.py").write_text("mine\n")


def diverge(_, connector: Connector) -> None:
    connector.push({"other.py": "2\n"})
    (connector.path / "mine.py").write_text("mine\n")
    commit(connector, "Mine")


def commit(connector: Connector, message: str) -> None:
    connector.git("add", "--all")
    connector.git("-c", "user.name=me", "-c", "user.email=me@example.org", "commit", "-qm", message)


def rewind(_, connector: Connector) -> None:
    old = connector.head
    connector.push(NEW)
    connector.git("pull", "-q")
    connector.remote.rewind(old)


def merging(_, connector: Connector) -> None:
    connector.git("checkout", "-qb", "side")
    (connector.path / "main.py").write_text("side\n")
    commit(connector, "Side")
    connector.git("checkout", "-q", "main")
    (connector.path / "main.py").write_text("main\n")
    commit(connector, "Main")
    connector.git("merge", "side", check=False)


def merging_that_is_pushed(gateway: Gateway, connector: Connector) -> None:
    merging(gateway, connector)
    connector.git("push", "-q", "origin", "main")


def without_virtualenv(gateway: Gateway, connector: Connector) -> None:
    gateway.configure("python", create_venv=False)
    connector.push({"gupfile": "gup-one,1.0\n"})


def broken_virtualenv(gateway: Gateway, connector: Connector) -> None:
    gateway.configure("python", create_venv=False)
    connector.push({"gupfile": "gup-one,1.0\n"})
    python = gateway.virtualenv("meter").path / "bin/python3"
    python.unlink()
    python.symlink_to("/nonexistent/python3.9")


def fails_its_health_check_once(gateway: Gateway, connector: Connector) -> None:
    ready = gateway.folder / "ready"
    connector.push({"gupfile": f"[health]\ncommand = [\"test\", \"-e\", \"{ready}\"]\nwithin = \"1s\"\nevery = \"1s\"\n"})
    gateway.now().must("meter", outcome="rolled_back")
    ready.touch()


def tag_in_the_way(_, connector: Connector) -> None:
    connector.git("tag", "v1")
    connector.push(NEW)
    connector.remote.tag("v1/final")


def no_repository(_, connector: Connector) -> None:
    (connector.path / ".git").rename(connector.path / "git")


def conflict(operation: str):
    """An operation of git that stops at a conflict; what it works on is pushed."""
    def trouble(gateway: Gateway, connector: Connector) -> None:
        merging(gateway, connector)
        connector.git("merge", "--abort")
        if operation == "am":
            connector.git("format-patch", "-1", "side", "-o", str(gateway.folder / "patches"))
            connector.git("am", *map(str, (gateway.folder / "patches").iterdir()), check=False)
        elif operation == "revert":
            first = connector.git("rev-list", "--max-parents=0", "HEAD").strip()
            (connector.path / "main.py").write_text("again\n")
            commit(connector, "Again")
            connector.git("revert", "--no-edit", "HEAD~1" if first else "HEAD", check=False)
        else:
            connector.git(operation, "side", check=False)
        connector.git("push", "-q", "origin", "HEAD:main" if operation != "rebase" else "main:main")
    return trouble


def unborn(_, connector: Connector) -> None:
    connector.git("checkout", "-q", "--orphan", "main2")
    connector.git("branch", "-D", "main")
    connector.git("symbolic-ref", "HEAD", "refs/heads/main")
    connector.git("rm", "-rq", "--cached", ".")


def a_pin_that_comes_later(gateway: Gateway, connector: Connector) -> None:
    connector.push({"gupfile": "gup-later,1.0\n"})
    gateway.now()
    gateway.later("gup-later", "1.0")


def on_hold(gateway: Gateway, connector: Connector) -> None:
    connector.push(NEW)
    assert gateway.run("hold", "meter").code == 0


def outside_its_window(gateway: Gateway, connector: Connector) -> None:
    hour = (time.gmtime().tm_hour + 6) % 24
    gateway.configure("schedule", time_zone="UTC")
    connector.push({"gupfile": f'[update]\nwindow = "{hour:02}:00-{hour:02}:30"\n'})
    connector.git("pull", "-q")
    connector.push(NEW)


def wants_releases(_, connector: Connector) -> None:
    connector.push({"gupfile": '[connector]\nlayout = "releases"\n'})
    connector.git("pull", "-q")


def enabled_by_hand(gateway: Gateway, connector: Connector) -> None:
    assert gateway.run("adopt", "meter").code == 0
    code = gateway.folder / "code"
    code.mkdir()
    (code / "gupfile").write_text("")
    assert gateway.run("release", "install", "meter", "--from", str(code), "--version", "2.0").code == 0
    assert gateway.run("release", "enable", "meter", "2.0").code == 0
    connector.push(NEW)


def half_removed_package(gateway: Gateway, connector: Connector) -> None:
    connector.push({"gupfile": "gup-one,1.0\n"})
    gateway.now().must("meter", outcome="updated")
    site = next((gateway.root / ".pyenv/meter/lib").glob("python3*/site-packages"))
    (site / "~up_one-1.0.dist-info").mkdir()


def without_pip(gateway: Gateway, connector: Connector) -> None:
    connector.push({"gupfile": "gup-one,1.0\n"})
    gateway.now().must("meter", outcome="updated")
    site = next((gateway.root / ".pyenv/meter/lib").glob("python3*/site-packages"))
    for folder in [*site.glob("pip"), *site.glob("pip-*")]:
        shutil.rmtree(folder)
    gateway.configure("python", installer="pip")
    gateway.later("gup-two", "2.0")
    connector.push({"gupfile": "gup-two,2.0\n"})


def without_a_file(gateway: Gateway, connector: Connector) -> None:
    connector.push({"gupfile": "gup-one,1.0\n"})
    gateway.now().must("meter", outcome="updated")
    site = next((gateway.root / ".pyenv/meter/lib").glob("python3*/site-packages"))
    next(site.glob("gup_one*.py")).unlink()


ROWS = [
    Row("detached HEAD", lambda _, c: c.git("checkout", "-q", "--detach"), r"(git switch \S+)"),
    Row("no upstream", lambda _, c: c.git("branch", "--unset-upstream"), r"(git branch --set-upstream-to \S+)"),
    Row("another branch", lambda _, c: (c.push({"gupfile": "[connector]\nbranch = \"main\"\n"}), c.git("pull", "-q"), c.git("checkout", "-qb", "side")),
        r"(git switch \S+)"),
    Row("a merge", merging_that_is_pushed, r"(git merge --abort)"),
    Row("a bisect", lambda _, c: c.git("bisect", "start"), r"(git bisect reset)"),
    Row("a lock", lambda _, c: ((c.path / ".git/index.lock").touch(), c.push(NEW)), r"(rm \.git/index\.lock|rm \S+index\.lock)"),
    Row("local changes", both_change, r"(git stash --include-untracked)"),
    Row("a local commit that is kept", diverge, r"(git rebase \S+)", outcomes=("updated", "unchanged")),
    Row("a local commit that is discarded", diverge, r"(git reset --hard [^ ,]+)"),
    Row("a rewritten branch", rewind, r"(git fetch && git reset --hard \S+)"),
    Row("a bare repository", lambda _, c: c.git("config", "core.bare", "true"), r"(git config core\.bare false)"),
    Row("core.worktree", lambda g, c: c.git("config", "core.worktree", str(g.folder)), r"(git --git-dir=\S+ config --unset core\.worktree)"),
    Row("core.sharedRepository", lambda _, c: (c.git("config", "core.sharedRepository", "0400"), c.push(NEW)), r"(cd / && git config --file \S+ --unset-all core\.sharedRepository)"),
    Row("a split index", lambda _, c: (c.git("update-index", "--split-index"), c.push(NEW)), r"(git config core\.splitIndex false; git update-index --no-split-index)"),
    Row("an unchanged mark", lambda _, c: (c.git("update-index", "--assume-unchanged", "main.py"), both_change(_, c)),
        r"(git update-index --no-\S+ \S+), then git stash"),
    Row("a tag in the way", tag_in_the_way, r"(git -C \S+ tag -d v1)"),
    Row("no virtualenv", without_virtualenv, r"hint: (python3 -m venv [^,;\n]+)"),
    Row("a broken virtualenv", broken_virtualenv, r"(rm -r [^;\n]+; python3 -m venv [^,;\n]+)"),
    Row("a rebase", conflict("rebase"), r"(git rebase --abort)"),
    Row("a cherry-pick", conflict("cherry-pick"), r"(git cherry-pick --abort)"),
    Row("a revert", conflict("revert"), r"(git revert --abort)"),
    Row("git am", conflict("am"), r"(git am --abort)"),
    Row("an unborn branch", unborn, r"(git fetch origin && git checkout --force -B main origin/main) replaces"),
    Row("a sparse checkout", lambda _, c: (c.git("sparse-checkout", "set", "docs"), c.push(NEW)), r"(git sparse-checkout disable)"),
    Row("a sparse index", lambda _, c: (c.git("sparse-checkout", "init", "--cone", "--sparse-index"), c.git("sparse-checkout", "set", "docs"), c.push({"a/b.py": "1\n", **NEW})),
        r"(git sparse-checkout disable(?:; git config index\.sparse false)?)"),
    Row("a word as core.sharedRepository", lambda _, c: (c.git("config", "core.sharedRepository", "everyone"), c.push(NEW)),
        r"(cd / && git config --file \S+ --unset-all core\.sharedRepository)"),
    Row("a pin that is not available", a_pin_that_comes_later, r"(gup-agent now meter) tries again"),
    Row("a hold", on_hold, r"(gup-agent unhold meter)"),
    Row("outside of its window", outside_its_window, r"(gup-agent now meter) does not wait", asks=("run",)),
    Row("a gupfile that wants releases", wants_releases, r"asks for the releases layout: (gup-agent adopt meter)"),
    Row("a release that was enabled by hand", enabled_by_hand, r"(gup-agent release install meter, then gup-agent release enable meter)"),
    Row("a package that is half removed", half_removed_package, r"(gup-agent now meter); if it still exists"),
    Row("a virtualenv without pip", without_pip, r"(\S+ -m ensurepip)"),
    Row("a package without one of its files", without_a_file, r"This installs it again: (\S+ -m pip install [^\n]+)"),
    Row("a rolled back release", fails_its_health_check_once, r"(gup-agent now --retry meter)"),
]


@pytest.fixture
def shell(gateway):
    """A shell in which gup-agent is this agent with this gateway's configuration."""
    programs = gateway.folder / "programs"
    programs.mkdir()
    agent = " ".join(map(shlex.quote, AGENT))
    (programs / "gup-agent").write_text(f"#!/bin/sh\nexec {agent} --config {shlex.quote(str(gateway.config_file))} \"$@\"\n")
    (programs / "gup-agent").chmod(0o755)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(gateway.home), "GIT_AUTHOR_NAME": "me",
                   "GIT_AUTHOR_EMAIL": "me@example.org", "GIT_COMMITTER_NAME": "me", "GIT_COMMITTER_EMAIL": "me@example.org"}

    def run(command: str, folder: Path) -> subprocess.CompletedProcess:
        return subprocess.run(["/bin/sh", "-c", command], cwd=folder, env=environment, capture_output=True, text=True, timeout=90)

    return run


@dataclass
class Told:
    code: int
    out: str
    err: str


def done_as_run(done: subprocess.CompletedProcess) -> Told:
    return Told(done.returncode or 1, done.stdout, done.stderr)


def all_hints(run) -> str:
    return run.out + run.err


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_the_hint_leads_out(gateway, index, shell, row):
    index.add("gup-one", "1.0")
    gateway.later = index.add
    connector = gateway.connector("meter", "", {"main.py": "1\n"})
    row.trouble(gateway, connector)
    told = "".join(all_hints(gateway.run(*asks.split())) for asks in (*row.asks, "status meter", "check", "doctor meter")) + gateway.log.read_text()
    found = re.search(row.command, told)
    assert found, told
    done = shell(found[1].replace(", then ", " && "), connector.path)
    assert done.returncode == 0, (found[1], done.stdout, done.stderr)
    if row.name == "an unchanged mark":
        assert shell("git stash", connector.path).returncode == 0
    run = gateway.now()
    assert run.code == 0 and run["meter"]["outcome"] in row.outcomes, (found[1], run)
    assert gateway.check().code == 0


def test_a_folder_that_is_no_repository_is_moved_and_added_again(gateway, shell):
    connector = gateway.connector("meter", "", {"main.py": "1\n"})
    no_repository(gateway, connector)
    run = gateway.now()
    assert run["meter"]["outcome"] == "skipped" and "move the folder out of the root folder" in run["meter"]["hint"], run
    connector.path.rename(gateway.folder / "meter.before")
    done = shell(run["meter"]["hint"].split("then: ")[1].replace("URL", connector.remote.bare.as_uri()), gateway.root)
    assert done.returncode == 0, done
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_an_operator_s_hook_that_is_not_executable(gateway, shell):
    gateway.connector("meter")
    folder = gateway.folder / "pre-update.d"
    folder.mkdir()
    (folder / "10-hook").write_text("#!/bin/sh\n")
    gateway.configure("hooks", pre_update=str(folder))
    hint = re.search(r"(chmod \+x \S+), or", gateway.run("doctor").out)
    assert hint and shell(hint[1], gateway.root).returncode == 0
    assert "is not executable" not in gateway.run("doctor").out


def test_a_connector_s_hook_that_is_not_executable(gateway, shell):
    connector = gateway.connector("meter", "[hooks]\npost-update = \"post.sh\"\n", {"post.sh": "#!/bin/sh\n", "main.py": "1\n"})
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    hint = re.search(r"(git update-index --chmod=\+x \S+), and commit that", all_hints(run))
    assert hint, run
    author = gateway.folder / "author"
    assert shell(f"git clone -q {shlex.quote(str(connector.remote.bare))} author && cd author && {hint[1]} && git commit -qm Mend && git push -q",
                 gateway.folder).returncode == 0
    assert author.is_dir()
    gateway.now().must("meter", code=0, outcome="updated")


def test_a_release_command_for_a_checkout(gateway, shell):
    gateway.connector("meter", "", {"main.py": "1\n"})
    run = gateway.run("release", "enable", "meter")
    assert run.code != 0, run
    for _ in range(4):
        hint = re.search(r"(gup-agent (?:adopt|release install|release enable) meter)", all_hints(run))
        if run.code == 0 or not hint:
            break
        done = shell(hint[1], gateway.root)
        run = gateway.run("release", "enable", "meter") if done.returncode == 0 else done_as_run(done)
    assert run.code == 0, run
    assert gateway.now().code == 0


def test_a_password_in_a_configuration_that_everybody_may_read(gateway, shell):
    gateway.connector("meter")
    gateway.configure("network", proxy="http://user:s3cret@127.0.0.1:9/")
    gateway.config_file.chmod(0o644)
    hint = re.search(r"hint: (chmod o-rwx \S+)", gateway.run("doctor").out)
    assert hint and shell(hint[1], gateway.root).returncode == 0
    assert "every user may read it" not in gateway.run("doctor").out


def test_a_folder_with_packages_and_no_gupfile(gateway, shell):
    connector = gateway.connector("meter", None, {"main.py": "1\n", "requirements.txt": "", "pyproject.toml": "[project]\nname = \"x\"\n"})
    told = gateway.run("doctor").out + gateway.run("check").out
    hint = re.search(r"(gup-agent init \S+) makes it a connector", told)
    if hint:
        assert shell(hint[1], gateway.root).returncode == 0
        assert (connector.path / "gupfile").exists()


@pytest.mark.parametrize("typed, right", [("statsu", "status"), ("rolback", "rollback"), ("chekc", "check"), ("doctr", "doctor")])
def test_a_mistyped_command(gateway, shell, typed, right):
    gateway.connector("meter")
    told = shell(f"gup-agent {typed}", gateway.root).stderr
    assert re.search(rf"\b{right}\b", told) and typed in told, told


def test_a_crontab_line_that_doctor_gives_is_accepted_by_its_own_reader(gateway):
    """The line has this agent's path: there is nothing to fill in."""
    gateway.connector("meter")
    out = gateway.run("doctor").out
    if "no crontab, no timer" in out:
        line = re.search(r"add this line: (0 2 \* \* \* (.*) run >/dev/null)", out)
        assert line and "PATH" not in line[1] and shlex.split(line[2])[0].startswith("/"), out


def test_the_removal_of_a_connector_with_local_work(gateway, shell):
    connector = gateway.connector("meter", "", {"main.py": "1\n"})
    (connector.path / "mine.py").write_text("mine\n")
    refused = gateway.run("remove", "meter", "--yes")
    hint = re.search(r"(gup-agent remove meter --keep-data) leaves", refused.err)
    assert refused.code == 2 and hint, refused
    done = shell(hint[1] + " --yes", gateway.root)
    assert done.returncode == 0 and gateway.now().outcomes() == {}, done


@pytest.mark.parametrize("words", [("rollback", "meter"), ("release", "enable", "meter", "9.9")], ids=" ".join)
def test_a_command_that_needs_a_release_and_has_none(gateway, shell, words):
    gateway.connector("meter", "", {"main.py": "1\n"})
    assert gateway.run("adopt", "meter").code == 0
    refused = gateway.run(*words)
    assert refused.code == 2, refused
    hint = re.search(r"(gup-agent release install meter)", refused.err)
    assert hint is None or shell(hint[1], gateway.root).returncode == 0, refused


def test_a_release_of_a_folder_cannot_be_made_a_checkout(gateway, shell):
    enabled_by_hand(gateway, gateway.connector("meter", "", {"main.py": "1\n"}))
    refused = gateway.run("adopt", "--back", "meter")
    hint = re.search(r"enable one that is: (.*)", refused.err)
    assert refused.code == 2 and hint, refused
    assert shell(hint[1].replace(", then ", " && "), gateway.root).returncode == 0
    assert gateway.run("adopt", "--back", "meter").code == 0
    assert gateway.now().code == 0


def test_an_interrupted_update(gateway, shell):
    connector = gateway.connector("meter", "", {"main.py": "1\n"})
    connector.push({"gupfile": '[health]\ncommand = ["sleep", "60"]\nwithin = "60s"\n'})
    process = gateway.start("now")
    journal = gateway.state / "journal"
    wait_for(lambda: list(journal.glob("*")), "the journal")
    process.kill()
    process.wait()
    found = re.search(r"(gup-agent recover) does that now", gateway.run("doctor").out)
    assert found and shell(found[1], gateway.root).returncode == 0
    assert "was interrupted" not in gateway.run("doctor").out


@pytest.mark.parametrize("name", ["status.json", "holds.json"])
def test_a_damaged_file_of_the_agent(gateway, shell, name):
    gateway.connector("meter")
    gateway.now()
    gateway.run("hold", "meter")
    file = gateway.state / name
    assert file.exists()
    file.write_text("{")
    told = gateway.run("status").err
    assert str(file) in told and "remove it" in told, told
    assert shell(f"rm {shlex.quote(str(file))}", gateway.root).returncode == 0
    assert gateway.run("status").code == 0


def test_a_name_that_is_taken(gateway, shell):
    connector = gateway.connector("meter", "", {"main.py": "1\n"})
    refused = gateway.run("add", connector.remote.bare.as_uri())
    assert refused.code == 2 and "--name" in refused.err, refused
    done = shell(f"gup-agent add {connector.remote.bare.as_uri()} --name other", gateway.root)
    assert done.returncode == 0, done


def test_a_hook_that_others_can_change(gateway, shell):
    gateway.connector("meter", "", {"main.py": "1\n"}).push(NEW)
    folder = gateway.folder / "pre-update.d"
    folder.mkdir()
    hook = folder / "10-hook"
    hook.write_text("#!/bin/sh\n")
    hook.chmod(0o777)
    gateway.configure("hooks", pre_update=str(folder))
    run = gateway.now()
    hint = re.search(r"(chown \S+ \S+; chmod go-w [^\s\"]+)", all_hints(run))
    assert run.code == 1 and hint, run
    assert shell(hint[1], gateway.root).returncode == 0
    gateway.now().must("meter", code=0, outcome="updated")


def test_an_installed_release_of_another_content(gateway, shell):
    gateway.connector("meter", "", {"main.py": "1\n"})
    code = gateway.folder / "code"
    code.mkdir()
    (code / "gupfile").write_text("")
    install = f"gup-agent release install meter --from {code} --version 1"
    assert shell(install, gateway.root).returncode == 0
    (code / "more.py").write_text("1\n")
    refused = shell(install, gateway.root)
    assert refused.returncode == 2 and "--replace makes it again" in refused.stderr and "--version" in refused.stderr, refused
    assert shell(install + " --replace", gateway.root).returncode == 0
    assert shell(install[:-1] + "2", gateway.root).returncode == 0


def test_a_schedule_that_is_missing(gateway, shell):
    gateway.configure("schedule", times=[])
    told = gateway.run("daemon").err
    hint = re.search(r'set (times = "[^"]+") below \[schedule\]', told)
    assert hint, told


def told_of(gateway) -> str:
    """What the run, check, status and doctor say."""
    return "".join(all_hints(gateway.run(*words.split())) for words in ("now", "status", "check", "doctor"))


def test_a_server_with_its_own_authority(gateway, web):
    connector = gateway.connector("meter", "", {"main.py": "1\n"}, url=web.https)
    connector.push(NEW)
    assert re.search(r"set network\.ca-file to ", told_of(gateway)), "the hint names the key"
    gateway.configure("network", ca_file=str(web.authority.ca))
    gateway.now().must("meter", code=0, outcome="updated")


def test_a_server_that_wants_a_password(gateway, web):
    gateway.configure("network", ca_file=str(web.authority.ca))
    connector = gateway.connector("meter", "", {"main.py": "1\n"}, url=web.private)
    connector.push(NEW)
    assert re.search(r"needs a user and a password or token: in .*~/\.netrc", told_of(gateway))
    (gateway.home / ".netrc").write_text(f"machine localhost login {web.user} password {web.password}\n")
    gateway.now().must("meter", code=0, outcome="updated")


def test_an_installer_that_is_missing(gateway, index):
    index.add("gup-one", "1.0")
    gateway.configure("python", installer="uv")
    gateway.connector("meter", "gup-one,1.0\n")
    told = all_hints(gateway.run("now", env={"PATH": "/usr/bin:/bin"}))
    assert "uv is missing" in told and "or set the installer to pip" in told, told
    gateway.configure("python", installer="pip")
    gateway.now().must("meter", code=0, outcome="updated")


def test_a_setting_of_pip_that_installs_elsewhere(gateway, index):
    index.add("gup-one", "1.0")
    file = gateway.home / ".config/pip/pip.conf"
    before = file.read_text()
    file.write_text(before + "[install]\ntarget = /nonexistent/elsewhere\n")
    gateway.connector("meter", "gup-one,1.0\n")
    told = told_of(gateway)
    assert str(file) in told and "remove that line" in told, told
    file.write_text(before + "[install]\n")
    gateway.now("meter").must("meter", code=0, outcome="updated")


def test_a_day_s_data_that_is_used(gateway, web, shell):
    connector = gateway.connector("meter", "", {"main.py": "1\n"}, url=web.http)
    connector.push({"big": "0123456789abcdef" * 40000})
    gateway.configure("network", max_bytes_per_day="1KiB")
    run = gateway.run("run")
    hint = re.search(r"(gup-agent now) NAME or a larger network\.max-bytes-per-day", all_hints(run) + gateway.log.read_text())
    if hint is None:  # the first download of a day may exceed it
        connector.push({"big": "fedcba9876543210" * 40000})
        run = gateway.run("run")
        hint = re.search(r"(gup-agent now) NAME or a larger network\.max-bytes-per-day", all_hints(run) + gateway.log.read_text())
    assert hint, run
    assert shell(f"{hint[1]} meter", gateway.root).returncode == 0
    assert gateway.check().code == 0
