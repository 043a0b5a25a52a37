# SPDX-License-Identifier: Apache-2.0
"""Real servers on loopback: nginx (TLS, HTTP/2, basic auth, redirects, git http-backend, static files) and sshd.

They serve everything below the folder `base`, so each bare repository and each package index there has a URL. Each server takes a
free port, is asked until it answers, and ends with `stop()` or with this process.
"""
from __future__ import annotations

import base64
import ctypes
import os
import secrets
import signal
import socket
import ssl
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import Callable
from urllib.parse import quote

from gateway import remove, wait_for
from tools import tool

HTTP_BACKEND = "/usr/lib/git-core/git-http-backend"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_with_parent() -> None:
    """For a newly forked child: it gets SIGTERM when the thread that started it ends."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def start_server(command: list[str], **options) -> subprocess.Popen:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=end_with_parent, **options)


def stop_server(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def start_fcgiwrap(folder: Path, workers: int = 6) -> list[subprocess.Popen]:
    """Processes that answer at `folder`/fcgi. Each is started here, because children of fcgiwrap itself (-c) outlive it."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/fcgi")
        listener.listen(512)
        environment = {"PATH": os.defpath, "HOME": str(folder)}
        return [subprocess.Popen([tool("fcgiwrap")], stdin=listener, stdout=subprocess.DEVNULL, env=environment,
                                 preexec_fn=end_with_parent) for _ in range(workers)]


def openssl(*arguments: object) -> None:
    subprocess.run([tool("openssl"), *map(str, arguments)], check=True, stdin=subprocess.DEVNULL, capture_output=True)


class Authority:
    """A certificate authority and a server certificate that it signed."""

    def __init__(self, folder: Path, names: str = "DNS:localhost,IP:127.0.0.1"):
        folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.certificate, self.key = folder / "ca.pem", folder / "server.pem", folder / "server.key"
        new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650")
        openssl("req", "-x509", *new_key, "-keyout", folder / "ca.key", "-out", self.ca, "-subj", "/CN=gup test CA",
                "-addext", "keyUsage=critical,keyCertSign,cRLSign")
        openssl("req", "-x509", *new_key, "-CA", self.ca, "-CAkey", folder / "ca.key", "-keyout", self.key,
                "-out", self.certificate, "-subj", "/CN=localhost", "-addext", "basicConstraints=critical,CA:FALSE",
                "-addext", f"subjectAltName={names}")


NGINX = """
{user}
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  log_format one '$request_method $request_uri $status $body_bytes_sent $server_protocol $remote_user';
  access_log {folder}/access.log one;
  client_body_temp_path {folder}/body; fastcgi_temp_path {folder}/fastcgi; proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi; client_max_body_size 0; keepalive_timeout 60;
  types {{ text/html html; }} default_type application/octet-stream;
  server {{
    listen 127.0.0.1:{http}; listen 127.0.0.1:{https} ssl http2;
    ssl_certificate {authority.certificate}; ssl_certificate_key {authority.key};
    location = /which {{ return 200 "{token}"; }}
    location ~ ^/git(/.*)$ {{ {backend} }}
    location ~ ^/old(/.*)$ {{ {old_backend} }}
    location ~ ^/private(/.*)$ {{ auth_basic "gup"; auth_basic_user_file {folder}/users; {backend} }}
    location ~ ^/moved(/.*)$ {{ return 301 /git$1$is_args$args; }}
    location ~ ^/elsewhere(/.*)$ {{ return 302 http://localhost:{http}/private$1$is_args$args; }}
    location ~ ^/page/ {{ default_type text/html; return 200 "<html>Please log in</html>"; }}
    location ~ ^/broken/ {{ return 500 "no disk"; }}
    location /files/ {{ alias {base}/; index index.html; }}
    location /undated/ {{ alias {base}/; etag off; add_header Last-Modified ""; max_ranges 0; }}
    location /untagged/ {{ alias {base}/; etag off; }}
    location ~ ^/goes(/.*)$ {{ return 302 http://localhost:{http}/files$1; }}
    location /locked/ {{ auth_basic "gup"; auth_basic_user_file {folder}/users; alias {base}/; index index.html; }}
  }}
}}
"""
GIT_BACKEND = """
fastcgi_pass unix:{folder}/fcgi; fastcgi_param SCRIPT_FILENAME {program}; fastcgi_param GIT_PROJECT_ROOT {base};
fastcgi_param GIT_HTTP_EXPORT_ALL ""; fastcgi_param PATH_INFO $1; fastcgi_param QUERY_STRING $query_string;
fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_TYPE $content_type;
fastcgi_param CONTENT_LENGTH $content_length; fastcgi_param REMOTE_USER $remote_user;
fastcgi_param GIT_PROTOCOL $http_git_protocol; fastcgi_param HOME {folder}; fastcgi_read_timeout 300;
"""


