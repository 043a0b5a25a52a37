// SPDX-License-Identifier: Apache-2.0
// Who logs in to a registry: containers-auth.json(5), docker's config.json, and their credential helpers.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "source/registry/registry.hpp"
#include "util/http/http.hpp"
#include "util/result.hpp"

namespace gup::detail {

struct RegistryLogin {
    HttpCredentials credentials;  // empty: none
    Secret identity_token;        // instead of a password, for OAuth 2
    std::string from;             // "/home/pi/.config/containers/auth.json"; empty: there is no login

    [[nodiscard]] bool empty() const { return from.empty(); }
};

// What a file says about a repository of a registry: a login, or the helper to ask for it.
struct AuthAnswer {
    HttpCredentials credentials{};
    Secret identity_token{};
    std::string helper{};  // "pass": the program docker-credential-pass
    std::string key{};     // asked of the helper
};
// Nullopt: nothing. The entry with the most specific path wins. Fails with invalid_input; no content is in the message.
[[nodiscard]] Result<std::optional<AuthAnswer>> find_in_auth_file(std::string_view text, const std::string& registry,
                                                                  const std::string& repository);

// The files with logins, in their order: the first that has one for the image wins.
[[nodiscard]] std::vector<fs::path> auth_files(const RegistryAccess& access);
// The file that a person should write to.
[[nodiscard]] fs::path own_auth_file(const RegistryAccess& access);

// An empty one when there is none. Fails with invalid_input for a wrong file, and as a helper does that takes too long.
[[nodiscard]] Result<RegistryLogin> find_login(const RegistryAccess& access, const std::string& registry,
                                               const std::string& repository);

}  // namespace gup::detail
