# SPDX-License-Identifier: Apache-2.0
"""The form of each line of gup.log."""
from __future__ import annotations

import re

from gateway import Gateway

LINE = re.compile(r"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}\] (debug|info|warning|error) (\([^()]+\) )?\S.*$")


def well_formed(gateway: Gateway) -> list[str]:
    lines = gateway.log_lines()
    for line in lines:
        assert LINE.match(line), line
    return lines


def warnings(gateway: Gateway) -> list[str]:
    """The lines of level warning or error."""
    return [line for line in well_formed(gateway) if line.split("] ", 1)[1].startswith(("warning ", "error "))]
