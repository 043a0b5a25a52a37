# SPDX-License-Identifier: Apache-2.0
"""What the project says about itself is the same everywhere: licence, linked libraries, versions, its address, installed files."""
from __future__ import annotations

import os
import re
import stat
import subprocess
from datetime import datetime, timezone
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
import yaml

from conftest import VERSION, package_of
from installed import PROJECT


def script(name: str):
    """A script of the project as a module."""
    loader = SourceFileLoader(Path(name).name.replace("-", "_"), str(PROJECT / name))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def no_byte_code(monkeypatch):
    monkeypatch.setattr("sys.dont_write_bytecode", True)


def test_every_linked_library_is_in_notice():
    listed = set(re.findall(r"^  ([a-z][a-z0-9.+-]*)   *\S", (PROJECT / "NOTICE").read_text(), re.M)) - {"library"}
    assert listed == set(script("packaging/sbom").LICENCES)


def test_the_licence_is_the_same_everywhere():
    assert script("packaging/sbom").LICENCE == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (PROJECT / "LICENSE").read_text()
    assert re.search(r"^Files: \*\nCopyright: .*\nLicense: Apache-2.0$", (PROJECT / "packaging/deb/debian/copyright").read_text(), re.M)
    assert "License: Apache-2.0\n" in script("packaging/wheel/build").metadata(VERSION)


def test_a_source_file_without_the_licence_is_refused(tmp_path):
    """In a repository with nothing but the check."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci/check-content").write_bytes((PROJECT / ".ci/check-content").read_bytes())
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    files = {"a.cpp": "int a;\n", "b.hpp": "// SPDX-License-Identifier: MIT\n", "tool": "#!/bin/sh\n", "x/CMakeLists.txt": "\n",
             "good.py": "# SPDX-License-Identifier: Apache-2.0\n", "good": "#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\n",
             "text.md": "text\n", "data.json": "{}\n"}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    done = subprocess.run(["bash", tmp_path / ".ci/check-content"], capture_output=True, text=True)
    assert done.returncode == 1
    assert {line.split(":")[0] for line in done.stderr.splitlines()} == {"a.cpp", "b.hpp", "tool", "x/CMakeLists.txt"}


def homepage() -> str:
    return script("packaging/deb/build").project("HOMEPAGE_URL")


def test_the_project_has_one_address():
    owner = re.match(r"https://github\.com/([^/]+)/gup-agent$", homepage())[1]
    texts = subprocess.run(["git", "grep", "-hoIE", r"github\.com/[A-Za-z-]+/gup-agent|[A-Za-z-]+\.github\.io/gup-agent|uses: [A-Za-z-]+/gup-agent"],
                           cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split("\n")
    found = {re.search(r"([A-Za-z-]+)(\.github\.io)?/gup-agent", text)[1] for text in texts if text}
    assert found == {owner}
    control = subprocess.run(["dpkg-deb", "-f", package_of("amd64"), "Homepage"], capture_output=True, text=True, check=True).stdout
    assert control.strip() == homepage()


CHANGELOG = """# Changelog

## [Unreleased]

### Added

- What is new, in a sentence
  of two lines.

## [0.1.0] - 2026-11-30

### Added

- The first version.

### Fixed

- Two things: `a` and `b`.

