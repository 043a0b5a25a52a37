// SPDX-License-Identifier: Apache-2.0
#include "source/remote/config.hpp"

#include <doctest/doctest.h>

namespace gup::test {
namespace {

detail::RemoteConfig config_of(const std::string& system, const std::string& user) {
    detail::RemoteConfig config("/home/alice");
    for (const std::string& text : {system, user}) config.add(git::parse_config_text(text, "f").value_or({}));
    return config;
}

}  // namespace

TEST_CASE("RemoteConfig: the user's value wins over the system's") {
    const auto config = config_of("[core]\n\tsshCommand = a\n[http]\n\tproxy = p\n", "[core]\n\tsshCommand = b\n");
    CHECK(config.value("core.sshcommand") == "b");
    CHECK(config.value_for("http", "proxy", "https://example.org/x") == "p");
    CHECK(config.value("core.nothing").empty());
}

TEST_CASE("RemoteConfig: the value for the best matching URL is used") {
    const auto config = config_of(
        "[http \"https://example.org\"]\n\tproxy = host\n[http \"https://example.org/team\"]\n\tproxy = path\n"
        "[http \"https://*.example.org\"]\n\tproxy = wild\n[http \"https://example.org:8443\"]\n\tproxy = port\n",
        "[http]\n\tproxy = plain\n");
    CHECK(config.value_for("http", "proxy", "https://example.org/other.git") == "host");
    CHECK(config.value_for("http", "proxy", "https://example.org/team/a.git") == "path");
    CHECK(config.value_for("http", "proxy", "https://example.org/teams/a.git") == "host");
    CHECK(config.value_for("http", "proxy", "https://git.example.org/a.git") == "wild");
    CHECK(config.value_for("http", "proxy", "https://example.org:8443/a.git") == "port");
    CHECK(config.value_for("http", "proxy", "https://example.org:443/a.git") == "host");
    CHECK(config.value_for("http", "proxy", "http://example.org/a.git") == "plain");
}

TEST_CASE(
    "RemoteConfig: a user in a pattern fits that user's URL alone, and wins over a longer path only when it is equal") {
    const auto config = config_of("[http \"https://alice@example.org\"]\n\tproxy = hers\n[http]\n\tproxy = plain\n",
                                  "[http \"https://example.org/team\"]\n\tproxy = path\n");
    CHECK(config.value_for("http", "proxy", "https://alice@example.org/a.git") == "hers");
    CHECK(config.value_for("http", "proxy", "https://bob@example.org/a.git") == "plain");
    CHECK(config.value_for("http", "proxy", "https://example.org/a.git") == "plain");
    CHECK(config.value_for("http", "proxy", "https://alice@example.org/team/a.git") == "path");
}

TEST_CASE("RemoteConfig: an empty value is not a missing one") {
    const auto config = config_of("[http]\n\tproxy = http://p\n", "[http \"https://a.example\"]\n\tproxy =\n");
    CHECK(config.find_for("http", "proxy", "https://a.example/x") == "");
    CHECK(config.find_for("http", "proxy", "https://b.example/x") == "http://p");
    CHECK(!config.find_for("http", "useragent", "https://b.example/x"));
    HttpRequest direct;
    detail::set_network(config, "https://a.example/x", {}, direct);
    CHECK(!direct.use_proxy);
    HttpRequest proxied;
    detail::set_network(config, "https://b.example/x", {}, proxied);
    CHECK(proxied.use_proxy);
    CHECK(proxied.proxy == "http://p");
}

TEST_CASE("RemoteConfig: a remote's proxy is stronger than one for URLs") {
    auto config = config_of("[http]\n\tproxy = http://p\n", "");
    config.add_remote_proxy("https://alice:x@a.example/x.git", "http://q");
    const Url remote = parse_url("https://a.example/x.git").value();
    CHECK(config.proxy_for("https://moved.example/x.git", remote) == "http://q");
    CHECK(config.proxy_for("https://a.example/y.git", parse_url("https://a.example/y.git").value()) == "http://p");
}

TEST_CASE("RemoteConfig: values are collected, and an empty one removes those before it") {
    const auto config =
        config_of("[http]\n\textraHeader = A: 1\n", "[http]\n\textraHeader = B: 2\n\textraHeader = C: 3\n");
    CHECK(config.values_for("http", "extraheader", "https://x/").size() == 3);
    const auto reset = config_of("[http]\n\textraHeader = A: 1\n", "[http]\n\textraHeader =\n\textraHeader = C: 3\n");
    CHECK(reset.values_for("http", "extraheader", "https://x/") == std::vector<std::string>{"C: 3"});
}

TEST_CASE("RemoteConfig: headers for all URLs go to the configured server only, scoped ones where their URL fits") {
    using Lines = std::vector<std::string>;
    const auto config =
        config_of("[http]\n\textraHeader = A: 1\n", "[http \"https://b.example\"]\n\textraHeader = B: 2\n");
    const Url home = parse_url("https://a.example/x.git").value();
    CHECK(config.headers_for("https://a.example/x.git", home) == Lines{"A: 1"});
    CHECK(config.headers_for("https://a.example:443/moved.git", home) == Lines{"A: 1"});
    CHECK(config.headers_for("https://b.example/x.git", home) == Lines{"B: 2"});
    for (const char* other :
         {"http://a.example/x.git", "https://a.example:8443/x.git", "https://a.example.org/x.git"}) {
        CHECK_MESSAGE(config.headers_for(other, home).empty(), other);
    }
}

TEST_CASE("RemoteConfig: headers of a remote over ssh go to https on its host, and an empty header drops all before") {
    const auto config = config_of("[http]\n\textraHeader = A: 1\n", "");
    const Url ssh = parse_url("git@a.example:x.git").value();
    CHECK(config.headers_for("https://a.example/y.git", ssh).size() == 1);
    CHECK(config.headers_for("http://a.example/y.git", ssh).empty());
    CHECK(config.headers_for("https://b.example/y.git", ssh).empty());
    const auto reset = config_of("[http \"https://b.example\"]\n\textraHeader = B: 2\n", "[http]\n\textraHeader =\n");
    CHECK(reset.headers_for("https://b.example/y.git", ssh).empty());
}

TEST_CASE("RemoteConfig: booleans and paths are read as by git") {
    const auto config =
        config_of("", "[http]\n\tsslVerify = off\n\tsslCAInfo = ~/ca.pem\n[credential]\n\tuseHttpPath\n");
    CHECK(!config.flag_for("http", "sslverify", "https://x/", true));
    CHECK(config.flag_for("credential", "usehttppath", "https://x/", false));
    CHECK(config.flag_for("http", "nothing", "https://x/", true));
    CHECK(config.path_for("http", "sslcainfo", "https://x/") == "/home/alice/ca.pem");
}

}  // namespace gup::test
