# SPDX-License-Identifier: Apache-2.0
"""Images for the containers of a tree: busybox with a shell script, in a registry on the tree's loopback."""
from __future__ import annotations

import io
import json
import re
import tarfile
from dataclasses import dataclass

from tree import Tree, wait_for

REGISTRY = "127.0.0.1:5000"
# A page server that ends at once when it is told to. Its page says which release serves it.
WEB = """mkdir -p /www; printf '%s' "$PAGE" >/www/index.html
trap 'exit 0' TERM
busybox httpd -f -p 80 -h /www &
wait
"""
SLEEP = "trap 'exit 0' TERM\nwhile :; do sleep 3600 & wait $!; done\n"
CONFIG = """version: 0.1
storage: {filesystem: {rootdirectory: /var/lib/docker-registry}, delete: {enabled: true}}
http: {addr: "%s"}
""" % REGISTRY


@dataclass
class Image:
    tag: str     # "127.0.0.1:5000/web:1"
    digest: str  # "sha256:…"

    @property
    def by_digest(self) -> str:
        return f"{self.tag.rsplit(':', 1)[0]}@{self.digest}"


class Registry:
    def __init__(self, tree: Tree):
        self.tree = tree
        # Not root's own storage: an image that was made must be pulled all the same.
        self._podman = ["podman", "--root=/srv/images", "--runroot=/run/images"]

    def set_up(self) -> None:
        """Before the tree is booted."""
        self.tree.write("/etc/docker/registry/config.yml", CONFIG)
        self.tree.write("/etc/containers/registries.conf.d/loopback.conf", f'[[registry]]\nlocation = "{REGISTRY}"\ninsecure = true\n')

    def wait(self) -> None:
        wait_for(lambda: self.tree.run("curl", "-sf", f"http://{REGISTRY}/v2/").code == 0, "the registry")

    def stop(self) -> None:
        self.tree.must("systemctl", "stop", "docker-registry")

    def start(self) -> None:
        self.tree.must("systemctl", "start", "docker-registry")
        self.wait()

    def push(self, name: str, script: str, env: dict[str, str] | None = None, entrypoint: list[str] | None = None) -> Image:
        """An image "NAME:TAG" whose command, or with an entrypoint that, runs `script`."""
        tag = f"{REGISTRY}/{name}"
        archive = self.tree.file("/srv/image.tar")
        archive.write_bytes(self._file_system(script))
        start = f"ENTRYPOINT {json.dumps(entrypoint)}" if entrypoint else f"CMD {json.dumps(['/bin/sh', '/run.sh'])}"
        changes = [f"--change={start}",
                   *(f"--change=ENV {key}={value}" for key, value in (env or {}).items())]
        self.tree.must(*self._podman, "import", *changes, "/srv/image.tar", tag)
        self.tree.must(*self._podman, "push", "--quiet", "--digestfile=/srv/digest", tag)
        self.tree.must(*self._podman, "rmi", "--force", tag)
        return Image(tag, self.tree.read("/srv/digest").strip())

    def tag(self, image: Image, tags: list[str]) -> list[str]:
        """More tags for an image, without another upload. Returns their names."""
        name = image.tag.removeprefix(REGISTRY + "/").rsplit(":", 1)[0]
        place = f"http://{REGISTRY}/v2/{name}/manifests"
        kind = "application/vnd.oci.image.manifest.v1+json"
        self.tree.shell(f"curl -sSf -H 'Accept: {kind}' -o /srv/manifest {place}/{image.digest}\n"
                        f"for tag in {' '.join(tags)}; do curl -sSf -X PUT -H 'Content-Type: {kind}' --data-binary @/srv/manifest {place}/$tag; done")
        return [f"{REGISTRY}/{name}:{tag}" for tag in tags]

    def requests(self) -> list[str]:
        """Each request since the boot: "HEAD /v2/web/manifests/1"."""
        return re.findall(r'"([A-Z]+ /v2/\S*) HTTP/', self.tree.journal("docker-registry"))

    def web(self, tag: str, page: str, script: str = WEB) -> Image:
        return self.push(f"web:{tag}", script, {"PAGE": page})

    def _file_system(self, script: str) -> bytes:
        busybox = self.tree.file("/usr/bin/busybox").read_bytes()
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            for folder in ("bin", "dev", "etc", "proc", "sys", "tmp", "run", "www"):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            for name, content in {"bin/busybox": busybox, "run.sh": script.encode()}.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(content), 0o755
                tar.addfile(entry, io.BytesIO(content))
            for program in ("sh", "sleep", "cat", "wget", "env", "printf", "mkdir", "id", "ls", "nc", "true", "false", "date", "touch"):
                entry = tarfile.TarInfo(f"bin/{program}")
                entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
                tar.addfile(entry)
        return out.getvalue()
