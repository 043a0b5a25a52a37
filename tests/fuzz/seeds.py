# SPDX-License-Identifier: Apache-2.0
"""First inputs for the fuzz targets: the strings in the unit tests of the same code, and some that are made here.

    seeds(NAME, FOLDER) writes one file for each input of the target NAME to FOLDER.
"""
from __future__ import annotations

import hashlib
import io
import re
import zipfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
# The tests, below tests/unit, whose strings a target gets.
TESTS = {
    "compose": ["core/compose/*", "core/compose/*/*", "core/yaml/*"],
    "cron": ["core/declaration/cron_*", "core/declaration/update_window*"],
    "generation": ["core/generation*", "connector/*"],
    "gupfile": ["core/declaration/gupfile*", "core/declaration/requirement*"],
    "journal": ["core/journal_format*", "transaction/*"],
    "manifest": ["selfupdate/*"],
    "metadata": ["python/*"],
    "minisign": ["util/crypto/*", "selfupdate/*"],
    "pep508": ["core/packaging/*"],
    "pkt_line": ["source/transport/*"],
    "registry": ["core/image/*", "source/registry/*"],
    "requirements": ["core/requirements/*"],
    "s3_answer": ["source/archive/*"],
    "ssh_config": ["source/remote/*"],
    "status": ["status/*", "core/report*"],
    "toml": ["core/declaration/toml*", "core/declaration/gupfile*"],
    "url": ["util/url*", "core/declaration/source_address*"],
    "worker": ["util/worker/*", "update/worker*", "update/supervise/*"],
    "zip": ["util/zip/*"],
}
# A raw string, or a plain one with its escapes; strings that follow each other are one.
PLAIN = r'"(?:[^"\\\n]|\\.)*"'
LITERAL = re.compile(rf'R"([A-Za-z]*)\((?P<raw>.*?)\)\1"|(?P<plain>{PLAIN}(?:\s*{PLAIN})*)', re.S)
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "\\": "\\", '"': '"', "'": "'"}
LONGEST = 16 * 1024


def unescaped(text: str) -> bytes:
    parts = re.findall(PLAIN, text)
    joined = "".join(part[1:-1] for part in parts)
    joined = re.sub(r"\\x([0-9a-fA-F]{1,2})", lambda match: chr(int(match[1], 16)), joined)
    joined = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), joined)
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[0]), joined).encode("utf-8", "surrogatepass")


def strings_of_tests(name: str):
    for pattern in TESTS[name]:
        for path in sorted((PROJECT / "tests/unit").glob(pattern + ".cpp")):
            for match in LITERAL.finditer(path.read_text(encoding="utf-8")):
                raw = match["raw"]
                yield raw.encode() if raw is not None else unescaped(match["plain"])


def archives():
    """Small archives, as Python makes them."""
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        for names in (["gupfile"], ["a/b/c.py", "a/d"], ["folder/", "folder/run.sh"], []):
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w", method) as archive:
                for name in names:
                    archive.writestr(name, "" if name.endswith("/") else "requests,2.31.0\n" * 20)
                link = zipfile.ZipInfo("link")
                link.external_attr = 0o120777 << 16
                archive.writestr(link, "gupfile")
            yield made.getvalue()


def packet(line: str) -> bytes:
    return f"{len(line) + 4:04x}{line}".encode()


def ref_messages():
    """A size of the pieces, and messages of both versions of git's protocol."""
    identifier = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    for piece in (b"\x00", b"\x07", b"\xff"):
        yield piece + packet("# service=git-upload-pack\n") + b"0000" + packet("version 2\n") + packet("ls-refs=unborn\n") + b"0000"
        yield (piece + packet(f"{identifier} HEAD\0multi_ack symref=HEAD:refs/heads/main\n") +
               packet(f"{identifier} refs/heads/main\n") + b"0000")
        yield (piece + packet(f"{identifier} HEAD symref-target:refs/heads/main\n") +
               packet(f"{identifier} refs/tags/v1 peeled:{identifier}\n") + b"0000")
        yield piece + packet("ERR no such repository\n") + b"00010002"


def cbor(value) -> bytes:
    """RFC 8949, as much of it as messages need."""
    def head(kind: int, number: int) -> bytes:
        short = bytes([kind << 5 | number]) if number < 24 else None
        return short or bytes([kind << 5 | 25]) + number.to_bytes(2, "big")
    if isinstance(value, bool) or value is None:
        return bytes([0xF6 if value is None else 0xF4 + value])
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(one) for key, one in value.items())


def worker_messages():
    """A size of the pieces, and messages with their length in front."""
    report = {"name": "meter", "outcome": "updated", "reason": "", "hint": "", "generation": "2026-11-29_22_30-main-3676fc3",
              "waits_for_reboot": False, "pins": [{"name": "requests", "from": "2.30", "to": "2.31"}]}
    error = {"code": 3, "message": "it does not answer", "hint": "", "cause": 0}
    messages = [report, {"connectors": [report, report], "interrupted": False}, error,
                {"findings": [{"check": "owner", "subject": "meter", "what": "x", "why": "y", "hint": "z"}], "notes": ["n"], "checks": 24,
                 "survey": {"needs": [{"place": "/srv", "use": "code", "bytes": 1, "files": 2}], "windows": {"meter": {"hours": "2-4"}},
                            "any_https": True}, "answers": [{"connector": "meter", "host": "h", "error": error}]}]
    bodies = [cbor(message) for message in messages]
    for piece in (b"\x03", b"\xff"):
        yield from (piece + len(body).to_bytes(4, "big") + body for body in bodies)
        yield piece + b"".join(len(body).to_bytes(4, "big") + body for body in bodies)


MADE = {"worker": worker_messages, "zip": archives, "pkt_line": ref_messages}


def seeds(name: str, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    inputs = {text for text in strings_of_tests(name) if 0 < len(text) <= LONGEST}
    inputs.update(MADE.get(name, list)())
    for text in inputs:
        (folder / hashlib.sha256(text).hexdigest()[:16]).write_bytes(text)
    return len(inputs)
