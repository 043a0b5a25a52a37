# SPDX-License-Identifier: Apache-2.0
"""The programs that the tests call: another program of the same name is refused with one line."""
from __future__ import annotations

import re

import pytest

from tools import ANSWERS, tool


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_each_program_is_what_its_name_says(name):
    assert tool(name).endswith(f"/{name}")


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_another_program_of_the_same_name_is_refused(folder, name):
    program = folder / name
    program.write_text("#!/bin/sh\necho Usage: something else\n")
    program.chmod(0o755)
    with pytest.raises(AssertionError, match=re.escape(f"{program} is another program than {name}")):
        tool(name, str(folder))


def test_a_missing_program_names_what_installs_it(folder):
    with pytest.raises(AssertionError, match="minisign is not installed: .ci/install-packages test"):
        tool("minisign", str(folder))
