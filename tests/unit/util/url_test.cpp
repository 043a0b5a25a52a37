// SPDX-License-Identifier: Apache-2.0
#include "util/url.hpp"
#include "util/mask_urls.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using gup::mask_secrets;
using gup::mask_urls;
using gup::parse_url;
using gup::path_of_file_url;
using gup::same_repository;

namespace {

gup::Url parsed_url(std::string_view text) {
    const auto url = parse_url(text);
    REQUIRE_MESSAGE(url.ok(), std::string(text));
    return *url;
}

}  // namespace

TEST_CASE("parse_url: an https URL is split into its parts") {
    const auto url = parsed_url("HTTPS://Bob:p%40ss@Git.Example.ORG:8443/Org/repo.git?x=1#egg=name");
    CHECK(url.scheme == "https");
    CHECK(url.user == "Bob");
    CHECK(url.password.reveal() == "p@ss");
    CHECK(url.host == "git.example.org");
    CHECK(url.port == 8443);
    CHECK(url.path == "/Org/repo.git");
    CHECK(url.query == "x=1");
    CHECK(url.fragment == "egg=name");
    CHECK_FALSE(url.scp_like);
    CHECK(url.without_credentials() == "https://git.example.org:8443/Org/repo.git");
}

TEST_CASE("parse_url: a password may hold '@', ':' and a '%' that encodes nothing") {
    const auto url = parsed_url("https://bob:a:b@c%zz%4@host/x");
    CHECK(url.user == "bob");
    CHECK(url.password.reveal() == "a:b@c%zz%4");
    CHECK(url.host == "host");
}

TEST_CASE("parse_url: omitted parts are empty") {
    const auto url = parsed_url("http://host");
    CHECK(url.user.empty());
    CHECK(url.password.empty());
    CHECK(url.port == 0);
    CHECK(url.path == "/");
    CHECK(parsed_url("http://host:/x").port == 0);
    CHECK(parsed_url("https://host?q").query == "q");
    CHECK(parsed_url("https://token@host/x").user == "token");
    CHECK(parsed_url("https://:pw@host/x").password.reveal() == "pw");
}

TEST_CASE("parse_url: an IPv6 address loses its brackets and gets them back") {
    const auto url = parsed_url("ssh://git@[FE80::1]:2222/srv/repo");
    CHECK(url.host == "fe80::1");
    CHECK(url.port == 2222);
    CHECK(url.without_credentials() == "ssh://[fe80::1]:2222/srv/repo");
    CHECK(parsed_url("http://[::1]/").host == "::1");
}

TEST_CASE("parse_url: git's scp-like forms are ssh") {
    const auto url = parsed_url("git@GitHub.com:org/repo.git");
    CHECK(url.scheme == "ssh");
    CHECK(url.scp_like);
    CHECK(url.user == "git");
    CHECK(url.host == "github.com");
    CHECK(url.path == "org/repo.git");
    CHECK(url.without_credentials() == "github.com:org/repo.git");

    CHECK(parsed_url("host:/srv/repo").path == "/srv/repo");
    CHECK(parsed_url("host:/srv/repo").user.empty());
    CHECK(parsed_url("host:~bob/repo").path == "~bob/repo");
    CHECK(parsed_url("host:a:b@c").path == "a:b@c");
    CHECK(parsed_url("[::1]:repo").host == "::1");
    CHECK(parsed_url("git@[::1]:repo").user == "git");
    CHECK(parsed_url("[host:2222]:repo").port == 2222);
    CHECK(parsed_url("[git@host:2222]:repo").user == "git");
    CHECK(parsed_url("[host:2222]:repo").without_credentials() == "[host:2222]:repo");
}

TEST_CASE("parse_url: an absolute path is a file, with any content") {
    for (const std::string path : {"/srv/repo.git", "/srv/with space", "/srv/a:b", "/srv/a#b?c", "/"}) {
        const auto url = parsed_url(path);
        CHECK(url.scheme == "file");
        CHECK(url.path == path);
        CHECK(url.host.empty());
    }
    CHECK(parsed_url("/srv/repo").without_credentials() == "file:///srv/repo");
    CHECK(parsed_url("file:///srv/repo").path == "/srv/repo");
    CHECK(parsed_url("file://localhost/srv/repo").host.empty());
    CHECK(parsed_url("file:///with space").path == "/with space");
}

TEST_CASE("parse_url: other schemes are parsed alike") {
    CHECK(parsed_url("git+https://host/x").scheme == "git+https");
    CHECK(parsed_url("s3://bucket/key.zip").host == "bucket");
}

