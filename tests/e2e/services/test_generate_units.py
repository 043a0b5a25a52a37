# SPDX-License-Identifier: Apache-2.0
"""gup-agent services convert and generate-units: in any folder, without a gateway and without podman."""
from __future__ import annotations

import json
import stat
import subprocess
from pathlib import Path

import pytest
from authoring import run_author, write
from gateway import AGENT

WEB = "services:\n  web:\n    image: nginx:1.27\n    environment: {PASSWORD: \"${PASSWORD}\"}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    write(tmp_path / "services/gw/compose.yaml", WEB)
    write(tmp_path / "services/gw/.env", "PASSWORD=from file\n")
    write(tmp_path / "services/db/docker-compose.yml", "services:\n  db:\n    image: postgres:16\n")
    return tmp_path


def generate(folder: Path, affected: str, *options: str, **more):
    return run_author(folder, "services", "generate-units", "--affected-services", affected, "--output-dir", "units",
                      "--podman-version", "5.4.2", *options, **more)


def names(folder: Path) -> set[str]:
    return {str(path.relative_to(folder / "units")) for path in (folder / "units").rglob("*") if path.is_file()} - {".gup-units.json"}


def test_units_are_made_changed_and_removed_with_their_stack(folder):
    done = generate(folder, "gw db")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ("made db-db.container\nmade db-default.network\nmade gw-default.network\nmade gw-web.container\n")
    assert generate(folder, "gw db").stdout == "all units are as they should be\n"

    write(folder / "services/gw/compose.yaml", WEB.replace("web:", "page:"))
    assert generate(folder, "gw").stdout == "made gw-page.container\nremoved gw-web.container\n"

    (folder / "services/gw/compose.yaml").unlink()
    assert generate(folder, "db").stdout == "removed gw-default.network\nremoved gw-page.container\n"
    assert names(folder) == {"db-db.container", "db-default.network"}


def test_one_mistake_changes_nothing_and_is_told_with_its_place(folder):
    assert generate(folder, "gw").returncode == 0
    before = {name: (folder / "units" / name).read_text() for name in names(folder)}
    write(folder / "services/gw/compose.yaml", WEB.replace("1.27", "1.28"))
    write(folder / "services/db/docker-compose.yml", "services:\n  db:\n    image: postgres:16\n    portss: []\n")
    done = generate(folder, "gw db")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("services/db/docker-compose.yml:4:5: ")
    assert "no file has changed" in done.stderr
    assert {name: (folder / "units" / name).read_text() for name in names(folder)} == before


@pytest.mark.parametrize("name", ["gw-web.container", "gw-default.network"])
def test_a_unit_of_somebody_else_is_never_touched(folder, name):
    write(folder / f"units/{name}", "[Container]\nImage=mine\n")
    done = generate(folder, "gw")
    assert done.returncode == 1 and name in done.stderr and "hint: " in done.stderr
    assert names(folder) == {name} and (folder / f"units/{name}").read_text() == "[Container]\nImage=mine\n"


def test_other_files_of_the_folder_stay(folder):
    write(folder / "units/mine.container", "[Container]\nImage=mine\n")
    generate(folder, "gw db")
    (folder / "services/gw/compose.yaml").unlink()
    (folder / "services/db/docker-compose.yml").unlink()
    generate(folder, "gw db")
    assert names(folder) == {"mine.container"}


def test_check_writes_nothing(folder):
    done = generate(folder, "gw", "--check")
    assert (done.returncode, done.stdout) == (10, "would make gw-default.network\nwould make gw-web.container\n")
    assert not (folder / "units").exists()
    generate(folder, "gw")
    assert generate(folder, "gw", "--check").returncode == 0


def test_a_full_disk_or_a_read_only_folder_changes_nothing(folder):
    write(folder / "units", "a file\n")
    done = generate(folder, "gw")
    assert done.returncode == 1 and "units" in done.stderr


