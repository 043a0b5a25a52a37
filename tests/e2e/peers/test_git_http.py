# SPDX-License-Identifier: Apache-2.0
"""Settings of HTTP: git 2.39 and the agent side by side."""
from __future__ import annotations

import base64
import hashlib
import ssl
import subprocess
from typing import Callable

import pytest

from peers import Cases, Peers, ignored_variable
from recorder import Recorder
from servers import openssl

CASES = Cases("HTTP")
case = CASES.add


def test_every_row_has_a_case_and_every_case_a_row():
    assert set(CASES.rows()) == set(CASES.functions)


@pytest.mark.parametrize("name", CASES.rows())
def test_a_row(peers, name):
    CASES.run(name, peers)


@case("http.proxy")
def _proxy(peers):
    peers.remote()
    proxy = peers.recorder = Recorder(lambda _: (403, {}, b""))
    peers.config(f"[http]\n\tproxy = {proxy.url()}\n")
    git, agent = peers.both()
    assert git.requests and agent.requests and not git.ok and not agent.ok
    for empty in ("proxy =", 'proxy = ""'):
        peers.config(f"[http]\n\t{empty}\n")
        peers.variables["http_proxy"] = "http://127.0.0.1:9"
        peers.agree(True)


@case("http.<url>.proxy")
def _url_proxy(peers):
    peers.remote()
    server = f"http://127.0.0.1:{peers.web.http_port}"
    peers.config(f'[http "{server}"]\n\tproxy =\n[http]\n\tproxy = http://127.0.0.1:9\n')
    peers.agree(True)
    peers.config(f'[http "{server}/git"]\n\tproxy = http://127.0.0.1:9\n[http "{server}"]\n\tproxy =\n')
    peers.agree(False)
    peers.config(f'[http "{server}/gi"]\n\tproxy = http://127.0.0.1:9\n')
    peers.agree(True)
    peers.config(f'[http "{server.replace("://", "://alice@")}"]\n\tproxy = http://127.0.0.1:9\n')
    peers.agree(True)
    peers.connector.git("remote", "set-url", "origin", peers.web.http(peers.connector.remote.bare).replace("://", "://alice@"))
    peers.agree(False)


@case("http_proxy", "all_proxy")
def _environment_proxy(peers):
    peers.remote()
    proxy = peers.recorder = Recorder(lambda _: (403, {}, b""))
    for names, asked in ((("http_proxy",), True), (("all_proxy",), True), (("ALL_PROXY",), True), (("HTTP_PROXY",), False)):
        peers.variables = {name: proxy.url() for name in names}
        git, agent = peers.both()
        assert bool(git.requests) == bool(agent.requests) == asked, (names, git, agent)
    peers.variables = {"http_proxy": "", "all_proxy": proxy.url()}
    git, agent = peers.both()
    assert git.ok == agent.ok and bool(git.requests) == bool(agent.requests)


@case("https_proxy")
def _https_proxy(peers):
    peers.remote(peers.web.https)
    proxy = peers.recorder = Recorder(lambda _: (403, {}, b""))
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        peers.variables = {name: proxy.url(), "GIT_SSL_CAINFO": str(peers.web.authority.ca)}
        git, agent = peers.both()
        assert git.requests and agent.requests, (name, git, agent)


@case("no_proxy")
def _no_proxy(peers):
    peers.remote()
    for value, ok in (("127.0.0.1", True), ("localhost,127.0.0.1", True), ("*", True), ("example.org", False)):
        peers.variables = {"http_proxy": "http://127.0.0.1:9", "no_proxy": value}
        peers.agree(ok)
    peers.variables = {"NO_PROXY": "127.0.0.1"}
    peers.config("[http]\n\tproxy = http://127.0.0.1:9\n")
    peers.agree(True)


def needs_authority(write: Callable[[Peers], None]):
    def run(peers):
        peers.remote(peers.web.https)
        peers.agree(False)
        write(peers)
        peers.agree(True)
    return run


def authorities(peers: Peers):
    folder = peers.gateway.folder / "authorities"
    folder.mkdir()
    ca = peers.web.authority.ca
    (folder / "ours.pem").write_bytes(ca.read_bytes())
    hashed = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", ca], capture_output=True, text=True).stdout.strip()
    (folder / f"{hashed}.0").symlink_to("ours.pem")
    return folder


