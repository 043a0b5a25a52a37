# SPDX-License-Identifier: Apache-2.0
"""Pins with a git repository as source, and the choice of the installer."""
from __future__ import annotations

import os
import shutil

import pytest

from completed import Has

from wheels import project


@pytest.fixture
def library(gateway, web):
    """A library in a git repository: versions 4.0.0 and 5.0.0; the test makes the tags."""
    remote = gateway.remote("library")
    remote.push(project("gup-library", "4.0.0"))
    remote.old = remote.git("rev-parse", "HEAD")
    remote.new = remote.push(project("gup-library", "5.0.0"))
    remote.source = "git+" + web.http(remote.bare)
    return remote


@pytest.mark.parametrize("tag", ["5.0.0", "v5.0.0"])
def test_a_git_source_is_installed_from_its_tag(gateway, library, tag):
    library.tag(tag, annotated=tag.startswith("v"))
    library.push(project("gup-library", "6.0.0"))
    gateway.connector("meter", f"gup-library,5.0.0,{library.source}\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert virtualenv.imported_version("gup_library") == "5.0.0"
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_the_plain_tag_is_preferred(gateway, library):
    library.tag("5.0.0")
    library.push(project("gup-library", "5.0.0", before_build='raise RuntimeError("the wrong tag")'))
    library.tag("v5.0.0")
    gateway.connector("meter", f"gup-library,5.0.0,{library.source}\n")
    gateway.virtualenv("meter")
    run = gateway.now()
    assert run.code == 0, run


def test_a_commit_may_be_the_version(gateway, library):
    gateway.connector("meter", f"gup-library,{library.old},{library.source}\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now()
    assert run.code == 0, run
    assert virtualenv.imported_version("gup_library") == "4.0.0"
    assert gateway.now().outcomes() == {"meter": "unchanged"}


def test_a_toml_pin_with_a_source(gateway, library):
    library.tag("5.0.0")
    gateway.connector("meter", f'[dependencies]\ngup-library = {{ version = "5.0.0", source = "{library.source}" }}\n')
    virtualenv = gateway.virtualenv("meter")
    assert gateway.now().code == 0
    assert virtualenv.imported_version("gup_library") == "5.0.0"


def test_a_tag_that_does_not_exist_is_held_back_without_pip(gateway, library, web):
    library.tag("4.0.0")
    gateway.connector("meter", f"gup-library,5.0.0,{library.source}\n")
    spy = gateway.virtualenv("meter").spy(gateway.folder / "spy")
    run = gateway.now()
    run.must("meter", code=1, outcome="failed", reason=Has("gup-library", "tag"))
    assert [pin["name"] for pin in run["meter"]["held_back"]] == ["gup-library"]
    assert spy.starts() == []
    asked = len(web.requests(library.bare))
    assert gateway.now().code == 1
    assert len(web.requests(library.bare)) == asked, "not asked again the next night"
    library.tag("5.0.0")
    assert gateway.now("meter").code == 0


def test_a_bad_tag_does_not_stop_a_good_pin(gateway, library, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", f"gup-library,5.0.0,{library.source}\ngup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now()
    assert run.code == 1, run
    assert virtualenv.installed()["gup-one"] == "1.0" and "gup-library" not in virtualenv.installed()


def test_a_source_that_cannot_be_reached_is_tried_again(gateway, library, web, relay):
    library.tag("5.0.0")
    bad = relay(web.http_port)
    bad.answers = [b""] * 100
    source = library.source.replace(f":{web.http_port}/", f":{bad.port}/")
    gateway.connector("meter", f"gup-library,5.0.0,{source}\n")
    spy = gateway.virtualenv("meter").spy(gateway.folder / "spy")
    run = gateway.now()
    assert run.code == 1, run
    assert run["meter"]["held_back"] == [], run
    assert spy.starts() == [], "no pip for what cannot be reached"
    bad.answers = []
    run = gateway.now()
    assert run.code == 0, run


def test_the_name_of_the_pin_must_be_the_project_s(gateway, library):
    library.tag("5.0.0")
    gateway.connector("meter", f"gup-other,5.0.0,{library.source}\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now()
    run.must("meter", code=1, reason=Has("gup-other"))
    assert "gup-library" not in virtualenv.installed()


def test_the_same_version_from_the_index_is_drift_for_a_git_source(gateway, library, web):
    library.tag("5.0.0")
    gateway.connector("meter", f"gup-library,5.0.0,{library.source}\n")
    virtualenv = gateway.virtualenv("meter", pip=False)
    info = virtualenv.add("gup-library", "5.0.0", direct_url={
        "url": "https://example.org/fork.git", "vcs_info": {"vcs": "git", "commit_id": "0" * 40, "requested_revision": "5.0.0"}})
    assert gateway.check().drift("meter") == {"gup-library": "5.0.0"}
    (info / "direct_url.json").write_text(
        '{"url": "%s", "vcs_info": {"vcs": "git", "commit_id": "%s", "requested_revision": "v5.0.0"}}'
        % (web.http(library.bare).removesuffix(".git"), library.new))
    check = gateway.check()
    assert check.code == 0, check
    assert check.drift("meter") == {}, check


def test_a_git_source_over_ssh(gateway, sshd, library):
    library.tag("5.0.0")
    gateway.connector("meter", f"gup-library,5.0.0,git+{sshd.url(library.bare)}\n")
    virtualenv = gateway.virtualenv("meter")
    run = gateway.now(env={"GIT_SSH_COMMAND": sshd.command()})
    assert run.code == 0, run
    assert virtualenv.imported_version("gup_library") == "5.0.0"


UV = """#!/bin/sh
# A stand-in for uv: records its arguments, and calls pip.
{{ echo "args: $*"; env | grep ^UV_; }} >> {log}
last=
for word in "$@"; do case "$last" in -r|--requirement|--requirements) file=$word;; --python) python=$word;; esac
last=$word; done
test -n "$file" || exit 0
exec "$python" -m pip install -q --index-url {index} -r "$file"
"""


@pytest.fixture
def uv(gateway, index):
    """Makes an executable that behaves like uv for the agent."""
    def make(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(UV.format(log=gateway.folder / "uv.log", index=index.url))
        path.chmod(0o755)
        return path

    make.log = gateway.folder / "uv.log"
    return make


def test_a_configured_uv_does_the_work(gateway, index, uv):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    gateway.configure("python", uv=str(uv(gateway.folder / "tools/my-uv")))
    run = gateway.now()
    assert run.code == 0, run
    assert virtualenv.installed()["gup-one"] == "1.0"
    called = uv.log.read_text()
    assert "args: pip install" in called or "pip install" in called, called
    assert f"{os.readlink(virtualenv.path)}/bin/python" in called, "into the new generation"
    assert index.url in called, "uv does not read pip.conf: it is told the index"


def test_a_uv_in_the_agents_folder_is_used(gateway, index, uv):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    virtualenv = gateway.virtualenv("meter")
    folder = gateway.folder / "bin"
    uv(folder / "uv")
    gateway.agent = [*gateway.agent[:-1], str(shutil.copy(gateway.agent[-1], folder / "gup-agent"))]
    assert gateway.now().code == 0
    assert virtualenv.installed()["gup-one"] == "1.0" and uv.log.exists()


def test_pip_can_be_chosen_where_uv_is_installed(gateway, index, uv):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    gateway.virtualenv("meter")
    gateway.configure("python", uv=str(uv(gateway.folder / "tools/my-uv")), installer="pip")
    assert gateway.now().code == 0
    assert not uv.log.exists()


def test_a_configured_uv_that_is_missing_is_a_failure(gateway, index):
    index.add("gup-one", "1.0")
    gateway.connector("meter", "gup-one,1.0\n")
    gateway.virtualenv("meter")
    gateway.configure("python", installer="uv", uv=str(gateway.folder / "nowhere/uv"))
    run = gateway.run("now")
    assert run.code in (1, 2), run
    assert "uv" in run.out + run.err
