# SPDX-License-Identifier: Apache-2.0
"""The gateway of `make demo` stays usable: its servers can be started again on the same port, and ended."""
import os
import socket
import subprocess
from pathlib import Path

import pytest

from gateway import AGENT, agent_can_be_executed

RUN = Path(__file__).parents[2] / "demo/run"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    if not agent_can_be_executed():
        pytest.skip("the demo executes the agent itself")
    folder = tmp_path_factory.mktemp("demo") / "a demo"
    subprocess.run([RUN, AGENT[-1], folder], check=True, stdout=subprocess.DEVNULL)
    yield folder
    subprocess.run([folder / "stop"], check=True, stdout=subprocess.DEVNULL)


def command(folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([folder / name, *arguments], capture_output=True, text=True, cwd=folder.parent)


def port_of(folder: Path) -> int:
    return int((folder / "servers/port").read_text())


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_demo_s_gateway_can_be_used_afterwards(demo):
    port = port_of(demo)
    assert not is_open(port)
    started = command(demo, "start")
    assert started.returncode == 0 and is_open(port) and port_of(demo) == port, started
    assert "a demo/gup-agent now" in started.stdout
    again = command(demo, "start")
    assert again.returncode == 0 and "ran already" in again.stdout, again

    author = demo / "authors/wind-sensor"
    (author / "gupfile").write_text("paho-mqtt,1.3.1\npyserial,3.4\n")
    subprocess.run(["git", "-C", author, "commit", "-qam", "Name the version of pyserial"], check=True)
    subprocess.run(["git", "-C", author, "push", "-q", "origin", "HEAD:main"], check=True)
    assert command(demo, "gup-agent", "now").returncode == 0

    assert command(demo, "stop").stdout == "ended 4 processes\n"
    assert not is_open(port)
    assert command(demo, "stop").stdout == "ended 0 processes\n"


def test_another_process_with_a_recorded_number_is_not_ended(demo):
    (demo / "servers/processes").write_text(f"{os.getpid()} 1\n{os.getppid()} 1\n")
    assert command(demo, "stop").stdout == "ended 0 processes\n"


def test_a_port_that_another_program_has_is_named(demo):
    with socket.create_server(("127.0.0.1", port_of(demo))):
        started = command(demo, "start")
    assert started.returncode == 1 and f"nginx does not start on 127.0.0.1:{port_of(demo)}" in started.stderr, started
    assert "Address already in use" in started.stderr and "hint: " in started.stderr
    assert command(demo, "stop").stdout == "ended 0 processes\n"
