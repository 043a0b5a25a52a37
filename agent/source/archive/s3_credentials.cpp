// SPDX-License-Identifier: Apache-2.0
#include "source/archive/s3_credentials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "util/json.hpp"
#include "util/text.hpp"
#include "util/url.hpp"
#include "util/utf8.hpp"

namespace gup::detail {
namespace {

constexpr Milliseconds role_timeout{1000};
constexpr std::uint64_t role_document_limit = 16384;
constexpr std::uint64_t key_file_limit = 1U << 20U;
constexpr const char* instance_service = "http://169.254.169.254";
constexpr const char* container_service = "http://169.254.170.2";

// The searched places, and why each has no credentials.
using Looked = std::vector<std::string>;
using Found = std::optional<S3Credentials>;

Found credentials_of(const std::string& access_key, const std::string& secret_key, const std::string& token) {
    if (access_key.empty() || secret_key.empty()) return std::nullopt;
    return S3Credentials{access_key, Secret(secret_key), Secret(token), {}};
}

// The file's text; if there is none, empty and the reason.
std::string read_key_file(const fs::path& path, std::string_view shown, Looked& looked) {
    auto text = read_file(path, key_file_limit);
    if (text.ok()) {
        const auto plain = without_byte_order_mark(*text);
        if (plain) return std::string(*plain);
        looked.push_back(fmt::format("{} ({})", shown, utf16_message));
        return {};
    }
    looked.push_back(text.error().code == ErrorCode::not_found ? fmt::format("{} (missing)", shown)
                                                               : text.error().message);
    return {};
}

Found from_account_key(const S3Surroundings& where, Looked& looked) {
    constexpr std::string_view shown = "~/.amazon/account-key";
    if (where.home.empty()) return std::nullopt;
    const std::string text = read_key_file(where.home / ".amazon/account-key", shown, looked);
    if (text.empty()) return std::nullopt;
    auto found = credentials_of(ini_value(text, "", "accessKey"), ini_value(text, "", "secretKey"), {});
    if (!found) looked.push_back(fmt::format("{} (no accessKey= with a secretKey=)", shown));
    if (found) found->origin = shown;
    return found;
}

Found from_variables(const S3Surroundings& where, Looked& looked) {
    const std::string access_key = where.variable("AWS_ACCESS_KEY_ID");
    auto found =
        credentials_of(access_key, where.variable("AWS_SECRET_ACCESS_KEY"), where.variable("AWS_SESSION_TOKEN"));
    if (!found) {
        looked.emplace_back(access_key.empty() ? "AWS_ACCESS_KEY_ID (not set)"
                                               : "AWS_ACCESS_KEY_ID (AWS_SECRET_ACCESS_KEY is not set)");
    }
    if (found) found->origin = "AWS_ACCESS_KEY_ID";
    return found;
}

std::string profile_of(const S3Surroundings& where) {
    std::string name = where.variable("AWS_PROFILE");
    return name.empty() ? "default" : name;
}

// In ~/.aws/config all profiles but the default one have "profile" before their name.
std::string config_section(const std::string& profile) {
    return profile == "default" ? profile : "profile " + profile;
}

struct ProfileFile {
    fs::path path;
    std::string shown;
    std::string section;
};

ProfileFile profile_file(const S3Surroundings& where, const char* variable, const char* name) {
    const std::string chosen = where.variable(variable);
    if (!chosen.empty()) return {chosen, chosen, {}};
    return {where.home.empty() ? fs::path{} : where.home / ".aws" / name, fmt::format("~/.aws/{}", name), {}};
}

Found from_profile(const ProfileFile& file, Looked& looked) {
    if (file.path.empty()) return std::nullopt;
    const std::string text = read_key_file(file.path, file.shown, looked);
    if (text.empty()) return std::nullopt;
    const auto value = [&](std::string_view key) { return ini_value(text, file.section, key); };
    auto found = credentials_of(value("aws_access_key_id"), value("aws_secret_access_key"), value("aws_session_token"));
    const std::string shown = fmt::format("{} [{}]", file.shown, file.section);
    if (found) {
        found->origin = shown;
    } else {
        const bool is_other = !value("role_arn").empty() || !value("sso_session").empty() ||
                              !value("sso_start_url").empty() || !value("credential_process").empty();
        looked.push_back(shown + (is_other ? " (roles to assume, SSO and credential_process are not supported)"
                                           : " (no aws_access_key_id with an aws_secret_access_key)"));
    }
    return found;
}

Found from_profiles(const S3Surroundings& where, Looked& looked) {
    const std::string profile = profile_of(where);
    ProfileFile credentials = profile_file(where, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
    credentials.section = profile;
    if (auto found = from_profile(credentials, looked)) return found;
    ProfileFile config = profile_file(where, "AWS_CONFIG_FILE", "config");
    config.section = config_section(profile);
    return from_profile(config, looked);
}

HttpRequest role_request(const std::string& url) {
    HttpRequest request;
    request.url = url;
    request.timeout = role_timeout;
    request.use_proxy = false;  // it is on this machine, or near it
    request.follow_redirects = false;
    return request;
}

Result<std::string> ask_role_service(HttpPool& http, HttpRequest request) {
    const std::string url = request.url;
    const auto stream = http.start(std::move(request));
    GUP_TRY(const HttpHead head, stream->head());
    if (head.status != 200) return refusal_of(head, url);
    return stream->read_all(role_document_limit);
}

// Like Amazon's tools: without TLS the token is only sent to this machine or its orchestrator.
bool may_have_container_token(const std::string& text) {
    const auto url = parse_url(text);
    if (!url.ok()) return false;
    if (url->scheme == "https") return true;
    constexpr std::string_view near[] = {"localhost",     "127.0.0.1",      "::1",
                                         "169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
    return url->scheme == "http" && std::find(std::begin(near), std::end(near), url->host) != std::end(near);
}

Result<S3Credentials> ask_container(const S3Surroundings& where, const std::string& url) {
    if (!may_have_container_token(url)) {
        return Error{
            ErrorCode::invalid_input, "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor this machine", {}};
    }
    HttpRequest request = role_request(url);
    std::string token = where.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN");
    if (const std::string file = where.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); !file.empty()) {
        GUP_TRY(token, read_file(file, role_document_limit));
    }
    token = trimmed(token);
    if (!token.empty()) request.secret_headers = {{"Authorization", Secret(token)}};
    GUP_TRY(const std::string document, ask_role_service(where.http, std::move(request)));
    GUP_TRY(S3Credentials found, parse_role_credentials(document));
    found.origin = "the container's role";
    return found;
}

// The token first: an attacker who can only make this machine send a GET gets nothing (IMDSv2).
Result<S3Credentials> ask_instance(const S3Surroundings& where, const std::string& service) {
    HttpRequest request = role_request(service + "/latest/api/token");
    request.method = "PUT";
    request.headers = {"X-aws-ec2-metadata-token-ttl-seconds: 300"};
    GUP_TRY(const std::string token, ask_role_service(where.http, std::move(request)));
    const auto ask = [&](const std::string& path) {
        HttpRequest question = role_request(service + path);
        question.secret_headers = {{"X-aws-ec2-metadata-token", Secret(token)}};
        return ask_role_service(where.http, std::move(question));
    };
    const std::string roles = "/latest/meta-data/iam/security-credentials/";
    GUP_TRY(const std::string answer, ask(roles));
    const std::string role(trimmed(first_line(answer)));
    const auto is_strange = [](char c) { return c <= ' ' || c > '~' || c == '/' || c == '?' || c == '#'; };
    if (role.empty() || std::any_of(role.begin(), role.end(), is_strange)) {
        return Error{ErrorCode::protocol, "the instance has no role", {}};
    }
    GUP_TRY(const std::string document, ask(roles + role));
    GUP_TRY(S3Credentials found, parse_role_credentials(document));
    found.origin = fmt::format("the instance's role {}", role);
    return found;
}

// The machine's role is the same for all connectors. Other threads wait for the one that asks.
struct RoleMemory {
    std::mutex mutex;
    std::optional<Result<S3Credentials>> answer;
};

RoleMemory& instance_role() {
    static RoleMemory memory;
    return memory;
}

RoleMemory& container_role() {
    static RoleMemory memory;
    return memory;
}

template <class Ask>
Result<S3Credentials> remembered_role(RoleMemory& memory, const Ask& ask) {
    const std::scoped_lock lock(memory.mutex);
    if (!memory.answer) {
        memory.answer = ask();
        if (memory.answer->ok()) memory.answer->value().is_of_a_role = true;
    }
    return *memory.answer;
}

Found from_roles(const S3Surroundings& where, Looked& looked) {
    std::string url = where.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    const std::string relative = where.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (!relative.empty()) url = container_service + relative;
    if (url.empty()) {
        looked.emplace_back("the container's role (AWS_CONTAINER_CREDENTIALS_… are not set)");
    } else {
        auto found = remembered_role(container_role(), [&] { return ask_container(where, url); });
        if (found.ok()) return *std::move(found);
        looked.push_back(fmt::format("the container's role ({})", found.error().message));
    }
    if (lower(where.variable("AWS_EC2_METADATA_DISABLED")) == "true") {
        looked.emplace_back("the instance's role (AWS_EC2_METADATA_DISABLED is set)");
        return std::nullopt;
    }
    std::string service = where.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    while (service.ends_with('/')) service.pop_back();
    if (service.empty()) service = instance_service;
    auto found = remembered_role(instance_role(), [&] { return ask_instance(where, service); });
    if (found.ok()) return *std::move(found);
    looked.push_back(fmt::format("the instance's role ({})", found.error().message));
    return std::nullopt;
}

}  // namespace

std::string ini_value(std::string_view text, std::string_view section, std::string_view key) {
    bool is_in_section = section.empty();
    bool has_children = false;  // the last key had no value: indented lines below it belong to it
    while (!text.empty()) {
        const std::string_view line = take_until(text, '\n');
        const std::string_view words = trimmed(line);
        if (words.empty() || words.front() == '#' || words.front() == ';') continue;
        if (words.front() == '[') {
            is_in_section = words.back() == ']' && trimmed(words.substr(1, words.size() - 2)) == section;
            has_children = false;
            continue;
        }
        const bool is_indented = line.front() == ' ' || line.front() == '\t';
        const auto equals = words.find('=');
        if (equals == std::string_view::npos || (is_indented && has_children)) continue;
        const std::string_view value = trimmed(words.substr(equals + 1));
        has_children = value.empty();
        if (is_in_section && trimmed(words.substr(0, equals)) == key) return std::string(value);
    }
    return {};
}

Result<S3Credentials> parse_role_credentials(const std::string& json) {
    const auto document = parse_json(json).value_or({});
    const auto text = [&](const char* key) { return text_member(document, key); };
    auto found = credentials_of(text("AccessKeyId"), text("SecretAccessKey"), text("Token"));
    if (!found) return Error{ErrorCode::protocol, "what it answered has no AccessKeyId and SecretAccessKey", {}};
    return *std::move(found);
}

Result<S3Credentials> find_s3_credentials(const S3Settings& settings, const S3Surroundings& where) {
    if (auto found = credentials_of(settings.access_key, settings.secret_key.reveal(), {})) {
        found->origin = "gup-agent.toml";
        return *std::move(found);
    }
    Looked looked{"access-key in gup-agent.toml (not set)"};
    for (const auto look : {from_account_key, from_variables, from_profiles, from_roles}) {
        if (auto found = look(where, looked)) return *std::move(found);
    }
    return Error{ErrorCode::authentication, "there are no credentials for S3",
                 fmt::format("looked for them at {}", fmt::join(looked, "; "))};
}

void forget_s3_roles() {
    for (RoleMemory* memory : {&instance_role(), &container_role()}) {
        const std::scoped_lock lock(memory->mutex);
        memory->answer.reset();
    }
}

std::string find_s3_region(const S3Settings& settings, const S3Surroundings& where) {
    if (!settings.region.empty()) return settings.region;
    for (const char* name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
        if (std::string region = where.variable(name); is_s3_region(region)) return region;
    }
    const ProfileFile config = profile_file(where, "AWS_CONFIG_FILE", "config");
    if (!config.path.empty()) {
        const std::string section = config_section(profile_of(where));
        Looked ignored;
        const std::string text = read_key_file(config.path, config.shown, ignored);
        if (std::string region = ini_value(text, section, "region"); is_s3_region(region)) return region;
    }
    return "us-east-1";
}

}  // namespace gup::detail
