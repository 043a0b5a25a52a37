// SPDX-License-Identifier: Apache-2.0
#include "source/remote/unheeded.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "source/gitconfig/config_files.hpp"
#include "util/sys/environment.hpp"
#include "util/text.hpp"

namespace gup {
namespace {

// As git's documentation writes them; section and key. `<…>` in the middle may be anything.
constexpr std::array<std::string_view, 23> keys{"core.gitProxy",
                                                "core.hooksPath",
                                                "http.cookieFile",
                                                "http.curloptResolve",
                                                "http.delegation",
                                                "http.emptyAuth",
                                                "http.lowSpeedLimit",
                                                "http.lowSpeedTime",
                                                "http.proxyAuthMethod",
                                                "http.proxySSLCAInfo",
                                                "http.proxySSLCert",
                                                "http.proxySSLKey",
                                                "http.saveCookies",
                                                "http.sslBackend",
                                                "http.sslCipherList",
                                                "http.sslCertPasswordProtected",
                                                "http.sslVersion",
                                                "protocol.allow",
                                                "remote.proxyAuthMethod",
                                                "remote.prune",
                                                "remote.uploadpack",
                                                "remote.vcs",
                                                "fetch.prune"};

constexpr std::array<std::string_view, 22> never_heeded{"GIT_ALLOW_PROTOCOL",
                                                        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
                                                        "GIT_COMMON_DIR",
                                                        "GIT_DIR",
                                                        "GIT_HTTP_LOW_SPEED_LIMIT",
                                                        "GIT_HTTP_LOW_SPEED_TIME",
                                                        "GIT_HTTP_PROXY_AUTHMETHOD",
                                                        "GIT_INDEX_FILE",
                                                        "GIT_NAMESPACE",
                                                        "GIT_OBJECT_DIRECTORY",
                                                        "GIT_PROTOCOL_FROM_USER",
                                                        "GIT_PROXY_COMMAND",
                                                        "GIT_PROXY_SSL_CAINFO",
                                                        "GIT_PROXY_SSL_CERT",
                                                        "GIT_PROXY_SSL_CERT_PASSWORD_PROTECTED",
                                                        "GIT_PROXY_SSL_KEY",
                                                        "GIT_SHALLOW_FILE",
                                                        "GIT_SSL_CERT_PASSWORD_PROTECTED",
                                                        "GIT_SSL_CIPHER_LIST",
                                                        "GIT_SSL_VERSION",
                                                        "GIT_TRACE_CURL",
                                                        "GIT_WORK_TREE"};

constexpr std::array<std::string_view, 17> for_own_user{
    "GIT_ASKPASS",       "GIT_CONFIG_COUNT",    "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_SYSTEM", "GIT_HTTP_USER_AGENT", "GIT_SSH",           "GIT_SSH_COMMAND",     "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",    "GIT_SSL_CAPATH",      "GIT_SSL_CERT",      "GIT_SSL_KEY",         "GIT_SSL_NO_VERIFY",
    "SSH_ASKPASS",       "XDG_CONFIG_HOME"};

bool is_key(std::string_view name, std::string_view key) {
    const auto dot = key.find('.');
    const auto last = name.rfind('.');
    const auto first = name.find('.');
    return equals_ignoring_case(name.substr(0, first), key.substr(0, dot)) &&
           equals_ignoring_case(name.substr(last + 1), key.substr(dot + 1));
}

template <std::size_t Size>
std::vector<std::string> set_ones(const std::array<std::string_view, Size>& names) {
    std::vector<std::string> found;
    for (const std::string_view name : names) {
        if (!environment_value(std::string(name).c_str()).empty()) found.emplace_back(name);
    }
    return found;
}

}  // namespace

std::vector<std::string> unheeded_settings(const GitUser& user, const fs::path& git_folder) {
    const auto places = git::find_config(user.home, user.system_config, git::variables_for(user.home));
    if (!places.ok()) return {};
    const auto repository =
        git_folder.empty() ? std::nullopt : std::optional(git::ConfigRepository{git_folder, git_folder, true});
    const auto values = git::read_config(*places, repository);
    std::vector<std::string> found;
    std::vector<std::string_view> seen;
    if (!values.ok()) return found;
    for (const git::ConfigValue& one : *values) {
        const auto known = std::find_if(keys.begin(), keys.end(), [&](auto key) { return is_key(one.name, key); });
        if (known == keys.end() || std::find(seen.begin(), seen.end(), *known) != seen.end()) continue;
        seen.push_back(*known);
        found.push_back(fmt::format("{} ({})", one.name, one.place()));
    }
    return found;
}

UnheededVariables unheeded_variables() {
    return {set_ones(never_heeded), set_ones(for_own_user)};
}

}  // namespace gup
