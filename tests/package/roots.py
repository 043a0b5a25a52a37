# SPDX-License-Identifier: Apache-2.0
"""Debian root folders to install the package in: made once by mmdebstrap, kept as tarballs in the user's cache folder.

The sources are those of the machine's apt; the tarball contains no address.
"""
from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = "bookworm"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gup-agent/roots"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
FOREIGN = [sys.executable, str(Path(__file__).with_name("foreign.py"))]
# Debian's architecture names, with the packages of each root besides the essential ones. Emulated roots are slow and have none.
PACKAGES = {
    "amd64": ("systemd", "systemd-sysv", "dbus", "cron", "git", "ca-certificates", "procps", "nginx-light", "fcgiwrap",
              "python3-venv", "python3-pip-whl", "python3-setuptools-whl"),
    "arm64": (),
    "armhf": (),
}


class CannotMake(Exception):
    """This machine cannot make the root folder; the text says why."""


def sources() -> str:
    """The machine's own sources of Debian, only for the release itself; its other suites are not needed here."""
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)",
                             "Created-By: Packages"], capture_output=True, text=True, check=True).stdout
    rows = {tuple(line.split()) for line in listed.splitlines()}
    found = sorted(f"deb [signed-by={KEYRING}] {uri} {suite} {component}\n"
                   for uri, suite, component, origin in rows if (suite, component, origin) == (SUITE, "main", "Debian"))
    if not found:
        raise CannotMake(f"apt on this machine knows no source of Debian {SUITE}: run apt-get update")
    return "".join(found)


def prefix(architecture: str) -> list[str]:
    """The prefix of a command that runs programs of `architecture` on this machine."""
    own = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    return [] if architecture == own else FOREIGN


def make(architecture: str, target: Path) -> None:
    packages = PACKAGES[architecture]
    command = [*prefix(architecture), "mmdebstrap", "--mode=root", "--format=tar",
               f"--variant={'minbase' if packages else 'essential'}", f"--architectures={architecture}",
               "--aptopt=Acquire::Languages \"none\"", "--aptopt=Acquire::Retries \"3\"",
               "--dpkgopt=path-exclude=/usr/share/locale/*",
               "--customize-hook=rm -f \"$1\"/etc/apt/sources.list \"$1\"/etc/apt/sources.list.d/*"]
    if packages:
        command.append(f"--include={','.join(packages)}")
    with tempfile.NamedTemporaryFile("w", suffix=".list") as listed:
        listed.write(sources())
        listed.flush()
        done = subprocess.run([*command, SUITE, str(target), listed.name], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise CannotMake(f"mmdebstrap for {architecture} ended with {done.returncode}:\n{done.stderr[-3000:]}")


def tarball(architecture: str) -> Path:
    """The tarball of a root folder, made now if it is not in the cache. This takes minutes for an emulated architecture."""
    recipe = "\n".join([SUITE, architecture, *PACKAGES[architecture]])
    path = CACHE / f"{architecture}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f".{architecture}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            print(f"making a Debian root folder for {architecture}; it is kept in the cache", file=sys.stderr, flush=True)
            unfinished = path.with_suffix(".unfinished")
            try:
                make(architecture, unfinished)
                unfinished.rename(path)
            finally:
                unfinished.unlink(missing_ok=True)
    return path


def unpack(architecture: str, folder: Path) -> Path:
    """A fresh root folder below `folder`."""
    root = folder / "root"
    root.mkdir(parents=True)
    # Devices cannot be created everywhere, and they are not needed.
    subprocess.run(["tar", "-xf", tarball(architecture), "-C", root, "--numeric-owner", "--exclude=./dev/*"], check=True)
    return root


if __name__ == "__main__":
    for name in sys.argv[1:] or PACKAGES:
        print(tarball(name))
