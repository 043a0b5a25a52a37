# SPDX-License-Identifier: Apache-2.0
"""Compose projects for tests/e2e/peers/test_compose_go.py: written ones, each for one rule, and random ones."""
from __future__ import annotations

import json
import random
from collections.abc import Iterator

VARIABLES = {"SET": "s", "EMPTY": "", "NUMBER": "42", "PORT": "8080", "QUOTE": "it's \"q\"", "DOLLAR": "$SET"}


def one(keys: str) -> dict[str, str]:
    """A project with one file: the keys of the service web."""
    lines = "".join(f"    {line}\n" for line in keys.split("\n"))
    return {"compose.yaml": f"services:\n  db: {{image: db}}\n  web:\n    image: web\n{lines}" + RESOURCES}


def two(first: str, second: str) -> dict[str, str]:
    """The keys of the service web in two files."""
    override = "".join(f"    {line}\n" for line in second.split("\n"))
    return one(first) | {"compose.override.yaml": f"services:\n  web:\n{override}"}


RESOURCES = """networks: {front: {}, back: {driver: bridge}}
volumes: {data: {}, logs: {name: logs}}
secrets: {token: {file: ./token}}
configs: {conf: {content: "a=b"}}
"""

INTERPOLATED = ["$SET", "${SET}", "${NO:-d}", "${NO-d}", "${EMPTY:-d}", "${EMPTY-d}", "${EMPTY+alt}", "${EMPTY:+alt}", "${SET:+alt}", "${NO+alt}",
                "${NO:-${ALSO:-c}}", "${NO:-${SET}}x", "$$SET", "$${SET}", "$$$SET", "a: $ 5", "$SET-$SETX", "${SET:?m}", "${NO:-a:b-c?d+e}", "$DOLLAR",
                "x${NUMBER}y", "${NO:-}", "%h %n", "^a$|b", "${SET}${EMPTY}${NUMBER}", "${NO:-$$x}", "${SET:+${EMPTY:-z}}", "$1", "${NO:-a b}"]

