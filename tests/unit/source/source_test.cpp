// SPDX-License-Identifier: Apache-2.0
#include "source/source.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"
#include "git_fixture.hpp"
#include "git_transport_fixture.hpp"
#include "zip_fixture.hpp"

namespace gup {
namespace {

DeclaredConnector declared_as(const std::string& source) {
    DeclaredConnector declared;
    declared.name = "meter";
    declared.source = parse_source(source).value();
    return declared;
}

std::unique_ptr<Source> source_as(const std::string& source) {
    return make_source({declared_as(source), {}, {}});
}

Generation release_of(const std::string& source, const std::string& commit) {
    Generation made;
    made.source = source;
    made.commit = commit;
    made.branch = "zip";
    made.etag = "\"abc\"";
    made.modified = "Sat, 21 Nov 2026 02:00:00 GMT";
    return made;
}

const std::string commit = "1a2b3c4d00000000000000000000000000000000";

// A remote with a release in its folder "gateway", and a place for what a source brings.
struct RemoteOfSources {
    test::GitSandbox box;
    fs::path into = box.path("releases");

    RemoteOfSources() {
        box.make_remote({{"main.py", "print(1)\n"}, {"gateway/gupfile", "six,1.0\n"}, {"gateway/run.py", "12345"}});
        fs::create_directories(into);
    }
    [[nodiscard]] std::unique_ptr<Source> source(const std::string& below) const {
        return make_source({declared_as("git+file://" + box.remote().string() + below), box.user(), {}});
    }
    [[nodiscard]] std::string head() const { return box.git(box.publisher(), "rev-parse HEAD"); }
};

}  // namespace

TEST_CASE("make_source: each kind of address has its row in the table") {
    struct Row {
        const char* address;
        bool is_downloaded_whole;
    };
    for (const Row& row : {Row{"git+https://h/app.git#main", false}, Row{"git@h:org/app.git", false},
                           Row{"git+https://h/app.git/gateway#v1", false}, Row{"https://h/app.zip", true},
                           Row{"s3://bucket/app.zip", true}}) {
        CAPTURE(row.address);
        const auto source = source_as(row.address);
        REQUIRE(source != nullptr);
        CHECK(source->is_downloaded_whole() == row.is_downloaded_whole);
    }
}

TEST_CASE("Source::latest: a commit id is its own answer, and so is a pinned archive's hash") {
    const auto git = source_as("git+https://192.0.2.1/app.git#" + commit)->latest({});
    REQUIRE(git.ok());
    CHECK(git->id == commit);
    CHECK(git->name == "1a2b3c4");
    CHECK(git->ref == commit);
    CHECK(git->etag.empty());

    DeclaredConnector pinned = declared_as("https://192.0.2.1/app.zip");
    pinned.sha256 = std::string(64, 'a');
    const auto zip = make_source({pinned, {}, {}})->latest({});
    REQUIRE(zip.ok());
    CHECK(zip->id == std::string(32, 'a'));
    CHECK(zip->name == "zip");
    CHECK(zip->ref.empty());
}

TEST_CASE("Source::latest: of git a branch, a tag, else the remote's HEAD") {
    const RemoteOfSources remote;
    const std::string first = remote.head();
    remote.box.git(remote.box.publisher(), "tag -a -m x v1");
    remote.box.git(remote.box.publisher(), "push -q origin v1");
    const std::string second = remote.box.publish_file("main.py", "print(2)\n");
    CHECK(remote.source("#main")->latest({}).value() == Revision{second, "main", "refs/heads/main"});
    CHECK(remote.source("#v1")->latest({}).value() == Revision{first, "v1", "refs/tags/v1"});
    CHECK(remote.source("")->latest({}).value() == Revision{second, "main", "HEAD"});
    const auto none = remote.source("#v2")->latest({});
    CHECK(test::code_of(none) == ErrorCode::not_found);
    CHECK(test::holds(none.error().message, "v2"));
    CHECK(remote.source("#main")->reach().ok());
    CHECK_FALSE(remote.source("#v2")->reach().ok());
}

TEST_CASE("Source: a commit is brought once, and its tree has its files") {
    const RemoteOfSources remote;
    const auto source = remote.source("#main");
    const Revision latest = source->latest({}).value();
    CHECK_FALSE(source->open(latest, remote.into).ok());
    CHECK(source->fetch(latest, remote.into, {}).value() == latest);
    fs::remove_all(remote.box.remote());
    CHECK(source->fetch(latest, remote.into, {}).value() == latest);
    const auto tree = source->open(latest, remote.into).value();
    CHECK(tree->files == 3);
    CHECK(tree->bytes == 9 + 8 + 5);
    CHECK_FALSE(tree->gupfile);
    CHECK(tree->left_out.empty());
    CHECK(tree->time == std::stoll(remote.box.git(remote.box.publisher(), "log -1 --format=%ct")));
    const fs::path written = remote.box.path("written");
    fs::create_directories(written);
    REQUIRE(tree->write_to(written).ok());
    CHECK(test::read(written / "gateway/run.py") == "12345");
    CHECK_FALSE(is_there(written / ".git"));
    source->forget(remote.into);
    CHECK(source->open(latest, remote.into).ok());
}

TEST_CASE("Source: of a folder of a repository only that folder is the code") {
    const RemoteOfSources remote;
    const auto source = remote.source("/gateway#main");
    const Revision latest = source->latest({}).value();
    REQUIRE(source->fetch(latest, remote.into, {}).ok());
    const auto tree = source->open(latest, remote.into).value();
    CHECK(tree->gupfile == "six,1.0\n");
    CHECK(tree->files == 2);
    CHECK(tree->bytes == 8 + 5);
    const fs::path written = remote.box.path("written");
    fs::create_directories(written);
    REQUIRE(tree->write_to(written).ok());
    CHECK(test::read(written / "run.py") == "12345");
    CHECK_FALSE(is_there(written / "main.py"));
}

TEST_CASE("Source: a repository of another remote is replaced, and a commit that is gone cannot be brought") {
    const RemoteOfSources remote;
    const RemoteOfSources other;
    const std::string ours = remote.box.publish_file("main.py", "print(2)\n");
    const std::string theirs = other.box.publish_file("main.py", "print(3)\n");
    const auto source = remote.source("#main");
    REQUIRE(source->fetch(source->latest({}).value(), remote.into, {}).ok());
    const auto moved = other.source("#main");
    REQUIRE(moved->fetch(moved->latest({}).value(), remote.into, {}).ok());
    CHECK(moved->open({theirs}, remote.into).ok());
    CHECK_FALSE(source->open({ours}, remote.into).ok());
    CHECK_FALSE(moved->fetch({commit, "main", "refs/heads/main"}, remote.into, {}).ok());
}

TEST_CASE("Source: an archive is asked for, brought and opened as a commit is") {
    const test::Home home;
    const test::Folder folder;
    const auto publish = [](const std::string& text) {
        const std::vector<test::Packed> files{{"gupfile", "six,1.0\n"}, {"main.py", text}};
        test::write_text(test::shared_web().root() / "files/source-table.zip", test::zip_of(files));
    };
    publish("print(1)\n");
    const auto source = make_source({declared_as(test::shared_web().http("/files/source-table.zip")),
                                     home.user,
                                     {test::shared_pool(), {1, Milliseconds{1}, Milliseconds{1}}, nullptr, 0}});
    const Revision latest = source->latest({}).value();
    CHECK(latest.name == "zip");
    CHECK(source->latest(latest).value() == latest);
    CHECK(source->reach().ok());
    CHECK(source->fetch(latest, folder.folder.path(), {}).value().id == latest.id);
    CHECK(has_download(folder.folder.path()));
    const auto tree = source->open(latest, folder.folder.path()).value();
    CHECK(tree->gupfile == "six,1.0\n");
    CHECK(tree->files == 2);
    CHECK(tree->bytes == 8 + 9);
    fs::create_directories(folder / "written");
    REQUIRE(tree->write_to(folder / "written").ok());
    CHECK(test::read(folder / "written/main.py") == "print(1)\n");
    publish("print(2), now with more\n");
    CHECK(source->latest(latest).value().id != latest.id);
    source->forget(folder.folder.path());
    CHECK_FALSE(has_download(folder.folder.path()));
}

TEST_CASE("running_revision: the revision of a release of that source, with the values for a server's request") {
    const DeclaredConnector declared = declared_as("https://h/app.zip");
    const Revision running = running_revision(release_of("https://h/app.zip", "abc"), declared);
    CHECK(running.id == "abc");
    CHECK(running.name == "zip");
    CHECK(running.etag == "\"abc\"");
    CHECK(running.modified == "Sat, 21 Nov 2026 02:00:00 GMT");
    CHECK(running_revision(release_of("https://h/other.zip", "abc"), declared) == Revision{});
    CHECK(running_revision({}, declared) == Revision{});
}

TEST_CASE("is_of_revision: the same id of the same source; an adopted checkout does not name its source") {
    const DeclaredConnector git = declared_as("git+https://h/app.git#main");
    const DeclaredConnector folder = declared_as("git+https://h/app.git/gateway#main");
    CHECK(is_of_revision(release_of(display(git.source), commit), git, commit));
    CHECK_FALSE(is_of_revision(release_of(display(git.source), commit), git, "2" + commit.substr(1)));
    CHECK_FALSE(is_of_revision(release_of(display(git.source), commit), folder, commit));
    CHECK(is_of_revision(release_of("", commit), git, commit));
    CHECK_FALSE(is_of_revision(release_of("", commit), folder, commit));
    CHECK_FALSE(is_of_revision({}, git, ""));
}

TEST_CASE("Source::open: a missing download cannot be opened, and a file that is not an archive is refused") {
    const test::Folder folder;
    CHECK_FALSE(source_as("git+https://h/app.git#main")->open({commit}, folder.folder.path()).ok());
    const auto zip = source_as("https://h/app.zip");
    CHECK(zip->open({"abc"}, folder.folder.path()).error().code == ErrorCode::not_found);
    test::put(folder / "archive.part", "<html>Please log in</html>");
    CHECK(zip->open({"abc"}, folder.folder.path()).error().code == ErrorCode::protocol);
    CHECK(has_download(folder.folder.path()));
    zip->forget(folder.folder.path());
    CHECK_FALSE(has_download(folder.folder.path()));
}

}  // namespace gup