[Unreleased]: https://example.org/compare
"""
MOMENT = int(datetime(2026, 12, 24, 1, 2, 3, tzinfo=timezone.utc).timestamp())


@pytest.fixture
def build(tmp_path, monkeypatch):
    """packaging/deb/build as a module; its CHANGELOG.md is ours."""
    module = script("packaging/deb/build")
    monkeypatch.setattr(module, "PROJECT", tmp_path)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return module


def test_debian_s_changelog_has_every_item(build):
    first, second = build.changelog("0.2.0", MOMENT).split("gup-agent (0.1.0)")
    assert first.startswith("gup-agent (0.2.0) stable; urgency=medium\n\n  * What is new, in a sentence of two lines.\n\n -- ")
    assert first.rstrip().endswith("Thu, 24 Dec 2026 01:02:03 +0000")
    assert "  * The first version.\n  * Two things: `a` and `b`.\n" in second and "Mon, 30 Nov 2026 00:00:00 +0000" in second


def test_what_is_unreleased_is_not_in_an_older_package(build):
    text = build.changelog("0.1.0", MOMENT)
    assert text.startswith("gup-agent (0.1.0) ") and "What is new" not in text and "Thu, 24 Dec 2026" in text


def test_a_changelog_without_this_version_is_refused(build, tmp_path, capsys):
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG.replace("## [Unreleased]", "## [0.3.0] - 2026-12-01"))
    with pytest.raises(SystemExit):
        build.changelog("0.2.0", MOMENT)
    assert "the first version of CHANGELOG.md is not 0.2.0\nhint: " in capsys.readouterr().err


def test_the_package_s_changelog_is_the_project_s(tmp_path):
    subprocess.run(["dpkg-deb", "-x", package_of("amd64"), tmp_path], check=True)
    text = subprocess.run(["zcat", next((tmp_path / "usr/share/doc/gup-agent").glob("changelog*.gz"))], capture_output=True, text=True,
                          check=True).stdout
    assert text.startswith(f"gup-agent ({VERSION}) stable") and "  * The licence: Apache-2.0." in text
    parsed = subprocess.run(["dpkg-parsechangelog", "-l", "-", "-S", "Version"], input=text, capture_output=True, text=True, check=True)
    assert parsed.stdout.strip() == VERSION and parsed.stderr == ""


def installed_files(folder: Path) -> set[str]:
    return {f"/{path.relative_to(folder)}".removesuffix(".gz") for path in folder.rglob("*") if not path.is_dir()}


def cmake_install(tmp_path: Path, *options: str, destdir: str = "") -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    subprocess.run(["cmake", "-S", PROJECT / "packaging", "-B", tmp_path / "build", "-Wno-dev", f"-DGUP_BINARY={program}", *options],
                   check=True, stdout=subprocess.DEVNULL)
    environment = {**os.environ, "DESTDIR": destdir}
    subprocess.run(["cmake", "--install", tmp_path / "build"], check=True, stdout=subprocess.DEVNULL, env=environment)


def test_cmake_installs_what_the_package_has(tmp_path):
    cmake_install(tmp_path, "-DCMAKE_INSTALL_PREFIX=/usr", destdir=str(tmp_path / "root"))
    subprocess.run(["dpkg-deb", "-x", package_of("amd64"), tmp_path / "package"], check=True)
    of_debian = {"/usr/share/doc/gup-agent/changelog", "/usr/share/doc/gup-agent/copyright", "/usr/share/doc/gup-agent/README.Debian",
                 "/usr/share/lintian/overrides/gup-agent"}

    def common(name: str) -> str:
        """The path that a distribution may choose differently."""
        return name.replace("/zsh/site-functions/", "/zsh/vendor-completions/").replace("/usr/lib/systemd/", "/lib/systemd/")

    ours = {common(name) for name in installed_files(tmp_path / "root")} - {"/usr/share/licenses/gup-agent/LICENSE"}
    assert ours == installed_files(tmp_path / "package") - of_debian


def test_another_prefix_has_its_own_folders_and_paths(tmp_path):
    prefix = tmp_path / "opt"
    cmake_install(tmp_path, f"-DCMAKE_INSTALL_PREFIX={prefix}", "-DGUP_CRON_DIR=")
    assert f"ExecStart={prefix}/bin/gup-agent run\n" in (prefix / "lib/systemd/system/gup-agent.service").read_text()
    assert stat.S_IMODE((prefix / "bin/gup-agent").stat().st_mode) == 0o755
    assert not (prefix / "etc/cron.d").exists()
    # An edited configuration stays.
    configuration = prefix / "etc/gup-agent/gup-agent.toml"
    configuration.write_text("# mine\n")
    cmake_install(tmp_path, f"-DCMAKE_INSTALL_PREFIX={prefix}", "-DGUP_CRON_DIR=")
    assert configuration.read_text() == "# mine\n"


def test_the_edits_of_the_first_change_are_possible(tmp_path):
    """The commands of CONTRIBUTING.md on copies: the test gets its new line where the document says, and the code the new unit."""
    text = (PROJECT / "CONTRIBUTING.md").read_text()
    edits = re.findall(r"^(sed -i .* (\S+\.cpp))$", text, re.M)
    assert [Path(path).name for _, path in edits] == ["units_test.cpp", "units.cpp"]
    for command, path in edits:
        copy = tmp_path / path
        copy.parent.mkdir(parents=True)
        copy.write_bytes((PROJECT / path).read_bytes())
        subprocess.run(["sh", "-c", command], cwd=tmp_path, check=True)
    line = int(re.search(r"units_test\.cpp:(\d+): ERROR", text)[1])
    assert '"2w"' in (tmp_path / edits[0][1]).read_text().splitlines()[line - 1]
    assert """Unit{"w", 604'800'000}""" in (tmp_path / edits[1][1]).read_text()


def test_shellcheck_finds_nothing_in_the_installer():
    subprocess.run(["shellcheck", PROJECT / "packaging/install.sh", PROJECT / ".ci/install-packages"], check=True)


def test_make_help_shows_every_target():
    makefile = (PROJECT / "Makefile").read_text()
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.M)[1].split()) - {"all"}
    shown = subprocess.run(["make", "--no-print-directory", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    listed = {name for line in re.findall(r"^  make ((?:[a-z0-9-]+ )+) ", shown, re.M) for name in line.split()}
    assert listed == targets


@pytest.mark.parametrize("name", sorted(str(path.relative_to(PROJECT)) for folder in (".github", ".") for path in
                                        (PROJECT / folder).glob("**/*.yml" if folder == ".github" else ".gitlab-ci.yml")))
def test_a_file_of_a_host_is_well_formed_and_calls_only_what_exists(name):
    text = (PROJECT / name).read_text()
    assert isinstance(yaml.safe_load(text), dict)
    for target in re.findall(r"make ([a-z-]+)", text):
        assert re.search(rf"^{target}:", (PROJECT / "Makefile").read_text(), re.M), target
    for path in re.findall(r"(?<![\w/])\.ci/[a-z-]+", text):
        assert os.access(PROJECT / path, os.X_OK), path
