// SPDX-License-Identifier: Apache-2.0
#include "status/holds.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

using namespace gup;

TEST_CASE("holds: are written, replaced, and vanish when they end") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path state = folder->path() / "state";
    CHECK(read_holds(state, 100)->empty());
    REQUIRE(add_holds(state, {{"meter", 100, 200, "a \"reason\"\n", "pi"}, {"boiler", 100, 0, "", ""}}, 100).ok());
    const auto both = read_holds(state, 199);
    REQUIRE(both->size() == 2);
    CHECK((*both)[0] == Hold{"boiler", 100, 0, "", ""});
    CHECK((*both)[1].reason == "a \"reason\"\n");
    CHECK(read_holds(state, 200)->size() == 1);
    REQUIRE(add_holds(state, {{"boiler", 150, 300, "again", "root"}}, 250).ok());
    CHECK_MESSAGE(read_holds(state, 0)->size() == 1, "one that has ended is dropped with the next change");
    CHECK(find_hold(*read_holds(state, 260), "boiler")->until == 300);
    CHECK(*remove_holds(state, {"boiler", "nobody"}, 260) == std::vector<std::string>{"boiler"});
    CHECK_FALSE(is_there(holds_file(state)));
    CHECK(remove_holds(state, {"boiler"}, 260)->empty());
}

TEST_CASE("holds: a file that cannot be read is an error, because nobody knows what is held") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    for (const char* text :
         {"", "{", "[]", "{\"schema\":1}", "{\"schema\":2,\"holds\":[]}", "{\"schema\":1,\"holds\":{}}"}) {
        CAPTURE(text);
        REQUIRE(write_file_atomically(holds_file(folder->path()), text).ok());
        const auto holds = read_holds(folder->path(), 0);
        REQUIRE_FALSE(holds.ok());
        CHECK(holds.error().code == ErrorCode::corrupt);
        CHECK(holds.error().message.find("holds.json") != std::string::npos);
        CHECK_FALSE(add_holds(folder->path(), {{"meter", 1, 0, "", ""}}, 1).ok());
    }
}

TEST_CASE("holds: say until when, and why") {
    CHECK(display(Hold{"meter", 1, 0, "", ""}) == "on hold");
    CHECK(display(Hold{"meter", 1, 0, "the meter is replaced", ""}) == "on hold: the meter is replaced");
    CHECK(display(Hold{"meter", 1, 1'800'000'000, "x", ""}).starts_with("on hold until 2027-01-1"));
}