@pytest.mark.parametrize("how", ["option", "environment"])
def test_variables_are_used_and_never_shown(folder, how):
    (folder / "services/gw/.env").unlink()
    secret = '{"PASSWORD": "hunter2 \\" % $x"}'
    done = (generate(folder, "gw", "--vars-json", secret) if how == "option" else
            generate(folder, "gw", environment={"VARS_JSON_STR": secret}))
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    unit = folder / "units/gw-web.container"
    assert 'Environment="PASSWORD=hunter2 \\" %% $$x"\n' in unit.read_text()
    assert stat.S_IMODE(unit.stat().st_mode) == 0o640

    for wrong in ("hunter2", '{"PASSWORD": hunter2}', '["hunter2"]', '{"PASSWORD": {"x": "hunter2"}}'):
        done = generate(folder, "gw", "--vars-json", wrong)
        assert done.returncode == 2 and "hunter2" not in done.stdout + done.stderr and "--vars-json" in done.stderr


def test_an_unset_variable_is_told_before_anything_changes(folder):
    (folder / "services/gw/.env").unlink()
    done = generate(folder, "gw")
    assert done.returncode == 1 and "PASSWORD" in done.stderr and not (folder / "units").exists()
    write(folder / "mine.env", "PASSWORD=x\n")
    assert generate(folder, "gw", "--env-file", "mine.env").returncode == 0


@pytest.mark.parametrize("affected", ["", "  "])
def test_no_stack_means_nothing_to_do(folder, affected):
    done = generate(folder, affected)
    assert (done.returncode, done.stdout) == (0, "") and "nothing to do" in done.stderr


def test_an_unknown_stack_is_told_and_the_others_are_made(folder):
    done = generate(folder, "gw bd")
    assert done.returncode == 0 and "services/bd has no compose file" in done.stderr and "did you mean db?" in done.stderr
    assert "made gw-web.container" in done.stdout


def test_a_name_leads_nowhere_else(folder):
    done = generate(folder, "../services/gw ..")
    assert done.returncode == 0 and not (folder / "units").exists()


def test_two_stacks_with_the_same_bare_name_are_refused(folder):
    write(folder / "services/gw/compose.yaml", "services:\n  db:\n    image: nginx\n")
    done = generate(folder, "gw db", "--prefix", "")
    assert done.returncode == 1 and "db and gw" in done.stderr.replace("gw and db", "db and gw") and "db.container" in done.stderr
    assert not (folder / "units").exists()
    assert generate(folder, "gw", "--prefix", "").returncode == 0
    done = generate(folder, "db", "--prefix", "")
    assert done.returncode == 1 and "db.container" in done.stderr


def test_only_some_services_leave_the_others_as_they_are(folder):
    write(folder / "services/gw/compose.yaml", "services:\n  a: {image: x}\n  b: {image: x}\n")
    generate(folder, "gw")
    write(folder / "services/gw/compose.yaml", "services:\n  a: {image: y}\n  b: {image: y}\n")
    done = generate(folder, "gw db", "--deploy-services", "a,nosuch")
    assert done.stdout == "changed gw-a.container\n" and "nosuch" in done.stderr
    assert "Image=docker.io/library/x:latest" in (folder / "units/gw-b.container").read_text()


def test_a_stack_may_wait_for_one_of_another_stack(folder):
    write(folder / "services/gw/compose.yaml",
          "services:\n  web:\n    image: x\n    depends_on: {db: {condition: service_completed_successfully}}\n")
    assert generate(folder, "gw db").returncode == 0
    assert "\nRequires=db-db.service\n" in (folder / "units/gw-web.container").read_text()
    assert "\nType=oneshot\n" in (folder / "units/db-db.container").read_text()


