# SPDX-License-Identifier: Apache-2.0
"""Zip archives of people and attackers, byte by byte: HOSTILE has each with a part of the sentence that refuses it."""
from __future__ import annotations

import stat
import struct
import zlib
from dataclasses import dataclass, field
from typing import Callable

FILE = stat.S_IFREG | 0o644
FOLDER = stat.S_IFDIR | 0o755
LINK = stat.S_IFLNK | 0o777
ZIP64 = 0xFFFFFFFF


@dataclass
class Entry:
    """One file of an archive. `local` and `central` change fields of the local and of the central header."""
    name: str | bytes
    data: bytes = b""
    mode: int = FILE
    system: int = 3
    flags: int = 0
    method: int = 8
    extra: bytes = b""
    attributes: int | None = None
    packed: bytes | None = None
    local: dict = field(default_factory=dict)
    central: dict = field(default_factory=dict)
    descriptor: bytes = b""

    def header(self, **said: int | bytes) -> dict:
        name = self.name if isinstance(self.name, bytes) else self.name.encode()
        packed = self.packed_bytes()
        utf8 = 0x800 if not name.isascii() else 0
        return {"flags": self.flags | utf8, "method": self.method, "crc": zlib.crc32(self.data), "packed": len(packed),
                "size": len(self.data), "name": name, "extra": self.extra, **said}

    def packed_bytes(self) -> bytes:
        if self.packed is not None:
            return self.packed
        return deflated(self.data) if self.method == 8 else self.data


def deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def local_header(it: dict) -> bytes:
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, it["flags"], it["method"], 0, 0x5821, it["crc"], it["packed"],
                       it["size"], len(it["name"]), len(it["extra"])) + it["name"] + it["extra"]


def central_header(it: dict, system: int, attributes: int, offset: int) -> bytes:
    return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", system << 8 | 20, 20, it["flags"], it["method"], 0, 0x5821,
                       it["crc"], it["packed"], it["size"], len(it["name"]), len(it["extra"]), 0, 0, 0, attributes,
                       offset) + it["name"] + it["extra"]


def end_of(count: int, length: int, offset: int, comment: bytes = b"", count_here: int | None = None) -> bytes:
    return struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count if count_here is None else count_here, count, length, offset,
                       len(comment)) + comment


def end64_of(count: int, length: int, offset: int, at: int) -> bytes:
    return (struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, count, count, length, offset)
            + struct.pack("<4sIQI", b"PK\6\7", 0, at, 1))


def body_of(entries: list[Entry], offset: int = 0) -> tuple[bytes, bytes]:
    """The files, and the list of them."""
    body, listed = bytearray(), bytearray()
    for entry in entries:
        attributes = entry.mode << 16 if entry.attributes is None else entry.attributes
        place = entry.central.get("offset", offset + len(body))
        listed += central_header(entry.header(**{key: it for key, it in entry.central.items() if key != "offset"}),
                                 entry.system, attributes, place)
        body += local_header(entry.header(**entry.local)) + entry.packed_bytes() + entry.descriptor
    return bytes(body), bytes(listed)


def archive(*entries: Entry, comment: bytes = b"") -> bytes:
    body, listed = body_of(list(entries))
    return body + listed + end_of(len(entries), len(listed), len(body), comment)


def archive64(*entries: Entry, said: int | None = None, at: int | None = None) -> bytes:
    body, listed = body_of(list(entries))
    end64 = end64_of(len(entries) if said is None else said, len(listed), len(body),
                     len(body) + len(listed) if at is None else at)
    return body + listed + end64 + end_of(0xFFFF, ZIP64, ZIP64)


GUPFILE = Entry("gupfile", b"# nothing is pinned\n")
PROGRAM = Entry("main.py", b"print('new')\n", mode=stat.S_IFREG | 0o755)


def with_usual(*entries: Entry, **more: bytes) -> bytes:
    """An archive with the wrong entry between right ones, so that only the wrong one can be the reason."""
    return archive(GUPFILE, *entries, PROGRAM, **more)


def link(name: str, text: bytes) -> Entry:
    return Entry(name, text, mode=LINK, method=0)


def name_is(name: str | bytes) -> Callable[[], bytes]:
    return lambda: with_usual(Entry(name, b"evil\n"))


def wide(size: int, packed: int) -> bytes:
    return struct.pack("<HHQQ", 1, 16, size, packed)


