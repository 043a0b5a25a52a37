# SPDX-License-Identifier: Apache-2.0
"""A terminal of a given size: the screen after each piece of output, and keys. Only what the agent uses is understood."""
from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
import time

SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen:
    """Lines, a cursor, and the lines that were scrolled away."""

    def __init__(self, columns: int, rows: int):
        self.columns, self.rows = columns, rows
        self.lines = [""]
        self.top = 0  # the first line of the screen
        self.row = self.column = 0
        self._rest = ""

    def write(self, text: str) -> None:
        text, self._rest = self._rest + text, ""
        while text:
            if text[0] == "\x1b":
                found = SEQUENCE.match(text)
                if found is None:
                    self._rest = text
                    return
                self._control(found[1], found[2])
                text = text[found.end():]
                continue
            self._put(text[0])
            text = text[1:]

    def _control(self, number: str, kind: str) -> None:
        if kind == "A":
            self.row = max(self.top, self.row - int(number or 1))
        elif kind == "J":
            del self.lines[self.row + 1:]
            self._cut()
        elif kind == "K":
            self._cut()
        else:
            assert kind == "m", f"a sequence that this terminal does not know: {number}{kind}"

    def _cut(self) -> None:
        self.lines[self.row] = self.lines[self.row][:self.column]

    def _put(self, letter: str) -> None:
        if letter == "\r":
            self.column = 0
        elif letter == "\n":
            self._next_line()
        else:
            assert letter >= " ", f"a control character: {letter!r}"
            if self.column == self.columns:
                self._next_line()
                self.column = 0
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[:self.column] + letter + line[self.column + 1:]
            self.column += 1

    def _next_line(self) -> None:
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")
        self.top = max(self.top, self.row - self.rows + 1)

    def text(self) -> str:
        """All lines, also those that were scrolled away, as a person sees them now."""
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n")


class Terminal:
    """The agent in front of a person: `with Terminal(gateway, "now") as terminal`. Its output is read while the test waits."""

    def __init__(self, gateway, *arguments: str, columns: int = 100, rows: int = 24, env: dict[str, str] | None = None,
                 stdout: int | None = None):
        self.screen = Screen(columns, rows)
        self.frames: list[str] = []  # the screen after each piece of output, without repetitions
        self.raw = ""
        self._leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        # A session whose terminal this is: then Ctrl-C is a signal to all its processes in the foreground.
        self.process = subprocess.Popen(
            [*gateway.agent, "--config", str(gateway.config_file), *arguments], stdin=follower,
            stdout=follower if stdout is None else stdout, stderr=follower, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**gateway.environment, "TERM": "xterm-256color", **(env or {})})
        os.close(follower)
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        while True:
            try:
                chunk = os.read(self._leader, 65536)
            except OSError:  # nobody has the terminal open any more
                chunk = b""
            text = decoder.decode(chunk)
            with self._changed:
                self.raw += text
                self.screen.write(text)
                seen = self.screen.text()
                if not self.frames or self.frames[-1] != seen:
                    self.frames.append(seen)
                self._changed.notify_all()
            if not chunk:
                return

    def wait_for(self, pattern: str, seconds: float = 30) -> str:
        """Waits until a frame matches; returns it."""
        end = time.monotonic() + seconds
        looked = 0
        with self._changed:
            while True:
                for frame in self.frames[looked:]:
                    looked += 1
                    if re.search(pattern, frame):
                        return frame
                if self.process.poll() is not None and not self._reader.is_alive() or time.monotonic() > end:
                    raise AssertionError(f"no frame has {pattern!r}; the last is:\n{self.screen.text()}")
                self._changed.wait(0.05)

    def type(self, text: str) -> None:
        os.write(self._leader, text.encode())

    def press_ctrl_c(self) -> None:
        os.write(self._leader, b"\x03")

    def end(self, seconds: float = 60) -> str:
        """Waits for the end of the agent; returns what the terminal shows then."""
        self.process.wait(seconds)
        self._reader.join(10)
        return self.screen.text()

    @property
    def code(self) -> int:
        return self.process.returncode

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self._reader.join(10)
        os.close(self._leader)
