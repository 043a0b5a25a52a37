#include "core/declaration/nearest.hpp"

#include <doctest/doctest.h>

#include <string>

using gup::nearest;

namespace {
const std::vector<std::string_view> keys{"branch",     "layout",      "service", "persist",
                                         "pre-update", "post-update", "within"};
}

TEST_CASE("nearest: finds the word behind a slip of the finger") {
    CHECK(nearest("brunch", keys) == "branch");
    CHECK(nearest("barnch", keys) == "branch");
    CHECK(nearest("brnch", keys) == "branch");
    CHECK(nearest("branchh", keys) == "branch");
    CHECK(nearest("SERVICE", keys) == "service");
    CHECK(nearest("pre_update", keys) == "pre-update");
    CHECK(nearest("post-udpate", keys) == "post-update");
    CHECK(nearest("layuot", keys) == "layout");
}

TEST_CASE("nearest: swapped neighbours are one slip, not two") {
    CHECK(nearest("ab", {"ba"}) == "ba");
    CHECK(nearest("cab", {"abc"}).empty());
}

TEST_CASE("nearest: gives the nearest of several, and the first of equals") {
    CHECK(nearest("post-updat", keys) == "post-update");
    CHECK(nearest("cat", {"bat", "car"}) == "bat");
    CHECK(nearest("car", {"bat", "car"}) == "car");
}

TEST_CASE("nearest: is silent when nothing is near enough") {
    CHECK(nearest("requirements", keys).empty());
    CHECK(nearest("", keys).empty());
    CHECK(nearest("x", keys).empty());
    CHECK(nearest("a", {"b"}).empty());
    CHECK(nearest("branch", {}).empty());
    CHECK(nearest("branch", {""}).empty());
    CHECK(nearest(std::string(100'000, 'b'), keys).empty());
}