def overlapping() -> bytes:
    """The better zip bomb: many names in the list, one content. Each entry contains the header of the next one."""
    inner = Entry("inner", b"a" * 4096)
    quoted = local_header(inner.header()) + inner.packed_bytes()
    outer = Entry("outer", quoted, method=0)
    body, listed = body_of([GUPFILE, outer, PROGRAM])
    start = body_of([GUPFILE])[0]
    listed += central_header(inner.header(), 3, FILE << 16, len(start) + len(local_header(outer.header())))
    return body + listed + end_of(4, len(listed), len(body))


def hidden_between() -> bytes:
    first, _ = body_of([GUPFILE])
    hidden, _ = body_of([Entry("hidden.py", b"evil\n")], len(first))
    second, _ = body_of([PROGRAM])
    listed = body_of([GUPFILE])[1] + body_of([PROGRAM], len(first) + len(hidden))[1]
    body = first + hidden + second
    return body + listed + end_of(2, len(listed), len(body))


def behind_another() -> bytes:
    before = archive(Entry("hidden.py", b"evil\n"))
    body, listed = body_of([GUPFILE, PROGRAM], len(before))
    return before + body + listed + end_of(2, len(listed), len(before) + len(body))


def twice_in_the_list() -> bytes:
    body, listed = body_of([GUPFILE, PROGRAM])
    again = body_of([GUPFILE])[1]
    return body + listed + again + end_of(3, len(listed + again), len(body))


def many_entries(count: int) -> bytes:
    return with_usual(*(Entry(f"empty/{number}", method=0) for number in range(count)))


def cut(by: int) -> bytes:
    return with_usual(Entry("data.bin", bytes(range(256)) * 16, method=0))[:-by]


def wrong_bytes() -> bytes:
    whole = with_usual(Entry("data.bin", b"0123456789" * 100, method=0))
    return whole.replace(b"0123456789" * 100, b"0123456789" * 99 + b"0123456780")


