// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/gupfile_values.hpp"

#include <doctest/doctest.h>

namespace gup::detail {

TEST_CASE("is_branch_name: names that git accepts, and others") {
    for (const char* name : {"main", "feature/x", "v1.2", "a-b", "a.b", "a@b", "lock", "a{b"}) {
        CHECK_MESSAGE(is_branch_name(name), name);
    }
    for (const char* name : {"", "-x", "/x", "x/", "x.", "x.lock", "a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b",
                             "a\\b", "a..b", "a//b", "a@{b"}) {
        CHECK_FALSE_MESSAGE(is_branch_name(name), name);
    }
}

TEST_CASE("leads_out: absolute paths and those with .. as a name") {
    for (const char* path : {"/", "/etc", "..", "../x", "x/..", "x/../y"}) CHECK_MESSAGE(leads_out(path), path);
    for (const char* path : {"", "x", "x/y", "..x", "x..", "x/..y"}) CHECK_FALSE_MESSAGE(leads_out(path), path);
}

TEST_CASE("seconds_in: a number with the letter of its unit, or none for seconds") {
    struct Case {
        const char* text;
        std::int64_t seconds;
    };
    for (const Case& one : {Case{"0", 0}, Case{"90", 90}, Case{"90s", 90}, Case{"2m", 120}, Case{"2 h", 7200},
                            Case{"1d", 86'400}, Case{"999999", 999'999}, Case{"100000d", 8'640'000'000}}) {
        CHECK(seconds_in(one.text) == one.seconds);
    }
    for (const char* text : {"", "s", "m", "1000000", "1x", "1/", "1:", "-1", "+1", "1.5", "1 2", "1mm", "ms"}) {
        CHECK_MESSAGE(seconds_in(text) == std::nullopt, text);
    }
}

TEST_CASE("is_probe_url: http and https with a host, without a user, a password or blanks") {
    for (const char* url : {"http://127.0.0.1:8080/health", "https://localhost/", "http://h"}) {
        CHECK_MESSAGE(is_probe_url(url), url);
    }
    for (const char* url : {"", "h/health", "ftp://h/", "http:///x", "http://u@h/", "http://:p@h/", "http://u:p@h/",
                            "http://h/a b", "http://h/a\tb"}) {
        CHECK_FALSE_MESSAGE(is_probe_url(url), url);
    }
}

TEST_CASE("syntax_flaw: the parser's words without their beginning, on one line, cut between two words") {
    CHECK(syntax_flaw("Error while parsing key: x") == "while parsing key: x");
    CHECK(syntax_flaw("a\nb\x1f"
                      "c d") == "a b c d");
    std::string longest;
    for (int i = 0; i < 40; ++i) longest += "12345 ";
    CHECK(syntax_flaw(longest).size() == 197);
    CHECK(syntax_flaw(std::string(200, 'x')).size() == 200);
}

TEST_CASE("syntax_hint: each kind of flaw has its own") {
    CHECK(syntax_hint("cannot redefine existing table").find("remove one") != std::string_view::npos);
    CHECK(syntax_hint("while parsing string").find("closing quote") != std::string_view::npos);
    CHECK(syntax_hint("while parsing table header").find("brackets") != std::string_view::npos);
    CHECK(syntax_hint("while parsing unicode scalar sequence").find("backslash") != std::string_view::npos);
    CHECK(syntax_hint("while parsing array: encountered end-of-file").find("]") != std::string_view::npos);
    CHECK(syntax_hint("while parsing boolean: expected 'true'").find("true or false") != std::string_view::npos);
    CHECK(syntax_hint("expected '=', saw ':'").find("=") != std::string_view::npos);
    CHECK(syntax_hint("expected value, saw ' '").find("missing") != std::string_view::npos);
    CHECK(syntax_hint("expected a comment or whitespace, saw 'b'").find("same line") != std::string_view::npos);
    CHECK(syntax_hint("something else").find("needs quotes") != std::string_view::npos);
}

}  // namespace gup::detail
