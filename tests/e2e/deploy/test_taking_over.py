# SPDX-License-Identifier: Apache-2.0
"""gup-agent deploy keeps its folder as the release is, and takes over what repo-deploy left."""
from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from completed import Has


def archive(folder: Path, files: dict[str, str], time: int = 1_700_000_000) -> None:
    folder.mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "app.zip", "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    os.utime(folder / "app.zip", (time, time))


@pytest.fixture
def served(deployment, gateway, web):
    """A deployed archive without a gupfile."""
    folder = gateway.folder / "served"
    archive(folder, {"app.txt": "1\n", "conf.d/a.conf": "a\n"})
    deployment.configure(remote=f"{web.files(folder)}app.zip")
    return folder


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def gone(local: Path) -> None:
    shutil.rmtree(local)


def emptied(local: Path) -> None:
    shutil.rmtree(local)
    local.mkdir()


def moved(local: Path) -> None:
    local.rename(local.with_name("elsewhere"))


def a_file(local: Path) -> None:
    shutil.rmtree(local)
    local.write_text("mine\n")


def a_dangling_link(local: Path) -> None:
    shutil.rmtree(local)
    local.symlink_to("/nowhere/at/all")


def a_lost_file(local: Path) -> None:
    (local / "conf.d/a.conf").unlink()


def a_lost_subfolder(local: Path) -> None:
    shutil.rmtree(local / "conf.d")


def an_edited_file(local: Path) -> None:
    (local / "app.txt").write_text("2\n")


def a_file_that_became_a_folder(local: Path) -> None:
    (local / "app.txt").unlink()
    (local / "app.txt").mkdir()


DAMAGES = [gone, emptied, moved, a_file, a_dangling_link, a_lost_file, a_lost_subfolder, an_edited_file,
           a_file_that_became_a_folder]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda one: one.__name__)
def test_the_folder_is_made_whole_again(deployment, served, damage):
    assert deployment.fetch().outcome == "updated"
    damage(deployment.local)
    run = deployment.fetch()
    assert run.code == 0 and run.outcome == "updated", run
    assert names(deployment.local) == ["app.txt", "conf.d/a.conf"] and deployment.text("app.txt") == "1\n"
    assert deployment.fetch().outcome == "unchanged"


def test_what_was_in_the_place_of_the_folder_is_kept(deployment, served):
    deployment.fetch()
    a_file(deployment.local)
    deployment.fetch()
    assert deployment.local.with_name("current.replaced-1").read_text() == "mine\n"


def test_a_changed_file_is_named_when_it_is_replaced(deployment, served, gateway):
    deployment.fetch()
    an_edited_file(deployment.local)
    (deployment.local / "foreign").write_text("stays\n")
    deployment.fetch()
    assert any("app.txt had local changes: replaced" in line for line in gateway.log_lines())
    assert (deployment.local / "foreign").read_text() == "stays\n"


def test_a_file_that_is_changed_again_is_left_until_the_next_release(deployment, served, gateway):
    deployment.fetch()
    an_edited_file(deployment.local)
    assert deployment.fetch().outcome == "updated"
    assert deployment.local.with_name("current.replaced-1").joinpath("app.txt").read_text() == "2\n"
    an_edited_file(deployment.local)
    assert deployment.fetch().outcome == "unchanged" and deployment.text("app.txt") == "2\n"
    a_lost_file(deployment.local)
    assert deployment.fetch().outcome == "updated"
    a_lost_file(deployment.local)
    assert deployment.fetch().outcome == "updated"
    archive(served, {"app.txt": "3\n"}, 1_700_000_001)
    deployment.fetch()
    assert deployment.text("app.txt") == "3\n"
    an_edited_file(deployment.local)
    assert deployment.fetch().outcome == "updated" and deployment.text("app.txt") == "3\n"


def test_what_a_hook_changes_in_the_folder_is_no_damage(deployment, served):
    deployment.hook(deployment.post, 'echo "$(hostname)" >>"$CURRENT_CONFIG/app.txt"; mv "$CURRENT_CONFIG/conf.d/a.conf" "$CURRENT_CONFIG/moved"')
    assert deployment.fetch().outcome == "updated"
    changed = deployment.text("app.txt")
    for _ in range(2):
        assert deployment.fetch().outcome == "unchanged"
    assert deployment.text("app.txt") == changed and names(deployment.local) == ["app.txt", "moved"]
    gone(deployment.local)
    assert deployment.fetch().outcome == "updated" and names(deployment.local) == ["app.txt", "moved"]
    assert deployment.fetch().outcome == "unchanged"


def test_another_folder_in_the_file_is_deployed_to(deployment, served, gateway):
    deployment.fetch()
    other = gateway.folder / "deploy/other"
    deployment.file.write_text(deployment.file.read_text().replace(str(deployment.local), str(other)))
    assert deployment.fetch().outcome == "updated"
    assert names(other) == ["app.txt", "conf.d/a.conf"]