WRITTEN: dict[str, dict[str, str]] = {
    **{f"interpolation {text}": one(f"environment: {{A: {json.dumps(text)}}}\nlabels: [{json.dumps('l=' + text)}]") for text in INTERPOLATED},
    "numbers": one("environment: {A: 1, B: 0x10, C: 010, D: 0o10, E: 1.50, F: 1e3, G: true, H: yes, I: null, J: '010', K: -5, L: 1_000, M: .5, N: 12:30, "
                   "P: False, Q: 0b11, R: 1.0, S: 123456789012, T: 0.00001, U: +7}"),
    "number labels": one("labels: {a: 1, b: 1.50, c: true}"),
    "environment list": one("environment: [A=1, B, 'C=a=b', D=, A=2, SET]"),
    "merge keys": {"compose.yaml": "x-a: &a {image: a, environment: {A: 1}}\nx-b: &b {user: b, image: b}\nservices:\n  web:\n    <<: [*a, *b]\n    hostname: h\n"
                                   "  two: {<<: *b, environment: {<<: {X: 1}, Y: 2}}\n"},
    "ports": one("ports: [80, '81', '8080:82', '127.0.0.1:8081:83', '8000-8002:90-92', '85/udp', '[::1]:8083:84', '8090-8091:86', {target: 87, published: '8087', "
                 "host_ip: 0.0.0.0, protocol: udp}, {target: 88}]"),
    "volumes": one("volumes: ['./a:/a', 'data:/b:ro', '/c:/c:rw', '/anonymous', {type: bind, source: ./d, target: /d, read_only: true}, {type: volume, source: logs, "
                   "target: /e}, '../x:/x', '.:/y']"),
    "commands": one("command: sh -c 'echo \"$$X\" | cat'\nentrypoint: [\"/e\", \"a b\"]"),
    "empty command": one("command: []\nentrypoint: []"),
    "healthcheck": one("healthcheck: {test: curl -f http://x, interval: 1m30s, timeout: 5s, retries: 3, start_period: 500ms}"),
    "healthcheck list": one("healthcheck: {test: [CMD, a, 'b c'], interval: 1h}"),
    "healthcheck none": one("healthcheck: {test: [NONE]}"),
    "healthcheck disabled": one("healthcheck: {disable: true}"),
    "restart": one("restart: on-failure:3"),
    "depends_on": one("depends_on: {db: {condition: service_healthy, required: false}}"),
    "links": one("links: [db]"),
    "networks": one("networks: {front: {aliases: [a, b], ipv4_address: 10.0.0.2}, back: null}"),
    "network_mode": one("network_mode: service:db"),
    "devices": one("devices: ['/dev/ttyUSB0:/dev/ttyUSB1', '/dev/a:/dev/b:r', /dev/c]"),
    "secrets": one("secrets: [token, {source: token, target: other}]\nconfigs: [conf, {source: conf, target: /etc/c}]"),
    "limits": one("mem_limit: 64m\ncpus: 0.5\nulimits: {nproc: 65535, nofile: {soft: 20000, hard: 40000}}"),
    "hosts": one("extra_hosts: ['a:10.0.0.1', 'b=10.0.0.2', 'c:host-gateway']\ndns: 1.1.1.1"),
    "texts": one("cap_add: [NET_ADMIN, NET_ADMIN]\nsysctls: {net.core.somaxconn: 1024}\nhostname: h\nuser: '1000:1000'\nworking_dir: /w\nprivileged: true\n"
                 "read_only: true\ninit: true\nstop_grace_period: 1m\ncontainer_name: one"),
    "logging": one("logging: {driver: json-file, options: {max-size: 10m, max-file: '3'}}"),
    "tmpfs": one("tmpfs: [/run, /tmp]"),
    "block texts": one("environment:\n  A: |\n    line 1\n    line 2\n  B: >-\n    folded\n    text\n  C: \"a\\tb\\u00e9\"\n  D: 'it''s'"),
    "two scalars": two("user: a\nhostname: h", "user: b"),
    "two environments": two("environment: [A=1, B=2]", "environment: {B: 3, C: 4}"),
    "two null environments": two("environment: {A: 1, B: 2}", "environment: {A: null}"),
    "two lists": two("cap_add: [A]\ndns: 1.1.1.1", "cap_add: [B, A]\ndns: [8.8.8.8]"),
    "two commands": two("command: [a, b]\nentrypoint: x", "command: c\nentrypoint: [y]"),
    "two ports": two("ports: ['80:80', '81:81']", "ports: ['80:80', '82:82']"),
    "two volumes": two("volumes: ['./a:/a', 'data:/b']", "volumes: ['./c:/a', {type: volume, source: logs, target: /b}]"),
    "two dependencies": two("depends_on: [db]", "depends_on: {db: {condition: service_healthy}}"),
    "two networks": two("networks: [front]", "networks: {front: {aliases: [x]}, back: {}}"),
    "two healthchecks": two("healthcheck: {test: [CMD, a], retries: 2}", "healthcheck: {test: b, interval: 5s}"),
    "two loggings": two("logging: {driver: a, options: {x: '1'}}", "logging: {driver: b, options: {y: '2'}}"),
    "two options": two("logging: {driver: a, options: {x: '1'}}", "logging: {options: {y: '2'}}"),
    "two labels": two("labels: [a=1, b=2]", "labels: {b: 3}"),
    "two hosts": two("extra_hosts: ['a:10.0.0.1']", "extra_hosts: {b: 10.0.0.2}"),
    "two devices": two("devices: ['/dev/a:/dev/x']", "devices: ['/dev/b:/dev/x', /dev/c]"),
    "two secrets": two("secrets: [token]", "secrets: [{source: token, target: /run/secrets/other}]"),
    "two ulimits": two("ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5}"),
    "two sysctls": two("sysctls: {a.b: 1}", "sysctls: [c.d=2]"),
    "override tag": two("ports: ['80:80']\nenvironment: {A: 1}", "ports: !override ['81:81']\nenvironment: !override {B: 2}"),
    "reset tag": two("ports: ['80:80']\nenvironment: {A: 1, B: 2}\nuser: u", "ports: !reset []\nenvironment: {A: !reset null}\nuser: !reset null"),
    "null override": two("user: a\ncommand: x\ncap_add: [A]", "user: null\ncap_add: null"),
    "extends": {"compose.yaml": "services:\n  base: {image: b, environment: {A: 1, B: 2}, volumes: ['./b:/b'], ports: ['80']}\n"
                                "  web: {extends: base, environment: [B=3], ports: ['81:81'], command: c}\n"},
    "extends file": {"compose.yaml": "services:\n  web: {extends: {file: ../common/c.yaml, service: mid}, environment: {C: own}}\n",
                     "../common/c.yaml": "services:\n  mid: {extends: {service: low}, volumes: ['./m:/m']}\n  low: {image: '$SET', environment: {B: 2, C: 3}, "
                                         "env_file: low.env, volumes: ['./l:/l']}\n",
                     "../common/low.env": "D=4\nC=file\nE=$SET\n"},
    "extends override": {"compose.yaml": "services:\n  web: {extends: {file: c.yaml, service: base}, volumes: !override ['./n:/n'], environment: {A: !reset null}}\n",
                         "c.yaml": "services:\n  base: {image: b, volumes: ['./o:/o'], environment: {A: 1, B: 2}}\n"},
    "include": {"compose.yaml": "include:\n  - ../shared/db.yaml\n  - path: m.yaml\n    project_directory: ../other\nservices:\n  web: {image: w, depends_on: [db, m]}\n",
                "../shared/db.yaml": "services:\n  db: {image: 'db:${TAG:-none}', volumes: ['./d:/d', 'vol:/v']}\nvolumes: {vol: {}}\n",
                "../shared/.env": "TAG=inner\n", "m.yaml": "services:\n  m: {image: m, volumes: ['./d:/d']}\n", "../other/keep": ""},
    "include files": {"compose.yaml": "include:\n  - path: [a.yaml, b.yaml]\n    env_file: i.env\nservices:\n  web: {image: w}\n",
                      "a.yaml": "services:\n  a: {image: '$I-$SET', environment: {X: 1}}\n", "b.yaml": "services:\n  a: {environment: {Y: 2}}\n",
                      "i.env": "I=i\nSET=no\n"},
    "include overridden": {"compose.yaml": "include: [i.yaml]\nservices:\n  a: {user: u, environment: {A: 2}}\n",
                           "i.yaml": "services:\n  a: {image: a, user: x, environment: {A: 1, B: 1}}\n"},
    "env_file": {"compose.yaml": "services:\n  web: {image: w, env_file: [a.env, {path: b.env}, {path: no.env, required: false}], environment: {C: own, N: null}}\n",
                 "a.env": "A=1\nB=1\nC=1\nN=n\n", "b.env": "B=2\nX=$SET-$C\nY='$SET'\nZ=\"a\\nb $SET\"\nexport W=w # c\nV: v\nU=a#b\nT=\nSET\nNO\nS=${NO:-d}\nR='a\nb'\n"
                                                           "Q=\"\\$SET \\\"x\\\"\"\nP= spaced out  \nO='it\\'s'\n"},
}