def setting(line: Callable[[Peers], str]):
    return needs_authority(lambda peers: peers.config(f"[http]\n\t{line(peers)}\n"))


def variable(name: str, value: Callable[[Peers], object]):
    return needs_authority(lambda peers: peers.variables.update({name: str(value(peers))}))


case("http.sslCAInfo")(setting(lambda p: f"sslCAInfo = {p.web.authority.ca}"))
case("http.sslCAPath")(setting(lambda p: f"sslCAPath = {authorities(p)}"))
case("GIT_SSL_CAINFO")(variable("GIT_SSL_CAINFO", lambda p: p.web.authority.ca))
case("GIT_SSL_CAPATH")(variable("GIT_SSL_CAPATH", authorities))


@case("http.sslVerify")
def _verify(peers):
    setting(lambda _: "sslVerify = false")(peers)
    peers.config(f'[http]\n\tsslVerify = false\n[http "https://localhost:{peers.web.https_port}"]\n\tsslVerify\n')
    peers.agree(False)


@case("GIT_SSL_NO_VERIFY")
def _no_verify(peers):
    needs_authority(lambda p: p.variables.update(GIT_SSL_NO_VERIFY="1"))(peers)
    peers.variables = {"GIT_SSL_NO_VERIFY": "0"}  # its value does not matter
    peers.agree(True)


