# SPDX-License-Identifier: Apache-2.0
"""Units against the Quadlets of seven releases of podman: each file is accepted, each expected unit is there, and every value arrives.

The generators are built from Go modules, once for each user: that needs go and the module proxy. GUP_QUADLETS names a folder with
generators that were built before: quadlet-VERSION.
"""
from __future__ import annotations

import json
import os
import random
import re
import shutil
from pathlib import Path

import pytest
from authoring import run_author
from compose_corpus import OVERRIDES, REAL, work_tree
from quadlets import VERSIONS, accepted_units


pytestmark = [pytest.mark.network, pytest.mark.slow,
              pytest.mark.skipif(not (shutil.which("go") or os.environ.get("GUP_QUADLETS")), reason="needs go")]

HEALTHY = {"test": ["CMD", "pg_isready", "-U", "a b"], "interval": "10s", "timeout": "2s", "retries": 2, "start_period": "5s"}
PROJECTS = {
    "one service": {"services": {"a": {"image": "nginx"}}},
    "process": {"services": {"a": {
        "image": "x", "entrypoint": ["/a b", "c"], "command": ["sh", "-c", "", ";", "x"], "working_dir": "/w", "user": "node:staff",
        "group_add": ["dialout"], "hostname": "h", "init": True, "tty": True, "stdin_open": True, "userns_mode": "keep-id",
        "environment": {"A": "1", "B": None}, "labels": {"l": "a b"}, "annotations": {"x": "y"}, "stop_signal": "SIGINT",
        "stop_grace_period": "3s", "platform": "linux/arm64", "pull_policy": "always"}}},
    "mounts": {"services": {"a": {"image": "x", "read_only": True, "tmpfs": ["/t:size=64m"], "volumes": [
        "./conf:/conf:ro", "/a b:/c", "data:/d", "data:/e f", "/anonymous", {"type": "volume", "source": "data", "target": "/g:h"},
        {"type": "bind", "source": "/x$$y%z", "target": "/y"}]}}, "volumes": {"data": None}},
    "networks": {"services": {"a": {"image": "x", "networks": {"n": {"aliases": ["b"], "ipv4_address": "10.9.0.5"}, "default": None},
                                    "dns": ["1.1.1.1"], "dns_search": ["lan"], "dns_opt": ["ndots:1"], "extra_hosts": ["h:host-gateway"],
                                    "ports": ["80:80", "127.0.0.1:53:53/udp", "[::1]:81:81", "90", "99:99/sctp"]},
                              "b": {"image": "x", "network_mode": "service:a"}, "c": {"image": "x", "network_mode": "host"}},
                 "networks": {"n": {"internal": True, "enable_ipv6": True, "driver_opts": {"mtu": "1400"}, "labels": {"l": "a b"},
                                    "ipam": {"config": [{"subnet": "10.9.0.0/24", "gateway": "10.9.0.1", "ip_range": "10.9.0.0/25"}]}}}},
    "rights": {"services": {"a": {
        "image": "x", "privileged": True, "cap_add": ["NET_ADMIN"], "cap_drop": ["ALL"], "devices": ["/dev/null:/dev/x:rw"],
        "device_cgroup_rules": ["c 188:* rw"], "pid": "host", "ipc": "host", "uts": "host", "cgroup": "host", "security_opt": [
            "no-new-privileges:true", "label:disable", "label=type:spc_t", "seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined"]}}},
    "limits": {"services": {"a": {
        "image": "x", "mem_limit": "64m", "cpus": 0.5, "pids_limit": 10, "shm_size": "64m", "ulimits": {"nofile": {"soft": 1, "hard": 2}},
        "sysctls": {"net.core.somaxconn": 1024, "net.ipv4.ip_local_port_range": "1024 65000"}, "oom_score_adj": 100, "cpuset": "0,1"}}},
    "health and order": {"services": {
        "db": {"image": "x", "healthcheck": HEALTHY}, "one": {"image": "x", "restart": "no"}, "off": {"image": "x", "healthcheck": {"disable": True}},
        "shell": {"image": "x", "healthcheck": {"test": "curl \"http://x\" || exit 1", "start_interval": "1s"}, "restart": "on-failure:3"},
        "a": {"image": "x", "restart": "unless-stopped", "depends_on": {"db": {"condition": "service_healthy"}, "shell": {"condition": "service_started"},
                                                                        "one": {"condition": "service_completed_successfully"}}}}},
    "secrets, configs, logging": {"services": {"a": {
        "image": "x", "secrets": ["s", {"source": "s", "target": "/x", "mode": 0o400}], "configs": [{"source": "c", "target": "/etc/c d"}],
        "logging": {"driver": "json-file", "options": {"max-size": "10m"}}}},
        "secrets": {"s": {"external": True}}, "configs": {"c": {"content": "a = 1\n"}}},
    "by hand": {"services": {"a": {"image": "x", "x-quadlet": {"Container": {"PodmanArgs": "--log-level=info"}, "Service": {"Nice": "5"}}}}},
}


