# SPDX-License-Identifier: Apache-2.0
"""The agent's reader of requirements.txt against pip's own: the same files give the same requirements, options and constraints.

Each pip comes from the package index. GUP_PIPS names a folder of unpacked ones, pip-<version>, to use instead. What the agent refuses
by design, docs/requirements.md says it, is not compared.
"""
from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from gateway import AGENT
from random_requirement_files import requirement_files

ANSWERS = [*AGENT[:-1], str(Path(AGENT[-1]).with_name("gup-requirements-answers"))]
PEER = Path(__file__).parents[1] / "support/pip_requirements.py"
VERSIONS = ["23.0.1", "24.2", "25.3"]
RANDOM_FILES = 1500
HASH = "sha256:" + "a" * 64
# What the agent refuses, and pip reads.
BY_DESIGN = re.compile("|".join([
    "from the environment", "is a file of one machine", "is a path, and", "changes how a package is built", "does not belong to a requirement",
    "there is a hash, and no requirement", "has no hash", "cannot have a hash", "has hashes, and", "follows an option", "contradicts the",
    "in hexadecimal digits", "is not a usable URL", "is not a file of the repository", "outside of the repository", "does not name its distribution", "is a wheel of",
    "not a URL that the agent installs from", "is not a git repository", "is a git repository", "control character", "no version satisfies",
    "is not a tag, a branch or a commit", "is not the name of a wheel", "is no value of", "a constraint", "is not the URL of a git repository",
    "is not a URL that pip installs", "is not a folder or a repository", "has no meaning", "option --use-feature", "===[^\n]*: Expected end or semicolon", "only looks like a usual one"]))
# pip before 24.1 has a packaging that knows legacy versions, and no "name[extra]@URL". The agent reads as the later ones.
OLD_PACKAGING = re.compile("PEP 440|a local version|the parenthesis is not closed|the version is missing|is expected, not|InstallationError: Invalid requirement")

pytestmark = [pytest.mark.network,
              pytest.mark.skipif(not os.access(ANSWERS[-1], os.X_OK), reason="needs gup-requirements-answers, which is built with the tests")]


@pytest.fixture(scope="module")
def pip_folder(base):
    """A folder for PYTHONPATH with that pip: pip_folder(version)."""
    @functools.cache
    def installed(version: str) -> Path:
        if given := os.environ.get("GUP_PIPS"):
            return Path(given) / f"pip-{version}"
        folder = base / f"pip-{version}"
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--target", folder,
                        f"pip=={version}"], check=True)
        return folder
    return installed


def answers(command: list, questions: list[dict], **environment: str) -> list[dict]:
    text = "".join(json.dumps(one) + "\n" for one in questions)
    done = subprocess.run(command, input=text, capture_output=True, text=True, env={**os.environ, **environment})
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def both(pip: Path, files: list[dict[str, str]]) -> list[tuple[dict, dict]]:
    questions = [{"files": one} for one in files]
    return list(zip(answers(ANSWERS, questions), answers([sys.executable, PEER], questions, PYTHONPATH=str(pip)), strict=True))


def canonical(name: str | None) -> str:
    return re.sub("[-_.]+", "-", name or "").lower()


def without_egg(url: str) -> str:
    address, _, fragment = url.partition("#")
    kept = "&".join(part for part in fragment.split("&") if part and not part.startswith("egg="))
    return f"{address}#{kept}" if kept else address


def clause(text: str) -> str:
    """Without blanks, and without zeros at the end of the release."""
    return re.sub(r"(?<=\d)(\.0)+$", "", re.sub(r"\s", "", text)).replace("v", "")


def same_specifier(ours: dict, theirs: str) -> bool:
    clauses = {clause(part) for part in theirs.split(",") if part}
    if ours["version"]:
        version = clause(ours["version"])
        return bool(clauses & {f"=={version}", f"==={version}"}) or {f">={version}", f"<={version}"} <= clauses or any(
            one.startswith(("==", "<=")) for one in clauses)
    return {clause(part) for part in ours["range"].split(",") if part.strip()} == clauses


