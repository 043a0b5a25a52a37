# SPDX-License-Identifier: Apache-2.0
"""Connectors whose packages a requirements file declares, in each way a connector is made."""
from __future__ import annotations

import pytest

from additions import add, make_remote, use_quick_python
from completed import Has
from release_commands import release
from virtualenvs import template

FOUND = "its packages are declared by requirements.txt, because it has no gupfile"


@pytest.fixture
def quick(gateway, index):
    """New virtualenvs have pip at once, and the index has two versions of gup-one."""
    index.add("gup-one", "1.0", "1.1")
    index.add("gup-two", "2.0")
    use_quick_python(gateway, f'for last; do :; done; mkdir -p "$last" && cp -a {template()}/. "$last"')
    return gateway


def push(gateway, name="meter", **files):
    remote = gateway.remote(name)
    remote.push({"main.py": "print(1)\n", **{path.replace("_", "."): text for path, text in files.items()}}, "First")
    return remote


def test_a_repository_with_only_requirements_is_added_and_follows_them(quick):
    remote = make_remote(quick, "meter", gupfile=None)
    remote.push({"requirements.txt": "gup-one==1.0\n"}, "Declare")
    run = add(quick, remote.bare.as_uri())
    run.must("meter", code=0, outcome="updated", requirements="requirements.txt")
    assert FOUND in run["meter"]["actions"] and run.pin("meter", "gup-one") == "1.0"
    assert not (quick.root / "meter/gupfile").exists(), "nothing is added to the work tree"
    assert quick.now().outcomes() == {"meter": "unchanged"}

    remote.push({"requirements.txt": "gup-one==1.1\ngup-two==2.0\n"}, "Next")
    check = quick.check()
    assert check.code == 10 and check.drift("meter") == {"gup-one": "1.1", "gup-two": "2.0"}
    run = quick.now()
    run.must("meter", code=0, outcome="updated", requirements="requirements.txt")
    assert (run.pin("meter", "gup-one"), run.pin("meter", "gup-two")) == ("1.1", "2.0")
    assert not any(FOUND in action for action in run["meter"]["actions"]), "that was said before"
    assert quick.now().outcomes() == {"meter": "unchanged"}
    assert "packages declared by requirements.txt" in quick.run("status", "meter").out
    quick.run("rollback", "meter", "--json").must("meter", code=0, outcome="updated")
    assert (quick.root / "meter/requirements.txt").read_text() == "gup-one==1.0\n"


def test_a_gupfile_that_the_repository_gets_later_is_in_force(quick):
    remote = make_remote(quick, "meter", gupfile=None)
    remote.push({"requirements.txt": "gup-one==1.0\n"}, "Declare")
    add(quick, remote.bare.as_uri()).must("meter", code=0)
    remote.push({"gupfile": "gup-one,1.1\n"}, "A gupfile")
    run = quick.now()
    run.must("meter", code=0, outcome="updated", requirements="")
    assert run.pin("meter", "gup-one") == "1.1"


def test_the_operator_chooses_a_file_when_a_connector_is_added(quick):
    remote = make_remote(quick, "meter", gupfile=None)
    remote.push({"requirements.txt": "gup-one==1.0\n", "deploy/pinned.txt": "gup-one==1.1\n"}, "Declare")
    add(quick, remote.bare.as_uri(), "--requirements", "deploy/pinned.txt").must(
        "meter", code=0, requirements="deploy/pinned.txt")
    run = quick.now()
    run.must("meter", outcome="unchanged")
    assert run.pin("meter", "gup-one") == "1.1"


@pytest.mark.parametrize("files, arguments, words", [
    ({}, [], ["no gupfile and no requirements file"]),
    ({"requirements.txt": "gup-one==1.0\n", "pylock.toml": ""}, [], ["requirements.txt", "pylock.toml"]),
    ({"requirements.txt": "gup-one\n"}, [], ["requirements.txt:1", "gup-one"]),
    ({"requirements.txt": "gup-one==1.0\n"}, ["--requirements", "other.txt"], ["other.txt"]),
    ({"requirements.txt": "gup-one==1.0\n", "gupfile": ""}, ["--requirements", "requirements.txt"], ["has a gupfile"]),
    ({"requirements.txt": "gup-one==1.0\n"}, ["--requirements", "../other.txt"], ["../other.txt"]),
    ({"poetry.lock": ""}, [], ["poetry.lock"]),
])
def test_what_cannot_be_added_is_named(quick, files, arguments, words):
    remote = make_remote(quick, "meter", gupfile=None)
    if files:
        remote.push(files, "Declare")
    run = add(quick, remote.bare.as_uri(), *arguments)
    run.must("meter", code=1, outcome="failed", reason=Has(*words))
    assert run["meter"]["hint"] and not (quick.root / "meter").exists()
    assert not (quick.root / ".gup/meter").exists()


