# SPDX-License-Identifier: Apache-2.0
"""This process's own mount namespace, so that no other process can copy its mounts.

A file system stays in use in each such copy, even after it was unmounted here. If an image that lost its power is mounted again, the
kernel would give the same file system that was shut down, and every file would give an I/O error. When the process ends in any way,
the kernel unmounts its mounts.
"""
from __future__ import annotations

import ctypes
import os

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000


def have_own_mounts() -> None:
    """Call it before any thread is started. Raises OSError if this process may not do it; then it cannot mount anything either."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), f"cannot create a mount namespace: {os.strerror(ctypes.get_errno())}")
