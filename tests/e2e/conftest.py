# SPDX-License-Identifier: Apache-2.0
"""Fixtures of the end-to-end suite. Servers live as long as the test process, gateways as long as a test."""
from __future__ import annotations

import contextlib
import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "support"))

from gateway import AGENT, Gateway, is_sanitized, remove  # noqa: E402
from mounts import have_own_mounts  # noqa: E402
from releases import Key, Publisher  # noqa: E402
from relay import Proxy, Relay  # noqa: E402
from servers import Sshd, Web  # noqa: E402
from wheels import Index  # noqa: E402


def pytest_configure(config: pytest.Config) -> None:
    # ctest labels a suite with slow, root and network if one of its cases has that mark: see tests/CMakeLists.txt.
    with contextlib.suppress(OSError):  # tests that need mounts are skipped with the reason if this fails
        have_own_mounts()
    config.addinivalue_line("markers", "slow: takes more than half a minute")
    config.addinivalue_line("markers", "root(reason): only root can do it; skipped for any other user")
    config.addinivalue_line("markers", "network: needs the public internet; skipped without GUP_E2E_NETWORK=1")
    config.addinivalue_line("markers", "native_only(reason): cannot hold for an agent that runs under qemu-user")
    config.addinivalue_line("markers", "not_sanitized(reason): cannot hold for an agent with AddressSanitizer")


def reason_to_skip(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker
    if len(AGENT) > 1 and mark("native_only"):
        return f"under emulation: {mark('native_only').args[0]}"
    if mark("not_sanitized") and is_sanitized():
        return f"sanitized: {mark('not_sanitized').args[0]}"
    if mark("root") and os.geteuid() != 0:
        return mark('root').args[0]
    if mark("network") and not os.environ.get("GUP_E2E_NETWORK"):
        return "needs the public internet: make online"
    return None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if reason := reason_to_skip(item):
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_report_header() -> str:
    return f"agent: {' '.join(AGENT)}"


@pytest.fixture(scope="session")
def base():
    """The folder for all files of this test process, which its servers serve."""
    if not os.access(AGENT[-1], os.X_OK):
        pytest.exit(f"{AGENT[-1]} is not there: build it, or set GUP_AGENT", returncode=2)
    folder = Path(tempfile.mkdtemp(prefix="gup-e2e-"))
    folder.chmod(0o755)
    yield folder
    if not os.environ.get("GUP_E2E_KEEP"):
        remove(folder)


@pytest.fixture(scope="session")
def web(base):
    server = Web(base)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def sshd(base):
    server = Sshd(base)
    yield server
    server.stop()


_numbers = itertools.count(1)


@pytest.fixture
def folder(base, request):
    """A separate folder for one test, with a short path."""
    path = base / f"{next(_numbers)}-{request.node.name[5:30].split('[')[0]}"
    path.mkdir()
    yield path
    if not os.environ.get("GUP_E2E_KEEP"):
        remove(path)


@pytest.fixture
def small(folder):
    """A function that puts a small tmpfs at a path."""
    mounted = []

    def mount(path, size: str):
        path.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "gup-e2e", str(path)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"cannot mount a tmpfs here: {done.stderr.strip()}")
        mounted.append(path)
        return path

    yield mount
    for path in reversed(mounted):
        subprocess.run(["umount", str(path)], check=True)


@pytest.fixture
def gateway(folder):
    return Gateway(folder)


@pytest.fixture
def index(web, gateway):
    """The gateway's package index, empty; `index.url` is its URL."""
    made = Index(gateway.folder / "index")
    made.url = web.files(made.folder)
    gateway.use_index(made.url)
    return made


@pytest.fixture(scope="session")
def key(base):
    """The key that releases of the agent are signed with."""
    return Key(base / "release-key")


@pytest.fixture
def publisher(folder, key):
    return Publisher(folder / "publisher", key)


@pytest.fixture
def relay():
    """Makes relays: relay(port)."""
    made: list[Relay] = []

    def make(target: int) -> Relay:
        made.append(Relay(target))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def proxy():
    """Makes proxies: proxy() or proxy(authorization)."""
    made: list[Proxy] = []

    def make(authorization: str = "") -> Proxy:
        made.append(Proxy(authorization))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def shared_memory():
    """Removes the shared memory that libfaketime leaves behind for each process."""
    before = set(Path("/dev/shm").glob("*faketime*"))
    yield
    for path in set(Path("/dev/shm").glob("*faketime*")) - before:
        path.unlink(missing_ok=True)
