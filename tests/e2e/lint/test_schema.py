# SPDX-License-Identifier: Apache-2.0
"""The JSON schemas of gupfile and gup-agent.toml: made from the tables that the agent parses with, as editors use them."""
from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from authoring import run_author, run_lint, write

jsonschema = pytest.importorskip("jsonschema")

PROJECT = Path(__file__).resolve().parents[3]
HASH = "sha256:" + "a" * 64


def printed(name: str) -> str:
    done = run_author(PROJECT, "schema", name)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["gupfile", "gup-agent.toml"])
def name(request) -> str:
    return request.param


def validator(name: str) -> jsonschema.Draft7Validator:
    schema = json.loads(printed(name))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.fixture(scope="module")
def gupfile():
    return validator("gupfile")


@pytest.fixture(scope="module")
def config():
    return validator("gup-agent.toml")


def test_the_committed_schemas_are_those_of_the_program(name):
    committed = PROJECT / "docs/schema" / f"{name.removesuffix('.toml')}.json"
    assert committed.read_text(encoding="utf-8") == printed(name), f"gup-agent schema {name} > {committed}"


def test_every_key_has_a_description(name):
    def visit(schema: dict, place: str) -> None:
        for key, below in schema.get("properties", {}).items():
            assert below.get("description") or below.get("properties"), f"{place}.{key}"
            visit(below, f"{place}.{key}")
        visit(schema["items"], f"{place}[]") if isinstance(schema.get("items"), dict) else None

    visit(json.loads(printed(name)), name)


def test_the_examples_are_valid(gupfile, config):
    gupfile.validate(tomllib.loads((PROJECT / "gupfiles-example/full.gupfile").read_text()))
    text = (PROJECT / "packaging/deb/gup-agent.toml").read_text()
    config.validate(tomllib.loads(text))
    # Each commented key, too, with its default.
    defaults = tomllib.loads(re.sub(r"^# ([a-z-]+ = )", r"\1", text, flags=re.M))
    config.validate(defaults)
    known = json.loads(printed("gup-agent.toml"))["properties"]
    for key, value in defaults.items():
        if not isinstance(value, dict):
            continue
        for below, default in value.items():
            schema = known[key]["properties"][below]
            assert schema.get("default", default) == default, f"{key}.{below}"
    config.validate(tomllib.loads("""
[[connector]]
name = "smart-meter"
schedule = ["0 2 * * *"]
window = "02:00-05:00"
owner = 1000
source = "https://h/app.zip"
pins = ["paho-mqtt,1.3.1"]
"""))


RIGHT = [
    "[connector]\n",
    "[dependencies]\nsix = \"1\"\n\"requests[socks, security]\" = \" 2.31.0 \"\n\"ruamel.yaml\" = \"1!2.0rc1+local\"\n",
    f"[dependencies]\nsix = {{ version = \"1\", hashes = [\"{HASH}\"], extras = [\"a\"] }}\n",
    "[dependencies]\nlib = { version = \"v5\", source = \"git+ssh://git@h:22/lib.git\" }\n",
    "[connector]\nbranch = \"field/main\"\nrequirements = \"reqs/a.txt\"\nexclude = [\"Makefile\", \"*.md\", \"/data/\"]\n",
    "[connector]\nservice = \"meter@1\"\npersist = [\"data\", \"a/b.json\", \"..a\"]\n",
    "[health]\ncommand = \"bin/x -q\"\nwithin = 60\nevery = \"2s\"\ntimeout = \"1m\"\nhttp = \"https://[::1]:8080/x\"\n",
    "[health]\ncommand = [\"bin/x\", \"two words\"]\n",
    "[update]\nwindow = \"22:00-04:00\"\ndays = \"mon-fri\"\nbusy = \"/run/x\"\nready = \"bin/r\"\nat-most = \"7d\"\n",
]
# A gupfile, and whether a schema can tell that it is wrong.
WRONG = [
    ("[connector]\nbranhc = \"main\"\n", True),
    ("[rollout]\n", True),
    ("six = \"1\"\n", True),
    ("[[connector]]\n", True),
    ("[connector]\nbranch = 1\n", True),
    ("[connector]\nbranch = \"\"\n", True),
    ("[connector]\nbranch = \"-x\"\n", True),
    ("[connector]\nbranch = \"a..b\"\n", False),
    ("[connector]\nlayout = \"release\"\n", True),
    ("[connector]\nservice = \"--now\"\n", True),
    ("[connector]\nservice = \"meter@.service\"\n", False),
    ("[connector]\npersist = \"data\"\n", True),
    ("[connector]\npersist = [\"data\", 1]\n", True),
    ("[connector]\npersist = [\"../x\"]\n", True),
    ("[connector]\npersist = [\"a/../b\"]\n", True),
    ("[connector]\npersist = [\"/etc\"]\n", True),
    ("[connector]\nrequirements = \"../r.txt\"\n", True),
    ("[connector]\nrequirements = \"gupfile\"\n", False),
    ("[dependencies]\nsix = 1.0\n", True),
    ("[dependencies]\nsix = \"\"\n", True),
    ("[dependencies]\nsix = \">=1.0\"\n", True),
    ("[dependencies]\nsix = \"1.*\"\n", True),
    ("[dependencies]\nsix = \"1 2\"\n", True),
    ("[dependencies]\n\"a b\" = \"1.0\"\n", True),
    ("[dependencies]\n\"six[a\" = \"1.0\"\n", True),
    ("[dependencies]\nsix = { version = 1 }\n", True),
    ("[dependencies]\nsix = { versoin = \"1\" }\n", True),
    ("[dependencies]\nsix = { source = \"git+https://h/x\" }\n", True),
    ("[dependencies]\nsix = { version = \"1\", source = \"https://h/x\" }\n", True),
    ("[dependencies]\nsix = { version = \"1\", source = \"git+https://h/x@v1\" }\n", False),
    ("[dependencies]\nruamel.yaml = \"1\"\n", True),
    ("[dependencies]\nsix = \"1\"\nSix = \"2\"\n", False),
    ("[dependencies]\nsix = { version = \"1\", hashes = [] }\n", True),
    ("[dependencies]\nsix = { version = \"1\", hashes = [\"md5:d41d8cd98f00b204e9800998ecf8427e\"] }\n", True),
    ("[dependencies]\nsix = { version = \"1\", extras = [\"a b\"] }\n", True),
    (f"[dependencies]\nsix = {{ version = \"1\", source = \"git+https://h/x\", hashes = [\"{HASH}\"] }}\n", True),
    ("[hooks]\npre_update = \"x\"\n", True),
    ("[hooks]\npre-update = \"/bin/true\"\n", True),
    ("[health]\ncommand = []\n", True),
    ("[health]\ncommand = \"../check\"\n", False),
    ("[health]\nhttp = \"ftp://h/\"\n", True),
    ("[health]\nhttp = \"http://u:p@h/\"\n", False),
    ("[health]\nevery = \"0s\"\n", True),
    ("[health]\nwithin = \"soon\"\n", True),
    ("[health]\nwithin = 86401\n", True),
    ("[health]\nwithin = \"25h\"\n", False),
    ("[update]\nwindow = \"25:00-26:00\"\n", False),
    ("[update]\nat-most = [1]\n", True),
]


