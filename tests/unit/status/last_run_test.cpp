// SPDX-License-Identifier: Apache-2.0
#include "status/last_run.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

using namespace gup;

static std::string line(const std::string& time, const std::string& text) {
    return "[" + time + "] info " + text + "\n";
}

TEST_CASE("find_last_run: the last line that ends a run, with its time and its names") {
    const std::string log = line("2026-11-20T02:00:13+0000", run_finished_message("1 updated", {})) +
                            line("2026-11-21T02:00:13+0000", run_finished_message("2 unchanged", {"a", "b"})) +
                            line("2026-11-21T03:00:00+0000", "(a) run finished: not the agent's own words");
    const auto run = find_last_run(log);
    REQUIRE(run);
    CHECK(run->time == parse_time("2026-11-21T02:00:13+0000"));
    CHECK(run->summary == "2 unchanged");
    CHECK(run->names == std::vector<std::string>{"a", "b"});
}

TEST_CASE("find_last_run: nothing in an empty, a torn or a foreign log") {
    for (const char* text :
         {"", "\n\n", "hello", "[2026-11-21T02:00:13+0000] inf", "[] info run finished: 1 updated"}) {
        CAPTURE(text);
        CHECK_FALSE(find_last_run(text));
    }
}

TEST_CASE("read_last_run: reads the rotated file if the new one has no run yet") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const std::string filler(400'000, 'x');
    REQUIRE(
        write_file_atomically(folder->path() / "gup.1.log",
                              filler + "\n" + line("2026-11-21T02:00:13+0000", run_finished_message("3 unchanged", {})))
            .ok());
    CHECK(read_last_run(folder->path() / "gup.log")->summary == "3 unchanged");
    REQUIRE(write_file_atomically(folder->path() / "gup.log",
                                  line("2026-11-22T02:00:13+0000", run_finished_message("4 unchanged", {})))
                .ok());
    CHECK(read_last_run(folder->path() / "gup.log")->summary == "4 unchanged");
}
