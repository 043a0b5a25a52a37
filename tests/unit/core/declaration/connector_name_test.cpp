// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/connector_name.hpp"

#include <doctest/doctest.h>

using namespace gup;

TEST_CASE("check_new_name: a name that can be a folder, a virtualenv and an argument is accepted") {
    for (const char* name : {"smart-meter", "a", "heat.pump_2", "c++", "1st"}) CHECK(check_new_name(name).ok());
}

TEST_CASE("check_new_name: a name that leads elsewhere, is ignored by scans, or is ambiguous is refused") {
    for (const char* name :
         {"", ".", "..", ".hidden", "a/b", "../a", "-x", "_x", "a b", "a\nb", "a'b", "%h", "a:b", "ü"}) {
        const auto status = check_new_name(name);
        REQUIRE_MESSAGE(!status.ok(), name);
        CHECK(status.error().code == ErrorCode::invalid_input);
        CHECK(!status.error().hint.empty());
    }
    CHECK(check_new_name(std::string(100, 'a')).ok());
    CHECK(!check_new_name(std::string(101, 'a')).ok());
}

TEST_CASE("name_from_url: the last part of the path, without .git") {
    const auto name = [](const char* url) { return name_from_url(parse_url(url).value()); };
    CHECK(name("https://example.org/org/smart-meter.git") == "smart-meter");
    CHECK(name("https://user:token@example.org/smart-meter/") == "smart-meter");
    CHECK(name("git@example.org:org/smart-meter.git") == "smart-meter");
    CHECK(name("git@example.org:smart-meter") == "smart-meter");
    CHECK(name("ssh://git@example.org:2222/~/smart-meter.git/") == "smart-meter");
    CHECK(name("/srv/git/smart-meter/.git") == "smart-meter");
    CHECK(name("file:///srv/git/smart-meter.git") == "smart-meter");
    CHECK(name("https://example.org/a/x.git") == "x");
    CHECK(name("https://example.org/a.git/.git") == "a");
    CHECK(name("https://example.org/") == "");
    CHECK(name("https://example.org/.git") == "");
}

TEST_CASE(
    "check_new_name: of all bytes, letters, digits and . _ - + may be in a name, the first two kinds may begin it") {
    constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        const bool begins = letters_and_digits.find(c) != std::string_view::npos;
        CHECK(check_new_name(std::string{c, 'x'}).ok() == begins);
        CHECK(check_new_name(std::string{'x', c}).ok() ==
              (begins || std::string_view("._-+").find(c) != std::string_view::npos));
    }
}

TEST_CASE("check_new_name: each refusal has its own reason") {
    const auto message = [](const std::string& name) { return check_new_name(name).error().message; };
    CHECK(message("").find("empty") != std::string::npos);
    CHECK(message(".x").find("dot") != std::string::npos);
    CHECK(message("-x").find("begins with neither") != std::string::npos);
    CHECK(message("x y").find("'x y' cannot be") != std::string::npos);
    CHECK(message("x y").find("not allowed") != std::string::npos);
    CHECK(message(std::string(101, 'a')).find("too long") != std::string::npos);
}
