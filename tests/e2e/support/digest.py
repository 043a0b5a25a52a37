# SPDX-License-Identifier: Apache-2.0
"""HTTP Digest (RFC 7616) as a server sees it."""
from __future__ import annotations

import hashlib
import re


def challenge(algorithm: str) -> str:
    return f'Digest realm="gup", nonce="0123456789abcdef", qop="auth", algorithm={algorithm}'


def is_right_digest(asked, user: str, password: str, header: str = "Authorization") -> bool:
    """Whether the request `asked` (recorder.Asked) proves that it knows the password."""
    word = asked.headers.get(header, "")
    values = dict(re.findall(r'(\w+)="?([^",]*)"?', word))
    if not word.startswith("Digest ") or values.get("username") != user:
        return False
    made = hashlib.sha256 if values.get("algorithm") == "SHA-256" else hashlib.md5

    def hashed(*parts: str) -> str:
        return made(":".join(parts).encode()).hexdigest()

    return values["response"] == hashed(hashed(user, "gup", password), values["nonce"], values["nc"], values["cnonce"], "auth",
                                        hashed(asked.method, values["uri"]))