class Web:
    """nginx. `http`, `https`, `private`, … make the URL of a path below base."""

    user, password = "gateway", "s3cret-p4ss"

    def __init__(self, base: Path):
        self.base = Path(base)
        self.folder = Path(tempfile.mkdtemp(prefix="gup-web-"))
        self.authority = Authority(self.folder / "tls")
        (self.folder / "users").write_text(f"{self.user}:{{PLAIN}}{self.password}\n")
        self._workers = start_fcgiwrap(self.folder)
        for _ in range(5):
            if self._start():
                return
        raise RuntimeError("nginx does not start:\n" + (self.folder / "error.log").read_text())

    def _start(self) -> bool:
        self.http_port, self.https_port, token = free_port(), free_port(), secrets.token_hex(8)
        backend = GIT_BACKEND.format(folder=self.folder, base=self.base, program=HTTP_BACKEND)
        (self.folder / "nginx.conf").write_text(NGINX.format(
            user="user root;" if os.geteuid() == 0 else "", folder=self.folder, base=self.base, backend=backend,
            old_backend=backend.replace("$http_git_protocol;", '""; fastcgi_param HTTP_GIT_PROTOCOL "";'),
            http=self.http_port, https=self.https_port, authority=self.authority, token=token))
        self._nginx = start_server([tool("nginx"), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"),
                                    "-e", str(self.folder / "error.log")], stderr=subprocess.DEVNULL)

        def answers() -> bool:
            if self._nginx.poll() is not None:
                return True
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/which", timeout=5) as answer:
                    return answer.read().decode() == token
            except OSError:
                return False

        wait_for(answers, "nginx")
        return self._nginx.poll() is None

    def _below(self, path: Path) -> str:
        return quote(str(Path(path).relative_to(self.base)))

    def http(self, path: Path) -> str:
        return f"http://127.0.0.1:{self.http_port}/git/{self._below(path)}"

    def https(self, path: Path) -> str:
        return f"https://localhost:{self.https_port}/git/{self._below(path)}"

    def private(self, path: Path, credentials: str = "") -> str:
        """Behind basic auth, with TLS; `credentials` is the user part of the URL ("user:password")."""
        at = f"{credentials}@" if credentials else ""
        return f"https://{at}localhost:{self.https_port}/private/{self._below(path)}"

    def under(self, prefix: str, path: Path) -> str:
        """Below another of the server's locations: old (without protocol 2), moved, elsewhere, page, broken; for files
        also untagged (no ETag), undated (no ETag, no date, no ranges), goes (redirects there)."""
        return f"http://127.0.0.1:{self.http_port}/{prefix}/{self._below(path)}"

    def through(self, relay) -> Callable[[Path], str]:
        """Makes the URLs of `http`, through a relay in front of this server."""
        return lambda path: self.http(path).replace(f":{self.http_port}/", f":{relay.port}/")

    def files(self, path: Path) -> str:
        return f"http://127.0.0.1:{self.http_port}/files/{self._below(path)}/"

    @property
    def login(self) -> str:
        return f"{self.user}:{self.password}"

    @property
    def basic(self) -> str:
        """The password in its form on the wire, which is secret, too."""
        return base64.b64encode(self.login.encode()).decode()

    def requests(self, path: Path | str = "") -> list[str]:
        """The access log's lines (method, URI, status, bytes, protocol, user) that contain `path`."""
        part = self._below(path) if isinstance(path, Path) else path
        log = self.folder / "access.log"
        # nginx writes a line after the last byte of its answer, so a client may be faster. One worker logs in order.
        mark = f"/which?{secrets.token_hex(8)}"
        urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{mark}", timeout=20).close()
        wait_for(lambda: mark in log.read_text(), "nginx's log")
        return [line for line in log.read_text().splitlines() if part in line and "/which?" not in line]

    def trusts(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.authority.ca))

    def stop(self) -> None:
        for server in (self._nginx, *self._workers):
            stop_server(server)
        remove(self.folder)


