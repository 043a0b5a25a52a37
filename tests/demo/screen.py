# SPDX-License-Identifier: Apache-2.0
"""A small terminal: what a program has drawn, with its colours, as text or as an SVG picture."""
from __future__ import annotations

import os
import pty
import re
import select
import struct
import subprocess
import time
from fcntl import ioctl
from termios import TIOCSWINSZ
from xml.sax.saxutils import escape

TOKEN = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b[()][0-9A-B]|\x1b[=>78]|\x1b\][^\x07]*\x07|([\r\n\b\t])|([^\x1b\r\n\b\t]+)|\x1b")
BEGUN = re.compile(r"\x1b(\[[0-9;?]*|[()]|\][^\x07]*)?$")
# The colours of the picture: background, text, and those of SGR 30 to 37.
BACKGROUND, BAR, TEXT = "#15191f", "#2a3039", "#d7dce2"
COLOURS = ["#5c6773", "#f07178", "#8fc46b", "#e6b450", "#6cb0f0", "#c792ea", "#5ccfc0", "#d7dce2"]
CHARACTER, LINE, MARGIN, HEAD = 8.4, 19, 18, 38  # in pixels


class Style:
    def __init__(self, colour: str = "", bold: bool = False, dim: bool = False, underlined: bool = False):
        self.colour, self.bold, self.dim, self.underlined = colour, bold, dim, underlined

    def key(self) -> tuple:
        return (self.colour, self.bold, self.dim, self.underlined)

    def after(self, codes: str) -> "Style":
        made = Style(*self.key())
        for code in [int(one or 0) for one in codes.split(";")]:
            if code == 0:
                made = Style()
            elif code in (1, 2, 4):
                setattr(made, {1: "bold", 2: "dim", 4: "underlined"}[code], True)
            elif code == 22:
                made.bold = made.dim = False
            elif code == 24:
                made.underlined = False
            elif 30 <= code <= 37 or 90 <= code <= 97:
                made.colour = COLOURS[code % 10]
            elif code == 39:
                made.colour = ""
        return made


class Screen:
    """Lines of (character, style) pairs, also those that a terminal of `height` lines has scrolled away. 0: it never scrolls."""

    def __init__(self, columns: int, height: int = 0):
        self.columns, self.height, self.rows = columns, height, [[]]
        self.rest = ""  # the beginning of a sequence
        self.row = self.column = self.top = 0  # top: the first row that the terminal shows
        self.style = Style()

    def write(self, text: str) -> None:
        text, self.rest = self.rest + text, ""
        if begun := BEGUN.search(text):
            text, self.rest = text[:begun.start()], begun[0]
        for codes, command, control, plain in TOKEN.findall(text):
            if command:
                self._command(codes, command)
            elif control:
                self._control(control)
            else:
                for character in plain:
                    self._put(character)

    def _line(self) -> list:
        while len(self.rows) <= self.row:
            self.rows.append([])
        if self.height:
            self.top = max(self.top, self.row - self.height + 1)
        return self.rows[self.row]

    def _put(self, character: str) -> None:
        if self.column >= self.columns:
            self.row, self.column = self.row + 1, 0
        line = self._line()
        while len(line) <= self.column:
            line.append((" ", Style()))
        line[self.column] = (character, self.style)
        self.column += 1

    def _control(self, control: str) -> None:
        if control == "\r":
            self.column = 0
        elif control == "\n":
            self.row += 1
            self._line()
        elif control == "\b":
            self.column = max(0, self.column - 1)
        else:
            self.column = (self.column // 8 + 1) * 8

    def _command(self, codes: str, command: str) -> None:
        number = int(codes) if codes.isdigit() else 0
        if command == "m":
            self.style = self.style.after(codes)
        elif command == "A":
            self.row = max(self.top, self.row - max(1, number))
        elif command == "B":
            self.row += max(1, number)
        elif command == "C":
            self.column += max(1, number)
        elif command == "D":
            self.column = max(0, self.column - max(1, number))
        elif command == "G":
            self.column = max(1, number) - 1
        elif command in "KJ":
            line = self._line()
            if number == 2 and command == "K":
                line.clear()
            elif number == 0:
                del line[self.column:]
                if command == "J":
                    del self.rows[self.row + 1:]

    def text(self) -> str:
        return "\n".join("".join(character for character, _ in line).rstrip() for line in self.rows).rstrip("\n") + "\n"


def record(command: list[str], columns: int, rows: int = 40, seconds: float = 120.0, **options) -> str:
    """Runs a program on a terminal of that size; returns everything that it wrote there."""
    leader, terminal = pty.openpty()
    ioctl(terminal, TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, **options)
    os.close(terminal)
    seen, end = b"", time.monotonic() + seconds
    try:
        while select.select([leader], [], [], max(0.0, end - time.monotonic()))[0]:
            chunk = os.read(leader, 65536)
            if not chunk:
                break
            seen += chunk
    except OSError:  # the last one has closed the terminal
        pass
    finally:
        os.close(leader)
    if process.poll() is None and time.monotonic() >= end:
        process.kill()
    process.wait()
    return seen.decode(errors="replace")


def svg(screen: Screen, title: str) -> str:
    lines = [line for line in screen.rows]
    while lines and not "".join(character for character, _ in lines[-1]).strip():
        lines.pop()
    width = round(screen.columns * CHARACTER + 2 * MARGIN)
    height = HEAD + len(lines) * LINE + MARGIN
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">',
           f"<title>{escape(title)}</title>",
           f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
           f'<path d="M0 26V8a8 8 0 0 1 8-8h{width - 16}a8 8 0 0 1 8 8v18z" fill="{BAR}"/>',
           *(f'<circle cx="{18 + 18 * at}" cy="13" r="5" fill="{colour}"/>' for at, colour in enumerate(["#f07178", "#e6b450", "#8fc46b"])),
           f'<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="14" fill="{TEXT}" '
           'style="white-space:pre">']
    for number, line in enumerate(lines):
        y = HEAD + number * LINE + 10
        for start, style, run in runs_of(line):
            if run.strip():
                out.append(f'<text x="{MARGIN + start * CHARACTER:.1f}" y="{y}" textLength="{len(run) * CHARACTER:.1f}"'
                           f"{attributes(style)}>{escape(kept(run))}</text>")
    return "\n".join([*out, "</g>", "</svg>"]) + "\n"


def kept(run: str) -> str:
    """Browsers join blanks, except these."""
    return re.sub(" {2,}", lambda blanks: "\u00a0" * len(blanks[0]), run)


def runs_of(line: list):
    """(column, style, text) of neighbours with the same style."""
    start = 0
    for at in range(1, len(line) + 1):
        if at == len(line) or line[at][1].key() != line[start][1].key():
            run = "".join(character for character, _ in line[start:at])
            yield start + len(run) - len(run.lstrip()), line[start][1], run.strip()
            start = at


def attributes(style: Style) -> str:
    text = f' fill="{style.colour}"' if style.colour else ""
    text += ' font-weight="bold"' if style.bold else ""
    text += ' opacity="0.65"' if style.dim else ""
    return text + (' text-decoration="underline"' if style.underlined else "")
