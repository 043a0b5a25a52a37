// SPDX-License-Identifier: Apache-2.0
#include "host/ownership.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "util/sys/directory.hpp"

using namespace gup;

namespace {

constexpr std::uint32_t anns_uid = 4801;
constexpr std::uint32_t bob = 4802;

Waypoint folder_of(std::uint32_t owner, std::uint32_t mode, const fs::path& path = "/srv/connectors") {
    return {path, FileKind::folder, owner, owner, mode, false};
}

Waypoint thing(Waypoint point) {
    point.is_end = true;
    return point;
}

Waypoint link_of(std::uint32_t owner, const fs::path& path = "/srv/connectors/meter") {
    return {path, FileKind::link, owner, owner, 0777, false};
}

// "" when nobody else can change it.
std::string intruder_text(const Waypoint& point, std::uint32_t uid) {
    const auto intruder = intruder_at(point, uid);
    return intruder ? display(*intruder) : "";
}

Belongings meter_of(std::uint32_t uid, std::vector<Waypoint> points) {
    return {uid, std::move(points), {"/srv/connectors/meter"}, {"/srv/connectors/.gup", "/srv/connectors/.pyenv"}};
}

}  // namespace

TEST_CASE("intruder_at: the rule, as a table") {
    struct Row {
        const char* what;
        Waypoint point;
        std::uint32_t uid;
        std::string intruder;
    };
    const Row rows[] = {
        {"root's folder, for root", folder_of(0, 0755), 0, ""},
        {"root's folder, for a user", folder_of(0, 0755), anns_uid, ""},
        {"the user's own folder", folder_of(anns_uid, 0700), anns_uid, ""},
        {"a user's folder, for root", folder_of(anns_uid, 0755), 0, "uid 4801"},
        {"a user's folder, for another", folder_of(anns_uid, 0755), bob, "uid 4801"},
        {"a group may write, for root", folder_of(0, 0775), 0, "the group root"},
        {"a group may write, for a user", folder_of(anns_uid, 0775), anns_uid, ""},
        {"the world may write, for root", folder_of(0, 0777), 0, "everybody"},
        {"the world may write, for a user", folder_of(anns_uid, 0707), anns_uid, "everybody"},
        {"a sticky folder on the way, for root", folder_of(0, 01777), 0, ""},
        {"a sticky folder on the way, for a user", folder_of(0, 01777), anns_uid, ""},
        {"a sticky folder of another user", folder_of(bob, 01777), anns_uid, "uid 4802"},
        {"a sticky folder of a user, for root", folder_of(anns_uid, 01777), 0, "uid 4801"},
        {"a sticky group folder, for root", folder_of(0, 01775), 0, ""},
        {"a sticky folder that is used itself", thing(folder_of(anns_uid, 01777)), anns_uid, "everybody"},
        {"a link of root's", link_of(0), anns_uid, ""},
        {"a link of the user's", link_of(anns_uid), anns_uid, ""},
        {"a link of a user's, for root", link_of(anns_uid), 0, "uid 4801"},
        {"a link of another user's", link_of(bob), anns_uid, "uid 4802"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        CHECK(intruder_text(row.point, row.uid) == row.intruder);
    }
    CHECK(is_open_to_group(folder_of(anns_uid, 02775)));
    CHECK_FALSE(is_open_to_group(folder_of(anns_uid, 02755)));
    CHECK_FALSE(is_open_to_group(folder_of(0, 01777)));
}

TEST_CASE("mend_command: what a user could have written is never given to root") {
    const auto theirs = [](const char* path) { return thing(folder_of(anns_uid, 0755, path)); };
    const Waypoint root_s = thing(folder_of(0, 0755, "/srv/connectors/meter"));
    const std::string given = "chown -R 4801 /srv/connectors/meter";
    CHECK(mend_command(meter_of(0, {folder_of(0, 0755, "/srv"), folder_of(anns_uid, 0755), root_s})) == given);
    CHECK(mend_command(meter_of(0, {folder_of(0, 0755), root_s, theirs("/srv/connectors/meter/.git")})) == given);
    CHECK(mend_command(meter_of(0, {root_s, theirs("/srv/connectors/.pyenv/meter")})) == given);
    CHECK(mend_command(meter_of(
              bob, {folder_of(anns_uid, 0755), thing(folder_of(bob, 0755, "/srv/connectors/meter"))})) == given);
    CHECK(mend_command(meter_of(0, {folder_of(0, 0755), root_s})).empty());
}

TEST_CASE("mend_command: a command for each thing that only has wrong rights") {
    const Waypoint meter = thing(folder_of(anns_uid, 0755, "/srv/connectors/meter"));
    const auto mended = [](std::uint32_t uid, std::vector<Waypoint> points) {
        return mend_command(meter_of(uid, std::move(points)));
    };
    CHECK(mended(anns_uid, {folder_of(0, 0777), meter}) == "chmod o-w /srv/connectors");
    CHECK(mended(0, {folder_of(0, 0777)}) == "chmod go-w /srv/connectors");
    CHECK(mended(0, {folder_of(0, 0775)}) == "chmod g-w /srv/connectors");
    CHECK(mended(anns_uid, {meter, thing(folder_of(bob, 0755, "/srv/connectors/.pyenv/meter"))}) ==
          "chown -R 4801 /srv/connectors/.pyenv/meter");
    CHECK(mended(anns_uid, {meter, folder_of(bob, 0777, "/srv/connectors/.gup")}) ==
          "chown root: /srv/connectors/.gup; chmod o-w /srv/connectors/.gup");
    CHECK(mended(anns_uid, {thing(folder_of(anns_uid, 0777, "/srv/connectors/meter")),
                            thing({"/srv/connectors/meter/gupfile", FileKind::regular, anns_uid, anns_uid, 0666,
                                   true})}) == "chmod -R o-w /srv/connectors/meter");
    CHECK(mend_command({0, {link_of(anns_uid, "/opt/python")}, {}, {}}) == "chown -h root: /opt/python");
}

TEST_CASE("check_ownership: the message names who can change what") {
    const Status status =
        check_ownership(meter_of(0, {folder_of(anns_uid, 0755), thing(folder_of(0, 0755, "/srv/connectors/meter"))}));
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::permission);
    CHECK(status.error().message == "the agent does not work as root: uid 4801 can change /srv/connectors");
    CHECK(status.error().hint == "chown -R 4801 /srv/connectors/meter");
    CHECK(check_ownership(meter_of(anns_uid, {folder_of(anns_uid, 0775)})).ok());
}

