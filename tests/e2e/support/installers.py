# SPDX-License-Identifier: Apache-2.0
"""An installer for updates that are repeated often."""
from __future__ import annotations

from gateway import Gateway

# A fast installer that knows only gup-one. It replaces files like pip: by renaming and unlinking.
UV = """#!/usr/bin/python3 -IS
import os, sys
if "--python" not in sys.argv:
    sys.exit(0)
venv = os.path.dirname(os.path.dirname(sys.argv[sys.argv.index("--python") + 1]))
site = next(os.path.join(venv, "lib", name, "site-packages") for name in os.listdir(os.path.join(venv, "lib")))
with open(sys.argv[sys.argv.index("-r") + 1]) as file:
    version = file.read().split("gup-one==")[1].split()[0]
def put(name, text):
    with open(os.path.join(site, name + ".new"), "w") as file:
        file.write(text)
    os.rename(os.path.join(site, name + ".new"), os.path.join(site, name))
for old in [name for name in os.listdir(site) if name.startswith("gup_one-")]:
    for name in os.listdir(os.path.join(site, old)):
        os.unlink(os.path.join(site, old, name))
    os.rmdir(os.path.join(site, old))
new = "gup_one-" + version + ".dist-info"
os.mkdir(os.path.join(site, new))
put("gup_one.py", "version = '" + version + "'\\n")
put(new + "/METADATA", "Metadata-Version: 2.1\\nName: gup-one\\nVersion: " + version + "\\n")
put(new + "/INSTALLER", "uv")
put(new + "/RECORD", f"gup_one.py,,16\\n{new}/METADATA,,\\n{new}/INSTALLER,,2\\n{new}/RECORD,,\\n")
"""


def use_quick_installer(gateway: Gateway) -> None:
    """Makes UV the gateway's installer."""
    uv = gateway.folder / "uv"
    uv.write_text(UV)
    uv.chmod(0o755)
    gateway.configure("python", installer="uv", uv=str(uv))
