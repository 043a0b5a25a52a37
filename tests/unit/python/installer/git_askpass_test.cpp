// SPDX-License-Identifier: Apache-2.0
#include "python/installer/git_askpass.hpp"

#include <doctest/doctest.h>

#include <string>

namespace gup {

TEST_CASE(
    "without_password: the password is removed; the user stays with a password, and is removed as a token alone") {
    struct Case {
        const char* url;
        const char* clean;
        const char* place;
        const char* user;
        const char* password;
    };
    for (const Case& one : {
             Case{"https://bob:word@x.org/a.git", "https://bob@x.org/a.git", "https://x.org", "bob", "word"},
             Case{"http://bob:word@x.org:8080/a.git", "http://bob@x.org:8080/a.git", "http://x.org:8080", "bob",
                  "word"},
             Case{"https://token@x.org/a.git", "https://x.org/a.git", "https://x.org", "token", ""},
             Case{"https://bob:word@x.org", "https://bob@x.org", "https://x.org", "bob", "word"},
             Case{"https://bob:word@x.org?a@b", "https://bob@x.org?a@b", "https://x.org", "bob", "word"},
             Case{"https://bob:word@x.org#a@b", "https://bob@x.org#a@b", "https://x.org", "bob", "word"},
             Case{"https://:word@x.org/a", "https://@x.org/a", "https://x.org", "", "word"},
             Case{"https://bo%20b:w%40rd@x.org/a@b", "https://bo%20b@x.org/a@b", "https://x.org", "bo b", "w@rd"},
         }) {
        const CleanUrl clean = without_password(one.url);
        CAPTURE(one.url);
        CHECK(clean.url == one.clean);
        REQUIRE(clean.credentials.size() == 1);
        CHECK(clean.credentials[0].place == one.place);
        CHECK(clean.credentials[0].user == one.user);
        CHECK(clean.credentials[0].password.reveal() == one.password);
    }
}

TEST_CASE("without_password: a URL without a user, one that is not http, and other text stay unchanged") {
    for (const char* url : {"https://x.org/a.git", "https://x.org/a@b", "ssh://git:word@x.org/a", "git@x.org:a.git",
                            "file:///srv/a", "", "nonsense"}) {
        const CleanUrl clean = without_password(url);
        CHECK(clean.url == url);
        CHECK(clean.credentials.empty());
    }
}

TEST_CASE("askpass_script: a user is asked for as git encodes it, letter by letter") {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    const auto is_plain_in_question = [](char c) {
        const std::string script = askpass_script({{"https://x.org", std::string{'<', c, '>'}, Secret("word")}});
        return script.find("for '\\''https://%3C" + std::string(1, c) + "%3E@x.org'") != std::string::npos;
    };
    for (int byte = 1; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        CAPTURE(byte);
        CHECK(is_plain_in_question(c) == (plain.find(c) != std::string_view::npos));
    }
    CHECK(askpass_script({{"https://x.org", "\xC3\xA4", Secret("word")}}).find("%C3%A4@x.org") != std::string::npos);
}

}  // namespace gup
