# SPDX-License-Identifier: Apache-2.0
"""core.sharedRepository: the next member of a group can work with what the agent has written below .git."""
from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from completed import Has
from gateway import git, remove
from tools import SYSTEM_PATH

# Names that only one of the two programs writes.
NOT_COMPARED = {"FETCH_HEAD", "ORIG_HEAD", "COMMIT_EDITMSG", "config", "description", "hooks", "info", "branches", "gupfile"}
VALUES = ["group", "all", "umask", "world", "everybody", "true", "false", "0660", "0640", "0664", "0600", "1", "2", "0", "yes"]


def modes(repository: Path) -> set[tuple[str, str]]:
    """Kind and mode of everything that git shares: the kind is the folder, since packs and objects have other names."""
    found = set()
    for place, folders, files in os.walk(repository / ".git"):
        folders[:] = [name for name in folders if name not in NOT_COMPARED]
        for name in folders + [name for name in files if name not in NOT_COMPARED]:
            path = Path(place) / name
            where = path.relative_to(repository / ".git")
            kind = "objects" if where.parts[0] == "objects" else str(where)
            if len(where.parts) > 1 or kind != "objects":
                found.add((f"{kind} {path.suffix if kind == 'objects' and path.is_file() else ''}", oct(path.stat().st_mode)))
    return found


