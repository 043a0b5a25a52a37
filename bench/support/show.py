# SPDX-License-Identifier: Apache-2.0
"""The output of a bench: one table, which is also Markdown, and a line for each goal."""
from __future__ import annotations

import sys


def size(count: float) -> str:
    """Bytes, for people."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.3g} {unit}" if count < 100 * factor else f"{count / factor:.0f} {unit}"
    return f"{count:.0f} B"


def seconds(time: float) -> str:
    if time < 0.001:
        return f"{time * 1e6:.0f} us"
    if time < 1:
        return f"{time * 1e3:.3g} ms" if time < 0.1 else f"{time * 1e3:.0f} ms"
    return f"{time:.2f} s" if time < 100 else f"{time:.0f} s"


def times(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio < 10 else f"{ratio:,.0f}"


def count(number: float) -> str:
    return f"{number:,.0f}"


def progress(*words: object) -> None:
    """The progress of a long bench, on standard error; not a part of its results."""
    print("  ...", *words, file=sys.stderr, flush=True)


def table(head: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    left = [column == 0 or title == "" for column, title in enumerate(head)]

    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cell.ljust(width) if is_left else cell.rjust(width)
                                 for cell, width, is_left in zip(cells, widths, left)) + " |"

    print("\n" + line(head))
    print("|" + "|".join("-" * (width + 2) if is_left else "-" * (width + 1) + ":" for width, is_left in zip(widths, left)) + "|")
    for row in rows:
        print(line(row))
    print(flush=True)


def goal(what: str, found: str, met: bool) -> None:
    print(f"- goal: {what}: {found}, {'met' if met else '**not met**'}", flush=True)
