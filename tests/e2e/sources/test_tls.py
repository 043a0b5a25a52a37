# SPDX-License-Identifier: Apache-2.0
"""TLS handshakes with usual servers: versions, kinds of certificates, ciphers. The server is OpenSSL's own."""
from __future__ import annotations

import os
import socket
import subprocess
import threading

import pytest

from gateway import wait_for
from servers import end_with_parent, free_port, openssl, stop_server
from tools import tool

KINDS = {
    "rsa-2048": ("-newkey", "rsa:2048"),
    "rsa-4096": ("-newkey", "rsa:4096"),
    "p-256": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
    "p-384": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"),
    "ed25519": ("-newkey", "ed25519"),
    "p-521": ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:secp521r1"),
}


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    made = {}
    for kind, new_key in KINDS.items():
        key, certificate = folder / f"{kind}.key", folder / f"{kind}.pem"
        openssl("req", "-x509", *new_key, "-nodes", "-days", "30", "-keyout", key, "-out", certificate, "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost")
        made[kind] = (key, certificate)
    return made


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"
REQUEST = b" HTTP/1.1\r\n"


def answer_with_page(server: subprocess.Popen) -> None:
    """Answers each request that `openssl s_server` prints. Its own pages (-www) answer GET alone."""
    seen = b""
    while chunk := os.read(server.stdout.fileno(), 65536):
        seen += chunk
        while REQUEST in seen:
            seen = seen.split(REQUEST, 1)[1]
            server.stdin.write(PAGE)
            server.stdin.flush()
        seen = seen[-len(REQUEST):]


@pytest.mark.parametrize(("kind", "options"), [
    # Signed with RSA-PSS, which the client prefers. It must accept it to reach such a server.
    ("rsa-2048", ["-tls1_2"]),
    ("rsa-2048", ["-tls1_2", "-sigalgs", "RSA+SHA256"]),
    ("rsa-2048", ["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"]),
    ("rsa-2048", ["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"]),
    ("rsa-4096", ["-tls1_3"]),
    ("rsa-2048", ["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"]),
    ("p-256", ["-tls1_2"]),
    ("p-256", ["-tls1_3", "-groups", "P-384"]),
    ("p-384", ["-tls1_2"]),
    ("p-384", ["-tls1_3"]),
    ("p-521", ["-tls1_3", "-groups", "X25519"]),
], ids=lambda value: value if isinstance(value, str) else "".join(value))
def test_a_server_of_that_kind_is_understood(gateway, certificates, kind, options):
    plan = asked(gateway, certificates[kind], options, certificates[kind][1])
    assert "answered with text/html" in plan["error"], plan


@pytest.mark.parametrize(("kind", "options"), [
    ("ed25519", ["-tls1_2"]),
    ("ed25519", ["-tls1_3"]),
    ("rsa-2048", ["-tls1_2", "-cipher", "AES256-GCM-SHA384"]),  # without ECDHE
    ("p-256", ["-tls1_2", "-cipher", "ECDHE-ECDSA-CAMELLIA128-SHA256"]),
    ("p-256", ["-tls1_2", "-groups", "secp256k1"]),
], ids=lambda value: value if isinstance(value, str) else "".join(value))
def test_a_server_with_nothing_in_common_is_explained(gateway, certificates, kind, options):
    plan = asked(gateway, certificates[kind], options, certificates["p-384"][1])
    assert "text/html" not in plan["error"] and "ECDHE" in plan["hint"] and "openssl s_client" in plan["hint"], plan


def asked(gateway, files, options, authority) -> dict:
    """What check says of a connector at an `openssl s_server`."""
    key, certificate = files
    port = free_port()
    server = subprocess.Popen(
        [tool("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-key", str(key), "-cert", str(certificate), "-quiet",
         *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=end_with_parent)
    threading.Thread(target=answer_with_page, args=(server,), daemon=True).start()
    try:
        wait_for(lambda: is_open(port), "openssl s_server")
        gateway.configure("network", ca_file=str(authority))
        gateway.connector("meter", url=lambda path: f"https://localhost:{port}/meter.git")
        return gateway.check()["meter"]
    finally:
        stop_server(server)
