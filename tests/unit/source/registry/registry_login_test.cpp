// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registry_login.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>

#include "fixture.hpp"

using namespace gup;
using detail::find_in_auth_file;
using detail::find_login;

namespace {

// "pi:s3cret" in base64.
constexpr const char* pi_auth = "cGk6czNjcmV0";

std::string shown(const std::string& text, const std::string& registry, const std::string& repository) {
    const auto found = find_in_auth_file(text, registry, repository);
    if (!found.ok()) return "error";
    if (!*found) return "none";
    const detail::AuthAnswer& answer = **found;
    if (!answer.helper.empty()) return answer.helper + " for " + answer.key;
    if (!answer.identity_token.empty()) return "token " + answer.identity_token.reveal();
    return answer.credentials.user + ":" + answer.credentials.password.reveal();
}

// A program docker-credential-NAME in front of $PATH.
class Helper {
public:
    Helper(const test::Folder& folder, const std::string& name, const std::string& script)
        : path_(std::getenv("PATH")) {
        const fs::path file = folder / "bin" / ("docker-credential-" + name);
        test::put(file, "#!/bin/sh\n" + script);
        ::chmod(file.c_str(), 0755);
        ::setenv("PATH", (file.parent_path().string() + ":" + path_).c_str(), 1);
    }
    Helper(const Helper&) = delete;
    Helper& operator=(const Helper&) = delete;
    ~Helper() { ::setenv("PATH", path_.c_str(), 1); }

private:
    std::string path_;
};

RegistryAccess access_in(const test::Folder& folder) {
    RegistryAccess access;
    access.home = folder / "home";
    access.system = folder / "etc";
    access.runtime = folder / "runtime";
    return access;
}

}  // namespace

