// SPDX-License-Identifier: Apache-2.0
#include "update/supervise/run_marker.hpp"

#include "fixture.hpp"

using namespace gup;
using namespace gup::test;

TEST_CASE("the marker of a run is read as it was written, and an empty one leaves no file") {
    const Folder state;
    const fs::path& folder = state.folder.path();
    const auto none = read_run_marker(folder);
    REQUIRE(none.ok());
    CHECK(none->begun == 0);
    REQUIRE(write_run_marker(folder, {1'700'000'000, {"a", "b\xFF"}, {"c"}}).ok());
    const auto marker = read_run_marker(folder);
    REQUIRE(marker.ok());
    CHECK(marker->begun == 1'700'000'000);
    CHECK(marker->working_on.size() == 2);
    CHECK(marker->last == std::vector<std::string>{"c"});
    REQUIRE(write_run_marker(folder, {0, {}, {"c"}}).ok());
    CHECK(read_run_marker(folder)->begun == 0);
    CHECK(read_run_marker(folder)->last == std::vector<std::string>{"c"});
    REQUIRE(write_run_marker(folder, {}).ok());
    CHECK_FALSE(is_there(folder / "run.json"));
    CHECK(write_run_marker(folder, {}).ok());
}

TEST_CASE("a marker that cannot be read is an error that says what to do") {
    const Folder state;
    for (const char* text : {"", "x", "[]", "5", "null", "{\"begun\":"}) {
        CAPTURE(text);
        put(state / "run.json", text);
        const auto marker = read_run_marker(state.folder.path());
        CHECK(code_of(marker) == ErrorCode::corrupt);
        CHECK_FALSE(marker.error().hint.empty());
    }
    put(state / "run.json", R"({"begun":"x","working_on":5,"last":[1,"a"]})");
    const auto marker = read_run_marker(state.folder.path());
    REQUIRE(marker.ok());
    CHECK(marker->begun == 0);
    CHECK(marker->last == std::vector<std::string>{"a"});
}

TEST_CASE("a lost run is described with the connectors that it worked on") {
    CHECK(describe_lost_run({}).empty());
    CHECK(describe_lost_run({0, {"a"}, {"b"}}).empty());
    CHECK(holds(describe_lost_run({1, {}, {}}), "ended without its end"));
    CHECK(describe_lost_run({1, {"a", "b"}, {}}).ends_with(", while it worked on a, b"));
    CHECK(describe_lost_run({1, {"a", "b", "c", "d", "e", "f", "g"}, {}}).ends_with("a, b, c, d, e and 2 more"));
}
