# SPDX-License-Identifier: Apache-2.0
"""add: a complete new connector, or no files at all."""
from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from additions import COPY, Untouched, add, another_user, make_remote, owners, use_quick_python
from completed import Has
from gateway import finish, git, kill_at, wait_for
from tools import tool

needs_root = pytest.mark.root("only root can work as another user")


@pytest.fixture
def quick(gateway):
    use_quick_python(gateway)
    return gateway


def test_a_clone_a_virtualenv_and_the_pins(gateway, index):
    index.add("gup-one", "1.0")
    remote = make_remote(gateway, "smart-meter", "gup-one,1.0\n")
    run = add(gateway, remote.bare.as_uri())
    run.must("smart-meter", code=0, outcome="updated")
    folder = gateway.root / "smart-meter"
    assert git("-C", folder, "status", "--porcelain", "--branch") == "## main...origin/main"
    assert (folder / "main.py").read_text() == "print(1)\n"
    python = gateway.root / ".pyenv/smart-meter/bin/python"
    assert subprocess.check_output([python, "-c", "import gup_one; print(gup_one.version)"], text=True) == "1.0\n"
    assert run.pin("smart-meter", "gup-one") == "1.0"
    assert sorted(path.name for path in gateway.root.iterdir()) == [".pyenv", "smart-meter"]
    assert list((gateway.state / "journal").iterdir()) == []


def test_from_then_on_it_is_a_connector_like_any_other(quick, index):
    use_quick_python(quick, COPY)
    index.add("gup-one", "1.0", "2.0")
    remote = make_remote(quick, "meter", "gup-one,1.0\n")
    assert add(quick, remote.bare).code == 0
    quick.status().must("meter", outcome="updated")
    quick.now().must("meter", outcome="unchanged")
    new = remote.push({"gupfile": "gup-one,2.0\n"})
    run = quick.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "2.0", run
    assert git("-C", quick.root / "meter", "rev-parse", "HEAD") == new


@pytest.mark.parametrize("kind", ["http", "https", "path", "relative path", "with slash"])
def test_kinds_of_url(quick, web, kind):
    quick.configure("network", ca_file=str(web.authority.ca))
    bare = make_remote(quick, "meter").bare
    url = {"http": web.http(bare), "https": web.https(bare), "path": bare, "with slash": f"{bare}/",
           "relative path": bare.relative_to(quick.folder)}[kind]
    run = add(quick, url)
    run.must("meter", code=0, outcome="updated")
    quick.now().must("meter", outcome="unchanged")


def test_the_name_and_the_branch_may_be_chosen(quick):
    remote = make_remote(quick, "meter")
    remote.push({"main.py": "of the branch\n"}, branch="stable/2")
    run = add(quick, remote.bare, "--name", "heat-meter", "--branch", "stable/2")
    run.must("heat-meter", branch="stable/2")
    folder = quick.root / "heat-meter"
    assert (folder / "main.py").read_text() == "of the branch\n"
    assert git("-C", folder, "rev-parse", "--abbrev-ref", "HEAD@{upstream}") == "origin/stable/2"
    quick.now().must("heat-meter", outcome="unchanged")


def test_the_default_branch_is_the_one_that_the_remote_names(quick):
    remote = make_remote(quick, "meter", branch="trunk")
    remote.push({"main.py": "not this\n"}, branch="main")
    run = add(quick, remote.bare)
    run.must("meter", branch="trunk")
    assert (quick.root / "meter/main.py").read_text() == "print(1)\n"


def test_submodules_are_cloned_too(quick):
    library = make_remote(quick, "library")
    remote = make_remote(quick, "meter")
    remote.git("submodule", "--quiet", "add", "../library.git", "lib")
    remote.push()
    run = add(quick, remote.bare.as_uri())
    assert run.code == 0, run
    assert (quick.root / "meter/lib/main.py").read_text() == "print(1)\n"
    assert git("-C", quick.root / "meter", "status", "--porcelain") == ""
    assert git("-C", quick.root / "meter/lib", "status", "--porcelain") == "", "it does not depend on where it was made"
    assert library.bare.exists()


