// SPDX-License-Identifier: Apache-2.0
#include "connector/generation_store.hpp"

#include <doctest/doctest.h>

#include "generation_fixture.hpp"
#include "util/sys/directory.hpp"

namespace gup {

TEST_CASE("list_generations: the written ones, the latest first; damaged and foreign folders are not generations") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    for (const int number : {1, 2, 3}) {
        fs::create_directories(folder.path() / numbered_id(number));
        Generation one = numbered(number, own_virtualenv(number), "p");
        one.pins = {{"one", "1.0", "git+https://token:secret@example.org/x", 3}};
        REQUIRE(write_generation(folder.path(), one).ok());
    }
    REQUIRE(write_file_atomically(folder.path() / numbered_id(2) / "generation.json", "{").ok());
    fs::create_directories(folder.path() / "shared");
    const auto found = list_generations(folder.path(), "/place");
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == numbered_id(3));
    CHECK(found[1].virtualenv == own_virtualenv(1));
    CHECK(found[1].pins[0].version == "1.0");
    CHECK(found[1].pins[0].source.find("secret") == std::string::npos);
}

TEST_CASE("list_generations: a record that is nested deeply is passed over") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    fs::create_directories(folder.path() / numbered_id(1));
    REQUIRE(write_generation(folder.path(), numbered(1, "")).ok());
    const fs::path deep = folder.path() / numbered_id(2);
    fs::create_directories(deep);
    const std::string text = R"({"schema": 1, "pins": )" + std::string(400'000, '[') + std::string(400'000, ']') + "}";
    REQUIRE(write_file_atomically(deep / "generation.json", text).ok());
    CHECK(list_generations(folder.path(), "/place").size() == 1);
}

TEST_CASE("sweep_generations: removes folders without generation.json, except the target of the link") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    for (const int number : {1, 2, 3}) fs::create_directories(folder.path() / numbered_id(number) / ".venv");
    fs::create_directories(folder.path() / "shared");
    REQUIRE(write_generation(folder.path(), numbered(1, "")).ok());
    const fs::path place = folder.path() / "place";
    fs::create_symlink(folder.path() / numbered_id(3) / ".venv", place);
    const auto removed = sweep_generations(folder.path(), place);
    CHECK(removed == std::vector{folder.path() / numbered_id(2)});
    CHECK(is_folder(folder.path() / numbered_id(3)));
    CHECK(is_folder(folder.path() / "shared"));
}

TEST_CASE("free_generation_id: the name, or the next number behind it") {
    const TemporaryFolder folder = TemporaryFolder::make().value();
    CHECK(free_generation_id(folder.path(), numbered_id(1)) == numbered_id(1));
    fs::create_directories(folder.path() / numbered_id(1));
    fs::create_directories(folder.path() / (numbered_id(1) + "-2"));
    CHECK(free_generation_id(folder.path(), numbered_id(1)) == numbered_id(1) + "-3");
}

}  // namespace gup
