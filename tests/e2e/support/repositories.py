# SPDX-License-Identifier: Apache-2.0
"""All repositories of the field that the tests make anew."""
from __future__ import annotations

from written_by_hand import WRITTEN_BY_HAND
from written_by_tools import WRITTEN_BY_TOOLS

REPOSITORIES = {**WRITTEN_BY_HAND, **WRITTEN_BY_TOOLS}
