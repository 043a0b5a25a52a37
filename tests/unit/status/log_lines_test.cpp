// SPDX-License-Identifier: Apache-2.0
#include "status/log_lines.hpp"

#include <doctest/doctest.h>

#include "util/sys/directory.hpp"

using namespace gup;

namespace {

std::string entry(int second, const std::string& connector, const std::string& text) {
    const std::string of = connector.empty() ? "" : " (" + connector + ")";
    return "[2026-11-21T02:00:0" + std::to_string(second) + "+0000] info" + of + " " + text + "\n";
}

std::vector<std::string> texts(const Result<std::vector<LogLine>>& lines) {
    std::vector<std::string> texts;
    for (const LogLine& line : *lines) texts.push_back(line.text.substr(line.text.rfind(' ') + 1));
    return texts;
}

}  // namespace

TEST_CASE("parse_log_line: time and connector") {
    const auto line = parse_log_line("[2026-11-21T02:00:13+0100] warning (smart meter) text (with) brackets");
    REQUIRE(line);
    CHECK(line->connector == "smart meter");
    CHECK(line->time == parse_time("2026-11-21T02:00:13+0100"));
    CHECK(parse_log_line("[2026-11-21T02:00:13+0100] info run finished: 1 (x)")->connector.empty());
    CHECK(parse_log_line("[2026-11-21T02:00:13+0100] info")->connector.empty());
    for (const char* text : {"", "[", "hello", "[2026-11-21T02:00:13+0100", "[yesterday at two o'clock xx] info a"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_log_line(text));
    }
}

TEST_CASE("read_log: rotated files first, one connector, the last lines") {
    const auto folder = TemporaryFolder::make();
    REQUIRE(folder.ok());
    const fs::path log = folder->path() / "gup.log";
    CHECK(read_log(log, {})->empty());
    REQUIRE(write_file_atomically(folder->path() / "gup.2.log", entry(1, "a", "one")).ok());
    REQUIRE(write_file_atomically(folder->path() / "gup.1.log", entry(2, "b", "two") + entry(3, "a", "three")).ok());
    REQUIRE(write_file_atomically(log, entry(4, "a", "four") + "a torn line\n" + entry(5, "", "five") + "end").ok());
    CHECK(texts(read_log(log, {"", 0, 0})) ==
          std::vector<std::string>{"one", "two", "three", "four", "line", "five", "end"});
    CHECK(texts(read_log(log, {"a", 0, 0})) == std::vector<std::string>{"one", "three", "four", "line"});
    CHECK(texts(read_log(log, {"a", 0, 2})) == std::vector<std::string>{"four", "line"});
    CHECK(texts(read_log(log, {"", parse_time("2026-11-21T02:00:04+0000"), 1})) == std::vector<std::string>{"end"});
    CHECK(read_log(log, {"c", 0, 0})->empty());
}
