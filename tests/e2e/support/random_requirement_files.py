# SPDX-License-Identifier: Apache-2.0
"""Random requirements files: lines that pip reads, spelled in many ways, and some with one byte changed."""
from __future__ import annotations

import random

NAMES = ["six", "paho-mqtt", "Requests", "zope.interface", "ruamel_yaml", "a", "A-b_c.d", "backports.zoneinfo", "idna", "x1", "2to3", "py3"]
VERSIONS = ["1.0", "2.31.0", "1", "1.0rc1", "2!1.0", "1.0.post1", "1.0+local.2", "0.0.1.dev3", "1.0a", "v1.0", "01.2"]
OPERATORS = ["==", " == ", "==  ", " ==", "===", ">=", "~= ", "!=", "<", "<=", ">"]
EXTRAS = ["", "", "", "[socks]", "[a,b]", "[ a , B_c ]", " [x]", "[]"]
MARKERS = ["python_version < '3'", 'sys_platform == "linux"', "python_version>='3.8' and os_name=='posix'",
           "(platform_machine == 'armv7l' or platform_machine=='aarch64') and python_full_version < '3.12.1'",
           "implementation_name != 'pypy'", "'linux' in sys_platform", "python_version not in '2.7,3.5'", "extra == 'x'", "os.name == 'nt'"]
BEFORE_MARKER = [";", "; ", " ; ", " ;", "  ;  "]
GIT = ["git+https://git.example.org/org/lib.git", "git+ssh://git@git.example.org/lib", "git+file:///srv/git/lib.git", "git+https://me:pass@git.example.org:8443/lib.git"]
REVISIONS = ["@v1.0", "@main", "@release/1.0", "@0123456789012345678901234567890123456789"]
ARCHIVES = ["https://example.org/f/{0}-1.0-py3-none-any.whl", "https://example.org/{0}-1.0.tar.gz", "http://example.org:8080/{0}-1.0.zip", "https://example.org/archive/v1.0.zip"]
OPTIONS = ["-i https://pypi.example.org/simple", "--index-url=https://pypi.example.org/simple", "--extra-index-url https://b.example.org/simple", "--extra-index https://c.example.org",
           "--no-index", "-f https://example.org/wheels", "--find-links=https://example.org/w", "--pre", "--prefer-binary", "--require-hashes", "--trusted-host example.org",
           "--only-binary :all:", "--no-binary=six", "--use-feature=fast-deps", "--trusted-host 'example.org'", "-ihttps://pypi.example.org/simple", "--no-deps", "-x", "--index-url"]
COMMENTS = ["# note", "  # note", "#", "# ünïcode", "#no blank", "\t# tab", "# ends with \\"]
ENDS = ["\n", "\n", "\n", "\n", "\r\n", "\n\n", "\n  \n"]
BYTES = list(" \t#\\;@=<>!~[](),.-_'\"${}:/+&%*\n\rabz019é\x0b")


def digest(source: random.Random) -> str:
    return "".join(source.choice("0123456789abcdef") for _ in range(64))


class Writer:
    def __init__(self, source: random.Random):
        self.source = source
        self.names = NAMES[:]
        source.shuffle(self.names)
        self.is_hashed = source.random() < 0.2

    def any_of(self, words: list[str]) -> str:
        return self.source.choice(words)

    def chance(self, part: float) -> bool:
        return self.source.random() < part

    def marker(self) -> str:
        return self.any_of(BEFORE_MARKER) + self.any_of(MARKERS) if self.chance(0.25) else ""

    def hashes(self) -> str:
        if not self.is_hashed:
            return ""
        between = self.any_of([" ", " \\\n    ", " \\\r\n", "  "])
        return "".join(f"{between}--hash{self.any_of(['=', ' '])}sha256:{digest(self.source)}" for _ in range(self.source.randint(1, 3)))

    def from_index(self, name: str) -> str:
        clauses = [self.any_of(OPERATORS) + self.any_of(VERSIONS) for _ in range(self.source.choice([1, 1, 1, 1, 2, 3]))]
        specifier = self.any_of([",", ", ", " , "]).join(clauses)
        if self.chance(0.05):
            specifier = f"({specifier})"
        if self.chance(0.1):
            specifier = self.any_of(["", "==1.*", "!=2.*", "==1.0,", "=1.0", "== "])
        return name + self.any_of(EXTRAS) + specifier + self.marker() + self.hashes()

    def direct(self, name: str) -> str:
        after = self.any_of(["", "", "#subdirectory=src", f"#egg={name}", f"#egg={name}&subdirectory=a/b"])
        if self.chance(0.5):
            url = self.any_of(GIT) + self.any_of(REVISIONS) + after
        else:
            url = self.any_of(ARCHIVES).format(name.replace("-", "_")) + (f"#sha256={digest(self.source)}" if self.chance(0.3) else after)
        marker = self.any_of([" ; ", "; ", " ;"]) + self.any_of(MARKERS) if self.chance(0.2) else ""
        if self.chance(0.3):
            # pip takes " ;" without a blank behind it for a part of the URL.
            marker = marker.replace(" ;", " ; ")
            return self.any_of(["", "", "-e ", "--editable="]) + url + marker
        return name + self.any_of(EXTRAS) + self.any_of([" @ ", "@", " @", "@ "]) + url + marker

    def line(self) -> str:
        kind = self.source.random()
        if kind < 0.08:
            return self.any_of(COMMENTS)
        if kind < 0.16:
            return self.any_of(OPTIONS) + (" " + self.any_of(OPTIONS) if self.chance(0.1) else "")
        if kind < 0.2:
            return self.any_of(["-e .", ".", "./", "-e .[x]", ".[x,y]", "-r more.txt", "--requirement=more.txt", "-c limits.txt", "-r missing.txt", "--req more.txt"])
        if not self.names:
            return ""
        name = self.names.pop()
        line = self.direct(name) if kind < 0.4 else self.from_index(name)
        if self.chance(0.1):
            at = self.source.randrange(len(line) + 1)
            line = line[:at] + "\\\n" + line[at:]
        return line + (self.any_of(COMMENTS) if self.chance(0.15) else "")


def requirement_files(seed: int) -> dict[str, str]:
    """The files of one question, as their texts by path."""
    source = random.Random(seed)
    writer = Writer(source)
    text = "".join(writer.line() + source.choice(ENDS) for _ in range(source.randint(1, 4)))
    if source.random() < 0.3 and text:
        at = source.randrange(len(text))
        text = text[:at] + source.choice(BYTES) + text[at + source.randrange(2):]
    return {"requirements.txt": text, "more.txt": "certifi==2023.7.22\n", "limits.txt": "urllib3<2\ncharset-normalizer==3.0\n",
            "setup.py": "setup(name='meter')\n"}
