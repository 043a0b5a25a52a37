# SPDX-License-Identifier: Apache-2.0
"""The documentation site: `make online` builds it. Its pages have no link that leads nowhere."""
from __future__ import annotations

import re
import subprocess

import pytest

from gateway import PROJECT

SITE = PROJECT / "build/docs/site"


@pytest.mark.network
def test_the_site_is_built_without_a_broken_link():
    done = subprocess.run([PROJECT / "packaging/site"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    start = (SITE / "index.html").read_text(encoding="utf-8")
    assert "docs/getting-started.html" in start and (SITE / "docs/getting-started.html").is_file()


def test_each_page_for_readers_is_in_the_menu_once():
    menu = re.findall(r": (\S+\.md)$", (PROJECT / "mkdocs.yml").read_text(encoding="utf-8"), re.M)
    pages = {str(path.relative_to(PROJECT)) for path in (PROJECT / "docs").rglob("*.md") if "decisions" not in path.parts}
    assert pages <= set(menu) and len(menu) == len(set(menu)), pages - set(menu)
    assert all((PROJECT / page).is_file() for page in menu)
