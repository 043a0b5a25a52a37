# SPDX-License-Identifier: Apache-2.0
"""A new generation's virtualenv is a copy: everything that `cp -a` keeps is in it, and in the one that is moved aside."""
from __future__ import annotations

import os
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from gateway import each_kill, snapshot
from installers import use_quick_installer

GUPFILE = "gup-one,1.0\n"
SETCAP = "/usr/sbin/setcap"
OLD = (1_000_000_000, 1_100_000_000)


@pytest.fixture
def meter(gateway, index):
    index.add("gup-one", "1.0")
    connector = gateway.connector("meter", GUPFILE)
    connector.virtualenv = gateway.virtualenv("meter")
    return connector


def update(gateway) -> None:
    gateway.now().must("meter", code=0, outcome="updated")


def back(gateway) -> None:
    gateway.run("rollback", "meter", "--json").must("meter", code=0, outcome="updated")


def python(program: Path, code: str) -> str:
    return subprocess.run([str(program), "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


@pytest.fixture
def outside(gateway, meter):
    """Relative paths of the virtualenv that leave it."""
    path = meter.virtualenv.path
    for name, text in {"linked/pkg/__init__.py": "V = 'linked'\n", "common/tool.sh": "#!/bin/sh\necho tool\n",
                       "listed/mod.py": "V = 'listed'\n"}.items():
        (gateway.root / name).parent.mkdir(parents=True, exist_ok=True)
        (gateway.root / name).write_text(text)
    (gateway.root / "common/tool.sh").chmod(0o755)
    (meter.virtualenv.site_packages / "pkg").symlink_to("../../../../../linked/pkg")
    (path / "bin/tool").symlink_to("../../../common/tool.sh")
    (path / "bin/dangling").symlink_to("../../../common/none")
    (path / "folder").symlink_to("../../common")
    (path / "again").symlink_to("../meter/lib")
    (meter.virtualenv.site_packages / "common.pth").write_text("../../../../../listed\n")
    return path


def check_outside(gateway, path: Path) -> None:
    """By the known path, and by the virtualenv's own, which console scripts name."""
    for program in (path / "bin/python", path.resolve() / "bin/python"):
        assert python(program, "import pkg, mod; print(pkg.V, mod.V)") == "linked listed"
    assert subprocess.run([path / "bin/tool"], check=True, stdout=subprocess.PIPE).stdout == b"tool\n"
    assert (path / "folder").resolve() == gateway.root / "common"
    assert (path / "again").resolve() == path.resolve() / "lib"
    assert os.path.normpath(path.resolve() / "bin" / os.readlink(path / "bin/dangling")) == str(gateway.root / "common/none")


def test_relative_paths_that_leave_it_lead_to_the_same_place(gateway, index, outside):
    check_outside(gateway, outside)
    update(gateway)
    check_outside(gateway, outside)


def test_a_rollback_brings_them_back(gateway, index, outside):
    update(gateway)
    back(gateway)
    assert python(outside / "bin/python", "import pkg, mod; print(pkg.V, mod.V)") == "linked listed"
    assert subprocess.run([outside / "bin/tool"], check=True, stdout=subprocess.PIPE).stdout == b"tool\n"
    assert (outside / "folder").resolve() == gateway.root / "common"
    index.add("gup-one", "2.0")
    Path(gateway.root / "meter/gupfile").write_text("gup-one,2.0\n")
    update(gateway)
    check_outside(gateway, outside)


def test_adopt_keeps_them(gateway, outside):
    gateway.run("adopt", "meter", "--json").must("meter", code=0, outcome="updated")
    assert python(outside / "bin/python", "import pkg, mod; print(pkg.V, mod.V)") == "linked listed"
    update(gateway)
    check_outside(gateway, outside)


def test_adopt_keeps_those_of_a_virtualenv_in_the_connectors_folder(gateway, index):
    index.add("gup-one", "1.0")
    meter = gateway.connector("meter", GUPFILE, files={".gitignore": ".venv\n"})
    path = gateway.virtualenv("meter", where=meter.path / ".venv").path
    (gateway.root / "common").mkdir()
    (path / "folder").symlink_to("../../common")
    gateway.run("adopt", "meter", "--json").must("meter", code=0, outcome="updated")
    assert (path / "folder").resolve() == gateway.root / "common"


def capability(path: Path) -> bytes | None:
    try:
        return os.getxattr(path, "security.capability")
    except OSError:
        return None


@pytest.fixture
def own_programs(gateway, meter):
    """A virtualenv of `python3 -m venv --copies` whose interpreter and another program have capabilities."""
    path = meter.virtualenv.path
    for name in ("python", "python3"):
        (path / "bin" / name).unlink()
        shutil.copy2("/usr/bin/python3", path / "bin" / name)
    shutil.copy2("/bin/true", path / "bin/helper")
    for name in ("python3", "helper"):
        if not os.path.exists(SETCAP) or subprocess.run([SETCAP, "cap_net_raw,cap_net_admin+ep", path / "bin" / name], capture_output=True).returncode:
            pytest.skip("no capabilities on this file system")
    return path


@pytest.mark.root("only root can set capabilities")
def test_capabilities_of_programs_stay(gateway, own_programs):
    before = capability(own_programs / "bin/python3")
    assert before
    update(gateway)
    assert own_programs.is_symlink()
    assert [capability(own_programs / "bin" / name) for name in ("python3", "helper", "python")] == [before, before, None]
    back(gateway)
    assert capability(own_programs / "bin/python3") == before


@pytest.mark.root("only root can make files of other users")
def test_an_owner_who_may_not_set_capabilities_keeps_them(gateway, index, own_programs):
    (own_programs / "pip.conf").write_text(f"[global]\nindex-url = {index.url}\n")  # the owner has no home
    before = capability(own_programs / "bin/python3")
    for folder in (gateway.root, gateway.folder / "remotes", gateway.folder / "index"):
        subprocess.run(["chown", "-hR", "65534:65534", str(folder)], check=True)
    for name in ("python3", "helper"):  # chown takes them away
        subprocess.run([SETCAP, "cap_net_raw,cap_net_admin+ep", own_programs / "bin" / name], check=True)
    update(gateway)
    assert capability(own_programs / "bin/python3") == capability(own_programs / "bin/helper") == before
    assert (own_programs / "bin/python3").stat().st_uid == 65534


def test_everything_that_cp_keeps_is_in_the_copy(gateway, meter):
    path = meter.virtualenv.path
    own = path / "own"
    (own / "empty").mkdir(parents=True)
    (own / "empty").chmod(0o3775)
    os.mkfifo(own / "pipe", 0o640)
    with socket.socket(socket.AF_UNIX) as server:
        os.chdir(own)
        server.bind("socket")
        os.chdir("/")
    with open(path / "bin/sparse", "wb") as file:
        file.truncate(50 << 20)
    (path / "bin/program").write_bytes(b"\0binary")
    (path / "bin/program").chmod(0o6755)
    os.link(path / "bin/program", path / "bin/same")
    has_attributes = True
    try:
        os.setxattr(path / "bin/program", "user.note", b"1")
        os.setxattr(own, "user.note", b"2")
    except OSError:
        has_attributes = False
    for name in ("bin/program", "bin/sparse", "own/empty", "own/pipe", "own/socket", "own", "bin/activate"):
        os.utime(path / name, OLD)
    update(gateway)
    for name in ("bin/program", "own/empty", "own/pipe", "own/socket", "own", "bin/activate"):
        status = (path / name).lstat()
        assert (name, status.st_mtime) == (name, OLD[1])
    assert stat.S_IMODE((own / "empty").stat().st_mode) == 0o3775
    assert stat.S_ISFIFO((own / "pipe").stat().st_mode) and stat.S_IMODE((own / "pipe").stat().st_mode) == 0o640
    assert stat.S_ISSOCK((own / "socket").stat().st_mode)
    assert stat.S_IMODE((path / "bin/program").stat().st_mode) == 0o6755
    assert (path / "bin/program").stat().st_ino == (path / "bin/same").stat().st_ino
    assert (path / "bin/sparse").stat().st_size == 50 << 20 and (path / "bin/sparse").stat().st_blocks < 1000
    if has_attributes:
        assert os.getxattr(path / "bin/program", "user.note") == b"1" and os.getxattr(own, "user.note") == b"2"


@pytest.mark.slow
def test_a_kill_at_any_moment_keeps_the_links(gateway):
    """The links of the virtualenv that is moved aside are the old ones again, or the update is complete."""
    gateway.connector("meter", GUPFILE)
    path = gateway.virtualenv("meter", pip=False).path
    use_quick_installer(gateway)
    (gateway.root / "common").mkdir()
    (path / "folder").symlink_to("../../common")
    (path / "bin/dangling").symlink_to("../../../common/none")
    before = snapshot(path)
    gateway.remember()
    killed = 0
    for moment in each_kill(gateway, calls=("renameat", "renameat2", "symlinkat", "fsync")):
        killed += 1
        gateway.run("recover")
        assert (path / "folder").resolve() == gateway.root / "common", moment
        if not path.is_symlink():
            assert snapshot(path) == before, moment
            update(gateway)
    assert killed > 10
