// SPDX-License-Identifier: Apache-2.0
#include "util/sys/tree_copy.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <string>

#include "util/sys/directory.hpp"
#include "util/sys/symlink.hpp"

namespace gup {
namespace {

struct stat status_of(const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    return status;
}

}  // namespace

TEST_CASE("copy_tree: content, modes, times, links and hard links are those of the original") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    const fs::path from = folder.path() / "from";
    const fs::path to = folder.path() / "to";
    fs::create_directories(from / "sub/empty");
    const std::string long_text(200'000, 'x');
    REQUIRE(write_file_atomically(from / "sub/file", long_text, 0640).ok());
    REQUIRE(write_file_atomically(from / "program", "#!/bin/sh\n", 0755).ok());
    fs::create_hard_link(from / "program", from / "sub/same");
    fs::create_symlink("../outside", from / "link");
    REQUIRE(::chmod((from / "sub/empty").c_str(), 0500) == 0);
    const bool has_attribute = ::setxattr((from / "program").c_str(), "user.gup", "1", 1, 0) == 0;
    REQUIRE(copy_tree(from, to).ok());
    CHECK(read_file(to / "sub/file").value() == long_text);
    CHECK(status_of(to / "sub/same").st_ino == status_of(to / "program").st_ino);
    CHECK(status_of(to / "program").st_ino != status_of(from / "program").st_ino);
    CHECK(link_text(to / "link") == "../outside");
    for (const char* name : {"", "sub", "sub/empty", "sub/file", "program", "link"}) {
        CAPTURE(name);
        CHECK(status_of(to / name).st_mode == status_of(from / name).st_mode);
        CHECK(status_of(to / name).st_mtim.tv_nsec == status_of(from / name).st_mtim.tv_nsec);
    }
    char value = 0;
    if (has_attribute) CHECK(::getxattr((to / "program").c_str(), "user.gup", &value, 1) == 1);
}

TEST_CASE("copy_tree: a pipe is copied as a pipe") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    const fs::path from = folder.path() / "from";
    fs::create_directories(from / "a");
    REQUIRE(::mkfifo((from / "z").c_str(), 0600) == 0);
    REQUIRE(copy_tree(from, folder.path() / "to").ok());
    CHECK(status_of(folder.path() / "to/z").st_mode == status_of(from / "z").st_mode);
}

TEST_CASE("copy_tree: after a failure nothing of the copy is left") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    const fs::path from = folder.path() / "from";
    fs::create_directories(from / "a");
    CHECK_FALSE(copy_tree(folder.path() / "none", folder.path() / "to").ok());
    CHECK_FALSE(is_there(folder.path() / "to"));
    CHECK_FALSE(copy_tree(from / "a", from).ok());
}

}  // namespace gup