TEST_CASE("find_in_auth_file: the entry with the most specific path") {
    struct Row {
        std::string text;
        std::string registry;
        std::string repository;
        std::string found;
    };
    const std::string several =
        R"({"auths": {"ghcr.io": {"auth": "YTph"}, "ghcr.io/org": {"auth": "Yjpi"}, "ghcr.io/org/app": {"auth": "Yzpj"}}})";
    const std::vector<Row> rows{
        {R"({"auths": {"ghcr.io": {"auth": "cGk6czNjcmV0"}}})", "ghcr.io", "a/b", "pi:s3cret"},
        {R"({"auths": {"ghcr.io": {"auth": "cGk6czNjcmV0"}}})", "quay.io", "a/b", "none"},
        {R"({"auths": {"ghcr.io": {"auth": "cGk6czNjcmV0"}}})", "ghcr.io:443", "a/b", "none"},
        {several, "ghcr.io", "org/app", "c:c"},
        {several, "ghcr.io", "org/app/part", "c:c"},
        {several, "ghcr.io", "org/application", "b:b"},
        {several, "ghcr.io", "organic", "a:a"},
        {R"({"auths": {"https://index.docker.io/v1/": {"auth": "YTph"}}})", "docker.io", "library/nginx", "a:a"},
        {R"({"auths": {"docker.io": {"auth": "YTph"}}})", "docker.io", "library/nginx", "a:a"},
        {R"({"auths": {"https://lan:5000/v2/": {"auth": "YTph"}}})", "lan:5000", "x", "a:a"},
        {R"({"auths": {"a.lan": {"username": "u", "password": "p:q"}}})", "a.lan", "x", "u:p:q"},
        {R"({"auths": {"a.lan": {"auth": "YTpiOmM="}}})", "a.lan", "x", "a:b:c"},
        {R"({"auths": {"a.lan": {"auth": "cGk6czNjcmV0", "identitytoken": "t"}}})", "a.lan", "x", "token t"},
        {R"({"auths": {"a.lan": {"auth": "not base64!"}}})", "a.lan", "x", "none"},
        {R"({"auths": {"a.lan": {"auth": ""}}})", "a.lan", "x", "none"},
        {R"({"auths": {"a.lan": {}}, "credsStore": "pass"})", "a.lan", "x", "pass for a.lan"},
        {R"({"credsStore": "pass"})", "docker.io", "library/x", "pass for https://index.docker.io/v1/"},
        {R"({"credHelpers": {"gcr.io": "gcloud"}, "credsStore": "pass"})", "gcr.io", "x", "gcloud for gcr.io"},
        {R"({"credHelpers": {"gcr.io": "gcloud"}})", "eu.gcr.io", "x", "none"},
        {R"({"auths": [], "credHelpers": 1, "credsStore": {}})", "a.lan", "x", "none"},
        {"{}", "a.lan", "x", "none"},
        {"", "a.lan", "x", "error"},
        {"[]", "a.lan", "x", "error"},
        {"{", "a.lan", "x", "error"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        CAPTURE(row.repository);
        CHECK(shown(row.text, row.registry, row.repository) == row.found);
    }
}

TEST_CASE("find_login: the first file that has one") {
    const test::Folder folder;
    RegistryAccess access = access_in(folder);
    const auto auth = [](const std::string& registry, const std::string& user) {
        return R"({"auths": {")" + registry + R"(": {"username": ")" + user + R"(", "password": "x"}}})";
    };
    CHECK(find_login(access, "a.lan", "x").value().empty());
    test::put(access.home / ".docker/config.json", auth("a.lan", "docker"));
    CHECK(find_login(access, "a.lan", "x").value().credentials.user == "docker");
    test::put(access.home / ".config/containers/auth.json", auth("a.lan", "config"));
    CHECK(find_login(access, "a.lan", "x").value().credentials.user == "config");
    test::put(access.runtime / "containers/auth.json", auth("b.lan", "runtime"));
    CHECK(find_login(access, "a.lan", "x").value().credentials.user == "config");
    CHECK(find_login(access, "b.lan", "x").value().from == (access.runtime / "containers/auth.json").string());
    access.auth_file = folder / "given.json";
    CHECK(find_login(access, "a.lan", "x").value().empty());
    test::put(access.auth_file, auth("a.lan", "given"));
    CHECK(find_login(access, "a.lan", "x").value().credentials.user == "given");
}

TEST_CASE("find_login: a wrong file is named, without its content") {
    const test::Folder folder;
    const RegistryAccess access = access_in(folder);
    const fs::path file = access.home / ".config/containers/auth.json";
    test::put(file, std::string("{\"auths\": {\"a.lan\": {\"auth\": \"") + pi_auth);
    const auto login = find_login(access, "a.lan", "x");
    REQUIRE_FALSE(login.ok());
    CHECK(test::holds(login.error().message, file.string()));
    CHECK(test::holds(login.error().hint, "podman login --authfile " + file.string() + " a.lan"));
    CHECK_FALSE(test::holds(login.error().message, pi_auth));
}

TEST_CASE("find_login: a credential helper") {
    const test::Folder folder;
    const RegistryAccess access = access_in(folder);
    test::put(access.home / ".docker/config.json",
              R"({"credHelpers": {"a.lan": "test", "b.lan": "../evil", "c.lan": "gone"}})");
    {
        const Helper helper(
            folder, "test",
            "read key; [ \"$1\" = get ] && echo \"{\\\"Username\\\": \\\"$key\\\", \\\"Secret\\\": \\\"s\\\"}\"");
        const auto login = find_login(access, "a.lan", "x");
        REQUIRE(login.ok());
        CHECK(login->credentials.user == "a.lan");
        CHECK(login->credentials.password.reveal() == "s");
        CHECK(login->from == "docker-credential-test");
    }
    {
        const Helper helper(folder, "test", "echo '{\"Username\": \"<token>\", \"Secret\": \"t\"}'");
        CHECK(find_login(access, "a.lan", "x").value().identity_token.reveal() == "t");
    }
    {
        const Helper helper(folder, "test", "echo credentials not found in native keychain; exit 1");
        CHECK(find_login(access, "a.lan", "x").value().empty());
    }
    {
        const Helper helper(folder, "test", "echo s3cret");
        const auto login = find_login(access, "a.lan", "x");
        REQUIRE_FALSE(login.ok());
        CHECK(test::holds(login.error().message, "docker-credential-test"));
        CHECK_FALSE(test::holds(login.error().message, "s3cret"));
    }
    CHECK(test::code_of(find_login(access, "b.lan", "x")) == ErrorCode::invalid_input);
    const auto gone = find_login(access, "c.lan", "x");
    CHECK(test::code_of(gone) == ErrorCode::not_found);
    CHECK(test::holds(gone.error().hint, "docker-credential-gone"));
}
