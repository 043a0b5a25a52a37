// SPDX-License-Identifier: Apache-2.0
#include "source/remote/netrc.hpp"

#include <doctest/doctest.h>

namespace gup::test {
namespace {

// "user:password", or "-".
std::string found(std::string_view text, std::string_view host, std::string_view user = {}) {
    const auto credentials = detail::find_in_netrc(text, host, user);
    return credentials ? credentials->user + ":" + credentials->password.reveal() : "-";
}

}  // namespace

TEST_CASE("find_in_netrc: the first entry of the host, in any order of its words") {
    constexpr std::string_view text =
        "# a comment\nmachine a.example login alice password one\nmachine b.example\n\tpassword two\n\tlogin bob\n";
    CHECK(found(text, "a.example") == "alice:one");
    CHECK(found(text, "B.Example") == "bob:two");
    CHECK(found(text, "c.example") == "-");
    CHECK(found("", "a.example") == "-");
}

TEST_CASE("find_in_netrc: only entries of the wanted user, or of nobody") {
    constexpr std::string_view text =
        "machine a.example login bob password bobs\nmachine a.example login alice password hers\n";
    CHECK(found(text, "a.example") == "bob:bobs");
    CHECK(found(text, "a.example", "alice") == "alice:hers");
    CHECK(found(text, "a.example", "carol") == "-");
    CHECK(found(text, "a.example", "Bob") == "-");
    CHECK(found("machine a.example password shared\n", "a.example", "alice") == "alice:shared");
    CHECK(found("machine a.example password shared\n", "a.example") == ":shared");
}

TEST_CASE("find_in_netrc: default is for every host, but not for another user") {
    constexpr std::string_view text = "machine a.example login alice password hers\ndefault login bob password bobs\n";
    CHECK(found(text, "x.example") == "bob:bobs");
    CHECK(found(text, "x.example", "alice") == "-");
    CHECK(found(text, "x.example", "bob") == "bob:bobs");
    CHECK(found(text, "a.example", "bob") == "bob:bobs");
}

TEST_CASE("find_in_netrc: a login without a password has the empty one") {
    CHECK(found("machine a.example login token\n", "a.example") == "token:");
    CHECK(found("machine a.example login token\n", "a.example", "alice") == "-");
    CHECK(found("machine a.example login token\n", "a.example", "token") == "token:");
    CHECK(found("machine a.example\n", "a.example") == "-");
}

TEST_CASE("find_in_netrc: quotes, macros, and words that are names of words") {
    CHECK(found("machine a.example login \"al ice\" password \"wonder \\\"land\\\"\"\n", "a.example") ==
          "al ice:wonder \"land\"");
    CHECK(found("macdef init\nmachine evil.example login x password y\n\nmachine a.example login login password "
                "password\n",
                "a.example") == "login:password");
    CHECK(found("macdef init\nmachine evil.example login x password y\n\n", "evil.example") == "-");
    CHECK(found("machine a.example account alice login bob password two\n", "a.example") == "bob:two");
    CHECK(found("machine a.example login \"cut", "a.example") == "cut:");
    CHECK(found("machine", "") == "-");
}

}  // namespace gup::test
