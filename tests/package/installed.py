# SPDX-License-Identifier: Apache-2.0
"""A Debian root folder, native or emulated, and commands in it; packages, and later versions made from them."""
from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

import roots

PROJECT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
               "DEBIAN_FRONTEND": "noninteractive"}
# dpkg's own files, and the folders of this harness.
NOT_THE_PACKAGE = ("./var/lib/dpkg", "./var/log/dpkg.log", "./var/cache", "./dev", "./proc", "./tmp", "./packages",
                   "./var/lib/systemd/deb-systemd-helper-enabled/multi-user.target.wants", "./etc/systemd/system")


def inside(root: Path, path: str) -> Path:
    """`path` below `root`. An absolute link on the way is refused, because it would lead to this machine's own files."""
    target = root / path.lstrip("/")
    if not target.parent.resolve().is_relative_to(root.resolve()) or target.is_symlink():
        raise ValueError(f"{target} leads out of the root folder, or is a link")
    return target


class Completed:
    def __init__(self, code: int, text: str):
        self.code, self.text = code, text

    def __repr__(self) -> str:
        return f"\n--- exit code {self.code}\n{self.text}---"


class Root:
    """A root folder for commands, which run in it by chroot, in their own mount namespace."""

    def __init__(self, architecture: str, folder: Path):
        self.architecture, self.folder = architecture, folder
        self.path = roots.unpack(architecture, folder)
        for device in ("null", "urandom", "random"):
            (self.path / "dev" / device).touch()
        (self.path / "packages").mkdir()

    def run(self, *command: object, setup: str = "") -> Completed:
        """Runs `command` inside, after `setup`: shell commands outside, with the root folder as $1. Only `command` sees their mounts."""
        prepare = ('for device in null urandom random; do mount --bind /dev/$device "$1/dev/$device"; done\n'
                   'mount -t proc proc "$1/proc"\n')
        script = f'set -e\n{prepare}{setup}\nroot=$1; shift; exec chroot "$root" "$@"'
        namespace = roots.prefix(self.architecture) or ["unshare", "--mount", "--pid", "--fork"]
        done = subprocess.run([*namespace, "sh", "-c", script, "sh", self.path, *map(str, command)], env=ENVIRONMENT,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=600, check=False)
        return Completed(done.returncode, done.stdout)

    def must(self, *command: object) -> str:
        done = self.run(*command)
        assert done.code == 0, done
        return done.text

    def dpkg(self, *arguments: object, setup: str = "") -> Completed:
        """dpkg as the agent calls it; packages are given by their path on this machine."""
        words = []
        for word in arguments:
            if isinstance(word, Path):
                target = self.path / "packages" / word.name
                target.write_bytes(word.read_bytes())
                word = f"/packages/{word.name}"
            words.append(word)
        return self.run("dpkg", *words, setup=setup)

    def status(self) -> str:
        """The package's state and version from dpkg, such as "install ok installed 0.1.0"; "" if the package is unknown."""
        done = self.run("dpkg-query", "-W", "-f", "${Status} ${Version}", "gup-agent")
        return done.text if done.code == 0 else ""

    def __truediv__(self, path: str) -> Path:
        return inside(self.path, path)

    def contents(self, *without: str) -> dict[str, str]:
        """Every path with its kind, owner, mode and content, except dpkg's own files and the folders `without`."""
        seen: dict[str, str] = {}
        for place, folders, files in os.walk(self.path):
            here = Path(place)
            relative = {name: f"./{(here / name).relative_to(self.path)}" for name in folders + files}
            folders[:] = [name for name in folders if relative[name] not in NOT_THE_PACKAGE + without]
            for name in folders + files:
                path = here / name
                if relative[name] in NOT_THE_PACKAGE + without:
                    continue
                status = path.lstat()
                what = os.readlink(path) if path.is_symlink() else ""
                if path.is_file() and not path.is_symlink():
                    what = hashlib.sha256(path.read_bytes()).hexdigest()
                seen[relative[name]] = f"{status.st_mode:o} {status.st_uid}:{status.st_gid} {what}"
        return seen


def field(package: Path, name: str) -> str:
    return subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, text=True, check=True).stdout.strip()


def later(package: Path, folder: Path, version: str) -> Path:
    """The same package as `version`, with one more line in each of its configuration files."""
    tree = folder / f"tree-{version}"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    for name in ("etc/gup-agent/gup-agent.toml", "etc/cron.d/gup-agent"):
        with open(tree / name, "a") as file:
            file.write(f"# {version}\n")
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace(f"Version: {field(package, 'Version')}\n", f"Version: {version}\n"))
    target = folder / f"gup-agent_{version}_{field(package, 'Architecture')}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, target], check=True, capture_output=True)
    return target


def shell(text: str) -> list[str]:
    return ["sh", "-c", text]
