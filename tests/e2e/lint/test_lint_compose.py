# SPDX-License-Identifier: Apache-2.0
"""gup-agent lint of compose files: a folder with stacks, a stack's folder, a file by its name; text, JSON, SARIF."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
from authoring import run_lint, write

GOOD = "services:\n  web:\n    image: nginx:1.27\n    ports: [\"8080:80\"]\n"


def test_the_stacks_of_a_repository_are_checked_with_line_and_caret(folder):
    write(folder / "gupfile", "six,1.16.0\n")
    write(folder / "services/gw/compose.yaml", GOOD)
    write(folder / "services/notes/readme.txt", "no stack")
    done = run_lint(folder)
    assert (done.returncode, done.stdout) == (0, "no mistakes in 2 files\n")

    write(folder / "services/gw/compose.yaml", GOOD + "    enviroment: {A: 1}\n    restart: allways\n")
    done = run_lint(folder)
    assert done.returncode == 1
    assert done.stdout == (
        "services/gw/compose.yaml:5:5: the service web has no key enviroment\n"
        "    5 |     enviroment: {A: 1}\n"
        "      |     ^\n"
        "hint: did you mean environment?\n"
        "services/gw/compose.yaml:6:14: allways is no restart policy\n"
        "    6 |     restart: allways\n"
        "      |              ^\n"
        "hint: did you mean always?\n"
        "2 mistakes in 2 files\n")


@pytest.mark.parametrize("argument", ["services/gw/compose.yaml", "services/gw", "services", "."])
def test_a_stack_is_found_by_its_file_its_folder_and_the_folder_of_stacks(folder, argument):
    write(folder / "services/gw/compose.yaml", "services:\n  web: {image: a, env_file: ../common.env, mem_limit: lots}\n")
    write(folder / "services/common.env", "A=1\n")
    done = run_lint(folder, argument)
    assert done.returncode == 1
    assert "services/gw/compose.yaml:2:55: mem_limit wants a size, not lots\n" in done.stdout
    assert done.stdout.endswith("1 mistake in 2 files\n"), done.stdout


def test_a_file_with_another_name_is_checked_alone_and_an_override_with_its_stack(folder):
    write(folder / "docker-compose-rpi.yml", "services:\n  web: {imagee: a}\n")
    done = run_lint(folder, "docker-compose-rpi.yml")
    assert "docker-compose-rpi.yml:2:9: the service web has no key imagee\n" in done.stdout

    write(folder / "services/gw/compose.yaml", GOOD)
    write(folder / "services/gw/compose.override.yaml", "services:\n  web: {user: a}\n")
    done = run_lint(folder, "services/gw/compose.override.yaml")
    assert (done.returncode, done.stdout) == (0, "no mistakes in 2 files\n")


def test_a_variable_of_the_gateway_is_a_warning_and_what_depends_on_it_is_not_judged(folder):
    write(folder / "services/gw/compose.yaml", "services:\n  web: {image: \"a:${TAG}\", container_name: \"${NAME}\", hostname: \"${HOST:-h}\"}\n")
    done = run_lint(folder)
    assert done.returncode == 0
    assert "services/gw/compose.yaml:2:19: warning: the variable TAG has no value\n" in done.stdout
    assert done.stdout.endswith("no mistakes and 2 warnings in 1 file\n"), done.stdout
    write(folder / "services/gw/.env", "TAG=1\nNAME=web\n")
    done = run_lint(folder)
    assert (done.returncode, done.stdout) == (0, "no mistakes in 2 files\n")


def test_problems_are_in_the_file_that_has_them(folder):
    write(folder / ".git/HEAD", "")
    write(folder / "services/gw/compose.yaml", "include: [../shared/db.yaml]\nservices:\n  web: {image: a, env_file: b.env}\n")
    write(folder / "services/gw/b.env", "A=1\nB C=2\n")
    write(folder / "services/shared/db.yaml", "services:\n  db: {image: a}\n  db: {image: b}\n")
    document = json.loads(run_lint(folder, "--json").stdout)
    assert [(one["file"], one["line"], one["column"], one["rule"]) for one in document["problems"]] == [
        ("services/gw/b.env", 2, 3, "compose"), ("services/shared/db.yaml", 3, 3, "compose")]
    assert document["exit_code"] == 1

    sarif = json.loads(run_lint(folder, "--sarif").stdout)["runs"][0]
    assert [result["ruleId"] for result in sarif["results"]] == ["compose", "compose"]
    for result in sarif["results"]:
        assert sarif["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "compose"


def test_a_service_may_wait_for_one_of_another_stack(folder):
    write(folder / "services/01_db/compose.yaml", "services:\n  db: {image: a}\n")
    write(folder / "services/02_app/compose.yaml", "services:\n  app: {image: a, depends_on: [db]}\n")
    assert run_lint(folder).returncode == 0
    done = run_lint(folder, "services/02_app/compose.yaml")
    assert (done.returncode, done.stdout) == (0, "no mistakes in 2 files\n")


def test_files_outside_of_the_repository_are_not_read(folder):
    write(folder / ".git/HEAD", "")
    write(folder / "services/gw/compose.yaml", "services:\n  web: {image: a, env_file: link.env}\n")
    (folder / "services/gw/link.env").symlink_to("/etc/hostname")
    done = run_lint(folder)
    assert done.returncode == 1
    assert "is a link that leads out of the folder" in done.stdout


@pytest.mark.parametrize("content, wanted", [
    (b"services:\n\tweb: {}\n", "compose.yaml:2:1: a tab cannot be used to indent"),
    (b"\xff\xfes\0", "compose.yaml:1:1: the file is UTF-16"),
    (b"services:\n  web: {image: \xff}\n", "compose.yaml:2:16: this byte is no UTF-8"),
    (b"a: 1\n" * 300_000, "compose.yaml:1:1: the file has more than 1 MiB"),
    (b"", "compose.yaml:1:1: the file is empty"),
], ids=["tab", "utf-16", "latin-1", "large", "empty"])
def test_what_is_no_yaml_is_told(folder, content, wanted):
    write(folder / "compose.yaml", "")
    (folder / "compose.yaml").write_bytes(content)
    done = run_lint(folder, "compose.yaml")
    assert done.returncode == 1
    assert wanted in done.stdout


def test_the_gupfile_says_where_stacks_are_and_how_they_are_read(folder):
    write(folder / "gupfile", "[services]\nfolder = 'deploy/stacks'\nprofiles = ['gateway']\n")
    write(folder / "services/old/compose.yaml", "services: {}\n")
    text = (GOOD + "    profiles: [gateway]\n  lab: {image: lab, profiles: [lab], ports: ['8080:80']}\n"
            "  desk: {image: desk, profiles: [gateway], mem_limit: lots}\n")
    write(folder / "deploy/stacks/gw/compose.yaml", text)
    for argument in ("", "deploy/stacks", "deploy/stacks/gw", "deploy/stacks/gw/compose.yaml"):
        done = run_lint(*([folder, argument] if argument else [folder]))
        assert done.returncode == 1, (argument, done.stdout)
        assert "deploy/stacks/gw/compose.yaml:7:55: mem_limit wants a size, not lots\n" in done.stdout
        assert "published" not in done.stdout and "old" not in done.stdout  # lab is of another profile


@pytest.mark.parametrize("setting, expected", [("", 0), ("[services]\nnames = 'bare'\n", 1)])
def test_two_stacks_may_not_have_the_same_unit(folder, setting, expected):
    write(folder / "gupfile", setting)
    write(folder / "services/a/compose.yaml", "services:\n  web: {image: nginx}\n")
    write(folder / "services/b/compose.yaml", "services:\n  web: {image: nginx, network_mode: none}\n")
    done = run_lint(folder)
    assert done.returncode == expected
    told = "services/b/compose.yaml:2:3: the unit web.service is that of services/a/compose.yaml:2:3, too\n"
    assert (told in done.stdout) == bool(expected), done.stdout


def test_two_stacks_may_not_publish_one_port_and_one_stack_is_no_clash_with_itself(folder):
    write(folder / "gupfile", "")
    write(folder / "services/a/compose.yaml", GOOD)
    write(folder / "services/a/compose.override.yaml", "services:\n  web: {user: a}\n")
    assert run_lint(folder, ".", "services/a", "services/a/compose.override.yaml").returncode == 0
    for port, code in (("8081:80", 0), ("8080:80/udp", 0), ("8080-8090:80", 0), ("127.0.0.1:8080:80", 1), ("0.0.0.0:8080:1", 1)):
        write(folder / "services/b/compose.yaml", GOOD.replace("8080:80", port))
        done = run_lint(folder)
        assert done.returncode == code, (port, done.stdout)
        assert code == 0 or "the port 8080/tcp is that of services/a/compose.yaml:4:13, too" in done.stdout


def test_unset_variables_are_empty_where_the_gupfile_says_so(folder):
    write(folder / "gupfile", "[services]\nunset = 'empty'\n")
    write(folder / "services/a/compose.yaml", "services:\n  web: {image: 'nginx${TAG}', mem_limit: '${SIZE}x'}\n")
    done = run_lint(folder)
    assert done.returncode == 1 and "mem_limit wants a size" in done.stdout, done.stdout
