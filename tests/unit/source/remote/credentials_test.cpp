// SPDX-License-Identifier: Apache-2.0
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
    HttpHead wrong;
    wrong.status = 401;
    const detail::RemoteConfig config({});
    const auto url = parse_url("https://alice:secret@example.org/a.git");
    REQUIRE(url.ok());
    detail::CredentialChain chain(*url, GitUser{}, "/", config);
    HttpRequest request;
    chain.apply(request);
    CHECK(request.credentials.user == "alice");
    CHECK(request.credentials.password.reveal() == "secret");
    CHECK(chain.next(wrong).value_or(false));
    chain.apply(request);
    CHECK(request.credentials.user.empty());
    CHECK(chain.next(wrong).value_or(false));
    chain.apply(request);
    CHECK(request.credentials.user == "alice");
    CHECK(request.credentials.password.empty());
    CHECK(!chain.next(wrong).value_or(true));
    const Error error = chain.explained({ErrorCode::authentication, "x", {}}, 401, "~/.netrc");
    CHECK(error.hint == "the credentials were refused: put new ones into ~/.netrc");
}

namespace {

// The credentials of the first request to `text`, with that netrc.
HttpCredentials first_with_netrc(const std::string& netrc, const std::string& text,
                                 const std::string& git_config = {}) {
    git_libgit2_init();
    detail::forget_cached_credentials();
    const TemporaryFolder home = temporary_folder();
    write_text(home.path() / ".netrc", netrc);
    detail::RemoteConfig config(home.path());
    config.add(git::parse_config_text(git_config, "f").value_or({}));
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

TEST_CASE(
    "CredentialChain: over http:// nothing is sent before the server has said how it wants it, and Digest is "
    "understood") {
    git_libgit2_init();
    detail::forget_cached_credentials();
    const detail::RemoteConfig config({});
    const Url url = parse_url("http://alice:secret@example.org/a.git").value();
    detail::CredentialChain chain(url, GitUser{}, "/", config);
    HttpRequest first;
    chain.apply(first);
    CHECK(first.credentials.password.empty());
    HttpHead refusal;
    refusal.status = 401;
    refusal.headers = {{"www-authenticate", "Digest realm=\"a, Basic b\", nonce=\"x\", qop=\"auth\""}};
    CHECK(chain.next(refusal).value_or(false));
    HttpRequest second;
    chain.apply(second);
    CHECK(second.credentials.password.reveal() == "secret");
    CHECK(second.auth == HttpAuth::digest);
    detail::CredentialChain another(url, GitUser{}, "/", config);
    HttpRequest third;
    another.apply(third);
    CHECK_MESSAGE(third.auth == HttpAuth::digest, "the process remembers the server's way");
    detail::forget_cached_credentials();
}

TEST_CASE("CredentialChain: a server that wants another way to log in is named, and gets no password") {
    git_libgit2_init();
    detail::forget_cached_credentials();
    const detail::RemoteConfig config({});
    detail::CredentialChain chain(parse_url("http://alice:secret@example.org/a.git").value(), GitUser{}, "/", config);
    HttpHead refusal;
    refusal.status = 401;
    refusal.headers = {{"www-authenticate", "Negotiate"}, {"www-authenticate", "NTLM"}};
    CHECK(!chain.next(refusal).value_or(true));
    const Error error = chain.explained({ErrorCode::authentication, "x answered 401", {}}, 401, "the URL");
    CHECK(error.message == "x answered 401: it wants a log-in by Negotiate, NTLM");
    CHECK(error.hint.find("Basic and Digest") != std::string::npos);
}

TEST_CASE("offered_schemes: of one header or several, with commas in quotes and tokens") {
    using Schemes = std::vector<std::string>;
    const auto schemes = [](std::vector<std::string> values) {
        HttpHead head;
        for (std::string& one : values) head.headers.emplace_back("www-authenticate", std::move(one));
        return detail::offered_schemes(head);
    };
    CHECK(schemes({}).empty());
    CHECK(schemes({"Basic realm=\"a\""}) == Schemes{"Basic"});
    CHECK(schemes({"Digest realm=\"a, b\", nonce=\"x\", Basic realm=\"c\""}) == Schemes{"Digest", "Basic"});
    CHECK(schemes({"Negotiate", "NTLM"}) == Schemes{"Negotiate", "NTLM"});
    CHECK(schemes({"bearer realm = \"x\" , error=\"y\""}) == Schemes{"bearer"});
    CHECK(schemes({"\"", ",,,", "= ="}).empty());
}

}  // namespace gup::test