def difference(ours: dict, theirs: dict, folder: str) -> str:
    """What is not the same in one requirement; empty: nothing."""
    link = theirs["url"]
    if link == f"file://{folder}":
        return "" if ours["editable"] and not ours["source"] else "the own folder"
    address, mark, fragment = ours["source"].partition("#")
    ours_link = f"{address}@{ours['revision']}{mark}{fragment}" if ours["revision"] else ours["source"]
    # pip learns the name of an archive when it builds it.
    pairs = {"name": (ours["name"], canonical(theirs["name"]) or ours["name"]), "url": (ours_link, without_egg(link)),
             "marker": (ours["marker"], theirs["marker"]), "extras": (set(map(canonical, ours["extras"])), set(map(canonical, theirs["extras"])))}
    if not link:
        pairs["hashes"] = (sorted(set(ours["hashes"])), sorted(set(theirs["hashes"])))
        pairs["specifier"] = (same_specifier(ours, theirs["specifier"]), True)
    return ", ".join(f"{key}: {a!r}, pip {b!r}" for key, (a, b) in pairs.items() if a != b)


def values_of(options: list[str], name: str) -> list[str]:
    return [value for key, value in zip(options, options[1:], strict=False) if key == name]


def indexes_of(options: list[str]) -> list[str]:
    """As pip takes them, line after line."""
    urls: list[str] = []
    for key, value in zip(options, [*options[1:], ""], strict=False):
        if key == "--index-url":
            urls = [value]
        elif key == "--extra-index-url":
            urls.append(value)
    return [] if "--no-index" in options else urls


def judged(ours: dict, pip: dict, version: str) -> str:
    """"same", "refused by both", "by design", or what is wrong."""
    def is_expected(error: str) -> bool:
        return bool(BY_DESIGN.search(error) or (version.startswith("23") and OLD_PACKAGING.search(error)))

    if "error" in pip:
        if ours["errors"]:
            return "refused by both"
        return "by design" if is_expected(pip["error"]) else f"only pip refuses: {pip['error']}"
    if ours["errors"]:
        return "by design" if all(map(is_expected, ours["errors"])) else f"only the agent refuses: {ours['errors']}"
    theirs = [one for one in pip["read"] if not one["constraint"]]
    limits = [one for one in pip["read"] if one["constraint"]]
    names = Counter((canonical(one["name"]), one["marker"]) for one in theirs)
    if names and max(names.values()) > 1:
        return "by design"  # joined to one requirement
    if [len(theirs), len(limits)] != [len(ours["pins"]), len(ours["constraints"])]:
        return f"{len(ours['pins'])} and {len(ours['constraints'])}, pip {len(theirs)} and {len(limits)}"
    wrong = [difference(a, b, pip["folder"]) for a, b in zip(ours["pins"] + ours["constraints"], theirs + limits, strict=True)]
    options = ours["options"]
    if indexes_of(options) != pip["indexes"]:
        wrong.append(f"indexes {options}, pip {pip['indexes']}")
    if values_of(options, "--find-links") != pip["links"]:
        wrong.append(f"links {options}, pip {pip['links']}")
    if ("--pre" in options) != pip["pre"]:
        wrong.append("--pre")
    return "; ".join(filter(None, wrong)) or "same"


