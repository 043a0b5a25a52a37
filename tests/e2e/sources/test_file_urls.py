# SPDX-License-Identifier: Apache-2.0
"""file:// URLs are read as git reads them: percent-encoded, with or without a host."""
from __future__ import annotations

from urllib.parse import quote

import pytest

from gateway import Connector, Remote, git

NAMES = ["My Gateway", "Zähler", "100% sure", "a+b", "a#b", "a?b", "semi;colon", "per%20cent"]


def remote_named(gateway, name: str) -> Remote:
    remote = Remote(gateway.folder / "remotes/x.git", gateway.folder / "authors/x")
    remote.push({"gupfile": "", "main.py": "1\n"}, "First")
    remote.bare = remote.bare.rename(gateway.folder / "remotes" / f"{name}.git")
    remote.git("config", "remote.origin.url", remote.bare)
    return remote


def clone(gateway, remote: Remote, url: str) -> Connector:
    path = gateway.root / "meter"
    git("clone", "-q", remote.bare, path)
    git("-C", path, "config", "remote.origin.url", url)
    return Connector("meter", path, remote)


def forms_of(path: str) -> dict[str, str]:
    """Every one is a URL that git itself takes for `path`."""
    encoded = quote(path)
    return {"as_uri": f"file://{encoded}", "localhost": f"file://localhost{encoded}", "host": f"file://gateway.example{encoded}",
            "all encoded": "file:///" + "".join(f"%{byte:02X}" for byte in path.lstrip("/").encode()),
            "lower digits": f"file:///%{ord(path[1]):02x}{quote(path[2:])}"}


@pytest.mark.parametrize("name", NAMES)
def test_a_remote_at_any_path(gateway, name):
    remote = remote_named(gateway, name)
    connector = clone(gateway, remote, "")
    for number, (form, url) in enumerate(forms_of(str(remote.bare)).items(), 2):
        connector.git("config", "remote.origin.url", url)
        assert connector.git("ls-remote", "origin", "main"), f"git takes {form}"
        new = remote.push({"main.py": f"{number}\n"})
        run = gateway.now()
        run.must("meter", code=0, outcome="updated", commit=new)


@pytest.mark.parametrize("bad", ["%", "%4", "%zz", "%G0", "100%"])
def test_a_bad_percent_stays_what_it_is(gateway, bad):
    remote = remote_named(gateway, f"x{bad}y")
    connector = clone(gateway, remote, f"file://{remote.bare}")
    assert connector.git("ls-remote", "origin", "main"), "git takes it"
    new = remote.push({"main.py": "2\n"})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)


def test_a_path_is_not_decoded(gateway):
    remote = remote_named(gateway, "My%20Gateway")
    connector = clone(gateway, remote, str(remote.bare))
    new = remote.push({"main.py": "2\n"})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)


@pytest.mark.parametrize("name", ["My Gateway", "Zähler"])
@pytest.mark.parametrize("form", ["as_uri", "localhost", "all encoded"])
def test_add_and_sources(gateway, name, form):
    remote = remote_named(gateway, name)
    url = forms_of(str(remote.bare))[form]
    run = gateway.run("add", url, "--name", "added")
    assert run.code == 0, run
    assert git("-C", gateway.root / "added", "config", "remote.origin.url") == url
    gateway.declare("declared", source=f"git+{forms_of(str(remote.bare))['as_uri']}")
    new = remote.push({"main.py": "2\n"})
    run = gateway.now()
    run.must("added", outcome="updated", commit=new)
    run.must("declared", outcome="updated", commit=new)


def test_submodules_and_insteadof(gateway):
    inner = Remote(gateway.folder / "remotes/In ner/lib.git", gateway.folder / "authors/lib")
    inner.push({"lib.py": "1\n"})
    outer = Remote(gateway.folder / "remotes/In ner/outer.git", gateway.folder / "authors/outer")
    outer.push({"gupfile": "", "main.py": "1\n"}, "First")
    connector = gateway.clone("meter", outer, url=lambda path: "company:outer.git")
    base = quote(str(outer.bare.parent))
    (gateway.home / ".gitconfig").write_text(f'[url "file://{base}/"]\n\tinsteadOf = company:\n')
    outer.git("submodule", "--quiet", "add", f"file://{base}/lib.git", "absolute")
    outer.git("submodule", "--quiet", "add", f"file://{base}/lib.git", "relative")
    outer.git("config", "-f", ".gitmodules", "submodule.relative.url", "../lib.git")
    outer.push()
    connector.git("config", "remote.origin.url", f"file://{base}/outer.git")
    run = gateway.now()
    run.must("meter", code=0, outcome="updated")
    assert connector.read("absolute/lib.py") == connector.read("relative/lib.py") == "1\n"
    connector.git("config", "remote.origin.url", "company:outer.git")
    new = outer.push({"main.py": "2\n"})
    gateway.now().must("meter", code=0, outcome="updated", commit=new)