def client_certificate(peers: Peers):
    """A server that wants a certificate, and the two files that it takes."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority = peers.web.authority
    tls.load_cert_chain(authority.certificate, authority.key)
    certificate, key = peers.gateway.folder / "client.pem", peers.gateway.folder / "client.key"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30", "-keyout", key,
            "-out", certificate, "-subj", "/CN=gateway-7")
    tls.load_verify_locations(certificate)
    tls.verify_mode = ssl.CERT_REQUIRED
    peers.record(tls=tls)
    peers.variables["GIT_SSL_CAINFO"] = str(authority.ca)
    git, agent = peers.both()
    assert not git.requests and not agent.requests
    return certificate, key


@case("http.sslCert", "http.sslKey")
def _client_certificate(peers):
    certificate, key = client_certificate(peers)
    peers.config(f"[http]\n\tsslCert = {certificate}\n\tsslKey = {key}\n")
    git, agent = peers.both()
    assert git.certificates and agent.certificates and set(git.certificates) == set(agent.certificates), (git, agent)
    both = peers.config(certificate.read_text() + key.read_text(), "both.pem")
    peers.config(f"[http]\n\tsslCert = {both}\n")
    git, agent = peers.both()
    assert bool(git.certificates) == bool(agent.certificates), (git, agent)


@case("GIT_SSL_CERT", "GIT_SSL_KEY")
def _client_certificate_by_variables(peers):
    certificate, key = client_certificate(peers)
    peers.config("[http]\n\tsslCert = /nowhere\n\tsslKey = /nowhere\n")
    peers.variables.update(GIT_SSL_CERT=str(certificate), GIT_SSL_KEY=str(key))
    git, agent = peers.both()
    assert git.certificates and agent.certificates and set(git.certificates) == set(agent.certificates), (git, agent)


@case("http.pinnedPubkey")
def _pinned(peers):
    peers.remote(peers.web.https)
    peers.variables["GIT_SSL_CAINFO"] = str(peers.web.authority.ca)
    public = subprocess.run(["openssl", "x509", "-in", peers.web.authority.certificate, "-pubkey", "-noout"],
                            capture_output=True, text=True, check=True).stdout
    der = base64.b64decode("".join(public.splitlines()[1:-1]))
    right = base64.b64encode(hashlib.sha256(der).digest()).decode()
    for pin, ok in ((right, True), (base64.b64encode(bytes(32)).decode(), False)):
        peers.config(f'[http]\n\tpinnedPubkey = "sha256//{pin}"\n')
        peers.agree(ok)


@case("http.extraHeader")
def _extra_header(peers):
    server = peers.record()
    texts = {
        "[http]\n\textraHeader = X: 1\n\textraHeader = Y: 2\n": 2,
        "[http]\n\textraHeader = X: 1\n\textraHeader =\n\textraHeader = Y: 2\n": 1,
        f'[http]\n\textraHeader = X: 1\n[http "{server.url()}"]\n\textraHeader = Y: 2\n': 2,
        f'[http "{server.url()}"]\n\textraHeader = Y: 2\n[http]\n\textraHeader = X: 1\n': 1,
        f'[http "{server.url("other")}"]\n\textraHeader = Y: 2\n': 0,
    }
    for text, count in texts.items():
        peers.config(text)
        git, agent = peers.both()
        assert [git.header("X"), git.header("Y")] == [agent.header("X"), agent.header("Y")], text
        assert len(git.header("X") | git.header("Y")) == count, text


@case("http.userAgent", "GIT_HTTP_USER_AGENT")
def _user_agent(peers):
    peers.record()
    peers.config("[http]\n\tuserAgent = gateway/7\n")
    git, agent = peers.both()
    assert git.header("User-Agent") == agent.header("User-Agent") == {"gateway/7"}
    peers.variables["GIT_HTTP_USER_AGENT"] = "gateway/8"
    git, agent = peers.both()
    assert git.header("User-Agent") == agent.header("User-Agent") == {"gateway/8"}


@case("http.followRedirects")
def _redirects(peers):
    peers.remote(lambda path: peers.web.under("moved", path))
    for value, ok in (("initial", True), ("true", True), ("false", False)):
        peers.config(f"[http]\n\tfollowRedirects = {value}\n")
        peers.agree(ok)


@case("http.version")
def _version(peers):
    peers.remote(peers.web.https)
    peers.variables["GIT_SSL_CAINFO"] = str(peers.web.authority.ca)
    for value in ("HTTP/2", "HTTP/1.1"):
        peers.config(f"[http]\n\tversion = {value}\n")
        for program in (peers.git, peers.agent):
            before = len(peers.web.requests(peers.connector.remote.bare))
            assert program().ok
            lines = peers.web.requests(peers.connector.remote.bare)[before:]
            assert lines and all(value in line for line in lines), lines


def ignored_key(text: str, name: str):
    def run(peers):
        peers.remote()
        peers.config(text)
        assert peers.agent().ok
        assert peers.is_named_by_doctor(name)
    return run


@case("http.cookieFile")
def _cookies(peers):
    peers.record()
    jar = peers.config("# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\to\tsecret\n", "cookies")
    peers.config(f"[http]\n\tcookieFile = {jar}\n")
    git, agent = peers.both()
    assert git.header("Cookie") == {"o=secret"} and agent.header("Cookie") == set()
    assert peers.is_named_by_doctor("http.cookieFile")


case("http.sslVersion")(ignored_key("[http]\n\tsslVersion = tlsv1.3\n", "http.sslVersion"))
case("http.sslCipherList")(ignored_key("[http]\n\tsslCipherList = ECDHE\n", "http.sslCipherList"))
case("http.lowSpeedLimit")(ignored_key("[http]\n\tlowSpeedLimit = 1\n\tlowSpeedTime = 9\n", "http.lowSpeedLimit"))
case("http.proxyAuthMethod")(ignored_key("[http]\n\tproxyAuthMethod = digest\n", "http.proxyAuthMethod"))
case("http.proxySSLCAInfo")(ignored_key("[http]\n\tproxySSLCAInfo = /nowhere\n", "http.proxySSLCAInfo"))
case("GIT_PROXY_SSL_CAINFO")(ignored_variable("GIT_PROXY_SSL_CAINFO", lambda p: "/nowhere", True))
case("GIT_SSL_VERSION")(ignored_variable("GIT_SSL_VERSION", lambda p: "tlsv1.3", True))


@case("http.curloptResolve")
def _resolve(peers):
    peers.remote(lambda path: peers.web.http(path).replace("127.0.0.1", "gup.invalid"))
    peers.config(f"[http]\n\tcurloptResolve = gup.invalid:{peers.web.http_port}:127.0.0.1\n")
    git, agent = peers.both()
    assert (git.ok, agent.ok) == (True, False)
    assert peers.is_named_by_doctor("http.curloptResolve")