def broken_stream() -> bytes:
    data = bytes(range(256)) * 64
    packed = bytearray(deflated(data))
    packed[len(packed) // 2:len(packed) // 2 + 8] = b"\xff" * 8
    return with_usual(Entry("data.bin", data, packed=bytes(packed)))


MEBIBYTE = 1 << 20
LOGIN_PAGE = b"<!DOCTYPE html>\n<html><head><title>Welcome to the hotel</title></head></html>\n"

# Different names on a file system that distinguishes them.
ALIKE = {"main.py": b"print('new')\n", "MAIN.py": b"1\n", "Größe/a": b"2\n", "GRÖßE/b": b"3\n", "gr\u00f6ße": b"4\n",
         "gro\u0308ße": b"5\n"}

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "absolute path": (name_is("/tmp/evil"), "is an absolute path"),
    "parent folder": (name_is("../evil"), "leaves the folder"),
    "parent folder in the middle": (name_is("lib/../../evil"), "leaves the folder"),
    "backslashes": (name_is("..\\..\\evil"), "has a backslash"),
    "drive letter": (name_is("C:evil"), "begins with a drive letter"),
    "no name": (name_is(""), "has no name"),
    "empty part": (name_is("lib//evil"), "has an empty part"),
    "NUL in the name": (name_is("main\0.txt"), "has a NUL in its name"),
    "control character in the name": (name_is("evil\x1b[2J"), "has a control character"),
    "name that is not UTF-8": (name_is(b"evil\xff"), "has a name that is not UTF-8"),
    "name that is too long": (name_is("e" * 256), "has a part of more than 255 bytes"),
    "path that is too long": (name_is("deep/" * 300 + "evil"), "has a name of more than 1024 bytes"),
    "link to an absolute path": (lambda: with_usual(link("evil", b"/etc/passwd")), "is a link that leaves the folder"),
    "link out of the folder": (lambda: with_usual(link("lib/evil", b"../../evil")), "is a link that leaves the folder"),
    "link back behind a name": (lambda: with_usual(link("lib/evil", b"deep/../main.py")), "is a link with '..' behind a name"),
    "link through a link": (lambda: with_usual(Entry("a/b/c/x"), link("a/b/c/up", b"../../.."), link("evil", b"a/b/c/up/../x")),
                            "is a link that leads through another one"),
    "link with a NUL": (lambda: with_usual(link("evil", b"main.py\0/../../..")), "is a link with a NUL"),
    "file below a link": (lambda: with_usual(link("lib", b"."), Entry("lib/evil", b"evil\n")), "is below 'lib', which is a link"),
    "file below a file": (lambda: with_usual(Entry("lib", b"a file\n"), Entry("lib/evil", b"evil\n")),
                          "is below 'lib', which is a file"),
    "link in place of a folder": (lambda: with_usual(Entry("lib/evil", b"evil\n"), link("lib", b"/tmp")), "is also a folder: it contains another entry"),
    "hard link": (lambda: with_usual(Entry("evil", extra=struct.pack("<HH12s7s", 0xD, 19, b"", b"gupfile"))), "is a hard link"),
    "device file": (lambda: with_usual(Entry("evil", mode=stat.S_IFBLK | 0o666)), "is a device file"),
    "fifo": (lambda: with_usual(Entry("evil", mode=stat.S_IFIFO | 0o666)), "is a fifo"),
    "socket": (lambda: with_usual(Entry("evil", mode=stat.S_IFSOCK | 0o666)), "is a socket"),
    "the same name twice": (lambda: with_usual(Entry("main.py", b"evil\n")), "appears twice"),
    "the same entry twice": (twice_in_the_list, "overlaps with 'gupfile'"),
    "bomb of one file": (lambda: with_usual(Entry("bomb", bytes(32 * MEBIBYTE))), "more than 200 times"),
    "bomb of many files": (lambda: with_usual(*(Entry(f"bomb/{number}", bytes(MEBIBYTE)) for number in range(20))),
                           "more than 200 times"),
    "bomb with a false size": (lambda: with_usual(Entry("bomb", bytes(64 * MEBIBYTE), local={"size": 4096},
                                                               central={"size": 4096})), "has more bytes than it says"),
    "overlapping entries": (overlapping, "overlaps with 'outer'"),
    "too many entries": (lambda: many_entries(50_000), "it has 50002 entries, more than 50000"),
    "encrypted": (lambda: with_usual(Entry("secret", b"\0" * 24, flags=1)), "is encrypted"),
    "unknown method": (lambda: with_usual(Entry("packed", b"1234", method=14)), "an unsupported method (LZMA)"),
    "wrong checksum": (wrong_bytes, "bad CRC"),
    "broken stream": (broken_stream, "is damaged"),
    "cut off": (lambda: cut(300), "it is cut off"),
    "cut off in the middle": (lambda: cut(3000), "it is cut off"),
    "two names": (lambda: with_usual(Entry("good", b"1", local={"name": b"evil"})), "is called 'evil' in its own header"),
    "second Unicode name": (lambda: with_usual(Entry("good", b"1", extra=struct.pack("<HHBI", 0x7075, 9, 1, zlib.crc32(b"good"))
                                                     + b"evil")), "has a second name, 'evil'"),
    "two sizes": (lambda: with_usual(Entry("good", b"12345", method=0, local={"packed": 4, "size": 4})),
                  "differs between the list and its own header"),
    "zip64 with false numbers": (lambda: with_usual(Entry("bomb", b"1", method=0, local={"size": ZIP64, "packed": ZIP64},
                                                 extra=wide(1 << 40, 1 << 40), central={"size": ZIP64, "packed": ZIP64})),
                        "is cut off"),
    "zip64 end with false numbers": (lambda: archive64(GUPFILE, PROGRAM, said=3), "it says that it has 3 entries, and has 2"),
    "archive behind its end": (lambda: with_usual() + archive(Entry("gupfile", b"evil\n"))[:-22], "follow its end"),
    "two archives": (lambda: with_usual() + archive(Entry("gupfile", b"evil\n")), "the list of its files is not where its end says"),
    "archive before its beginning": (behind_another, "belong to no file"),
    "hidden entry": (hidden_between, "belong to no file"),
    "second end in the comment": (lambda: with_usual(comment=b"see " + end_of(0, 0, 0)), "the list of its files is not where"),
    "one of several volumes": (lambda: with_usual()[:-22] + end_of(2, 0, 0, count_here=1), "one of several volumes"),
    "login page": (lambda: LOGIN_PAGE, "is not a zip archive: it begins with '<!DOCTYPE html>'"),
    "another kind of archive": (lambda: b"\x1f\x8b\x08\0" + bytes(60), "is not a zip archive: it begins with '\\x1f\\x8b"),
    "nothing": (lambda: b"", "is empty"),
    "no file in it": (archive, "it contains no file"),
}