@pytest.mark.parametrize("text", RIGHT)
def test_the_schema_accepts_what_the_agent_accepts(gupfile, tmp_path, text):
    write(tmp_path / "a.gupfile", text)
    assert run_lint(tmp_path, "a.gupfile").returncode == 0, text
    gupfile.validate(tomllib.loads(text))


@pytest.mark.parametrize(("text", "is_told"), WRONG)
def test_the_schema_refuses_what_the_agent_refuses_where_a_schema_can_tell(gupfile, tmp_path, text, is_told):
    write(tmp_path / "a.gupfile", text)
    assert run_lint(tmp_path, "a.gupfile").returncode == 1, text
    assert gupfile.is_valid(tomllib.loads(text)) is not is_told


@pytest.mark.parametrize("text", [
    "rot = \"x\"\n", "root = 1\n", "[rnu]\n", "[run]\ndelay = \"soon\"\n", "[run]\nreboot = \"maybe\"\n", "[network]\nparallel = 0\n",
    "[network]\nparallel = 65\n", "[network]\nretries = \"many\"\n", "[network]\nmax-rate = \"fast\"\n", "[python]\ninstaller = \"conda\"\n",
    "[python]\ncreate-venv = \"maybe\"\n", "[update]\nkeep = 1\n", "[services]\nallow = 1\n", "[logging]\nlevel = \"loud\"\n",
    "[connector]\nname = \"a\"\n", "[[connector]]\nwindow = \"02:00-03:00\"\n", "[[connector]]\nname = \"a\"\nwindwo = \"x\"\n",
    "[[connector]]\nname = \"a\"\nservices = 1\n"])
def test_the_schema_of_the_configuration_refuses_what_the_agent_refuses(config, tmp_path, text):
    write(tmp_path / "gup-agent.toml", text)
    assert run_lint(tmp_path, "gup-agent.toml").returncode == 1, text
    assert not config.is_valid(tomllib.loads(text))


@pytest.mark.parametrize("text", [
    "root = \"/srv\"\n", "[run]\ndelay = \"10s..120s\"\n", "[run]\ndelay = 20\n", "[run]\nreboot = false\n", "[run]\nreboot = \"auto\"\n",
    "[run]\nreboot-command = \"systemctl reboot\"\n", "[schedule]\ntimes = [\"0 2 * * *\", \"0 3 * * *\"]\n", "[network]\nmax-rate = \"200KiB\"\n",
    "[network]\nmax-rate = 0\n", "[network]\nlow-speed-limit = 1000000000\n", "[git]\ndepth = 0\n", "[hooks]\ntimeout = \"5 min\"\n",
    "[services]\nallow = \"a.service b.service\"\n", "[logging]\nlevel = \"debug\"\n"])
def test_the_schema_of_the_configuration_accepts_what_the_agent_accepts(config, tmp_path, text):
    write(tmp_path / "gup-agent.toml", text)
    assert run_lint(tmp_path, "gup-agent.toml").returncode == 0, text
    config.validate(tomllib.loads(text))


def test_an_unknown_name_is_a_usage_error():
    done = run_author(PROJECT, "schema", "gupfiel")
    assert done.returncode == 2 and "gupfile" in done.stderr and done.stdout == ""