class Sshd:
    """An sshd that only lets a deploy key run git-upload-pack below `base`."""

    def __init__(self, base: Path):
        self.base = Path(base)
        self.folder = Path(tempfile.mkdtemp(prefix="gup-sshd-"))
        for name in ("host", "deploy", "stranger"):
            subprocess.run([tool("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(self.folder / name)],
                           check=True)
        (self.folder / "git-only").write_text(
            "#!/bin/sh\nexport HOME=/nonexistent GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'\n"
            'exec git-shell -c "$SSH_ORIGINAL_COMMAND"\n')
        (self.folder / "git-only").chmod(0o755)
        public = (self.folder / "deploy.pub").read_text()
        (self.folder / "authorized").write_text(f'restrict,command="{self.folder}/git-only" {public}')
        for _ in range(5):
            if self._start():
                return
        raise RuntimeError("sshd does not start:\n" + (self.folder / "log").read_text())

    def _start(self) -> bool:
        self.port = free_port()
        (self.folder / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.folder}/host\nPidFile none\nUsePAM no\nStrictModes no\n"
            f"AuthorizedKeysFile {self.folder}/authorized\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n"
            "PermitRootLogin forced-commands-only\nMaxStartups 100\nLogLevel VERBOSE\nAcceptEnv GIT_PROTOCOL\n")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        self._sshd = start_server([tool("sshd"), "-D", "-f", str(self.folder / "sshd_config"),
                                   "-E", str(self.folder / "log")])
        key = (self.folder / "host.pub").read_text().split()
        (self.folder / "known").write_text(f"[127.0.0.1]:{self.port} {key[0]} {key[1]}\ngit.example.org {key[0]} {key[1]}\n")
        (self.folder / "known-none").touch()

        def answers() -> bool:
            if self._sshd.poll() is not None:
                return True
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
                    return connection.recv(4) == b"SSH-"
            except OSError:
                return False

        wait_for(answers, "sshd")
        return self._sshd.poll() is None

    def command(self, key: str = "deploy", known: str = "known") -> str:
        """An ssh command line for GIT_SSH_COMMAND or core.sshCommand. git.example.org is an alias of this server."""
        config = self.folder / f"config-{key}-{known}"
        config.write_text(
            f"Host git.example.org\n  HostName 127.0.0.1\n  Port {self.port}\n  HostKeyAlias git.example.org\nHost *\n"
            f"  IdentityFile {self.folder}/{key}\n  IdentitiesOnly yes\n  UserKnownHostsFile {self.folder}/{known}\n"
            "  GlobalKnownHostsFile /dev/null\n  StrictHostKeyChecking yes\n  BatchMode yes\n")
        return f"ssh -F {config}"

    @property
    def login(self) -> str:
        import pwd
        return pwd.getpwuid(os.geteuid()).pw_name

    def url(self, path: Path) -> str:
        return f"ssh://{self.login}@127.0.0.1:{self.port}{path}"

    def scp_like(self, path: Path) -> str:
        return f"{self.login}@git.example.org:{path}"

    def sessions(self) -> int:
        """The number of successful log-ins so far."""
        return (self.folder / "log").read_text().count("Accepted publickey")

    def stop(self) -> None:
        stop_server(self._sshd)
        remove(self.folder)
