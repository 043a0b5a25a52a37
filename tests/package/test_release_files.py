# SPDX-License-Identifier: Apache-2.0
"""What a release publishes, and the three ways to install from it: apt, install.sh, and a portable folder."""
from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from conftest import VERSION, package_of
from installed import PROJECT, Completed, later
from releases import Keys, Served, machine, make_release
from tools import tool

NEXT = "99.0.0"
FRESH = ("fresh", "fresh-trixie")
MANIFESTS = ("manifest.json", "NOTES.md")


class Releases(NamedTuple):
    keys: Keys
    now: Path
    next: Path


@pytest.fixture(scope="module")
def releases(base):
    folder = base / "releases"
    keys = Keys(folder / "keys")
    package = package_of("amd64")
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "-x", package, tree], check=True)
    now = make_release(folder, keys, VERSION, "https://releases.example.org",
                       {package.name: package, f"gup-agent-{VERSION}-x86_64": tree / "usr/bin/gup-agent"})
    newer = later(package, folder, NEXT)
    return Releases(keys, now, make_release(folder, keys, NEXT, "https://releases.example.org", {newer.name: newer}))


@pytest.fixture
def place(tmp_path):
    folder = tmp_path / "connectors"
    folder.mkdir()
    return folder


@pytest.fixture
def serve():
    made: list[Served] = []

    def start(folder: Path) -> Served:
        made.append(Served(folder))
        return made[-1]

    yield start
    for server in made:
        server.stop()


@pytest.fixture
def usual(tmp_path):
    """A machine without minisign, as most are."""
    return machine(tmp_path / "bin", "openssl", "curl")


def install(release: Path, *arguments: object, env: dict[str, str], script: Path | None = None) -> Completed:
    done = subprocess.run(["/bin/sh", script or release / "install.sh", *map(str, arguments)], env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120, check=False)
    return Completed(done.returncode, done.stdout)


def below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_every_file_is_listed_and_signed(releases):
    names = {path.name for path in releases.now.iterdir() if path.is_file()}
    signed = {name for name in names if f"{name}.minisig" in names}
    assert {f"gup-agent-{VERSION}-x86_64", package_of("amd64").name, "SHA256SUMS", "install.sh", "manifest.json"} <= signed
    assert names - signed == {f"{name}.minisig" for name in signed} | {"NOTES.md"}
    for name in signed:
        subprocess.run([tool("minisign"), "-V", "-q", "-p", releases.keys.public, "-m", releases.now / name], check=True)
    listed = dict(reversed(line.split("  ")) for line in (releases.now / "SHA256SUMS").read_text().splitlines())
    assert set(listed) == {name for name in signed if name.startswith("gup")}
    assert all(hashlib.sha256((releases.now / name).read_bytes()).hexdigest() == digest for name, digest in listed.items())


def test_without_keys_there_is_nothing_that_could_be_taken_for_signed(releases, tmp_path):
    out = tmp_path / "out"
    subprocess.run([PROJECT / "packaging/release-files", "--dist", releases.now, "--out", out], check=True, stdout=subprocess.DEVNULL)
    assert not {path.name for path in out.rglob("*")} & {"install.sh", "apt", "InRelease", "manifest.json"}
    assert not list(out.rglob("*.minisig"))


@pytest.fixture
def checkout(tmp_path):
    """A repository with what packaging/release-files reads before it builds anything."""
    folder = tmp_path / "checkout"
    for name in ("CMakeLists.txt", "CHANGELOG.md", "packaging/release-files"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, folder / name)
    git = [tool("git"), "-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git[:3], "init", "-q"], check=True)

    def commit() -> None:
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "x"], check=True)

    commit()
    return folder, commit


@pytest.mark.parametrize("changed", ["a changed file", "a new file", "no date"])
def test_a_checkout_that_is_no_release_is_refused(checkout, changed):
    folder, commit = checkout
    changelog = folder / "CHANGELOG.md"
    if changed == "a new file":
        (folder / "new").touch()
    else:
        changelog.write_text(changelog.read_text().replace(f"## [{VERSION}] - ", f"## [{VERSION}] "))
    if changed == "no date":
        commit()
    done = subprocess.run([folder / "packaging/release-files"], capture_output=True, text=True)
    assert done.returncode == 1 and "hint: " in done.stderr, done.stderr
    reason = f"no section of {VERSION} with a date" if changed == "no date" else "the checkout has changes, such as"
    assert reason in done.stderr
    assert not (folder / "dist").exists()