def give(path: Path) -> None:
    """To a user of the group: the agent does not take a folder of root's that a group may write to."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "games:games", path], check=True)


def pull_as_owner(connector, setting: str) -> None:
    command = ["git", "-c", "safe.directory=*", "-c", "gc.auto=0", "-c", setting, "-C", str(connector.path), "pull", "-q", "--ff-only"]
    if os.geteuid() == 0:
        theirs = connector.path.parent / "theirs.git"  # git takes no remote of another user
        remove(theirs)
        subprocess.run(["cp", "-r", connector.remote.bare, theirs], check=True)
        connector.git("config", "remote.origin.url", theirs)
        subprocess.run(["chown", "-R", "games:games", theirs, connector.path / ".git/config"], check=True)
        command = ["setpriv", "--reuid=games", "--regid=games", "--clear-groups", *command]
    subprocess.run(command, check=True, env={"PATH": SYSTEM_PATH, "HOME": "/nonexistent"})


def share(connector, value: str) -> None:
    connector.git("config", "core.sharedRepository", value)
    if value not in ("umask", "false", "0"):  # as git init --shared leaves it
        for path in [connector.path / ".git", *(connector.path / ".git").rglob("*")]:
            path.chmod(0o2775 if path.is_dir() else path.stat().st_mode | 0o060 if path.stat().st_mode & 0o200 else 0o444)
    connector.git("pack-refs", "--all")
    give(connector.path)


@pytest.mark.parametrize("value", VALUES)
def test_what_the_agent_writes_has_the_modes_that_git_gives(gateway, value):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    reference = gateway.clone("../reference/meter", connector.remote)
    for one in (connector, reference):
        share(one, value)
    connector.push({"main.py": "2\n", "lib/new.py": "1\n"})
    connector.remote.tag("v1/rc", annotated=True)
    run = gateway.now()
    run.must("meter", outcome="updated")
    pull_as_owner(reference, "fetch.unpackLimit=1")
    there = modes(reference.path)
    connector.push({"main.py": "3\n"})
    pull_as_owner(reference, "fetch.unpackLimit=1000")
    here, there = modes(connector.path), there | modes(reference.path)
    shared = {"HEAD ", "index ", "packed-refs ", "refs ", "logs ", "refs/tags ", "refs/tags/v1 ", "refs/tags/v1/rc ",
              "refs/heads/main ", "refs/remotes/origin/main ", "logs/HEAD ", "logs/refs/heads/main "}
    def of(found):
        return {(name, mode) for name, mode in found if name in shared or name.startswith("objects")}
    # git writes loose objects in the second pull; .rev files are git's alone.
    assert of(here) <= of(there), of(here) - of(there)
    names = {name for name, _ in here}
    assert {"index ", "refs/tags/v1 ", "refs/heads/main ", "objects .pack", "objects .idx"} <= names


def test_a_value_that_git_refuses_is_refused_before_anything_changes(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    head = connector.head
    with open(connector.path / ".git/config", "a") as config:
        config.write("[core]\n\tsharedRepository = 0400\n")
    give(connector.path)
    connector.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("core.sharedRepository", "0400"))
    assert (connector.path / ".git/refs/heads/main").read_text().strip() == head


def test_a_key_without_a_value_means_the_group(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    with open(connector.path / ".git/config", "a") as config:
        config.write("[core]\n\tsharedRepository\n")
    give(connector.path)
    connector.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="updated")
    assert stat.S_IMODE((connector.path / ".git/index").stat().st_mode) == 0o664


@pytest.mark.root("gives files to two users of one group")
def test_the_next_member_of_the_group_can_pull(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    share(connector, "group")
    shared = connector.path
    subprocess.run(["chmod", "-R", "g+rwX", shared], check=True)
    for place in [shared, *[path for path in shared.rglob("*") if path.is_dir()]]:
        place.chmod(0o2775)
    connector.push({"main.py": "2\n", "a.py": "1\n"})
    connector.remote.tag("v1/rc")
    gateway.now().must("meter", outcome="updated")
    new = connector.push({"main.py": "3\n", "b.py": "1\n"})
    connector.remote.tag("v1/final")
    subprocess.run(["chown", "-R", "4343", connector.remote.bare], check=True)
    pull = ["setpriv", "--reuid=4343", "--regid=games", "--clear-groups", "git", "-c", "safe.directory=*", "-C", shared, "pull", "-q",
            "--ff-only", "--tags"]
    done = subprocess.run(pull, capture_output=True, text=True, env={"PATH": SYSTEM_PATH, "HOME": "/nonexistent"})
    assert done.returncode == 0, done.stderr
    assert (shared / ".git/refs/heads/main").read_text().strip() == new


def test_submodules_are_shared_with_their_repository(gateway):
    inner = gateway.remote("inner")
    inner.push({"lib.py": "1\n"})
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    share(connector, "group")
    connector.remote.git("submodule", "--quiet", "add", inner.bare.as_uri(), "lib/inner")
    connector.push()
    gateway.now().must("meter", outcome="updated")
    module = connector.path / ".git/modules/lib/inner"
    for name in ("index", "HEAD", "refs/remotes/origin/main"):
        assert (module / name).stat().st_mode & 0o060 == 0o060, name
    for folder in (module.parent, module, module / "refs", module / "objects"):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o2070 == 0o2070, folder


def test_a_clone_takes_the_setting_of_the_user_s_configuration(gateway):
    remote = gateway.remote("meter")
    remote.push({"gupfile": "", "main.py": "1\n"})
    (gateway.home / ".gitconfig").write_text("[core]\n\tsharedRepository = group\n")
    run = gateway.run("add", remote.bare.as_uri())
    assert run.code == 0, run
    path = gateway.root / "meter"
    assert git("-C", path, "config", "core.sharedRepository") == "1"
    assert stat.S_IMODE((path / ".git").stat().st_mode) == 0o2775
    for name in ("HEAD", "index", "config", "refs/heads/main"):
        assert stat.S_IMODE((path / ".git" / name).stat().st_mode) == 0o664, name


def test_a_repository_that_is_not_shared_keeps_its_modes(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    (connector.path / ".git/packed-refs").write_text("")
    (connector.path / ".git/packed-refs").chmod(0o600)
    connector.push({"main.py": "2\n"})
    gateway.now().must("meter", outcome="updated")
    assert stat.S_IMODE((connector.path / ".git/packed-refs").stat().st_mode) == 0o600
    assert stat.S_IMODE((connector.path / ".git/index").stat().st_mode) == 0o644


def test_a_second_work_tree_is_shared_where_its_own_files_are(gateway):
    connector = gateway.connector("meter", files={"main.py": "1\n"})
    connector.git("branch", "side", "--track", "origin/main")
    connector.git("config", "core.sharedRepository", "group")
    connector.git("worktree", "add", "-q", gateway.root / "second", "side")
    for path in (connector.path, gateway.root / "second"):
        give(path)
    connector.push({"main.py": "2\n"})
    gateway.now("second").must("second", outcome="updated")
    for name in ("worktrees/second/index", "worktrees/second/logs/HEAD", "refs/heads/side"):
        assert stat.S_IMODE((connector.path / ".git" / name).stat().st_mode) == 0o664, name
