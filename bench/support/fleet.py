# SPDX-License-Identifier: Apache-2.0
"""Many connectors, made quickly: one is made as in the tests, the others are copies with other addresses."""
from __future__ import annotations

from pathlib import Path

import space
from gateway import Gateway, git
from server import Server
from space import run
from virtualenvs import Virtualenv, template

FILES = 40  # in a connector's work tree, 2 kB each


def source_files() -> dict[str, str]:
    return {f"src/module_{number:02}.py": f"value = {number}\n" * 150 for number in range(FILES)}


def make_gateway(server: Server, name: str = "gateway") -> Gateway:
    """A gateway on the bench's own disk. `server` serves its remotes over TLS."""
    gateway = Gateway(space.disk / name)
    gateway.configure("network", ca_file=str(server.ca))
    gateway.environment |= {"GIT_SSL_CAINFO": str(server.ca), "SSL_CERT_FILE": str(server.ca), "GIT_TERMINAL_PROMPT": "0"}
    gateway.remote_folder = server.base / name
    return gateway


def add_connectors(gateway: Gateway, server: Server, count: int, pins: dict[str, str]) -> list[Path]:
    """`count` connectors that are up to date: each has a remote and a virtualenv with `pins` and pip."""
    gupfile = "".join(f"{name},{version}\n" for name, version in pins.items())
    first = gateway.remote("first")
    first.push({"gupfile": gupfile, **source_files()}, "First")
    gateway.clone("first", first, url=lambda path: "ITS-URL")
    made, model = gateway.root / "first", gateway.folder / "model"
    made.rename(model)
    paths = []
    for number in range(count):
        name = f"connector-{number:03}"
        bare, path = gateway.remote_folder / f"{name}.git", gateway.root / name
        bare.parent.mkdir(parents=True, exist_ok=True)
        run("cp", "-r", first.bare, bare)
        run("cp", "-r", model, path)
        config = path / ".git/config"
        config.write_text(config.read_text().replace("ITS-URL", server.git(bare)))
        git("-C", path, "update-index", "-q", "--refresh")
        add_virtualenv(gateway.root / ".pyenv" / name, pins)
        paths.append(path)
    run("rm", "-rf", model)
    return paths


def add_virtualenv(path: Path, distributions: dict[str, str]) -> Virtualenv:
    """A virtualenv with only the files that are read: its pip is a link to that of another one."""
    environment = Virtualenv.bare(path)
    pip = next((template() / "lib").glob("python*/site-packages/pip"))
    for folder in [pip, *pip.parent.glob("pip-*.dist-info")]:
        (environment.site_packages / folder.name).symlink_to(folder)
    for name, version in distributions.items():
        environment.add(name, version)
    return environment