def random_project(seed: int) -> dict[str, str]:
    """One or two files of a few services with random keys; JSON is YAML."""
    chance = random.Random(seed)
    names = ["web", "db", "broker"]

    def text() -> str:
        return "".join(chance.choice(["a", "b c", "$SET", "${NO:-x}", "${EMPTY:-y}", "$$", "=", "%", "1", "é", "\"", "${NUMBER}"]) for _ in range(chance.randint(1, 4)))

    def pairs(values) -> object:
        found = {chance.choice("ABCDEF"): values() for _ in range(chance.randint(1, 4))}
        if chance.random() < 0.5 and all(isinstance(value, str) for value in found.values()):
            return [f"{key}={value}" for key, value in found.items()]
        return found

    def keys(name: str, index: int) -> Iterator[tuple[str, object]]:
        others = [other for other in names[:names.index(name)]]
        yield "environment", pairs(lambda: chance.choice([text(), text(), 5, 1.5, True, None]))
        yield "labels", pairs(text)
        yield "command", chance.choice([[text(), text()], "run --a 'b c'", "x"])
        yield "entrypoint", chance.choice([["/e", text()], "/e -x"])
        # Two services cannot have the same port.
        base = 1000 * (1 + names.index(name))
        yield "ports", chance.sample([f"{base}:80", 81, f"127.0.0.1:{base + 1}:${{PORT}}", f"{base + 2}-{base + 4}:90-92", "83/udp", f"{base + 5}:84/udp",
                                      {"target": 85, "published": str(base + 6)}], 2)
        yield "volumes", chance.sample(["./a:/a", f"./{index}:/b:ro", "data:/c", "logs:/a", {"type": "bind", "source": "./e", "target": "/e"}, "/x:/x"], 3)
        yield "networks", chance.choice([["front"], ["front", "back"], {"front": {"aliases": [f"n{index}"]}}, {"back": None}])
        yield "restart", chance.choice(["no", "always", "unless-stopped", "on-failure:2"])
        yield "cap_add", chance.sample(["A", "B", "C"], 2)
        yield "dns", chance.choice(["1.1.1.1", ["8.8.8.8", "9.9.9.9"]])
        yield "user", chance.choice(["1000", "a:b", "$SET"])
        yield "healthcheck", chance.choice([{"test": text(), "interval": "10s"}, {"test": ["CMD", "a", text()], "retries": 3}, {"disable": True}])
        yield "ulimits", chance.choice([{"nofile": 5}, {"nofile": {"soft": 1, "hard": 2}, "nproc": 7}])
        yield "sysctls", chance.choice([{"a.b": 1}, ["a.b=2", "c.d=3"]])
        yield "extra_hosts", chance.choice([["h:10.0.0.1"], {"h": "10.0.0.2", "i": "10.0.0.3"}])
        yield "devices", chance.sample(["/dev/a", "/dev/b:/dev/c", "/dev/d:/dev/c:r"], 2)
        yield "logging", chance.choice([{"driver": "a", "options": {"x": "1"}}, {"driver": "b", "options": {"y": text()}}])
        yield "tmpfs", chance.choice(["/t", ["/t", "/u"]])
        yield "mem_limit", chance.choice(["64m", "1g"])
        yield "hostname", chance.choice(["h", "h${NUMBER}"])
        if others:
            yield "depends_on", chance.choice([others, {others[0]: {"condition": "service_healthy"}}])

    def service(name: str, index: int) -> dict[str, object]:
        found = list(keys(name, index))
        return dict(chance.sample(found, chance.randint(2, 9)))

    first = {name: {"image": f"{name}:{chance.choice(['1', '$SET', '${NO:-latest}'])}"} | service(name, 0) for name in names}
    files = {"compose.yaml": json.dumps({"services": first}, indent=1, ensure_ascii=False)[:-2] + ",\n" + json.dumps(
        {"networks": {"front": {}, "back": {}}, "volumes": {"data": {}, "logs": {}}}, indent=1)[2:]}
    if chance.random() < 0.7:
        second = {name: service(name, 1) for name in chance.sample(names, chance.randint(1, 3))}
        files["compose.override.yaml"] = json.dumps({"services": second}, indent=1, ensure_ascii=False)
    return files
