# SPDX-License-Identifier: Apache-2.0
"""Credentials: git 2.39 and the agent side by side."""
from __future__ import annotations

import subprocess
from typing import Callable

import pytest

from digest import challenge, is_right_digest
from peers import Cases, Peers
from systemd import script

CASES = Cases("Credentials")
case = CASES.add


def test_every_row_has_a_case_and_every_case_a_row():
    assert set(CASES.rows()) == set(CASES.functions)


@pytest.mark.parametrize("name", CASES.rows())
def test_a_row(peers, name):
    CASES.run(name, peers)


def private(peers: Peers, credentials: str = "") -> None:
    peers.remote(lambda path: peers.web.private(path, credentials))
    peers.variables["GIT_SSL_CAINFO"] = str(peers.web.authority.ca)


@case("user and password in the URL")
def _url_login(peers):
    private(peers, peers.web.login)
    peers.agree(True)


@case("user in the URL")
def _url_user(peers):
    private(peers, peers.web.user)
    peers.agree(False)
    peers.config(f"machine localhost login bob password wrong\nmachine localhost login {peers.web.user} password "
                 f"{peers.web.password}\n", ".netrc")
    peers.agree(True)


NETRC = {
    "two logins": "machine 127.0.0.1 login first password 1st\nmachine 127.0.0.1 login second password 2nd\n",
    "second first": "machine 127.0.0.1 login second password 2nd\nmachine 127.0.0.1 login first password 1st\n",
    "default": "default login second password 2nd\n",
    "default first": "default login first password 1st\nmachine 127.0.0.1 login second password 2nd\n",
    "another host": "machine example.org login second password 2nd\n",
    "password before login": "machine 127.0.0.1 password 2nd login second\n",
    "password before login, twice": "machine 127.0.0.1 password 1st login first\nmachine 127.0.0.1 password 2nd login second\n",
    "lines": "machine 127.0.0.1\n\tlogin second\n\taccount x\n\tpassword 2nd\n",
    "macro": "macdef init\nmachine 127.0.0.1 login first password 1st\n\nmachine 127.0.0.1 login second password 2nd\n",
    "comment": "# machine 127.0.0.1 login first password 1st\nmachine 127.0.0.1 login second password 2nd\n",
    "quotes": 'machine 127.0.0.1 login second password "2 nd"\n',
    "case": "MACHINE 127.0.0.1 LOGIN second PASSWORD 2nd\n",
}


@case("~/.netrc")
def _netrc(peers):
    realm = {"WWW-Authenticate": 'Basic realm="x"'}
    for user in ("", "second", "third"):
        server = peers.record(lambda _: (401, realm, b""), user=user)
        for name, text in NETRC.items():
            peers.config(text, ".netrc")
            git, agent = peers.both()
            # Both try the user alone, too. curl 7.88 sends another user's password with this user's name.
            git.logins -= {login for login in git.logins if login.startswith("third:")}
            assert git.logins - {f"{user}:"} == agent.logins - {f"{user}:"}, (user, name, git.logins, agent.logins)
        server.stop()
        subprocess.run(["rm", "-rf", str(peers.connector.path), str(peers.gateway.folder / "remotes"),
                        str(peers.gateway.folder / "authors")], check=True)


def helper(peers: Peers, name: str, user: str, password: str):
    """A credential helper that notes what it is asked."""
    place = peers.gateway.folder / name
    script(place, f"#!/bin/sh\n[ $1 != get ] || cat >>{place}.asked\n[ $1 != get ] || printf 'username={user}\\npassword={password}\\n'\n")
    return place


@case("credential.helper")
def _helper(peers):
    private(peers)
    peers.agree(False)
    good = helper(peers, "good", *peers.web.login.split(":"))
    bad = helper(peers, "bad", "bob", "wrong")
    for text, ok in ((f"helper = {good}", True), (f"helper = {bad}\n\thelper =\n\thelper = {good}", True), (f"helper = {good}\n\thelper =", False)):
        peers.config(f"[credential]\n\t{text}\n")
        peers.agree(ok)


