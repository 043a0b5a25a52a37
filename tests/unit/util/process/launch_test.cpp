// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <string>

#include "fixture.hpp"
#include "util/process/process.hpp"
#include "util/sys/directory.hpp"
#include "util/sys/file.hpp"

using gup::test::Folder;

TEST_CASE("display_command: quoted where a shell would need it, passwords masked") {
    CHECK(gup::display_command({"git", "fetch", "--depth=1", "a b", "", "it's", "$x"}) ==
          "git fetch --depth=1 'a b' '' 'it'\\''s' '$x'");
    CHECK(gup::display_command({"pip", "install", "https://joe:geheim@example.org/x"}).find("geheim") ==
          std::string::npos);
}

TEST_CASE("find_program: in $PATH, or as the path that it is") {
    const Folder folder;
    REQUIRE(gup::write_file_atomically(folder / "tool", "#!/bin/sh\n", 0755).ok());
    REQUIRE(gup::write_file_atomically(folder / "text", "", 0644).ok());
    REQUIRE(gup::make_folders(folder / "sub").ok());
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", ("/nowhere:" + folder.folder.path().native() + ":" + path).c_str(), 1);
    CHECK(gup::find_program("tool") == folder / "tool");
    CHECK(gup::find_program("text").empty());
    CHECK(gup::find_program("sub").empty());
    CHECK(gup::find_program("sh").is_absolute());
    ::setenv("PATH", path.c_str(), 1);
    CHECK(gup::find_program("tool").empty());
    CHECK(gup::find_program((folder / "tool").native()) == folder / "tool");
    CHECK(gup::find_program((folder / "text").native()).empty());
    CHECK(gup::find_program("").empty());
}