TEST_CASE("parse_url: refuses texts that are not a URL, and those that a program would read as an option") {
    const std::vector<std::string> bad{"",
                                       "repo",
                                       "./repo",
                                       "../repo",
                                       "dir/host:path",
                                       "://host/x",
                                       "1http://host/x",
                                       ":path",
                                       "host:",
                                       "@host:path/../x\n",
                                       "https:///path",
                                       "https://",
                                       "https://host:0/",
                                       "https://host:65536/",
                                       "https://host:12x/",
                                       "https://ho st/",
                                       "https://host/a b",
                                       "https://[::1/x",
                                       "https://[zz]/x",
                                       "https://[::1]x/",
                                       "https://a\tb/",
                                       "https:/host/x",
                                       "http:host/x",
                                       "ssh:host",
                                       "-oProxyCommand=x:path",
                                       "ssh://-oProxyCommand=x/path",
                                       "ssh://-x@host/path",
                                       "host:-path",
                                       "file://host/x",
                                       "file://",
                                       "https://a%0ab@host/",
                                       "https://a:b%00@host/",
                                       "https://h\"o/x",
                                       std::string("https://ho\0st/", 14),
                                       "[::1]",
                                       "[::1:path",
                                       "[x",
                                       "git@[host:99999]:x"};
    for (const auto& text : bad) {
        const auto url = parse_url(text);
        REQUIRE_MESSAGE(!url.ok(), text);
        CHECK(url.error().code == gup::ErrorCode::invalid_input);
        CHECK_FALSE(url.error().message.empty());
        CHECK_FALSE(url.error().hint.empty());
    }
}

