# SPDX-License-Identifier: Apache-2.0
"""The programs of this machine that tests call, by their paths. Each is first checked to be the program of its name."""
from __future__ import annotations

import functools
import re
import shutil
import subprocess

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# The arguments that ask each program for its name, and the start of the answer.
ANSWERS = {
    "fcgiwrap": (["-h"], r"Usage: \S*fcgiwrap"),
    "git": (["--version"], r"git version \d"),
    "minisign": (["-v"], r"minisign \d"),
    "nginx": (["-v"], r"nginx version: nginx/\d"),
    "nsenter": (["--version"], r"nsenter from util-linux"),
    "openssl": (["version"], r"OpenSSL \d"),
    "ssh-keygen": (["-?"], r".*unknown option|usage: ssh-keygen"),
    "sshd": (["-?"], r"(unknown option.*\n)?OpenSSH_\d"),
    "strace": (["-V"], r"strace -- version \d"),
    "unshare": (["--version"], r"unshare from util-linux"),
}


@functools.cache
def tool(name: str, path: str = SYSTEM_PATH) -> str:
    """The program's path. Fails with one line if it is missing, or if another program has its name."""
    found = shutil.which(name, path=path)
    assert found, f"{name} is not installed: .ci/install-packages test"
    arguments, answer = ANSWERS[name]
    done = subprocess.run([found, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    said = done.stdout.decode(errors="replace")
    assert re.match(answer, said), f"{found} is another program than {name}: it answers {said.splitlines()[:1]} to {' '.join(arguments)}"
    return found
