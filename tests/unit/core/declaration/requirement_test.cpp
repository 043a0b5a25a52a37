// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/requirement.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace gup;

TEST_CASE("is_commit_id: exactly 40 hexadecimal digits") {
    CHECK(is_commit_id("0123456789abcdef0123456789ABCDEF01234567"));
    CHECK_FALSE(is_commit_id("0123456789abcdef0123456789abcdef0123456"));
    CHECK_FALSE(is_commit_id("0123456789abcdef0123456789abcdef012345678"));
    CHECK_FALSE(is_commit_id("g123456789abcdef0123456789abcdef01234567"));
    CHECK_FALSE(is_commit_id(""));
}

TEST_CASE("display: a requirement shows no secret") {
    CHECK(display(Requirement{"paho-mqtt", "1.3.1", "", 3}) == "paho-mqtt==1.3.1");
    CHECK(display(Requirement{"lib", "5.0.0", "git+https://bob:hunter2@host/lib.git", 1}) ==
          "lib==5.0.0 (git+https://bob:***@host/lib.git)");
}

TEST_CASE("git_url_of: the repository behind git+") {
    CHECK(git_url_of("git+https://host/lib.git") == "https://host/lib.git");
    CHECK(git_url_of("git+ssh://git@host/lib#egg=lib") == "ssh://git@host/lib");
    CHECK(git_url_of("git+file:///srv/lib") == "file:///srv/lib");
    CHECK(git_url_of("https://host/lib.git").empty());
    CHECK(git_url_of("").empty());
}

TEST_CASE("is_distribution_name: of all bytes, letters and digits may begin and end it") {
    constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        const bool plain = letters_and_digits.find(c) != std::string_view::npos;
        CHECK(is_distribution_name(std::string{c}) == plain);
        CHECK(is_distribution_name(std::string{c, 'x'}) == plain);
        CHECK(is_distribution_name(std::string{'x', c}) == plain);
        CHECK(is_distribution_name(std::string{'x', c, 'x'}) == (plain || c == '.' || c == '-' || c == '_'));
    }
}

TEST_CASE("normalized_name: of all bytes, only capitals and separators change") {
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        std::string expected{'x', c, 'x'};
        if (c >= 'A' && c <= 'Z') expected[1] = static_cast<char>(c + 32);
        if (c == '.' || c == '_') expected[1] = '-';
        CHECK(normalized_name(std::string{'x', c, 'x'}) == expected);
    }
    CHECK(normalized_name("AZ") == "az");
}

TEST_CASE("is_commit_id: of all bytes, those of hexadecimal numbers") {
    constexpr std::string_view digits = "0123456789abcdefABCDEF";
    for (int byte = 0; byte < 256; ++byte) {
        CAPTURE(byte);
        CHECK(is_commit_id(std::string(40, static_cast<char>(byte))) ==
              (digits.find(static_cast<char>(byte)) != std::string_view::npos));
    }
}