REFUSED = {
    "no gupfile": (None, [], 1, "no gupfile"),
    "a malformed gupfile": ("gup-one\n", [], 1, "gupfile:1:"),
    "a gupfile that wants another branch": ('[connector]\nbranch = "other"\n', [], 1, "asks for branch other"),
    "no such branch": ("", ["--branch", "mian"], 1, "mian"),
    "a hidden name": ("", ["--name", ".meter"], 2, "dot"),
    "a name that leads elsewhere": ("", ["--name", "../meter"], 2, "cannot be a connector's name"),
    "a name with a space": ("", ["--name", "a meter"], 2, "cannot be a connector's name"),
    "a name like an option": ("", ["--name=-meter"], 2, "cannot be a connector's name"),
    "a name with a line break": ("", ["--name", "a\nb"], 2, "cannot be a connector's name"),
    "a host key without a host": ("", ["--host-key", "SHA256:abc"], 2, "SSH"),
    "an unknown owner": ("", ["--owner", "no-such-user"], 2, "no-such-user"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_add_leaves_nothing_behind(quick, case):
    gupfile, arguments, code, words = REFUSED[case]
    remote = make_remote(quick, "meter", gupfile)
    with Untouched(quick):
        run = add(quick, remote.bare, *arguments)
        assert run.code == code, run
        assert words in run.out, run


@pytest.mark.parametrize("url", ["", "meter", "https://", "-oProxyCommand=touch", "ftp://example.org/meter",
                                 "https://example.org/meter#main", "ext::sh -c touch"])
def test_an_argument_that_is_not_a_url_is_refused(quick, url):
    with Untouched(quick):
        run = add(quick, "--", url)
        assert run.code == 2, run


@pytest.mark.parametrize("there", ["connector", "file", "virtualenv", "virtualenv at home"])
def test_an_existing_folder_stays_as_it_is(quick, there):
    remote = make_remote(quick, "meter")
    if there == "connector":
        quick.connector("meter-2", "")
        (quick.root / "meter-2").rename(quick.root / "meter")
    elif there == "file":
        (quick.root / "meter").write_text("somebody's\n")
    else:
        quick.virtualenv("meter", where=quick.home / ".pyenv/meter" if "home" in there else None, pip=False)
    with Untouched(quick):
        run = add(quick, remote.bare)
        assert run.code == 2, run
        assert "already exists" in run.out, run


def test_a_repository_without_commits(quick):
    remote = quick.remote("meter")
    with Untouched(quick):
        run = add(quick, remote.bare)
        run.must("meter", code=1, reason=Has("has no commit"))


def test_a_pin_that_is_not_available(quick, index):
    use_quick_python(quick, COPY)
    index.add("gup-one", "1.0")
    remote = make_remote(quick, "meter", "gup-one,1.0\ngup-two,2.0\n")
    with Untouched(quick):
        run = add(quick, remote.bare)
        run.must("meter", code=1, reason=Has("gup-two"))
    assert "gup-two" in quick.log.read_text()


def test_a_python_that_makes_no_virtualenv(gateway):
    use_quick_python(gateway, 'mkdir -p "$3/half"; echo "no venv here" >&2; exit 1')
    remote = make_remote(gateway, "meter")
    with Untouched(gateway):
        run = add(gateway, remote.bare)
        run.must("meter", code=1, reason=Has("no venv here"))


def test_a_server_that_cannot_be_reached(quick):
    with Untouched(quick):
        run = add(quick, "http://127.0.0.1:9/meter.git")
        assert run.code == 4, run
        assert run["meter"]["unreachable"], run


@pytest.mark.parametrize("after", [2000, 20_000])
def test_a_network_that_is_cut_during_the_clone(quick, web, relay, after):
    remote = make_remote(quick, "meter")
    remote.push({"big": os.urandom(200_000)})
    bad = relay(web.http_port)
    bad.cut_after, bad.cuts = after, 1000
    with Untouched(quick):
        run = add(quick, web.through(bad)(remote.bare))
        assert run.code in (1, 4), run
        run.must("meter", outcome="failed")


@pytest.mark.parametrize("error", ["fsync:error=ENOSPC:when=4+", "syncfs:error=EIO:when=1+", "renameat2:error=EIO:when=1+"])
def test_a_disk_that_fails(quick, error):
    remote = make_remote(quick, "meter")
    call = error.split(":")[0]
    with Untouched(quick):
        wrapper = [tool("strace"), "-f", "-qq", "-o", str(quick.folder / "trace"), "-e", f"trace={call}", "-e", f"inject={error}"]
        run = add(quick, remote.bare, wrapper=wrapper)
        run.must("meter", code=1, outcome="failed")


def test_another_run_has_the_lock(quick):
    marker = quick.folder / "marker"
    use_quick_python(quick, f"touch {marker}; exec sleep 600")
    first = quick.start("add", make_remote(quick, "first").bare)
    wait_for(marker.exists, "the first add")
    second = add(quick, make_remote(quick, "second").bare)
    first.send_signal(signal.SIGTERM)
    finish(first)
    assert second.code == 3, second


def test_sigterm_rolls_everything_back(quick):
    marker = quick.folder / "marker"
    use_quick_python(quick, f'touch "$3/begun" {marker}; exec sleep 600')
    remote = make_remote(quick, "meter")
    with Untouched(quick):
        process = quick.start("add", "--json", remote.bare)
        wait_for(marker.exists, "the virtualenv")
        assert list(quick.root.glob(".gup-add-meter.*")), "the clone is made aside"
        process.send_signal(signal.SIGTERM)
        run = finish(process, json_expected=True, timeout=30)
        run.must("meter", code=1, outcome="failed")
        assert run.events[-1]["interrupted"], run


@pytest.mark.parametrize("then", ["recover", "now", "add"])
def test_killed_the_next_start_rolls_everything_back(quick, then):
    marker = quick.folder / "marker"
    use_quick_python(quick, f'touch "$3/begun" {marker}; exec sleep 600')
    remote = make_remote(quick, "meter")
    with Untouched(quick):
        process = quick.start("add", remote.bare)
        wait_for(marker.exists, "the virtualenv")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert (quick.state / "journal/meter").exists() and (quick.root / ".pyenv/meter").exists()
        if then == "add":
            use_quick_python(quick, "exit 1")
            assert add(quick, remote.bare).code == 1
        else:
            assert quick.run(then).code == 0
            (quick.state / "status.json").unlink(missing_ok=True)


CHANGING = ["rename", "renameat2", "mkdir", "mkdirat", "link", "unlink", "fsync", "syncfs", "chmod"]
STEP = 1 if os.environ.get("GUP_EVERY_STEP") else 7


@pytest.mark.parametrize("has_gupfile", [True, False])
def test_killed_before_a_change_the_next_start_makes_it_whole_or_nothing(quick, has_gupfile):
    """Every change with GUP_EVERY_STEP=1, a part of them without."""
    remote = make_remote(quick, "meter", "" if has_gupfile else None)
    if not has_gupfile:
        remote.push({"requirements.txt": "# none\n"}, "Declare")
    whole_root = [".pyenv", "meter"] if has_gupfile else [".gup", ".pyenv", "meter"]
    killed, whole, broken = 0, 0, []
    for call in CHANGING:
        number = 1
        while kill_at(quick, call, number, ("add", str(remote.bare))):
            killed += 1
            run = quick.run("recover")
            left = sorted(path.name for path in quick.root.iterdir())
            if left == whole_root:
                whole += 1
                if git("-C", quick.root / "meter", "status", "--porcelain", "--branch") != "## main...origin/main":
                    broken.append(f"{call} {number}: not whole")
                left = []
            journals = [path.name for path in (quick.state / "journal").glob("*")]
            if run.code != 0 or left or journals:
                broken.append(f"{call} {number}: exit code {run.code}, {left}, {journals}: {run.out} {run.err}")
            for place in (quick.root, quick.state):
                subprocess.run(["rm", "-rf", str(place)], check=True)
                place.mkdir()
            number += STEP
        for place in (quick.root, quick.state):
            subprocess.run(["rm", "-rf", str(place)], check=True)
            place.mkdir()
    assert not broken, "\n".join(broken)
    assert killed >= len(CHANGING) - 2 and (STEP > 1 or whole > 0)


def test_only_the_owner_can_read_a_password_of_the_url(quick, web):
    quick.configure("network", ca_file=str(web.authority.ca))
    remote = make_remote(quick, "meter")
    run = add(quick, web.private(remote.bare, web.login))
    assert run.code == 0, run
    config = quick.root / "meter/.git/config"
    assert web.password in config.read_text() and config.stat().st_mode & 0o777 == 0o600
    quick.now().must("meter", outcome="unchanged")
    told = [run.out, run.err, quick.log.read_text(),
            *(path.read_text() for path in quick.state.rglob("*") if path.is_file())]
    assert not any(web.password in text or web.basic in text for text in told)


def test_a_wrong_password_is_said_without_it(quick, web):
    quick.configure("network", ca_file=str(web.authority.ca))
    remote = make_remote(quick, "meter")
    with Untouched(quick):
        run = add(quick, web.private(remote.bare, "gateway:wr0ng-p4ss"))
        run.must("meter", code=1, outcome="failed")
    assert "wr0ng-p4ss" not in run.out + run.err + quick.log.read_text()


@needs_root
@pytest.mark.parametrize("given", ["by the root folder", "by --owner"])
def test_everything_is_its_owner_s(quick, given):
    user = another_user()
    remote = make_remote(quick, "meter")
    arguments = []
    if given == "by --owner":
        arguments = ["--owner", user.pw_name]
    else:
        os.chown(quick.root, user.pw_uid, user.pw_gid)
    quick.temporary.chmod(0o1777)
    run = add(quick, remote.bare, *arguments)
    assert run.code == 0, run
    assert owners(quick.root / "meter") == {user.pw_uid}
    assert (quick.root / ".pyenv/meter").stat().st_uid == user.pw_uid
    assert owners(quick.state) == {0} and user.pw_name in " ".join(run["meter"]["actions"])
    quick.now().must("meter", outcome="unchanged")


@needs_root
@pytest.mark.parametrize("given", ["by the root folder", "by --owner"])
def test_an_owner_gets_a_repository_without_gupfile(quick, given):
    user = another_user()
    remote = make_remote(quick, "meter", None)
    remote.push({"requirements.txt": "# none\n"}, "Declare")
    if given == "by the root folder":
        os.chown(quick.root, user.pw_uid, user.pw_gid)
    owner = ["--owner", user.pw_name] if given == "by --owner" else []
    add(quick, remote.bare, *owner).must("meter", code=0, outcome="updated", requirements="requirements.txt")
    assert (quick.root / ".gup/meter/gupfile").stat().st_uid == user.pw_uid
    quick.now().must("meter", code=0, outcome="unchanged")


@needs_root
@pytest.mark.parametrize("given", ["by the root folder", "by --owner"])
def test_an_interrupted_add_of_an_owner_is_rolled_back_too(quick, given):
    user = another_user()
    remote = make_remote(quick, "meter")
    marker = quick.folder / "marker"
    marker.touch()
    marker.chmod(0o666)
    use_quick_python(quick, f'touch "$3/begun"; echo 1 > {marker}; exec sleep 600')
    if given == "by the root folder":
        os.chown(quick.root, user.pw_uid, user.pw_gid)
    with Untouched(quick):
        process = quick.start("add", str(remote.bare), *(["--owner", user.pw_name] if given == "by --owner" else []))
        wait_for(marker.read_text, "the virtualenv")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        assert quick.run("recover").code == 0


@needs_root
def test_root_follows_no_planted_link(quick):
    user, elsewhere = another_user(), quick.folder / "root-only"
    elsewhere.mkdir(mode=0o700)
    (quick.root / ".pyenv").symlink_to(elsewhere)
    with Untouched(quick):
        run = add(quick, make_remote(quick, "meter").bare, "--owner", user.pw_name)
        run.must("meter", code=1, outcome="failed")
    assert list(elsewhere.iterdir()) == []


def test_plain_output_names_the_actions(quick):
    remote = make_remote(quick, "meter")
    run = quick.run("add", str(remote.bare))
    assert run.code == 0, run
    assert run.out.startswith("meter: cloned "), run
    assert "1 updated" in run.out


def test_its_name_comes_from_the_url(quick):
    remote = make_remote(quick, "heat.pump_2")
    assert add(quick, f"{remote.bare}/").outcomes() == {"heat.pump_2": "updated"}
    assert Path(quick.root / "heat.pump_2/.git").is_dir()
