// SPDX-License-Identifier: Apache-2.0
#include "python/virtualenv.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "fixture.hpp"
#include "util/sys/directory.hpp"

namespace gup {
namespace {

using test::put;

// A virtualenv in the layout of venv, with an interpreter that is only a file.
class FakeVirtualenv {
public:
    explicit FakeVirtualenv(const std::string& config = "version = 3.11.2\n")
        : folder_(std::move(TemporaryFolder::make()).value()),
          root(folder_.path() / "venv"),
          site(root / "lib/python3.11/site-packages") {
        put(root / "pyvenv.cfg", "home = " + (folder_.path() / "usr/bin").string() + "\n" + config);
        put(folder_.path() / "usr/bin/python3.11", "#!/bin/false\n");
        ::chmod((folder_.path() / "usr/bin/python3.11").c_str(), 0755);
        fs::create_directories(root / "bin");
        fs::create_symlink("python3", root / "bin/python");
        fs::create_symlink(folder_.path() / "usr/bin/python3.11", root / "bin/python3");
        fs::create_directories(site);
    }

    // A valid distribution, as installed by pip.
    fs::path add(const std::string& name, const std::string& version, const fs::path& where = {}) {
        const std::string folder = name + "-" + version + ".dist-info";
        const fs::path path = (where.empty() ? site : where) / folder;
        put(path / "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n\ntext\n");
        put(path / "INSTALLER", "pip\n");
        put(path / "RECORD", folder + "/INSTALLER,sha256=x,4\n" + folder + "/METADATA,,\n" + folder + "/RECORD,,\n");
        return path;
    }

    [[nodiscard]] ObservedVirtualenv inspect() const {
        auto result = inspect_virtualenv({true, root});
        REQUIRE(result.ok());
        return *result;
    }
    // The only distribution.
    [[nodiscard]] Distribution only() const {
        const auto virtualenv = inspect();
        REQUIRE(virtualenv.distributions.size() == 1);
        return virtualenv.distributions.front();
    }
    [[nodiscard]] const fs::path& outside() const { return folder_.path(); }

private:
    TemporaryFolder folder_;

public:
    fs::path root;
    fs::path site;
};

}  // namespace

TEST_CASE("find_virtualenv: <root>/.pyenv, then <home>/.pyenv, then <connector>/.venv") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path root = folder->path() / "root";
    const fs::path home = folder->path() / "home";
    CHECK_FALSE(find_virtualenv(root, "meter", home).present);
    CHECK(find_virtualenv(root, "meter", home).path == root / ".pyenv/meter");
    fs::create_directories(root / "meter/.venv/bin");
    fs::create_symlink("/gone/python3", root / "meter/.venv/bin/python");
    CHECK(find_virtualenv(root, "meter", home).present);
    CHECK(find_virtualenv(root, "meter", home).path == root / "meter/.venv");
    put(home / ".pyenv/meter/pyvenv.cfg", "");
    CHECK(find_virtualenv(root, "meter", home).path == home / ".pyenv/meter");
    CHECK(find_virtualenv(root, "meter", {}).path == root / "meter/.venv");
    fs::create_directories(root / ".pyenv");
    fs::create_directory_symlink(home / ".pyenv/meter", root / ".pyenv/meter");
    CHECK(find_virtualenv(root, "meter", home).path == root / ".pyenv/meter");
}

TEST_CASE("inspect_virtualenv: a place without a virtualenv is not present") {
    const auto result = inspect_virtualenv({false, "/nowhere/.pyenv/meter"});
    REQUIRE(result.ok());
    CHECK_FALSE(result->present);
    CHECK(result->path == "/nowhere/.pyenv/meter");
    CHECK(result->distributions.empty());
}

