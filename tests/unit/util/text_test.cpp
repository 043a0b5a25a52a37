#include "util/text.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("first_line: up to the newline") {
    CHECK(first_line("gup-agent 1.2.3\nbuilt today\n") == "gup-agent 1.2.3");
    CHECK(first_line("no newline") == "no newline");
    CHECK(first_line("\nsecond").empty());
    CHECK(first_line("").empty());
}

TEST_CASE("last_line: the last one that says something, however many blank ones follow") {
    CHECK(last_line("Traceback\n  File x\nOSError: no room \r\n\n \t\n") == "OSError: no room");
    CHECK(last_line("one\n  indented") == "  indented");
    CHECK(last_line("alone") == "alone");
    CHECK(last_line(" \r\n\t\n").empty());
    CHECK(last_line("").empty());
}

TEST_CASE("trimmed: without the blanks at both ends, those within stay") {
    CHECK(trimmed("\t a b \r\n") == "a b");
    CHECK(trimmed("a") == "a");
    CHECK(trimmed(" \t\r\n").empty());
    CHECK(trimmed("").empty());
}

TEST_CASE("lower: letters of ASCII only") {
    CHECK(lower("HTTPS://Host-[A]") == "https://host-[a]");
    CHECK(lower("\xC3\x84") == "\xC3\x84");
    CHECK(lower("").empty());
}

TEST_CASE("contains_ignoring_case: finds a part whichever way its letters are written") {
    CHECK(contains_ignoring_case("fatal: Repository NOT found.", "not found"));
    CHECK(contains_ignoring_case("not found", "NOT FOUND"));
    CHECK_FALSE(contains_ignoring_case("not  found", "not found"));
    CHECK_FALSE(contains_ignoring_case("not foun", "not found"));
    CHECK_FALSE(contains_ignoring_case("@[", "`{"));
    CHECK(contains_ignoring_case("", ""));
}
