// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registry.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "fixture.hpp"
#include "registry_server.hpp"
#include "util/crypto/digest.hpp"
#include "util/http/busy_servers.hpp"

using namespace gup;
using test::RegistryCall;
using test::RegistryReply;
using test::RegistryServer;

namespace {

const std::string digest_a = "sha256:" + std::string(64, 'a');
const std::string digest_b = "sha256:" + std::string(64, 'b');

RegistryReply with_digest(const std::string& digest) {
    return {200, {"Docker-Content-Digest: " + digest, "Content-Type: application/vnd.oci.image.index.v1+json"}, {}};
}

// A gateway whose user knows insecure registries.
struct Site {
    test::Folder folder;
    RegistryAccess access;

    explicit Site(const std::vector<std::string>& insecure = {}) {
        forget_registry_tokens();
        forget_busy_servers();
        access.home = folder / "home";
        access.system = folder / "etc";
        access.runtime = folder / "runtime";
        access.network.http = HttpPool::make({}).value();
        access.network.retry = {2, Milliseconds{1}, Milliseconds{2}};
        std::string conf;
        for (const std::string& registry : insecure) {
            conf += fmt::format("[[registry]]\nlocation = \"{}\"\ninsecure = true\n", registry);
        }
        test::put(access.system / "registries.conf", conf);
    }
    void log_in(const std::string& key) const {
        test::put(access.home / ".config/containers/auth.json",
                  fmt::format(R"({{"auths": {{"{}": {{"username": "pi", "password": "s3cret"}}}}}})", key));
    }
    [[nodiscard]] std::vector<Result<std::string>> ask(const std::vector<std::string>& images) const {
        std::vector<ImageReference> references;
        for (const std::string& image : images) references.push_back(parse_image_reference(image).value());
        return ask_digests(references, access);
    }
    [[nodiscard]] Result<std::string> ask_one(const std::string& image) const { return ask({image}).front(); }
};

// A registry that wants tokens: /token gives one for each repository.
RegistryReply with_tokens(const RegistryCall& call, const std::string& realm, bool is_private) {
    if (call.path.starts_with("/token")) {
        const bool is_known = call.header("authorization") == "Basic cGk6czNjcmV0";
        if (is_private && !is_known) return {401, {}, "{}"};
        const std::string repository = call.path.substr(call.path.rfind("repository%3A"));
        return {200, {}, fmt::format(R"({{"token": "for-{}", "expires_in": 300}})", repository)};
    }
    const std::string repository = call.path.substr(4, call.path.find("/manifests") - 4);
    std::string escaped;
    for (const char c : repository) escaped += c == '/' ? std::string("%2F") : std::string(1, c);
    if (call.header("authorization") == fmt::format("Bearer for-repository%3A{}%3Apull", escaped)) {
        return with_digest(digest_a);
    }
    return {401, {fmt::format("WWW-Authenticate: Bearer realm=\"{}\",service=\"test\"", realm)}, {}};
}

}  // namespace

TEST_CASE("ask_digests: one HEAD for each image, on one connection") {
    RegistryServer registry(
        [](const RegistryCall& call) { return with_digest(call.path.ends_with("/2") ? digest_b : digest_a); });
    const Site site({registry.name()});
    const auto digests = site.ask({registry.name() + "/web:1", registry.name() + "/org/db:2",
                                   registry.name() + "/web:1", registry.name() + "/pinned@" + digest_b});
    REQUIRE(digests.size() == 4);
    CHECK(digests[0].value_or("") == digest_a);
    CHECK(digests[1].value_or("") == digest_b);
    CHECK(digests[2].value_or("") == digest_a);
    CHECK(digests[3].value_or("") == digest_b);
    CHECK(registry.log() == "HEAD /v2/web/manifests/1\nHEAD /v2/org/db/manifests/2\n");
    const auto calls = registry.calls();
    CHECK(calls.front().connection == calls.back().connection);
    CHECK(test::holds(calls.front().header("accept"), "application/vnd.oci.image.index.v1+json"));
    CHECK(test::holds(calls.front().header("accept"), "application/vnd.docker.distribution.manifest.list.v2+json"));
    CHECK(calls.front().header("authorization").empty());
}

