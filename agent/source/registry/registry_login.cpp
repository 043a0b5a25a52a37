// SPDX-License-Identifier: Apache-2.0
#include "source/registry/registry_login.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "source/gitconfig/config_places.hpp"
#include "util/crypto/base64.hpp"
#include "util/json.hpp"
#include "util/process/process.hpp"
#include "util/text.hpp"

namespace gup::detail {
namespace {

using nlohmann::json;

constexpr std::uint64_t longest_auth_file = 1U << 20U;
constexpr Milliseconds helper_time{20'000};

// "https://index.docker.io/v1/" → "docker.io", "ghcr.io/org" stays.
std::string normal_key(std::string_view key) {
    if (const std::size_t scheme = key.find("://"); scheme != std::string_view::npos) key.remove_prefix(scheme + 3);
    while (key.ends_with('/')) key.remove_suffix(1);
    for (const std::string_view version : {"/v1", "/v2"}) {
        if (key.ends_with(version)) key.remove_suffix(version.size());
    }
    const bool is_hub = key == "index.docker.io" || key == "registry-1.docker.io";
    return is_hub ? "docker.io" : std::string(key);
}

// "ghcr.io/a/b", "ghcr.io/a", "ghcr.io".
std::vector<std::string> keys_for(const std::string& registry, const std::string& repository) {
    std::vector<std::string> keys;
    std::string key = registry + "/" + repository;
    while (key.size() > registry.size()) {
        keys.push_back(key);
        key.erase(key.rfind('/'));
    }
    keys.push_back(registry);
    return keys;
}

// The name of the member that stands for `key`; empty: there is none.
std::string member_for(const json& object, const std::string& key) {
    if (!object.is_object()) return {};
    for (const auto& one : object.items()) {
        if (normal_key(one.key()) == key) return one.key();
    }
    return {};
}

std::optional<AuthAnswer> answer_from(const json& entry) {
    AuthAnswer answer;
    answer.identity_token = Secret(text_member(entry, "identitytoken"));
    answer.credentials = {text_member(entry, "username"), Secret(text_member(entry, "password"))};
    if (const std::string encoded = text_member(entry, "auth"); !encoded.empty()) {
        const auto decoded = base64_decoded(encoded);
        const std::size_t colon = decoded ? decoded->find(':') : std::string::npos;
        if (colon == std::string::npos) return std::nullopt;
        std::string password = decoded->substr(colon + 1);
        while (password.ends_with('\0')) password.pop_back();
        answer.credentials = {decoded->substr(0, colon), Secret(std::move(password))};
    }
    const bool is_empty = answer.identity_token.empty() && answer.credentials.user.empty();
    return is_empty ? std::nullopt : std::optional(std::move(answer));
}

std::optional<AuthAnswer> ask_of(const std::string& helper, const std::string& key) {
    if (helper.empty()) return std::nullopt;
    AuthAnswer answer;
    answer.helper = helper;
    answer.key = key;
    return answer;
}

bool is_helper_name(std::string_view name) {
    return std::all_of(name.begin(), name.end(),
                       [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.'; });
}

// Empty when the helper has none.
Result<RegistryLogin> ask_login_helper(const AuthAnswer& answer) {
    const std::string program = "docker-credential-" + answer.helper;
    ProcessRequest request;
    request.argv = {program, "get"};
    request.input = answer.key;
    request.timeout = helper_time;
    request.survivors = Survivors::killed;
    const auto done = run_process(request);
    if (!done.ok() && done.error().code == ErrorCode::not_found) {
        return Error{ErrorCode::not_found,
                     fmt::format("{} is not installed, which has the login for {}", program, answer.key),
                     fmt::format("install {}, or log in again: podman login", program)};
    }
    if (!done.ok()) return done.error().with_context(program);
    if (!done->success()) return RegistryLogin{};  // "credentials not found in native keychain"
    const auto said = parse_json(done->out);
    if (!said.ok()) return Error{ErrorCode::protocol, program + " does not answer with JSON", {}};
    RegistryLogin login{{text_member(*said, "Username"), Secret(text_member(*said, "Secret"))}, {}, program};
    if (login.credentials.user == "<token>") {
        login.identity_token = login.credentials.password;
        login.credentials = {};
    }
    return login;
}

std::optional<std::string> set_variable(const git::ConfigVariable& variable, const char* name) {
    auto value = variable(name);
    return value && !value->empty() ? value : std::nullopt;
}

}  // namespace

Result<std::optional<AuthAnswer>> find_in_auth_file(std::string_view text, const std::string& registry,
                                                    const std::string& repository) {
    const auto document = parse_json(text);
    if (!document.ok() || !document->is_object()) return Error{ErrorCode::invalid_input, "it is not JSON", {}};
    const json& helpers = member_of(*document, "credHelpers");
    if (const std::string member = member_for(helpers, registry); !member.empty()) {
        if (auto answer = ask_of(text_member(helpers, member.c_str()), member)) return answer;
    }
    const json& auths = member_of(*document, "auths");
    for (const std::string& key : keys_for(registry, repository)) {
        const std::string member = member_for(auths, key);
        if (member.empty()) continue;
        if (auto answer = answer_from(member_of(auths, member.c_str()))) return answer;
    }
    const std::string server = registry == "docker.io" ? "https://index.docker.io/v1/" : registry;
    return ask_of(text_member(*document, "credsStore"), server);
}

std::vector<fs::path> auth_files(const RegistryAccess& access) {
    if (!access.auth_file.empty()) return {access.auth_file};
    const auto variable = git::variables_for(access.home);
    if (const auto named = set_variable(variable, "REGISTRY_AUTH_FILE")) return {*named};
    const std::string uid = std::to_string(::geteuid());
    std::vector<fs::path> files;
    if (!access.runtime.empty()) {
        files.push_back(access.runtime / "containers/auth.json");
    } else if (const auto runtime = set_variable(variable, "XDG_RUNTIME_DIR")) {
        files.push_back(fs::path(*runtime) / "containers/auth.json");
    } else if (::geteuid() != 0) {
        files.push_back(fs::path("/run/user") / uid / "containers/auth.json");
    }
    if (access.runtime.empty()) files.push_back(fs::path("/run/containers") / uid / "auth.json");
    files.push_back(own_auth_file(access));
    const auto docker = set_variable(variable, "DOCKER_CONFIG");
    files.push_back((docker ? fs::path(*docker) : access.home / ".docker") / "config.json");
    return files;
}

fs::path own_auth_file(const RegistryAccess& access) {
    if (!access.auth_file.empty()) return access.auth_file;
    const auto variable = git::variables_for(access.home);
    if (const auto named = set_variable(variable, "REGISTRY_AUTH_FILE")) return *named;
    const auto config = set_variable(variable, "XDG_CONFIG_HOME");
    return (config ? fs::path(*config) : access.home / ".config") / "containers/auth.json";
}

Result<RegistryLogin> find_login(const RegistryAccess& access, const std::string& registry,
                                 const std::string& repository) {
    for (const fs::path& file : auth_files(access)) {
        const auto text = read_file(file, longest_auth_file);
        if (!text.ok()) continue;  // missing, or not for this user
        auto found = find_in_auth_file(*text, registry, repository);
        if (!found.ok()) {
            return Error{
                ErrorCode::invalid_input, fmt::format("{}: {}", file.string(), found.error().message),
                fmt::format("remove it, and log in again: podman login --authfile {} {}", file.string(), registry)};
        }
        if (!*found) continue;
        const AuthAnswer& answer = **found;
        if (answer.helper.empty()) return RegistryLogin{answer.credentials, answer.identity_token, file.string()};
        if (!is_helper_name(answer.helper)) {
            return Error{
                ErrorCode::invalid_input, fmt::format("{}: a credential helper has a wrong name", file.string()), {}};
        }
        GUP_TRY(RegistryLogin login, ask_login_helper(answer));
        if (!login.empty()) return login;
    }
    return RegistryLogin{};
}

}  // namespace gup::detail
