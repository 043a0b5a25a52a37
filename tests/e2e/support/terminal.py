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
import sys
import termios
import threading
import time

from gateway import PROJECT

sys.path.insert(0, str(PROJECT / "tests/demo"))

import screen  # noqa: E402

SEQUENCE = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")


class Screen(screen.Screen):
    """Only what the agent uses is understood."""

    def _command(self, codes: str, command: str) -> None:
        assert command in "AJKm", f"a sequence that this terminal does not know: {codes}{command}"
        super()._command(codes, command)

    def _control(self, control: str) -> None:
        assert control in "\r\n", f"a control character: {control!r}"
        super()._control(control)

    def _put(self, character: str) -> None:
        assert character >= " ", f"a control character: {character!r}"
        super()._put(character)

    def text(self) -> str:
        return super().text().rstrip("\n")


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
