// SPDX-License-Identifier: Apache-2.0
#include "python/site_packages.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

namespace gup {

TEST_CASE("site_folders: each site-packages once, whatever leads to it") {
    const test::Folder folder;
    CHECK(site_folders(folder.folder.path()).value().empty());
    fs::create_directories(folder / "lib/python3.11/site-packages");
    fs::create_directories(folder / "lib/python3.9");
    test::put(folder / "lib/python3.8/site-packages", "a file");
    CHECK(site_folders(folder.folder.path()).value() == std::vector{folder / "lib/python3.11/site-packages"});
    fs::create_directory_symlink("lib", folder / "lib64");
    CHECK(site_folders(folder.folder.path()).value().size() == 1);
    fs::remove(folder / "lib64");
    fs::create_directories(folder / "lib64/python3.11/site-packages");
    CHECK(site_folders(folder.folder.path()).value() ==
          std::vector{folder / "lib/python3.11/site-packages", folder / "lib64/python3.11/site-packages"});
    fs::remove_all(folder / "lib64");
    fs::create_symlink("lib64", folder / "lib64");
    CHECK_FALSE(site_folders(folder.folder.path()).ok());
}

}  // namespace gup
