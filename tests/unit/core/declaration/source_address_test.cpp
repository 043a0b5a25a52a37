// SPDX-License-Identifier: Apache-2.0
#include "core/declaration/source_address.hpp"

#include <doctest/doctest.h>

#include <string>

using gup::parse_source;
using gup::SourceKind;

namespace {

struct WrittenSource {
    const char* text;
    SourceKind kind;
    const char* url;
    const char* folder;
    const char* ref;
};

constexpr WrittenSource written_sources[] = {
    {"user@host:org/app.git", SourceKind::git, "user@host:org/app.git", "", ""},
    {"user@host:org/app.git/path#branch", SourceKind::git, "user@host:org/app.git", "path", "branch"},
    {"user@host:org/app.git/a/b/#v1.2", SourceKind::git, "user@host:org/app.git", "a/b", "v1.2"},
    {"git+ssh://user@host:2222/org/app.git#main", SourceKind::git, "ssh://user@host:2222/org/app.git", "", "main"},
    {"git+https://host/org/app.git/deploy/gateway#feature/x", SourceKind::git, "https://host/org/app.git",
     "deploy/gateway", "feature/x"},
    {"git+https://host/org/app", SourceKind::git, "https://host/org/app", "", ""},
    {"https://host/app.git", SourceKind::git, "https://host/app.git", "", ""},
    {"https://user:word@host/app.git/path", SourceKind::git, "https://user:word@host/app.git", "path", ""},
    {"https://host/my.github.io/app.git/x", SourceKind::git, "https://host/my.github.io/app.git", "x", ""},
    {"git://host/app.git", SourceKind::git, "git://host/app.git", "", ""},
    {"/srv/git/app.git/path#0123456789012345678901234567890123456789", SourceKind::git, "/srv/git/app.git", "path",
     "0123456789012345678901234567890123456789"},
    {"file:///srv/app/.git", SourceKind::git, "file:///srv/app/.git", "", ""},
    {"/srv/app", SourceKind::git, "/srv/app", "", ""},
    {"https://host/app.zip", SourceKind::http_zip, "https://host/app.zip", "", ""},
    {"https://host/app.zip#app-main", SourceKind::http_zip, "https://host/app.zip", "app-main", ""},
    {"https://host/get?id=7#/a/b/", SourceKind::http_zip, "https://host/get?id=7", "a/b", ""},
    {"s3://bucket/x/app.zip#app-main", SourceKind::s3_zip, "s3://bucket/x/app.zip", "app-main", ""},
    {"s3://bucket/app.zip#1.zip", SourceKind::s3_zip, "s3://bucket/app.zip", "1.zip", ""},
    {"s3://bucket/app#1.zip", SourceKind::s3_zip, "s3://bucket/app#1.zip", "", ""},
    {"http://user:word@host:8080/get?file=app.git.zip", SourceKind::http_zip,
     "http://user:word@host:8080/get?file=app.git.zip", "", ""},
};

}  // namespace

TEST_CASE("parse_source: each form is split into its parts") {
    for (const WrittenSource& written : written_sources) {
        CAPTURE(written.text);
        const auto source = parse_source(written.text);
        REQUIRE(source.ok());
        CHECK(source->kind == written.kind);
        CHECK(source->url == written.url);
        CHECK(source->folder == written.folder);
        CHECK(source->ref == written.ref);
    }
}

TEST_CASE("parse_source: a bucket and a key") {
    const auto source = parse_source("s3://my-bucket.example/releases/app 1.zip").value();
    CHECK(source.kind == SourceKind::s3_zip);
    CHECK(source.bucket == "my-bucket.example");
    CHECK(source.key == "releases/app 1.zip");
}

TEST_CASE("parse_source: a text that is not a source is refused with the reason, without secrets") {
    for (const char* text :
         {"", "app", "s3://", "s3://bucket", "s3://bucket/", "s3://key:secret@bucket/app.zip", "ftp://host/app.git",
          "git+ftp://host/app.git", "https://host/app.zip#", "https://host/app.zip#../x", "s3://bucket/app.zip#",
          "s3://bucket/app.zip#a/../b", "git+https://host/app.git#", "git+https://host/app.git/../etc",
          "git+https://host/app.git/a//b", "git+https://host/app.git/.git/hooks", "user@host:app.git/./a"}) {
        CAPTURE(text);
        const auto source = parse_source(text);
        REQUIRE_FALSE(source.ok());
        CHECK_FALSE(source.error().message.empty());
    }
    const auto refused = parse_source("https://bob:hunter2@host/app.zip#");
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().message.find("hunter2") == std::string::npos);
}

TEST_CASE("display: a source without its password and without its query") {
    CHECK(gup::display(parse_source("git+https://bob:word@host/app.git/path#main").value()) ==
          "https://bob:***@host/app.git/path#main");
    CHECK(gup::display(parse_source("https://host/app.zip?token=word").value()) == "https://host/app.zip");
    CHECK(gup::display(parse_source("https://bob:word@host/app.zip").value()) == "https://host/app.zip");
    CHECK(gup::display(parse_source("https://host/app.zip?token=word#app-main").value()) ==
          "https://host/app.zip#app-main");
    CHECK(gup::display(parse_source("s3://bucket/app.zip#app-main").value()) == "s3://bucket/app.zip#app-main");
}

TEST_CASE("parse_source: of all bytes, letters, digits and . - _ may be in a bucket's name") {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    for (int byte = 1; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        if (c == '/') continue;  // the bucket ends there
        CAPTURE(byte);
        CHECK(parse_source(std::string("s3://a") + c + "b/app.zip").ok() ==
              (allowed.find(c) != std::string_view::npos));
    }
}

TEST_CASE("parse_source: only a whole name that ends with .git is a repository") {
    const auto url = [](const char* text) { return parse_source(text).value().url; };
    const auto folder = [](const char* text) { return parse_source(text).value().folder; };
    CHECK(url("git+https://host/.git/app.git/x") == "https://host/.git/app.git");
    CHECK(url("git+https://host/a.gitx/app.git/x") == "https://host/a.gitx/app.git");
    CHECK(folder("git+https://host/app.git//x//") == "x");
    CHECK(folder("git+https://host/app.git/") == "");
    CHECK(folder("git+https://host/app.git/a/b.git") == "a/b.git");
}

TEST_CASE("parse_source: a refusal shows the text and a correct form") {
    struct Case {
        const char* text;
        const char* message;
    };
    for (const Case& one :
         {Case{"", "it is empty"}, Case{"s3://a b/app.zip", "'a b' is not the name of a bucket"},
          Case{"s3:///app.zip", "'' is not the name of a bucket"}, Case{"s3://a", "no archive in the bucket"},
          Case{"s3://a/b/", "no archive in the bucket"}, Case{"https://h/a.git#", "follows the #"},
          Case{"https://h/a.git/../b", "../b is not a folder"}, Case{"https://h/a.zip#", "follows the #"},
          Case{"git+ftp://h/a.git", "ftp is not a supported kind of remote"}}) {
        const auto source = parse_source(one.text);
        REQUIRE_FALSE(source.ok());
        CAPTURE(source.error().message);
        CHECK(source.error().message.find(one.message) != std::string::npos);
    }
    CHECK_FALSE(parse_source("s3://a/b/").error().hint.empty());
}
