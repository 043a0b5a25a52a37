# SPDX-License-Identifier: Apache-2.0
"""Releases for tests: keys, folders that packaging/release-files makes, a web server for them, and machines without some programs."""
from __future__ import annotations

import functools
import http.server
import os
import shutil
import subprocess
import threading
from pathlib import Path
from urllib.parse import urlsplit

from installed import PROJECT
from tools import tool

PROGRAMS = ("sh", "awk", "sed", "tr", "dd", "cat", "cp", "mv", "chmod", "mkdir", "rm", "mktemp", "uname", "id", "sha256sum", "cut", "head",
            "tail", "sort", "grep", "env", "sync")
TARGETS = ("aarch64", "armhf", "armv6")


class Keys:
    """A key of minisign and one of OpenPGP, both without a password."""

    def __init__(self, folder: Path):
        folder.mkdir(parents=True)
        self.secret, self.public, self.apt = folder / "key", folder / "key.pub", folder / "apt.key"
        subprocess.run([tool("minisign"), "-G", "-W", "-s", self.secret, "-p", self.public], check=True, stdout=subprocess.DEVNULL)
        home = folder / "gpg"
        home.mkdir(mode=0o700)
        environment = {**os.environ, "GNUPGHOME": str(home)}
        gpg = ["gpg", "--batch", "--quiet", "--passphrase", ""]
        subprocess.run([*gpg, "--quick-gen-key", "test <test@example.org>", "ed25519", "sign", "1y"], check=True, env=environment,
                       capture_output=True)
        with open(self.apt, "wb") as file:
            subprocess.run([*gpg, "--export-secret-keys"], check=True, env=environment, stdout=file)
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True)


def stand_in(path: Path, version: str) -> None:
    """A program that knows its version, for a target that this machine may not be able to run."""
    path.write_text(f'#!/bin/sh\n[ "$1" = version ] && echo "gup-agent {version}"\n')


def make_release(folder: Path, keys: Keys, version: str, url: str, files: dict[str, Path]) -> Path:
    """The folder of a release with these files, by name, and with programs that stand in for the other targets."""
    dist = folder / f"dist-{version}"
    dist.mkdir(parents=True)
    for name, path in files.items():
        shutil.copy2(path, dist / name)
    for target in TARGETS + ("x86_64",):
        if not (dist / f"gup-agent-{version}-{target}").exists():
            stand_in(dist / f"gup-agent-{version}-{target}", version)
    out = folder / f"release-{version}"
    subprocess.run([PROJECT / "packaging/release-files", "--dist", dist, "--out", out, "--url", url, "--key", keys.secret,
                    "--apt-key", keys.apt], check=True, stdout=subprocess.DEVNULL)
    return out


class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):  # noqa: N802  (its name is the library's)
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.path = urlsplit(self.path).path  # a proxy is asked for a whole URL
        super().do_GET()

    def log_message(self, *_):
        pass


class Served:
    """A folder on a free port of 127.0.0.1."""

    def __init__(self, folder: Path):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
        self.asked: list[str] = []
        self.server.asked = self.asked  # type: ignore[attr-defined]
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def machine(folder: Path, *programs: str, kind: str = "") -> dict[str, str]:
    """The environment of a machine that has only these programs besides the usual ones; `kind` is what uname -m says there."""
    folder.mkdir()
    for name in PROGRAMS + programs:
        (folder / name).symlink_to(shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin") or f"/missing/{name}")
    if kind:
        (folder / "uname").unlink()
        (folder / "uname").write_text(f"#!/bin/sh\necho {kind}\n")
        (folder / "uname").chmod(0o755)
    return {"PATH": str(folder), "LC_ALL": "C.UTF-8"}
