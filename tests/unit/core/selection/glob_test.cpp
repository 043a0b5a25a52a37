// SPDX-License-Identifier: Apache-2.0
#include "core/selection/glob.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace gup {

TEST_CASE("Glob: names and paths, as git matches them") {
    struct Row {
        Glob::Of of;
        const char* pattern;
        const char* text;
        bool matches;
    };
    constexpr Glob::Of name = Glob::Of::name;
    constexpr Glob::Of path = Glob::Of::path;
    const Row rows[] = {
        {name, "Makefile", "Makefile", true},
        {name, "Makefile", "makefile", false},
        {name, "", "", true},
        {name, "*", "", true},
        {name, "*.md", "README.md", true},
        {name, "*.md", "md", false},
        {name, "a*b*c", "a-bb-c", true},
        {name, "a*b*c", "a-bb-cd", false},
        {name, "?", "", false},
        {name, "?", "/", true},
        {name, "[abc]x", "bx", true},
        {name, "[a-c]x", "dx", false},
        {name, "[!a-c]x", "dx", true},
        {name, "[^a-c]x", "ax", false},
        {name, "[]]", "]", true},
        {name, "[]-a]", "^", true},
        {name, "[a-]", "-", true},
        {name, "[\\]]", "]", true},
        {name, "[[:digit:][:upper:]]", "Q", true},
        {name, "[[:digit:]]", "q", false},
        {name, "[[:nothing:]]", "n", false},
        {name, "[[:digit]", "[", true},
        {name, "[ab", "a", false},
        {name, "[ab", "[ab", false},
        {name, "\\*", "*", true},
        {name, "\\*", "x", false},
        {name, "a\\", "a", false},
        {name, "a\\", "a\\", false},
        {path, "docs/*", "docs/a", true},
        {path, "docs/*", "docs/a/b", false},
        {path, "docs/?", "docs//", false},
        {path, "docs[/]a", "docs/a", false},
        {path, "**/a", "a", true},
        {path, "**/a", "x/y/a", true},
        {path, "**/a", "xa", false},
        {path, "docs/**", "docs/a/b", true},
        {path, "docs/**", "docs", false},
        {path, "a/**/b", "a/b", true},
        {path, "a/**/b", "a/x/y/b", true},
        {path, "a/**/b", "ab", false},
        {path, "a/***/b", "a/x/y/b", true},
        {path, "a**/b", "ax/y/b", true},
        {path, "?a**/b", "xax/y/b", false},
        {path, "?/b**", "a/bx/y", false},
        {path, "**", "a/b/c", true},
    };
    for (const Row& row : rows) {
        CAPTURE(row.pattern);
        CAPTURE(row.text);
        CHECK(Glob(row.pattern, row.of).matches(row.text) == row.matches);
    }
}

TEST_CASE("Glob: a pattern of many stars takes no time") {
    std::string pattern;
    for (int i = 0; i < 200; ++i) pattern += "*a**/";
    const auto begin = std::chrono::steady_clock::now();
    CHECK_FALSE(Glob(pattern + "b", Glob::Of::path).matches(std::string(500, 'a')));
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
}

}  // namespace gup
