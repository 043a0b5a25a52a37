// SPDX-License-Identifier: Apache-2.0
#include "deploy/code_tree.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include "connector/generation_store.hpp"
#include "core/release.hpp"
#include "deployment_fixture.hpp"
#include "util/sys/symlink.hpp"

namespace gup {

using namespace test;

namespace {

// A connector's repository, from which a release is to be made.
struct CodeSite : DeploymentSite {
    ConnectorLayout site = layout_of(observe(), settings.root);

    [[nodiscard]] Result<ReleaseCode> find(const std::string& from, const std::string& version = {}) const {
        return find_release_code(site, {site.name, from, version, box.path("")});
    }
    // A folder without a repository, with a gupfile.
    [[nodiscard]] fs::path plain_folder() const {
        const fs::path folder = box.path("plain");
        put(folder / "gupfile", "six,1.0\n");
        put(folder / "main.py", "12345");
        return folder;
    }
    [[nodiscard]] fs::path write_code(const ReleaseCode& code) const {
        const fs::path to = box.path("written");
        fs::create_directories(to);
        const Status written = write_release_code(code, to);
        CHECK_MESSAGE(written.ok(), (written.ok() ? "" : written.error().message));
        return to;
    }
};

}  // namespace

TEST_CASE("find_release_code: of the branch, a tag or a commit, with its files") {
    const CodeSite meter;
    const std::string first = meter.head();
    meter.box.git(meter.box.gateway(), "tag v1");
    const std::string second = meter.box.publish_file("main.py", "print(2)\n");
    meter.box.git(meter.box.gateway(), "fetch -q");
    const ReleaseCode latest = meter.find("").value();
    CHECK(latest.commit == second);
    CHECK(latest.branch == "main");
    CHECK(latest.id.ends_with("-main-" + second.substr(0, 7)));
    CHECK(latest.gupfile == "alpha,1.0\n");
    CHECK(latest.origin == "commit " + second.substr(0, 7));
    CHECK(meter.find("v1").value().commit == first);
    CHECK(meter.find(first.substr(0, 10)).value().commit == first);
    CHECK(meter.find("", "1.0").value().id == "1.0");
    const fs::path to = meter.write_code(latest);
    CHECK(read(to / "main.py") == "print(2)\n");
    CHECK_FALSE(is_there(to / ".git"));
}

TEST_CASE("find_release_code: an unknown revision, and an id that cannot be one, are refused") {
    const CodeSite meter;
    CHECK(code_of(meter.find("v9")) == ErrorCode::not_found);
    CHECK(code_of(meter.find("", "../x")) == ErrorCode::invalid_input);
    meter.box.run("cd " + meter.box.publisher().string() + " && git rm -q gupfile");
    meter.box.publish();
    meter.box.git(meter.box.gateway(), "fetch -q");
    const auto without = meter.find("");
    REQUIRE(without.ok());
    CHECK_FALSE(without->has_gupfile);
    CHECK(is_placeholder_gupfile(without->gupfile));
    fs::remove_all(meter.box.gateway() / ".git");
    CHECK(holds(meter.find("").error().hint, "--from"));
}

TEST_CASE("find_release_code: a folder is taken when it is written as a path, or nothing else has that name") {
    const CodeSite meter;
    const fs::path folder = meter.plain_folder();
    for (const std::string& from : {folder.string(), std::string("./plain"), std::string("plain")}) {
        CAPTURE(from);
        const auto code = meter.find(from, "1.0");
        REQUIRE(code.ok());
        CHECK(code->id == "1.0");
        CHECK(code->commit.empty());
        CHECK(code->gupfile == "six,1.0\n");
        CHECK(code->origin == fs::canonical(folder).string());
        CHECK(code->tree->files == 2);
        CHECK(code->tree->bytes == 8 + 5);
    }
    meter.box.git(meter.box.gateway(), "tag plain");
    CHECK(meter.find("plain", "1.0").value().commit == meter.head());
    CHECK(code_of(meter.find(folder)) == ErrorCode::invalid_input);
    CHECK_FALSE(meter.find("./none", "1.0").ok());
    CHECK(code_of(meter.find("./plain/main.py", "1.0")) == ErrorCode::invalid_input);
    fs::remove(folder / "gupfile");
    CHECK_FALSE(meter.find(folder, "1.0").value().has_gupfile);
}

TEST_CASE("find_release_code: a folder that holds the releases cannot become one") {
    const CodeSite meter;
    fs::create_directories(meter.site.folder);
    put(meter.settings.root / "gupfile", "");
    const auto all = meter.find(meter.settings.root, "1.0");
    CHECK(code_of(all) == ErrorCode::invalid_input);
    CHECK(holds(all.error().message, "releases"));
}

TEST_CASE("find_release_code: a folder's own repository names it, and says when it differs from its commit") {
    const CodeSite meter;
    const ReleaseCode clean = meter.find(meter.box.publisher()).value();
    CHECK(clean.commit == meter.head());
    CHECK(clean.branch == "main");
    CHECK(clean.id.ends_with("-main-" + meter.head().substr(0, 7)));
    write(meter.box.publisher() / "main.py", "print(3)\n");
    const ReleaseCode dirty = meter.find(meter.box.publisher()).value();
    CHECK(dirty.commit.empty());
    CHECK(dirty.id == clean.id + "-dirty");
    CHECK(meter.find(meter.box.publisher(), "1.0").value().id == "1.0");
}

TEST_CASE("a folder's code: without what belongs to a release or a repository, with links that stay inside") {
    const CodeSite meter;
    const fs::path folder = meter.plain_folder();
    put(folder / ".venv/pyvenv.cfg", "");
    put(folder / "generation.json", "{}");
    put(folder / ".git/config", "");
    put(folder / "deep/.gitignore", "x\n");
    put(folder / "deep/.venv/kept", "");
    fs::create_symlink("main.py", folder / "inside");
    fs::create_symlink("../shared/data", folder / "data");
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    fs::permissions(folder / "main.py", fs::perms::owner_all);
    const ReleaseCode code = meter.find(folder, "1.0").value();
    CHECK(code.tree->left_out == std::vector<std::string>{"pipe"});
    const fs::path to = meter.write_code(code);
    for (const char* absent : {".venv", "generation.json", ".git", "deep/.gitignore", "data", "pipe"}) {
        CHECK_FALSE_MESSAGE(is_there(to / absent), absent);
    }
    CHECK(is_file(to / "deep/.venv/kept"));
    CHECK(link_text(to / "inside") == "main.py");
    CHECK(read(to / "main.py") == "12345");
    CHECK(is_executable(to / "main.py"));
    fs::create_symlink("../../etc", folder / "outside");
    CHECK(code_of(meter.find(folder, "1.0")) == ErrorCode::unsupported);
}

TEST_CASE("write_release_code: code with a virtualenv or a record of its own is refused") {
    const CodeSite meter;
    for (const char* own : {".venv/pyvenv.cfg", "generation.json"}) {
        meter.box.publish_file(own, "x\n");
        meter.box.git(meter.box.gateway(), "fetch -q");
        const fs::path to = meter.box.path(std::string("to-") + own[1]);
        fs::create_directories(to);
        CHECK(code_of(write_release_code(meter.find("").value(), to)) == ErrorCode::invalid_input);
        meter.box.run(fmt::format("cd '{}' && git rm -rq {}", meter.box.publisher().string(), own));
    }
}

TEST_CASE("code_of_release: what an installed release says of itself, and its files") {
    const CodeSite meter;
    Generation made;
    made.id = "1.0";
    made.branch = "main";
    made.commit = meter.head();
    made.source = "https://h/app.zip";
    made.etag = "\"a\"";
    made.modified = "Sat, 21 Nov 2026 02:00:00 GMT";
    put(meter.site.folder / "1.0/gupfile", "six,1.0\n");
    put(meter.site.folder / "1.0/.venv/pyvenv.cfg", "");
    REQUIRE(write_generation(meter.site.folder, made).ok());
    const ReleaseCode code = code_of_release(meter.site, made).value();
    CHECK(code.id == "1.0");
    CHECK(code.branch == "main");
    CHECK(code.commit == made.commit);
    CHECK(code.source == made.source);
    CHECK(code.etag == made.etag);
    CHECK(code.modified == made.modified);
    CHECK(code.gupfile == "six,1.0\n");
    CHECK(code.tree->files == 1);
    made.id = "2.0";
    CHECK_FALSE(code_of_release(meter.site, made).ok());
}

TEST_CASE("files_left_behind: ten files that neither the commit nor the new release has") {
    const CodeSite meter;
    Generation before;
    before.id = "1.0";
    before.commit = meter.head();
    const fs::path release = meter.site.folder / "1.0";
    const fs::path next = meter.site.folder / "2.0";
    for (const char* file : {"main.py", "gupfile", "generation.json", "__pycache__/main.cpython-311.pyc", "carried"}) {
        put(release / file, "");
    }
    put(next / "carried", "");
    CHECK(files_left_behind(meter.site, before, next).empty());
    put(release / "deep/notes.txt", "");
    CHECK(files_left_behind(meter.site, before, next) == std::vector<std::string>{"deep/notes.txt"});
    for (int i = 0; i < 20; ++i) put(release / ("log" + std::to_string(i)), "");
    CHECK(files_left_behind(meter.site, before, next).size() == 10);
    fs::remove_all(meter.box.gateway() / ".git");
    CHECK(files_left_behind(meter.site, before, next).empty());
}

}  // namespace gup
