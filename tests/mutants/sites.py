# SPDX-License-Identifier: Apache-2.0
"""The places where a C++ file can be mutated: one operator, one constant or one return value. This module writes no file."""
from __future__ import annotations

import re
from typing import NamedTuple

# Strings, character literals, comments and lines of the preprocessor: never mutated. A quote between digits is a separator.
NO_CODE = re.compile(r'''
    R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)" | "(?:\\.|[^"\\\n])*" | (?<![0-9a-zA-Z])'(?:\\.|[^'\\\n])+'
    | //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:\\\n|[^\n])*''', re.VERBOSE | re.DOTALL | re.MULTILINE)

# clang-format puts blanks around a binary operator, but not around a template's brackets.
BINARY = {
    "==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">", "&&": "||", "||": "&&",
    "+": "-", "-": "+", "+=": "-=", "-=": "+=",
}
OPERATOR = re.compile(r"(?<=[\s])(?:==|!=|<=|>=|&&|\|\||\+=|-=|<|>|\+|-)(?=\s)")
NEGATION = re.compile(r"(?<![\w!)])!(?=[\w(*:])")
TRUTH = re.compile(r"\b(?:true|false)\b")
# Not a template's argument and not the size of a buffer.
NUMBER = re.compile(r"(?<![\w.'])\d[\d']*(?=[uUlL]*\b)(?![\w.']*[.'x])(?![uUlL]*>)")
BUFFER = re.compile(r"\b(?:char|int|unsigned|byte|std::size_t)\s+\w+\[$")
RETURN = re.compile(r"\breturn\s+(?P<value>[^;]+);")
SWITCH = re.compile(r"\bswitch \([^{]*\{")
AT_ONCE = re.compile(r"\s*return [^;]*;")
DEFAULTS = {"{}", "false", "true", "0", "nullptr", "std::nullopt", '""', r"'\0'"}

# Reserved sizes and read limits can be other numbers without an effect that a test can notice.
SKIPPED_LINES = re.compile(r"reserve\(|1024|<< [12]0U?|static_assert|\bcase\b.*:$|default:")


class Mutant(NamedTuple):
    file: str
    line: int
    begin: int
    end: int
    new: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}  {self.before}  →  {self.after}"


def masked(text: str) -> str:
    """The same text with blanks in place of everything that is not code."""
    return NO_CODE.sub(lambda found: re.sub(r"[^\n]", "\x01" if found[0][0] in "\"'R" else " ", found[0]), text)


def unreachable(code: str) -> list[range]:
    """The returns that the compiler requires after a switch whose cases all return."""
    found = []
    for switch in SWITCH.finditer(code):
        depth, at = 1, switch.end()
        while depth and at < len(code):
            depth += {"{": 1, "}": -1}.get(code[at], 0)
            at += 1
        behind = AT_ONCE.match(code, at)
        if behind and "break;" not in code[switch.end():at]:
            found.append(range(behind.start(), behind.end()))
    return found


def changes(code: str, text: str):
    """(begin, end, replacement) of each possible change."""
    for found in OPERATOR.finditer(code):
        if found[0] == "+" and "\x01" in code[found.start() - 2:found.end() + 2]:
            continue  # strings are added, but not subtracted
        yield found.start(), found.end(), BINARY[found[0]]
    for found in NEGATION.finditer(code):
        yield found.start(), found.end(), ""
    for found in TRUTH.finditer(code):
        yield found.start(), found.end(), "false" if found[0] == "true" else "true"
    for found in NUMBER.finditer(code):
        if not BUFFER.search(code, max(0, found.start() - 40), found.start()):
            number = int(found[0].replace("'", ""))
            yield found.start(), found.end(), {0: "1", 1: "0"}.get(number, str(number + 1))
    for found in RETURN.finditer(code):
        if text[found.start("value"):found.end("value")].strip() not in DEFAULTS:
            yield found.start("value"), found.end("value"), "{}"


def mutants_of(file: str, text: str) -> list[Mutant]:
    code = masked(text)
    skipped = unreachable(code)
    found = []
    for begin, end, new in changes(code, text):
        if any(begin in part for part in skipped):
            continue
        line_begin = code.rfind("\n", 0, begin) + 1
        line_end = code.find("\n", end)
        if SKIPPED_LINES.search(code, line_begin, line_end):
            continue
        def one_line(part: str) -> str:
            return re.sub(r"\s+", " ", part).strip()
        found.append(Mutant(file, text.count("\n", 0, begin) + 1, begin, end, new, one_line(text[line_begin:line_end]),
                            one_line(text[line_begin:begin] + new + text[end:line_end])))
    return sorted(found, key=lambda mutant: mutant.begin)
