#include "source/source.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

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

}  // namespace

TEST_CASE("make_source: each kind of address has its line in the table") {
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

TEST_CASE("running_revision: of a release of that source, with what a server is to be asked with") {
    const DeclaredConnector declared = declared_as("https://h/app.zip");
    const Revision running = running_revision(release_of("https://h/app.zip", "abc"), declared);
    CHECK(running.id == "abc");
    CHECK(running.name == "zip");
    CHECK(running.etag == "\"abc\"");
    CHECK(running.modified == "Sat, 21 Nov 2026 02:00:00 GMT");
    CHECK(running_revision(release_of("https://h/other.zip", "abc"), declared) == Revision{});
    CHECK(running_revision({}, declared) == Revision{});
}

TEST_CASE("is_of_revision: the same id of the same source; a checkout that was adopted does not say where it is from") {
    const DeclaredConnector git = declared_as("git+https://h/app.git#main");
    const DeclaredConnector folder = declared_as("git+https://h/app.git/gateway#main");
    CHECK(is_of_revision(release_of(display(git.source), commit), git, commit));
    CHECK_FALSE(is_of_revision(release_of(display(git.source), commit), git, "2" + commit.substr(1)));
    CHECK_FALSE(is_of_revision(release_of(display(git.source), commit), folder, commit));
    CHECK(is_of_revision(release_of("", commit), git, commit));
    CHECK_FALSE(is_of_revision(release_of("", commit), folder, commit));
    CHECK_FALSE(is_of_revision({}, git, ""));
}

TEST_CASE("Source::open: what was not brought cannot be opened, and what is no archive is refused") {
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
