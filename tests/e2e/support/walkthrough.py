# SPDX-License-Identifier: Apache-2.0
"""Runs the commands of a page such as docs/getting-started.md, one after another, in one shell, as a user would type them.

Blocks of the language `console` have commands ("$ " and "> " in front) and what they show. Everything runs for real as a plain user
in a clean home; only the package index is a local one. `compare` tells where a page shows something else; `write` mends the page:

    GUP_AGENT=build/native/gup-agent tests/e2e/support/walkthrough.py docs/getting-started.md
"""
from __future__ import annotations

import os
import pty
import pwd
import re
import secrets
import select
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from gateway import AGENT, remove  # noqa: E402
from servers import Web  # noqa: E402
from tools import SYSTEM_PATH  # noqa: E402
from wheels import Index  # noqa: E402

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOME, USER = "/home/pi", "pi"  # in the page; the real ones are a temporary folder and the user of the test
NOBODY = 65534
PACKAGES = {"six": ("1.16.0", "1.17.0")}
# What differs from run to run.
VOLATILE = [
    (r"\d{4}-\d\d-\d\d[T_ ]\d\d[:_]\d\d(:\d\d)?([+-]\d{4}|Z)?", "TIME"),
    (r"\b\d\d:\d\d(:\d\d)?\b", "TIME"),
    (r"\b[0-9a-f]{7,40}\b", "COMMIT"),
    (r"\b(just now|\d+(\.\d+)? ?(ms|s|min|h|seconds?|minutes?)( ago)?)\b", "SPAN"),
    (r"\b\d+(\.\d+)? (B|kB|KB|KiB|MB|MiB)\b", "SIZE"),
    (r"\bgup-agent \d+\.\d+\.\d+\S*", "VERSION"),
    (r"\bx86_64|aarch64|armv7l\b", "MACHINE"),
    (r"\bprocess \d+|pid \d+", "PROCESS"),
    (r"[─-]{3,}", "LINE"),
    # The machine's name, and what starts its runs.
    (r"\S*…", "MORE"),
    (r"\bgateway \S+", "GATEWAY"),
    (r"\b(no )?next run\b.*?(?= CONNECTOR |$)", "NEXT"),
]


@dataclass
class Step:
    command: str  # without the prompts
    shown: str    # what the page shows


def steps_of(block: str) -> list[Step]:
    steps: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append(Step(line[2:], ""))
        elif line.startswith("> "):
            steps[-1].command += "\n" + line[2:]
        elif line == ">":
            steps[-1].command += "\n"
        else:
            steps[-1].shown += line + "\n"
    return steps


def settled(text: str) -> str:
    """The text without what differs from run to run. Where a line is wrapped depends on the length of names, so that differs, too."""
    text = " ".join(text.split())
    for pattern, word in VOLATILE:
        text = re.sub(pattern, word, text)
    return text


class Shell:
    """A shell on a terminal without colours, as a plain user."""

    def __init__(self, home: Path, index: str, columns: int = 100):
        self.home = home
        self.user = pwd.getpwuid(os.geteuid() or NOBODY).pw_name
        who = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
        environment = {
            "PATH": SYSTEM_PATH, "HOME": str(home), "LC_ALL": "C.UTF-8", "TERM": "dumb", "COLUMNS": str(columns), "TZ": "UTC",
            "PIP_INDEX_URL": index, "PIP_TRUSTED_HOST": "127.0.0.1", "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "GIT_AUTHOR_NAME": "You", "GIT_AUTHOR_EMAIL": "you@example.org",
            "GIT_COMMITTER_NAME": "You", "GIT_COMMITTER_EMAIL": "you@example.org", "GIT_CONFIG_SYSTEM": "/dev/null",
        }
        self.master, slave = pty.openpty()
        subprocess.run(["stty", "-echo", "-onlcr", "cols", str(columns), "rows", "50"], stdin=slave, check=True)
        self.process = subprocess.Popen([*who, "bash", "--norc", "--noprofile"], cwd=home, env=environment, stdin=subprocess.PIPE,
                                        stdout=slave, stderr=slave)
        os.close(slave)

    def run(self, command: str, seconds: float = 120.0) -> str:
        mark = secrets.token_hex(8)
        # The command gets the terminal's output and no input, so that it cannot read the next command.
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\nprintf '%s' {mark[:8]}''{mark[8:]}\n".encode())
        self.process.stdin.flush()
        text, end = b"", time.monotonic() + seconds
        while mark.encode() not in text:
            if not select.select([self.master], [], [], max(0.0, end - time.monotonic()))[0]:
                raise AssertionError(f"after {seconds} s the page's command has not ended: {command}\n{text.decode(errors='replace')}")
            text += os.read(self.master, 65536)
        shown = text.replace(mark.encode(), b"").decode().replace("\r\n", "\n").replace("\r", "\n")
        shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown).replace(str(self.home), HOME)
        return re.sub(rf"\b(as|owner) {self.user}\b", rf"\1 {USER}", shown)

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def walk(page: str, base: Path, web: Web) -> list[tuple[Step, str]]:
    """Each step of the page with what it really shows. `base` is served by `web`."""
    index = Index(base / "index")
    for name, versions in PACKAGES.items():
        index.add(name, *versions)
    home = base / "home"
    home.mkdir()
    shutil.copy(AGENT[-1], home / "gup-agent")
    if os.geteuid() == 0:
        for path in (home, home / "gup-agent"):
            os.chown(path, NOBODY, NOBODY)
    shell = Shell(home, web.files(index.folder))
    try:
        return [(step, shell.run(step.command)) for block in BLOCK.findall(page) for step in steps_of(block)]
    finally:
        shell.stop()


def compare(walked: list[tuple[Step, str]]) -> list[str]:
    return [f"$ {step.command}\nthe page shows:\n{settled(step.shown)}\nbut really it is:\n{settled(real)}\n"
            for step, real in walked if settled(step.shown) != settled(real)]


def mended(page: str, walked: list[tuple[Step, str]]) -> str:
    """The page with what its commands really show. What only differs from run to run stays."""
    left = list(walked)

    def block(match: re.Match) -> str:
        text = ""
        for _ in steps_of(match[1]):
            step, real = left.pop(0)
            prompted = "$ " + "\n".join(line if not number else f"> {line}".rstrip()
                                        for number, line in enumerate(step.command.split("\n")))
            shown = step.shown if settled(step.shown) == settled(real) else real.strip("\n") + "\n"
            text += prompted + "\n" + ("\n".join(line.rstrip() for line in shown.splitlines()) + "\n" if shown.strip() else "")
        return f"```console\n{text}```"

    return BLOCK.sub(block, page)


def main() -> int:
    path = Path(sys.argv[1])
    page = path.read_text(encoding="utf-8")
    base = Path(tempfile.mkdtemp(prefix="gup-page-"))
    base.chmod(0o755)
    web = Web(base)
    try:
        path.write_text(mended(page, walk(page, base, web)), encoding="utf-8")
    finally:
        web.stop()
        remove(base)
    return 0


if __name__ == "__main__":
    sys.exit(main())
