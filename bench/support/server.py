# SPDX-License-Identifier: Apache-2.0
"""The server of all connectors' code and packages: nginx with TLS and HTTP/2, git http-backend and static files, behind a line.

Below /git/ nginx caches the answers of git http-backend. So a bench measures the contender, not the processes that the server
starts for each request. Below /live/ git answers every time.
"""
from __future__ import annotations

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

from gateway import wait_for
from line import Line
from servers import GIT_BACKEND, HTTP_BACKEND, Authority, start_fcgiwrap, stop_server
from tools import tool

HOST = "git.example.org"

NGINX = """
{user}
daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log crit; worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_max_body_size 0; client_body_buffer_size 64k; keepalive_timeout 60;
  client_body_temp_path {folder}/body; fastcgi_temp_path {folder}/fastcgi; proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  fastcgi_cache_path {folder}/cache keys_zone=answers:10m inactive=1h; fastcgi_buffers 32 16k;
  types {{ text/html html; }} default_type application/octet-stream;
  server {{
    listen unix:{folder}/https ssl{http2};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_certificate {authority.certificate}; ssl_certificate_key {authority.key};
    location ~ ^/git(/.*)$ {{
      fastcgi_cache answers; fastcgi_cache_methods GET HEAD POST; fastcgi_cache_valid 200 1h;
      fastcgi_ignore_headers Cache-Control Expires; fastcgi_cache_lock on;
      fastcgi_cache_key "$request_method $request_uri $http_git_protocol $request_body";
      {backend}
    }}
    location ~ ^/live(/.*)$ {{ {backend} }}
    location /files/ {{ alias {base}/; index index.html; }}
  }}
}}
"""


class Server:
    """Serves everything below `base`. `line` is the way to it, which delays and counts the traffic."""

    def __init__(self, base: Path, http2: bool = True):
        self.base, self.folder = base, base.parent / "server"
        self.folder.mkdir()
        self.authority = Authority(self.folder / "tls", f"DNS:{HOST}")
        self._workers = start_fcgiwrap(self.folder)
        backend = GIT_BACKEND.format(folder=self.folder, base=base, program=HTTP_BACKEND)
        (self.folder / "nginx.conf").write_text(NGINX.format(
            user="user root;" if os.geteuid() == 0 else "", folder=self.folder, base=base, backend=backend,
            authority=self.authority, http2=" http2" if http2 else ""))
        self._nginx = subprocess.Popen([tool("nginx"), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf"),
                                        "-e", str(self.folder / "error.log")], stdin=subprocess.DEVNULL)
        wait_for((self.folder / "https").exists, "nginx")
        self.line = Line(self.folder / "https")

    @property
    def ca(self) -> Path:
        return self.authority.ca

    def _below(self, path: Path) -> str:
        return quote(str(path.relative_to(self.base)))

    def git(self, path: Path) -> str:
        return f"https://{HOST}/git/{self._below(path)}"

    def live(self, path: Path) -> str:
        return f"https://{HOST}/live/{self._below(path)}"

    def files(self, path: Path) -> str:
        return f"https://{HOST}/files/{self._below(path)}/"

    def stop(self) -> None:
        self.line.stop()
        for server in (self._nginx, *self._workers):
            stop_server(server)
