// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "app/reference/config_reference.hpp"
#include "app/reference/gupfile_reference.hpp"
#include "app/reference/markdown.hpp"
#include "util/text.hpp"

using namespace gup;

TEST_CASE("markdown_prose: values are code, and words stay words") {
    struct Case {
        const char* text;
        const char* expected;
    };
    const std::vector<Case> cases{
        {"", ""},
        {"the folder", "the folder"},
        {R"(a size such as "1MiB")", R"(a size such as `"1MiB"`)"},
        {R"("a", "b" or "c")", R"(`"a"`, `"b"` or `"c"`)"},
        {R"(an array such as ["a.service", "b"])", R"(an array such as `["a.service", "b"]`)"},
        {"below [[connector]], or [update]", "below `[[connector]]`, or `[update]`"},
        {"<root>/NAME", "`<root>`/NAME"},
        {R"(one " alone)", R"(one " alone)"},
        {"an [ alone", "an [ alone"},
        {R"("RW…")", R"(`"RW…"`)"},
    };
    for (const Case& one : cases) CHECK(markdown_prose(one.text) == one.expected);
}

TEST_CASE("markdown_commands: quotation marks become backquotes, an odd one stays") {
    CHECK(markdown_commands(R"(what "now" and "gupfile" do)") == "what `now` and `gupfile` do");
    CHECK(markdown_commands(R"(a " alone)") == R"(a " alone)");
}

TEST_CASE("markdown_cell: a row of a table stays one row") {
    CHECK(markdown_cell("gupfile|gup-agent.toml") == "gupfile\\|gup-agent.toml");
    CHECK(markdown_cell("one\ntwo") == "one two");
}

TEST_CASE("markdown_code: a text with backquotes gets more of them") {
    CHECK(markdown_code("a") == "`a`");
    CHECK(markdown_code("a `b`") == "`` a `b` ``");
}

TEST_CASE("the references end with one line end, and have no empty value") {
    for (const std::string& page : {config_reference(), gupfile_reference()}) {
        CHECK(page.starts_with("## Keys\n"));
        CHECK(page.ends_with("\n"));
        CHECK_FALSE(page.ends_with("\n\n"));
        CHECK_FALSE(contains(page, "\n\n\n"));
        CHECK_FALSE(contains(page, ": \n"));
        CHECK_FALSE(contains(page, "``\n"));
    }
}