TEST_CASE("inspect_virtualenv: the facts for markers, of pyvenv.cfg and else of the interpreter's name") {
    const auto facts = [](const FakeVirtualenv& fake) {
        const auto seen = fake.inspect();
        return seen.python_version + " " + seen.python_full_version + " " + seen.implementation;
    };
    const FakeVirtualenv fake;
    CHECK(facts(fake) == "3.11 3.11.2 cpython");
    CHECK(facts(FakeVirtualenv("version_info = 3.11.0.candidate.1\nimplementation = PyPy\n")) == "3.11 3.11.0rc1 pypy");
    put(fake.root / "pyvenv.cfg", "");
    CHECK(facts(fake) == "3.11 3.11 cpython");
    // PyPy's own venv: a link, a copy, and without its interpreter.
    put(fake.root / "pyvenv.cfg", "version = 3.9.16\nexecutable = /opt/pypy/bin/pypy3.9\n");
    CHECK(facts(fake) == "3.9 3.9.16 pypy");
    put(fake.root / "pyvenv.cfg", "version = 3.9.16\n");
    fs::remove(fake.root / "bin/python3");
    put(fake.outside() / "opt/pypy3.9", "#!/bin/false\n");
    fs::create_symlink(fake.outside() / "opt/pypy3.9", fake.root / "bin/python3");
    CHECK(facts(fake) == "3.9 3.9.16 pypy");
    fs::remove(fake.outside() / "opt/pypy3.9");
    CHECK(facts(fake) == "3.9 3.9.16 cpython");
    fs::rename(fake.root / "lib/python3.11", fake.root / "lib/pypy3.9");
    CHECK(facts(fake) == "3.9 3.9.16 pypy");
    CHECK(inspect_virtualenv({false, fake.root})->implementation.empty());
}

