"""A mount namespace of this process's own, so that what it mounts is in no copy that another process makes of its mounts.

A file system goes on in each such copy: unmounted here, it is still in use there. An image that lost its power and is mounted again
would then be the file system that was shut down, and every file would give an I/O error. When the process ends, however it ends, the
kernel unmounts what it mounted.
"""
from __future__ import annotations

import ctypes
import os

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 0x40000


def have_own_mounts() -> None:
    """Call it before any thread is started. Raises OSError where this process may not: then it cannot mount anything either."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise OSError(ctypes.get_errno(), f"no mount namespace of its own: {os.strerror(ctypes.get_errno())}")