def test_a_source_with_only_requirements_is_deployed_with_its_packages(quick):
    remote = push(quick, requirements_txt="gup-one==1.0\n")
    quick.declare("meter", source=f"git+{remote.bare.as_uri()}")
    run = quick.now()
    run.must("meter", code=0, outcome="updated", requirements="requirements.txt")
    assert FOUND in run["meter"]["actions"] and run.pin("meter", "gup-one") == "1.0"
    assert quick.now().outcomes() == {"meter": "unchanged"}
    remote.push({"requirements.txt": "gup-one==1.1\n"}, "Next")
    run = quick.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "1.1" and FOUND not in run["meter"]["actions"]


def test_a_source_without_any_declaration_is_said_to_have_none(quick):
    remote = push(quick)
    quick.declare("meter", source=f"git+{remote.bare.as_uri()}")
    run = quick.now()
    run.must("meter", code=0, outcome="updated")
    assert any("declares no packages" in action for action in run["meter"]["actions"]), run
    assert quick.now().outcomes() == {"meter": "unchanged"}


def test_a_source_with_several_files_waits_for_the_operators_choice(quick):
    remote = push(quick, requirements_txt="gup-one==1.0\n", requirements="gup-one==1.1\n")
    quick.declare("meter", source=f"git+{remote.bare.as_uri()}")
    run = quick.now()
    run.must("meter", code=1, outcome="failed", reason=Has("several files declare packages", "requirements.txt"))
    assert not (quick.root / "meter").exists(), "nothing runs without its packages"
    quick.declare("meter", requirements="requirements")
    run = quick.now()
    run.must("meter", code=0, outcome="updated", requirements="requirements")
    assert run.pin("meter", "gup-one") == "1.1"


def test_a_first_deployment_that_fails_has_one_reason(quick):
    remote = push(quick, requirements_txt="gup-one==1.0\n")
    quick.configure("python", interpreter="false")
    quick.declare("meter", source=f"git+{remote.bare.as_uri()}", requirements="requirements.txt")
    run = quick.now()
    run.must("meter", code=1, outcome="failed", reason=Has("cannot create the virtualenv"))
    assert "there is no file" not in run["meter"]["reason"], run


def test_a_later_revision_that_cannot_be_read_brings_its_code_and_keeps_the_packages(quick):
    remote = push(quick, requirements_txt="gup-one==1.0\n")
    quick.declare("meter", source=f"git+{remote.bare.as_uri()}")
    quick.now().must("meter", code=0)
    commit = remote.push({"requirements.txt": "gup-one\n"}, "No version")
    run = quick.now()
    run.must("meter", code=1, outcome="failed", commit=commit, reason=Has("requirements.txt:1", "gup-one"))
    assert run.pin("meter", "gup-one") == "1.0"


def test_check_names_the_file_and_the_line_of_a_mistake(quick):
    quick.connector("meter", '[connector]\nrequirements = "requirements.txt"\n', {"requirements.txt": "\ngup-one\n"})
    quick.virtualenv("meter")
    run = quick.run("check")
    assert run.code == 1 and "meter/requirements.txt:2:1: gup-one names no exact version" in run.out, run
    (problem,) = quick.check()["meter"]["problems"]
    assert (problem["file"], problem["line"], problem["column"]) == ("requirements.txt", 2, 1)


def test_a_gupfile_names_a_file_and_its_own_pins_come_first(quick):
    quick.connector("meter", '[connector]\nrequirements = "requirements.txt"\n[dependencies]\ngup-one = "1.1"\n',
                    {"requirements.txt": "gup-one==1.0\ngup-two==2.0\n"})
    quick.virtualenv("meter")
    run = quick.now()
    run.must("meter", code=0, outcome="updated", requirements="requirements.txt")
    assert (run.pin("meter", "gup-one"), run.pin("meter", "gup-two")) == ("1.1", "2.0")