@pytest.mark.parametrize("programs", [("minisign", "curl"), ("openssl", "curl"), ("openssl", "wget"), ("minisign", "wget")], ids=" ".join)
@pytest.mark.parametrize("scheme", ["http", "file"])
def test_a_portable_install_needs_no_root(releases, place, serve, tmp_path, scheme, programs):
    url = serve(releases.now).url if scheme == "http" else releases.now.as_uri()
    done = install(releases.now, "--url", url, "--portable", place, env=machine(tmp_path / "bin", *programs))
    assert done.code == 0 and f"checked with {programs[0]}" in done.text, done
    program = place / "gup-agent/gup-agent"
    assert program.read_bytes() == (releases.now / f"gup-agent-{VERSION}-x86_64").read_bytes()
    assert below(place) == {"gup-agent", "gup-agent/gup-agent"} and program.stat().st_mode & 0o7777 == 0o755
    assert f"0 2 * * * {program} run" in done.text and f"@reboot {program} recover" in done.text


def test_the_same_command_upgrades_and_never_goes_back(releases, place, usual):
    def run(release: Path) -> Completed:
        return install(release, "--url", release.as_uri(), "--portable", place, env=usual)

    assert run(releases.now).code == 0
    again = run(releases.now)
    assert again.code == 0 and f"is version {VERSION} already" in again.text, again
    assert run(releases.next).code == 0
    newest = (place / "gup-agent/gup-agent").read_bytes()
    back = run(releases.now)
    assert back.code == 1 and f"is {NEXT}, which is newer than {VERSION}" in back.text, back
    assert (place / "gup-agent/gup-agent").read_bytes() == newest


@pytest.mark.parametrize("kind, target", [("armv6l", "armv6"), ("armv7l", "armhf"), ("armv8l", "armhf"), ("aarch64", "aarch64"),
                                          ("x86_64", "x86_64"), ("riscv64", ""), ("i686", "")])
def test_the_program_is_that_of_the_processor(releases, place, tmp_path, kind, target):
    environment = machine(tmp_path / "bin", "openssl", kind=kind)
    done = install(releases.next, "--url", releases.next.as_uri(), "--portable", place, env=environment)
    if not target:
        assert done.code == 1 and f"there is no program for {kind}" in done.text and below(place) == set(), done
    else:
        assert done.code == 0 and f"gup-agent-{NEXT}-{target}" in done.text, done


def edit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def swap(release: Path, name: str, other: str) -> None:
    shutil.copy(release / other, release / name)


def another_list(release: Path) -> None:
    (release / "SHA256SUMS").write_text((release / "SHA256SUMS").read_text().replace("0", "1"))


def another_comment(release: Path) -> None:
    path = release / "SHA256SUMS.minisig"
    path.write_text(path.read_text().replace("trusted comment: ", "trusted comment: new "))


def another_key(release: Path) -> None:
    keys = Keys(release / "keys")
    subprocess.run([tool("minisign"), "-S", "-s", keys.secret, "-m", release / "SHA256SUMS"], check=True, stdout=subprocess.DEVNULL)


def program_of(release: Path) -> Path:
    return release / f"gup-agent-{VERSION}-x86_64"


HARM = {
    "another program": (lambda release: edit(program_of(release)), "its SHA-256 is"),
    "half a program": (lambda release: program_of(release).write_bytes(program_of(release).read_bytes()[:1000]), "its SHA-256 is"),
    "an empty program": (lambda release: program_of(release).write_bytes(b""), "is empty"),
    "no program": (lambda release: program_of(release).unlink(), "cannot be"),
    "another list": (another_list, "the signature of"),
    "the list and its own signature": (lambda release: edit(release / "SHA256SUMS.minisig"), "the signature of"),
    "another comment": (another_comment, "the signature of"),
    "signed by another key": (another_key, "the signature of"),
    "signature of another file": (lambda release: swap(release, "SHA256SUMS.minisig", "install.sh.minisig"), "the signature of"),
    "no signature": (lambda release: (release / "SHA256SUMS.minisig").unlink(), "cannot be"),
    "a page of a captive portal": (lambda release: (release / "SHA256SUMS.minisig").write_text("<html>Log in</html>\n"), "the signature of"),
}


@pytest.mark.parametrize("checker", ["minisign", "openssl"])
@pytest.mark.parametrize("harm", HARM)
def test_nothing_is_installed_from_a_release_that_is_not_the_signed_one(releases, place, serve, tmp_path, harm, checker):
    release = tmp_path / "release"
    shutil.copytree(releases.now, release)
    do, reason = HARM[harm]
    do(release)
    done = install(releases.now, "--url", serve(release).url, "--portable", place, env=machine(tmp_path / "bin", checker, "curl"))
    assert done.code == 1 and reason in done.text and "hint: " in done.text, done
    assert below(place) == set()


