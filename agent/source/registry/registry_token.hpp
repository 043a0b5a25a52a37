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
    bool is_secure = true;  // the realm needs TLS, and a certificate that is known
};

// A token for the repository, from the realm that the registry named. Fails with authentication when the login is refused,
// with protocol for a realm that is no URL or has no TLS, and as HttpStream does.
[[nodiscard]] Result<Secret> ask_token(const Challenge& challenge, const TokenWish& wish, HttpPool& pool);

// What an earlier question of this process learned about the registry; nullopt: nothing.
[[nodiscard]] std::optional<Challenge> known_challenge(const RegistryPlace& place);
void remember_challenge(const RegistryPlace& place, const Challenge& challenge);

// An insecure registry that has no TLS, as an earlier question found out.
[[nodiscard]] bool is_known_clear(const RegistryPlace& place);
void remember_clear(const RegistryPlace& place);

// Forgets a token that the registry does not take any more.
void forget_token(const Challenge& challenge, const TokenWish& wish);

}  // namespace gup::detail