TEST_CASE("ask_digests: a token for each repository, and again none for a known one") {
    std::string realm;
    RegistryServer registry([&](const RegistryCall& call) { return with_tokens(call, realm, false); });
    realm = registry.url("token");
    const Site site({registry.name()});
    for (const auto& digest :
         site.ask({registry.name() + "/a/b:1", registry.name() + "/a/b:2", registry.name() + "/c:1"})) {
        CHECK(digest.value_or("") == digest_a);
    }
    CHECK(
        registry.log() ==
        "HEAD /v2/a/b/manifests/1\nGET /token?service=test&scope=repository%3Aa%2Fb%3Apull\nHEAD /v2/a/b/manifests/1\n"
        "HEAD /v2/a/b/manifests/2\n"
        "GET /token?service=test&scope=repository%3Ac%3Apull\nHEAD /v2/c/manifests/1\n");
    CHECK(site.ask_one(registry.name() + "/c:9").value_or("") == digest_a);
    CHECK(registry.calls().size() == 7);
}

TEST_CASE("ask_digests: a private registry gets the login, and its token goes to nobody else") {
    std::string realm;
    RegistryServer registry([&](const RegistryCall& call) { return with_tokens(call, realm, true); });
    realm = registry.url("token");
    const Site site({registry.name()});
    const auto refused = site.ask_one(registry.name() + "/a:1");
    CHECK(test::code_of(refused) == ErrorCode::authentication);
    site.log_in(registry.name());
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == digest_a);
}

TEST_CASE("ask_digests: an identity token is sent by POST, and an old token is replaced") {
    std::string realm;
    int tokens = 0;
    bool is_expired = false;
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        if (call.method == "POST") return {200, {}, fmt::format(R"({{"access_token": "number{}"}})", ++tokens)};
        if (call.header("authorization") == "Bearer number1" && !is_expired) return with_digest(digest_a);
        if (call.header("authorization") == "Bearer number2") return with_digest(digest_b);
        return {401, {fmt::format("WWW-Authenticate: Bearer realm=\"{}\",service=\"s\"", realm)}, {}};
    });
    realm = registry.url("token");
    const Site site({registry.name()});
    test::put(site.access.home / ".docker/config.json",
              fmt::format(R"({{"auths": {{"{}": {{"identitytoken": "re fresh"}}}}}})", registry.name()));
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == digest_a);
    CHECK(test::holds(registry.calls()[1].body, "refresh_token=re%20fresh"));
    is_expired = true;
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == digest_b);
}

TEST_CASE("ask_digests: a password where the registry takes only that") {
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        if (call.header("authorization") == "Basic cGk6czNjcmV0") return with_digest(digest_a);
        return {401, {"WWW-Authenticate: Basic realm=\"x\""}, {}};
    });
    const Site site({registry.name()});
    const auto without = site.ask_one(registry.name() + "/a:1");
    CHECK(test::code_of(without) == ErrorCode::authentication);
    CHECK(test::holds(without.error().message, "it is private, or there is none"));
    CHECK(test::holds(without.error().hint, "podman login --authfile " +
                                                (site.access.home / ".config/containers/auth.json").string() + " " +
                                                registry.name()));
    site.log_in(registry.name());
    const auto digests = site.ask({registry.name() + "/a:1", registry.name() + "/b:1"});
    CHECK(digests[0].value_or("") == digest_a);
    CHECK(digests[1].value_or("") == digest_a);
    CHECK(registry.calls().size() == 1 + 2 + 1);
}

