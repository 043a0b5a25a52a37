// SPDX-License-Identifier: Apache-2.0
#include "util/http/redirect.hpp"

#include <doctest/doctest.h>

#include "fixture.hpp"

namespace gup::test {
namespace {

HttpHead redirecting(const std::string& from, const std::string& location, int status = 302) {
    return {status, from, {{"location", location}}};
}

std::string target(const std::string& from, const std::string& location) {
    return RedirectChain().next(redirecting(from, location)).value_or("-");
}

}  // namespace

TEST_CASE("is_redirect: only a redirect that names its target") {
    CHECK(is_redirect(redirecting("https://a/", "/x", 307)));
    CHECK_FALSE(is_redirect(redirecting("https://a/", "/x", 304)));
    CHECK_FALSE(is_redirect(redirecting("https://a/", "/x", 200)));
    CHECK_FALSE(is_redirect({302, "https://a/", {}}));
}

TEST_CASE("RedirectChain: a target is resolved as a relative reference") {
    CHECK(target("https://a.example:8443/x/y?q=1", "z?r=2#part") == "https://a.example:8443/x/z?r=2");
    CHECK(target("https://a.example/x", "/z") == "https://a.example/z");
    CHECK(target("https://a.example/x", "//b.example/z") == "https://b.example/z");
    CHECK(target("http://a.example/x", "https://user:word@b.example/a b") == "https://user:word@b.example/a%20b");
}

TEST_CASE("RedirectChain: no other scheme, and never from https to http") {
    for (const char* location :
         {"ftp://b.example/", "file:///etc/passwd", "gopher://b.example/", "http://", "http://["}) {
        CHECK_MESSAGE(target("http://a.example/", location) == "-", location);
    }
    const auto down = RedirectChain().next(redirecting("https://a.example/", "http://u:secret@a.example/x?token=t"));
    CHECK(code_of(down) == ErrorCode::protocol);
    CHECK(holds(down.error().message, "https to http"));
    CHECK_FALSE(holds(down.error().message, "secret"));
    CHECK_FALSE(holds(down.error().message, "token"));
}

TEST_CASE("RedirectChain: ten redirects at most") {
    RedirectChain chain;
    for (int i = 0; i < 10; ++i) CHECK(chain.next(redirecting("http://a.example/", "/x")).ok());
    CHECK(holds(chain.next(redirecting("http://a.example/", "/x")).error().message, "more than 10 redirects"));
}

}  // namespace gup::test