TEST_CASE("parse_url: its error masks the password, and is bounded") {
    for (const std::string text :
         {"https://bob:hunter2@ho st/", "https://bob:hunter2@host:99999/", "https://bob:hunter2\n@host/",
          "https://bob:hunter2 x@host/", "https://hunter2@host:0/"}) {
        const auto url = parse_url(text);
        REQUIRE_FALSE(url.ok());
        CHECK_MESSAGE(url.error().message.find("hunter2") == std::string::npos, url.error().message);
    }
    const auto url = parse_url("https://" + std::string(100'000, 'x') + " /");
    REQUIRE_FALSE(url.ok());
    CHECK(url.error().message.size() < 400);
}

TEST_CASE("mask_secrets: hides every form of password and token") {
    struct Row {
        std::string_view text;
        std::string_view masked;
    };
    const std::vector<Row> rows{
        {"https://bob:secret@host/x", "https://bob:***@host/x"},
        {"https://secret@host/x", "https://***@host/x"},
        {"HTTP://secret@host", "HTTP://***@host"},
        {"git+https://secret@host/x@v1.0", "git+https://***@host/x@v1.0"},
        {"git+https://bob:secret@host/x.git@v1.0#egg=y", "git+https://bob:***@host/x.git@v1.0#egg=y"},
        {"git+ssh://bob:secret@host/x", "git+ssh://bob:***@host/x"},
        {"ssh://git:secret@host/x", "ssh://git:***@host/x"},
        {"ftp://bob:secret@host/x", "ftp://bob:***@host/x"},
        {"//bob:secret@host/x", "//bob:***@host/x"},
        {"https://bob:se@cret@host/x", "https://bob:***@host/x"},
        {"https://bob:se:cret@host/x", "https://bob:***@host/x"},
        {"https://bob:s%40%3Acret@host/x", "https://bob:***@host/x"},
        {"https://bob:se'cr,e;t!$&()*+=@host/x", "https://bob:***@host/x"},
        {"https://bob:se/cret@host/x", "https://bob:***@host/x"},
        {"https://bob:se#c?ret@host/x", "https://bob:***@host/x"},
        {"https://bob:se\"cr et@host/x", "https://bob:***@host/x"},
        {"https://bob:s\xC3\xA4\xFF@host/x", "https://bob:***@host/x"},
        {"https://:secret@host/x", "https://:***@host/x"},
        {"https://secret:@host/x", "https://***@host/x"},
        {"https://secret:x-oauth-basic@host/x", "https://***@host/x"},
        {"https://x-access-token:secret@host/x", "https://x-access-token:***@host/x"},
        {"https://bob:secret@[::1]:8080/x", "https://bob:***@[::1]:8080/x"},
        {"fatal: unable to access 'https://bob:secret@host/x/': no route",
         "fatal: unable to access 'https://bob:***@host/x/': no route"},
        {"a https://a:s1@h/x, b https://s2@h/y\nc http://c:s3@h",
         "a https://a:***@h/x, b https://***@h/y\nc http://c:***@h"},
        {"https://a:s1@h,https://b:s2@h", "https://a:***@h,https://b:***@h"},
        {"[\"https://a:s1@h\",\"https://s2@h\"]", "[\"https://a:***@h\",\"https://***@h\"]"},
        {"https_proxy=http://u:secret@proxy:3128", "https_proxy=http://u:***@proxy:3128"},
        {"https://a/https://u:secret@host", "https://a/https://u:***@host"},
        {"https://u:secret@", "https://u:***@"},
    };
    for (const auto& row : rows) {
        CHECK(mask_secrets(row.text) == row.masked);
        CHECK_MESSAGE(mask_secrets(row.masked) == row.masked, "masking twice");
    }
}

TEST_CASE("parse_url: a user with a character that ends a URL in a sentence is refused, and not shown") {
    for (const char* text : {"https://\"ob:secret@host/x", "https://sec\"ret@host/x", "https://<ob:secret@host/x",
                             "https://sec>ret@host/x", "https://sec ret@host/x", "https://u:a%0Asecret@host/x",
                             "https://u:\"secret@host/x", "https://u:12<secret@host/x", "ssh://u:>secret@host/x",
                             "https://u:1\":***@host/x"}) {
        CAPTURE(text);
        const auto url = parse_url(text);
        REQUIRE_FALSE(url.ok());
        CHECK(url.error().message.find("://***@host/x") != std::string::npos);
        CHECK(url.error().message.find("ret@") == std::string::npos);
    }
    CHECK(parse_url("https://u:***@host/x").ok());
    CHECK(parse_url("https://u:se\"cret@host/x")->password.reveal() == "se\"cret");
    CHECK(parse_url("https://%22ob:secret@host/x")->user == "\"ob");
}

TEST_CASE("mask_urls: hides the queries of URLs, too") {
    CHECK(mask_urls("http://bob:secret@host/x?token=secret did not answer") ==
          "http://bob:***@host/x?*** did not answer");
    CHECK(mask_urls("https://host?a=secret&b=secret#part") == "https://host?***");
    CHECK(mask_urls("get 'http://h/x?t=se\"cret' and \"http://h/y?t=secret\"") ==
          "get 'http://h/x?***' and \"http://h/y?***\"");
    CHECK(mask_urls("--url=http://h/x?t=a'secret'") == "--url=http://h/x?***");
    CHECK(mask_urls("http://h/?to=http://i/?t=secret end") == "http://h/?*** end");
    for (const std::string_view text : {"", "why? because", "http://host/x? no", "file:///x?y", "http://host/?***"}) {
        CHECK(mask_urls(text) == text);
    }
}

TEST_CASE("mask_secrets: keeps texts without a secret") {
    for (const std::string_view text : {"",
                                        "/",
                                        "//",
                                        "https://",
                                        "://@",
                                        "git@github.com:org/repo.git",
                                        "user@host:path",
                                        "bob@host:/srv//x/y",
                                        "ssh://git@host/org/repo",
                                        "git+ssh://git@host:22/x@v1",
                                        "https://host/x",
                                        "https://host:8080/@scope/name",
                                        "https://host/user@example.org",
                                        "https://host:443",
                                        "http://[::1]:8080/a@b",
                                        "see https://host: ask a@b",
                                        "see https://host:80, ask a@b",
                                        "(https://host:80) a@b",
                                        "'https://host:80': a@b",
                                        "https://host?mail=a@b",
                                        "// a comment: mail a@b",
                                        "a@b https://host/x c@d",
                                        "https://host:80 a@b",
                                        "file:///srv/a:b@c",
                                        "name,1.0,git+https://h/x",
                                        "ssh://git@host:22/x",
                                        "ssh://bob:@host/x"}) {
        CHECK(mask_secrets(text) == text);
    }
}

TEST_CASE("mask_secrets: a secret of any form is hidden, with the URL at any place") {
    std::mt19937 random(20261121);
    const std::string letters = "abcXYZ019-._~!$&'()*+,;=:@%";
    const std::vector<std::string> around{"",       " ", "\n", "'", "\"", "(", "error: ", "https://other/path ",
                                          "a@b:c ", "ü"};
    const auto pick = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    for (int round = 0; round < 20'000; ++round) {
        std::string odd;
        for (std::size_t i = pick(12); i > 0; --i) odd += letters[pick(letters.size())];
        const std::string secret = "S" + odd + "T";
        const std::string scheme = pick(2) == 0 ? "https" : "git+https";
        const bool token = pick(3) == 0 && secret.find(':') == std::string::npos;
        const std::string url = scheme + "://" + (token ? "" : "user:") + secret + "@host/path";
        const std::string text = around[pick(around.size())] + url + around[pick(around.size())];
        const std::string masked = mask_secrets(text);
        INFO(text);
        REQUIRE(masked.find(secret) == std::string::npos);
        REQUIRE(masked.find("@host/path") != std::string::npos);
        REQUIRE(mask_secrets(masked) == masked);
    }
}

TEST_CASE("parse_url, mask_secrets, same_repository: no text makes them crash") {
    std::mt19937 random(7);
    const std::vector<std::string> parts{"://", "//",   "/",   ":",    "@",     "[",    "]",    "%", "%41",
                                         "%00", "http", "ssh", "git+", "host",  "a",    "\xFF", " ", "\n",
                                         "#",   "?",    "-",   "22",   "99999", ".git", "'",    "\""};
    for (int round = 0; round < 50'000; ++round) {
        std::string text;
        for (auto n = random() % 9; n > 0; --n) text += parts[random() % parts.size()];
        INFO(text);
        const std::string masked = mask_secrets(text);
        REQUIRE(masked.size() <= text.size() + 3 * (text.size() + 1));
        REQUIRE(same_repository(text, text));
        if (const auto url = parse_url(text); url.ok()) {
            REQUIRE((url->scheme == "file" || !url->host.empty()));
            REQUIRE_FALSE(url->host.starts_with('-'));
            REQUIRE_FALSE(url->path.empty());
        } else {
            REQUIRE(url.error().code == gup::ErrorCode::invalid_input);
        }
    }
}

TEST_CASE("same_repository: spelling and credentials do not matter") {
    const std::string_view repository = "https://github.com/Org/repo";
    for (const std::string_view other :
         {"https://github.com/Org/repo.git", "https://github.com/Org/repo/", "https://github.com/Org/repo.git/",
          "HTTPS://GitHub.com/Org/repo", "https://github.com:443/Org/repo", "https://token@github.com/Org/repo",
          "https://a:b@github.com/Org/repo.git#egg=x", "https://github.com/Org/r%65po"}) {
        CHECK_MESSAGE(same_repository(repository, other), std::string(other));
        CHECK_MESSAGE(same_repository(other, repository), std::string(other));
    }
    CHECK(same_repository("git@host:org/repo.git", "ssh://git@host/org/repo"));
    CHECK(same_repository("git@host:org/repo.git", "ssh://host:22/~/org/repo"));
    CHECK(same_repository("/srv/repo.git", "file:///srv/repo"));
    CHECK(same_repository("/srv/a b", "file:///srv/a%20b"));
    CHECK(same_repository("not a url", "not a url"));
}

TEST_CASE("path_of_file_url: as git reads them") {
    struct Row {
        std::string_view url;
        std::string_view path;
    };
    for (const auto& [url, path] : {
             Row{"file:///srv/x.git", "/srv/x.git"},
             {"file:///srv/My%20Gateway/x.git", "/srv/My Gateway/x.git"},
             {"file:///srv/My Gateway/x.git", "/srv/My Gateway/x.git"},
             {"file:///srv/Z%C3%A4hler", "/srv/Zähler"},
             {"file:///srv/Z%c3%a4hler", "/srv/Zähler"},
             {"file:///srv%2Fx.git", "/srv/x.git"},
             {"file:///srv/100%25", "/srv/100%"},
             {"file:///srv/%2520", "/srv/%20"},
             {"file:///srv/a+b", "/srv/a+b"},
             {"file:///srv/a#b?c", "/srv/a#b?c"},
             {"file:///srv/%", "/srv/%"},
             {"file:///srv/%4", "/srv/%4"},
             {"file:///srv/%zz", "/srv/%zz"},
             {"file:///srv/%00", "/srv/%00"},
             {"file://localhost/srv/x", "/srv/x"},
             {"file://host.example/srv/x", "/srv/x"},
             {"FILE:///srv/x", "/srv/x"},
             {"file://", ""},
             {"file://host", ""},
             {"/srv/x", ""},
             {"https://host/x", ""},
         }) {
        CAPTURE(url);
        CHECK(path_of_file_url(url) == path);
    }
    CHECK(parsed_url("file:///a%20b?c#d").path == "/a b?c#d");
    CHECK(same_repository("/srv/%20", "file:///srv/%2520"));
    CHECK_FALSE(same_repository("/srv/%20", "file:///srv/%20"));
}

TEST_CASE("same_repository: another repository is another") {
    const std::string_view repository = "https://github.com/Org/repo";
    for (const std::string_view other :
         {"https://github.com/org/repo", "https://github.com/Org/repo2", "https://gitlab.com/Org/repo",
          "http://github.com/Org/repo", "https://github.com:8443/Org/repo", "ssh://github.com/Org/repo",
          "https://github.com/Org/repo?x", "nonsense", ""}) {
        CHECK_FALSE_MESSAGE(same_repository(repository, other), std::string(other));
    }
    CHECK_FALSE(same_repository("not a url", "neither a url"));
    CHECK_FALSE(same_repository("/srv/a%20b", "/srv/a b"));
}