def convert(folder: Path, version: str, *options: str, **more) -> list[dict]:
    done = run_author(folder, "services", "convert", "--json", "--podman-version", version, *options, **more)
    document = json.loads(done.stdout)
    assert done.returncode == 0, document["problems"]
    return document["files"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", PROJECTS)
def test_each_release_accepts_each_setting(version, name, tmp_path):
    folder = tmp_path / "gw"
    folder.mkdir()
    (folder / "compose.yaml").write_text(json.dumps(PROJECTS[name]))
    accepted_units(version, convert(folder, version), tmp_path / "units")


@pytest.mark.parametrize("version", VERSIONS)
def test_units_for_every_podman_are_accepted_by_all(version, tmp_path):
    for number, project in enumerate(PROJECTS.values()):
        folder = tmp_path / f"p{number}"
        folder.mkdir()
        (folder / "compose.yaml").write_text(json.dumps(project))
        accepted_units(version, convert(folder, "4.4"), tmp_path / f"units{number}")


def words_of(line: str) -> list[str]:
    """A command line as systemd reads it: systemd.syntax(7), and variables and specifiers of systemd.service(5)."""
    words = []
    for found in re.finditer(r'(?:"(?:\\.|[^"\\])*"|[^\s"])+', line):
        word = re.sub(r'"((?:\\.|[^"\\])*)"', lambda quoted: quoted[1], found[0])
        word = re.sub(r"\\(x[0-9a-f]{2}|.)", lambda one: {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}.get(
            one[1]) or (chr(int(one[1][1:], 16)) if one[1][0] == "x" else one[1]), word)
        word = {"${GUP_EMPTY}": "", "${GUP_SEMICOLON}": ";"}.get(word, word)
        is_quadlets = word.startswith("--cidfile=")
        assert is_quadlets or not re.search(r"[%$]", word.replace("%%", "").replace("$$", "")), word
        words.append(word.replace("%%", "%").replace("$$", "$"))
    return words


@pytest.mark.parametrize("version", VERSIONS)
def test_200_values_arrive_as_compose_means_them(version, tmp_path):
    pieces = ["%", "$", '"', "'", "\\", "\n", "\t", " ", ";", "a", "${HOME}", "%h", "ü", "€", "#", "=", "\\n", "\x1b", "[Service]\n", "--", "{}"]
    dice = random.Random(1)
    values = ["".join(dice.choices(pieces, k=dice.randrange(9))) for _ in range(200)]
    in_compose = [value.replace("$", "$$") for value in values]
    project = {"services": {"a": {"image": "x", "command": ["run", *in_compose],
                                  "environment": {f"V{number:03}": value for number, value in enumerate(in_compose)}}}}
    folder = tmp_path / "gw"
    folder.mkdir()
    (folder / "compose.yaml").write_text(json.dumps(project))
    unit = accepted_units(version, convert(folder, version), tmp_path / "units")["gw-a.service"]
    words = words_of(re.search(r"^ExecStart=(.*)$", unit, re.M)[1])
    assert words[-200:] == values
    given = [words[at + 1] for at, word in enumerate(words) if word == "--env"]
    assert given == [f"V{number:03}={value}" for number, value in enumerate(values)]


@pytest.mark.parametrize("repository, commit, file, variables", REAL, ids=[f"{entry[0]}/{entry[2]}" for entry in REAL])
def test_a_real_file_is_accepted(base, tmp_path, repository, commit, file, variables):
    root = work_tree(repository, commit, base)
    tree = tmp_path / "tree"
    shutil.copytree(root, tree, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    arguments = [str(tree / file)]
    if repository in OVERRIDES:
        override = tree / Path(file).parent / "override.yaml"
        override.write_text(OVERRIDES[repository])
        arguments.append(str(override))
    done = run_author(tree, "services", "convert", "--json", "--vars-json", json.dumps(variables), *arguments)
    unset = re.findall(r"the variable (\w+) has no value", done.stdout)
    files = convert(tree, "5.4.2", "--vars-json", json.dumps({name: "1" for name in unset} | variables), *arguments)
    accepted_units("5.5.2", files, tmp_path / "units")