TEST_CASE("ask_digests: a wrong password is tried once, and is not shown") {
    RegistryServer registry([&](const RegistryCall&) -> RegistryReply {
        return {401, {"WWW-Authenticate: Basic realm=\"x\""}, {}};
    });
    const Site site({registry.name()});
    site.log_in(registry.name());
    const auto refused = site.ask_one(registry.name() + "/a:1");
    CHECK(test::code_of(refused) == ErrorCode::authentication);
    CHECK(test::holds(refused.error().message,
                      "refuses a:1 to the login from " + (site.access.home / ".config/containers/auth.json").string()));
    CHECK_FALSE(test::holds(refused.error().message + refused.error().hint, "s3cret"));
    CHECK(registry.calls().size() == 2);
}

TEST_CASE("ask_digests: answers that are no digest") {
    struct Row {
        std::string about;
        RegistryReply reply;
        ErrorCode code;
        std::string message;
    };
    const std::vector<Row> rows{
        {"404", {404, {}, {}}, ErrorCode::not_found, "has no a:1"},
        {"403", {403, {}, {}}, ErrorCode::authentication, "it is private, or there is none"},
        {"401 without a way", {401, {}, {}}, ErrorCode::authentication, "it is private, or there is none"},
        {"429", {429, {}, {}}, ErrorCode::server, "had too many requests"},
        {"500", {500, {}, {}}, ErrorCode::server, "answered 500"},
        {"a wrong digest",
         {200, {"Docker-Content-Digest: sha256:abc"}, {}},
         ErrorCode::protocol,
         "a digest that is none: sha256:abc"},
        {"a web page",
         {200, {"Content-Type: text/html; charset=utf-8"}, {}},
         ErrorCode::protocol,
         "answers with a web page"},
        {"a realm that is none",
         {401, {"WWW-Authenticate: Bearer realm=\"file:///etc/passwd\""}, {}},
         ErrorCode::protocol,
         "names no server for its tokens"},
        {"no realm",
         {401, {"WWW-Authenticate: Bearer service=\"x\""}, {}},
         ErrorCode::protocol,
         "names no server for its tokens"},
        {"a redirect to nowhere", {307, {"Location: ftp://x/"}, {}}, ErrorCode::protocol, "redirects to"},
        {"an unknown status", {418, {}, {}}, ErrorCode::protocol, "answered 418"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.about);
        RegistryServer registry([&](const RegistryCall&) { return row.reply; });
        const Site site({registry.name()});
        const auto digest = site.ask_one(registry.name() + "/a:1");
        CHECK(test::code_of(digest) == row.code);
        CHECK(test::holds(digest.error().message, "cannot find out the digest of " + registry.name() + "/a:1: "));
        CAPTURE(digest.error().message);
        CHECK(test::holds(digest.error().message, row.message));
    }
}

TEST_CASE("ask_digests: without a digest in the head the manifest tells it") {
    RegistryServer registry([&](const RegistryCall&) -> RegistryReply { return {200, {}, "{\"schemaVersion\": 2}"}; });
    const Site site({registry.name()});
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == "sha256:" + sha256_of("{\"schemaVersion\": 2}"));
}

TEST_CASE("ask_digests: a server that knows no HEAD is asked for the manifest") {
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        return call.method == "HEAD" ? RegistryReply{405, {}, {}} : RegistryReply{200, {}, "{}"};
    });
    const Site site({registry.name()});
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == "sha256:" + sha256_of("{}"));
}

TEST_CASE("ask_digests: a failure that may pass is tried again") {
    int heads = 0;
    RegistryServer registry([&](const RegistryCall&) -> RegistryReply {
        return ++heads == 1 ? RegistryReply{502, {}, {}} : with_digest(digest_a);
    });
    const Site site({registry.name()});
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == digest_a);
}

