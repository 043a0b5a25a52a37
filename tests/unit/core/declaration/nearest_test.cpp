// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/nearest.hpp"

#include <doctest/doctest.h>

#include <string>

using gup::nearest;

namespace {
const std::vector<std::string_view> keys{"branch",     "layout",      "service", "persist",
                                         "pre-update", "post-update", "within"};
}

TEST_CASE("nearest: finds the word for a typing error") {
    CHECK(nearest("brunch", keys) == "branch");
    CHECK(nearest("barnch", keys) == "branch");
    CHECK(nearest("brnch", keys) == "branch");
    CHECK(nearest("branchh", keys) == "branch");
    CHECK(nearest("SERVICE", keys) == "service");
    CHECK(nearest("pre_update", keys) == "pre-update");
    CHECK(nearest("post-udpate", keys) == "post-update");
    CHECK(nearest("layuot", keys) == "layout");
}

TEST_CASE("nearest: swapped neighbours are one error, not two") {
    CHECK(nearest("ab", {"ba"}) == "ba");
    CHECK(nearest("cab", {"abc"}).empty());
    CHECK(nearest("abdc", {"abdx", "abcd"}) == "abdx");
    CHECK(nearest("badc", {"abcd"}).empty());
}

TEST_CASE("nearest: gives the nearest of several, and the first of equals") {
    CHECK(nearest("post-updat", keys) == "post-update");
    CHECK(nearest("cat", {"bat", "car"}) == "bat");
    CHECK(nearest("car", {"bat", "car"}) == "car");
}

TEST_CASE("nearest: a third of the letters may be wrong, one in short words, and never all of them") {
    CHECK(nearest("abcdef", {"abcdxy"}) == "abcdxy");
    CHECK(nearest("abcdef", {"abcxyz"}).empty());
    CHECK(nearest("abcde", {"abcdx"}) == "abcdx");
    CHECK(nearest("abcde", {"abcxy"}).empty());
    CHECK(nearest("abc", {"abx"}) == "abx");
    CHECK(nearest("abc", {"axy"}).empty());
    CHECK(nearest("ab", {"a"}).empty());
    CHECK(nearest("ab", {"ax"}) == "ax");
}

TEST_CASE("nearest: capitals are compared as small letters, other characters as they are") {
    CHECK(nearest("AZMB", {"azmb", "azmx"}) == "azmb");
    CHECK(nearest("AZxx", {"azab"}).empty());
    CHECK(nearest("@[{`", {"`{[@"}).empty());
}

TEST_CASE("nearest: swapped neighbours at the beginning, inside and at the end") {
    for (const char* word : {"bacdef", "abdcef", "abcdfe"})
        CHECK_MESSAGE(nearest(word, {"abcdxx", "abcdef"}) == "abcdef", word);
    CHECK(nearest("bacdfe", {"abcdef"}) == "abcdef");
    CHECK(nearest("bac", {"abc"}) == "abc");
}

TEST_CASE("nearest: words of up to 64 letters are compared") {
    const std::string longest(64, 'b');
    CHECK(nearest(longest, {longest}) == longest);
    const std::string longer(65, 'b');
    CHECK(nearest(longer, {longest}).empty());
    CHECK(nearest(longest, {longer}).empty());
}

TEST_CASE("nearest: gives nothing if no word is near enough") {
    CHECK(nearest("requirements", keys).empty());
    CHECK(nearest("", keys).empty());
    CHECK(nearest("x", keys).empty());
    CHECK(nearest("a", {"b"}).empty());
    CHECK(nearest("branch", {}).empty());
    CHECK(nearest("branch", {""}).empty());
    CHECK(nearest(std::string(100'000, 'b'), keys).empty());
}