def test_half_of_the_script_does_nothing(releases, place, usual, tmp_path):
    """curl … | sh executes what has arrived when the connection ends."""
    text = (releases.now / "install.sh").read_bytes()
    shells = [shell for shell in ("dash", "bash") if shutil.which(shell)]
    # The last byte is the line feed after the last line.
    for size in [*range(0, len(text) - 40, 499), *range(len(text) - 40, len(text) - 1)]:
        cut = tmp_path / "cut.sh"
        cut.write_bytes(text[:size])
        done = subprocess.run([shutil.which(shells[size % len(shells)]), cut, "--url", releases.now.as_uri(), "--portable", place], env=usual,
                              capture_output=True, text=True)
        assert below(place) == set() and "downloading" not in done.stdout, (size, done)


@pytest.mark.parametrize("client", ["curl", "wget"])
def test_a_proxy_is_used(releases, place, serve, tmp_path, client):
    proxy = serve(releases.now)
    environment = {**machine(tmp_path / "bin", "openssl", client), "http_proxy": proxy.url}
    done = install(releases.now, "--url", "http://releases.example.org", "--portable", place, env=environment)
    assert done.code == 0, done
    assert proxy.asked and all(path.startswith("http://releases.example.org/") for path in proxy.asked)


@pytest.mark.parametrize("programs, said", [
    (("openssl",), "neither curl nor wget is installed"),
    (("curl",), "no program here can check the signature"),
])
def test_a_machine_that_lacks_a_program_is_told_which(releases, place, serve, tmp_path, programs, said):
    done = install(releases.now, "--url", serve(releases.now).url, "--portable", place, env=machine(tmp_path / "bin", *programs))
    assert done.code == 1 and said in done.text and "hint: apt-get install" in done.text and below(place) == set(), done


@pytest.mark.parametrize("arguments, said", [
    (["--nonsense"], "unknown argument: --nonsense"),
    (["--url"], "--url needs a value"),
    (["--url", "ftp://example.org"], "is not a URL of https://"),
    (["--url", "https://"], "is not a URL of https://"),
    (["--portable", "/missing"], "/missing is not a folder"),
])
def test_a_wrong_argument_is_named(releases, usual, arguments, said):
    url = ["--url", releases.now.as_uri()] if "--url" not in arguments else []
    done = install(releases.now, *url, *arguments, env=usual)
    assert done.code == 1 and said in done.text and "hint: " in done.text, done


def test_the_armhf_package_is_not_for_armv6(releases, tmp_path):
    environment = machine(tmp_path / "bin", "openssl", kind="armv6l")
    (tmp_path / "bin/dpkg").write_text("#!/bin/sh\necho armhf\n")
    (tmp_path / "bin/dpkg").chmod(0o755)
    done = install(releases.now, "--url", releases.now.as_uri(), env=environment)
    assert done.code == 1 and "needs ARMv7" in done.text and "--portable" in done.text, done


def put(root, release: Path, name: str = "release") -> None:
    """Puts a release at /NAME of the root folder."""
    shutil.rmtree(root.path / name, ignore_errors=True)
    shutil.copytree(release, root.path / name)


def add_repository(root, releases: Releases, url: str) -> None:
    """The lines of docs/install.md."""
    key = root / "etc/apt/keyrings/gup-agent.asc"
    key.parent.mkdir(exist_ok=True)
    key.write_text((releases.now / "apt/gup-agent.asc").read_text())
    sources = (releases.now / "apt/gup-agent.sources").read_text()
    assert "URIs: https://releases.example.org/apt\n" in sources
    (root / "etc/apt/sources.list.d/gup-agent.sources").write_text(sources.replace("https://releases.example.org", url))


@pytest.mark.parametrize("name", FRESH)
def test_apt_installs_and_upgrades(root_of, releases, serve, base, name):
    root = root_of(name)
    folder = base / f"served-{name}"
    shutil.copytree(releases.now, folder)
    add_repository(root, releases, serve(folder).url)
    root.must("apt-get", "update")
    root.must("apt-get", "install", "-y", "--no-install-recommends", "gup-agent")
    assert root.must("gup-agent", "version").startswith(f"gup-agent {VERSION}\n")
    shutil.rmtree(folder)
    # Both releases may be made in one second, and apt asks for what is newer than what it has.
    shutil.copytree(releases.next, folder, copy_function=shutil.copyfile)
    root.must("apt-get", "update")
    root.must("apt-get", "install", "-y", "--no-install-recommends", "gup-agent")
    assert root.status() == f"install ok installed {NEXT}"


def test_apt_reads_the_repository_from_a_folder(root_of, releases):
    root = root_of("fresh")
    put(root, releases.now)
    add_repository(root, releases, "file:///release")
    root.must("apt-get", "update")
    root.must("apt-get", "install", "-y", "--no-install-recommends", "gup-agent")
    assert root.status() == f"install ok installed {VERSION}"


