// SPDX-License-Identifier: Apache-2.0
// Bearer tokens of registries: asked once for each repository in a run.
#pragma once

#include <optional>
#include <string>

#include "source/registry/challenge.hpp"
#include "source/registry/registries_conf.hpp"
#include "source/registry/registry_login.hpp"

namespace gup::detail {

// For what a token is asked.
struct TokenWish {
    const RegistryPlace& place;
    const RegistryLogin& login;
    bool verifies = true;   // the certificate of the realm
    bool is_clear = false;  // the registry is asked without TLS, so its realm may be, too
};

// A token for the repository, from the realm that the registry named. Fails with authentication when the login is refused,
// with protocol for a realm that is no URL or has no TLS, and as HttpStream does.
[[nodiscard]] Result<Secret> ask_token(const Challenge& challenge, const TokenWish& wish, HttpPool& pool);

// What an earlier question of this process learned about the registry; nullopt: nothing.
[[nodiscard]] std::optional<Challenge> known_challenge(const RegistryPlace& place);
void remember_challenge(const RegistryPlace& place, const Challenge& challenge);

// Forgets a token that the registry does not take any more.
void forget_token(const Challenge& challenge, const TokenWish& wish);

}  // namespace gup::detail