TABLE = [
    "six==1.16.0", "six == 1.16.0", "six===1.16.0", "six[a]==1.0 ; python_version<'4'", "six==1.0;python_version<'4'", "SIX==1.0",
    "six==1.0 # comment", "six==1.0# comment", "six==1.0 #comment \\\nidna==3.4", "six \\\n==1.0", "six==1.0 \\", "\\\nsix==1.0", "six==1.0 \\ ",
    f"six==1.0 --hash={HASH} --hash {HASH}", f"six==1.0 \\\n  --hash={HASH}", f"six==1.0 \\\n# c\n  --hash={HASH}", f"six==1.0 --hash={HASH.upper()}",
    "six==1.0 --hash=md5:abc", "six==1.0 --hash=abc", "-r more.txt", "-rmore.txt", "--requirement more.txt", "--req more.txt", "-c limits.txt",
    "-r missing.txt", "-r ''", "lib @ git+https://e.org/l.git@v1", "lib@git+https://e.org/l.git@v1", "git+https://e.org/l.git@v1#egg=lib",
    "git+https://e.org/l.git@v1#egg=lib&subdirectory=a", "-e git+https://e.org/l.git@v1#egg=lib", "-e git+https://e.org/l.git@v1", "-e .", "-e .[x]",
    ".", "./", ".[x]", "-e ./missing", "https://e.org/lib-1.0.tar.gz#egg=lib", "https://e.org/my_lib-1.0-py3-none-any.whl", "https://e.org/x.whl",
    "lib @ https://e.org/lib-1.0.tar.gz;python_version<'4'", "lib @ https://e.org/lib-1.0.tar.gz ; python_version<'4'",
    "https://e.org/my_lib-1.0-py3-none-any.whl ; python_version<'4'", "https://e.org/my_lib-1.0-py3-none-any.whl;python_version<'4'",
    "six==1.0;", "six==1.0 ; ", "six==1.0 ; foo=='x'", "six==1.0 ; python_version ~= 'abc'", "six=1.0", "six 1.0", "six,1.0", "six==", "six==1.0,", "==1.0",
    "six==1.0\tidna==3.4", "six==1.0 idna==3.4", "six==1.0\x0bidna==3.4", "\ufeffsix==1.0", "six==1.0 --config-settings a=b", "six==1.0 -r more.txt",
    "-i https://a.example.org/simple", "-ihttps://a.example.org/simple", "--index-url 'https://a.example.org/simple'", "--extra https://a.example.org",
    "--no", "--no-index", "-f https://a.example.org", "--pre", "--pre=1", "--prefer-binary --pre", "--unknown", "-x", "--no-deps", "six==1.*", "six>=1,<2",
    "(six==1.0)", "six(==1.0)", "six (==1.0)", "six[a][b]==1.0", "six[]==1.0", "six[a,]==1.0", "-six==1.0", "six-==1.0", "_six==1.0", "six.==1.0",
    "six=='1.0'", "six==1.0 'idna'", "six==1.0\u00a0", "sïx==1.0", "six== 1.0 , >=0.9", "six>=1.0,<=1.0", "six~=1", "six==1.0+local", "six==1.0.*", "six===foo",
    "--editable=.", "--edit .", "-e", "-e ''", "--hash=" + HASH, "--require-hashes\nsix==1.0 --hash=" + HASH, "--use-feature=fast-deps", "--only-binary=:all:",
    "a==1\r\nb==2\r\n", "a==1\rb==2", "a==1\n\n\n  \nb==2", "  a==1  ", "<<<<<<< HEAD", "a==1 -- b==2", "a @ ./a", "a @ file:///x", "${A}==1", "a==$A", "a==1 # ${A}",
]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_table_of_lines(pip_folder, version):
    files = [{"requirements.txt": text, "more.txt": "certifi==2023.7.22\n", "limits.txt": "urllib3<2\n", "setup.py": "setup(name='meter')"} for text in TABLE]
    wrong = [f"{text!r}: {verdict}" for text, (ours, pip) in zip(TABLE, both(pip_folder(version), files), strict=True)
             if (verdict := judged(ours, pip, version)) not in ("same", "refused by both", "by design")]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("version", VERSIONS)
def test_random_files(pip_folder, version, record_property):
    files = [requirement_files(seed) for seed in range(RANDOM_FILES)]
    verdicts, wrong = Counter(), []
    for one, (ours, pip) in zip(files, both(pip_folder(version), files), strict=True):
        verdict = judged(ours, pip, version)
        verdicts[verdict if verdict in ("same", "refused by both", "by design") else "wrong"] += 1
        if verdict not in ("same", "refused by both", "by design"):
            wrong.append(f"{one['requirements.txt']!r}: {verdict}")
    record_property("verdicts", json.dumps(verdicts))
    print(verdicts)
    assert not wrong, f"{len(wrong)} of {RANDOM_FILES}\n" + "\n".join(wrong[:20])
    assert verdicts["same"] > RANDOM_FILES / 5