def test_json_has_what_changed_and_what_needs_permission(folder):
    write(folder / "services/gw/compose.yaml", "services:\n  web: {image: x, privileged: true, volumes: ['/etc:/etc']}\n")
    document = json.loads(generate(folder, "gw", "--json").stdout)
    assert document["made"] == ["gw-default.network", "gw-web.container"] and document["exit_code"] == 0
    assert document["powers"] == {"gw": ["mount:/etc", "privileged"]}
    write(folder / "services/gw/compose.yaml", "services:\n  web: {image: x, portss: []}\n")
    done = generate(folder, "gw", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr, document["made"]) == (1, "gup-agent: 1 mistake: no file has changed\n", [])
    assert [(one["file"], one["line"]) for one in document["problems"]] == [("services/gw/compose.yaml", 2)]


def test_a_meta_target_and_the_places_of_a_user(folder):
    home = folder / "home"
    done = run_author(folder, "services", "generate-units", "--affected-services", "db", "--output-dir",
                      "~/.config/containers/systemd", "--meta-target", "all-containers.target", environment={"HOME": str(home)})
    assert done.returncode == 0, done.stderr
    text = (home / ".config/containers/systemd/db-db.container").read_text()
    assert "\nPartOf=all-containers.target\n" in text and "\nWantedBy=default.target\n" in text


def test_a_broken_list_of_units_is_not_guessed_at(folder):
    write(folder / "units/.gup-units.json", "{")
    done = generate(folder, "gw")
    assert done.returncode == 1 and ".gup-units.json" in done.stderr and names(folder) == set()


def test_without_podman_the_units_fit_every_podman(folder):
    done = run_author(folder, "services", "generate-units", "--affected-services", "db", "--output-dir", "units")
    assert done.returncode == 0 and "--podman-version" in done.stderr
    done = generate(folder, "gw", "--podman-version", "4.3")
    assert done.returncode == 2  # given twice


def test_a_podman_without_quadlet_is_refused(folder):
    done = run_author(folder, "services", "convert", "--podman-version", "4.3.1", "services/db")
    assert done.returncode == 1 and done.stdout == "" and "podman 4.3 has no Quadlet" in done.stderr and "hint: install" in done.stderr


def test_convert_shows_the_units_and_writes_nothing(folder):
    write(folder / "shared/base.yaml", "services:\n  base:\n    image: nginx:1.27\n")
    write(folder / "services/gw/compose.yaml",
          "services:\n  web:\n    extends: {file: ../../shared/base.yaml, service: base}\n    volumes: ['./conf:/conf:ro']\n")
    before = sorted(folder.rglob("*"))
    done = run_author(folder, "services", "convert", "services/gw/compose.yaml", "--podman-version", "5.4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("# gw-default.network\n# Made by gup-agent")
    assert "\n---\n\n# gw-web.container\n" in done.stdout
    assert "Image=docker.io/library/nginx:1.27\n" in done.stdout
    assert f"Volume={folder}/services/gw/conf:/conf:ro\n" in done.stdout
    assert sorted(folder.rglob("*")) == before
    merged = run_author(folder, "services", "convert", "services/gw/compose.yaml", str(write(folder / "more.yaml", "services: {web: {image: other:2}}\n")))
    assert "Image=docker.io/library/other:2\n" in merged.stdout
    document = json.loads(run_author(folder, "services", "convert", "services/gw", "--json").stdout)
    assert {one["name"].split(".")[-1] for one in document["files"]} == {"network", "container"}


@pytest.mark.parametrize("path", ["nosuch", "shared", "/dev/null"])
def test_convert_names_a_file_that_is_no_compose_file(folder, path):
    (folder / "shared").mkdir()
    done = run_author(folder, "services", "convert", path)
    assert done.returncode == 2 and path in done.stderr and done.stdout == ""


def test_convert_reads_the_working_folder(folder):
    done = run_author(folder / "services/db", "services", "convert")
    assert done.returncode == 0 and "# db-db.container\n" in done.stdout


def test_the_utility_answers_under_its_name(folder):
    tool = folder / "release-tool"
    tool.symlink_to(AGENT[-1])
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder / "home"), "VARS_JSON_STR": '{"TOKEN": "hunter2", "PASSWORD": "x"}'}

    def call(*words: str):
        return subprocess.run([str(tool), *words], cwd=folder, env=environment, capture_output=True, text=True, timeout=60)

    assert call("--version").stdout.startswith("gup-agent ")
    assert call("--help").returncode == 0 and "generate-units" in call("--help").stdout
    assert call().returncode == 2 and call("nosuch").returncode == 2 and call("generate-units", "--bogus").returncode == 2

    done = call("determine-changes", "--changed-files", "services/gw/x README.md")
    assert (done.returncode, done.stdout) == (0, "gw\n")
    assert call("determine-changes", "--changed-files", ".github/workflows/release.yml").stdout == "db gw\n"
    done = call("determine-changes", "--changed-files", "x", "--services-dir", "nosuch")
    assert (done.returncode, done.stdout) == (0, "\n")

    done = call("generate-units", "--affected-services", "db gw", "--meta-target", "all-containers.target")
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    units = folder / "home/.config/containers/systemd"
    text = (units / "db.container").read_text()
    assert "\nContainerName=db\n" in text and "\nEnvironment=TOKEN=hunter2\n" in text and "\nWantedBy=default.target\n" in text
    assert "\nEnvironment=TOKEN=hunter2\n" in (units / "web.container").read_text()
    assert call("generate-units").returncode == 0
    write(folder / "services/db/docker-compose.yml", "services: []\n")
    assert call("generate-units", "--affected-services", "db").returncode == 1


