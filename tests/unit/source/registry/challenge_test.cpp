// SPDX-License-Identifier: Apache-2.0
#include "source/registry/challenge.hpp"

#include <doctest/doctest.h>

using namespace gup;
using detail::parse_challenges;

TEST_CASE("parse_challenges: schemes and parameters as registries write them") {
    const auto hub = parse_challenges(
        R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push")");
    REQUIRE(hub.size() == 1);
    CHECK(hub[0].scheme == "bearer");
    CHECK(hub[0].parameter("realm") == "https://auth.docker.io/token");
    CHECK(hub[0].parameter("service") == "registry.docker.io");
    CHECK(hub[0].parameter("scope") == "repository:a/b:pull,push");
    CHECK(hub[0].parameter("error").empty());

    const auto both = parse_challenges(R"(BASIC Realm = "a \"b\", c" , Bearer realm=https://x/t,service=y)");
    REQUIRE(both.size() == 2);
    CHECK(both[0].scheme == "basic");
    CHECK(both[0].parameter("realm") == "a \"b\", c");
    CHECK(both[1].parameter("realm") == "https://x/t");
    CHECK(both[1].parameter("service") == "y");
}

TEST_CASE("parse_challenges: nothing that cannot be read is taken, and nothing hangs") {
    for (const char* text : {"", " , ,", "=x", "\"", "realm=\"x\"", ",,,=,"}) {
        CAPTURE(text);
        CHECK(parse_challenges(text).empty());
    }
    CHECK(parse_challenges("Negotiate, Basic realm=\"x").back().parameter("realm") == "x");
    CHECK(parse_challenges("Negotiate").size() == 1);
    CHECK(parse_challenges("Basic realm=\"a\\").back().parameter("realm") == "a\\");
}

TEST_CASE("challenges_of: all headers of that name") {
    HttpHead head;
    head.headers = {{"www-authenticate", "Negotiate"}, {"x", "Digest"}, {"www-authenticate", "Basic realm=\"x\""}};
    const auto found = detail::challenges_of(head);
    REQUIRE(found.size() == 2);
    CHECK(found[1].scheme == "basic");
}
