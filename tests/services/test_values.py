# SPDX-License-Identifier: Apache-2.0
"""Arguments and variables of containers arrive as compose means them, through our units, Quadlet, systemd and podman."""
from __future__ import annotations

import random

FIXED = ["", " ", "  two  blanks  ", "\t", "a\tb", "a\nb", "\n", "line\n", "\n\n", "a\r\nb", "'", '"', "''", '""', "it's", 'say "hi"', "\\", "\\\\", "a\\",
         "\\n", "\\x41", "$", "$$", "$HOME", "${HOME}", "$(date)", "`date`", "a$", "$1", "$$HOME", "%", "%%", "%h", "%n", "%i", "%t", "100%",
         "date +%H:%M", "%%h", "#", "# comment", ";", "; comment", "a;b", "&&", "|", ">", "<", "*", "?", "~", "~/x", "!", "!x", "[Service]",
         "[Service]\nExecStart=/bin/false", "\n[Service]\nExecStartPre=/bin/false\n", "=", "a=b", "=a", "-", "--", "-x", "--name=other", "@", "@x",
         ":", "a:b", ",", "a,b", "{", "}", "{}", '{"a": "b"}', "(", ")", "/", "//", "null", "~", "true", "0", "010", "1.50", "1e3", "é", "日本", "🙂",
         "a\u00a0b", "e\u0301", "\u2028", "\ufeff", "\x01", "\x1b[31m", "\x7f", "x" * 5000, " leading", "trailing ", "trailing\\", "a\\ b",
         "'a' \"b\" $c %d \\e", "%%%", "$$$", "\\$x", "\\%h", "\"$HOME\"", "'$HOME'", "${X:-y}", "${X", "$}", "a b\tc\nd", "é%$\"'\\\n"]
ALPHABET = [*"ab %$\"'\\\n\t;#=-{}[]()&|<>*?~!:,@/`0", "é", "%h", "$A", "${A}", "\\n"]


def values() -> list[str]:
    chance = random.Random(17)
    made = list(FIXED)
    while len(made) < 200:
        made.append("".join(chance.choice(ALPHABET) for _ in range(chance.randint(1, 24))))
    return made


def quoted(text: str) -> str:
    """A double-quoted scalar of YAML that compose does not interpolate."""
    escapes = {'"': '\\"', "\\": "\\\\", "$": "$$"}
    return '"' + "".join(escapes.get(c, c if c.isprintable() and ord(c) < 0x2000 else f"\\U{ord(c):08x}") for c in text) + '"'


def compose(image: str, wanted: list[str]) -> str:
    lines = ["services:", "  show:", f"    image: {image}", "    volumes: [/srv/out:/out]", "    command:"]
    lines += [f"      - {quoted(value)}" for value in wanted]
    lines += ["    environment:"] + [f"      V{number}: {quoted(value)}" for number, value in enumerate(wanted)]
    return "\n".join(lines) + "\n"


def test_arguments_and_variables_arrive_as_they_are(tree, images):
    wanted = values()
    assert len(wanted) >= 200
    tree.write("/srv/gw/services/show/compose.yaml", compose(images.show.tag, wanted))
    tree.file("/srv/out").mkdir()
    made = tree.run("/usr/bin/gup-agent", "services", "generate-units", "--affected-services", "show", "--services-dir", "/srv/gw/services")
    assert made.code == 0, made
    started = tree.run("/usr/bin/gup-agent", "services", "restart", "--affected-services", "show")
    assert started.code == 0, started
    arguments = tree.file("/srv/out/arguments").read_bytes().decode().split("\0")[:-1]
    environment = tree.file("/srv/out/environment").read_bytes().decode().split("\0")[:-1]
    got = dict(variable.split("=", 1) for variable in environment)
    # podman itself takes CR LF in a variable for LF.
    wrong = [(number, value, got.get(f"V{number}")) for number, value in enumerate(wanted)
             if got.get(f"V{number}") != value.replace("\r\n", "\n")]
    assert not wrong
    assert arguments[:2] == ["/bin/sh", "/run.sh"]
    different = [(number, value, arrived) for number, (value, arrived) in enumerate(zip(wanted, arguments[2:])) if value != arrived]
    assert not different
    assert len(arguments) == len(wanted) + 2