def test_other_files_are_named_by_option_and_by_the_env_file(folder):
    """As docker compose has both."""
    stack = folder / "services/gw"
    write(stack / "gateway.yaml", "services: {web: {user: \"7\"}}\n")
    with_option = run_author(folder, "services", "convert", "-f", "services/gw/compose.yaml", "--file", "services/gw/gateway.yaml")
    assert with_option.returncode == 0 and "User=7" in with_option.stdout and "nginx:1.27" in with_option.stdout
    write(stack / ".env", "PASSWORD=x\nCOMPOSE_FILE=compose.yaml:gateway.yaml\n")
    assert generate(folder, "gw").returncode == 0
    assert "User=7" in (folder / "units/gw-web.container").read_text()
    (stack / "compose.yaml").rename(stack / "base.yaml")
    write(stack / ".env", "PASSWORD=x\nCOMPOSE_FILE=base.yaml\n")
    assert generate(folder, "gw").stdout == "changed gw-web.container\n"
    write(stack / ".env", "PASSWORD=x\nCOMPOSE_FILE=base.yaml:gone.yaml\n")
    done = generate(folder, "gw")
    assert done.returncode == 1 and "services/gw/.env:2:1: there is no file services/gw/gone.yaml" in done.stderr


@pytest.mark.parametrize("name, link", [("compose.override.yaml", "compose"), (".env", "environment"), ("more.env", "environment")])
def test_a_link_out_of_the_repository_is_not_read(folder, tmp_path_factory, name, link):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "compose").write_text("services:\n  web: {user: root}\n")
    (outside / "environment").write_text("SECRET=hidden-word\n")
    write(folder / "services/gw/compose.yaml", "services:\n  web: {image: nginx, env_file: [{path: more.env, required: false}]}\n")
    (folder / "services/gw/.env").unlink()
    (folder / "services/gw" / name).symlink_to(outside / link)
    done = generate(folder, "gw")
    assert done.returncode == 1 and "is a link that leaves the repository" in done.stderr, done
    assert "hidden-word" not in done.stderr + done.stdout
    (folder / "services/gw" / name).unlink()
    (folder / "inside").write_text((outside / link).read_text())
    (folder / "services/gw" / name).symlink_to("../../inside")
    assert generate(folder, "gw").returncode == 0
