// SPDX-License-Identifier: Apache-2.0
#include "source/gitconfig/wildmatch.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup::test {

TEST_CASE("wild_matches: git's patterns for paths") {
    struct Row {
        const char* pattern;
        const char* text;
        bool fits;
    };
    // The verdicts of git 2.39 (wildmatch.c with WM_PATHNAME).
    const Row rows[] = {
        {"a", "a", true},
        {"a", "ab", false},
        {"a*", "abc", true},
        {"a*", "a/c", false},
        {"a*c", "abc/c", false},
        {"**/gw/**", "/srv/gw/x/.git", true},
        {"**/gw/**", "/srv/gws/x/.git", false},
        {"/srv/**", "/srv/a/b", true},
        {"/srv/**/b", "/srv/b", true},
        {"/srv/**/b", "/srv/a/c/b", true},
        {"/srv/a**", "/srv/a/b", false},
        {"https://*.example.org/**", "https://git.example.org/a/b.git", true},
        {"https://*.example.org/**", "https://example.org/a.git", false},
        {"https://github.com/*/x.git", "https://github.com/a/b/x.git", false},
        {"feature/**", "feature/a/b", true},
        {"v[0-9]", "v7", true},
        {"v[!0-9]", "v7", false},
        {"v[^0-9]", "vx", true},
        {"v[[:digit:]]", "v7", true},
        {"v[]x]", "v]", true},
        {"v[a-", "va", false},
        {"a?c", "abc", true},
        {"a?c", "a/c", false},
        {"a\\*", "a*", true},
        {"a\\*", "ab", false},
        {"", "", true},
        {"", "a", false},
        {"**", "a/b", true},
        {"*", "", true},
    };
    for (const Row& row : rows)
        CHECK_MESSAGE(git::wild_matches(row.pattern, row.text) == row.fits, row.pattern, " ", row.text);
    CHECK(git::wild_matches("/SRV/[A-C]*", "/srv/bcd", git::Letters::any_case));
    CHECK(!git::wild_matches("/SRV/*", "/srv/bcd"));
}

TEST_CASE("wild_matches: many stars come to an end") {
    CHECK(!git::wild_matches("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(200, 'a')));
}

}  // namespace gup::test
