# SPDX-License-Identifier: Apache-2.0
"""Headers and credentials reach only the server that they are for: redirects, submodules, archives, ~/.netrc, helpers."""
from __future__ import annotations

import pytest

from archives import zipped
from recorder import Recorder
from systemd import script

HEADERS = {"PRIVATE-TOKEN": "tok3n-of-a", "Authorization": "Bearer t0ken-of-a", "Cookie": "session=s3ssion-of-a"}
SECRETS = [value.split()[-1].split("=")[-1] for value in HEADERS.values()]


@pytest.fixture
def servers():
    made = []

    def make(answer) -> Recorder:
        made.append(Recorder(answer))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def refuse(_path: str):
    return 403, {}, b""


def configure(gateway, text: str) -> None:
    (gateway.home / ".gitconfig").write_text(text)


def headers_for(url: str = "") -> str:
    section = f'[http "{url}"]' if url else "[http]"
    return section + "\n" + "".join(f'\textraHeader = "{name}: {value}"\n' for name, value in HEADERS.items())


@pytest.mark.parametrize("follow", ["initial", "true"])
@pytest.mark.parametrize("as_archive", [False, True], ids=["git", "archive"])
def test_headers_for_all_urls_never_follow_a_redirect_to_another_server(gateway, servers, as_archive, follow):
    other = servers(refuse)
    first = servers(lambda path: (302, {"Location": other.url(path[1:], "localhost")}, b""))
    configure(gateway, headers_for() + f"[http]\n\tfollowRedirects = {follow}\n")
    if as_archive:
        gateway.declare("meter", source=first.url("app.zip"))
    else:
        gateway.connector("meter", url=lambda path: first.url(path.name))
    gateway.now().must("meter", outcome="failed")
    assert all(secret in first.heard for secret in SECRETS), first.heard
    assert other.requests and not any(secret in other.heard for secret in SECRETS), other.heard


@pytest.mark.parametrize("as_archive", [False, True], ids=["git", "archive"])
def test_headers_for_a_url_are_sent_where_it_fits_also_after_a_redirect(gateway, servers, as_archive):
    other = servers(refuse)
    first = servers(lambda path: (302, {"Location": other.url(path[1:])}, b""))
    configure(gateway, headers_for(other.url()))
    if as_archive:
        gateway.declare("meter", source=first.url("app.zip"))
    else:
        gateway.connector("meter", url=lambda path: first.url(path.name))
    gateway.now().must("meter", outcome="failed")
    assert not any(secret in first.heard for secret in SECRETS), first.heard
    assert all(secret in other.heard for secret in SECRETS), other.heard


def test_headers_are_sent_again_after_a_redirect_on_the_same_server(gateway, servers):
    content = zipped({"main.py": "1\n"})

    def answer(path: str):
        return (302, {"Location": "/files/app.zip"}, b"") if path == "/app.zip" else (200, {"ETag": '"1"'}, content)

    server = servers(answer)
    configure(gateway, headers_for())
    gateway.declare("meter", source=server.url("app.zip"))
    gateway.now().must("meter", outcome="updated")
    moved = [headers for path, headers in server.requests if path == "/files/app.zip"]
    assert moved and all(headers.get("PRIVATE-TOKEN") == HEADERS["PRIVATE-TOKEN"] for headers in moved), server.heard


def test_headers_for_all_urls_are_not_sent_to_a_submodule_of_another_server(gateway, web, servers):
    other = servers(refuse)
    connector = gateway.connector("meter", url=web.http)
    library = gateway.remote("library")
    commit = library.push({"code.py": "1\n"})
    configure(gateway, headers_for())
    modules = f'[submodule "lib"]\n\tpath = lib\n\turl = {other.url("library.git")}\n'
    (connector.remote.author / ".gitmodules").write_text(modules)
    connector.remote.git("update-index", "--add", "--cacheinfo", f"160000,{commit},lib")
    connector.remote.git("add", ".gitmodules")
    connector.remote.git("commit", "-qm", "A submodule")
    connector.remote.git("push", "-q", "origin", "HEAD:main")
    gateway.now().must("meter", outcome="failed")
    assert other.requests and not any(secret in other.heard for secret in SECRETS), other.heard


def test_settings_of_the_first_server_are_not_those_of_a_redirect_s_target(gateway, web, servers):
    """Whether certificates are checked is asked for each server."""
    first = servers(lambda path: (302, {"Location": web.https(connector.remote.bare).split("/git/")[0] + "/git" + path}, b""))
    connector = gateway.connector("meter", url=lambda path: first.url(web.http(path).split("/git/")[1]))
    connector.push({"new": "1\n"})
    configure(gateway, f'[http "{first.url()}"]\n\tsslVerify = false\n')
    run = gateway.now()
    run.must("meter", outcome="failed")
    assert "certificate" in run["meter"]["reason"].lower(), run


NETRC = {
    "an entry of bob": "machine 127.0.0.1 login bob password bobs-s3cret\n",
    "the default entry": "default login bob password bobs-s3cret\n",
    "bob without a password": "machine 127.0.0.1 login bobs-s3cret\n",
}


@pytest.mark.parametrize("as_archive", [False, True], ids=["git", "archive"])
@pytest.mark.parametrize("netrc", NETRC.values(), ids=list(NETRC))
def test_netrc_entries_of_another_user_are_never_sent(gateway, servers, netrc, as_archive):
    server = servers(lambda _: (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""))
    (gateway.home / ".netrc").write_text(netrc)
    source = server.url("meter.git").replace("://", "://alice@")
    if as_archive:
        gateway.declare("meter", source=source.replace(".git", ".zip"))
    else:
        gateway.connector("meter", url=lambda _: source)
    gateway.now().must("meter", outcome="failed")
    assert server.logins() == {"alice:"}, server.logins()


def test_the_netrc_entry_of_the_url_s_user_is_sent(gateway, web):
    user, password = web.login.split(":")
    (gateway.home / ".netrc").write_text(f"machine localhost login bob password wrong\n"
                                         f"machine localhost login {user} password {password}\n")
    gateway.configure("network", ca_file=str(web.authority.ca))
    connector = gateway.connector("meter", url=lambda path: web.private(path, user))
    connector.push({"new": "1\n"})
    gateway.now().must("meter", outcome="updated")


def test_what_a_helper_has_for_another_user_is_never_sent(gateway, servers):
    server = servers(lambda _: (401, {"WWW-Authenticate": 'Basic realm="x"'}, b""))
    told = gateway.folder / "told"
    script(gateway.folder / "helper", f"#!/bin/sh\necho $1 >>{told}\n"
                                      "[ $1 != get ] || printf 'username=bob\\npassword=bobs-s3cret\\n'\n")
    configure(gateway, f"[credential]\n\thelper = {gateway.folder}/helper\n")
    gateway.connector("meter", url=lambda path: server.url(path.name).replace("://", "://alice@"))
    gateway.now().must("meter", outcome="failed")
    assert server.logins() == {"alice:"}, server.logins()
    assert set(told.read_text().split()) == {"get"}, "the helper's credentials were not refused by the server"