namespace {

std::vector<std::string> paths_of(const Way& way, const fs::path& top) {
    std::vector<std::string> paths;
    for (const Waypoint& point : way.points()) {
        if (is_below(point.path, top) && point.path != top) paths.push_back(point.path.lexically_relative(top));
    }
    return paths;
}

}  // namespace

TEST_CASE("Way: every folder and link is an entry, and the end is free of links") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path top = fs::canonical(folder.path());
    fs::create_directories(top / "releases/one/bin");
    REQUIRE(write_file_atomically(top / "releases/one/bin/python", "").ok());
    fs::create_symlink("releases/one", top / "meter");
    fs::create_symlink(top / "meter/bin", top / "bin");

    const auto way = Way::open(top / "bin/python");
    REQUIRE(way.ok());
    CHECK(way->is_there());
    CHECK(way->end().path == top / "releases/one/bin/python");
    CHECK(way->end().is_end);
    CHECK(way->points().front().path == "/");
    CHECK(std::count_if(way->points().begin(), way->points().end(), [](const auto& one) { return one.is_end; }) == 1);
    CHECK(paths_of(*way, top) == std::vector<std::string>{"bin", "meter", "releases", "releases/one",
                                                          "releases/one/bin", "releases/one/bin/python"});

    const auto root = Way::open(top);
    const auto below = root->open_below("meter/../../releases/one");
    REQUIRE(below.ok());
    CHECK(below->end().path == top / "releases/one");
    CHECK(below->points().front().path == top / "meter");
}

TEST_CASE("Way: a path that does not exist is none, and its links are still entries") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path top = fs::canonical(folder.path());
    fs::create_symlink("gone/away", top / "meter");
    const auto way = Way::open(top / "meter");
    REQUIRE(way.ok());
    CHECK_FALSE(way->is_there());
    CHECK(paths_of(*way, top) == std::vector<std::string>{"meter"});
    CHECK(std::none_of(way->points().begin(), way->points().end(), [](const auto& one) { return one.is_end; }));
}

TEST_CASE("Way: a loop of links and a path through a file are errors, and a pipe does not block") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path top = fs::canonical(folder.path());
    fs::create_symlink("b", top / "a");
    fs::create_symlink("a", top / "b");
    CHECK_FALSE(Way::open(top / "a").ok());
    REQUIRE(write_file_atomically(top / "file", "").ok());
    CHECK_FALSE(Way::open(top / "file/in").ok());
    REQUIRE(::mkfifo((top / "pipe").c_str(), 0600) == 0);
    CHECK(Way::open(top / "pipe")->end().kind == FileKind::other);
}

TEST_CASE("Way: look_below finds the entries that open_below finds") {
    const auto folder = TemporaryFolder::make().value();
    const fs::path top = fs::canonical(folder.path());
    fs::create_directories(top / "objects/info");
    REQUIRE(write_file_atomically(top / "objects/info/alternates", "").ok());
    fs::create_symlink("objects", top / "link");
    fs::create_symlink("info", top / "objects/inner");
    fs::create_symlink("gone", top / "dangling");
    const auto root = Way::open(top);
    for (const char* path : {"objects", "objects/info/alternates", "objects/info/none", "none/info", "link",
                             "link/info/alternates", "objects/inner/alternates", "dangling", "dangling/in", ".", "..",
                             "objects/../objects/info", "objects/info/alternates/in"}) {
        CAPTURE(path);
        const auto looked = root->look_below(path);
        const auto opened = root->open_below(path);
        REQUIRE(looked.ok() == opened.ok());
        if (!opened.ok()) continue;
        CHECK(looked->is_there() == opened->is_there());
        CHECK(paths_of(*looked, top) == paths_of(*opened, top));
        if (opened->is_there()) CHECK(looked->end().path == opened->end().path);
    }
    CHECK(root->open_below(".")->open_below("objects")->is_there());
}
