#include "source/remote/credentials.hpp"

#include <doctest/doctest.h>

#include "servers.hpp"
#include "source/remote/config.hpp"
#include "util/sys/directory.hpp"

namespace gup::test {

using detail::CredentialDescription;

TEST_CASE("format_credentials: one line for each known value") {
    const CredentialDescription all{"https", "example.org:8443", "a/b.git", {"alice", Secret("p=1")}};
    const auto text = detail::format_credentials(all);
    REQUIRE(text.ok());
    CHECK(*text == "protocol=https\nhost=example.org:8443\npath=a/b.git\nusername=alice\npassword=p=1\n\n");
    const CredentialDescription some{"https", "example.org", "", {}};
    CHECK(detail::format_credentials(some).value_or("") == "protocol=https\nhost=example.org\n\n");
}

TEST_CASE("format_credentials: a line break in a URL never makes a new line") {
    const CredentialDescription evil{"https", "example.org\nhost=github.com", "", {}};
    CHECK(!detail::format_credentials(evil).ok());
    const CredentialDescription carriage{"https", "example.org", "a\rb", {}};
    CHECK(!detail::format_credentials(carriage).ok());
}

TEST_CASE("parse_credentials: user and password are found among other lines") {
    const auto found = detail::parse_credentials("protocol=https\nusername=alice\npassword=a=b c\nquit=0");
    CHECK(found.user == "alice");
    CHECK(found.password.reveal() == "a=b c");
    CHECK(detail::parse_credentials("").password.empty());
}

TEST_CASE("CredentialChain: first the URL's credentials, then netrc, then a user alone, then nothing") {
    git_libgit2_init();
    detail::forget_cached_credentials();
    using Forget = detail::CredentialChain::Forget;
    const detail::RemoteConfig config({});
    const auto url = parse_url("https://alice:secret@example.org/a.git");
    REQUIRE(url.ok());
    detail::CredentialChain chain(*url, GitUser{}, "/", config);
    HttpRequest request;
    chain.apply(request);
    CHECK(request.credentials.user == "alice");
    CHECK(request.credentials.password.reveal() == "secret");
    CHECK(chain.next(Forget::yes).value_or(false));
    chain.apply(request);
    CHECK(request.credentials.user.empty());
    CHECK(chain.next(Forget::yes).value_or(false));
    chain.apply(request);
    CHECK(request.credentials.user == "alice");
    CHECK(request.credentials.password.empty());
    CHECK(!chain.next(Forget::yes).value_or(true));
    CHECK(chain.tried_any());
}

namespace {

// The credentials of the first request to `text`, with that netrc.
HttpCredentials first_with_netrc(const std::string& netrc, const std::string& text,
                                 const std::string& git_config = {}) {
    git_libgit2_init();
    detail::forget_cached_credentials();
    const TemporaryFolder home = temporary_folder();
    write_text(home.path() / ".netrc", netrc);
    write_text(home.path() / "config", git_config);
    detail::RemoteConfig config(home.path());
    config.add_file(home.path() / "config", GIT_CONFIG_LEVEL_GLOBAL, nullptr);
    const auto url = parse_url(text);
    REQUIRE(url.ok());
    HttpRequest request;
    detail::CredentialChain(*url, GitUser{home.path()}, "/", config).apply(request);
    return std::move(request.credentials);
}

}  // namespace

TEST_CASE("CredentialChain: a netrc entry of another user is never sent") {
    const std::string bobs = "machine example.org login bob password bobs-secret\n";
    CHECK(first_with_netrc(bobs, "https://example.org/a.git").password.reveal() == "bobs-secret");
    CHECK(first_with_netrc(bobs, "https://bob@example.org:8443/a.git").password.reveal() == "bobs-secret");
    CHECK(first_with_netrc(bobs, "https://alice@example.org/a.git").password.empty());
    CHECK(first_with_netrc(bobs, "https://alice@example.org/a.git").user.empty());
    const std::string named = "[credential]\n\tusername = alice\n";
    CHECK(first_with_netrc(bobs, "https://example.org/a.git", named).user.empty());
    const std::string both = bobs + "machine example.org login alice password hers\n";
    CHECK(first_with_netrc(both, "https://alice@example.org/a.git").password.reveal() == "hers");
}

}  // namespace gup::test
