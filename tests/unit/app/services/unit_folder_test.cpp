// SPDX-License-Identifier: Apache-2.0
#include "app/services/unit_folder.hpp"

#include <doctest/doctest.h>

#include <string>

#include "util/sys/directory.hpp"

using namespace gup;

namespace {

UnitUpdate update_of(const std::string& stack, std::map<std::string, std::string> files) {
    UnitUpdate update;
    update.stacks = {stack};
    for (const auto& [name, text] : files) update.files[name] = {.text = text, .mode = 0644, .stack = stack};
    return update;
}

UnitChanges write(const fs::path& folder, const UnitUpdate& update) {
    const auto manifest = read_manifest(folder);
    REQUIRE(manifest.ok());
    const auto changes = compare_units(folder, *manifest, update);
    REQUIRE(changes.ok());
    REQUIRE(apply_units(folder, *manifest, update, *changes).ok());
    return *changes;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("apply_units: makes, changes and removes only what a stack has") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path units = folder->path() / "units";
    CHECK(write(units, update_of("gw", {{"a.container", "1"}, {"b.container", "1"}})).made ==
          Names{"a.container", "b.container"});
    CHECK(write(units, update_of("db", {{"d.container", "1"}, {".gup-configs/c", "x"}})).made.size() == 2);
    CHECK(*read_file(units / ".gup-configs/c") == "x");
    const UnitChanges changes = write(units, update_of("gw", {{"a.container", "2"}, {"c.container", "1"}}));
    CHECK(changes.made == Names{"c.container"});
    CHECK(changes.changed == Names{"a.container"});
    CHECK(changes.removed == Names{"b.container"});
    CHECK(*read_file(units / "a.container") == "2");
    CHECK_FALSE(is_there(units / "b.container"));
    CHECK(is_there(units / "d.container"));
    CHECK(write(units, update_of("gw", {{"a.container", "2"}, {"c.container", "1"}})).unchanged == 2);
    CHECK(write(units, update_of("gw", {})).removed == Names{"a.container", "c.container"});
    CHECK(read_manifest(units)->stacks.size() == 1);
    CHECK(list_folder(units)->size() == 3);  // the manifest, the configs, d.container
}

TEST_CASE("compare_units: a unit of somebody else, and one of another stack, is a conflict") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    REQUIRE(write_file_atomically(folder->path() / "mine.container", "by hand").ok());
    (void)write(folder->path(), update_of("gw", {{"a.container", "1"}}));
    const auto manifest = read_manifest(folder->path());
    const auto foreign = compare_units(folder->path(), *manifest, update_of("gw", {{"mine.container", "x"}}));
    REQUIRE_FALSE(foreign.ok());
    CHECK(foreign.error().code == ErrorCode::conflict);
    CHECK(foreign.error().message.find("mine.container") != std::string::npos);
    CHECK_FALSE(compare_units(folder->path(), *manifest, update_of("db", {{"a.container", "x"}})).ok());
}

TEST_CASE("read_manifest: another file of that name, and names that lead out, are refused") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    CHECK(read_manifest(folder->path() / "missing")->stacks.empty());
    for (const char* const text :
         {"", "[]", "{}", R"({"schema":2,"stacks":{}})", R"({"schema":1,"stacks":{"a":["../x"]}})",
          R"({"schema":1,"stacks":{"a":["/etc/x"]}})", R"({"schema":1,"stacks":{"a":[1]}})"}) {
        CAPTURE(text);
        REQUIRE(write_file_atomically(folder->path() / unit_manifest_name, text).ok());
        CHECK_FALSE(read_manifest(folder->path()).ok());
    }
}
