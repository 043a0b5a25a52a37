# SPDX-License-Identifier: Apache-2.0
"""The terminal that draws the picture of the README (tests/demo/screen.py)."""
from __future__ import annotations

import sys
import xml.dom.minidom

import pytest

from gateway import PROJECT

sys.path.insert(0, str(PROJECT / "tests/demo"))

from screen import COLOURS, Screen, record, svg  # noqa: E402


@pytest.mark.parametrize("written, shown", [
    ("one\r\ntwo", "one\ntwo\n"),
    ("1 %\r2 %\r\n", "2 %\n"),
    ("a\r\nb\r\n\x1b[2A\x1b[Kc\r\n", "c\nb\n"),
    ("a\r\nb\r\n\x1b[2A\x1b[Jc\r\n", "c\n"),
    ("12345678901", "1234567890\n1\n"),
    ("\x1b[?25l\x1b[1;31mred\x1b[0m\x1b[?25h", "red\n"),
    ("a\tb\b!", "a       !\n"),
    ("\x1b]0;title\x07ü→", "ü→\n"),
    ("", "\n"),
])
def test_it_shows_what_a_terminal_shows(written, shown):
    screen = Screen(10)
    screen.write(written)
    assert screen.text() == shown


def test_a_sequence_may_arrive_in_pieces():
    screen = Screen(10)
    for piece in ("a\x1b", "[3", "1mb\x1b", "[K"):
        screen.write(piece)
    assert screen.text() == "ab\n"


def test_a_line_that_was_scrolled_away_is_out_of_reach():
    screen = Screen(10, height=2)
    screen.write("a\r\nb\r\nc\r\x1b[9Ad\r\x1b[Je")
    assert screen.text() == "a\ne\n"


def test_the_picture_has_the_text_with_its_colours_and_is_well_formed():
    screen = Screen(20)
    screen.write("\x1b[32mok\x1b[0m <a & b>\r\n\x1b[1;31mfailed\x1b[0m\r\n")
    picture = svg(screen, "a & b")
    texts = {node.firstChild.data: node.getAttribute("fill") for node in xml.dom.minidom.parseString(picture).getElementsByTagName("text")}
    assert texts == {"ok": COLOURS[2], "<a & b>": "", "failed": COLOURS[1]}


def test_a_program_gets_a_terminal_of_the_wanted_width():
    assert record(["sh", "-c", "stty size <&1"], 77, rows=9).split() == ["9", "77"]


def test_the_readme_s_picture_is_the_demo():
    picture = (PROJECT / "docs/pictures/demo.svg").read_text(encoding="utf-8")
    xml.dom.minidom.parseString(picture)
    assert "docs/pictures/demo.svg" in (PROJECT / "README.md").read_text(encoding="utf-8")
    assert all(words in picture for words in ("gup-agent demo", "check", "now", "status", "rolled back"))