@pytest.mark.parametrize("harm", ["another key", "another index", "another package"])
@pytest.mark.parametrize("name", FRESH)
def test_apt_refuses_what_is_not_signed(root_of, releases, tmp_path, name, harm):
    root = root_of(name)
    put(root, releases.now)
    add_repository(root, releases, "file:///release")
    if harm == "another key":
        other = make_release(tmp_path, Keys(tmp_path / "keys"), VERSION, "https://releases.example.org",
                             {package_of("amd64").name: package_of("amd64")})
        shutil.copytree(other / "apt", root.path / "release/apt", dirs_exist_ok=True)
    elif harm == "another index":
        for path in (root.path / "release/apt/dists").rglob("binary-amd64/**/*"):
            if path.is_file():
                path.write_bytes(path.read_bytes()[:-1] + b"x")
    else:
        edit(next((root.path / "release/apt/pool").iterdir()))
    update = root.run("apt-get", "update", "-o", "APT::Update::Error-Mode=any")
    done = root.run("apt-get", "install", "-y", "--no-install-recommends", "gup-agent")
    assert done.code != 0 and root.status() == "", (update, done)
    assert (update.code == 0) == (harm == "another package"), update


@pytest.mark.parametrize("name", FRESH)
def test_install_sh_installs_and_upgrades_the_package(root_of, releases, serve, name):
    root = root_of(name)
    put(root, releases.now)

    def run(release: Path) -> Completed:
        return root.run("sh", "/release/install.sh", "--url", serve(release).url)

    first = run(releases.now)
    assert first.code == 0 and root.status() == f"install ok installed {VERSION}", first
    assert root.must("gup-agent", "version").startswith(f"gup-agent {VERSION}\n")
    again = run(releases.now)
    assert again.code == 0 and f"gup-agent {VERSION} is installed already" in again.text, again
    (root / "etc/gup-agent/gup-agent.toml").write_text('root = "/srv"\n')
    upgrade = run(releases.next)
    assert upgrade.code == 0 and root.status() == f"install ok installed {NEXT}", upgrade
    assert (root / "etc/gup-agent/gup-agent.toml").read_text() == 'root = "/srv"\n'
    back = run(releases.now)
    assert back.code == 1 and f"which is newer than {VERSION}" in back.text and root.status().endswith(NEXT), back


def test_install_sh_installs_for_a_user_without_root(root_of, releases):
    root = root_of("fresh-trixie")
    put(root, releases.now)
    (root.path / "tmp").chmod(0o1777)
    home = root.path / "home/pi"
    home.mkdir()
    root.must("chown", "1000:1000", "/home/pi")
    as_pi = ("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "env", "HOME=/home/pi")
    refused = root.run(*as_pi, "sh", "/release/install.sh", "--url", "file:///release")
    assert refused.code == 1 and "you are not root, and sudo is not installed" in refused.text, refused
    root.must(*as_pi, "mkdir", "/home/pi/connectors")
    root.must(*as_pi, "sh", "/release/install.sh", "--url", "file:///release", "--portable", "/home/pi/connectors")
    assert root.must(*as_pi, "/home/pi/connectors/gup-agent/gup-agent", "version").startswith(f"gup-agent {VERSION}\n")
    status = (home / "connectors/gup-agent/gup-agent").stat()
    assert (status.st_uid, status.st_mode & 0o7777) == (1000, 0o755)


TMP_WITHOUT_EXECUTION = 'mount -t tmpfs -o noexec tmpfs "$1/tmp"'
FULL = 'mount -t tmpfs -o size=64k tmpfs "$1/srv"'
READ_ONLY = 'mount --bind "$1/srv" "$1/srv"; mount -o remount,bind,ro "$1/srv"'
NO_EXECUTION = 'mount --bind "$1/srv" "$1/srv"; mount -o remount,bind,noexec "$1/srv"'


@pytest.mark.parametrize("setup, reason", [(TMP_WITHOUT_EXECUTION, ""), (FULL, "cannot be written"), (READ_ONLY, "cannot be made"),
                                           (NO_EXECUTION, "does not run on this machine")],
                         ids=["tmp without execution", "full disk", "read-only", "no execution"])
def test_a_portable_install_is_complete_or_leaves_no_program(root_of, releases, setup, reason):
    root = root_of("fresh")
    put(root, releases.now)
    done = root.run("sh", "/release/install.sh", "--url", "file:///release", "--portable", "/srv", setup=setup)
    left = {path.name for path in (root.path / "srv").rglob("*")}
    assert (done.code == 0) == (reason == "") and reason in done.text, done
    assert left == ({"gup-agent"} if reason in ("", "does not run on this machine") else set()), left
    assert (root.path / "srv/gup-agent/gup-agent").exists() == (reason == "")