def test_the_folder_comes_back_without_a_network(deployment, served, web):
    deployment.fetch()
    gone(deployment.local)
    (served / "app.zip").unlink()
    assert deployment.fetch().code == 1
    assert names(deployment.local) == ["app.txt", "conf.d/a.conf"]


def test_a_quiet_run_opens_no_file_of_the_folder(deployment, served, gateway):
    deployment.fetch()
    before = {path: path.stat().st_atime_ns for path in deployment.local.rglob("*") if path.is_file()}
    for path in before:
        os.utime(path, ns=(1, path.stat().st_mtime_ns))
    assert deployment.fetch().outcome == "unchanged"
    assert all(path.stat().st_atime_ns == 1 for path in before)


def test_check_names_what_is_missing(gateway, web):
    folder = gateway.folder / "served"
    archive(folder, {"app.txt": "1\n"})
    local = gateway.folder / "deploy/current"
    gateway.declare("app", source=f"{web.files(folder)}app.zip", local=str(local))
    gateway.now().must("app", outcome="updated")
    shutil.rmtree(local)
    check = gateway.run("check", "--json")
    assert check.code == 10 and "is gone" in check.out
    gateway.now().must("app", outcome="updated")
    assert (local / "app.txt").read_text() == "1\n"
    assert gateway.run("check").code == 0


# ---- the gupfile

def test_the_folder_gets_no_gupfile_that_the_source_does_not_have(deployment, served):
    deployment.fetch()
    assert names(deployment.local) == ["app.txt", "conf.d/a.conf"]
    archive(served, {"app.txt": "2\n", "gupfile": "# mine\n"}, 1_700_000_001)
    deployment.fetch()
    assert names(deployment.local) == ["app.txt", "gupfile"] and deployment.text("gupfile") == "# mine\n"
    archive(served, {"app.txt": "3\n"}, 1_700_000_002)
    deployment.fetch()
    assert names(deployment.local) == ["app.txt"]


def test_the_gupfile_that_an_earlier_agent_left_there_is_removed(deployment, served):
    deployment.fetch()
    (deployment.local / "gupfile").write_text("# The source has none.\n")
    archive(served, {"app.txt": "2\n"}, 1_700_000_001)
    deployment.fetch()
    assert names(deployment.local) == ["app.txt"]


def test_a_persons_own_gupfile_in_the_folder_stays(deployment, served):
    deployment.fetch()
    (deployment.local / "gupfile").write_text("paho-mqtt,1.3.1\n")
    archive(served, {"app.txt": "2\n"}, 1_700_000_001)
    deployment.fetch()
    assert names(deployment.local) == ["app.txt", "gupfile"]


# ---- what repo-deploy left

def left_by_repo_deploy(deployment, files: dict[str, str], work: str = "unpacked") -> None:
    for folder in (deployment.local, deployment.cache / "work" / work):
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    (deployment.cache / "current.version").write_text("etag\n")


def test_files_of_repo_deploy_that_the_release_does_not_have_are_removed(deployment, served, gateway):
    left_by_repo_deploy(deployment, {"app.txt": "0\n", "conf.d/old.conf": "old\n", "old/deep/x": "x\n", ".hidden": "h\n"})
    (deployment.local / "conf.d/mine.conf").write_text("mine\n")
    assert deployment.fetch().outcome == "updated"
    assert names(deployment.local) == ["app.txt", "conf.d/a.conf", "conf.d/mine.conf"]
    assert not (deployment.local / "old").exists()
    assert not any("had local changes" in line for line in gateway.log_lines())
    assert (deployment.cache / "work/unpacked/conf.d/old.conf").exists()


def test_a_file_of_repo_deploy_that_was_changed_since_stays(deployment, served, gateway):
    left_by_repo_deploy(deployment, {"app.txt": "0\n", "conf.d/old.conf": "old\n"})
    (deployment.local / "conf.d/old.conf").write_text("changed\n")
    deployment.fetch()
    assert "conf.d/old.conf" in names(deployment.local)
    assert any("conf.d/old.conf is not of the release any more, and stays" in line for line in gateway.log_lines())


def test_without_its_work_folder_nothing_is_removed(deployment, served):
    left_by_repo_deploy(deployment, {"app.txt": "0\n", "conf.d/old.conf": "old\n"})
    shutil.rmtree(deployment.cache / "work")
    deployment.fetch()
    assert names(deployment.local) == ["app.txt", "conf.d/a.conf", "conf.d/old.conf"]


def test_files_of_a_git_remote_of_repo_deploy_are_known_too(deployment, app):
    deployment.configure(remote=f"{app.bare.as_uri()}/deploy")
    left_by_repo_deploy(deployment, {"main.py": "0\n", "old.py": "old\n", ".gitignore": "*.pyc\n"}, "git/deploy")
    deployment.fetch()
    assert names(deployment.local) == ["gone.py", "main.py"]