TEST_CASE("ask_digests: a token answer without a token, and one that is refused") {
    struct Row {
        RegistryReply reply;
        ErrorCode code;
        std::string message;
    };
    for (const Row& row :
         {Row{{200, {}, "{}"}, ErrorCode::protocol, "its answer has no token"},
          Row{{200, {}, "<html>"}, ErrorCode::protocol, "its answer has no token"},
          Row{{200, {}, R"({"token": "a\r\nX-Evil: 1"})"}, ErrorCode::protocol, "its answer has no token"},
          Row{{403, {}, {}}, ErrorCode::authentication, "refuses the login from"},
          Row{{500, {}, {}}, ErrorCode::server, "answered 500"}}) {
        std::string realm;
        RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
            if (call.path.starts_with("/token")) return row.reply;
            return {401, {fmt::format("WWW-Authenticate: Bearer realm=\"{}\"", realm)}, {}};
        });
        realm = registry.url("token");
        const Site site({registry.name()});
        site.log_in(registry.name());
        const auto digest = site.ask_one(registry.name() + "/a:1");
        CHECK(test::code_of(digest) == row.code);
        CAPTURE(digest.error().message);
        CHECK(test::holds(digest.error().message, row.message));
        CHECK_FALSE(test::holds(digest.error().message + digest.error().hint, "s3cret"));
    }
}

TEST_CASE("ask_digests: a redirect is followed, and another server gets no token") {
    RegistryServer other([&](const RegistryCall&) { return with_digest(digest_b); });
    RegistryServer registry([&](const RegistryCall& call) -> RegistryReply {
        if (call.header("authorization").empty()) return {401, {"WWW-Authenticate: Basic realm=\"x\""}, {}};
        return {307, {"Location: " + other.url("elsewhere")}, {}};
    });
    const Site site({registry.name()});
    site.log_in(registry.name());
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == digest_b);
    CHECK(other.log() == "HEAD /elsewhere\n");
    CHECK(other.calls().front().header("authorization").empty());
}

TEST_CASE("ask_digests: a mirror is asked first, and the registry where it does not help") {
    RegistryServer mirror([&](const RegistryCall& call) -> RegistryReply {
        return call.path.ends_with("/1") ? with_digest(digest_a) : RegistryReply{404, {}, {}};
    });
    RegistryServer registry([&](const RegistryCall&) { return with_digest(digest_b); });
    const Site site;
    test::put(site.access.system / "registries.conf",
              fmt::format(
                  "[[registry]]\nlocation = \"{}\"\ninsecure = true\n[[registry.mirror]]\nlocation = \"127.0.0.1:1\"\n"
                  "[[registry.mirror]]\nlocation = \"{}/cache\"\ninsecure = true\n",
                  registry.name(), mirror.name()));
    const auto digests = site.ask({registry.name() + "/a:1", registry.name() + "/a:2"});
    CHECK(digests[0].value_or("") == digest_a);
    CHECK(digests[1].value_or("") == digest_b);
    CHECK(mirror.log() == "HEAD /v2/cache/a/manifests/1\nHEAD /v2/cache/a/manifests/2\n");
    CHECK(registry.log() == "HEAD /v2/a/manifests/2\n");
}

TEST_CASE("ask_digests: a mirror that is out of order is not asked for each image") {
    RegistryServer mirror([&](const RegistryCall&) -> RegistryReply { return {503, {}, {}}; });
    RegistryServer registry([&](const RegistryCall&) { return with_digest(digest_b); });
    const Site site;
    test::put(site.access.system / "registries.conf",
              fmt::format("[[registry]]\nlocation = \"{}\"\ninsecure = true\n[[registry.mirror]]\nlocation = "
                          "\"{}\"\ninsecure = true\n",
                          registry.name(), mirror.name()));
    for (const auto& digest : site.ask({registry.name() + "/a:1", registry.name() + "/b:1"})) {
        CHECK(digest.value_or("") == digest_b);
    }
    CHECK(mirror.log() == "HEAD /v2/a/manifests/1\n");
}