def test_the_configuration_makes_a_checkout_without_gupfile_a_connector(quick):
    quick.connector("meter", None, {"requirements.txt": "gup-one==1.0\n"})
    quick.virtualenv("meter")
    assert quick.now().outcomes() == {}
    quick.declare("meter", requirements="requirements.txt")
    run = quick.now()
    run.must("meter", code=0, outcome="updated")
    assert run.pin("meter", "gup-one") == "1.0"
    assert quick.now().outcomes() == {"meter": "unchanged"}


def test_a_checkout_with_only_requirements_is_adopted_and_moved_back(quick):
    connector = quick.connector("meter", None, {"requirements.txt": "gup-one==1.0\n"})
    quick.virtualenv("meter")
    quick.run("adopt", "meter", "--json").must("meter", code=0, outcome="updated")
    run = quick.now()
    run.must("meter", code=0, outcome="updated", requirements="requirements.txt")
    connector.remote.push({"requirements.txt": "gup-one==1.1\n"}, "Next")
    run = quick.now()
    run.must("meter", code=0, outcome="updated")
    assert run.pin("meter", "gup-one") == "1.1"
    quick.run("adopt", "--back", "meter", "--json").must("meter", code=0, outcome="updated")
    assert connector.changes == "", "no gupfile is left in the work tree"
    assert quick.now().outcomes() == {"meter": "unchanged"}
    connector.push({"gupfile": "gup-one,1.0\n"}, "A gupfile")
    run = quick.now()
    run.must("meter", code=0, outcome="updated")
    assert run.pin("meter", "gup-one") == "1.0"


def test_a_folder_with_only_requirements_becomes_a_release(quick):
    code = quick.folder / "code"
    code.mkdir()
    (code / "requirements").write_text("gup-one==1.0\n")
    (code / "main.py").write_text("print(1)\n")
    run = release(quick, "install", "meter", "--from", str(code), "--version", "v1")
    run.must("meter", code=0, outcome="updated")
    assert run.pin("meter", "gup-one") == "1.0"
    (code / "requirements").unlink()
    run = release(quick, "install", "meter", "--from", str(code), "--version", "v2")
    assert run.code == 2 and "no gupfile" in run.err, run


def test_only_the_requirements_change_and_local_changes_of_them_stay(quick):
    connector = quick.connector("meter", '[connector]\nrequirements = "requirements.txt"\n',
                                {"requirements.txt": "gup-one==1.0\n"})
    quick.virtualenv("meter")
    quick.now()
    (connector.path / "requirements.txt").write_text("gup-one==1.1\n")
    run = quick.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "1.1"
    connector.remote.push({"README": "other\n"}, "Other")
    run = quick.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "1.1", "the operator's own line is in force"


def test_an_included_file_alone_changes_the_declaration(quick):
    connector = quick.connector("meter", '[connector]\nrequirements = "requirements/prod.txt"\n', {
        "requirements/prod.txt": "-r base.txt\ngup-two==2.0\n", "requirements/base.txt": "gup-one==1.0\n"})
    quick.virtualenv("meter")
    quick.now().must("meter", code=0, outcome="updated")
    connector.remote.push({"requirements/base.txt": "gup-one==1.1\n"}, "Base")
    assert quick.check().drift("meter") == {"gup-one": "1.1"}
    run = quick.now()
    run.must("meter", outcome="updated")
    assert run.pin("meter", "gup-one") == "1.1"


def test_a_link_inside_the_repository_is_followed_and_one_that_leaves_is_refused(quick):
    connector = quick.connector("meter", '[connector]\nrequirements = "requirements.txt"\n', {
        "requirements.txt": "gup-one==1.0\n", "deploy/pinned.txt": "gup-one==1.1\n"})
    quick.virtualenv("meter")
    quick.now().must("meter", code=0)
    author = connector.remote.author
    (author / "requirements.txt").unlink()
    (author / "requirements.txt").symlink_to("deploy/pinned.txt")
    connector.remote.git("add", "-A")
    connector.remote.push({}, "Link")
    run = quick.now()
    run.must("meter", code=0, outcome="updated")
    assert run.pin("meter", "gup-one") == "1.1"
    (author / "requirements.txt").unlink()
    (author / "requirements.txt").symlink_to("/etc/passwd")
    connector.remote.git("add", "-A")
    connector.remote.push({}, "Leave")
    run = quick.now()
    run.must("meter", code=1, outcome="failed", reason=Has("requirements.txt", "leads out"))
    assert "root:" not in run.out + "".join(quick.log_lines())
