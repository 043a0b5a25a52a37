// SPDX-License-Identifier: Apache-2.0
#include "util/sys/symlink.hpp"

#include "fixture.hpp"

namespace gup {
namespace {

using test::Folder;

TEST_CASE("link_text: the text of a link with or without a target; nothing for other files") {
    const Folder folder;
    test::put(folder / "file", "text");
    fs::create_symlink("../elsewhere", folder / "link");
    CHECK(link_text(folder / "link") == "../elsewhere");
    CHECK(link_text(folder / "file").empty());
    CHECK(link_text(folder / "missing").empty());
}

TEST_CASE("real_path: without links and dots; a missing part is named") {
    const Folder folder;
    test::put(folder / "real/file", "text");
    fs::create_symlink("real", folder / "link");
    CHECK(real_path(folder / "link/../link/file").value() == fs::canonical(folder / "real/file"));
    const auto missing = real_path(folder / "missing");
    REQUIRE_FALSE(missing.ok());
    CHECK(test::holds(missing.error().message, "missing"));
}

}  // namespace
}  // namespace gup
