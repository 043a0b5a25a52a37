# SPDX-License-Identifier: Apache-2.0
"""Archives for the tests. No pytest here."""
from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path


def zipped(files: dict[str, str | bytes], executable: tuple[str, ...] = ()) -> bytes:
    """The same bytes for the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, (2026, 11, 21, 2, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(entry, content)
    return out.getvalue()


def release(place: Path) -> str:
    """The id of the release that `place` leads to."""
    return Path(os.readlink(place)).name


def record(place: Path) -> dict:
    return json.loads((place / "generation.json").read_text())


def leftovers(gateway, name: str) -> list[str]:
    """The entries of a connector's releases folder that are not releases."""
    folder = gateway.root / ".gup" / name
    return sorted(entry.name for entry in folder.iterdir() if not (entry / "generation.json").exists()) if folder.exists() else []