@case("credential.<url>.helper")
def _url_helper(peers):
    private(peers)
    good = helper(peers, "good", *peers.web.login.split(":"))
    for url, ok in ((f"https://localhost:{peers.web.https_port}", True), ("https://example.org", False)):
        peers.config(f'[credential "{url}"]\n\thelper = {good}\n')
        peers.agree(ok)


@case("credential.username")
def _username(peers):
    private(peers)
    script(peers.gateway.folder / "for-user", "#!/bin/sh\n[ $1 = get ] || exit 0\nwhile read line; do [ \"$line\" != "
           f"username={peers.web.user} ] || echo password={peers.web.password}; done\n")
    peers.config(f"[credential]\n\thelper = {peers.gateway.folder}/for-user\n")
    peers.agree(False)
    peers.config(f"[credential]\n\thelper = {peers.gateway.folder}/for-user\n\tusername = {peers.web.user}\n")
    peers.agree(True)


@case("credential.useHttpPath")
def _use_path(peers):
    private(peers)
    good = helper(peers, "good", *peers.web.login.split(":"))
    for value in ("false", "true"):
        peers.config(f"[credential]\n\thelper = {good}\n\tuseHttpPath = {value}\n")
        heard = []
        for program in (peers.git, peers.agent):
            assert program().ok
            asked = peers.gateway.folder / "good.asked"
            heard.append({line for line in asked.read_text().splitlines() if line.startswith(("protocol", "host", "path"))})
            asked.unlink()
        assert heard[0] == heard[1] and any(line.startswith("path=") for line in heard[0]) == (value == "true"), heard


def askpass(peers: Peers):
    place = peers.gateway.folder / "askpass"
    script(place, f'#!/bin/sh\necho "$1" >>{place}.asked\ncase $1 in User*) echo {peers.web.user};; *) echo {peers.web.password};; esac\n')
    return place


def asks(peers: Peers, give: Callable[[object], None]) -> None:
    private(peers)
    peers.agree(False)
    place = askpass(peers)
    give(place)
    heard = []
    for program in (peers.git, peers.agent):
        assert program().ok, (program, peers.gateway.log.read_text())
        heard.append((place.parent / "askpass.asked").read_text())
        (place.parent / "askpass.asked").unlink()
    assert heard[0] == heard[1] and heard[0].startswith("Username for 'https://localhost:"), heard


@case("GIT_ASKPASS")
def _git_askpass(peers):
    asks(peers, lambda place: peers.variables.update(GIT_ASKPASS=str(place), SSH_ASKPASS="/nowhere"))
    peers.variables.update(GIT_ASKPASS="", SSH_ASKPASS=str(peers.gateway.folder / "askpass"))
    peers.agree(False)


@case("core.askPass")
def _core_askpass(peers):
    peers.variables["SSH_ASKPASS"] = "/nowhere"
    asks(peers, lambda place: peers.config(f"[core]\n\taskPass = {place}\n"))


@case("SSH_ASKPASS")
def _ssh_askpass(peers):
    asks(peers, lambda place: peers.variables.update(SSH_ASKPASS=str(place)))


@case("GIT_TERMINAL_PROMPT")
def _prompt(peers):
    private(peers)
    peers.variables["GIT_TERMINAL_PROMPT"] = "1"
    peers.agree(False)


@case("HTTP Digest")
def _digest(peers):
    def answer(asked):
        if is_right_digest(asked, "second", "2nd"):
            right.append(asked)
            return 404, {}, b""
        return 401, {"WWW-Authenticate": offered}, b""

    right: list = []
    offered = ""
    peers.record(answer)
    peers.config(NETRC["second first"], ".netrc")
    for offered in (challenge("MD5"), 'Basic realm="gup"\n' + challenge("MD5")):
        for program in (peers.git, peers.agent):
            right.clear()
            seen = program()
            assert right and not seen.logins, (program, offered, seen)
            assert "404" in seen.reason or "not found" in seen.reason, seen


@case("HTTP Negotiate or NTLM")
def _other_schemes(peers):
    peers.record(lambda _: (401, {"WWW-Authenticate": "Negotiate\nNTLM"}, b""))
    peers.config(NETRC["default"], ".netrc")
    git, agent = peers.both()
    assert not git.ok and not agent.ok and not agent.logins
    assert "Negotiate, NTLM" in agent.reason and "Basic and Digest" in agent.hint, agent