TEST_CASE("ask_digests: a mirror is asked for the other images when the registry is out of order") {
    RegistryServer mirror([&](const RegistryCall& call) -> RegistryReply {
        return call.path.ends_with("/a/manifests/1") ? RegistryReply{404, {}, {}} : with_digest(digest_a);
    });
    RegistryServer registry([&](const RegistryCall&) -> RegistryReply { return {500, {}, {}}; });
    const Site site;
    test::put(site.access.system / "registries.conf",
              fmt::format("[[registry]]\nlocation = \"{}\"\ninsecure = true\n[[registry.mirror]]\nlocation = "
                          "\"{}\"\ninsecure = true\n",
                          registry.name(), mirror.name()));
    const auto digests = site.ask({registry.name() + "/a:1", registry.name() + "/b:1"});
    CHECK(test::code_of(digests[0]) == ErrorCode::server);
    CHECK(digests[1].value_or("") == digest_a);
    CHECK(registry.calls().size() == 3);  // with two retries
}

TEST_CASE("ask_digests: a busy registry is waited for, as it asks") {
    int heads = 0;
    RegistryServer registry([&](const RegistryCall&) -> RegistryReply {
        return ++heads == 1 ? RegistryReply{429, {"Retry-After: 0"}, {}} : with_digest(digest_a);
    });
    const Site site({registry.name()});
    CHECK(site.ask_one(registry.name() + "/a:1").value_or("") == digest_a);
    CHECK(heads == 2);
}

TEST_CASE("ask_digests: a registry that wants a long wait is asked once for all its images") {
    RegistryServer registry([&](const RegistryCall&) -> RegistryReply { return {429, {"Retry-After: 21600"}, {}}; });
    const Site site({registry.name()});
    for (const auto& digest :
         site.ask({registry.name() + "/a:1", registry.name() + "/b:1", registry.name() + "/c:1"})) {
        CHECK(test::code_of(digest) == ErrorCode::server);
        CHECK(test::holds(digest.error().message, "21600 s"));
        CHECK(test::holds(digest.error().hint, "podman login"));
    }
    CHECK(registry.calls().size() == 1);
}

TEST_CASE("ask_digests: registries do not depend on each other") {
    RegistryServer registry([&](const RegistryCall&) { return with_digest(digest_a); });
    const Site site({registry.name(), "127.0.0.1:1"});
    const auto digests = site.ask({"127.0.0.1:1/a:1", registry.name() + "/a:1", "127.0.0.1:1/b:1"});
    CHECK(test::code_of(digests[0]) == ErrorCode::unreachable);
    CHECK(digests[1].value_or("") == digest_a);
    CHECK(test::code_of(digests[2]) == ErrorCode::unreachable);
}

TEST_CASE("ask_digests: without insecure = true only TLS is used") {
    RegistryServer registry([&](const RegistryCall&) { return with_digest(digest_a); });
    const Site site;
    CHECK_FALSE(site.ask_one(registry.name() + "/a:1").ok());
    CHECK(registry.calls().empty());
}

TEST_CASE("ask_digests: a certificate of certs.d") {
    const std::string name = test::shared_web().https("").substr(8);
    const std::string registry = name.substr(0, name.find('/'));
    const Site site;
    const auto unknown = site.ask_one(registry + "/a:1");
    REQUIRE_FALSE(unknown.ok());
    CHECK(unknown.error().cause == Cause::tls);
    CHECK(test::holds(unknown.error().hint, (site.access.system / "certs.d" / registry / "ca.crt").string()));
    const std::string ca = test::read_text(test::shared_web().ca_file());
    test::put(site.access.system / "certs.d" / registry / "ca.crt", ca);
    CHECK(test::code_of(site.ask_one(registry + "/a:1")) == ErrorCode::not_found);
}

TEST_CASE("ask_digests: a wrong registries.conf fails for all") {
    const Site site;
    test::put(site.access.system / "registries.conf", "[[registry]\n");
    for (const auto& digest : site.ask({"a.invalid/a:1", "b.invalid/b:1"})) {
        CHECK(test::code_of(digest) == ErrorCode::invalid_input);
    }
}