def test_a_failing_hook_brings_back_what_repo_deploy_had(deployment, served):
    left_by_repo_deploy(deployment, {"app.txt": "0\n", "conf.d/old.conf": "old\n"})
    deployment.hook(deployment.post, "grep -q 0 $CURRENT_CONFIG/app.txt")
    assert deployment.fetch().code == 6
    assert names(deployment.local) == ["app.txt", "conf.d/old.conf"] and deployment.text("app.txt") == "0\n"


# ---- hooks

def test_before_the_first_deployment_previous_config_is_an_empty_folder(deployment, served, gateway):
    for hooks in (deployment.pre, deployment.post):
        deployment.hook(hooks, f'[ -d "$PREVIOUS_CONFIG" ] && [ -z "$(ls -A "$PREVIOUS_CONFIG")" ] || exit 1\n'
                               f'rm -r "$PREVIOUS_CONFIG/tmp"; echo "$PREVIOUS_CONFIG" >>{gateway.folder}/ran; exit 0')
    assert deployment.fetch().outcome == "updated"
    assert len((gateway.folder / "ran").read_text().splitlines()) == 2
    assert not any(Path(line).exists() for line in (gateway.folder / "ran").read_text().splitlines())


def test_hooks_run_where_the_agent_was_started(deployment, served, gateway):
    deployment.hook(deployment.post, f"pwd >{gateway.folder}/where")
    there = gateway.folder / "there"
    there.mkdir()
    deployment.fetch(wrapper=["env", "-C", str(there)])
    assert (gateway.folder / "where").read_text() == f"{there}\n"


# ---- the options of versions before 1.0

def test_the_directory_and_the_identity_of_an_archive(deployment, gateway, web):
    folder = gateway.folder / "served"
    archive(folder, {"app.txt": "1\n"})
    (folder / "app.zip").rename(folder / "com.example.app.zip")
    home = gateway.folder / "home"
    deployment.file.write_text("")
    run = deployment.fetch("-r", web.files(folder).rstrip("/"), "-i", "com.example.app", "-d", str(home))
    assert run.outcome == "updated", run
    assert names(home / "current") == ["app.txt"]


@pytest.mark.parametrize("place", ["php.www.prod", "php/www/prod"])
def test_the_identity_of_a_repository_is_a_folder_in_either_form(deployment, gateway, place):
    remote = gateway.remote("apps")
    remote.push({f"{place}/main.py": "1\n", "other/x": "1\n"})
    deployment.file.write_text(f"repository={remote.bare.as_uri()}\nidentity=php.www.prod\ndirectory={gateway.folder}/home\n")
    assert deployment.fetch().outcome == "updated"
    assert names(gateway.folder / "home/current") == ["main.py"]


def test_a_file_from_windows_is_read(deployment, served):
    deployment.file.write_bytes(b"\xef\xbb\xbf" + deployment.file.read_bytes().replace(b"\n", b"\r\n"))
    assert deployment.fetch().outcome == "updated"


# ---- one folder around everything

def test_a_folder_around_everything_is_named_and_can_be_entered(gateway, web):
    folder = gateway.folder / "served"
    archive(folder, {"app-main/gupfile": "", "app-main/main.py": "1\n"})
    url = f"{web.files(folder)}app.zip"
    gateway.declare("app", source=url)
    gateway.now().must("app", outcome="updated", reason=Has("everything in its archive is in the folder app-main"),
                       hint=Has("app.zip#app-main"))
    gateway.now().must("app", outcome="unchanged")
    assert "app-main" in gateway.run("status", "app").out
    assert any("app-main" in line and "warning" in line for line in gateway.log_lines())
    doctor = gateway.run("doctor", "--json")
    assert [one["subject"] for one in doctor.document["findings"] if one["check"] == "archive"] == ["app"]
    gateway.declare("app", source=f"{url}#app-main")
    gateway.now().must("app", outcome="updated")
    assert (gateway.root / "app/main.py").read_text() == "1\n"
    assert not (gateway.root / "app/app-main").exists()
    assert "app-main" not in gateway.run("doctor").out
    gateway.now().must("app", outcome="unchanged")


def test_a_folder_that_an_archive_does_not_have_is_named(gateway, web):
    folder = gateway.folder / "served"
    archive(folder, {"app-main/main.py": "1\n"})
    gateway.declare("app", source=f"{web.files(folder)}app.zip#app")
    gateway.now().must("app", outcome="failed", reason=Has("it has no folder app"), hint=Has("it has: app-main"))


def test_names_with_dots_are_unpacked_as_other_programs_do(gateway, web):
    folder = gateway.folder / "served"
    archive(folder, {"./gupfile": "", "./lib/a.py": "1\n", "lib/./b.py": "2\n", ".//c": "3\n"})
    gateway.declare("app", source=f"{web.files(folder)}app.zip")
    gateway.now().must("app", outcome="updated")
    assert (gateway.root / "app/lib/b.py").read_text() == "2\n" and (gateway.root / "app/c").read_text() == "3\n"
