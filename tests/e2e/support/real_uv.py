# SPDX-License-Identifier: Apache-2.0
"""The real uv, for tests that compare with it."""
from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from gateway import PROJECT


@functools.cache
def real_uv() -> str:
    """The path of uv: $GUP_E2E_UV, that of this machine, or with GUP_E2E_NETWORK one from the package index. "": there is none."""
    places = [os.environ.get("GUP_E2E_UV"), shutil.which("uv"), PROJECT / "build/bench/uv/bin/uv"]
    for place in places:
        if place and os.access(place, os.X_OK):
            return str(place)
    if not os.environ.get("GUP_E2E_NETWORK"):
        return ""
    folder = Path(tempfile.mkdtemp(prefix="gup-e2e-uv-"))
    done = subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", str(folder), "uv"],
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    return str(folder / "bin/uv") if done.returncode == 0 else ""
