# SPDX-License-Identifier: Apache-2.0
"""The reference pages and the man pages know exactly the commands, options and keys of the program."""
from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from gateway import AGENT, PROJECT

MAN = PROJECT / "packaging/deb/man"


def printed(*arguments: str) -> str:
    done = subprocess.run([*AGENT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and done.stderr == "", done
    return done.stdout


def keys_of_schema(name: str) -> dict[str, dict]:
    """The keys with their schemas: "root", "run.delay", "connector.window"."""
    found = {}
    for key, schema in json.loads(printed("schema", name))["properties"].items():
        inner = schema.get("properties") or schema.get("items", {}).get("properties")
        found.update({f"{key}.{below}": one for below, one in inner.items()} if inner else {key: schema})
    return found


def test_the_pages_are_what_the_program_prints():
    done = subprocess.run([PROJECT / ".ci/reference", "--check"], capture_output=True, text=True,
                          env={**os.environ, "GUP_AGENT": " ".join(AGENT)})
    assert done.returncode == 0, done.stdout + done.stderr


def test_an_unknown_page_is_refused_with_the_known_ones():
    done = subprocess.run([*AGENT, "reference", "keys"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == "" and "configuration" in done.stderr, done


@pytest.mark.parametrize("page, name", [("configuration", "gup-agent.toml"), ("gupfile", "gupfile")])
def test_the_page_has_a_heading_for_each_key(page, name):
    headings = re.findall(r"^#### (\S+)$", printed("reference", page), re.M)
    expected = [key for key in keys_of_schema(name) if key != "dependencies"]
    assert [one for one in headings if not one.startswith("dependencies.")] == [one for one in headings if one in expected]
    assert set(expected) <= set(headings) and len(headings) == len(set(headings))


def test_each_key_of_the_configuration_is_explained_with_its_default_and_variable():
    text = printed("reference", "configuration")
    for key, schema in keys_of_schema("gup-agent.toml").items():
        part = re.search(rf"^#### {re.escape(key)}\n\n(.+?)\n\n(- Value: .+?)(?=\n\n|\Z)", text, re.M | re.S)
        assert part and len(part[1]) > 10, key
        assert schema["description"] == part[1].replace("`", ""), key
        if "default" in schema:
            assert f"- Default: `{json.dumps(schema['default'])}`\n" in part[2] + "\n", key
        if not key.startswith("connector."):
            assert f"`GUP_{re.sub('[.-]', '_', key).upper()}`" in part[2], key


def words(line: str) -> list[str]:
    """The names of ".It Ic window , days"."""
    return [word for word in line.split()[2:] if word != ","]


def keys_of_configuration_page() -> list[str]:
    found, table = [], ""
    for line in (MAN / "gup-agent.toml.5").read_text().splitlines():
        if line.startswith(".Ss "):
            table = "" if line == ".Ss Top level" else line[4:].strip("[]") + "."
        if line.startswith(".It Ic "):
            found += [table + word for word in words(line)]
    return found


def keys_of_gupfile_page() -> list[str]:
    found, table, depth = [], "", 0
    for line in (MAN / "gupfile.5").read_text().splitlines():
        if line.startswith(".Sh HOOKS"):
            break
        if line.startswith(".It Ic ["):
            table = line.split()[2].strip("[]") + "."
        elif line.startswith(".It Ic "):
            found += [table + word for word in words(line)]
    return found


def test_the_man_page_of_the_configuration_has_each_key_once():
    assert sorted(keys_of_configuration_page()) == sorted(keys_of_schema("gup-agent.toml"))


def test_the_man_page_of_the_gupfile_has_each_key_once():
    assert sorted(keys_of_gupfile_page()) == sorted(key for key in keys_of_schema("gupfile") if key != "dependencies")


def test_the_man_page_of_the_configuration_has_the_defaults():
    text = (MAN / "gup-agent.toml.5").read_text()
    for key, schema in keys_of_schema("gup-agent.toml").items():
        if schema.get("default") in (None, "", [], False):
            continue
        section = text[text.index(".Ss [" + key.split(".")[0] + "]"):]
        part = re.search(rf"^\.It Ic (?:\S+ , )*{key.split('.')[1]}\b.*?(?=^\.It |^\.El)", section, re.M | re.S)
        default = schema["default"]
        shown = part[0].replace("\\(dq", '"').replace(".Qq ", "").replace(".Li ", "")
        wanted = json.dumps(default) if isinstance(default, (list, bool)) else str(default)
        assert f"Default: {wanted}" in re.sub(r"Default:\n", "Default: ", shown), key


def commands_and_options() -> tuple[set[str], set[str]]:
    text = printed("reference", "commands")
    commands = set(re.findall(r"^### (.+)$", text, re.M))
    options = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", "\n".join(re.findall(r"^\| `(-.*?)` \|", text, re.M))))
    assert {"run", "now", "release prune"} <= commands and {"--json", "--root", "--retry", "--keep"} <= options
    return commands, options


def man_page_of_the_program() -> str:
    return (MAN / "gup-agent.8").read_text()


def test_the_man_page_explains_each_command_and_no_other():
    commands, _ = commands_and_options()
    families = {one.split()[0] for one in commands if " " in one}
    explained = []
    for line in re.findall(r"^\.It Cm (.*)$", man_page_of_the_program(), re.M):
        first, second = [*line.split(), ""][:2]
        explained.append(f"{first} {second}" if first in families else first)
    assert sorted(explained) == sorted(commands - families)


def test_the_man_page_names_each_option_and_no_other():
    _, options = commands_and_options()
    named = {"--" + one for one in re.findall(r"Fl Fl ([a-z][a-z-]*)", man_page_of_the_program())}
    assert options - {"--help"} <= named | {"--help"}
    foreign = {"--index-url"}
    assert named - foreign <= options | {"--help"}
