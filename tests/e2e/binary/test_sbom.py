# SPDX-License-Identifier: Apache-2.0
"""The SBOM of the binary under test is made from its build tree, valid and true; its check can fail."""
from __future__ import annotations

import copy
import json
import shutil
import subprocess
from pathlib import Path
from typing import Callable

import pytest

from gateway import AGENT, PROJECT

BUILD = Path(AGENT[-1]).resolve().parent
TARGETS = {62: "x86_64", 183: "aarch64", 40: "armhf"}

pytestmark = pytest.mark.skipif(not (BUILD / "gup-agent.map").exists(), reason="the agent is not in its build tree")


@pytest.fixture(scope="module")
def binary(base) -> Path:
    """A copy of the agent, named as `make dist` names it, with its document next to it."""
    content = Path(AGENT[-1]).read_bytes()
    if b"(sanitized)" in content:
        pytest.skip("a sanitized binary is not what ships")
    path = base / f"gup-agent-0-{TARGETS[int.from_bytes(content[18:20], 'little')]}"
    shutil.copy(AGENT[-1], path)
    made = subprocess.run([PROJECT / "packaging/sbom", path, BUILD, "1700000000"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    Path(f"{path}.spdx.json").write_text(made.stdout)
    return path


@pytest.fixture
def document(binary) -> dict:
    return json.loads(Path(f"{binary}.spdx.json").read_text())


def check(path: Path) -> subprocess.CompletedProcess:
    return subprocess.run([PROJECT / ".ci/check-sbom", path], capture_output=True, text=True, timeout=60)


def test_it_is_valid_and_true(binary):
    done = check(binary)
    assert done.returncode == 0, done.stderr


def test_everything_that_is_linked_is_listed_with_its_revision_and_licence(document):
    found = {package["name"]: package for package in document["packages"]}
    for name in ("zlib", "mbedtls", "nghttp2", "curl", "libgit2", "libsodium", "fmtlib", "libyaml", "abseil"):
        assert found[name]["supplier"] == "Organization: Debian" and "-" in found[name]["versionInfo"]
        assert [checksum["algorithm"] for checksum in found[name]["checksums"]] == ["SHA256"]
    for name in ("boost1.81", "tomlplusplus", "spdlog", "cli11", "nlohmann-json3", "glibc", "libstdc++", "libgcc"):
        assert found[name]["licenseDeclared"] != "NOASSERTION" and found[name]["externalRefs"]
    assert document["creationInfo"]["created"] == "2023-11-14T22:13:20Z"


BROKEN: dict[str, tuple[Callable[[dict], object], str]] = {
    "another binary": (lambda it: it["packages"][0]["checksums"][1].update(checksumValue="0" * 64), "SHA256"),
    "a library is missing": (lambda it: (it["packages"].pop(), it["relationships"].pop()), "does not list it"),
    "a library too many": (lambda it: it["packages"].append({**it["packages"][1], "name": "x", "SPDXID": "SPDXRef-x"}), "x"),
    "another version": (lambda it: it["packages"][-1].update(versionInfo="0"), "reports"),
    "no supplier": (lambda it: it["packages"][1].pop("supplier"), "supplier"),
    "no time": (lambda it: it["creationInfo"].pop("created"), "created"),
    "a licence in words": (lambda it: it["packages"][1].update(licenseDeclared="free for all"), "licence"),
    "a relation to nothing": (lambda it: it["relationships"][0].update(relatedSpdxElement="SPDXRef-none"), "unknown element"),
}


@pytest.mark.parametrize("change, word", BROKEN.values(), ids=BROKEN.keys())
def test_a_wrong_document_is_refused(binary, document, folder, change, word):
    broken = copy.deepcopy(document)
    change(broken)
    shutil.copy(binary, folder / binary.name)
    (folder / f"{binary.name}.spdx.json").write_text(json.dumps(broken))
    done = check(folder / binary.name)
    assert done.returncode == 1 and word in done.stderr, done.stderr
