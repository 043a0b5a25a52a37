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

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gup-agent/roots"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
FOREIGN = [sys.executable, str(Path(__file__).with_name("foreign.py"))]
# The packages of each root besides the essential ones. Emulated roots are slow and have none. The roots "fresh" and
# "fresh-trixie" are machines on which somebody installs the agent for the first time; each downloads with another program.
PACKAGES = {
    "amd64": ("systemd", "systemd-sysv", "dbus", "cron", "git", "ca-certificates", "procps", "nginx-light", "fcgiwrap",
              "python3-venv", "python3-pip-whl", "python3-setuptools-whl"),
    "arm64": (),
    "armhf": (),
    "fresh": ("ca-certificates", "curl"),
    "fresh-trixie": ("ca-certificates", "wget"),
    # Builds the agent with Debian's own libraries (GUP_SYSTEM_LIBRARIES), and runs its unit tests.
    "build-trixie": ("ca-certificates", "g++", "cmake", "ninja-build", "git", "ccache", "pkgconf", "libboost-dev", "libtomlplusplus-dev",
                     "libspdlog-dev", "libcli11-dev", "nlohmann-json3-dev", "doctest-dev", "libcurl4-openssl-dev", "libmbedtls-dev", "libgit2-dev",
                     "libsodium-dev", "libyaml-dev", "libabsl-dev", "zlib1g-dev", "python3-venv", "python3-pip-whl",
                     "python3-setuptools-whl", "python3-setuptools", "python3-wheel", "openssh-client", "tzdata", "procps", "minisign", "nginx-light", "fcgiwrap", "openssl", "strace",
                     "util-linux"),
    # Boots systemd and runs containers: tests/services.
    "services-trixie": ("systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "podman", "crun", "conmon", "netavark",
                        "aardvark-dns", "nftables", "iptables", "uidmap", "passt", "fuse-overlayfs", "docker-registry", "busybox-static",
                        "skopeo", "ca-certificates", "curl", "procps", "iproute2", "git", "python3-minimal", "strace", "jq"),
}


def suite_of(name: str) -> str:
    return "trixie" if name.endswith("-trixie") else "bookworm"


def architecture_of(name: str) -> str:
    return name if name in ("arm64", "armhf") else "amd64"


class CannotMake(Exception):
    """This machine cannot make the root folder; the text says why."""


def sources(suite: str) -> str:
    """The machine's own sources of Debian, only for this release itself; its other suites are not needed here."""
    listed = subprocess.run(["apt-get", "indextargets", "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN)",
                             "Created-By: Packages"], capture_output=True, text=True, check=True).stdout
    rows = {tuple(line.split()) for line in listed.splitlines()}
    own = {uri for uri, name, component, origin in rows if (name, component, origin) == ("bookworm", "main", "Debian")}
    found = sorted(f"deb [signed-by={KEYRING}] {uri} {suite} main\n" for uri in own)
    if not found:
        raise CannotMake("apt on this machine knows no source of Debian bookworm: run apt-get update")
    return "".join(found)


def prefix(name: str) -> list[str]:
    """The prefix of a command that runs programs of this root on this machine."""
    own = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    return [] if architecture_of(name) == own else FOREIGN


def roomy_folder() -> str | None:
    """The folder for root folders: in memory if there is enough space, because dpkg flushes thousands of small files one by one."""
    memory = os.statvfs("/dev/shm")
    return "/dev/shm" if memory.f_bavail * memory.f_frsize > 3 << 30 else None


def make(name: str, target: Path) -> None:
    packages, suite, architecture = PACKAGES[name], suite_of(name), architecture_of(name)
    command = [*prefix(name), "mmdebstrap", "--mode=root", "--format=tar",
               f"--variant={'minbase' if packages else 'essential'}", f"--architectures={architecture}",
               "--aptopt=Acquire::Languages \"none\"", "--aptopt=Acquire::Retries \"3\"",
               "--dpkgopt=path-exclude=/usr/share/locale/*",
               "--customize-hook=rm -f \"$1\"/etc/apt/sources.list \"$1\"/etc/apt/sources.list.d/*"]
    if packages:
        command.append(f"--include={','.join(packages)}")
    with tempfile.NamedTemporaryFile("w", suffix=".list") as listed:
        listed.write(sources(suite))
        listed.flush()
        place = {"TMPDIR": folder} if (folder := roomy_folder()) else {}
        done = subprocess.run([*command, suite, str(target), listed.name], capture_output=True, text=True, check=False,
                              env={**os.environ, **place})
    if done.returncode != 0:
        raise CannotMake(f"mmdebstrap for {name} ended with {done.returncode}:\n{done.stderr[-3000:]}")


def tarball(name: str) -> Path:
    """The tarball of a root folder, made now if it is not in the cache. This takes minutes for an emulated architecture."""
    recipe = "\n".join([suite_of(name), architecture_of(name), *PACKAGES[name]])
    path = CACHE / f"{name}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.tar"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f".{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            print(f"making a Debian root folder, {name}; it is kept in the cache", file=sys.stderr, flush=True)
            unfinished = path.with_suffix(".unfinished")
            try:
                make(name, unfinished)
                unfinished.rename(path)
            finally:
                unfinished.unlink(missing_ok=True)
    return path


def unpack(name: str, folder: Path) -> Path:
    """A fresh root folder below `folder`."""
    root = folder / "root"
    root.mkdir(parents=True)
    # Devices cannot be created everywhere, and they are not needed.
    subprocess.run(["tar", "-xf", tarball(name), "-C", root, "--numeric-owner", "--exclude=./dev/*"], check=True)
    return root


if __name__ == "__main__":
    for name in sys.argv[1:] or PACKAGES:
        print(tarball(name))