TEST_CASE("inspect_virtualenv: dependencies of METADATA, PKG-INFO and requires.txt") {
    FakeVirtualenv fake;
    put(fake.add("lib", "2.0") / "METADATA",
        "Name: lib\nVersion: 2.0\nDescription: " + std::string(70'000, 'x') +
            "\nRequires-Dist: one>=1\nRequires-Dist: two; extra == 'x'\n\nRequires-Dist: three\n");
    using Names = std::vector<std::string>;
    CHECK(fake.only().dependencies == Names{"one>=1", "two; extra == 'x'"});
    fs::remove_all(fake.site / "lib-2.0.dist-info");
    const fs::path egg = fake.site / "lib-2.0.egg-info";
    put(egg / "PKG-INFO", "Name: lib\nVersion: 2.0\n");
    CHECK(fake.only().dependencies.empty());
    put(egg / "requires.txt", "one>=1\n\n[x]\ntwo\n");
    CHECK(fake.only().dependencies == Names{"one>=1", "two ; extra == \"x\""});
    put(egg / "PKG-INFO", "Name: lib\nVersion: 2.0\nRequires-Dist: three\n");
    CHECK(fake.only().dependencies == Names{"three"});
}

TEST_CASE("inspect_virtualenv: distributions are sorted by normalized name, valid ones have no defect") {
    FakeVirtualenv fake;
    fake.add("Zope.Event", "5.0");
    fake.add("alpha", "1.0");
    fake.add("Beta_Lib", "2.0");
    put(fake.site / "alpha/__init__.py", "");
    const auto virtualenv = fake.inspect();
    CHECK(virtualenv.defect.empty());
    CHECK(virtualenv.python == (fake.root / "bin/python").string());
    REQUIRE(virtualenv.distributions.size() == 3);
    CHECK(virtualenv.distributions[0].name == "alpha");
    CHECK(virtualenv.distributions[1].name == "Beta_Lib");
    CHECK(virtualenv.distributions[2].name == "Zope.Event");
    CHECK(virtualenv.distributions[2].version == "5.0");
    for (const auto& distribution : virtualenv.distributions) CHECK(distribution.defect.empty());
}

TEST_CASE("inspect_virtualenv: direct_url.json gives url, commit, revision and editable") {
    FakeVirtualenv fake;
    put(fake.add("lib", "5.0.0") / "direct_url.json",
        R"({"url":"https://x/lib.git","vcs_info":{"vcs":"git","commit_id":"c0ffee","requested_revision":"v5.0.0"}})");
    const auto lib = fake.only();
    CHECK(lib.url == "https://x/lib.git");
    CHECK(lib.commit_id == "c0ffee");
    CHECK(lib.requested_revision == "v5.0.0");
    CHECK_FALSE(lib.editable);
    put(fake.site / "lib-5.0.0.dist-info/direct_url.json", R"({"url":"file:///src","dir_info":{"editable":true}})");
    CHECK(fake.only().editable);
    put(fake.site / "lib-5.0.0.dist-info/direct_url.json", "");
    CHECK(fake.only().defect.find("direct_url.json") != std::string::npos);
}

TEST_CASE("inspect_virtualenv: an interrupted install is a defect, even with the new version in METADATA") {
    FakeVirtualenv fake;
    const fs::path info = fake.add("lib", "2.0");
    put(info / "RECORD", "lib.py,sha256=x,1\nlib-2.0.dist-info/RECORD,,\n");
    CHECK(fake.only().version == "2.0");
    CHECK(fake.only().defect == "interrupted install: RECORD has no INSTALLER row");
    // The INSTALLER row of a vendored distribution does not matter.
    put(info / "RECORD", "lib/_vendor/lib-2.0.dist-info/INSTALLER,sha256=x,4\nlib-2.0.dist-info/RECORD,,\n");
    CHECK_FALSE(fake.only().defect.empty());
    fs::remove(info / "RECORD");
    CHECK(fake.only().defect == "no RECORD");
}

TEST_CASE("inspect_virtualenv: the INSTALLER row is found at any place of a large RECORD") {
    FakeVirtualenv fake;
    const fs::path info = fake.add("lib", "2.0");
    const std::string row = "lib-2.0.dist-info/INSTALLER,sha256=x,4\n";
    // Around the reader's block size every offset of the row is tried, so that it is cut at each of its bytes.
    for (std::size_t offset = 65536 - row.size() - 3; offset < 65536 + 3; ++offset) {
        put(info / "RECORD", std::string(offset - 1, 'x') + "\n" + row + std::string(70000, 'y') + "\n");
        CHECK(fake.only().defect.empty());
        put(info / "RECORD", std::string(offset, 'x') + row + std::string(70000, 'y') + "\n");
        CHECK_FALSE(fake.only().defect.empty());
    }
}

TEST_CASE("inspect_virtualenv: METADATA that is missing, empty, or of another distribution is a defect") {
    FakeVirtualenv fake;
    const fs::path info = fake.add("lib", "2.0");
    put(info / "METADATA", "Name: lib\nVersion: 1.0\n\n");
    CHECK(fake.only().version == "1.0");
    CHECK(fake.only().defect == "its METADATA says lib 1.0, its folder lib-2.0.dist-info");
    put(info / "METADATA", "");
    CHECK(fake.only().name == "lib");
    CHECK(fake.only().defect == "METADATA has no Name");
    fs::remove(info / "METADATA");
    CHECK(fake.only().version == "2.0");
    CHECK(fake.only().defect == "no METADATA");
}

TEST_CASE("inspect_virtualenv: a METADATA that is a fifo does not block it") {
    FakeVirtualenv fake;
    const fs::path info = fake.add("lib", "2.0");
    fs::remove(info / "METADATA");
    REQUIRE(::mkfifo((info / "METADATA").c_str(), 0644) == 0);
    CHECK_FALSE(fake.only().defect.empty());
}

TEST_CASE("inspect_virtualenv: a METADATA that is not UTF-8 is named, and its distribution is still listed") {
    FakeVirtualenv fake;
    const fs::path info = fake.add("lib", "2.0");
    put(info / "METADATA", "Name: lib\nVersion: 2.0\nAuthor: J\xFCrgen\n\ntext\n");
    const auto virtualenv = fake.inspect();
    REQUIRE(virtualenv.unreadable.size() == 1);
    CHECK(virtualenv.unreadable.front() == (info / "METADATA").string());
    CHECK(virtualenv.distributions.front().defect.empty());
}

TEST_CASE("inspect_virtualenv: two distributions of one name are both defective") {
    FakeVirtualenv fake;
    fake.add("My-Lib", "1.0");
    fake.add("my_lib", "2.0");
    const auto virtualenv = fake.inspect();
    REQUIRE(virtualenv.distributions.size() == 2);
    for (const auto& distribution : virtualenv.distributions) {
        CHECK(distribution.defect == "it is installed more than once: 1.0 and 2.0");
    }
}

TEST_CASE("inspect_virtualenv: leftovers of an interrupted pip are listed, but not as installed") {
    FakeVirtualenv fake;
    fake.add("~ib", "1.0");
    fs::create_directories(fake.site / "~ib");
    const auto virtualenv = fake.inspect();
    CHECK(virtualenv.distributions.empty());
    REQUIRE(virtualenv.leftovers.size() == 2);
    CHECK(virtualenv.leftovers[0] == (fake.site / "~ib").string());
}

TEST_CASE("inspect_virtualenv: egg-info as a folder and as a file, egg-link, egg") {
    FakeVirtualenv fake;
    put(fake.site / "folder_form-1.0-py3.11.egg-info/PKG-INFO", "Name: folder-form\nVersion: 1.0\n");
    put(fake.site / "file_form-2.0.egg-info", "Metadata-Version: 1.1\nName: file-form\nVersion: 2.0\n");
    put(fake.site / "linked.egg-link", (fake.outside() / "src").string() + "\n.");
    put(fake.outside() / "src/linked.egg-info/PKG-INFO", "Name: linked\nVersion: 3.0\n");
    put(fake.site / "zipped-4.0-py3.11.egg", "PK");
    put(fake.site / "unzipped-5.0-py3.11.egg/EGG-INFO/PKG-INFO", "Name: unzipped\nVersion: 5.0\n");
    put(fake.site / "lost.egg-link", (fake.outside() / "gone").string() + "\n.");
    fs::create_directories(fake.site / "empty-6.0.egg-info");
    const auto virtualenv = fake.inspect();
    std::string seen;
    for (const auto& one : virtualenv.distributions) {
        seen += one.name + " " + one.version + (one.defect.empty() ? "" : " !") + "\n";
    }
    CHECK(seen == "empty 6.0 !\nfile-form 2.0\nfolder-form 1.0\nlinked 3.0\nlost  !\nunzipped 5.0\nzipped 4.0\n");
    CHECK(virtualenv.distributions[3].form == DistributionForm::egg_link);
    CHECK(virtualenv.distributions[3].editable);
    CHECK(virtualenv.distributions[1].form == DistributionForm::egg_info);
    CHECK(virtualenv.distributions[6].form == DistributionForm::egg);
}

TEST_CASE("inspect_virtualenv: system distributions are listed on request, unless the virtualenv's own hide them") {
    for (const bool wanted : {false, true}) {
        FakeVirtualenv fake(std::string("version = 3.11.2\ninclude-system-site-packages = ") +
                            (wanted ? "true" : "false"));
        const fs::path debian = fake.outside() / "usr/lib/python3/dist-packages";
        const fs::path local = fake.outside() / "usr/local/lib/python3.11/dist-packages";
        fake.add("shared", "1.0");
        fake.add("shared", "9.0", debian);
        fs::remove(fake.add("debian", "3.0", debian) / "RECORD");
        // Debian's packages keep the wheel's RECORD at times, never with an INSTALLER row.
        put(fake.add("kept", "3.0", debian) / "RECORD", "kept.py,,\n");
        fake.add("both", "1.0", debian);
        fake.add("both", "2.0", local);
        const auto virtualenv = fake.inspect();
        if (!wanted) {
            CHECK(virtualenv.distributions.size() == 1);
            continue;
        }
        REQUIRE(virtualenv.distributions.size() == 4);
        CHECK(virtualenv.distributions[0].version == "2.0");
        CHECK(virtualenv.distributions[1].name == "debian");
        CHECK(virtualenv.distributions[1].defect.empty());
        CHECK(virtualenv.distributions[1].system);
        CHECK(virtualenv.distributions[2].name == "kept");
        CHECK(virtualenv.distributions[2].defect.empty());
        CHECK(virtualenv.distributions[3].version == "1.0");
        CHECK_FALSE(virtualenv.distributions[3].system);
    }
}

TEST_CASE("inspect_virtualenv: of several lib/pythonX.Y the one that pyvenv.cfg names is read") {
    FakeVirtualenv fake;
    fake.add("lib", "2.0");
    fake.add("lib", "1.0", fake.root / "lib/python3.9/site-packages");
    CHECK(fake.only().version == "2.0");
    // Without a version in pyvenv.cfg the interpreter's name decides.
    put(fake.root / "pyvenv.cfg", "");
    CHECK(fake.only().version == "2.0");
}

TEST_CASE("inspect_virtualenv: a lib64 that is a link to lib is read once, a real folder is read, too") {
    FakeVirtualenv fake;
    fake.add("lib", "2.0");
    fs::create_directory_symlink("lib", fake.root / "lib64");
    CHECK(fake.only().defect.empty());
    fs::remove(fake.root / "lib64");
    fake.add("other", "1.0", fake.root / "lib64/python3.11/site-packages");
    CHECK(fake.inspect().distributions.size() == 2);
}

TEST_CASE(
    "inspect_virtualenv: a missing interpreter, one that is not executable and one of another version are defects") {
    FakeVirtualenv fake;
    const fs::path real = fake.outside() / "usr/bin/python3.11";
    ::chmod(real.c_str(), 0644);
    CHECK(fake.inspect().defect == "the interpreter cannot be executed: " + real.string());
    fs::rename(real, fake.outside() / "usr/bin/python3.13");
    CHECK(fake.inspect().defect == "the interpreter is gone: bin/python -> " + real.string());
    fs::remove(fake.root / "bin/python3");
    fs::create_symlink(fake.outside() / "usr/bin/python3.13", fake.root / "bin/python3");
    ::chmod((fake.outside() / "usr/bin/python3.13").c_str(), 0755);
    CHECK(fake.inspect().defect.find("the virtualenv was made for 3.11") != std::string::npos);
    fs::remove(fake.root / "bin/python");
    CHECK(fake.inspect().python == (fake.root / "bin/python3").string());
    fs::remove(fake.root / "bin/python3");
    CHECK(fake.inspect().defect == "the interpreter is gone: bin/python is missing");
}

TEST_CASE(
    "inspect_virtualenv: without pyvenv.cfg a link to an interpreter elsewhere is a defect, an interpreter inside is "
    "not") {
    FakeVirtualenv fake;
    fs::remove(fake.root / "pyvenv.cfg");
    CHECK(fake.inspect().defect.find("pyvenv.cfg is missing") != std::string::npos);
    fs::remove(fake.root / "bin/python3");
    fs::copy_file(fake.outside() / "usr/bin/python3.11", fake.root / "bin/python3");
    CHECK(fake.inspect().defect.empty());
}

TEST_CASE("inspect_virtualenv: a virtualenv without site-packages is a defect") {
    FakeVirtualenv fake;
    fs::remove_all(fake.root / "lib");
    CHECK(fake.inspect().defect.find("site-packages") != std::string::npos);
}

}  // namespace gup
